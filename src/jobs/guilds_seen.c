/* Tells the database what interactions say of their guilds. */
#include "guilds_seen.h"

#include <stdlib.h>
#include <string.h>
#include <talloc.h>

#include "besace/base/memory.h"
#include "besace/runtime/log.h"

/* The same is told again after this: the guild may have removed Besace meanwhile, and come back. */
#define TELL_AGAIN_MS 60000

/* Channels of guilds that one host remembers, 120 bytes each. Two that share a slot are told more
 * often, nothing else. */
#define SLOT_BITS 12
#define MAX_SLOTS (1u << SLOT_BITS)

/* Statements under way at once. Nobody waits for them, and where thousands of guilds come at once
 * they would fill the queue in which members' commands wait. Who is not told now is told by the
 * guild's next interaction. */
#define MAX_PENDING 16

/* Room for a locale of Discord's: "en-US", "es-419". */
#define LOCALE_BYTES 16

struct seen_slot {
	struct snowflake guild, channel, above;
	char locale[LOCALE_BYTES];
	bool is_community;
	bool has_reply_language;
	bool wants_members;
	int64_t until_ms;
};

struct telling {
	struct guilds_seen *owner;
	struct seen_slot *slot;
	struct pool_request request;
	TAILQ_ENTRY(telling) next;
};

struct guilds_seen {
	struct loop *loop;
	struct pool *pool;
	unsigned pending;
	struct seen_slot slots[MAX_SLOTS];
	TAILQ_HEAD(, telling) tellings;
};

struct guilds_seen *guilds_seen_create(void *ctx, struct loop *loop, struct pool *pool)
{
	struct guilds_seen *seen = must(talloc_zero(ctx, struct guilds_seen));
	seen->loop = loop;
	seen->pool = pool;
	TAILQ_INIT(&seen->tellings);
	return seen;
}

/* Multiplied by the golden ratio of 64 bits, an id has high bits that follow from all of its own.
 */
static struct seen_slot *slot_of(struct guilds_seen *guilds, const struct guild_seen *seen)
{
	uint64_t ids =
		strtoull(seen->guild.text, NULL, 10) + strtoull(seen->channel.text, NULL, 10);
	return &guilds->slots[(ids * UINT64_C(0x9E3779B97F4A7C15)) >> (64 - SLOT_BITS)];
}

static bool is_of(const struct seen_slot *slot, const struct guild_seen *seen)
{
	return snowflake_equal(&slot->guild, &seen->guild) &&
	       snowflake_equal(&slot->channel, &seen->channel);
}

static bool is_told(const struct seen_slot *slot, const struct guild_seen *seen, int64_t now_ms)
{
	return now_ms < slot->until_ms && is_of(slot, seen) &&
	       snowflake_equal(&slot->above, &seen->above) &&
	       strcmp(slot->locale, seen->locale) == 0 &&
	       slot->is_community == seen->is_community &&
	       (slot->has_reply_language || !seen->reply_language);
}

static void telling_free(struct telling *telling)
{
	TAILQ_REMOVE(&telling->owner->tellings, telling, next);
	telling->owner->pending--;
	talloc_free(telling);
}

static void told(void *arg, enum status status, const struct db_rows *rows, const char *why)
{
	struct telling *telling = arg;
	if (!status) {
		telling->slot->wants_members = guild_see_read(rows);
	} else {
		telling->slot->until_ms = 0; /* the next interaction tells it again */
		log_debug(LOG_TEXT("guild not kept"), LOG_STR("why", why));
	}
	telling_free(telling);
}

void guilds_seen_tell(struct guilds_seen *guilds, const struct guild_seen *seen)
{
	struct seen_slot *slot = slot_of(guilds, seen);
	int64_t now_ms = loop_now_ms(guilds->loop);
	if (is_told(slot, seen, now_ms) || strlen(seen->locale) >= LOCALE_BYTES ||
		guilds->pending >= MAX_PENDING)
		return;
	*slot = (struct seen_slot){.guild = seen->guild,
		.channel = seen->channel,
		.above = seen->above,
		.is_community = seen->is_community,
		.has_reply_language = seen->reply_language != NULL,
		.wants_members = is_of(slot, seen) && slot->wants_members,
		.until_ms = now_ms + TELL_AGAIN_MS};
	strcpy(slot->locale, seen->locale);
	struct telling *telling = must(talloc_zero(NULL, struct telling));
	telling->owner = guilds;
	telling->slot = slot;
	telling->request.done = told;
	telling->request.arg = telling;
	guild_see_call(telling, seen, &telling->request.call);
	TAILQ_INSERT_TAIL(&guilds->tellings, telling, next);
	guilds->pending++;
	if (pool_submit(guilds->pool, &telling->request))
		told(telling, STATUS_UNAVAILABLE, NULL, "no database");
}

bool guilds_seen_wants_members(struct guilds_seen *guilds, const struct guild_seen *seen)
{
	const struct seen_slot *slot = slot_of(guilds, seen);
	return slot->wants_members && is_of(slot, seen);
}

unsigned guilds_seen_pending(const struct guilds_seen *guilds)
{
	return guilds->pending;
}

void guilds_seen_give_up(struct guilds_seen *guilds)
{
	struct telling *telling, *after;
	for (telling = TAILQ_FIRST(&guilds->tellings); telling; telling = after) {
		after = TAILQ_NEXT(telling, next);
		(void)pool_cancel(guilds->pool, &telling->request);
		telling_free(telling);
	}
}

/* Tells the database what interactions say of the members who ask. */
#include "members_seen.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <talloc.h>

#include "besace/base/memory.h"
#include "besace/runtime/log.h"
#include "besace/store/members.h"

/* The same is told again after this: an older event may have come in between. */
#define TELL_AGAIN_MS 600000

/* Members that one host remembers, 24 bytes each. Two that share a slot are told more often,
 * nothing else. */
#define MAX_SLOTS 16384

/* Statements under way at once; see guilds_seen.c. */
#define MAX_PENDING 16

struct member_slot {
	uint64_t digest[2]; /* of the member and of all that was told */
	int64_t until_ms;
};

struct member_telling {
	struct members_seen *owner;
	struct member_slot *slot;
	struct pool_request request;
	TAILQ_ENTRY(member_telling) next;
};

struct members_seen {
	struct loop *loop;
	struct pool *pool;
	unsigned pending;
	struct member_slot slots[MAX_SLOTS];
	TAILQ_HEAD(, member_telling) tellings;
};

struct members_seen *members_seen_create(void *ctx, struct loop *loop, struct pool *pool)
{
	struct members_seen *seen = must(talloc_zero(ctx, struct members_seen));
	seen->loop = loop;
	seen->pool = pool;
	TAILQ_INIT(&seen->tellings);
	return seen;
}

static void digest(const struct interaction *in, const char *roles, uint64_t out[2])
{
	crypto_generichash_state state;
	crypto_generichash_init(&state, NULL, 0, 2 * sizeof(out[0]));
	const char *const texts[] = {in->guild_id.text, in->user.id.text, roles,
		in->joined_at ? in->joined_at : "", in->pending ? "pending" : ""};
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) /* with its NUL, so that parts stay apart */
		crypto_generichash_update(
			&state, (const unsigned char *)texts[i], strlen(texts[i]) + 1);
	crypto_generichash_final(&state, (unsigned char *)out, 2 * sizeof(out[0]));
}

/* The low bits of a snowflake count within a millisecond: the time above them spreads better. */
static struct member_slot *slot_of(struct members_seen *seen, const struct interaction *in)
{
	uint64_t user = strtoull(in->user.id.text, NULL, 10) >> SNOWFLAKE_TIME_SHIFT;
	uint64_t guild = strtoull(in->guild_id.text, NULL, 10) >> SNOWFLAKE_TIME_SHIFT;
	return &seen->slots[(user + guild * 31) % MAX_SLOTS];
}

static void telling_free(struct member_telling *telling)
{
	TAILQ_REMOVE(&telling->owner->tellings, telling, next);
	telling->owner->pending--;
	talloc_free(telling);
}

static void told(void *arg, enum status status, const struct db_rows *rows, const char *why)
{
	struct member_telling *telling = arg;
	(void)rows;
	if (status) {
		telling->slot->until_ms = 0; /* the next interaction tells it again */
		log_debug(LOG_TEXT("member not kept"), LOG_STR("why", why));
	}
	telling_free(telling);
}

static void submit(struct members_seen *members, struct member_slot *slot,
	const struct interaction *in, int64_t seen_ms, const char *roles)
{
	struct member_telling *telling = must(talloc_zero(NULL, struct member_telling));
	telling->owner = members;
	telling->slot = slot;
	telling->request.done = told;
	telling->request.arg = telling;
	const struct member_news news = {.guild = in->guild_id,
		.user = in->user.id,
		.seen_ms = seen_ms,
		.roles = roles,
		.joined_at = in->joined_at,
		.pending = in->pending};
	member_tell_call(telling, &news, &telling->request.call);
	TAILQ_INSERT_TAIL(&members->tellings, telling, next);
	members->pending++;
	if (pool_submit(members->pool, &telling->request))
		told(telling, STATUS_UNAVAILABLE, NULL, "no database");
}

void members_seen_tell(struct members_seen *members, const struct interaction *in, int64_t seen_ms)
{
	if (members->pending >= MAX_PENDING)
		return;
	struct member_slot *slot = slot_of(members, in);
	int64_t now_ms = loop_now_ms(members->loop);
	char *roles = interaction_roles(members, in);
	uint64_t now[2];
	digest(in, roles, now);
	if (now_ms >= slot->until_ms || memcmp(now, slot->digest, sizeof(now)) != 0) {
		memcpy(slot->digest, now, sizeof(now));
		slot->until_ms = now_ms + TELL_AGAIN_MS;
		submit(members, slot, in, seen_ms, roles);
	}
	talloc_free(roles);
}

unsigned members_seen_pending(const struct members_seen *members)
{
	return members->pending;
}

void members_seen_give_up(struct members_seen *members)
{
	struct member_telling *telling, *after;
	for (telling = TAILQ_FIRST(&members->tellings); telling; telling = after) {
		after = TAILQ_NEXT(telling, next);
		(void)pool_cancel(members->pool, &telling->request);
		telling_free(telling);
	}
}

/* Calls about announcements. */
#include "besace/store/outbox.h"

#include <string.h>
#include <talloc.h>

#include "besace/base/memory.h"
#include "routine.h"

/* Columns of besace_outbox_take. */
enum { ID, CHANNEL, NONCE, BODY, MEMBER, NAME, PING, FAILURES, GUILD };

void outbox_take_call(void *ctx, const char *holder, int lease_s, struct db_call *out)
{
	*out = (struct db_call){.query = QUERY_OUTBOX_TAKE,
		.params = {holder, call_number(ctx, lease_s)},
		.changes = true};
}

static bool read_body(void *ctx, const char *text, struct announcement *out)
{
	json_t *body = json_loads(text, 0, NULL);
	const char *kind = json_string_value(json_object_get(body, "kind"));
	const char *locale = json_string_value(json_object_get(body, "locale"));
	bool good = kind && strcmp(kind, "level_up") == 0;
	out->level = (int32_t)json_integer_value(json_object_get(body, "level"));
	out->lc = json_integer_value(json_object_get(body, "lc"));
	out->locale = must(talloc_strdup(ctx, locale ? locale : ""));
	for (int item = 0; item < ITEM_COUNT; item++)
		out->items[item] = (int32_t)json_integer_value(json_object_get(
			json_object_get(body, "items"), item_type((enum item)item)));
	json_decref(body);
	return good;
}

enum status outbox_take_read(void *ctx, const struct db_rows *rows, struct announcement *out)
{
	if (db_rows_count(rows) == 0)
		return STATUS_NOT_FOUND;
	*out = (struct announcement){.id = db_integer(rows, 0, ID),
		.guild_id = must(talloc_strdup(ctx, db_text(rows, 0, GUILD))),
		.channel_id = must(talloc_strdup(ctx, db_text(rows, 0, CHANNEL))),
		.nonce = must(talloc_strdup(ctx, db_text(rows, 0, NONCE))),
		.ping = db_bool(rows, 0, PING),
		.failures = (unsigned)db_integer(rows, 0, FAILURES)};
	bool good = snowflake_parse(db_text(rows, 0, MEMBER), &out->member) &&
		    read_body(ctx, db_text(rows, 0, BODY), out);
	return good ? STATUS_OK : STATUS_FAILED;
}

void outbox_end_call(void *ctx, const struct announcement *announcement, const char *holder,
	enum delivery delivery, int64_t retry_ms, struct db_call *out)
{
	static const char *const outcomes[] = {
		[DELIVERY_SENT] = "sent", [DELIVERY_REFUSED] = "refused", [DELIVERY_LATER] = NULL};
	*out = (struct db_call){.query = QUERY_OUTBOX_END,
		.params = {announcement->guild_id, call_number(ctx, announcement->id), holder,
			outcomes[delivery], call_number(ctx, retry_ms)},
		.changes = true};
}

void outbox_sweep_call(struct db_call *out)
{
	*out = (struct db_call){.query = QUERY_OUTBOX_SWEEP, .changes = true};
}

void outbox_sweep_read(const struct db_rows *rows, int64_t *out_expired, int64_t *out_removed)
{
	*out_expired = db_integer(rows, 0, 0);
	*out_removed = db_integer(rows, 0, 1);
}

void announce_default_call(const char *channel_id, const char *guild_id, struct db_call *out)
{
	*out = (struct db_call){
		.query = QUERY_ANNOUNCE_DEFAULT, .params = {channel_id, guild_id}, .changes = true};
}

bool announce_default_read(const struct db_rows *rows)
{
	return db_bool(rows, 0, 0);
}

/* Calls about announcements. */
#include "besace/store/outbox.h"

#include <string.h>
#include <talloc.h>

#include "besace/base/memory.h"
#include "besace/runtime/log.h"
#include "besace/store/announce_channel.h"
#include "besace/store/db.h"
#include "besace/store/query.h"
#include "besace/store/wording.h"
#include "level_json.h"
#include "routine.h"

/* A row of besace_outbox_take. */
struct outbox_row {
	int64_t id;
	const char *guild_id, *channel_id, *nonce;
	json_t *body;
	struct snowflake user_id;
	const char *username;
	int32_t xp;
	const char *guild_name;
	bool ping;
	int32_t failures;
};
DB_SHAPE(shape_outbox_take, DB_FIELD(outbox_row, id), DB_FIELD(outbox_row, guild_id),
	DB_FIELD(outbox_row, channel_id), DB_FIELD(outbox_row, nonce), DB_FIELD(outbox_row, body),
	DB_FIELD(outbox_row, user_id), DB_FIELD(outbox_row, username), DB_FIELD(outbox_row, xp),
	DB_FIELD(outbox_row, guild_name), DB_FIELD(outbox_row, ping),
	DB_FIELD(outbox_row, failures));

struct outbox_end_row {
	bool set_aside;
};
DB_SHAPE(shape_outbox_end, DB_FIELD(outbox_end_row, set_aside));

struct outbox_sweep_row {
	int64_t expired, removed;
};
DB_SHAPE(shape_outbox_sweep, DB_FIELD(outbox_sweep_row, expired),
	DB_FIELD(outbox_sweep_row, removed));

void outbox_take_call(void *ctx, const struct outbox_lease *lease, struct db_call *out)
{
	db_call_begin_change(ctx, QUERY_OUTBOX_TAKE, NULL, out);
	db_set_text(out, "holder", lease->holder);
	db_set_integer(out, "count", lease->count);
	db_set_integer(out, "lease_s", lease->seconds);
	db_set_texts(out, "busy", lease->busy, lease->busy_count);
}

struct announcement_json {
	const char *kind, *locale, *template, *place, *theme;
	int32_t old, level, above;
	int64_t lc;
	const json_t *items, *roles;
};
DB_SHAPE(json_announcement, DB_FIELD(announcement_json, kind), DB_FIELD(announcement_json, locale),
	DB_FIELD_OR_NULL(announcement_json, template), DB_FIELD(announcement_json, place),
	DB_FIELD(announcement_json, old), DB_FIELD(announcement_json, level),
	DB_FIELD(announcement_json, lc), DB_FIELD(announcement_json, items),
	DB_FIELD(announcement_json, roles), DB_FIELD(announcement_json, theme),
	DB_FIELD(announcement_json, above));

static bool read_roles(void *ctx, const json_t *roles, struct announcement *out)
{
	size_t count = json_array_size(roles);
	out->roles = must(talloc_array(ctx, struct snowflake, (unsigned)count));
	for (size_t i = 0; i < count; i++)
		if (!snowflake_parse(json_string_value(json_array_get(roles, i)),
			    &out->roles[out->role_count++]))
			return false;
	return true;
}

/* False, and a line in the log, for what another build wrote. */
static bool read_body(void *ctx, const json_t *body, struct announcement *out)
{
	struct announcement_json in;
	char *why = NULL;
	bool good = json_shape_read(ctx, body, &json_announcement, &in, &why) &&
		    level_items_read(ctx, in.items, out->items, &why) &&
		    read_roles(ctx, in.roles, out);
	if (!good || strcmp(in.kind, "level_up") != 0) {
		log_error(LOG_TEXT("an announcement cannot be read"),
			LOG_STR("why", why ? why : "a value is none of its kind"));
		return false;
	}
	out->old = in.old;
	out->level = in.level;
	out->lc = in.lc;
	out->theme = card_theme_named(in.theme);
	out->above = in.above;
	out->locale = must(talloc_strdup(ctx, in.locale));
	out->template = in.template ? must(talloc_strdup(ctx, in.template)) : NULL;
	out->place = must(talloc_strdup(ctx, in.place));
	return true;
}

enum status outbox_take_read(
	void *ctx, const struct db_rows *rows, int row_number, struct announcement *out)
{
	struct outbox_row row;
	struct wording wording;
	*out = (struct announcement){0};
	if (db_row_read(ctx, rows, row_number, &shape_outbox_take, &row) ||
		wording_read(ctx, rows, row_number, &wording))
		return STATUS_FAILED;
	*out = (struct announcement){.id = row.id,
		.guild_id = must(talloc_strdup(ctx, row.guild_id)),
		.channel_id = must(talloc_strdup(ctx, row.channel_id)),
		.nonce = must(talloc_strdup(ctx, row.nonce)),
		.member = row.user_id,
		.name = must(talloc_strdup(ctx, row.username)),
		.guild_name = must(talloc_strdup(ctx, row.guild_name)),
		.unit = unit_of(ctx, wording.currency, wording.symbol),
		.xp = row.xp,
		.ping = row.ping,
		.brings_items = !wording.no_items,
		.failures = (unsigned)row.failures};
	return read_body(ctx, row.body, out) ? STATUS_OK : STATUS_INVALID;
}

void outbox_end_call(void *ctx, const struct announcement *announcement, const char *holder,
	const struct outbox_end *end, struct db_call *out)
{
	static const char *const outcomes[] = {
		[DELIVERY_SENT] = "sent", [DELIVERY_REFUSED] = "refused", [DELIVERY_FAILED] = NULL};
	db_call_begin_change(ctx, QUERY_OUTBOX_END, NULL, out);
	db_set_text(out, "guild_id", announcement->guild_id);
	db_set_integer(out, "id", announcement->id);
	db_set_text(out, "holder", holder);
	db_set_text_or_null(out, "outcome", outcomes[end->outcome]);
	db_set_integer(out, "retry_ms", end->retry_ms);
	db_set_bool(out, "blamed", end->outcome == DELIVERY_FAILED);
}

bool outbox_end_read(const struct db_rows *rows)
{
	struct outbox_end_row row;
	return db_row_read(NULL, rows, 0, &shape_outbox_end, &row) == STATUS_OK && row.set_aside;
}

void cheer_call(void *ctx, const struct snowflake *interaction, const struct member_seen *member,
	int64_t id, struct db_call *out)
{
	routine_begin(ctx, QUERY_CHEER, interaction, member, out);
	db_set_integer(out, "id", id);
}

struct cheer_json {
	int64_t cheers;
	struct snowflake member;
	const json_t *announcement;
};
DB_SHAPE(json_cheered, DB_FIELD(cheer_json, cheers), DB_FIELD(cheer_json, member),
	DB_FIELD(cheer_json, announcement));
static const struct db_shape json_cheer_refused = {"json_cheer_refused", NULL, 0};

enum status cheer_read(void *ctx, const struct db_rows *rows, enum cheer_result *out_result,
	struct announcement *out)
{
	static const char *const refusals[CHEER_COUNT] = {
		[CHEER_GONE] = "gone", [CHEER_OWN] = "own", [CHEER_AGAIN] = "again"};
	const struct outcome_format format = {
		&json_cheered, &json_cheer_refused, refusals, CHEER_COUNT};
	struct cheer_json in = {0};
	unsigned refusal;
	*out = (struct announcement){0};
	if (routine_outcome_read(ctx, rows, &format, &refusal, &in))
		return STATUS_FAILED;
	*out_result = (enum cheer_result)refusal;
	if (refusal != CHEER_DONE)
		return STATUS_OK;
	out->member = in.member;
	out->cheers = in.cheers;
	return read_body(ctx, in.announcement, out) ? STATUS_OK : STATUS_FAILED;
}

void outbox_sweep_call(void *ctx, struct db_call *out)
{
	db_call_begin_change(ctx, QUERY_OUTBOX_SWEEP, NULL, out);
}

void outbox_sweep_read(const struct db_rows *rows, int64_t *out_expired, int64_t *out_removed)
{
	struct outbox_sweep_row row;
	bool good = db_row_read(NULL, rows, 0, &shape_outbox_sweep, &row) == STATUS_OK;
	*out_expired = good ? row.expired : 0;
	*out_removed = good ? row.removed : 0;
}

struct announce_default_row {
	bool is_unnamed;
};
DB_SHAPE(shape_announce_default, DB_FIELD(announce_default_row, is_unnamed));

void announce_default_call(
	void *ctx, const char *channel_id, const char *guild_id, struct db_call *out)
{
	db_call_begin_change(ctx, QUERY_ANNOUNCE_DEFAULT, NULL, out);
	db_set_text_or_null(out, "channel_id", channel_id);
	db_set_text_or_null(out, "guild_id", guild_id);
}

bool announce_default_read(const struct db_rows *rows)
{
	struct announce_default_row row;
	return db_row_read(NULL, rows, 0, &shape_announce_default, &row) == STATUS_OK &&
	       row.is_unnamed;
}

enum status announce_channel_keep(void *ctx, PGconn *conn, const char *channel_id, char **out_why)
{
	const struct db_named_query query = {"announce_default",
		must(query_find(ctx, "announce_default")),
		{{"channel_id", channel_id}, {"guild_id", NULL}}};
	return db_exec_query(ctx, conn, &query, NULL, out_why);
}

/* The call about all there is to tell of a member. */
#include "besace/store/stats.h"

struct stats_row {
	int32_t balance, xp, message_count, voice_time, invites;
	int64_t since, played, won;
};
DB_SHAPE(shape_stats, DB_FIELD(stats_row, balance), DB_FIELD(stats_row, xp),
	DB_FIELD(stats_row, message_count), DB_FIELD(stats_row, voice_time),
	DB_FIELD(stats_row, invites), DB_FIELD_OR_NULL(stats_row, since),
	DB_FIELD(stats_row, played), DB_FIELD(stats_row, won));

void stats_call(void *ctx, const struct member_seen *member, const struct member_seen *asker,
	struct db_call *out)
{
	db_call_begin(ctx, QUERY_STATS, out);
	members_bind(out, member);
	members_bind_asker(out, asker);
}

bool stats_read(const struct db_rows *rows, struct stats *out)
{
	struct stats_row row;
	*out = (struct stats){0};
	if (db_rows_count(rows) == 0 || db_row_read(NULL, rows, 0, &shape_stats, &row))
		return false;
	*out = (struct stats){.balance = row.balance,
		.xp = row.xp,
		.messages = row.message_count,
		.voice_s = row.voice_time,
		.invites = row.invites,
		.since_s = row.since,
		.played = row.played,
		.won = row.won};
	return true;
}

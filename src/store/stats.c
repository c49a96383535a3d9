/* The call about all there is to tell of a member. */
#include "besace/store/stats.h"

void stats_call(
	void *ctx, const struct sighting *who, const struct sighting *asker, struct db_call *out)
{
	members_profile_call(ctx, who, asker, out);
	out->query = QUERY_STATS;
}

bool stats_read(const struct db_rows *rows, struct stats *out, bool *out_found)
{
	*out = (struct stats){0};
	*out_found = db_rows_count(rows) > 0;
	if (!*out_found)
		return false;
	out->balance = (int32_t)db_integer(rows, 0, 0);
	out->xp = (int32_t)db_integer(rows, 0, 1);
	out->messages = (int32_t)db_integer(rows, 0, 2);
	out->voice_s = (int32_t)db_integer(rows, 0, 3);
	out->invites = (int32_t)db_integer(rows, 0, 4);
	out->since_s = db_integer(rows, 0, 5);
	out->played = db_integer(rows, 0, 6);
	out->won = db_integer(rows, 0, 7);
	return db_bool(rows, 0, 8);
}

/* Calls about members. */
#include "besace/store/members.h"

void members_bind(struct db_call *call, const struct sighting *member)
{
	db_set_id(call, "member_id", &member->id);
	db_set_text(call, "username", member->username);
	db_set_integer(call, "seen_ms", member->seen_ms);
}

/* Writes id, name and time of SIGHTING to three parameters. */
static void put_sighting(void *ctx, const struct sighting *sighting, const char **params)
{
	params[0] = sighting->id.text;
	params[1] = sighting->username;
	params[2] = call_number(ctx, sighting->seen_ms);
}

static void put_both(
	void *ctx, const struct sighting *who, const struct sighting *asker, const char **params)
{
	put_sighting(ctx, who, params);
	if (!snowflake_equal(&who->id, &asker->id))
		put_sighting(ctx, asker, params + 3);
}

void members_profile_call(
	void *ctx, const struct sighting *who, const struct sighting *asker, struct db_call *out)
{
	*out = (struct db_call){.query = QUERY_MEMBERS_PROFILE};
	put_both(ctx, who, asker, out->params);
}

bool members_profile_read(const struct db_rows *rows, struct profile *out, bool *out_found)
{
	*out_found = db_rows_count(rows) > 0;
	if (!*out_found)
		return false;
	out->balance = (int32_t)db_integer(rows, 0, 0);
	out->xp = (int32_t)db_integer(rows, 0, 1);
	return db_bool(rows, 0, 2);
}

void members_touch_call(
	void *ctx, const struct sighting *who, const struct sighting *asker, struct db_call *out)
{
	*out = (struct db_call){.query = QUERY_MEMBERS_TOUCH, .changes = true, .member = who->id};
	put_both(ctx, who, asker, out->params);
}

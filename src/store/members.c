/* Calls about members. */
#include "besace/store/members.h"

#include <talloc.h>

#include "besace/base/memory.h"
#include "routine.h"

void members_bind(struct db_call *call, const struct member_seen *member)
{
	db_set_id(call, "guild_id", &member->guild);
	db_set_id(call, "member_id", &member->id);
	db_set_text_or_null(call, "username", member->username);
	db_set_integer(call, "seen_ms", member->seen_ms);
}

void members_bind_asker(struct db_call *call, const struct member_seen *asker)
{
	db_set_id(call, "asker_id", &asker->id);
	db_set_text(call, "asker_name", asker->username);
}

struct profile_row {
	int32_t balance, xp;
};
DB_SHAPE(shape_profile, DB_FIELD(profile_row, balance), DB_FIELD(profile_row, xp));

void members_profile_call(void *ctx, const struct member_seen *member,
	const struct member_seen *asker, struct db_call *out)
{
	db_call_begin(ctx, QUERY_MEMBERS_PROFILE, out);
	members_bind(out, member);
	members_bind_asker(out, asker);
}

bool members_profile_read(const struct db_rows *rows, struct profile *out)
{
	struct profile_row row;
	*out = (struct profile){0};
	if (db_rows_count(rows) == 0 || db_row_read(NULL, rows, 0, &shape_profile, &row))
		return false;
	*out = (struct profile){.balance = row.balance, .xp = row.xp};
	return true;
}

struct standing_row {
	int32_t balance, xp;
	int64_t rank, members;
	int32_t multiplier, games_left;
	bool brings_items;
	const char *theme;
};
DB_SHAPE(shape_standing, DB_FIELD(standing_row, balance), DB_FIELD(standing_row, xp),
	DB_FIELD(standing_row, rank), DB_FIELD(standing_row, members),
	DB_FIELD_OR_NULL(standing_row, multiplier), DB_FIELD_OR_NULL(standing_row, games_left),
	DB_FIELD(standing_row, brings_items), DB_FIELD(standing_row, theme));

void members_standing_call(void *ctx, const struct member_seen *member,
	const struct member_seen *asker, struct db_call *out)
{
	db_call_begin(ctx, QUERY_MEMBERS_STANDING, out);
	members_bind(out, member);
	members_bind_asker(out, asker);
}

bool members_standing_read(const struct db_rows *rows, struct standing *out)
{
	struct standing_row row;
	*out = (struct standing){0};
	if (db_rows_count(rows) == 0 || db_row_read(NULL, rows, 0, &shape_standing, &row))
		return false;
	*out = (struct standing){.balance = row.balance,
		.xp = row.xp,
		.rank = row.rank,
		.members = row.members > row.rank ? row.members : row.rank,
		.multiplier = row.multiplier,
		.games_left = row.games_left,
		.brings_items = row.brings_items,
		.theme = card_theme_named(row.theme)};
	return true;
}

struct latest_guild_row {
	struct snowflake guild_id;
	const char *name;
};
DB_SHAPE(shape_latest_guild, DB_FIELD(latest_guild_row, guild_id),
	DB_FIELD_OR_NULL(latest_guild_row, name));

void latest_guild_call(void *ctx, const struct snowflake *user, const struct snowflake *interaction,
	struct db_call *out)
{
	db_call_begin(ctx, QUERY_LATEST_GUILD, out);
	db_set_id(out, "member_id", user);
	db_set_id(out, "interaction_id", interaction);
}

void guild_of_member_call(void *ctx, const struct snowflake *user, const struct snowflake *guild,
	const struct snowflake *interaction, struct db_call *out)
{
	db_call_begin(ctx, QUERY_GUILD_OF_MEMBER, out);
	db_set_id(out, "guild_id", guild);
	db_set_id(out, "member_id", user);
	db_set_id(out, "interaction_id", interaction);
}

bool latest_guild_read(const struct db_rows *rows, struct latest_guild *out)
{
	struct latest_guild_row row;
	*out = (struct latest_guild){0};
	if (db_rows_count(rows) == 0 || db_row_read(NULL, rows, 0, &shape_latest_guild, &row))
		return false;
	*out = (struct latest_guild){.guild = row.guild_id, .name = row.name};
	return true;
}

void member_tell_call(void *ctx, const struct member_news *news, struct db_call *out)
{
	/* Parameters are borrowed, and the interaction is over before the call is. */
	const struct member_news *copy = must(talloc_memdup(ctx, news, sizeof(*news)));
	const char *joined_at = news->joined_at ? must(talloc_strdup(ctx, news->joined_at)) : NULL;
	db_call_begin_change(ctx, QUERY_MEMBER_TELL, &copy->user, out);
	db_set_id(out, "guild_id", &copy->guild);
	db_set_id(out, "member_id", &copy->user);
	db_set_integer(out, "seen_ms", news->seen_ms);
	db_set_text(out, "roles", must(talloc_strdup(ctx, news->roles)));
	db_set_text_or_null(out, "joined_at", joined_at);
	db_set_bool(out, "pending", news->pending);
}

/* Calls of besace-web, and the token of a guild's page. */
#include "besace/store/pages.h"

#include <sodium.h>
#include <string.h>
#include <talloc.h>

#include "besace/base/memory.h"
#include "routine.h"

DB_SHAPE(shape_page_guild, DB_FIELD(page_guild, guild_id), DB_FIELD(page_guild, name),
	DB_FIELD(page_guild, theme), DB_FIELD(page_guild, is_listed), DB_FIELD(page_guild, unit),
	DB_FIELD(page_guild, message), DB_FIELD(page_guild, message_min),
	DB_FIELD(page_guild, message_max), DB_FIELD(page_guild, message_cooldown_s),
	DB_FIELD(page_guild, reaction), DB_FIELD(page_guild, reaction_xp),
	DB_FIELD(page_guild, reaction_xp_max), DB_FIELD(page_guild, voice),
	DB_FIELD(page_guild, voice_from), DB_FIELD(page_guild, voice_first),
	DB_FIELD(page_guild, voice_further), DB_FIELD(page_guild, game),
	DB_FIELD(page_guild, game_win), DB_FIELD(page_guild, game_loss),
	DB_FIELD_OR_NULL(page_guild, day_xp_max), DB_FIELD(page_guild, level_reward_percent),
	DB_FIELD(page_guild, level_reward_items), DB_FIELD(page_guild, members));

DB_SHAPE(shape_page_member, DB_FIELD(page_member, user_id), DB_FIELD(page_member, username),
	DB_FIELD(page_member, xp), DB_FIELD(page_member, balance),
	DB_FIELD(page_member, message_count), DB_FIELD(page_member, voice_time),
	DB_FIELD(page_member, page_hidden), DB_FIELD(page_member, ties));

DB_SHAPE(shape_page_profile, DB_FIELD(page_profile, user_id), DB_FIELD(page_profile, username),
	DB_FIELD(page_profile, xp), DB_FIELD(page_profile, balance),
	DB_FIELD(page_profile, message_count), DB_FIELD(page_profile, voice_time),
	DB_FIELD(page_profile, page_hidden), DB_FIELD(page_profile, ties),
	DB_FIELD(page_profile, multiplier), DB_FIELD(page_profile, games_left),
	DB_FIELD_OR_NULL(page_profile, above_name), DB_FIELD_OR_NULL(page_profile, above_xp));

struct page_top_row {
	struct snowflake user_id;
};
DB_SHAPE(shape_page_top, DB_FIELD(page_top_row, user_id));

struct page_hidings_row {
	int64_t hidings;
};
DB_SHAPE(shape_page_hidings, DB_FIELD(page_hidings_row, hidings));

struct page_renew_row {
	const json_t *outcome;
};
DB_SHAPE(shape_page_renew, DB_FIELD(page_renew_row, outcome));

static const char token_alphabet[] =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";

char *page_token_make(void *ctx)
{
	char *token = must(talloc_zero_size(ctx, PAGE_TOKEN_CHARS + 1));
	for (int i = 0; i < PAGE_TOKEN_CHARS; i++)
		token[i] = token_alphabet[randombytes_uniform(sizeof(token_alphabet) - 1)];
	return token;
}

void page_renew_call(void *ctx, const struct snowflake *interaction,
	const struct member_seen *actor, struct db_call *out)
{
	routine_begin(ctx, QUERY_PAGE_RENEW, interaction, actor, out);
	db_set_text(out, "page_token", page_token_make(ctx));
}

struct page_renew_json {
	bool done;
};
DB_SHAPE(json_page_renew, DB_FIELD(page_renew_json, done));

enum status page_renew_read(void *ctx, const struct db_rows *rows)
{
	struct page_renew_row row;
	struct page_renew_json in;
	char *why;
	if (db_row_read(ctx, rows, 0, &shape_page_renew, &row))
		return STATUS_FAILED;
	return json_shape_read(ctx, row.outcome, &json_page_renew, &in, &why) && in.done
		       ? STATUS_OK
		       : STATUS_FAILED;
}

bool page_address_is(const char *text)
{
	size_t length = strlen(text);
	return length >= 3 && length <= PAGE_ADDRESS_MAX && strspn(text, token_alphabet) == length;
}

/* The SHA-256 of ADDRESS in hexadecimal, by which a page is found. On CTX. */
static char *address_hash(void *ctx, const char *address)
{
	unsigned char hash[crypto_hash_sha256_BYTES];
	char *hex = must(talloc_size(ctx, 2 * sizeof(hash) + 1));
	crypto_hash_sha256(hash, (const unsigned char *)address, strlen(address));
	return sodium_bin2hex(hex, 2 * sizeof(hash) + 1, hash, sizeof(hash));
}

void page_guild_call(void *ctx, const char *address, struct db_call *out)
{
	db_call_begin(ctx, QUERY_PAGE_GUILD, out);
	db_set_text(out, "address_hash", address_hash(ctx, address));
}

void page_hidings_call(void *ctx, const char *address, struct db_call *out)
{
	db_call_begin(ctx, QUERY_PAGE_HIDINGS, out);
	db_set_text(out, "address_hash", address_hash(ctx, address));
}

enum status page_hidings_read(const struct db_rows *rows, int64_t *out)
{
	struct page_hidings_row row;
	if (db_rows_count(rows) == 0)
		return STATUS_NOT_FOUND;
	enum status status = db_row_read(NULL, rows, 0, &shape_page_hidings, &row);
	*out = status ? 0 : row.hidings;
	return status;
}

enum status page_guild_read(const struct db_rows *rows, struct page_guild *out)
{
	return db_rows_count(rows) == 0 ? STATUS_NOT_FOUND
					: db_row_read(NULL, rows, 0, &shape_page_guild, out);
}

void page_members_call(void *ctx, const struct snowflake *guild, enum page_metric metric,
	int32_t offset, int32_t limit, struct db_call *out)
{
	db_call_begin(ctx, QUERY_PAGE_MEMBERS, out);
	db_set_id(out, "guild_id", guild);
	db_set_text(out, "metric", metric == PAGE_BALANCE ? "lc" : "xp");
	db_set_integer(out, "limit", limit);
	db_set_integer(out, "offset", offset);
}

void page_top_call(void *ctx, const struct snowflake *guild, enum page_metric metric, int32_t limit,
	struct db_call *out)
{
	db_call_begin(ctx, QUERY_PAGE_TOP, out);
	db_set_id(out, "guild_id", guild);
	db_set_bool(out, "is_voice", metric == PAGE_VOICE);
	db_set_integer(out, "limit", limit);
}

enum status page_top_read(const struct db_rows *rows, int row, struct snowflake *out)
{
	struct page_top_row top;
	enum status status = db_row_read(NULL, rows, row, &shape_page_top, &top);
	if (!status)
		*out = top.user_id;
	return status;
}

void page_by_ids_call(void *ctx, const struct snowflake *guild, const char *const *ids,
	size_t count, struct db_call *out)
{
	db_call_begin(ctx, QUERY_PAGE_BY_IDS, out);
	db_set_texts(out, "user_ids", ids, count);
	db_set_id(out, "guild_id", guild);
}

void page_search_call(void *ctx, const struct snowflake *guild, const char *text, int32_t limit,
	struct db_call *out)
{
	db_call_begin(ctx, QUERY_PAGE_SEARCH, out);
	db_set_id(out, "guild_id", guild);
	db_set_text(out, "search", text);
	db_set_integer(out, "limit", limit);
}

enum status page_member_read(const struct db_rows *rows, int row, struct page_member *out)
{
	return db_row_read(NULL, rows, row, &shape_page_member, out);
}

void page_profile_call(void *ctx, const struct snowflake *guild, const struct snowflake *member,
	struct db_call *out)
{
	db_call_begin(ctx, QUERY_PAGE_MEMBER, out);
	db_set_id(out, "guild_id", guild);
	db_set_id(out, "user_id", member);
}

enum status page_profile_read(const struct db_rows *rows, struct page_profile *out)
{
	return db_rows_count(rows) == 0 ? STATUS_NOT_FOUND
					: db_row_read(NULL, rows, 0, &shape_page_profile, out);
}

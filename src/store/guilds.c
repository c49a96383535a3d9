/* Calls about guilds. */
#include "besace/store/guilds.h"

#include <talloc.h>

#include "besace/base/memory.h"

/* Rows erased in one transaction: some tens of ms of work, so that others hardly notice. */
#define ERASE_ROWS 2000

struct guild_erase_row {
	int32_t rows;
};
DB_SHAPE(shape_guild_erase, DB_FIELD(guild_erase_row, rows));

struct guild_see_row {
	bool wants_members;
};
DB_SHAPE(shape_guild_see, DB_FIELD(guild_see_row, wants_members));

void guild_see_call(void *ctx, const struct guild_seen *seen, struct db_call *out)
{
	/* Parameters are borrowed, and the interaction is over before the call is. */
	const struct snowflake *guild = must(talloc_memdup(ctx, &seen->guild, sizeof(seen->guild)));
	const char *locale = *seen->locale ? must(talloc_strdup(ctx, seen->locale)) : NULL;
	struct snowflake *channel = must(talloc_memdup(ctx, &seen->channel, sizeof(seen->channel)));
	const char *above = must(talloc_strdup(ctx, seen->above.text));
	db_call_begin_change(ctx, QUERY_GUILD_SEE, NULL, out);
	db_set_id(out, "guild_id", guild);
	db_set_text_or_null(out, "locale", locale);
	db_set_bool(out, "is_community", seen->is_community);
	db_set_text_or_null(out, "reply_language", seen->reply_language);
	db_set_integer(out, "seen_ms", seen->seen_ms);
	db_set_id_or_null(out, "channel_id", channel);
	db_set_text_or_null(out, "parent_id", seen->in_thread ? above : NULL);
	db_set_text_or_null(out, "category_id", seen->in_thread ? NULL : above);
}

bool guild_see_read(const struct db_rows *rows)
{
	struct guild_see_row row;
	return db_row_read(NULL, rows, 0, &shape_guild_see, &row) == STATUS_OK && row.wants_members;
}

void guild_erase_call(void *ctx, int days, struct db_call *out)
{
	db_call_begin_change(ctx, QUERY_GUILD_ERASE, NULL, out);
	db_set_integer(out, "days", days);
	db_set_integer(out, "rows", ERASE_ROWS);
}

bool guild_erase_read(const struct db_rows *rows)
{
	struct guild_erase_row row;
	return db_row_read(NULL, rows, 0, &shape_guild_erase, &row) == STATUS_OK && row.rows > 0;
}

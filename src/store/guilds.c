/* Calls about guilds. */
#include "besace/store/guilds.h"

/* Rows erased in one transaction: some tens of ms of work, so that others hardly notice. */
#define ERASE_ROWS 2000

struct guild_erase_row {
	int32_t rows;
};
DB_SHAPE(shape_guild_erase, DB_FIELD(guild_erase_row, rows));

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

/* Reading the cells of a result. */
#include "besace/store/call.h"

#include <libpq-fe.h>
#include <stdlib.h>

int db_rows_count(const struct db_rows *rows)
{
	return PQntuples(rows->result);
}

bool db_is_null(const struct db_rows *rows, int row, int column)
{
	return PQgetisnull(rows->result, row, column) != 0;
}

const char *db_text(const struct db_rows *rows, int row, int column)
{
	return PQgetvalue(rows->result, row, column);
}

int64_t db_integer(const struct db_rows *rows, int row, int column)
{
	return strtoll(db_text(rows, row, column), NULL, 10);
}

bool db_bool(const struct db_rows *rows, int row, int column)
{
	return db_text(rows, row, column)[0] == 't';
}

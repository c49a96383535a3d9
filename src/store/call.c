/* Parameters of a call, and the cells of its result. */
#include "besace/store/call.h"

#include <inttypes.h>
#include <libpq-fe.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <talloc.h>

#include "besace/base/memory.h"

char *call_number(void *ctx, int64_t number)
{
	return must(talloc_asprintf(ctx, "%" PRId64, number));
}

/* Bytes of a hash that tell one shim from another; in hexadecimal they fit where an id does, and
 * the letter before them keeps them from being one. */
#define SOURCE_HASH_BYTES 8

void db_call_set_source(struct db_call *call, const char *source)
{
	unsigned char hash[crypto_generichash_BYTES_MIN];
	crypto_generichash(
		hash, sizeof(hash), (const unsigned char *)source, strlen(source), NULL, 0);
	call->member.text[0] = 's';
	sodium_bin2hex(
		&call->member.text[1], sizeof(call->member.text) - 1, hash, SOURCE_HASH_BYTES);
}

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

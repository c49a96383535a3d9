/* Copies rows into the temporary tables of an import. */
#include "staging.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <talloc.h>

#include "besace/base/memory.h"
#include "besace/store/db.h"
#include "besace/store/query.h"

/* A row must fit behind what waits: a name of 255 characters, or a description of the ledger. */
#define ROW_BYTES_MAX (STAGING_BYTES / 2)

static const char *const copies[] = {
	[STAGED_MEMBERS] = "COPY besace_staged_members (line, user_id, username, balance, xp, "
			   "messages, voice_s, invites, jackpots, x2, x3, hidden, last_message_at, "
			   "last_gift_at, created_at) FROM STDIN",
	[STAGED_ITEMS] = "COPY besace_staged_items FROM STDIN",
	[STAGED_MULTIPLIERS] = "COPY besace_staged_multipliers FROM STDIN",
	[STAGED_LEDGER] = "COPY besace_staged_ledger FROM STDIN",
	[STAGED_MATCHES] = "COPY besace_staged_matches FROM STDIN",
	[STAGED_EXTRAS] = "COPY besace_staged_extras FROM STDIN",
	[STAGED_ACTS] = "COPY besace_staged_acts FROM STDIN",
	[STAGED_CHANGES] = "COPY besace_staged_changes FROM STDIN",
	[STAGED_SERVER] = "COPY besace_staged_server FROM STDIN",
};

enum status staging_begin(void *ctx, PGconn *conn, struct staging *out)
{
	out->ctx = ctx;
	out->conn = conn;
	out->into = STAGED_NONE;
	out->row_begun = false;
	out->used = 0;
	out->why = NULL;
	char *sql = must(query_find(ctx, "import_stage"));
	enum status status = db_exec(ctx, conn, sql, NULL, &out->why);
	talloc_free(sql);
	return status;
}

static enum status fail(struct staging *staging)
{
	staging->why = db_error(staging->ctx, PQerrorMessage(staging->conn));
	return PQstatus(staging->conn) == CONNECTION_OK ? STATUS_FAILED : STATUS_UNKNOWN;
}

static enum status flush(struct staging *staging)
{
	if (!staging->conn) {
		staging->used = 0;
		return STATUS_OK;
	}
	int sent = PQputCopyData(staging->conn, staging->bytes, (int)staging->used);
	staging->used = 0;
	return sent == 1 ? STATUS_OK : fail(staging);
}

/* Reads what COPY, or beginning one, has come to. */
static enum status finish(struct staging *staging, ExecStatusType wanted)
{
	enum status status = STATUS_OK;
	for (PGresult *result; (result = PQgetResult(staging->conn));) {
		ExecStatusType got = PQresultStatus(result);
		if (got != wanted && !status)
			status = fail(staging);
		PQclear(result);
		if (got == PGRES_COPY_IN)
			break;
	}
	return status;
}

enum status staging_into(struct staging *staging, enum staged table)
{
	enum status status = STATUS_OK;
	if (staging->into == table || !staging->conn) {
		staging->into = table;
		return STATUS_OK;
	}
	if (staging->into != STAGED_NONE) {
		status = staging->used > 0 ? flush(staging) : STATUS_OK;
		if (!status && PQputCopyEnd(staging->conn, NULL) != 1)
			status = fail(staging);
		if (!status)
			status = finish(staging, PGRES_COMMAND_OK);
		staging->into = STAGED_NONE;
	}
	if (status || table == STAGED_NONE)
		return status;
	if (!PQsendQuery(staging->conn, copies[table]))
		return fail(staging);
	status = finish(staging, PGRES_COPY_IN);
	if (!status)
		staging->into = table;
	return status;
}

static void put_byte(struct staging *staging, char c)
{
	staging->bytes[staging->used++] = c;
}

/* As COPY's text format wants it. What does not fit is cut at a whole character. */
static void put_escaped(struct staging *staging, const char *text)
{
	size_t left = ROW_BYTES_MAX / 4;
	for (; *text && (left > 8 || ((unsigned char)*text & 0xC0) == 0x80); text++, left--) {
		char letter = *text == '\\'   ? '\\'
			      : *text == '\n' ? 'n'
			      : *text == '\r' ? 'r'
			      : *text == '\t' ? 't'
					      : '\0';
		if (letter)
			put_byte(staging, '\\');
		put_byte(staging, letter ? letter : *text);
	}
}

void staging_put(struct staging *staging, const char *text)
{
	if (staging->row_begun)
		put_byte(staging, '\t');
	staging->row_begun = true;
	if (text) {
		put_escaped(staging, text);
		return;
	}
	put_byte(staging, '\\');
	put_byte(staging, 'N');
}

void staging_put_number(struct staging *staging, int64_t number)
{
	char digits[24];
	snprintf(digits, sizeof(digits), "%" PRId64, number);
	staging_put(staging, digits);
}

enum status staging_end_row(struct staging *staging)
{
	put_byte(staging, '\n');
	staging->row_begun = false;
	return staging->used > STAGING_BYTES - ROW_BYTES_MAX ? flush(staging) : STATUS_OK;
}

void staging_abandon(struct staging *staging)
{
	if (staging->into == STAGED_NONE)
		return;
	staging->into = STAGED_NONE;
	if (PQputCopyEnd(staging->conn, "the file is not imported") != 1)
		return; /* the connection is gone */
	for (PGresult *result; (result = PQgetResult(staging->conn));)
		PQclear(result);
}

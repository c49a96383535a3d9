/*
 * The repository of voice. Settling loads some guilds and writes what it decided only if nobody
 * else has settled the same guilds in between; else it loads again.
 *
 *	voice_load_call → voice_load_read → voice_settle of each → voice_settle_call
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "besace/base/compiler.h"
#include "besace/base/status.h"
#include "besace/domain/voice.h"
#include "besace/store/call.h"

/* The voice of a guild as it was loaded, and what settling it has brought. */
struct voice_task {
	struct snowflake guild;
	int64_t version;
	int64_t settings; /* their version */
	const char *day; /* the guild's, at the end of the log */
	struct voice_guild voice;
	struct voice_log log;
	int64_t *positions; /* of the log's events */
	struct settlement settlement;
};

/* Guilds of one shim. */
struct voice_tasks {
	char *source; /* NULL when there is none */
	struct voice_task *tasks;
	size_t count; /* 0 when none is due */
};

/* Loads some guilds of SOURCE that are due; NULL: of any shim; ALONE: one guild. Parameters are on
 * CTX. */
void voice_load_call(void *ctx, const char *source, bool alone, struct db_call *out);

/* Reads what was loaded into *out, allocated on CTX; freeing it frees the occupants. STATUS_FAILED
 * when it is not what the query returns. */
MUST_CHECK enum status voice_load_read(
	void *ctx, const struct db_rows *rows, struct voice_tasks **out);

/* Writes what settling TASKS (at least one) has brought, unless somebody else has settled one of
 * them since they were loaded: then nothing is written, and the next load finds them still due.
 * PAY_LATER: waits for no member. Parameters are on CTX. */
void voice_settle_call(
	void *ctx, const struct voice_tasks *tasks, bool pay_later, struct db_call *out);

/* A guild whose voice was set aside. */
struct voice_aside {
	struct snowflake guild; /* empty text: there was none */
	const char *source;
	int32_t failures; /* in a row, this one included */
};

/* Sets aside GUILD of SOURCE, which cannot be settled, for 10 s and twice as long each time, at
 * most an hour. NULL: the one with which the next load of SOURCE would begin. Parameters are on
 * CTX. */
void voice_set_aside_call(void *ctx, const char *source, const char *guild, struct db_call *out);
MUST_CHECK enum status voice_set_aside_read(
	void *ctx, const struct db_rows *rows, struct voice_aside *out);

/* Pays some members what settling owes them: of more than it pays at once. */
void voice_owed_pay_call(void *ctx, struct db_call *out);

/* Whether there may be more. */
bool voice_owed_pay_read(const struct db_rows *rows);

/* Removes what no guild needs any more, a bounded number of rows. */
void voice_sweep_call(void *ctx, struct db_call *out);

/* How many rows were removed. */
int64_t voice_sweep_read(const struct db_rows *rows);

/*
 * Runs a command step by step: routing, first contact, apologies. The caller does the I/O.
 *
 *	step = run_start(&run, &call);
 *	while (step == STEP_CALL)
 *		step = run_resume(&run, rows of the call, &call);
 *	send run.reply
 */
#pragma once

#include "besace/base/compiler.h"
#include "besace/engine/command.h"

/*
 * Begins answering IN (not a PING), sent by Discord at SEEN_MS. CTX, IN and what
 * WORLD holds must outlive the run. STEP_REPLY or STEP_CALL.
 */
MUST_CHECK enum step run_start(struct run *run, void *ctx, const struct interaction *in,
	int64_t seen_ms, const struct run_world *world, struct db_call *out);

/* Goes on with the rows of the call. STEP_REPLY or STEP_CALL. */
MUST_CHECK enum step run_resume(struct run *run, const struct db_rows *rows, struct db_call *out);

/* Why a run ends without its result. */
enum apology {
	APOLOGY_AWAY, /* the database is away or full; nothing happened */
	APOLOGY_UNSURE, /* the outcome is unknown */
	APOLOGY_FAULT, /* a defect; nothing happened */
};

/* Makes run->reply a polite private sentence, unless it is complete already (run_meet). */
void run_apologise(struct run *run, enum apology apology);

/* The callback that keeps Discord waiting for run's result. */
struct reply run_deferral(const struct run *run);

/* Autocomplete cannot be deferred: it gets an empty list instead. */
bool run_can_defer(const struct run *run);

/* ---- For commands */

/* From `ask`: this press or modal is answered by a new message, not by a change of the one that it
 * came from. */
void run_answer_anew(struct run *run);

/* The value of the INTEGER option NAME, or OTHERWISE when it was not given. Its range was checked
 * against the command's row. */
int64_t run_integer(const struct run *run, const char *name, int64_t otherwise);

/* The same for a STRING. */
const char *run_string(const struct run *run, const char *name, const char *otherwise);

/* Starts run->reply: a message in the language of those who will read it. Returns that language. */
enum language run_open_reply(struct run *run, bool is_private);

/* Makes run->reply a private refusal that says TEXT, already filled. Returns STEP_REPLY. */
enum step run_refuse(struct run *run, const char *text);

/* The same with a text of the catalogue that has no placeholders. */
enum step run_refuse_text(struct run *run, enum text text);

/* The language of a private answer: the member's. */
enum language run_private_language(const struct run *run);

/* USER's name as it may be shown: escaped, never empty. */
char *run_shown_name(const struct run *run, const struct user *user);

/* The member named by the required USER option NAME, for a command between two. Sets run->about and
 * run->who. Refuses a bot, and with the text SELF the one who asks: STEP_REPLY; else STEP_CALL. */
MUST_CHECK enum step run_other(struct run *run, const char *name, enum text self);

/* Whom the command is about: the member named by the option "membre", the one clicked on, or the
 * one who asks. Sets run->about and run->who. A bot is refused: STEP_REPLY; else STEP_CALL. */
MUST_CHECK enum step run_about(struct run *run);

/* From `ask`, when run->reply is complete and needs no row: a first contact makes a member all the
 * same. Fills in OUT, with run_met as `answer`; what is complete is answered whatever becomes of
 * the call. Returns STEP_CALL. */
MUST_CHECK enum step run_meet(struct run *run, struct db_call *out);
MUST_CHECK enum step run_met(struct run *run, const struct db_rows *rows);

/* What `answer` does with a read of members: STEP_REPLY to go on and render, STEP_STALE when a
 * member must be created or renamed first, STEP_BROKEN when there is no row even so. */
MUST_CHECK enum step run_judge(const struct run *run, bool current, bool found);

/*
 * Answers an interaction step by step: routing, first contact, apologies. The caller does the I/O.
 *
 *	step = invocation_start(&invocation, &call);
 *	while (step != STEP_REPLY)
 *		if (step == STEP_CALL)
 *			step = invocation_resume(&invocation, rows of the call, &call);
 *		else
 *			step = invocation_told(&invocation, &call);
 *	send invocation.reply
 */
#pragma once

#include "besace/base/compiler.h"
#include "besace/engine/command.h"
#include "besace/engine/custom_id.h"

/*
 * Begins answering IN (not a PING), sent by Discord at SEEN_MS. CTX, IN and what
 * WORLD holds must outlive the invocation. STEP_REPLY or STEP_CALL.
 */
MUST_CHECK enum step invocation_start(struct invocation *invocation, void *ctx,
	const struct interaction *in, int64_t seen_ms, const struct invocation_world *world,
	struct db_call *out);

/* Goes on with the rows of the call. STEP_REPLY, STEP_CALL, or STEP_QUESTION. */
MUST_CHECK enum step invocation_resume(
	struct invocation *invocation, const struct db_rows *rows, struct db_call *out);

/* Goes on when invocation->questions were asked, or could not be. As invocation_resume. */
MUST_CHECK enum step invocation_told(struct invocation *invocation, struct db_call *out);

/* Why an invocation ends without its result. */
enum apology {
	APOLOGY_AWAY, /* the database is away or full; nothing happened */
	APOLOGY_UNSURE, /* the outcome is unknown */
	APOLOGY_FAULT, /* a defect; nothing happened */
	APOLOGY_REUSED, /* the interaction's id was used for another command; nothing happened */
};

/* Makes invocation->reply a polite private sentence, unless it is complete already
 * (invocation_meet). */
void invocation_apologise(struct invocation *invocation, enum apology apology);

/* The callback that keeps Discord waiting for the result. */
struct reply invocation_deferral(const struct invocation *invocation);

/* Autocomplete cannot be deferred: it gets an empty list instead. */
bool invocation_can_defer(const struct invocation *invocation);

/* ---- For commands */

/* From `ask`: this press or modal is answered by a new message, not by a change of the one that it
 * came from. */
void invocation_answer_anew(struct invocation *invocation);

/* The custom id of a button or modal of invocation->reply, on its context. Every command writes its
 * ids by this: in a direct message they carry the guild that the member is served in. */
char *invocation_custom_id(const struct invocation *invocation, struct custom_id id);

/* Reads the custom id that was pressed or submitted. False unless it is one of ours and of the
 * command that runs. */
MUST_CHECK bool invocation_read_custom_id(
	const struct invocation *invocation, struct custom_id *out);

/* The value of the INTEGER option NAME, or OTHERWISE when it was not given. Its range was checked
 * against the command's row. */
int64_t invocation_integer(
	const struct invocation *invocation, const char *name, int64_t otherwise);

/* The same for a STRING. */
const char *invocation_string(
	const struct invocation *invocation, const char *name, const char *otherwise);

/* Starts invocation->reply: a message in the language of those who will read it. Returns that
 * language. */
enum language invocation_open_reply(struct invocation *invocation, bool ephemeral);

/* What a refusal is, which its title and colour say. */
enum tone {
	TONE_IMPOSSIBLE,
	TONE_EARLY, /* it will be possible by itself */
	TONE_LACKING, /* it is possible once the member has or types something else */
};

/* Makes invocation->reply a private refusal that says SAID, the filled text WHY, in the tone of WHY
 * (engine/refusal.c has the table). The caller may add the button that helps. Returns STEP_REPLY.
 */
enum step invocation_refuse(struct invocation *invocation, enum text why, const char *said);

/* The same with a text that has no placeholders. */
enum step invocation_refuse_text(struct invocation *invocation, enum text why);

/* The same with words of any origin. */
enum step invocation_refuse_as(struct invocation *invocation, enum tone tone, const char *said);

/* Makes invocation->reply a private message of TITLE, COLOUR and what is SAID; autocomplete, which
 * has no messages, gets an empty list. */
void invocation_say(
	struct invocation *invocation, enum text title, enum colour colour, const char *said);

/* The language of a private answer: the member's; that of a public one when Discord did not say
 * which. */
enum language invocation_own_language(const struct invocation *invocation);

/* The language of a public answer: that of the guild's settings, as the rows told it; else the one
 * that the guild chose in Discord; else the member's. */
enum language invocation_public_language(const struct invocation *invocation);

/* USER's name as it may be shown: escaped, never empty. */
char *invocation_shown_name(const struct invocation *invocation, const struct user *user);

/* The member named by the required USER option NAME, for a command between two. Sets
 * invocation->target and its user. Refuses a bot, and with the text SELF the member who asks:
 * STEP_REPLY; else STEP_CALL. */
MUST_CHECK enum step invocation_other(
	struct invocation *invocation, const char *name, enum text self);

/* The member that the command concerns: the one named by the option "membre", the one clicked
 * on, or the member who asks. Sets invocation->target and its user. A bot is refused: STEP_REPLY;
 * else STEP_CALL. */
MUST_CHECK enum step invocation_target(struct invocation *invocation);

/* From `ask`, when invocation->reply is complete and needs no row: a first contact makes a member
 * all the same. Fills in OUT, with invocation_met as `answer`; what is complete is answered
 * whatever becomes of the call. Returns STEP_CALL. */
MUST_CHECK enum step invocation_meet(struct invocation *invocation, struct db_call *out);
MUST_CHECK enum step invocation_met(struct invocation *invocation, const struct db_rows *rows);

/* From `answer`, before it opens the reply: whether the member who asks may see themself alone,
 * because the guild hides its members and they do not manage it. Where it hides them, the reply
 * becomes ephemeral, for managers as well. */
MUST_CHECK bool invocation_hides_others(struct invocation *invocation);

/* What `answer` does with a read of members: STEP_REPLY to go on and render. Without a row it is
 * STEP_REFUSED for somebody who is no member of the guild, and STEP_BROKEN for a member. Another
 * member is STEP_REFUSED as well where the guild hides them (invocation_hides_others). */
MUST_CHECK enum step invocation_judge(struct invocation *invocation, bool found);

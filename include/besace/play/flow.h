/*
 * The flow of a play or a press: look, decide, write, tell.
 *
 * A command says what to look at (flow_start), decides from it (its decide_fn) and either opens a
 * match (flow_open) or acts on one (flow_press). The write counts only if the match is still of the
 * version that was looked at; else the flow looks and decides again (optimistic concurrency). The
 * answer is made of the outcome and of the interaction alone, so that the same interaction always
 * gets the same reply.
 *
 * Refusals that depend on the database are written as well (flow_refuse): a refused press that is
 * sent again later must not succeed then.
 */
#pragma once

#include "besace/base/compiler.h"
#include "besace/engine/command.h"
#include "besace/engine/custom_id.h"
#include "besace/store/matches.h"

/* The highest value of a multiplier: what a win may be multiplied by. */
#define MULTIPLIER_MAX 3

/* Players of one match: the seats of a table of the roulette. */
#define MATCH_SEATS_MAX 50

struct flow;

/* Decides from LOOK: ends with flow_open, flow_press, flow_refuse or a reply. */
typedef enum step decide_fn(struct invocation *invocation, const struct match_look *look);

struct flow {
	/* Filled in by the command. */
	enum game game;
	decide_fn *decide;
	const char *id; /* the open match that it is about, or NULL */
	const char *channel; /* where it looks for a table, or NULL */
	const char *other; /* the member whose name it looks for, or NULL */
	bool draws; /* something is drawn: the member needs seeds */
	bool updates; /* the answer changes the message that was pressed */
	void *play; /* the command's own */
	struct custom_id button; /* of a press */
	/* The button that plays the same for another stake, which is its number: what helps when
	 * one is refused. An empty action: there is none. */
	struct custom_id again;

	/* The flow's own. */
	enum { FLOW_LOOKING, FLOW_CHANGING, FLOW_EXPIRING, FLOW_PROVING } stage;
	int looks; /* so far */
	int expiries; /* attempts so far to end an expired match */
	const struct match_look *look; /* the last one */
};

/* Begins: FLOW is copied. */
enum step flow_start(struct invocation *invocation, struct flow flow, struct db_call *out);

/* The flow of the command that runs. */
struct flow *flow_of(const struct invocation *invocation);

/* The answer_fn of every command that has a flow. */
enum step flow_answer(struct invocation *invocation, const struct db_rows *rows);

/* Opens a match of PLAYS for STAKE: see sql/routines/besace_match_open.sql. MAX_CREDIT is the most
 * that it can credit, without a multiplier. SEEDS and PLAYS are taken over; OPPONENT may be NULL.
 */
enum step flow_open(struct invocation *invocation, int32_t stake, int64_t max_credit,
	const struct member_seen *opponent, json_t *seeds, json_t *plays);

/* Does ACT (taken over) to the match that was looked at: see sql/routines/besace_match_press.sql.
 */
enum step flow_press(struct invocation *invocation, const struct match *match, json_t *act);

/* Shows the match that was looked at as it is, by an update of the message that was pressed: one of
 * its players pressed a button of an earlier round. The update that should have replaced it may
 * never have arrived, and then no message has the buttons to go on with. */
enum step flow_show(struct invocation *invocation, const struct match *match);

/* Ends MATCH, which has expired, so that another can be opened in its place, and decides again.
 * Refuses with WORD when its row stays locked. */
enum step flow_expire(struct invocation *invocation, const struct match *match, const char *word);

/* Records that the play is refused for a stake that is not within the bounds that were looked at.
 */
enum step flow_refuse_range(struct invocation *invocation);

/* Records that the play or press is refused; WORD is a row of refusal.c. */
enum step flow_refuse(struct invocation *invocation, const char *word);

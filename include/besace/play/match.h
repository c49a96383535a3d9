/*
 * What the commands of all games share: looking at a game, deciding, writing, telling.
 *
 * A command says what to look at (flow_start), decides from it (its decide_fn) and either opens a
 * game (flow_open) or does something to one (flow_press). When somebody else was faster, the flow
 * looks again and has it decided again. What is told is made of the outcome alone, so that the
 * same interaction is always told the same.
 *
 * Refusals that depend on the database are written as well (flow_refuse): a refused press that is
 * sent again later must not succeed then.
 */
#pragma once

#include <jansson.h>

#include "besace/base/compiler.h"
#include "besace/domain/game.h"
#include "besace/domain/versus.h"
#include "besace/engine/command.h"
#include "besace/engine/custom_id.h"
#include "besace/play/games.h"
#include "besace/store/matches.h"

/* The highest value of a multiplier: what a win may be multiplied by. */
#define MULTIPLIER_MOST 3

/* Players of one game at most: the seats of a table of the roulette. */
#define MATCH_SEATS_MOST 50

/* The game of the command that runs, which is the prefix of its buttons as well. */
enum game match_game(const struct invocation *invocation);

/*
 * Custom ids of games: the command is the game's type, the subject a match, the number the round
 * that the button is of. The buttons of a play that is over have its owner in the place of the
 * match, what it was staked on as the word, and the stake as the number.
 */

/* The custom id, on CTX, of a button of MATCH; ROUND may be CUSTOM_ID_NO_NUMBER. */
char *match_button_id(void *ctx, const struct match *match, const char *action, int64_t round);

struct flow;

/* Decides from LOOK: ends with flow_open, flow_press, flow_refuse or a reply. */
typedef enum step decide_fn(struct invocation *invocation, const struct match_look *look);

struct flow {
	/* Filled in by the command. */
	enum game game;
	decide_fn *decide;
	const char *id; /* the open game that it is about, or NULL */
	const char *channel; /* where it looks for a table, or NULL */
	bool draws; /* something is drawn: the member needs seeds */
	bool foreign; /* its receipts are no outcomes of games: the routine it calls reads them */
	bool updates; /* what is told changes the message that was pressed */
	void *play; /* the command's own */
	struct custom_id button; /* of a press */

	/* The flow's own. */
	enum { FLOW_LOOKING, FLOW_SEEDING, FLOW_CHANGING, FLOW_LAPSING } stage;
	int looks; /* so far */
	int lapses; /* games that it has tried to end so far */
	const struct match_look *look; /* the last one */
};

/* Begins: FLOW is copied. */
enum step flow_start(struct invocation *invocation, struct flow flow, struct db_call *out);

/* The flow of this invocation. */
struct flow *flow_of(const struct invocation *invocation);

/* The answer_fn of every command that has a flow. */
enum step flow_answer(struct invocation *invocation, const struct db_rows *rows);

/* Opens a game of PLAYS for STAKE: see sql/routines/besace_match_open.sql. MOST is the most that it
 * can credit, without a multiplier. SEEDS and PLAYS are taken over; OPPONENT may be NULL. */
enum step flow_open(struct invocation *invocation, int32_t stake, int64_t most,
	const struct sighting *opponent, json_t *seeds, json_t *plays);

/* Does ACT (taken over) to the game that was looked at: see sql/routines/besace_match_press.sql. */
enum step flow_press(struct invocation *invocation, const struct match *match, json_t *act);

/* Shows the game that was looked at as it is, by an update of the message that was pressed: one of
 * its players pressed a button of an earlier round. The update that should have replaced it may
 * never have arrived, and then no message has the buttons to go on with. */
enum step flow_show(struct invocation *invocation, const struct match *match);

/* Ends MATCH, which has lapsed and in whose place something shall be opened, and decides again.
 * When somebody holds it, refuses with WORD. */
enum step flow_lapse(struct invocation *invocation, const struct match *match, const char *word);

/* Writes down that the play or press is refused; WORD is a row of match.c. */
enum step flow_refuse(struct invocation *invocation, const char *word);

/* ---- JSON of the routines */

/* {"user", "result", "credit", "boost", "xp", "opponent"}: what CREDIT makes of a STAKE in GAME.
 * OPPONENT may be NULL. */
json_t *match_end_json(enum game game, const struct snowflake *user,
	const struct snowflake *opponent, int32_t stake, int32_t credit);

/* {"user", "credit"}: a stake that goes back without a game. */
json_t *match_return_json(const struct snowflake *user, int32_t stake);

/* Where the message of the pressed button is, for edits later. */
json_t *match_message_json(const struct invocation *invocation);

/* What the outcome's "reply" is when the presser is told the news only (struct show). */
json_t *match_news_json(void);

/* Facts with the names of those who asked and, unless NULL, of OTHER. */
json_t *match_facts(const struct invocation *invocation, const struct user *other);

/* A copy of MATCH's facts to which the presser's name was added. */
json_t *match_facts_with(const struct invocation *invocation, const struct match *match);

/* ---- Showing */

/* A message about a game that is being made. */
struct show {
	void *ctx;
	enum language language;
	struct reply *reply;
	const struct match *match;
	int32_t balance; /* of the one who played; negative: not to be shown */
	bool news; /* only what has just happened: the game has another message, with its buttons */
};

/* How a game looks; one for each enum game. */
struct game_face {
	const char *emoji;
	enum text title;
	/* Adds to the open or ended game's message what is the game's own. */
	void (*show)(struct show *show);
};

extern const struct game_face face_roue, face_blackjack, face_machine, face_duel, face_roulette,
	face_pfc, face_bullets, face_c21;

/* Makes the whole message: title, colour, what is the game's own, buttons. */
void game_show(struct show *show);

/* A move ("rock", "shield", …) as members read it, with its emoji. Static. */
const char *game_move_name(enum game game, enum language language, const char *move);

/* Adds a line to the description. LINE is on show->ctx, or static. */
void show_line(struct show *show, const char *line);

/* The name of a player, escaped when it was stored. */
const char *show_name(const struct show *show, const struct snowflake *user);

/* NUMBER as text. */
char *show_number(const struct show *show, int64_t number);

/* A line for each player of an ended game: what they have won or lost. */
void show_ends(struct show *show);

/* A line for one player. */
void show_end(struct show *show, const struct match_end *end);

/* A text of the facts, "" when there is none. */
const char *show_fact(const struct show *show, const char *key);

/* A button as it looks. */
struct show_button {
	enum button_style style;
	enum text label;
	const char *emoji;
};

/* Adds a button of the match. ROUND may be CUSTOM_ID_NO_NUMBER. */
void show_button(
	struct show *show, const struct show_button *look, const char *action, int64_t round);

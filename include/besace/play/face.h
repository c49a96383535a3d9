/*
 * The faces of games: how the messages of their matches look.
 *
 * game_show makes the whole message and asks the game's face for what is its own. What it shows
 * comes from the match alone, so that the same outcome is always shown the same. A message has a
 * title, lines below it, lines below a separator, and buttons, whichever of them are collected
 * first.
 */
#pragma once

#include <jansson.h>

#include "besace/base/compiler.h"
#include "besace/discord/reply.h"
#include "besace/domain/versus.h"
#include "besace/store/matches.h"
#include "besace/text/catalogue.h"

struct casino_game;

/* Buttons of one message about a game. */
#define SHOW_BUTTONS_MAX 6

/* A message about a game that is being made. */
struct show {
	void *ctx;
	enum language language;
	struct reply *reply;
	const struct match *match;
	int32_t balance; /* of the member who played; negative: not to be shown */
	bool news; /* only what has just happened: the game has another message, with its buttons */

	/* What is collected until game_show ends. */
	const char *lines, *below; /* below the separator */
	size_t button_count;
	struct button buttons[SHOW_BUTTONS_MAX];
};

/* A move that is chosen in secret: its word in custom ids, and what it is called with its emoji. */
struct face_move {
	const char *move;
	enum text name;
};

/* Draws the winner when a challenge is accepted, from the seed in FACTS (play/own_seed.h), to which
 * MEMBER, the opponent's seed, is added, and whatever else was drawn. False: the facts hold no
 * seed. */
typedef bool accept_draw_fn(void *ctx, json_t *facts, const char *member, enum verdict *out);

/* How a game looks and is drawn; one for each row of domain/game_list.h. */
struct game_face {
	const char *emoji;
	enum text title;
	/* Adds to the open or ended match's message what is the game's own. */
	void (*show)(struct show *show);
	enum text dare, rule; /* of a challenge: its title and what decides it */
	const struct face_move *moves; /* of secret choices */
	size_t move_count;
	const struct casino_game *casino; /* of a game against the house (play/casino.h) */
	accept_draw_fn *accept_draw; /* of a challenge that is decided at acceptance */
};

#define GAME_FACE(NAME, name) extern const struct game_face face_##name;
ALL_GAMES(GAME_FACE)
#undef GAME_FACE

/* The face of a game. Never NULL. */
const struct game_face *game_face(enum game game);

/* Makes the whole message: title, colour, what is the game's own, buttons. */
void game_show(struct show *show);

/* A move ("rock", "shield", …) as members read it, with its emoji. Static. */
const char *game_move_name(enum game game, enum language language, const char *move);

/* ---- Pieces. What they are given is on show->ctx, or static. */

/* The title, behind the game's emoji. */
void show_title(struct show *show, const char *title);

/* Adds a line under the title, or under the separator. */
void show_line(struct show *show, const char *line);
void show_below(struct show *show, const char *line);

/* PART behind what LINE holds, with " · " between them; LINE may be NULL. */
const char *show_joined(const struct show *show, const char *line, const char *part);

/* The name of a player, escaped when it was stored. */
const char *show_name(const struct show *show, const struct snowflake *user);

/* A mention of USER, which Discord shows as a name. */
const char *show_mention(const struct show *show, const struct snowflake *user);

/* NUMBER as text. */
char *show_number(const struct show *show, int64_t number);

/* A text of the facts, "" when there is none. */
const char *show_fact(const struct show *show, const char *key);

/* When the match ends by itself, in the reader's own words: "in 40 seconds". */
const char *show_due(const struct show *show);

/* ---- What a match that is over brought */

/* What END has won; what it has lost when negative. */
int64_t show_gain(const struct match_end *end);

/* A line for one player: what they have won or lost, their XP, and STREAK wins one after the other
 * (below two: not said). Then their multiplier and level. */
void show_end(struct show *show, const struct match_end *end, int32_t streak);

/* The level that a player reached by the match, with its rewards; nothing when there is none. Part
 * of show_end. */
void show_level(struct show *show, const struct match_end *end);

/* How long a multiplier that counted still does: "encore 1 victoire". */
const char *show_wins_left(const struct show *show, const struct match_end *end);

/* ---- Buttons */

/* A button as it looks. */
struct show_button {
	enum button_style style;
	enum text label;
	const char *emoji;
};

/* Adds a button of the match. ROUND may be CUSTOM_ID_NO_NUMBER. */
void show_button(
	struct show *show, const struct show_button *look, const char *action, int64_t round);

/* Adds any button. */
void show_any_button(struct show *show, struct button button);

/* Adds the button behind which stands what the match was, or will be, drawn from (play/proof.h). */
void show_proof_button(struct show *show);

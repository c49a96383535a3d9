/* Rounds of 007. */
#include "besace/domain/bullets.h"

#include <string.h>

#define VERSION "1:"

_Static_assert(sizeof(VERSION) + BULLETS_ROUNDS * SIDE_COUNT <= GAME_STATE_ROOM, "it fits a state");

static const struct {
	const char *name;
	char letter;
	int bullets; /* what it changes */
} choices[BULLETS_CHOICES] = {
	[BULLETS_NONE] = {"", '-', 0},
	[BULLETS_RELOAD] = {"reload", 'r', 1},
	[BULLETS_SHOOT] = {"shoot", 's', -1},
	[BULLETS_SHIELD] = {"shield", 'd', 0},
};

const char *bullets_choice_name(enum bullets_choice choice)
{
	return choices[choice].name;
}

enum bullets_choice bullets_choice_parse(const char *move)
{
	for (int i = BULLETS_RELOAD; i < BULLETS_CHOICES; i++)
		if (strcmp(choices[i].name, move) == 0)
			return (enum bullets_choice)i;
	return BULLETS_NONE;
}

void bullets_start(struct bullets *out)
{
	*out = (struct bullets){.round = 1};
}

static const enum bullets_choice *current(const struct bullets *game)
{
	return game->chosen[game->round - 1];
}

static bool both_chose(const struct bullets *game)
{
	return current(game)[SIDE_CHALLENGER] != BULLETS_NONE &&
	       current(game)[SIDE_OPPONENT] != BULLETS_NONE;
}

/* Only a round that ends the game stays the current one when both have chosen. */
int bullets_loaded(const struct bullets *game, enum side side)
{
	int rounds = both_chose(game) ? game->round : game->round - 1;
	int loaded = BULLETS_AT_FIRST;
	for (int i = 0; i < rounds; i++)
		loaded += choices[game->chosen[i][side]].bullets;
	return loaded;
}

static bool is_hit(const struct bullets *game, enum side side)
{
	return current(game)[side] == BULLETS_RELOAD &&
	       current(game)[side_other(side)] == BULLETS_SHOOT;
}

enum verdict bullets_verdict(const struct bullets *game)
{
	if (is_hit(game, SIDE_CHALLENGER))
		return VERDICT_OPPONENT;
	if (is_hit(game, SIDE_OPPONENT))
		return VERDICT_CHALLENGER;
	return game->round == BULLETS_ROUNDS && both_chose(game) ? VERDICT_DRAW : VERDICT_OPEN;
}

enum move_answer bullets_choose(struct bullets *game, enum side side, enum bullets_choice choice)
{
	if (choice == BULLETS_NONE)
		return MOVE_UNKNOWN;
	if (bullets_verdict(game) != VERDICT_OPEN)
		return MOVE_OVER;
	if (current(game)[side] != BULLETS_NONE)
		return MOVE_ALREADY_CHOSEN;
	if (choice == BULLETS_SHOOT && bullets_loaded(game, side) == 0)
		return MOVE_NO_BULLET;
	game->chosen[game->round - 1][side] = choice;
	if (both_chose(game) && bullets_verdict(game) == VERDICT_OPEN)
		game->round++;
	return MOVE_TAKEN;
}

void bullets_look(const struct bullets *game, struct versus_view *out)
{
	*out = (struct versus_view){.verdict = bullets_verdict(game), .round = game->round};
	for (int side = 0; side < SIDE_COUNT; side++)
		out->owes[side] = current(game)[side] == BULLETS_NONE;
}

void bullets_format(const struct bullets *game, struct game_state *out)
{
	*out = (struct game_state){VERSION};
	char *end = out->text + strlen(VERSION);
	for (int i = 0; i < game->round; i++)
		for (int side = 0; side < SIDE_COUNT; side++)
			*end++ = choices[game->chosen[i][side]].letter;
}

static bool read_letter(char letter, enum bullets_choice *out)
{
	for (int i = 0; i < BULLETS_CHOICES; i++)
		if (choices[i].letter == letter) {
			*out = (enum bullets_choice)i;
			return true;
		}
	return false;
}

/* Plays the round written at LETTERS; what was not chosen yet is left out. A text that ends within
 * the round is none. */
static bool replay_round(const char *letters, struct bullets *game)
{
	for (int side = 0; side < SIDE_COUNT; side++) {
		enum bullets_choice choice;
		if (!read_letter(letters[side], &choice))
			return false;
		if (choice != BULLETS_NONE &&
			bullets_choose(game, (enum side)side, choice) != MOVE_TAKEN)
			return false;
	}
	return true;
}

bool bullets_parse(const char *text, struct bullets *out)
{
	struct bullets game;
	const char *letters = game_state_body(text, VERSION);
	bullets_start(&game);
	if (!letters)
		return false;
	for (const char *at = letters; *at; at += SIDE_COUNT)
		if (!replay_round(at, &game))
			return false;
	/* What the moves lead to is written in one way only. */
	struct game_state written;
	bullets_format(&game, &written);
	if (strcmp(written.text, text) != 0)
		return false;
	*out = game;
	return true;
}

/* ---- Its row */

static void start(struct game_state *out)
{
	struct bullets game;
	bullets_start(&game);
	bullets_format(&game, out);
}

static bool look(const char *text, struct versus_view *out)
{
	struct bullets game;
	if (!bullets_parse(text, &game))
		return false;
	bullets_look(&game, out);
	return true;
}

static bool move(const char *text, enum side side, const char *name, struct game_state *next,
	enum move_answer *out_answer)
{
	struct bullets game;
	if (!bullets_parse(text, &game))
		return false;
	*out_answer = bullets_choose(&game, side, bullets_choice_parse(name));
	bullets_format(&game, next);
	return true;
}

/* A choice is secret until the other side has made theirs. */
static const char *chosen(const char *text, enum side side)
{
	struct bullets game;
	if (!bullets_parse(text, &game) || game.chosen[game.round - 1][side] == BULLETS_NONE)
		return NULL;
	return bullets_choice_name(game.chosen[game.round - 1][side]);
}

static const struct versus_rules versus = {start, look, move, chosen};

extern const struct game_rules rules_bullets;
const struct game_rules rules_bullets = {"007", 10, 1000, BOOST_NONE, .challenge = true,
	.turn_seconds = TURN_SECONDS, .versus = &versus};

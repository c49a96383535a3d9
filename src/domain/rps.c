/* What beats what. */
#include "besace/domain/rps.h"

#include <stdio.h>
#include <string.h>

#define VERSION "1:"

/* Each beats the one before it, and the first the last. */
static const struct {
	const char *name;
	char letter;
} choices[RPS_CHOICES] = {
	[RPS_NONE] = {"", '-'},
	[RPS_ROCK] = {"rock", 'r'},
	[RPS_PAPER] = {"paper", 'p'},
	[RPS_SCISSORS] = {"scissors", 's'},
};

const char *rps_choice_name(enum rps_choice choice)
{
	return choices[choice].name;
}

enum rps_choice rps_choice_parse(const char *move)
{
	for (int i = RPS_ROCK; i < RPS_CHOICES; i++)
		if (strcmp(choices[i].name, move) == 0)
			return (enum rps_choice)i;
	return RPS_NONE;
}

enum move_answer rps_choose(struct rps *game, enum side side, enum rps_choice choice)
{
	if (choice == RPS_NONE)
		return MOVE_UNKNOWN;
	if (rps_verdict(game) != VERDICT_OPEN)
		return MOVE_OVER;
	if (game->chosen[side] != RPS_NONE)
		return MOVE_ALREADY_CHOSEN;
	game->chosen[side] = choice;
	return MOVE_TAKEN;
}

enum verdict rps_verdict(const struct rps *game)
{
	int first = (int)game->chosen[SIDE_CHALLENGER], second = (int)game->chosen[SIDE_OPPONENT];
	if (first == RPS_NONE || second == RPS_NONE)
		return VERDICT_OPEN;
	if (first == second)
		return VERDICT_DRAW;
	return verdict_for((first - second + 3) % 3 == 1 ? SIDE_CHALLENGER : SIDE_OPPONENT);
}

void rps_look(const struct rps *game, struct versus_view *out)
{
	*out = (struct versus_view){.verdict = rps_verdict(game), .round = 1};
	for (int side = 0; side < SIDE_COUNT; side++)
		out->owes[side] = game->chosen[side] == RPS_NONE;
}

void rps_format(const struct rps *game, struct game_state *out)
{
	*out = (struct game_state){0};
	snprintf(out->text, sizeof(out->text), VERSION "%c%c",
		choices[game->chosen[SIDE_CHALLENGER]].letter,
		choices[game->chosen[SIDE_OPPONENT]].letter);
}

static bool read_letter(char letter, enum rps_choice *out)
{
	for (int i = 0; i < RPS_CHOICES; i++)
		if (choices[i].letter == letter) {
			*out = (enum rps_choice)i;
			return true;
		}
	return false;
}

bool rps_parse(const char *text, struct rps *out)
{
	const char *letters = game_state_body(text, VERSION);
	struct rps game;
	if (!letters || strnlen(letters, SIDE_COUNT + 1) != SIDE_COUNT)
		return false;
	for (int side = 0; side < SIDE_COUNT; side++)
		if (!read_letter(letters[side], &game.chosen[side]))
			return false;
	*out = game;
	return true;
}

/* ---- Its row */

static void start(struct game_state *out)
{
	struct rps game = {0};
	rps_format(&game, out);
}

static bool look(const char *text, struct versus_view *out)
{
	struct rps game;
	if (!rps_parse(text, &game))
		return false;
	rps_look(&game, out);
	return true;
}

static bool move(const char *text, enum side side, const char *name, struct game_state *next,
	enum move_answer *out_answer)
{
	struct rps game;
	if (!rps_parse(text, &game))
		return false;
	*out_answer = rps_choose(&game, side, rps_choice_parse(name));
	rps_format(&game, next);
	return true;
}

/* A choice is secret until the other side has made theirs. */
static const char *chosen(const char *text, enum side side)
{
	struct rps game;
	if (!rps_parse(text, &game) || game.chosen[side] == RPS_NONE)
		return NULL;
	return rps_choice_name(game.chosen[side]);
}

static const struct versus_rules versus = {start, look, move, chosen};

extern const struct game_rules rules_rps;
const struct game_rules rules_rps = {"pfc", 10, 1000, BOOST_NONE, .challenge = true,
	.turn_seconds = TURN_SECONDS, .versus = &versus};

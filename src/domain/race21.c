/* Steps of the race to 21. */
#include "besace/domain/race21.h"

#include <string.h>

#define VERSION "1:"

_Static_assert(sizeof(VERSION) + RACE21_GOAL <= GAME_STATE_ROOM, "it fits a state");

int race21_total(const struct race21 *game)
{
	int total = 0;
	for (int i = 0; i < game->moves; i++)
		total += game->steps[i];
	return total;
}

static bool is_over(const struct race21 *game)
{
	return race21_total(game) >= RACE21_GOAL;
}

enum side race21_turn(const struct race21 *game)
{
	int turn = is_over(game) ? game->moves - 1 : game->moves;
	return turn % 2 == 0 ? SIDE_CHALLENGER : SIDE_OPPONENT;
}

int race21_step_parse(const char *move)
{
	return move[0] >= '1' && move[0] <= '0' + RACE21_STEP_MAX && !move[1] ? move[0] - '0' : 0;
}

enum move_answer race21_add(struct race21 *game, enum side side, int step)
{
	if (step < 1 || step > RACE21_STEP_MAX)
		return MOVE_UNKNOWN;
	if (is_over(game))
		return MOVE_OVER;
	if (race21_turn(game) != side)
		return MOVE_NOT_YOUR_TURN;
	game->steps[game->moves++] = step;
	return MOVE_TAKEN;
}

enum verdict race21_verdict(const struct race21 *game)
{
	return is_over(game) ? verdict_for(side_other(race21_turn(game))) : VERDICT_OPEN;
}

void race21_look(const struct race21 *game, struct versus_view *out)
{
	bool over = is_over(game);
	*out = (struct versus_view){
		.verdict = race21_verdict(game), .round = over ? game->moves : game->moves + 1};
	out->owes[race21_turn(game)] = !over;
}

void race21_format(const struct race21 *game, struct game_state *out)
{
	*out = (struct game_state){VERSION};
	for (int i = 0; i < game->moves; i++)
		out->text[strlen(VERSION) + (size_t)i] = (char)('0' + game->steps[i]);
}

bool race21_parse(const char *text, struct race21 *out)
{
	struct race21 game = {0};
	const char *steps = game_state_body(text, VERSION);
	if (!steps)
		return false;
	for (; *steps; steps++)
		if (race21_add(&game, race21_turn(&game), *steps - '0') != MOVE_TAKEN)
			return false;
	*out = game;
	return true;
}

/* ---- Its row */

static void start(struct game_state *out)
{
	struct race21 game = {0};
	race21_format(&game, out);
}

static bool look(const char *text, struct versus_view *out)
{
	struct race21 game;
	if (!race21_parse(text, &game))
		return false;
	race21_look(&game, out);
	return true;
}

static bool move(const char *text, enum side side, const char *name, struct game_state *next,
	enum move_answer *out_answer)
{
	struct race21 game;
	if (!race21_parse(text, &game))
		return false;
	*out_answer = race21_add(&game, side, race21_step_parse(name));
	race21_format(&game, next);
	return true;
}

static const struct versus_rules versus = {start, look, move, NULL};

extern const struct game_rules rules_race21;
const struct game_rules rules_race21 = {"c21", 10, 1000, BOOST_NONE, .challenge = true,
	.turn_seconds = TURN_SECONDS, .versus = &versus};

/* Matches of two members that have turns, over the texts of their states. */
#include "besace/domain/versus.h"

enum side side_other(enum side side)
{
	return side == SIDE_CHALLENGER ? SIDE_OPPONENT : SIDE_CHALLENGER;
}

enum verdict verdict_for(enum side winner)
{
	return winner == SIDE_CHALLENGER ? VERDICT_CHALLENGER : VERDICT_OPPONENT;
}

bool versus_has_turns(enum game game)
{
	return game_rules(game)->versus;
}

void versus_start(enum game game, struct game_state *out)
{
	game_rules(game)->versus->start(out);
}

bool versus_look(enum game game, const char *text, struct versus_view *out)
{
	return versus_has_turns(game) && game_rules(game)->versus->look(text, out);
}

bool versus_move(enum game game, const char *text, enum side side, const char *move,
	struct game_state *next, enum move_answer *out_answer)
{
	return versus_has_turns(game) &&
	       game_rules(game)->versus->move(text, side, move, next, out_answer);
}

const char *versus_chosen(enum game game, const char *text, enum side side)
{
	const struct versus_rules *rules = game_rules(game)->versus;
	return rules && rules->chosen ? rules->chosen(text, side) : NULL;
}

enum verdict versus_expire(const struct versus_view *view)
{
	if (view->owes[SIDE_CHALLENGER] == view->owes[SIDE_OPPONENT])
		return VERDICT_DRAW;
	return verdict_for(view->owes[SIDE_CHALLENGER] ? SIDE_OPPONENT : SIDE_CHALLENGER);
}

int32_t versus_credit(enum verdict verdict, enum side side, int32_t stake)
{
	if (verdict == VERDICT_DRAW)
		return stake;
	return verdict == verdict_for(side) ? 2 * stake : 0;
}

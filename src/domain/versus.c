/* The games of two members that have turns, over the texts of their states. */
#include "besace/domain/versus.h"

#include "besace/domain/bullets.h"
#include "besace/domain/race21.h"
#include "besace/domain/rps.h"

/* Room for the state of any of them. */
union any {
	struct rps rps;
	struct bullets bullets;
	struct race21 race21;
};

static void start_rps(union any *out)
{
	out->rps = (struct rps){0};
}

static bool parse_rps(const char *text, union any *out)
{
	return rps_parse(text, &out->rps);
}

static void format_rps(const union any *game, struct game_state *out)
{
	rps_format(&game->rps, out);
}

static void look_rps(const union any *game, struct versus_view *out)
{
	rps_look(&game->rps, out);
}

static enum move_answer move_rps(union any *game, enum side side, const char *move)
{
	return rps_choose(&game->rps, side, rps_choice_parse(move));
}

static void start_bullets(union any *out)
{
	bullets_start(&out->bullets);
}

static bool parse_bullets(const char *text, union any *out)
{
	return bullets_parse(text, &out->bullets);
}

static void format_bullets(const union any *game, struct game_state *out)
{
	bullets_format(&game->bullets, out);
}

static void look_bullets(const union any *game, struct versus_view *out)
{
	bullets_look(&game->bullets, out);
}

static enum move_answer move_bullets(union any *game, enum side side, const char *move)
{
	return bullets_choose(&game->bullets, side, bullets_choice_parse(move));
}

static void start_race21(union any *out)
{
	out->race21 = (struct race21){0};
}

static bool parse_race21(const char *text, union any *out)
{
	return race21_parse(text, &out->race21);
}

static void format_race21(const union any *game, struct game_state *out)
{
	race21_format(&game->race21, out);
}

static void look_race21(const union any *game, struct versus_view *out)
{
	race21_look(&game->race21, out);
}

static enum move_answer move_race21(union any *game, enum side side, const char *move)
{
	return race21_add(&game->race21, side, race21_step_parse(move));
}

/* Games without turns have an empty row. */
static const struct {
	void (*start)(union any *out);
	bool (*parse)(const char *text, union any *out);
	void (*format)(const union any *game, struct game_state *out);
	void (*look)(const union any *game, struct versus_view *out);
	enum move_answer (*move)(union any *game, enum side side, const char *move);
} games[GAME_COUNT] = {
	[GAME_RPS] = {start_rps, parse_rps, format_rps, look_rps, move_rps},
	[GAME_BULLETS] = {start_bullets, parse_bullets, format_bullets, look_bullets, move_bullets},
	[GAME_RACE21] = {start_race21, parse_race21, format_race21, look_race21, move_race21},
};

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
	return games[game].start;
}

void versus_start(enum game game, struct game_state *out)
{
	union any state;
	games[game].start(&state);
	games[game].format(&state, out);
}

bool versus_look(enum game game, const char *text, struct versus_view *out)
{
	union any state;
	if (!versus_has_turns(game) || !games[game].parse(text, &state))
		return false;
	games[game].look(&state, out);
	return true;
}

bool versus_move(enum game game, const char *text, enum side side, const char *move,
	struct game_state *next, enum move_answer *out_answer)
{
	union any state;
	if (!versus_has_turns(game) || !games[game].parse(text, &state))
		return false;
	*out_answer = games[game].move(&state, side, move);
	games[game].format(&state, next);
	return true;
}

enum verdict versus_lapse(const struct versus_view *view)
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

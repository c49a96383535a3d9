/* Games of two members over the text of their states. */
#include "support/games.h"

#include "besace/domain/versus.h"

static const enum game turned[] = {GAME_RPS, GAME_BULLETS, GAME_RACE21};

static bool has_turns(enum game game)
{
	for (size_t i = 0; i < ARRAY_LEN(turned); i++)
		if (turned[i] == game)
			return true;
	return false;
}

static void three_games_have_turns(void **state)
{
	(void)state;
	for (int game = 0; game < GAME_COUNT; game++)
		assert_int_equal(versus_has_turns((enum game)game), has_turns((enum game)game));
}

static void games_without_turns_have_no_states(void **state)
{
	(void)state;
	for (int game = 0; game < GAME_COUNT; game++) {
		struct versus_view view;
		struct game_state next;
		enum move_answer answer;
		if (has_turns((enum game)game))
			continue;
		assert_false(versus_look((enum game)game, "1:--", &view));
		assert_false(versus_move(
			(enum game)game, "1:--", SIDE_CHALLENGER, "rock", &next, &answer));
	}
}

static void a_game_begins_with_its_first_state(void **state)
{
	(void)state;
	static const struct {
		enum game game;
		const char *text;
		bool opponent_owes;
	} rows[] = {
		{GAME_RPS, "1:--", true}, {GAME_BULLETS, "1:--", true}, {GAME_RACE21, "1:", false}};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct game_state text;
		struct versus_view view;
		versus_start(rows[i].game, &text);
		assert_string_equal(text.text, rows[i].text);
		assert_true(versus_look(rows[i].game, text.text, &view));
		assert_int_equal(view.verdict, VERDICT_OPEN);
		assert_int_equal(view.round, 1);
		assert_true(view.owes[SIDE_CHALLENGER]);
		assert_int_equal(view.owes[SIDE_OPPONENT], rows[i].opponent_owes);
	}
}

static void moves_lead_from_text_to_text(void **state)
{
	(void)state;
	static const struct {
		enum game game;
		const char *before;
		enum side side;
		const char *move;
		enum move_answer answer;
		const char *after;
	} rows[] = {
		{GAME_RPS, "1:--", SIDE_CHALLENGER, "rock", MOVE_TAKEN, "1:r-"},
		{GAME_RPS, "1:r-", SIDE_OPPONENT, "scissors", MOVE_TAKEN, "1:rs"},
		{GAME_RPS, "1:r-", SIDE_CHALLENGER, "paper", MOVE_ALREADY_CHOSEN, "1:r-"},
		{GAME_RPS, "1:rs", SIDE_CHALLENGER, "paper", MOVE_OVER, "1:rs"},
		{GAME_RPS, "1:--", SIDE_CHALLENGER, "shoot", MOVE_UNKNOWN, "1:--"},
		{GAME_RPS, "1:rs", SIDE_CHALLENGER, "shoot", MOVE_UNKNOWN, "1:rs"},
		{GAME_BULLETS, "1:--", SIDE_OPPONENT, "shield", MOVE_TAKEN, "1:-d"},
		{GAME_BULLETS, "1:-d", SIDE_CHALLENGER, "shoot", MOVE_TAKEN, "1:sd--"},
		{GAME_BULLETS, "1:sd--", SIDE_CHALLENGER, "shoot", MOVE_NO_BULLET, "1:sd--"},
		{GAME_BULLETS, "1:-d", SIDE_OPPONENT, "reload", MOVE_ALREADY_CHOSEN, "1:-d"},
		{GAME_BULLETS, "1:sr", SIDE_OPPONENT, "reload", MOVE_OVER, "1:sr"},
		{GAME_BULLETS, "1:--", SIDE_OPPONENT, "1", MOVE_UNKNOWN, "1:--"},
		{GAME_RACE21, "1:", SIDE_CHALLENGER, "3", MOVE_TAKEN, "1:3"},
		{GAME_RACE21, "1:3", SIDE_CHALLENGER, "3", MOVE_NOT_YOUR_TURN, "1:3"},
		{GAME_RACE21, "1:3", SIDE_OPPONENT, "4", MOVE_UNKNOWN, "1:3"},
		{GAME_RACE21, "1:3333333", SIDE_OPPONENT, "1", MOVE_OVER, "1:3333333"},
	};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct game_state next;
		enum move_answer answer;
		assert_true(versus_move(
			rows[i].game, rows[i].before, rows[i].side, rows[i].move, &next, &answer));
		assert_int_equal(answer, rows[i].answer);
		assert_string_equal(next.text, rows[i].after);
	}
}

static void damaged_states_change_nothing(void **state)
{
	(void)state;
	static const char *const texts[] = {"", "1", "9:--", "1:??", "1:-", "\xff"};
	for (size_t i = 0; i < ARRAY_LEN(turned); i++)
		for (size_t j = 0; j < ARRAY_LEN(texts); j++) {
			struct versus_view view = {.round = 77};
			struct game_state next = {"untouched"};
			enum move_answer answer = MOVE_OVER;
			assert_false(versus_look(turned[i], texts[j], &view));
			assert_int_equal(view.round, 77);
			assert_false(versus_move(
				turned[i], texts[j], SIDE_CHALLENGER, "1", &next, &answer));
			assert_string_equal(next.text, "untouched");
			assert_int_equal(answer, MOVE_OVER);
		}
}

static void who_lets_a_turn_pass_loses(void **state)
{
	(void)state;
	static const struct {
		bool challenger, opponent; /* owe */
		enum verdict verdict;
	} rows[] = {{true, false, VERDICT_OPPONENT}, {false, true, VERDICT_CHALLENGER},
		{true, true, VERDICT_DRAW}};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct versus_view view = {VERDICT_OPEN, {rows[i].challenger, rows[i].opponent}, 1};
		assert_int_equal(versus_expire(&view), rows[i].verdict);
	}
}

static void the_winner_gets_both_stakes(void **state)
{
	(void)state;
	assert_int_equal(versus_credit(VERDICT_CHALLENGER, SIDE_CHALLENGER, 1000), 2000);
	assert_int_equal(versus_credit(VERDICT_CHALLENGER, SIDE_OPPONENT, 1000), 0);
	assert_int_equal(versus_credit(VERDICT_OPPONENT, SIDE_CHALLENGER, 1000), 0);
	assert_int_equal(versus_credit(VERDICT_OPPONENT, SIDE_OPPONENT, 1000), 2000);
	assert_int_equal(versus_credit(VERDICT_DRAW, SIDE_CHALLENGER, 1000), 1000);
	assert_int_equal(versus_credit(VERDICT_DRAW, SIDE_OPPONENT, 1000), 1000);
}

/* Any presses whatever, by anybody: a refused one changes nothing, a game that goes on waits for
 * somebody, one that has ended stays as it is. */
static void random_presses_lead_to_an_end(void **state)
{
	(void)state;
	static const char *const moves[] = {
		"rock", "paper", "scissors", "reload", "shoot", "shield", "1", "2", "3", ""};
	struct fair_draws draws = seeded_draws();
	for (int i = 0; i < 3000; i++) {
		enum game game = turned[draws_below(&draws.draws, ARRAY_LEN(turned))];
		struct game_state text, next;
		struct versus_view view;
		enum move_answer answer;
		versus_start(game, &text);
		for (int press = 0, after = 0; press < 5000 && after < 20; press++) {
			assert_true(versus_look(game, text.text, &view));
			enum side side = (enum side)draws_below(&draws.draws, SIDE_COUNT);
			const char *move = moves[draws_below(&draws.draws, ARRAY_LEN(moves))];
			assert_true(versus_move(game, text.text, side, move, &next, &answer));
			assert_int_equal(answer == MOVE_TAKEN, strcmp(text.text, next.text) != 0);
			if (answer == MOVE_TAKEN)
				assert_true(view.owes[side]);
			assert_int_equal(view.verdict == VERDICT_OPEN,
				view.owes[SIDE_CHALLENGER] || view.owes[SIDE_OPPONENT]);
			text = next;
			after += view.verdict != VERDICT_OPEN;
		}
		assert_int_not_equal(view.verdict, VERDICT_OPEN);
	}
}

static const struct CMUnitTest tests[] = {
	UNIT(three_games_have_turns),
	UNIT(games_without_turns_have_no_states),
	UNIT(a_game_begins_with_its_first_state),
	UNIT(moves_lead_from_text_to_text),
	UNIT(damaged_states_change_nothing),
	UNIT(who_lets_a_turn_pass_loses),
	UNIT(the_winner_gets_both_stakes),
	UNIT(random_presses_lead_to_an_end),
};

UNIT_MAIN(tests)

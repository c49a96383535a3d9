/* The table of games, stakes, odds' arithmetic, and what results are worth. */
#include "support/games.h"

#include "besace/domain/blackjack.h"
#include "besace/domain/duel.h"
#include "besace/domain/payout.h"
#include "besace/domain/roulette.h"
#include "besace/domain/slots.h"
#include "besace/domain/wheel.h"

static const struct {
	enum game game;
	const char *type;
	int32_t min, max;
	enum boost boost;
	bool challenge, house;
	int turn_seconds;
} table[] = {
	{GAME_WHEEL, "roue", 10, 500, BOOST_CREDIT, false, true, 0},
	{GAME_BLACKJACK, "blackjack", 10, 1000, BOOST_CREDIT, false, true, 300},
	{GAME_SLOTS, "machine", 5, 250, BOOST_CREDIT, false, true, 0},
	{GAME_DUEL, "duel", 10, 1000, BOOST_GAIN, true, false, 0},
	{GAME_ROULETTE, "roulette", 10, 500, BOOST_GAIN, false, false, 0},
	{GAME_RPS, "pfc", 10, 1000, BOOST_NONE, true, false, 60},
	{GAME_BULLETS, "007", 10, 1000, BOOST_NONE, true, false, 60},
	{GAME_RACE21, "c21", 10, 1000, BOOST_NONE, true, false, 60},
};

static void games_are_those_of_the_rules(void **state)
{
	(void)state;
	assert_int_equal(ARRAY_LEN(table), GAME_COUNT);
	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		const struct game_rules *rules = game_rules(table[i].game);
		enum game game;
		assert_string_equal(rules->type, table[i].type);
		assert_int_equal(rules->stake_min, table[i].min);
		assert_int_equal(rules->stake_max, table[i].max);
		assert_int_equal(rules->boost, table[i].boost);
		assert_int_equal(rules->challenge, table[i].challenge);
		assert_int_equal(rules->house, table[i].house);
		assert_int_equal(rules->turn_seconds, table[i].turn_seconds);
		assert_true(game_parse(table[i].type, &game));
		assert_int_equal(game, table[i].game);
	}
}

static void other_names_are_no_games(void **state)
{
	(void)state;
	static const char *const names[] = {"", "Roue", "roue ", "slots", "7", "0070"};
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		enum game game = GAME_COUNT;
		assert_false(game_parse(names[i], &game));
		assert_int_equal(game, GAME_COUNT);
	}
}

static void game_rules_have_stakes(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		const struct game_rules *rules = game_rules(table[i].game);
		assert_int_equal(rules->stake_min, table[i].min);
		assert_int_equal(rules->stake_max, table[i].max);
	}
}

static void stake_is_possible_between_its_bounds(void **state)
{
	(void)state;
	static const struct {
		int64_t stake;
		bool possible;
	} rows[] = {{1, true}, {100000, true}, {0, false}, {100001, false}, {-1, false},
		{INT64_MIN, false}, {INT64_MAX, false}};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		assert_int_equal(stake_is_possible(rows[i].stake), rows[i].possible);
}

static void a_state_begins_with_its_version(void **state)
{
	(void)state;
	assert_string_equal(game_state_body("1:abc", "1:"), "abc");
	assert_string_equal(game_state_body("1:", "1:"), "");
	assert_null(game_state_body("2:abc", "1:"));
	assert_null(game_state_body("1", "1:"));
	assert_null(game_state_body("", "1:"));
}

static void results_have_names_and_xp(void **state)
{
	(void)state;
	static const struct {
		enum result result;
		const char *name;
		int32_t credit;
		int xp;
	} rows[] = {{RESULT_WIN, "win", 200, 15}, {RESULT_LOSS, "loss", 0, 5},
		{RESULT_PUSH, "push", 100, 0}};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		for (size_t j = 0; j < ARRAY_LEN(table); j++) {
			struct payout payout = payout_make(table[j].game, 100, rows[i].credit, 0);
			enum result read;
			assert_int_equal(payout.result, rows[i].result);
			assert_int_equal(payout.xp, rows[i].xp);
			assert_string_equal(result_name(payout.result), rows[i].name);
			assert_true(result_parse(rows[i].name, &read));
			assert_int_equal(read, rows[i].result);
		}
	enum result result = RESULT_PUSH;
	assert_false(result_parse("draw", &result));
	assert_false(result_parse("", &result));
	assert_int_equal(result, RESULT_PUSH);
}

static void multipliers_multiply_what_the_rules_say(void **state)
{
	(void)state;
	static const struct {
		enum game game;
		int32_t stake, credit;
		int multiplier;
		int32_t paid, gain, excess;
		bool multiplied;
	} rows[] = {
		/* none */
		{GAME_WHEEL, 50, 700, 0, 700, 650, 0, false},
		{GAME_DUEL, 50, 100, 0, 100, 50, 0, false},
		/* the casino: the gross credit */
		{GAME_WHEEL, 50, 700, 2, 1400, 1350, 700, true},
		{GAME_WHEEL, 500, 7000, 3, 21000, 20500, 14000, true},
		{GAME_BLACKJACK, 11, 27, 2, 54, 43, 27, true}, /* ⌊2.5 × 11⌋ stays 27 */
		{GAME_SLOTS, 5, 7, 3, 21, 16, 14, true},
		/* duel and roulette: the net gain */
		{GAME_DUEL, 50, 100, 2, 150, 100, 50, true},
		{GAME_DUEL, 1000, 2000, 3, 4000, 3000, 2000, true},
		{GAME_ROULETTE, 100, 350, 2, 600, 500, 250, true},
		{GAME_ROULETTE, 500, 50000, 3, 149000, 148500, 99000, true},
		/* the others: nothing */
		{GAME_RPS, 50, 100, 3, 100, 50, 0, false},
		{GAME_BULLETS, 50, 100, 3, 100, 50, 0, false},
		{GAME_RACE21, 50, 100, 2, 100, 50, 0, false},
		/* losses and pushes: nothing, and the multiplier waits */
		{GAME_WHEEL, 50, 0, 3, 0, -50, 0, false},
		{GAME_BLACKJACK, 50, 50, 3, 50, 0, 0, false},
		{GAME_DUEL, 50, 0, 3, 0, -50, 0, false},
		{GAME_DUEL, 50, 50, 2, 50, 0, 0, false},
	};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct payout payout = payout_make(
			rows[i].game, rows[i].stake, rows[i].credit, rows[i].multiplier);
		assert_int_equal(payout.credit, rows[i].paid);
		assert_int_equal(payout.gain, rows[i].gain);
		assert_int_equal(payout.excess, rows[i].excess);
		assert_int_equal(payout.multiplied, rows[i].multiplied);
	}
}

/* What a random play of GAME at STAKE turns into. */
static int32_t play(enum game game, int32_t stake, struct draws *draws)
{
	struct reels reels;
	struct blackjack hand;
	switch (game) {
	case GAME_WHEEL:
		return wheel_credit((enum wheel_colour)draws_below(draws, WHEEL_COLOURS),
			wheel_spin(draws), stake);
	case GAME_SLOTS:
		reels = slots_pull(draws);
		return slots_credit(&reels, stake);
	case GAME_BLACKJACK:
		blackjack_deal(&hand, draws);
		while (blackjack_move(
			&hand, draws_below(draws, 2) ? BLACKJACK_HIT : BLACKJACK_STAND))
			;
		return blackjack_credit(&hand, stake);
	default:
		return versus_credit((enum verdict)(VERDICT_CHALLENGER + draws_below(draws, 3)),
			SIDE_OPPONENT, stake);
	}
}

static void over_any_plays_money_only_moves(void **state)
{
	(void)state;
	struct fair_draws draws = seeded_draws();
	for (int i = 0; i < 100000; i++) {
		enum game game = (enum game)draws_below(&draws.draws, GAME_COUNT);
		const struct game_rules *rules = game_rules(game);
		int32_t stake = rules->stake_min +
				(int32_t)draws_below(&draws.draws,
					(uint32_t)(rules->stake_max - rules->stake_min + 1));
		int multiplier = (int)(draws_below(&draws.draws, 3) + 1) % 4;
		multiplier = multiplier == 1 ? 0 : multiplier;
		int32_t credit = play(game, stake, &draws.draws);
		struct payout payout = payout_make(game, stake, credit, multiplier);
		/* A win brings more than the stake, nothing else does; only wins are multiplied. */
		assert_true(credit == 0 || credit >= stake);
		assert_int_equal(payout.gain, payout.credit - stake);
		assert_int_equal(payout.credit, credit + payout.excess);
		assert_int_equal(payout.multiplied, payout.excess > 0);
		assert_true(payout.credit >= 0 && payout.credit <= 150000);
		assert_int_equal(payout.result == RESULT_WIN, payout.gain > 0);
		assert_int_equal(payout.result == RESULT_LOSS, payout.credit == 0);
	}
}

static void between_two_members_the_stakes_are_handed_out_in_full(void **state)
{
	(void)state;
	static const enum verdict verdicts[] = {VERDICT_CHALLENGER, VERDICT_OPPONENT, VERDICT_DRAW};
	for (size_t i = 0; i < ARRAY_LEN(verdicts); i++)
		for (int32_t stake = 10; stake <= 1000; stake++)
			assert_int_equal(versus_credit(verdicts[i], SIDE_CHALLENGER, stake) +
						 versus_credit(verdicts[i], SIDE_OPPONENT, stake),
				2 * stake);
}

static void odds_are_rounded_ten_thousandths(void **state)
{
	(void)state;
	struct odds odds = {0};
	odds_add(&odds, (struct odds_row){1, 1, 3});
	odds_add(&odds, (struct odds_row){2, 2, 2});
	odds_add(&odds, (struct odds_row){3, 3, 0});
	assert_int_equal(odds.count, 3);
	assert_int_equal(odds.total, 6);
	assert_int_equal(odds_chance(&odds, 0), 1667);
	assert_int_equal(odds_chance(&odds, 1), 3333);
	assert_int_equal(odds_chance(&odds, 2), 5000);
	assert_int_equal(odds_return(&odds), 5833); /* (3 + 4) / 12 */
}

static void halves_are_floored(void **state)
{
	(void)state;
	assert_int_equal(odds_credit(5, 3), 7);
	assert_int_equal(odds_credit(6, 3), 9);
	assert_int_equal(odds_credit(11, 5), 27);
	assert_int_equal(odds_credit(500, 28), 7000);
	assert_int_equal(odds_credit(250, 0), 0);
}

static void members_are_shown_what_comes_back(void **state)
{
	(void)state;
	struct odds odds;
	wheel_odds(WHEEL_GREEN, &odds);
	assert_int_equal(odds_return(&odds), 9730); /* 36/37 */
	wheel_odds(WHEEL_RED, &odds);
	assert_int_equal(odds_return(&odds), 9730); /* 36/37 */
	slots_odds(&odds);
	assert_int_equal(odds_return(&odds), 9202);
	blackjack_odds(&odds);
	assert_int_equal(odds_return(&odds), 9468);
	duel_odds(&odds);
	assert_int_equal(odds_return(&odds), 10000);
	roulette_odds(7, &odds);
	assert_int_equal(odds_return(&odds), 10000);
}

static const struct CMUnitTest tests[] = {
	UNIT(games_are_those_of_the_rules),
	UNIT(other_names_are_no_games),
	UNIT(game_rules_have_stakes),
	UNIT(stake_is_possible_between_its_bounds),
	UNIT(a_state_begins_with_its_version),
	UNIT(results_have_names_and_xp),
	UNIT(multipliers_multiply_what_the_rules_say),
	UNIT(over_any_plays_money_only_moves),
	UNIT(between_two_members_the_stakes_are_handed_out_in_full),
	UNIT(odds_are_rounded_ten_thousandths),
	UNIT(halves_are_floored),
	UNIT(members_are_shown_what_comes_back),
};

UNIT_MAIN(tests)

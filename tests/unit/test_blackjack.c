/* Blackjack: the deck, hands, moves, ends, payments, its text and its odds. */
#include "support/games.h"

#include <sodium.h>
#include <stdio.h>

#include "besace/domain/blackjack.h"
#include "besace/domain/payout.h"

/* Cards by name: rank 1 to 13, suit 0 to 3. */
#define CARD(rank, suit) ((uint8_t)(BLACKJACK_RANKS * (suit) + (rank) + -1))
#define LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

/* A game whose deck begins with cards of the given RANKS (ended by 0), in the order in which they
 * leave it: member, dealer, member, dealer, then drawn. It is dealt through the text of a state. */
static struct blackjack game_of(const int *ranks)
{
	bool used[BLACKJACK_DECK] = {false};
	char text[GAME_STATE_ROOM] = "1:";
	size_t end = 2;
	for (; *ranks; ranks++)
		for (int suit = 0; suit < 4; suit++)
			if (!used[CARD(*ranks, suit)]) {
				used[CARD(*ranks, suit)] = true;
				text[end++] = LETTERS[CARD(*ranks, suit)];
				break;
			}
	for (int card = 0; card < BLACKJACK_DECK; card++)
		if (!used[card])
			text[end++] = LETTERS[card];
	struct blackjack game;
	strcpy(text + end, ":0:p");
	if (!blackjack_parse(text, &game)) {
		strcpy(text + end, ":0:o");
		assert_true(blackjack_parse(text, &game));
	}
	return game;
}

#define GAME(...) game_of((const int[]){__VA_ARGS__, 0})

static int member_value(const struct blackjack *game)
{
	struct hand hand;
	blackjack_member(game, &hand);
	return hand.value;
}

static struct hand dealer_of(const struct blackjack *game)
{
	struct hand hand;
	blackjack_dealer(game, &hand);
	return hand;
}

static void hit(struct blackjack *game)
{
	assert_true(blackjack_move(game, BLACKJACK_HIT));
}

static void stand(struct blackjack *game)
{
	assert_true(blackjack_move(game, BLACKJACK_STAND));
}

static void cards_have_ranks_suits_and_values(void **state)
{
	(void)state;
	static const char *const suits[] = {"♣", "♦", "♥", "♠"};
	for (int suit = 0; suit < 4; suit++)
		for (int rank = 1; rank <= 13; rank++) {
			uint8_t card = CARD(rank, suit);
			assert_int_equal(card_rank(card), rank);
			assert_string_equal(card_suit_sign(card), suits[suit]);
			assert_int_equal(card_value(card), rank == 1 ? 11 : rank < 10 ? rank : 10);
		}
}

static void hands_count_aces_as_eleven_or_one(void **state)
{
	(void)state;
	static const struct {
		int ranks[7];
		int drawn, value;
		bool soft;
	} rows[] = {
		{{2, 5, 3, 5}, 0, 5, false},
		{{13, 5, 12, 5}, 0, 20, false},
		{{1, 5, 6, 5}, 0, 17, true},
		{{1, 5, 1, 5}, 0, 12, true},
		{{1, 5, 6, 5, 10}, 1, 17, false},
		{{1, 5, 1, 5, 9}, 1, 21, true},
		{{1, 5, 1, 5, 10}, 1, 12, false},
		{{10, 5, 6, 5, 1}, 1, 17, false},
		{{5, 5, 5, 5, 1}, 1, 21, true},
		{{10, 5, 6, 5, 10}, 1, 26, false},
		{{10, 5, 5, 5, 1, 1}, 2, 17, false},
	};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct blackjack game = game_of(rows[i].ranks);
		for (int drawn = 0; drawn < rows[i].drawn; drawn++)
			hit(&game);
		struct hand hand;
		blackjack_member(&game, &hand);
		assert_int_equal(hand.value, rows[i].value);
		assert_int_equal(hand.soft, rows[i].soft);
		assert_int_equal(hand.count, 2 + rows[i].drawn);
		assert_false(hand.natural);
	}
}

static void cards_are_dealt_in_turn(void **state)
{
	(void)state;
	struct blackjack game = GAME(2, 3, 4, 5, 6, 7);
	hit(&game);
	struct hand member;
	blackjack_member(&game, &member);
	static const int expected[] = {2, 4, 6};
	for (int i = 0; i < 3; i++)
		assert_int_equal(card_rank(member.cards[i]), expected[i]);
	assert_int_equal(card_rank(dealer_of(&game).cards[0]), 3);
}

static void the_dealers_second_card_is_hidden_until_the_end(void **state)
{
	(void)state;
	struct blackjack game = GAME(10, 9, 8, 10);
	assert_int_equal(dealer_of(&game).count, 1);
	assert_int_equal(dealer_of(&game).value, 9);
	stand(&game);
	assert_int_equal(dealer_of(&game).count, 2);
	assert_int_equal(dealer_of(&game).value, 19);
}

static void the_dealer_draws_after_the_member(void **state)
{
	(void)state;
	struct blackjack game = GAME(2, 2, 3, 3, 4, 5, 6, 7);
	hit(&game);
	stand(&game);
	struct hand dealer = dealer_of(&game);
	static const int expected[] = {2, 3, 5, 6, 7};
	assert_int_equal(dealer.count, 5);
	for (int i = 0; i < 5; i++)
		assert_int_equal(card_rank(dealer.cards[i]), expected[i]);
}

static void the_dealer_stands_on_every_seventeen(void **state)
{
	(void)state;
	static const struct {
		int ranks[8];
		int value, count;
	} rows[] = {
		{{10, 10, 8, 7}, 17, 2}, /* hard */
		{{10, 1, 8, 6}, 17, 2}, /* soft */
		{{10, 1, 8, 2, 4}, 17, 3}, /* soft, of three */
		{{10, 10, 8, 6, 1}, 17, 3}, /* sixteen draws */
		{{10, 1, 8, 5, 10, 2}, 18, 4}, /* soft sixteen becomes hard */
		{{10, 2, 8, 3, 10, 6}, 21, 4},
		{{10, 10, 8, 6, 10}, 26, 3},
	};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct blackjack game = game_of(rows[i].ranks);
		stand(&game);
		assert_int_equal(dealer_of(&game).value, rows[i].value);
		assert_int_equal(dealer_of(&game).count, rows[i].count);
	}
}

static void every_end_has_its_payment(void **state)
{
	(void)state;
	static const struct {
		int ranks[8];
		int drawn;
		enum blackjack_end end;
		int32_t credit; /* of a stake of 15 */
	} rows[] = {
		{{1, 9, 13, 9}, 0, BLACKJACK_NATURAL, 37},
		{{10, 10, 1, 4, 7}, 0, BLACKJACK_NATURAL, 37},
		{{1, 1, 11, 12}, 0, BLACKJACK_BOTH_NATURAL, 15},
		{{10, 10, 6, 7, 10}, 1, BLACKJACK_BEYOND, 0},
		{{10, 1, 6, 10, 10}, 1, BLACKJACK_BEYOND, 0},
		{{10, 10, 2, 6, 13}, 0, BLACKJACK_DEALER_BEYOND, 30},
		{{10, 10, 9, 8}, 0, BLACKJACK_HIGHER, 30},
		{{10, 10, 5, 8, 6}, 1, BLACKJACK_HIGHER, 30},
		{{10, 10, 9, 9}, 0, BLACKJACK_EQUAL, 15},
		{{10, 1, 5, 10, 6}, 1, BLACKJACK_EQUAL, 15},
		{{10, 10, 8, 9}, 0, BLACKJACK_LOWER, 0},
		{{10, 1, 10, 10}, 0, BLACKJACK_LOWER, 0},
	};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct blackjack game = game_of(rows[i].ranks);
		for (int drawn = 0; drawn < rows[i].drawn; drawn++)
			hit(&game);
		if (!game.over)
			stand(&game);
		assert_int_equal(blackjack_end(&game), rows[i].end);
		assert_int_equal(blackjack_credit(&game, 15), rows[i].credit);
	}
}

static void what_a_natural_pays_is_floored(void **state)
{
	(void)state;
	struct blackjack game = GAME(1, 9, 13, 9);
	assert_int_equal(blackjack_credit(&game, 10), 25);
	assert_int_equal(blackjack_credit(&game, 11), 27);
	assert_int_equal(blackjack_credit(&game, 1000), 2500);
}

static void a_natural_is_over_at_once(void **state)
{
	(void)state;
	struct blackjack game = GAME(1, 6, 10, 5, 10);
	assert_true(game.over);
	assert_int_equal(dealer_of(&game).count, 2); /* the dealer does not draw to 17 */
	assert_false(blackjack_move(&game, BLACKJACK_HIT));
	assert_false(blackjack_move(&game, BLACKJACK_STAND));
	assert_int_equal(game.drawn, 0);
}

static void at_twenty_one_the_member_stands(void **state)
{
	(void)state;
	struct blackjack game = GAME(10, 10, 5, 10, 6);
	assert_false(game.over);
	hit(&game);
	assert_true(game.over);
	assert_int_equal(member_value(&game), 21);
	assert_false(blackjack_move(&game, BLACKJACK_HIT));
	assert_int_equal(blackjack_end(&game), BLACKJACK_HIGHER);
}

static void beyond_twenty_one_the_dealer_does_not_draw(void **state)
{
	(void)state;
	struct blackjack game = GAME(10, 2, 6, 3, 10);
	hit(&game);
	assert_true(game.over);
	assert_int_equal(dealer_of(&game).count, 2);
	assert_false(blackjack_move(&game, BLACKJACK_STAND));
	assert_int_equal(blackjack_end(&game), BLACKJACK_BEYOND);
}

static void after_standing_no_move_counts(void **state)
{
	(void)state;
	struct blackjack game = GAME(10, 10, 6, 7);
	stand(&game);
	struct blackjack before = game;
	assert_false(blackjack_move(&game, BLACKJACK_HIT));
	assert_false(blackjack_move(&game, BLACKJACK_STAND));
	assert_memory_equal(&game, &before, sizeof(game));
}

static void the_longest_hand_fits(void **state)
{
	(void)state;
	/* Twos first: with an ace counting eleven, the member would stop at 21 before. */
	struct blackjack game = GAME(2, 10, 2, 10, 2, 2, 3, 3, 1, 1, 1, 1, 3);
	while (!game.over)
		hit(&game);
	struct hand member;
	blackjack_member(&game, &member);
	assert_int_equal(member.count, 11);
	assert_int_equal(member.value, 21);
	struct game_state text;
	struct blackjack read;
	blackjack_format(&game, &text);
	assert_true(blackjack_parse(text.text, &read));
	assert_int_equal(read.drawn, 9);
}

static void the_shuffle_exchanges_from_the_end(void **state)
{
	(void)state;
	/* Every card stays, but the first comes to the end and the second to the beginning. */
	struct fixed_draw rows[BLACKJACK_DECK - 1];
	for (uint32_t i = 0; i < BLACKJACK_DECK - 1; i++) {
		rows[i].bound = BLACKJACK_DECK - i;
		rows[i].number = BLACKJACK_DECK - 1 - i;
	}
	rows[0].number = 0;
	rows[BLACKJACK_DECK - 2].number = 0;
	struct fixed_draws draws = FIXED(rows);
	struct blackjack game;
	blackjack_deal(&game, &draws.draws);
	assert_int_equal(draws.taken, BLACKJACK_DECK - 1);
	assert_int_equal(game.deck[51], 0);
	assert_int_equal(game.deck[0], 1);
	assert_int_equal(game.deck[1], 51);
	for (uint8_t i = 2; i < 51; i++)
		assert_int_equal(game.deck[i], i);
}

/* The published formula, computed by another program: seed 00 01 … 1f, "lou", game 4. */
static void a_stranger_finds_the_same_deck(void **state)
{
	(void)state;
	static const char *const members[] = {"lou"};
	struct fair_seed seed;
	struct fair_draws draws;
	struct blackjack game;
	struct game_state text;
	assert_true(fair_seed_read(
		"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f", &seed));
	fair_draws_start(&draws, &seed, members, 1, 4);
	blackjack_deal(&game, &draws.draws);
	blackjack_format(&game, &text);
	assert_string_equal(
		text.text, "1:XlveiTnGqWdDLZJNaVMHtRxrmUPCfyubjpFgkBKoOhcQszwEYASI:0:p");
	assert_int_equal(member_value(&game), 19); /* 23 and 47: J♦ and 9♠ */
}

/* Forty thousand shuffles are two million draws. */
#define SHUFFLES 40000

static void every_card_is_as_likely_everywhere(void **state)
{
	uint64_t(*seen)[BLACKJACK_DECK] = talloc_zero_size(*state, BLACKJACK_DECK * sizeof(*seen));
	struct fair_draws draws = seeded_draws();
	for (int i = 0; i < SHUFFLES; i++) {
		struct blackjack game;
		blackjack_deal(&game, &draws.draws);
		for (int place = 0; place < BLACKJACK_DECK; place++)
			seen[place][game.deck[place]]++;
	}
	uint64_t chances[BLACKJACK_DECK];
	for (int i = 0; i < BLACKJACK_DECK; i++)
		chances[i] = 1;
	double sum = 0;
	for (int place = 0; place < BLACKJACK_DECK; place++)
		sum += chi_squared(seen[place], chances, BLACKJACK_DECK, BLACKJACK_DECK, SHUFFLES);
	assert_true(sum < chi_squared_max(51 * 51));
	/* Too even is as suspect as too uneven. */
	assert_true(sum > 51 * 51 - 5 * sqrt(2 * 51 * 51));
}

static void states_are_read_back(void **state)
{
	(void)state;
	struct fair_draws draws = seeded_draws();
	for (int i = 0; i < 2000; i++) {
		struct blackjack game, read;
		struct game_state text;
		blackjack_deal(&game, &draws.draws);
		do {
			blackjack_format(&game, &text);
			assert_true(blackjack_parse(text.text, &read));
			assert_memory_equal(&game, &read, sizeof(game));
		} while (blackjack_move(&game,
			draws_below(&draws.draws, 4) == 0 ? BLACKJACK_STAND : BLACKJACK_HIT));
	}
}

/* The deck of LETTERS deals ace and three to the member, two and four to the dealer. */
static void damaged_states_are_refused(void **state)
{
	(void)state;
	static const char *const texts[] = {"", "1", "1:", "2:" LETTERS ":0:p", "1" LETTERS ":0:p",
		"1:" LETTERS, "1:" LETTERS ":", "1:" LETTERS ":0",
		"1:" LETTERS ":0:", "1:" LETTERS ":0:x", "1:" LETTERS ":0:pp", "1:" LETTERS ":-:p",
		"1:" LETTERS ":10:o", "1:" LETTERS ":0;p", "1:" LETTERS ";0:p",
		"1:" LETTERS ":0:p ", " 1:" LETTERS ":0:p",
		"1:AACDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz:0:p",
		"1:!BCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz:0:p",
		"1:BCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz:0:p", "1:" LETTERS "A:0:p",
		/* A+3+5 = 19, A+3+5+6 = 15, A+3+5+6+7 = 22: no fourth card, and nothing to play. */
		"1:" LETTERS ":4:o", "1:" LETTERS ":3:p"};
	struct blackjack game, before;
	memset(&game, 7, sizeof(game));
	before = game;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		assert_false(blackjack_parse(texts[i], &game));
		assert_memory_equal(&game, &before, sizeof(game));
	}
	assert_true(blackjack_parse("1:" LETTERS ":3:o", &game));
	assert_int_equal(member_value(&game), 22);
	assert_true(blackjack_parse("1:" LETTERS ":0:p", &game));
	assert_true(blackjack_parse("1:" LETTERS ":0:o", &game));
}

static void a_natural_cannot_be_a_game_that_is_played(void **state)
{
	(void)state;
	/* Ace, two, king, three. */
	static const char deck[] = "ABMCDEFGHIJKLNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
	char text[GAME_STATE_ROOM];
	struct blackjack game;
	snprintf(text, sizeof(text), "1:%s:0:p", deck);
	assert_false(blackjack_parse(text, &game));
	snprintf(text, sizeof(text), "1:%s:1:o", deck);
	assert_false(blackjack_parse(text, &game));
	snprintf(text, sizeof(text), "1:%s:0:o", deck);
	assert_true(blackjack_parse(text, &game));
}

/* ---- The odds, counted: all hands that somebody can have who draws below 17 ---- */

#define VALUES 11 /* 1 (ace) to 10 */
#define HANDS_MAX 60000

struct shape {
	int of[VALUES]; /* cards of each value */
	int count, value;
	double orders; /* in which its cards can come */
};

struct shapes {
	struct shape *rows;
	size_t count;
};

static int value_of(const struct shape *shape)
{
	int value = 0;
	for (int v = 1; v < VALUES; v++)
		value += v * shape->of[v];
	return shape->of[1] > 0 && value <= 11 ? value + 10 : value;
}

static int in_deck(int value)
{
	return value == 10 ? 16 : 4;
}

static void collect(struct shapes *shapes, struct shape *shape)
{
	shape->value = value_of(shape);
	if (shape->count >= 2 && shape->value >= 17) {
		assert_true(shapes->count < HANDS_MAX);
		shapes->rows[shapes->count++] = *shape;
		return;
	}
	for (int v = 1; v < VALUES; v++) {
		if (shape->of[v] == in_deck(v))
			continue;
		shape->of[v]++;
		shape->count++;
		collect(shapes, shape);
		shape->of[v]--;
		shape->count--;
	}
}

static int compare_shapes(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(((struct shape *)NULL)->of));
}

/* All of them, those of the same cards together. */
static struct shapes all_shapes(void *ctx)
{
	struct shapes shapes = {talloc_zero_array(ctx, struct shape, HANDS_MAX), 0};
	struct shape empty = {.orders = 1};
	collect(&shapes, &empty);
	qsort(shapes.rows, shapes.count, sizeof(*shapes.rows), compare_shapes);
	size_t kept = 0;
	for (size_t i = 0; i < shapes.count; i++)
		if (kept > 0 && compare_shapes(&shapes.rows[kept - 1], &shapes.rows[i]) == 0)
			shapes.rows[kept - 1].orders++;
		else
			shapes.rows[kept++] = shapes.rows[i];
	shapes.count = kept;
	return shapes;
}

/* n·(n−1)·… with k factors. */
static double falling(int n, int k)
{
	double product = 1;
	for (int i = 0; i < k; i++)
		product *= n - i;
	return product;
}

/* falling() of in_deck, by value and factors; and of the whole deck. */
struct fallings {
	double of[VALUES][23];
	double deck[23];
};

static struct fallings all_fallings(void)
{
	struct fallings fallings;
	for (int k = 0; k < 23; k++) {
		for (int v = 1; v < VALUES; v++)
			fallings.of[v][k] = falling(in_deck(v), k);
		fallings.deck[k] = falling(BLACKJACK_DECK, k);
	}
	return fallings;
}

/* The chance that the member has the cards A and the dealer the cards B. */
static double chance_of(const struct fallings *f, const struct shape *a, const struct shape *b)
{
	double chance = a->orders * b->orders / f->deck[a->count + b->count];
	for (int v = 1; v < VALUES; v++)
		chance *= f->of[v][a->of[v] + b->of[v]];
	return chance;
}

static enum blackjack_end end_of(const struct shape *member, const struct shape *dealer)
{
	bool natural = member->count == 2 && member->value == 21;
	if (natural)
		return dealer->count == 2 && dealer->value == 21 ? BLACKJACK_EQUAL
								 : BLACKJACK_NATURAL;
	if (member->value > 21)
		return BLACKJACK_LOWER;
	if (dealer->value > 21 || member->value > dealer->value)
		return BLACKJACK_HIGHER;
	return member->value == dealer->value ? BLACKJACK_EQUAL : BLACKJACK_LOWER;
}

static void the_odds_are_those_of_all_hands(void **state)
{
	struct shapes shapes = all_shapes(*state);
	struct fallings fallings = all_fallings();
	double chances[BLACKJACK_LOWER + 1] = {0}, sum = 0;
	for (size_t a = 0; a < shapes.count; a++)
		for (size_t b = 0; b < shapes.count; b++) {
			const struct shape *member = &shapes.rows[a], *dealer = &shapes.rows[b];
			double chance = chance_of(&fallings, member, dealer);
			chances[end_of(member, dealer)] += chance;
			sum += chance;
		}
	assert_true(fabs(sum - 1) < 1e-9);
	struct odds odds;
	blackjack_odds(&odds);
	assert_int_equal(odds.total, 1000000000);
	for (size_t i = 0; i < odds.count; i++)
		assert_true(fabs(chances[odds.rows[i].what] * 1e9 - (double)odds.rows[i].ways) < 1);
}

static void a_member_who_plays_like_the_dealer_has_the_odds(void **state)
{
	(void)state;
	struct odds odds;
	blackjack_odds(&odds);
	uint64_t seen[4] = {0}, chances[4];
	struct fair_draws draws = seeded_draws();
	for (int i = 0; i < SHUFFLES; i++) {
		struct blackjack game;
		blackjack_deal(&game, &draws.draws);
		while (!game.over)
			assert_true(blackjack_move(
				&game, member_value(&game) < 17 ? BLACKJACK_HIT : BLACKJACK_STAND));
		int32_t credit = blackjack_credit(&game, 2);
		seen[credit == 5 ? 0 : credit == 4 ? 1 : credit == 2 ? 2 : 3]++;
	}
	for (int i = 0; i < 4; i++)
		chances[i] = odds.rows[i].ways;
	assert_true(chi_squared(seen, chances, 4, odds.total, SHUFFLES) < chi_squared_max(3));
}

static const struct CMUnitTest tests[] = {
	UNIT(cards_have_ranks_suits_and_values),
	UNIT(hands_count_aces_as_eleven_or_one),
	UNIT(cards_are_dealt_in_turn),
	UNIT(the_dealers_second_card_is_hidden_until_the_end),
	UNIT(the_dealer_draws_after_the_member),
	UNIT(the_dealer_stands_on_every_seventeen),
	UNIT(every_end_has_its_payment),
	UNIT(what_a_natural_pays_is_floored),
	UNIT(a_natural_is_over_at_once),
	UNIT(at_twenty_one_the_member_stands),
	UNIT(beyond_twenty_one_the_dealer_does_not_draw),
	UNIT(after_standing_no_move_counts),
	UNIT(the_longest_hand_fits),
	UNIT(the_shuffle_exchanges_from_the_end),
	UNIT(a_stranger_finds_the_same_deck),
	UNIT(every_card_is_as_likely_everywhere),
	UNIT(states_are_read_back),
	UNIT(damaged_states_are_refused),
	UNIT(a_natural_cannot_be_a_game_that_is_played),
	UNIT(the_odds_are_those_of_all_hands),
	UNIT(a_member_who_plays_like_the_dealer_has_the_odds),
};

UNIT_MAIN(tests)

/* Messages of matches: the largest of each game keeps within Discord's limits, uncut. */
#include "unit.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "besace/base/defect.h"
#include "besace/base/utf8.h"
#include "besace/domain/blackjack.h"
#include "besace/domain/bullets.h"
#include "besace/domain/fair.h"
#include "besace/play/face.h"
#include "besace/play/flow.h"

/* Characters that a text has beside what it was made of: a heading's, a footer's. */
#define MARKS_MAX 8

/* The longest shown name: 32 characters, each escaped. */
#define NAME                                                                                       \
	"\\*\\*\\*\\*\\*\\*\\*\\*\\*\\*\\*\\*\\*\\*\\*\\*\\*\\*\\*\\*\\*\\*\\*\\*\\*\\*\\*\\*"     \
	"\\*\\*\\*\\*"

static struct snowflake player(int number)
{
	struct snowflake id = {""};
	snprintf(id.text, sizeof(id.text), "18446744073709550%03d", number);
	return id;
}

/* Names of COUNT players, and every fact that a game shows. */
static json_t *facts_of(int count)
{
	json_t *names = json_object(), *members = json_array();
	char seed[FAIR_CLIENT_SEED_MAX + 1];
	memset(seed, 'w', sizeof(seed) - 1);
	seed[sizeof(seed) - 1] = '\0';
	for (int i = 0; i < count; i++) {
		json_object_set_new(names, player(i).text, json_string(NAME));
		json_array_append_new(members, json_string(seed));
	}
	const char *hex = "0707070707070707070707070707070707070707070707070707070707070707";
	return json_pack("{s:o, s:o, s:s, s:s, s:s, s:I, s:i, s:s, s:s}", "names", names, "members",
		members, "server", hex, "commit", hex, "seed", seed, "nonce", (json_int_t)INT64_MAX,
		"pocket", 36, "bet", "rouge", "reels", "666");
}

/* The longest line that a player of a match can get. */
static struct match_end end_of(int number, int32_t stake)
{
	return (struct match_end){.user = player(number),
		.played = true,
		.result = RESULT_WIN,
		.stake = stake,
		.paid = INT32_MAX,
		.multiplier = 3,
		.games_left = 1,
		.xp = 15,
		.gained = {.level = 6554, .lc = INT32_MAX, .items = {9, 9, 9}}};
}

/* A match of GAME with COUNT players; OVER or open. */
static struct match *match_of(void *ctx, enum game game, int count, bool over)
{
	struct match *match = talloc_zero(ctx, struct match);
	match->game = game;
	match->id = player(999);
	match->owner = player(0);
	match->opponent = player(1);
	match->accepted = true;
	match->stake = game_rules(game)->stake_max;
	match->state = "";
	match->facts = facts_of(count);
	match->over = over;
	match->why = "expired";
	match->seat_count = (size_t)count;
	match->seats = talloc_array(match, struct snowflake, (unsigned)count);
	match->stakes = talloc_array(match, int32_t, (unsigned)count);
	match->ends = talloc_array(match, struct match_end, (unsigned)count);
	match->end_count = over ? (size_t)count : 0;
	for (int i = 0; i < count; i++) {
		match->seats[i] = player(i);
		match->stakes[i] = match->stake;
		match->ends[i] = end_of(i, match->stake);
		/* One of many wins; of two, both show a win, which is the longest line. */
		if (count > 2 && i > 0)
			match->ends[i].result = RESULT_LOSS;
	}
	return match;
}

static size_t length_of(const char *text)
{
	return text ? utf8_length(text) : 0;
}

/* Shows MATCH in both languages and holds the message to Discord's limits. */
static void fits(void *ctx, const struct match *match)
{
	for (int language = 0; language < LANGUAGE_COUNT; language++) {
		struct reply reply = {.kind = REPLY_MESSAGE};
		struct show show = {.ctx = ctx,
			.language = (enum language)language,
			.reply = &reply,
			.match = match,
			.balance = INT32_MAX};
		game_show(&show);
		size_t all = length_of(reply.title) + length_of(reply.description) +
			     length_of(reply.footer);
		for (size_t i = 0; i < reply.part_count; i++)
			for (size_t k = 0; k < REPLY_SECTION_TEXTS_MAX; k++)
				all += length_of(reply.parts[i].texts[k]) + MARKS_MAX;
		assert_true(length_of(reply.description) > 0);
		assert_in_range(all, 1, REPLY_TEXT_MAX);
		struct defect defect;
		(void)reply_message(ctx, &reply, true);
		assert_false(defect_take(&defect));
	}
	json_decref((json_t *)(uintptr_t)match->facts);
}

static void game_show_fits_a_full_table(void **state)
{
	fits(*state, match_of(*state, GAME_ROULETTE, MATCH_SEATS_MAX, false));
	fits(*state, match_of(*state, GAME_ROULETTE, MATCH_SEATS_MAX, true));
}

static void game_show_fits_a_duel(void **state)
{
	fits(*state, match_of(*state, GAME_DUEL, 2, true));
	struct match *challenge = match_of(*state, GAME_DUEL, 2, false);
	challenge->accepted = false;
	fits(*state, challenge);
}

static void game_show_fits_the_longest_race(void **state)
{
	static const char *const states[] = {"1:11111111111111111111", "1:111111111111111111111"};
	for (size_t i = 0; i < ARRAY_LEN(states); i++) {
		struct match *match = match_of(*state, GAME_RACE21, 2, i == 1);
		match->state = states[i];
		fits(*state, match);
	}
}

static void game_show_fits_the_last_round_of_bullets(void **state)
{
	struct bullets game;
	struct game_state text;
	bullets_start(&game);
	for (int round = 1; round < BULLETS_ROUNDS; round++)
		for (int side = 0; side < SIDE_COUNT; side++)
			assert_int_equal(
				bullets_choose(&game, (enum side)side, BULLETS_SHIELD), MOVE_TAKEN);
	bullets_format(&game, &text);
	struct match *match = match_of(*state, GAME_BULLETS, 2, false);
	match->state = text.text;
	fits(*state, match);
	match = match_of(*state, GAME_BULLETS, 2, true);
	match->state = text.text;
	fits(*state, match);
}

static void game_show_fits_rock_paper_scissors(void **state)
{
	static const char *const states[] = {"1:--", "1:r-", "1:rs"};
	for (size_t i = 0; i < ARRAY_LEN(states); i++) {
		struct match *match = match_of(*state, GAME_RPS, 2, i == 2);
		match->state = states[i];
		fits(*state, match);
	}
}

static void game_show_fits_a_hand_of_blackjack(void **state)
{
	struct blackjack game = {.drawn = 0};
	struct game_state text;
	/* In the order of the deck: aces and twos first, the longest hands. */
	for (int i = 0; i < BLACKJACK_DECK; i++)
		game.deck[i] = (uint8_t)(i % 4 * BLACKJACK_RANKS + i / 4);
	while (!game.over)
		assert_true(blackjack_move(&game, BLACKJACK_HIT));
	blackjack_format(&game, &text);
	struct match *match = match_of(*state, GAME_BLACKJACK, 1, true);
	match->state = text.text;
	fits(*state, match);
}

static void game_show_fits_the_casino(void **state)
{
	fits(*state, match_of(*state, GAME_WHEEL, 1, true));
	fits(*state, match_of(*state, GAME_SLOTS, 1, true));
}

static const struct CMUnitTest tests[] = {
	UNIT(game_show_fits_a_full_table),
	UNIT(game_show_fits_a_duel),
	UNIT(game_show_fits_the_longest_race),
	UNIT(game_show_fits_the_last_round_of_bullets),
	UNIT(game_show_fits_rock_paper_scissors),
	UNIT(game_show_fits_a_hand_of_blackjack),
	UNIT(game_show_fits_the_casino),
};

UNIT_MAIN(tests)

/* besacectl verify: draws a past game again from what its messages show. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <talloc.h>

#include "arguments.h"
#include "besace/base/memory.h"
#include "besace/domain/blackjack.h"
#include "besace/domain/duel.h"
#include "besace/domain/fair.h"
#include "besace/domain/roulette.h"
#include "besace/domain/slots.h"
#include "besace/domain/wheel.h"
#include "subcommands.h"

/* What a game was drawn from. */
struct proof {
	struct fair_seed seed;
	const char **members;
	size_t member_count;
	uint64_t counter;
};

/* ---- Drawing */

static void draw_wheel(struct draws *draws, const struct proof *proof)
{
	(void)proof;
	int pocket = wheel_spin(draws);
	printf("pocket %d, %s\n", pocket, wheel_colour_name(wheel_colour_of(pocket)));
}

static void draw_slots(struct draws *draws, const struct proof *proof)
{
	(void)proof;
	struct reels reels = slots_pull(draws);
	for (int i = 0; i < SLOTS_REELS; i++)
		printf("%s%s", i ? " " : "reels ", symbol_emoji(reels.at[i]));
	printf("\n");
}

static void print_card(uint8_t card)
{
	static const char *const ranks[] = {
		"A", "2", "3", "4", "5", "6", "7", "8", "9", "10", "J", "Q", "K"};
	printf(" %s%s", ranks[card_rank(card) - 1], card_suit_sign(card));
}

/* The order in which the cards leave the deck: member, dealer, member, dealer, then as drawn. */
static void draw_blackjack(struct draws *draws, const struct proof *proof)
{
	(void)proof;
	struct blackjack game;
	blackjack_deal(&game, draws);
	printf("deck");
	for (int i = 0; i < BLACKJACK_DECK; i++)
		print_card(game.deck[i]);
	printf("\n");
}

static void draw_duel(struct draws *draws, const struct proof *proof)
{
	(void)proof;
	printf("winner %s\n", duel_winner(draws) == SIDE_CHALLENGER ? "challenger" : "opponent");
}

static void draw_roulette(struct draws *draws, const struct proof *proof)
{
	int count = (int)proof->member_count;
	printf("winner player %d of %d\n", roulette_winner(count, draws) + 1, count);
}

static const struct {
	const char *type;
	size_t least, most; /* numbers of members */
	void (*draw)(struct draws *draws, const struct proof *proof);
} games[] = {
	{"roue", 1, 1, draw_wheel},
	{"machine", 1, 1, draw_slots},
	{"blackjack", 1, 1, draw_blackjack},
	{"duel", SIDE_COUNT, SIDE_COUNT, draw_duel},
	{"roulette", ROULETTE_PLAYERS_LEAST, ROULETTE_PLAYERS_MOST, draw_roulette},
};

/* ---- Arguments */

/* The game's index, or a negative number. */
static int find_game(const char *type)
{
	for (size_t i = 0; type && i < ARRAY_LEN(games); i++)
		if (strcmp(games[i].type, type) == 0)
			return (int)i;
	return -1;
}

/* Reads numbers joined by "+". False when one of them is none. */
static bool read_members(void *ctx, const char *text, struct proof *out)
{
	out->members = must(talloc_array(ctx, const char *, ROULETTE_PLAYERS_MOST));
	while (text) {
		size_t length = strcspn(text, "+");
		char *member = must(talloc_strndup(ctx, text, length));
		if (out->member_count == ROULETTE_PLAYERS_MOST || !fair_member_seed_valid(member))
			return false;
		out->members[out->member_count++] = member;
		text = text[length] ? text + length + 1 : NULL;
	}
	return true;
}

static bool read_counter(const char *text, uint64_t *out)
{
	size_t digits = strspn(text, "0123456789");
	if (digits == 0 || digits > 18 || text[digits])
		return false;
	*out = strtoull(text, NULL, 10);
	return true;
}

static int read_proof(struct arguments *arguments, const char *seed, const char *number,
	const char *counter, struct proof *out)
{
	int game = find_game(arguments->operand_count ? arguments->operands[0] : NULL);
	if (game < 0)
		arguments_fault(
			arguments, "GAME: must be roue, machine, blackjack, duel or roulette");
	if (!seed || !fair_seed_read(seed, &out->seed))
		arguments_fault(arguments, "--seed: must be 64 hexadecimal digits");
	if (!number || !read_members(arguments->ctx, number, out))
		arguments_fault(arguments,
			"--number: must be 1 to %d of a-z, A-Z, 0-9, \"-\" and \"_\"; of several "
			"members, joined by \"+\"",
			FAIR_MEMBER_SEED_MOST);
	else if (game >= 0 &&
		 (out->member_count < games[game].least || out->member_count > games[game].most))
		arguments_fault(arguments, "--number: the game has another number of players");
	if (counter && !read_counter(counter, &out->counter))
		arguments_fault(arguments, "--draw: must be a whole number");
	return game;
}

/* ---- The subcommand */

static int verify(int game, const struct proof *proof, const char *commitment)
{
	printf("commitment %s\n", fair_commit(&proof->seed).text);
	if (commitment && !fair_matches(&proof->seed, commitment)) {
		ctl_say("the seed is not the one that was committed to");
		return CTL_FAILED;
	}
	struct fair_draws draws;
	fair_draws_start(&draws, &proof->seed, proof->members, proof->member_count, proof->counter);
	games[game].draw(&draws.draws, proof);
	fair_draws_end(&draws);
	return CTL_DONE;
}

static int run(int argc, char **argv)
{
	void *ctx = must(talloc_new(NULL));
	const char *seed = NULL, *number = NULL, *counter = NULL, *commitment = NULL;
	const struct argument rows[] = {
		{"seed", "HEX", "the seed that was revealed", NULL, &seed, NULL},
		{"number", "TEXT", "the member's own number; of several, A+B", NULL, &number, NULL},
		{"draw", "N", "the number of the draw (0)", NULL, &counter, NULL},
		{"commitment", "HEX", "what was shown before the game: checked against the seed",
			NULL, &commitment, NULL},
	};
	struct arguments arguments = {
		.ctx = ctx,
		.synopsis = "GAME --seed HEX --number TEXT [--draw N] [--commitment HEX]",
		.about = "Draws a past game of roue, machine, blackjack, duel or roulette again, "
			 "from what its\nmessages and /hasard show. Prints the seed's commitment "
			 "and what was drawn; exits 1 when\nthe seed is not what COMMITMENT stands "
			 "for. Needs no database.",
		.rows = rows,
		.count = ARRAY_LEN(rows),
		.operands_most = 1,
	};
	int status = CTL_DONE;
	if (arguments_read(&arguments, argc, argv)) {
		struct proof proof = {.counter = 0};
		int game = read_proof(&arguments, seed, number, counter, &proof);
		status = arguments_are_bad(&arguments) ? CTL_USAGE
						       : verify(game, &proof, commitment);
	}
	talloc_free(ctx);
	return status;
}

const struct subcommand subcommand_verify = {"verify", "draw a past game again", run};

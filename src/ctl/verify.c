/* besacectl verify: draws a past game again from what its messages show. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <talloc.h>

#include "arguments.h"
#include "besace/base/memory.h"
#include "besace/domain/fair.h"
#include "besace/domain/game.h"
#include "besace/domain/roulette.h"
#include "subcommands.h"

/* What a game was drawn from. */
struct proof {
	struct fair_seed seed;
	const char **members;
	size_t member_count;
	uint64_t nonce;
};

/* ---- Arguments */

/* The rules of the game TYPE, or NULL when nothing of it can be verified. */
static const struct game_rules *find_game(const char *type)
{
	enum game game;
	return type && game_parse(type, &game) && game_rules(game)->verify ? game_rules(game)
									   : NULL;
}

/* The types that can be verified, as "roue, blackjack or duel", on CTX. */
static char *verified_types(void *ctx)
{
	char *list = must(talloc_strdup(ctx, ""));
	const char *last = NULL;
	for (int i = 0; i < GAME_COUNT; i++) {
		const struct game_rules *rules = game_rules((enum game)i);
		if (!rules->verify)
			continue;
		if (last)
			list = must(talloc_asprintf_append_buffer(
				list, "%s%s", *list ? ", " : "", last));
		last = rules->type;
	}
	return must(talloc_asprintf_append_buffer(list, " or %s", last));
}

/* Reads client seeds joined by "+". False when one of them is none. */
static bool read_members(void *ctx, const char *text, struct proof *out)
{
	out->members = must(talloc_array(ctx, const char *, ROULETTE_PLAYERS_MAX));
	while (text) {
		size_t length = strcspn(text, "+");
		char *member = must(talloc_strndup(ctx, text, length));
		if (out->member_count == ROULETTE_PLAYERS_MAX || !fair_member_seed_valid(member))
			return false;
		out->members[out->member_count++] = member;
		text = text[length] ? text + length + 1 : NULL;
	}
	return true;
}

static bool read_nonce(const char *text, uint64_t *out)
{
	size_t digits = strspn(text, "0123456789");
	if (digits == 0 || digits > 18 || text[digits])
		return false;
	*out = strtoull(text, NULL, 10);
	return true;
}

static const struct game_rules *read_proof(struct arguments *arguments, const char *seed,
	const char *client_seeds, const char *nonce, struct proof *out)
{
	const struct game_rules *game =
		find_game(arguments->operand_count ? arguments->operands[0] : NULL);
	if (!game)
		arguments_fault(arguments, "GAME: must be %s", verified_types(arguments->ctx));
	if (!seed || !fair_seed_read(seed, &out->seed))
		arguments_fault(arguments, "--seed: must be 64 hexadecimal digits");
	if (!client_seeds || !read_members(arguments->ctx, client_seeds, out))
		arguments_fault(arguments,
			"--client-seed: must be 1 to %d of a-z, A-Z, 0-9, \"-\" and \"_\"; of "
			"several "
			"members, joined by \"+\"",
			FAIR_CLIENT_SEED_MAX);
	else if (game && ((int)out->member_count < game->verify_min ||
				 (int)out->member_count > game->verify_max))
		arguments_fault(arguments, "--client-seed: the game has another number of players");
	if (nonce && !read_nonce(nonce, &out->nonce))
		arguments_fault(arguments, "--draw: must be a whole number");
	return game;
}

/* ---- The subcommand */

static int verify(const struct game_rules *game, const struct proof *proof, const char *commitment)
{
	printf("commitment %s\n", fair_commit(&proof->seed).text);
	if (commitment && !fair_matches(&proof->seed, commitment)) {
		ctl_say("the seed is not the one that was committed to");
		return CTL_FAILED;
	}
	struct fair_draws draws;
	fair_draws_start(&draws, &proof->seed, proof->members, proof->member_count, proof->nonce);
	char drawn[GAME_DRAW_ROOM];
	game->verify(&draws.draws, (int)proof->member_count, drawn);
	fair_draws_end(&draws);
	printf("%s\n", drawn);
	return CTL_DONE;
}

static int run(int argc, char **argv)
{
	void *ctx = must(talloc_new(NULL));
	const char *seed = NULL, *client_seeds = NULL, *nonce = NULL, *commitment = NULL;
	const struct argument rows[] = {
		{"seed", "HEX", "the seed that was revealed", NULL, &seed, NULL},
		{"client-seed", "TEXT", "the member's own seed (clé); of several, A+B", NULL,
			&client_seeds, NULL},
		{"draw", "N", "the number of the draw (0)", NULL, &nonce, NULL},
		{"commitment", "HEX", "what was shown before the game: checked against the seed",
			NULL, &commitment, NULL},
	};
	struct arguments arguments = {
		.ctx = ctx,
		.synopsis = "GAME --seed HEX --client-seed TEXT [--draw N] [--commitment HEX]",
		.description = must(talloc_asprintf(ctx,
			"Draws a past game of %s again, "
			"from what 🔎\nand /hasard show. Prints the seed's commitment "
			"and what was drawn; exits 1 when\nthe seed is not what COMMITMENT stands "
			"for. Needs no database.",
			verified_types(ctx))),
		.rows = rows,
		.count = ARRAY_LEN(rows),
		.operands_max = 1,
	};
	int status = CTL_DONE;
	if (arguments_read(&arguments, argc, argv)) {
		struct proof proof = {.nonce = 0};
		const struct game_rules *game =
			read_proof(&arguments, seed, client_seeds, nonce, &proof);
		status = arguments_are_bad(&arguments) ? CTL_USAGE
						       : verify(game, &proof, commitment);
	}
	talloc_free(ctx);
	return status;
}

const struct subcommand subcommand_verify = {"verify", "draw a past game again", run};

/*
 * The games: what each is called, costs and waits for.
 *
 * A stake is whole LC between the game's bounds. The tables of odds, moves and outcomes are in the
 * header of each game; what a result is worth to a member is in domain/payout.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "besace/domain/draws.h"
#include "besace/domain/game_list.h"

#define GAME_VALUE(NAME, name) GAME_##NAME,
enum game { ALL_GAMES(GAME_VALUE) GAME_COUNT };
#undef GAME_VALUE

/* What an active multiplier multiplies. */
enum boost {
	BOOST_NONE, /* nothing: the game neither feels nor uses it up */
	BOOST_CREDIT, /* the gross credit of a win */
	BOOST_GAIN, /* the net gain of a win; the house adds the excess */
};

/* Waiting times in seconds, until a match expires. A challenged member is notified, but may have to
 * come back to the keyboard first: three times a turn. */
#define CHALLENGE_SECONDS 180
#define TURN_SECONDS 60
#define BLACKJACK_SECONDS 300
#define ROULETTE_SECONDS 30

/* Room for the text of any state with its final NUL; that of blackjack is the longest. */
#define GAME_STATE_ROOM 80

/* A match's state as its row keeps it: printable ASCII that starts with the version of its form. */
struct game_state {
	char text[GAME_STATE_ROOM];
};

/* What follows VERSION ("1:") in TEXT, or NULL when it starts otherwise. */
const char *game_state_body(const char *text, const char *version);

/* Room for what a verified draw is printed as; blackjack's deck is the longest. */
#define GAME_DRAW_ROOM 512

/* Draws a past match again from DRAWS, which start at its first number, and writes what was drawn
 * to OUT (GAME_DRAW_ROOM bytes) for `besacectl verify`. PLAYERS is within verify_min and
 * verify_max. */
typedef void game_verify_fn(struct draws *draws, int players, char *out);

struct versus_rules;

struct game_rules {
	const char *type; /* game_history.game_type: "roue", "blackjack", … */
	int32_t stake_min, stake_max; /* unless the guild has set others */
	enum boost boost;
	bool challenge; /* one member challenges another */
	bool house; /* against the house */
	int turn_seconds; /* a press is waited for so long; 0: decided at once */
	const struct versus_rules *versus; /* two members in turns; NULL: no turns */
	game_verify_fn *verify; /* NULL: nothing is drawn */
	int verify_min, verify_max; /* players of a verified draw */
};

/* Never NULL. */
const struct game_rules *game_rules(enum game game);

/* Reads a game_history.game_type. False when it is none. */
bool game_parse(const char *type, enum game *out);

/* The bounds that a guild can set for a stake. Within them no game credits more than a balance
 * could hold. */
#define STAKE_ALLOWED_MIN 1
#define STAKE_ALLOWED_MAX 100000

/* Whether STAKE is one that some guild may allow. */
bool stake_is_possible(int64_t stake);

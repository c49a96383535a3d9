/*
 * The games: what each is called, costs and waits for.
 *
 * A stake is whole LC between the game's limits. The tables of odds, moves and outcomes are in the
 * header of each game; what a result is worth to a member is in domain/payout.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum game {
	GAME_WHEEL,
	GAME_BLACKJACK,
	GAME_SLOTS,
	GAME_DUEL,
	GAME_ROULETTE,
	GAME_RPS,
	GAME_BULLETS,
	GAME_RACE21,
	GAME_COUNT
};

/* What an active multiplier multiplies. */
enum boost {
	BOOST_NONE, /* nothing: the game neither feels nor uses it up */
	BOOST_CREDIT, /* the gross credit of a win */
	BOOST_GAIN, /* the net gain of a win; the house adds the excess */
};

/* How long things wait, in seconds. A challenged member is notified, but may have to come back to
 * the keyboard first: three times a turn. */
#define CHALLENGE_SECONDS 180
#define TURN_SECONDS 60
#define BLACKJACK_SECONDS 300
#define ROULETTE_SECONDS 30

/* Room for the text of any state with its final NUL; that of blackjack is the longest. */
#define GAME_STATE_ROOM 80

/* A game's state as its row keeps it: printable ASCII that starts with the version of its form. */
struct game_state {
	char text[GAME_STATE_ROOM];
};

/* What follows VERSION ("1:") in TEXT, or NULL when it starts otherwise. */
const char *game_state_body(const char *text, const char *version);

struct game_rules {
	const char *type; /* game_history.game_type: "roue", "blackjack", … */
	int32_t least, most; /* stake */
	enum boost boost;
	bool challenge; /* one member challenges another */
	bool house; /* against the house */
	int turn_seconds; /* a press is waited for so long; 0: decided at once */
};

/* Never NULL. */
const struct game_rules *game_rules(enum game game);

/* Reads a game_history.game_type. False when it is none. */
bool game_parse(const char *type, enum game *out);

enum stake_answer { STAKE_FINE, STAKE_TOO_LOW, STAKE_TOO_HIGH, STAKE_ABOVE_BALANCE };

/* Whether a member with BALANCE may stake STAKE. The limits of the game are looked at first. */
enum stake_answer stake_check(enum game game, int64_t stake, int64_t balance);

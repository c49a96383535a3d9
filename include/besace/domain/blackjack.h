/*
 * Blackjack: one deck, one member against the dealer.
 *
 * Draws: the deck is shuffled once, at the beginning. It is laid out as cards 0 to 51 (card c has
 * rank c modulo 13, ace first, and suit c / 13: ♣, ♦, ♥, ♠); then for i from
 * 51 down to 1 a number j below i + 1 is drawn, and the cards at i and j change places. Cards
 * leave the deck from position 0 on: member, dealer (shown), member, dealer (hidden), then the
 * member's and then the dealer's as they draw.
 *
 * A game is a deck, the member's draws, and whether the member is done; all else follows. It is
 * over at once when the member has a natural, at 21, and beyond. The dealer draws only when the
 * member neither has a natural nor is beyond 21, and stands on every 17.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "besace/base/compiler.h"
#include "besace/domain/draws.h"
#include "besace/domain/game.h"
#include "besace/domain/odds.h"

#define BLACKJACK_DECK 52
#define BLACKJACK_RANKS 13
#define BLACKJACK_GOAL 21

/* Cards of the longest hand: any eleven of one deck are 21 or more. */
#define BLACKJACK_HAND_MAX 11

/* Cards: 0 to 51. */
struct blackjack {
	uint8_t deck[BLACKJACK_DECK]; /* each card once */
	int drawn; /* by the member, after the first two */
	bool over; /* the member stands, is beyond 21, or has 21 */
};

struct hand {
	uint8_t cards[BLACKJACK_HAND_MAX];
	int count;
	int value; /* the best: an ace is 11 unless that goes beyond 21 */
	bool soft; /* an ace counts 11 */
	bool natural; /* 21 with the first two cards */
};

enum blackjack_move { BLACKJACK_HIT, BLACKJACK_STAND };

enum blackjack_end {
	BLACKJACK_NATURAL, /* the member's: ⌊2.5×⌋ */
	BLACKJACK_BOTH_NATURAL, /* push */
	BLACKJACK_BEYOND, /* the member went beyond 21 */
	BLACKJACK_DEALER_BEYOND, /* 2× */
	BLACKJACK_HIGHER, /* 2× */
	BLACKJACK_EQUAL, /* push; also 21 of three cards and more against the dealer's natural */
	BLACKJACK_LOWER,
};

/* A new game, dealt. It is over already when the member has a natural. */
void blackjack_deal(struct blackjack *out, struct draws *draws);

/* Draws a card or stands. False when the game is over: nothing has changed. */
MUST_CHECK bool blackjack_move(struct blackjack *game, enum blackjack_move move);

/* The member's hand. */
void blackjack_member(const struct blackjack *game, struct hand *out);

/* The dealer's: all cards when the game is over, else the shown one only. */
void blackjack_dealer(const struct blackjack *game, struct hand *out);

/* How a game that is over ended. */
enum blackjack_end blackjack_end(const struct blackjack *game);

/* What STAKE turned into. The game is over. */
int32_t blackjack_credit(const struct blackjack *game, int32_t stake);

/* 1 (ace) to 13 (king): the letters of court cards depend on the language. */
int card_rank(uint8_t card);

/* "♣", "♦", "♥" or "♠". */
const char *card_suit_sign(uint8_t card);

/* 2 to 11: an ace is 11, court cards are 10. */
int card_value(uint8_t card);

/* The state: "1:" deck in 52 letters ":" cards drawn ":" "p" (playing) or "o" (over). */
void blackjack_format(const struct blackjack *game, struct game_state *out);

/* False when TEXT is no state that a game can reach; *out is then untouched. */
MUST_CHECK bool blackjack_parse(const char *text, struct blackjack *out);

/*
 * The odds of a member who plays like the dealer (draws below 17), rounded to billionths; other
 * ways to play have others. A row for each payment, `what` being BLACKJACK_NATURAL (2.5×),
 * BLACKJACK_HIGHER (all that pay 2×), BLACKJACK_EQUAL (all pushes), BLACKJACK_LOWER (all losses).
 */
void blackjack_odds(struct odds *out);

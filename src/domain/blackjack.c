/* Hands of blackjack. */
#include "besace/domain/blackjack.h"

#include <stdio.h>
#include <string.h>

#define VERSION "1:"
#define DEALER_STANDS 17
#define COURT_VALUE 10
#define ACE_MORE 10 /* what an ace counts beyond 1 when it counts 11 */

#define NATURAL_HALVES 5
#define WIN_HALVES 4
#define PUSH_HALVES 2

/* The first cards of the deck: member, dealer, member, dealer. */
#define DEALT 4

/* A letter for each card. */
static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
_Static_assert(sizeof(letters) - 1 == BLACKJACK_DECK, "each card has a letter");

int card_rank(uint8_t card)
{
	return card % BLACKJACK_RANKS + 1;
}

const char *card_suit_sign(uint8_t card)
{
	static const char *const suits[] = {"♣", "♦", "♥", "♠"};
	return suits[card / BLACKJACK_RANKS];
}

/* What a card counts at least: an ace 1. */
static int low_value(uint8_t card)
{
	int rank = card_rank(card);
	return rank < COURT_VALUE ? rank : COURT_VALUE;
}

int card_value(uint8_t card)
{
	return card_rank(card) == 1 ? 1 + ACE_MORE : low_value(card);
}

static void hand_value(struct hand *hand)
{
	bool ace = false;
	hand->value = 0;
	for (int i = 0; i < hand->count; i++) {
		hand->value += low_value(hand->cards[i]);
		ace = ace || card_rank(hand->cards[i]) == 1;
	}
	hand->soft = ace && hand->value + ACE_MORE <= BLACKJACK_GOAL;
	if (hand->soft)
		hand->value += ACE_MORE;
	hand->natural = hand->count == 2 && hand->value == BLACKJACK_GOAL;
}

static void hand_add(struct hand *hand, uint8_t card)
{
	hand->cards[hand->count++] = card;
	hand_value(hand);
}

void blackjack_member(const struct blackjack *game, struct hand *out)
{
	*out = (struct hand){0};
	hand_add(out, game->deck[0]);
	hand_add(out, game->deck[2]);
	for (int i = 0; i < game->drawn; i++)
		hand_add(out, game->deck[DEALT + i]);
}

void blackjack_dealer(const struct blackjack *game, struct hand *out)
{
	*out = (struct hand){0};
	hand_add(out, game->deck[1]);
	if (!game->over)
		return;
	hand_add(out, game->deck[3]);
	struct hand member;
	blackjack_member(game, &member);
	if (member.natural || member.value > BLACKJACK_GOAL)
		return;
	for (int next = DEALT + game->drawn; out->value < DEALER_STANDS; next++)
		hand_add(out, game->deck[next]);
}

/* The member has nothing to decide any more from 21 on. */
static bool is_done(const struct blackjack *game)
{
	struct hand member;
	blackjack_member(game, &member);
	return member.value >= BLACKJACK_GOAL;
}

static void shuffle(uint8_t deck[BLACKJACK_DECK], struct draws *draws)
{
	for (uint8_t card = 0; card < BLACKJACK_DECK; card++)
		deck[card] = card;
	for (uint32_t i = BLACKJACK_DECK - 1; i > 0; i--) {
		uint32_t j = draws_below(draws, i + 1);
		uint8_t card = deck[i];
		deck[i] = deck[j];
		deck[j] = card;
	}
}

void blackjack_deal(struct blackjack *out, struct draws *draws)
{
	*out = (struct blackjack){0};
	shuffle(out->deck, draws);
	out->over = is_done(out);
}

bool blackjack_move(struct blackjack *game, enum blackjack_move move)
{
	if (game->over)
		return false;
	if (move == BLACKJACK_HIT)
		game->drawn++;
	game->over = move == BLACKJACK_STAND || is_done(game);
	return true;
}

enum blackjack_end blackjack_end(const struct blackjack *game)
{
	struct hand member, dealer;
	blackjack_member(game, &member);
	blackjack_dealer(game, &dealer);
	if (member.natural)
		return dealer.natural ? BLACKJACK_BOTH_NATURAL : BLACKJACK_NATURAL;
	if (member.value > BLACKJACK_GOAL)
		return BLACKJACK_BEYOND;
	if (dealer.value > BLACKJACK_GOAL)
		return BLACKJACK_DEALER_BEYOND;
	if (member.value == dealer.value)
		return BLACKJACK_EQUAL;
	return member.value > dealer.value ? BLACKJACK_HIGHER : BLACKJACK_LOWER;
}

static int halves_of(enum blackjack_end end)
{
	switch (end) {
	case BLACKJACK_NATURAL:
		return NATURAL_HALVES;
	case BLACKJACK_DEALER_BEYOND:
	case BLACKJACK_HIGHER:
		return WIN_HALVES;
	case BLACKJACK_BOTH_NATURAL:
	case BLACKJACK_EQUAL:
		return PUSH_HALVES;
	case BLACKJACK_BEYOND:
	case BLACKJACK_LOWER:
		break;
	}
	return 0;
}

int32_t blackjack_credit(const struct blackjack *game, int32_t stake)
{
	return odds_credit(stake, halves_of(blackjack_end(game)));
}

void blackjack_format(const struct blackjack *game, struct game_state *out)
{
	char deck[BLACKJACK_DECK + 1] = "";
	for (int i = 0; i < BLACKJACK_DECK; i++)
		deck[i] = letters[game->deck[i]];
	*out = (struct game_state){0};
	snprintf(out->text, sizeof(out->text), VERSION "%s:%d:%c", deck, game->drawn,
		game->over ? 'o' : 'p');
}

/* Reads 52 letters, each once. */
static bool read_deck(const char *text, uint8_t deck[BLACKJACK_DECK])
{
	bool seen[BLACKJACK_DECK] = {false};
	for (int i = 0; i < BLACKJACK_DECK; i++) {
		const char *letter = text[i] ? strchr(letters, text[i]) : NULL;
		if (!letter || seen[letter - letters])
			return false;
		seen[letter - letters] = true;
		deck[i] = (uint8_t)(letter - letters);
	}
	return true;
}

/* Plays the game whose deck is known again: COUNT cards, then standing if it is OVER. */
static bool replay(struct blackjack *game, int count, bool over)
{
	game->over = is_done(game);
	while (game->drawn < count)
		if (!blackjack_move(game, BLACKJACK_HIT))
			return false;
	if (over && !game->over)
		return blackjack_move(game, BLACKJACK_STAND);
	return over == game->over;
}

bool blackjack_parse(const char *text, struct blackjack *out)
{
	struct blackjack game = {0};
	const char *deck = game_state_body(text, VERSION);
	if (!deck || !read_deck(deck, game.deck))
		return false;
	const char *rest = deck + BLACKJACK_DECK; /* ":3:p": at most nine cards are drawn */
	if (strnlen(rest, 5) != 4 || rest[0] != ':' || rest[1] < '0' || rest[1] > '9' ||
		rest[2] != ':' || (rest[3] != 'p' && rest[3] != 'o') ||
		!replay(&game, rest[1] - '0', rest[3] == 'o'))
		return false;
	*out = game;
	return true;
}

void blackjack_odds(struct odds *out)
{
	/* A unit test counts them again, hand by hand. */
	const uint64_t billion = 1000000000;
	const uint64_t natural = 46492443, higher = 366025857, equal = 98566262;
	*out = (struct odds){0};
	odds_add(out, (struct odds_row){BLACKJACK_NATURAL, natural, NATURAL_HALVES});
	odds_add(out, (struct odds_row){BLACKJACK_HIGHER, higher, WIN_HALVES});
	odds_add(out, (struct odds_row){BLACKJACK_EQUAL, equal, PUSH_HALVES});
	odds_add(out, (struct odds_row){BLACKJACK_LOWER, billion - natural - higher - equal, 0});
}

/* ---- Its row */

/* The order in which the cards leave the deck: member, dealer, member, dealer, then as drawn. */
static void verify(struct draws *draws, int players, char *out)
{
	static const char *const ranks[BLACKJACK_RANKS] = {
		"A", "2", "3", "4", "5", "6", "7", "8", "9", "10", "J", "Q", "K"};
	struct blackjack game;
	(void)players;
	blackjack_deal(&game, draws);
	int length = snprintf(out, GAME_DRAW_ROOM, "deck");
	for (int i = 0; i < BLACKJACK_DECK; i++)
		length += snprintf(out + length, GAME_DRAW_ROOM - (size_t)length, " %s%s",
			ranks[card_rank(game.deck[i]) - 1], card_suit_sign(game.deck[i]));
}

/* " 10♠" has six bytes. */
_Static_assert(BLACKJACK_DECK * 6 + sizeof("deck") <= GAME_DRAW_ROOM, "the deck fits");

extern const struct game_rules rules_blackjack;
const struct game_rules rules_blackjack = {"blackjack", 10, 1000, BOOST_CREDIT, .house = true,
	.turn_seconds = BLACKJACK_SECONDS, .verify = verify, .verify_min = 1, .verify_max = 1};

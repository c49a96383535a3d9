/*
 * Verifiable draws: anybody can compute again, from public data, what a game has drawn.
 *
 * The formula, version 1. Before the stake is taken there is a secret SERVER SEED of 32 random
 * bytes, of which the COMMITMENT is shown: SHA-256 over the 32 bytes, in hexadecimal. Each player
 * has a MEMBER SEED, a text of their own choice. A COUNTER counts the games that were drawn from
 * one server seed. The bytes of a game are the blocks 0, 1, 2, … one after the other:
 *
 *     block n = HMAC-SHA-256(key = the 32 bytes of the server seed,
 *                            message = "besace:1:<member seeds>:<nonce>:<n>")
 *
 * where nonce and n are in decimal without leading zeros and the member seeds are joined by "+",
 * in the order of the players (duel: challenger, opponent; roulette: as they joined). They are
 * read as 32-bit words, the first byte the most significant. A number below B is made of the next
 * word w: w modulo B, unless w >= floor(2^32 / B) · B, in which case w is skipped and the word
 * after it is looked at. That makes all numbers below B exactly as likely. For B = 1 no word is
 * taken. What numbers a game draws stands in its own header.
 *
 * The server seed must stay secret as long as a game of it is open: the deck of blackjack is drawn
 * at its beginning. So it is revealed (and replaced) only while its member has no such game, and
 * the member seed and nonce of a game are those of its beginning.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "besace/base/compiler.h"
#include "besace/domain/draws.h"

#define FAIR_SEED_BYTES 32
/* 32 bytes in hexadecimal, and the final NUL. */
#define FAIR_HEX_ROOM 65

/* Characters of a member seed. Enough for 128 random bits in any usual notation. */
#define FAIR_CLIENT_SEED_MAX 32

struct fair_seed {
	unsigned char bytes[FAIR_SEED_BYTES];
};

/* 64 hexadecimal digits in lower case: a revealed seed, or a commitment. */
struct fair_hex {
	char text[FAIR_HEX_ROOM];
};

/* A new secret seed from the system's randomness. */
void fair_seed_make(struct fair_seed *out);

struct fair_hex fair_seed_show(const struct fair_seed *seed);

/* Reads 64 hexadecimal digits of either case and nothing else. False otherwise, *out untouched. */
MUST_CHECK bool fair_seed_read(const char *text, struct fair_seed *out);

/* What is shown before the stake is taken. */
struct fair_hex fair_commit(const struct fair_seed *seed);

/* Whether SEED is what COMMITMENT (hexadecimal of either case) stands for. */
bool fair_matches(const struct fair_seed *seed, const char *commitment);

/* Whether TEXT may be a member seed: 1 to FAIR_CLIENT_SEED_MAX of a–z, A–Z, 0–9, "-" and "_". */
bool fair_member_seed_valid(const char *text);

/* Room for a member seed and its final NUL. */
struct fair_member_seed {
	char text[FAIR_CLIENT_SEED_MAX + 1];
};

/* A member's first seed, before they choose one: 16 random characters. */
struct fair_member_seed fair_member_seed_make(struct draws *draws);

/* A game's numbers. The member seeds are borrowed until the last draw. */
struct fair_draws {
	struct draws draws; /* for the rules */
	struct fair_seed seed;
	const char *const *members; /* valid member seeds, in the order of the players */
	size_t member_count; /* from 1 */
	uint64_t nonce;
	uint64_t block; /* the next one */
	uint32_t words[8]; /* of the block before */
	int words_left;
};

/* From the first word on. The seed is copied; pass &out->draws to the rules. */
void fair_draws_start(struct fair_draws *out, const struct fair_seed *seed,
	const char *const *members, size_t member_count, uint64_t nonce);

/* Wipes the seed. */
void fair_draws_end(struct fair_draws *draws);

/* The formula of verifiable draws. */
#include "besace/domain/fair.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#define WORDS ((int)ARRAY_LEN(((struct fair_draws *)NULL)->words))
_Static_assert(ARRAY_LEN(((struct fair_draws *)NULL)->words) * 4 == crypto_auth_hmacsha256_BYTES,
	"a block is one HMAC");
_Static_assert(FAIR_SEED_BYTES == crypto_auth_hmacsha256_KEYBYTES, "the seed is the key");

static const char alphabet[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";

#define MEMBER_SEED_AT_FIRST 16

void fair_seed_make(struct fair_seed *out)
{
	randombytes_buf(out->bytes, sizeof(out->bytes));
}

static struct fair_hex show(const unsigned char bytes[FAIR_SEED_BYTES])
{
	struct fair_hex hex;
	sodium_bin2hex(hex.text, sizeof(hex.text), bytes, FAIR_SEED_BYTES);
	return hex;
}

struct fair_hex fair_seed_show(const struct fair_seed *seed)
{
	return show(seed->bytes);
}

bool fair_seed_read(const char *text, struct fair_seed *out)
{
	struct fair_seed seed;
	size_t length = strnlen(text, FAIR_HEX_ROOM), bytes;
	if (length != FAIR_HEX_ROOM - 1 || sodium_hex2bin(seed.bytes, sizeof(seed.bytes), text,
						   length, NULL, &bytes, NULL) != 0)
		return false;
	*out = seed;
	return true;
}

static void commit(const struct fair_seed *seed, unsigned char out[crypto_hash_sha256_BYTES])
{
	crypto_hash_sha256(out, seed->bytes, sizeof(seed->bytes));
}

struct fair_hex fair_commit(const struct fair_seed *seed)
{
	unsigned char hash[crypto_hash_sha256_BYTES];
	commit(seed, hash);
	return show(hash);
}

bool fair_matches(const struct fair_seed *seed, const char *commitment)
{
	struct fair_seed given; /* a hash has the size of a seed */
	unsigned char hash[crypto_hash_sha256_BYTES];
	commit(seed, hash);
	return fair_seed_read(commitment, &given) && memcmp(given.bytes, hash, sizeof(hash)) == 0;
}

bool fair_member_seed_valid(const char *text)
{
	size_t length = strspn(text, alphabet);
	return length >= 1 && length <= FAIR_CLIENT_SEED_MAX && text[length] == '\0';
}

struct fair_member_seed fair_member_seed_make(struct draws *draws)
{
	struct fair_member_seed seed = {0};
	for (int i = 0; i < MEMBER_SEED_AT_FIRST; i++)
		seed.text[i] = alphabet[draws_below(draws, sizeof(alphabet) - 1)];
	return seed;
}

static void mix(crypto_auth_hmacsha256_state *state, const char *text)
{
	crypto_auth_hmacsha256_update(state, (const unsigned char *)text, strlen(text));
}

static void compute_block(struct fair_draws *draws, unsigned char out[crypto_auth_hmacsha256_BYTES])
{
	char numbers[48]; /* two numbers of at most 20 digits, two colons */
	snprintf(numbers, sizeof(numbers), ":%" PRIu64 ":%" PRIu64, draws->nonce, draws->block);
	crypto_auth_hmacsha256_state state;
	crypto_auth_hmacsha256_init(&state, draws->seed.bytes, sizeof(draws->seed.bytes));
	mix(&state, "besace:1:");
	for (size_t i = 0; i < draws->member_count; i++) {
		mix(&state, i > 0 ? "+" : "");
		mix(&state, draws->members[i]);
	}
	mix(&state, numbers);
	crypto_auth_hmacsha256_final(&state, out);
	sodium_memzero(&state, sizeof(state));
}

static void fill_words(struct fair_draws *draws)
{
	unsigned char bytes[crypto_auth_hmacsha256_BYTES];
	compute_block(draws, bytes);
	for (int i = 0; i < WORDS; i++)
		draws->words[i] = (uint32_t)bytes[4 * i] << 24 | (uint32_t)bytes[4 * i + 1] << 16 |
				  (uint32_t)bytes[4 * i + 2] << 8 | bytes[4 * i + 3];
	draws->block++;
	draws->words_left = WORDS;
}

static uint32_t next_word(struct fair_draws *draws)
{
	if (draws->words_left == 0)
		fill_words(draws);
	return draws->words[WORDS - draws->words_left--];
}

static uint32_t below_fairly(struct draws *base, uint32_t bound)
{
	struct fair_draws *draws = (struct fair_draws *)base;
	/* The words from here on would make the first numbers likelier than the last. */
	uint64_t end = (UINT64_C(1) << 32) / bound * bound;
	uint32_t word;
	do
		word = next_word(draws);
	while (word >= end);
	return word % bound;
}

void fair_draws_start(struct fair_draws *out, const struct fair_seed *seed,
	const char *const *members, size_t member_count, uint64_t nonce)
{
	*out = (struct fair_draws){.draws = {below_fairly},
		.seed = *seed,
		.members = members,
		.member_count = member_count,
		.nonce = nonce};
}

void fair_draws_end(struct fair_draws *draws)
{
	sodium_memzero(draws, sizeof(*draws));
}

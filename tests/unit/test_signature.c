/* Signatures as Discord makes them. */
#include "unit.h"

#include <sodium.h>
#include <string.h>

#include "besace/discord/signature.h"

#define NOW 1800000000
#define SKEW 300
#define BODY "{\"type\":1}"

struct signer {
	struct public_key key;
	unsigned char secret[crypto_sign_SECRETKEYBYTES];
	char signature[129], timestamp[21];
	unsigned char block[SIGNATURE_HEADROOM + 64];
	size_t length;
};

static void sign(struct signer *signer, int64_t at)
{
	signature_make(
		signer->secret, BODY, strlen(BODY), at, signer->signature, signer->timestamp);
}

/* A signer with a key of its own, BODY signed at NOW. */
static struct signer *signer_new(void *ctx)
{
	assert_true(sodium_init() >= 0);
	struct signer *signer = talloc_zero(ctx, struct signer);
	crypto_sign_keypair(signer->key.bytes, signer->secret);
	signer->length = strlen(BODY);
	sign(signer, NOW);
	return signer;
}

static enum signature check_with(struct signer *signer, const struct public_key *keys, size_t count)
{
	memcpy(signer->block + SIGNATURE_HEADROOM, BODY, strlen(BODY));
	return signature_check(keys, count, signer->signature, signer->timestamp,
		signer->block + SIGNATURE_HEADROOM, signer->length, NOW, SKEW);
}

static enum signature check(struct signer *signer)
{
	return check_with(signer, &signer->key, 1);
}

static void what_was_signed_is_good(void **state)
{
	assert_int_equal(check(signer_new(*state)), SIGNATURE_GOOD);
}

static void upper_case_digits_are_hexadecimal_too(void **state)
{
	struct signer *signer = signer_new(*state);
	for (char *c = signer->signature; *c; c++)
		*c = (char)(*c >= 'a' ? *c - 'a' + 'A' : *c);
	assert_int_equal(check(signer), SIGNATURE_GOOD);
}

static void another_body_is_wrong(void **state)
{
	struct signer *signer = signer_new(*state);
	signer->length--;
	assert_int_equal(check(signer), SIGNATURE_WRONG);
	signer->length = 0;
	assert_int_equal(check(signer), SIGNATURE_WRONG);
}

static void another_timestamp_is_wrong(void **state)
{
	struct signer *signer = signer_new(*state);
	strcpy(signer->timestamp, "1800000001");
	assert_int_equal(check(signer), SIGNATURE_WRONG);
}

static void another_key_is_wrong(void **state)
{
	struct signer *signer = signer_new(*state), *other = signer_new(*state);
	assert_int_equal(check_with(signer, &other->key, 1), SIGNATURE_WRONG);
	assert_int_equal(check_with(signer, &other->key, 0), SIGNATURE_WRONG);
}

static void any_key_of_a_rotation_is_good(void **state)
{
	struct signer *old = signer_new(*state), *new = signer_new(*state);
	struct public_key keys[] = {old->key, new->key};
	assert_int_equal(check_with(old, keys, 2), SIGNATURE_GOOD);
	assert_int_equal(check_with(new, keys, 2), SIGNATURE_GOOD);
}

static void every_flipped_bit_is_wrong(void **state)
{
	struct signer *signer = signer_new(*state);
	char good[129];
	memcpy(good, signer->signature, sizeof(good));
	for (size_t i = 0; i < 128; i++) {
		memcpy(signer->signature, good, sizeof(good));
		signer->signature[i] = good[i] == '0' ? '1' : '0';
		assert_int_equal(check(signer), SIGNATURE_WRONG);
	}
}

static void the_skew_is_allowed_and_not_a_second_more(void **state)
{
	struct signer *signer = signer_new(*state);
	static const struct {
		int64_t off;
		enum signature verdict;
	} rows[] = {{-SKEW, SIGNATURE_GOOD}, {SKEW, SIGNATURE_GOOD}, {-SKEW - 1, SIGNATURE_STALE},
		{SKEW + 1, SIGNATURE_STALE}, {-NOW, SIGNATURE_STALE}};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		sign(signer, NOW + rows[i].off);
		assert_int_equal(check(signer), rows[i].verdict);
	}
}

static void headers_of_another_form_are_malformed(void **state)
{
	static const char *const stamps[] = {"", " 1800000000", "1800000000 ", "+1800000000",
		"-1800000000", "1800000000.0", "18e8", "0x6b49d200", "1800000000\n",
		"1800000000000", "１８０００００００0"};
	for (size_t i = 0; i < ARRAY_LEN(stamps); i++) {
		struct signer *signer = signer_new(*state);
		memcpy(signer->timestamp, stamps[i], strnlen(stamps[i], 20) + 1);
		signer->timestamp[20] = '\0';
		assert_int_equal(check(signer), SIGNATURE_MALFORMED);
	}
	struct signer *signer = signer_new(*state);
	signer->signature[127] = '\0';
	assert_int_equal(check(signer), SIGNATURE_MALFORMED);
	memset(signer->signature, 'g', 128);
	assert_int_equal(check(signer), SIGNATURE_MALFORMED);
	signer->signature[0] = '\0';
	assert_int_equal(check(signer), SIGNATURE_MALFORMED);
}

static void a_signature_with_one_more_digit_is_malformed(void **state)
{
	struct signer *signer = signer_new(*state);
	char *longer = talloc_asprintf(*state, "%s0", signer->signature);
	assert_int_equal(signature_check(&signer->key, 1, longer, signer->timestamp,
				 signer->block + SIGNATURE_HEADROOM, signer->length, NOW, SKEW),
		SIGNATURE_MALFORMED);
	longer = talloc_asprintf(*state, "%.126s:0", signer->signature);
	assert_int_equal(signature_check(&signer->key, 1, longer, signer->timestamp,
				 signer->block + SIGNATURE_HEADROOM, signer->length, NOW, SKEW),
		SIGNATURE_MALFORMED);
}

static void absent_headers_are_malformed(void **state)
{
	struct signer *signer = signer_new(*state);
	unsigned char *body = signer->block + SIGNATURE_HEADROOM;
	assert_int_equal(
		signature_check(&signer->key, 1, NULL, signer->timestamp, body, 1, NOW, SKEW),
		SIGNATURE_MALFORMED);
	assert_int_equal(
		signature_check(&signer->key, 1, signer->signature, NULL, body, 1, NOW, SKEW),
		SIGNATURE_MALFORMED);
}

/* The neutral point verifies anything for itself where a library does not look. */
static void the_signature_of_a_small_order_key_is_wrong(void **state)
{
	struct signer *signer = signer_new(*state);
	struct public_key neutral = {{1}};
	memset(signer->signature, '0', 128);
	signer->signature[1] = '1';
	assert_int_equal(check_with(signer, &neutral, 1), SIGNATURE_WRONG);
	assert_int_equal(check(signer), SIGNATURE_WRONG);
}

static const struct CMUnitTest tests[] = {
	UNIT(what_was_signed_is_good),
	UNIT(upper_case_digits_are_hexadecimal_too),
	UNIT(another_body_is_wrong),
	UNIT(another_timestamp_is_wrong),
	UNIT(another_key_is_wrong),
	UNIT(any_key_of_a_rotation_is_good),
	UNIT(every_flipped_bit_is_wrong),
	UNIT(the_skew_is_allowed_and_not_a_second_more),
	UNIT(headers_of_another_form_are_malformed),
	UNIT(a_signature_with_one_more_digit_is_malformed),
	UNIT(absent_headers_are_malformed),
	UNIT(the_signature_of_a_small_order_key_is_wrong),
};

UNIT_MAIN(tests)

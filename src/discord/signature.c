/* Checking and making Discord's request signatures. */
#include "besace/discord/signature.h"

#include <sodium.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "besace/base/memory.h"

/* The 64 bytes of a signature header: exactly so many digits. */
static bool read_signature(const char *signature, unsigned char out[static crypto_sign_BYTES])
{
	size_t used = 0;
	/* With a NULL end pointer sodium_hex2bin refuses a valid prefix, and the length rules out
	 * fewer digits. */
	return signature && strlen(signature) == 2 * crypto_sign_BYTES &&
	       sodium_hex2bin(out, crypto_sign_BYTES, signature, 2 * crypto_sign_BYTES, NULL, &used,
		       NULL) == 0 &&
	       used == crypto_sign_BYTES;
}

/* How many digits a timestamp header has, 0 when it is none. */
static size_t count_digits(const char *timestamp)
{
	size_t digits = timestamp ? strspn(timestamp, "0123456789") : 0;
	return digits <= SIGNATURE_TIMESTAMP_MAX && digits > 0 && timestamp[digits] == '\0' ? digits
											    : 0;
}

enum signature signature_check_headers(
	const char *signature, const char *timestamp, int64_t now_s, int64_t skew_s)
{
	unsigned char bytes[crypto_sign_BYTES];
	if (!read_signature(signature, bytes) || count_digits(timestamp) == 0)
		return SIGNATURE_MALFORMED;
	int64_t signed_at = strtoll(timestamp, NULL, 10);
	return llabs(now_s - signed_at) > skew_s ? SIGNATURE_STALE : SIGNATURE_GOOD;
}

enum signature signature_check(const struct public_key *keys, size_t count, const char *signature,
	const char *timestamp, unsigned char *body, size_t length, int64_t now_s, int64_t skew_s)
{
	enum signature headers = signature_check_headers(signature, timestamp, now_s, skew_s);
	if (headers != SIGNATURE_GOOD)
		return headers;
	unsigned char bytes[crypto_sign_BYTES];
	size_t digits = count_digits(timestamp);
	unsigned char *message = body - digits;
	memcpy(message, timestamp, digits);
	for (size_t i = 0; read_signature(signature, bytes) && i < count; i++)
		if (crypto_sign_verify_detached(bytes, message, digits + length, keys[i].bytes) ==
			0)
			return SIGNATURE_GOOD;
	return SIGNATURE_WRONG;
}

void signature_make(const unsigned char secret[static 64], const void *body, size_t length,
	int64_t now_s, char out_signature[static 129], char out_timestamp[static 21])
{
	int digits = snprintf(out_timestamp, 21, "%lld", (long long)now_s);
	size_t prefix = (size_t)digits;
	unsigned char *message = must(malloc(prefix + length + 1));
	memcpy(message, out_timestamp, prefix);
	memcpy(message + prefix, body, length);
	unsigned char bytes[crypto_sign_BYTES];
	crypto_sign_detached(bytes, NULL, message, prefix + length, secret);
	free(message);
	sodium_bin2hex(out_signature, 129, bytes, sizeof(bytes));
}

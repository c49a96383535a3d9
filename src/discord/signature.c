/* Checking and making Discord's request signatures. */
#include "besace/discord/signature.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "besace/base/memory.h"

enum signature signature_check(const struct public_key *keys, size_t count, const char *signature,
	const char *timestamp, unsigned char *body, size_t length, int64_t now_s, int64_t skew_s)
{
	unsigned char bytes[crypto_sign_BYTES];
	size_t used = 0;
	/* The whole header must be hex digits: with a NULL end pointer sodium_hex2bin refuses a
	 * valid prefix, and the length rules out fewer digits. */
	if (!signature || !timestamp || strlen(signature) != 2 * sizeof(bytes) ||
		sodium_hex2bin(bytes, sizeof(bytes), signature, 2 * sizeof(bytes), NULL, &used,
			NULL) != 0 ||
		used != sizeof(bytes))
		return SIGNATURE_MALFORMED;
	size_t digits = strspn(timestamp, "0123456789");
	if (digits == 0 || digits > SIGNATURE_TIMESTAMP_MOST || timestamp[digits] != '\0')
		return SIGNATURE_MALFORMED;
	int64_t signed_at = strtoll(timestamp, NULL, 10);
	if (llabs(now_s - signed_at) > skew_s)
		return SIGNATURE_STALE;
	unsigned char *message = body - digits;
	memcpy(message, timestamp, digits);
	for (size_t i = 0; i < count; i++)
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

/*
 * Ed25519 signatures as Discord makes them: over the timestamp header followed at once by the raw
 * body, sent in X-Signature-Ed25519 (128 hex digits) and X-Signature-Timestamp (decimal seconds).
 *
 * The same scheme, with another key, signs what the shim posts to /events.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "besace/base/compiler.h"
#include "besace/base/keys.h"

/* Digits of a timestamp header: 10 today, 11 from the year 2286. */
#define SIGNATURE_TIMESTAMP_MAX 12

/* Bytes that must be free, writable and allocated in front of a body given to signature_check: the
 * timestamp is put there, so that the body is not copied to sit behind it. */
#define SIGNATURE_HEADROOM SIGNATURE_TIMESTAMP_MAX

enum signature {
	SIGNATURE_GOOD,
	SIGNATURE_MALFORMED, /* a header is absent, or not of the exact form */
	SIGNATURE_STALE, /* the timestamp is further than the skew from now */
	SIGNATURE_WRONG, /* no key verifies it */
};

/* What the two headers (NULL when absent) say by themselves: MALFORMED, STALE, or GOOD when a body
 * could go with them. NOW_S and SKEW_S as below. */
MUST_CHECK enum signature signature_check_headers(
	const char *signature, const char *timestamp, int64_t now_s, int64_t skew_s);

/*
 * Checks BODY against the two headers (NULL when absent) with each of COUNT keys. NOW_S is the
 * wall clock in seconds; a timestamp may differ from it by SKEW_S in either direction. Writes the
 * SIGNATURE_HEADROOM bytes before BODY.
 */
MUST_CHECK enum signature signature_check(const struct public_key *keys, size_t count,
	const char *signature, const char *timestamp, unsigned char *body, size_t length,
	int64_t now_s, int64_t skew_s);

/* Signs BODY at NOW_S with a 64-byte Ed25519 secret key (seed, public key); writes both header
 * values as NUL-terminated text. */
void signature_make(const unsigned char secret[static 64], const void *body, size_t length,
	int64_t now_s, char out_signature[static 129], char out_timestamp[static 21]);

/* Posting a signed body, as Discord or the shim does. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "besace/base/compiler.h"
#include "besace/base/status.h"

/* Where to, and signed with what. */
struct http_post {
	const char *url; /* http or https, the route included */
	const char *unix_path; /* connect to this socket instead of the URL's host; or NULL */
	const char *ca_file; /* certificates to trust instead of the system's; or NULL */
	bool insecure; /* accept any certificate; see post_is_local */
	const unsigned char *secret; /* 64 bytes */
	const char *key_id; /* for X-Besace-Key-Id; or NULL */
};

struct posted {
	int http;
	char *body; /* ends with a NUL that is not counted */
	size_t length;
};

/* NULL when URL can be posted to, else what is wrong with it, static. */
const char *post_url_fault(const char *url);

/* Whether the host of URL is this machine: nobody is in between, whatever its certificate. */
bool post_is_local(const char *url);

/*
 * Signs BODY with the time of now, posts it, waits for the answer; *out is on CTX. STATUS_FAILED
 * with a sentence when none came.
 */
MUST_CHECK enum status post_send(void *ctx, const struct http_post *post, const char *body,
	size_t length, struct posted *out, char **out_why);

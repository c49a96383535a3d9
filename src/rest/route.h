/*
 * Routes: templates of paths, such as "/webhooks/{application}/{token}/messages/@original".
 *
 * A template is written in the source and safe to log; the path made of it is not when it holds a
 * token. A route with a part called {token} needs no Authorization: the token is the authority.
 */
#pragma once

#include <stdbool.h>

#include "besace/base/compiler.h"
#include "besace/base/status.h"

/* Bytes of a whole path with its token percent-encoded. */
#define ROUTE_MAX_PATH 8192

/*
 * Puts PARAMS, in order, for the {parts} of ROUTE, percent-encoded, into *out_path, and the
 * top-level resource that Discord counts apart (channel, guild, webhook with its token, or "")
 * into *out_major; both on CTX. STATUS_INVALID when a param is missing or too many, empty, longer
 * than a token, not printable ASCII, or would change the path's shape ("." and "..").
 */
MUST_CHECK enum status route_expand(
	void *ctx, const char *route, const char *const *params, char **out_path, char **out_major);

/* Whether a {token} in the path is the authority. */
bool route_has_token(const char *route);

/* TEXT on CTX, with everything but RFC 3986's unreserved characters percent-encoded. */
char *route_encode(void *ctx, const char *text);

/*
 * Discord's zlib-stream: one zlib stream over the life of a connection, cut into payloads that
 * each end with 00 00 FF FF, wherever WebSocket messages begin and end.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "besace/base/compiler.h"
#include "besace/base/status.h"

/* One frame of the Gateway, compressed or not. GUILD_CREATE of the largest servers takes a few MiB.
 */
#define INFLATE_MAX_FRAME (16u * 1024u * 1024u)

struct inflater;

/* MAX_BYTES bounds a payload, compressed or not (INFLATE_MAX_FRAME). */
struct inflater *inflater_create(size_t max_bytes);
void inflater_destroy(struct inflater **inflater);

/* Adds received bytes. STATUS_TOO_LARGE above the bound: the connection is of no more use. */
MUST_CHECK enum status inflater_add(struct inflater *inflater, const void *bytes, size_t length);

/* Whether what was added ends a payload: to be asked at the end of a WebSocket message. */
bool inflater_complete(const struct inflater *inflater);

/*
 * Inflates what was added. The text is the caller's, to be freed, with a NUL behind it.
 * STATUS_INVALID for bytes that are no such stream, STATUS_TOO_LARGE above the bound; both end the
 * stream for good.
 */
MUST_CHECK enum status inflater_take(
	struct inflater *inflater, char **out_text, size_t *out_length);

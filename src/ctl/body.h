/* The body that an argument names: the text itself, standard input, or a file. */
#pragma once

#include <stddef.h>

#include "besace/base/compiler.h"
#include "besace/base/status.h"

/* The most that is signed: twice what /events takes, so that refusals can be tried. */
#define BODY_MAX (8u * 1024u * 1024u)

/*
 * Reads the body that OPERAND names, on CTX: "-" is standard input, "@FILE" a file, all else the
 * text itself. Bytes are taken as they are. STATUS_FAILED or STATUS_TOO_LARGE with a sentence.
 */
MUST_CHECK enum status body_read(
	void *ctx, const char *operand, char **out, size_t *out_length, char **out_why);

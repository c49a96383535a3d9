/*
 * Key files: an Ed25519 secret as 128 hexadecimal digits, the seed followed by the public key, and
 * a newline. The form that BESACE_EVENT_SECRET_KEY_FILE names.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "besace/base/compiler.h"
#include "besace/base/status.h"

/* Digits of a public key, with the final NUL. */
#define KEYFILE_PUBLIC_HEX 65

/*
 * Makes a key pair and writes it to a new file PATH of mode 0600, safe on disk when this returns;
 * its public half goes to OUT_PUBLIC. STATUS_FAILED with a sentence on CTX, and no file left, when
 * PATH exists or cannot be written.
 */
MUST_CHECK enum status keyfile_create(
	void *ctx, const char *path, char out_public[static KEYFILE_PUBLIC_HEX], char **out_why);

/* The digits of a key for BESACE_LINK_KEY, with the final NUL. */
#define KEYFILE_LINK_HEX 65

/* Makes such a key. */
void keyfile_link_key(char out_digits[static KEYFILE_LINK_HEX]);

/* Makes one and writes it to a new file, as keyfile_create does. */
MUST_CHECK enum status keyfile_create_link(void *ctx, const char *path, char **out_why);

/* Writes LENGTH bytes to a new file PATH of mode 0600, as keyfile_create does. */
MUST_CHECK enum status keyfile_write(
	void *ctx, const char *path, const char *bytes, size_t length, char **out_why);

/* Reads PATH into 64 bytes of guarded memory, to be given back to sodium_free. *out_exposed says
 * that other users can read the file too. NULL with a sentence on CTX otherwise. */
unsigned char *keyfile_read(void *ctx, const char *path, bool *out_exposed, char **out_why);

/* The same for a subcommand: says on standard error what is wrong, or that others can read it. */
unsigned char *keyfile_open(void *ctx, const char *path);

/*
 * The bytes of a file that is imported: read once, hashed on the way, told apart from what is no
 * text at all.
 */
#pragma once

#include <sodium.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "besace/base/compiler.h"
#include "besace/base/status.h"

/* Bytes that are read at once. */
#define INPUT_CHUNK 65536

struct input {
	const char *name; /* for messages */
	int fd; /* -1: BYTES are all */
	const char *bytes;
	size_t bytes_left;
	crypto_hash_sha256_state *hash; /* gets every byte; NULL: nothing does */
	const atomic_int *interrupted; /* reading ends when it is set; NULL: never */
	uint64_t read; /* so far */
	char *ahead; /* what input_peek has read, until it is read; NULL: nothing */
	size_t ahead_length;
};

/* Opens the file NAME; "-" is standard input. STATUS_FAILED with a sentence. */
MUST_CHECK enum status input_open(void *ctx, const char *name, struct input *out, char **out_why);
void input_of_bytes(const char *name, const char *bytes, size_t length, struct input *out);
void input_close(struct input *input);

/*
 * Reads up to SIZE bytes, INPUT_CHUNK or more, into BUFFER; *out_got is 0 at the end. A mark of
 * UTF-8 at the beginning is left out. STATUS_INVALID for what is no text: UTF-16, an archive, a web
 * page, an empty file; STATUS_FAILED when it cannot be read; STATUS_UNAVAILABLE when interrupted.
 * Each with a sentence.
 */
MUST_CHECK enum status input_read(
	void *ctx, struct input *input, char *buffer, size_t size, size_t *out_got, char **out_why);

/* The bytes that input_read will return first, and what it would say. They stay with CTX. */
MUST_CHECK enum status input_peek(
	void *ctx, struct input *input, const char **out, size_t *out_length, char **out_why);

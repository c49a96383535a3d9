/*
 * Sends what the spool holds to the service: batches, signed, one at a time and in order.
 *
 * It is a thread of its own. What the service does not take stays in the spool; only an event that
 * the service refuses alone as too large is set aside in the file `refused` of the spool.
 */
#pragma once

#include <stdint.h>

#include <sodium.h>

#include "besace/base/compiler.h"
#include "besace/rest/discord_clock.h"
#include "lookup.h"
#include "people.h"
#include "spool.h"

struct sender;

/* Texts and objects stay the caller's and must outlive the sender. */
struct sender_options {
	struct spool *spool;
	struct people *people;
	struct lookup *lookup;
	const struct discord_clock *clock; /* of the signatures */
	void (*taken)(void *arg); /* called in the sender's thread when the spool can be tidied */
	void *arg;
	const char *url; /* the service's /events */
	const char *key_id; /* what the service calls our key */
	const unsigned char *secret_key; /* crypto_sign_SECRETKEYBYTES */
	const char *source; /* "0/1" */
};

/* NULL with a sentence on CTX when libcurl or the thread cannot start. */
struct sender *sender_start(void *ctx, const struct sender_options *options, char **out_why);

/* Sends on while the service takes it, until UNTIL_MS (clock_mono_ms) at most, and ends. Takes a
 * pointer to the pointer, accepts NULL in it, leaves NULL. */
void sender_stop(struct sender **sender, int64_t until_ms);

/*
 * Sends what the spool holds to the service: batches, signed, one at a time and in order.
 *
 * It lives on the loop. What the service does not take stays in the spool; only an event that the
 * service refuses alone as too large is set aside in the file `refused` of the spool.
 */
#pragma once

#include <stdint.h>

#include "ask.h"
#include "besace/rest/discord_clock.h"
#include "besace/rest/service.h"
#include "spool.h"

struct sender;

/* Texts and objects stay the caller's and must outlive the sender. */
struct sender_options {
	struct loop *loop;
	struct spool *spool;
	struct guilds *guilds; /* that name users */
	struct ask *ask;
	const struct discord_clock *clock; /* of the signatures */
	struct service_options service;
	void (*taken)(void *arg); /* the spool can be tidied */
	void (*drained)(void *arg); /* what sender_drain asks for is done */
	void *arg;
};

/* NULL when libcurl cannot start. */
struct sender *sender_create(const struct sender_options *options);
/* Takes a pointer to the pointer, accepts NULL in it, leaves NULL. */
void sender_destroy(struct sender **sender);

/* The spool has committed something. */
void sender_wake(struct sender *sender);

/* A question about a user was answered. */
void sender_answered(struct sender *sender);

/* Sends on while the service takes it, until UNTIL_MS (clock_mono_ms) at most; then calls drained
 * once, from the loop or from here, and sends no more. */
void sender_drain(struct sender *sender, int64_t until_ms);

/*
 * The invocation host: takes the bytes of a signed interaction and gives the bytes of its answer,
 * within Discord's three seconds.
 *
 * It reads the interaction, runs its command, makes the database calls that the command asks for,
 * and defers what takes too long: the result is then sent through follow_ups once the deferral has
 * left. It knows nothing of HTTP; whoever carries the bytes gives it a host_request.
 *
 * A host belongs to its loop's thread.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "besace/base/compiler.h"
#include "besace/base/content.h"
#include "besace/base/status.h"
#include "besace/jobs/enquiries.h"
#include "besace/jobs/follow_ups.h"
#include "besace/runtime/config.h"
#include "besace/runtime/loop.h"
#include "besace/store/pool.h"

struct host;
struct invocation_job;

/* The answer to an interaction, called once, perhaps from inside host_take. INVALID: the bytes are
 * no interaction, and the content is a sentence (no JSON) that says why. */
typedef void host_answer_fn(void *arg, enum status status, const struct content *content);

/* One interaction. It lives in its owner's memory until its answer has left (host_left). */
struct host_request {
	void *ctx; /* the answer lives on it */
	const char *bytes;
	size_t length;
	int64_t signed_s; /* the signature's timestamp */
	int64_t started_ms, arrived_us; /* on the mono clock: its first byte, its last */
	host_answer_fn *answer;
	void *arg;

	/* The host's own: what waits for this answer to leave; NULL: nothing. */
	struct invocation_job *job;
};

/* What it points to must outlive the host. ENQUIRIES NULL: Discord is not asked for anything. */
struct host *host_create(struct loop *loop, struct pool *pool, struct follow_ups *follow_ups,
	struct enquiries *enquiries, const struct config *config);

/* Once nothing is pending, or never will be. Accepts NULL in *host. */
void host_destroy(struct host **host);

/* Takes an interaction and answers it, now or later. */
void host_take(struct host *host, struct host_request *request);

/* The answer has left, or cannot leave any more; nothing is known of the request from here on. */
void host_left(struct host_request *request);

/* What is not answered yet, whose result has not been handed on, or what is still to be written
 * into the database. A drain waits until it is 0. */
unsigned host_pending(const struct host *host);

/* The drain's time is over: ends every interaction under way with an apology, and lets none wait
 * for the database from now on. */
void host_give_up(struct host *host);

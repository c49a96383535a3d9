/*
 * The client of the service's /events, from the event loop: signed batches, one at a time, one
 * attempt each. It knows nothing of what an event says.
 */
#pragma once

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "besace/runtime/loop.h"

/* How long the service has to answer: it applies a batch in one transaction, a slow one takes a
 * second or two. */
#define SERVICE_POST_MS 15000

struct service_client;

/* Texts and the key stay the caller's and must outlive the client. */
struct service_options {
	const char *url;
	const char *key_id; /* what the service calls our key */
	const unsigned char *secret_key; /* crypto_sign_SECRETKEYBYTES */
	const char *source; /* of the events, "0/1" */
	const char *user_agent;
};

/* NULL when libcurl cannot start. */
struct service_client *service_create(struct loop *loop, const struct service_options *options);

/* Without a word of a batch that is under way. Takes a pointer to the pointer, accepts NULL in it,
 * leaves NULL. Not from inside a callback. */
void service_destroy(struct service_client **client);

enum service_outcome {
	SERVICE_TAKEN, /* the service accounts for every event of the batch */
	SERVICE_TOO_LARGE, /* it takes smaller batches only */
	SERVICE_AWAY, /* it took nothing, or something in between answered: again, later */
};

/* What came of a batch; borrowed during the call. */
struct service_answer {
	enum service_outcome outcome;
	int http; /* 0: no whole answer came */
	const char *why; /* of AWAY, for the log */
	size_t bytes; /* of the batch */
	int64_t retry_after_ms; /* what the service asks to wait; -1: it does not */
	const json_t *rejected; /* of TAKEN: {"index", "reason"} of each event that was refused */
};

typedef void service_fn(void *arg, const struct service_answer *answer);

/* An event as JSON. */
struct service_event {
	const char *json;
	size_t length;
};

struct service_batch {
	const struct service_event *events;
	size_t count;
	int64_t time_s; /* of the signature, since 1970 */
	service_fn *done; /* called from the loop */
	void *arg;
};

/* Posts a batch, which is copied. Only when none is under way. */
void service_post(struct service_client *client, const struct service_batch *batch);

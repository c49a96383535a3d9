/* One question at a time to Discord's REST API, across threads. */
#include "lookup.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "besace/base/memory.h"
#include "besace/base/snowflake.h"
#include "besace/discord/frame.h"

/* The REST client keeps to the rate limits and tries again for this long; events wait meanwhile. */
#define WITHIN_MS 5000

/* Discord's code for a user that does not exist. Any other 404 says nothing about the user. */
#define UNKNOWN_USER 10013

enum lookup_stage {
	STAGE_IDLE,
	STAGE_ASKED, /* the loop has it; a cancelled question stays here until it is answered */
	STAGE_ANSWERED,
};

struct lookup {
	struct loop *loop;
	struct rest *rest;
	struct people *people;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	enum lookup_stage stage;
	bool cancelled;
	uint64_t id;
	enum status status;
};

struct lookup *lookup_create(struct loop *loop, struct rest *rest, struct people *people)
{
	struct lookup *lookup = must(calloc(1, sizeof(*lookup)));
	lookup->loop = loop;
	lookup->rest = rest;
	lookup->people = people;
	pthread_mutex_init(&lookup->lock, NULL);
	pthread_cond_init(&lookup->changed, NULL);
	return lookup;
}

void lookup_destroy(struct lookup **lookup)
{
	if (!*lookup)
		return;
	pthread_cond_destroy(&(*lookup)->changed);
	pthread_mutex_destroy(&(*lookup)->lock);
	free(*lookup);
	*lookup = NULL;
}

static void answer(struct lookup *lookup, enum status status)
{
	pthread_mutex_lock(&lookup->lock);
	lookup->status = status;
	lookup->stage = STAGE_ANSWERED;
	pthread_cond_signal(&lookup->changed);
	pthread_mutex_unlock(&lookup->lock);
}

static void on_answer(void *arg, const struct rest_answer *reply)
{
	struct lookup *lookup = arg;
	struct frame_user user;
	enum status status = reply->status;
	if (status == STATUS_OK) {
		if (frame_user(reply->body, &user) && frame_number(user.id) == lookup->id)
			people_learn(lookup->people, lookup->id, user.name, user.bot);
		else
			status = STATUS_FAILED;
	} else if (status == STATUS_NOT_FOUND && reply->code != UNKNOWN_USER) {
		status = STATUS_UNAVAILABLE;
	}
	answer(lookup, status);
}

/* In the loop's thread. */
static void ask(void *arg)
{
	struct lookup *lookup = arg;
	char id[SNOWFLAKE_MAX_DIGITS + 1];
	snprintf(id, sizeof(id), "%" PRIu64, lookup->id);
	struct rest_request request = {
		.method = "GET",
		.route = "/users/{user}",
		.params = {id},
		.within_ms = WITHIN_MS,
		.done = on_answer,
		.arg = lookup,
	};
	enum status status = rest_submit(lookup->rest, &request);
	if (status != STATUS_OK)
		answer(lookup, status);
}

/* Asks and waits. False when that was cancelled. */
static bool ask_and_wait(struct lookup *lookup, uint64_t id, enum status *out)
{
	pthread_mutex_lock(&lookup->lock);
	if (lookup->stage != STAGE_ASKED && !lookup->cancelled) {
		lookup->stage = STAGE_ASKED;
		lookup->id = id;
		loop_post(lookup->loop, ask, lookup);
	}
	while (lookup->stage == STAGE_ASKED && !lookup->cancelled)
		pthread_cond_wait(&lookup->changed, &lookup->lock);
	bool answered = lookup->stage == STAGE_ANSWERED;
	if (answered) {
		lookup->stage = STAGE_IDLE;
		*out = lookup->status;
	}
	pthread_mutex_unlock(&lookup->lock);
	return answered;
}

enum status lookup_user(struct lookup *lookup, uint64_t id, struct known_user *out)
{
	enum status status;
	if (!ask_and_wait(lookup, id, &status))
		return STATUS_UNAVAILABLE;
	switch (status) {
	case STATUS_OK:
		return people_find(lookup->people, id, out) ? STATUS_OK : STATUS_UNAVAILABLE;
	case STATUS_NOT_FOUND:
	case STATUS_INVALID:
		return status;
	default: /* also DENIED: with another token, Discord will say */
		return STATUS_UNAVAILABLE;
	}
}

void lookup_cancel(struct lookup *lookup)
{
	pthread_mutex_lock(&lookup->lock);
	lookup->cancelled = true;
	pthread_cond_signal(&lookup->changed);
	pthread_mutex_unlock(&lookup->lock);
}

/*
 * Asking Discord what the Gateway leaves out: which user an id is, and where a channel belongs.
 *
 * One question of each kind at a time, in the loop's thread. What Discord says goes into the
 * tables, also that it does not know: nothing is asked twice. When Discord does not answer within
 * seconds, nothing of that kind is asked for a minute: one event must not hold up all XP.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "besace/rest/client.h"
#include "guilds.h"

struct ask;

/* Everything stays the caller's and must outlive the object. */
struct ask_options {
	struct rest *rest;
	struct guilds *guilds;
	void (*answered)(void *arg); /* the question about a user */
	void (*changed)(void *arg); /* the tables, by an answer */
	void *arg;
};

struct ask *ask_create(const struct ask_options *options);
/* When no question is under way: after the REST client. */
void ask_destroy(struct ask **ask);

/* Whether Discord may be asked about users at the moment. */
bool ask_may_users(const struct ask *ask);

/* Asks about a user; answered is then called, never from here. False when it cannot be asked. */
bool ask_user(struct ask *ask, uint64_t id);

/* Asks about a channel of GUILD, unless another question is under way: a later event asks again.
 */
void ask_channel(struct ask *ask, uint64_t guild, uint64_t channel);

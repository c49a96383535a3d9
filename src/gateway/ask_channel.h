/*
 * Asking Discord where a thread or channel belongs that nothing has named yet: once each, one at a
 * time, in the loop's thread. Events do not wait for it.
 */
#pragma once

#include <stdint.h>

#include "besace/rest/client.h"
#include "guilds.h"

struct ask_channel {
	struct rest *rest;
	struct guilds *guilds;
	void (*changed)(void *arg); /* the guilds have something to commit */
	void *arg;
	uint64_t guild, channel; /* asked for now; 0: none */
	int64_t silent_until_ms; /* Discord did not answer: until then nothing is asked for */
};

/* Asks about CHANNEL, unless another question is under way: a later event asks again. */
void ask_channel(struct ask_channel *ask, uint64_t guild, uint64_t channel);

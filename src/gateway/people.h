/*
 * Who is who: names of users seen on the Gateway, and whether they are bots.
 *
 * A reaction names the author of the message by id only; the service wants a name and must not
 * hear of bots. The memory is bounded: of those that share a place, who was not seen for longest
 * is forgotten. Any thread may use it.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "besace/base/limits.h"

struct people;

struct person {
	char name[4 * LIMIT_USERNAME_CHARS + 1];
	bool bot;
};

struct people *people_create(void);
void people_destroy(struct people **people);

/* Remembers or refreshes a user. NAME is copied, cut to LIMIT_USERNAME_CHARS characters. */
void people_learn(struct people *people, uint64_t id, const char *name, bool bot);

/* False when ID is not known (any more). */
bool people_find(struct people *people, uint64_t id, struct person *out);

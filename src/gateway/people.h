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

/* Characters of a name: the service refuses an event with a longer one, its column is VARCHAR(255).
 */
#define PEOPLE_MAX_NAME 255

/* Users whose names are known: 16,384 sets of four, about 4 MiB with names. */
#define PEOPLE_MAX_SETS 16384u
#define PEOPLE_MAX_WAYS 4u

struct people;

struct known_user {
	char name[4 * PEOPLE_MAX_NAME + 1];
	bool bot;
};

struct people *people_create(void);
void people_destroy(struct people **people);

/* Remembers or refreshes a user. NAME is copied, cut to PEOPLE_MAX_NAME characters. */
void people_learn(struct people *people, uint64_t id, const char *name, bool bot);

/* False when ID is not known (any more). */
bool people_find(struct people *people, uint64_t id, struct known_user *out);

/* The bounded memory of users, a set-associative table. */
#include "people.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "besace/base/memory.h"
#include "besace/base/utf8.h"

struct place {
	uint64_t id; /* 0: free */
	char *name;
	uint32_t seen; /* on the table's own clock, which counts uses */
	bool bot;
};

struct people {
	pthread_mutex_t lock;
	uint32_t clock;
	struct place *sets[PEOPLE_MAX_SETS]; /* each PEOPLE_MAX_WAYS places, NULL: not used yet */
};

struct people *people_create(void)
{
	struct people *people = must(calloc(1, sizeof(*people)));
	pthread_mutex_init(&people->lock, NULL);
	return people;
}

void people_destroy(struct people **handle)
{
	struct people *people = *handle;
	if (!people)
		return;
	for (size_t i = 0; i < PEOPLE_MAX_SETS; i++) {
		struct place *set = people->sets[i];
		for (size_t way = 0; set && way < PEOPLE_MAX_WAYS; way++)
			free(set[way].name);
		free(set);
	}
	pthread_mutex_destroy(&people->lock);
	free(people);
	*handle = NULL;
}

/* The low 22 bits of a snowflake hardly vary, its high ones are the time: mix them all. */
static struct place **set_of(struct people *people, uint64_t id)
{
	return &people->sets[((id * 0x9E3779B97F4A7C15u) >> 40) % PEOPLE_MAX_SETS];
}

static struct place *find(struct people *people, uint64_t id)
{
	struct place *set = *set_of(people, id);
	for (size_t way = 0; set && way < PEOPLE_MAX_WAYS; way++)
		if (set[way].id == id)
			return &set[way];
	return NULL;
}

/* A free place for ID, or that of whoever was not seen for longest. */
static struct place *make_room(struct people *people, uint64_t id)
{
	struct place **held = set_of(people, id);
	if (!*held)
		*held = must(calloc(PEOPLE_MAX_WAYS, sizeof(**held)));
	struct place *set = *held, *oldest = set;
	for (size_t way = 0; way < PEOPLE_MAX_WAYS; way++) {
		if (set[way].id == 0)
			return &set[way];
		/* Ages, not times: the clock may wrap. */
		if (people->clock - set[way].seen > people->clock - oldest->seen)
			oldest = &set[way];
	}
	return oldest;
}

void people_learn(struct people *people, uint64_t id, const char *name, bool bot)
{
	size_t length = utf8_prefix(name, PEOPLE_MAX_NAME);
	pthread_mutex_lock(&people->lock);
	struct place *place = find(people, id);
	if (!place)
		place = make_room(people, id);
	if (!place->name || strncmp(place->name, name, length) != 0 ||
		place->name[length] != '\0') {
		free(place->name);
		place->name = must(strndup(name, length));
	}
	place->id = id;
	place->bot = bot;
	place->seen = ++people->clock;
	pthread_mutex_unlock(&people->lock);
}

bool people_find(struct people *people, uint64_t id, struct known_user *out)
{
	pthread_mutex_lock(&people->lock);
	struct place *place = id ? find(people, id) : NULL;
	if (place) {
		place->seen = ++people->clock;
		out->bot = place->bot;
		strncpy(out->name, place->name, sizeof(out->name) - 1);
		out->name[sizeof(out->name) - 1] = '\0';
	}
	pthread_mutex_unlock(&people->lock);
	return place != NULL;
}

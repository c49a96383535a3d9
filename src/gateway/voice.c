/* The voice cache: guilds sorted by id, in each its members sorted by id, names in one blob. */
#include "voice.h"

#include <stdlib.h>
#include <string.h>

#include "besace/base/limits.h"
#include "besace/base/memory.h"
#include "besace/base/utf8.h"
#include "bounds.h"

struct seat {
	uint64_t user, channel;
	uint32_t name; /* offset into the guild's names */
	bool deaf, mute;
};

struct guild {
	uint64_t id, afk;
	struct seat *seats;
	char *names;
	uint32_t seats_used, seats_size;
	uint32_t names_used, names_size, names_waste; /* waste: bytes that no seat points to */
};

struct voice {
	struct guild *guilds;
	size_t used, size, total;
};

struct voice *voice_create(void)
{
	return must(calloc(1, sizeof(struct voice)));
}

static void guild_empty(struct voice *voice, struct guild *guild)
{
	voice->total -= guild->seats_used;
	free(guild->seats);
	free(guild->names);
	*guild = (struct guild){.id = guild->id};
}

void voice_clear(struct voice *voice)
{
	for (size_t i = 0; i < voice->used; i++)
		guild_empty(voice, &voice->guilds[i]);
	voice->used = 0;
}

void voice_destroy(struct voice **handle)
{
	if (!*handle)
		return;
	voice_clear(*handle);
	free((*handle)->guilds);
	free(*handle);
	*handle = NULL;
}

/* The first place whose guild is ID or above. */
static size_t guild_place(const struct voice *voice, uint64_t id)
{
	size_t low = 0, high = voice->used;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (voice->guilds[middle].id < id)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static struct guild *guild_find(const struct voice *voice, uint64_t id)
{
	size_t place = guild_place(voice, id);
	return place < voice->used && voice->guilds[place].id == id ? &voice->guilds[place] : NULL;
}

/* NULL above LIMIT_GUILDS. */
static struct guild *guild_make(struct voice *voice, uint64_t id)
{
	size_t place = guild_place(voice, id);
	if (place < voice->used && voice->guilds[place].id == id)
		return &voice->guilds[place];
	if (voice->used == LIMIT_GUILDS)
		return NULL;
	if (voice->used == voice->size) {
		voice->size = voice->size ? voice->size * 2 : 16;
		voice->guilds =
			must(reallocarray(voice->guilds, voice->size, sizeof(*voice->guilds)));
	}
	struct guild *guild = &voice->guilds[place];
	memmove(guild + 1, guild, (voice->used - place) * sizeof(*guild));
	*guild = (struct guild){.id = id};
	voice->used++;
	return guild;
}

enum status voice_guild_reset(struct voice *voice, uint64_t id, uint64_t afk, size_t members)
{
	struct guild *guild = guild_make(voice, id);
	if (!guild)
		return STATUS_TOO_LARGE;
	guild_empty(voice, guild);
	guild->afk = afk;
	if (members > LIMIT_VOICE_STATES)
		members = LIMIT_VOICE_STATES;
	if (members > 0) {
		guild->seats_size = (uint32_t)members;
		guild->seats = must(reallocarray(NULL, members, sizeof(*guild->seats)));
	}
	return STATUS_OK;
}

void voice_guild_remove(struct voice *voice, uint64_t id)
{
	struct guild *guild = guild_find(voice, id);
	if (!guild)
		return;
	guild_empty(voice, guild);
	size_t after = (size_t)(voice->guilds + voice->used - (guild + 1));
	memmove(guild, guild + 1, after * sizeof(*guild));
	voice->used--;
}

bool voice_guild_known(const struct voice *voice, uint64_t id)
{
	return guild_find(voice, id) != NULL;
}

uint64_t voice_afk(const struct voice *voice, uint64_t id)
{
	const struct guild *guild = guild_find(voice, id);
	return guild ? guild->afk : 0;
}

void voice_set_afk(struct voice *voice, uint64_t id, uint64_t afk)
{
	struct guild *guild = guild_find(voice, id);
	if (guild)
		guild->afk = afk;
}

/* The first place whose seat is of USER or above. */
static uint32_t seat_place(const struct guild *guild, uint64_t user)
{
	uint32_t low = 0, high = guild->seats_used;
	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		if (guild->seats[middle].user < user)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static struct seat *seat_find(const struct guild *guild, uint64_t user)
{
	uint32_t place = seat_place(guild, user);
	return place < guild->seats_used && guild->seats[place].user == user ? &guild->seats[place]
									     : NULL;
}

/* Little slack: with a million seats, doubling would cost more than the names. */
static uint32_t roomier(uint32_t need)
{
	return need + need / 16 + 4;
}

/* Copies the names that are in use into a new blob. */
static void names_compact(struct guild *guild, uint32_t more)
{
	uint32_t size = roomier(guild->names_used - guild->names_waste + more), used = 0;
	char *names = must(malloc(size));
	for (uint32_t i = 0; i < guild->seats_used; i++) {
		const char *name = guild->names + guild->seats[i].name;
		size_t length = strlen(name) + 1;
		memcpy(names + used, name, length);
		guild->seats[i].name = used;
		used += (uint32_t)length;
	}
	free(guild->names);
	guild->names = names;
	guild->names_used = used;
	guild->names_size = size;
	guild->names_waste = 0;
}

static uint32_t names_add(struct guild *guild, const char *name)
{
	uint32_t length = (uint32_t)utf8_prefix(name, LIMIT_USERNAME_CHARS);
	if (guild->names_waste > guild->names_used / 2)
		names_compact(guild, length + 1);
	if (guild->names_used + length + 1 > guild->names_size) {
		guild->names_size = roomier(guild->names_used + length + 1);
		guild->names = must(realloc(guild->names, guild->names_size));
	}
	uint32_t place = guild->names_used;
	memcpy(guild->names + place, name, length);
	guild->names[place + length] = '\0';
	guild->names_used += length + 1;
	return place;
}

static void seat_rename(struct guild *guild, struct seat *seat, const char *name)
{
	const char *old = guild->names + seat->name;
	if (strcmp(old, name) == 0)
		return;
	guild->names_waste += (uint32_t)strlen(old) + 1;
	seat->name = guild->names_used; /* an empty text for names_compact, if it comes to that */
	if (guild->names_used == guild->names_size) {
		guild->names_size = roomier(guild->names_used + 1);
		guild->names = must(realloc(guild->names, guild->names_size));
	}
	guild->names[guild->names_used++] = '\0';
	guild->names_waste++;
	seat->name = names_add(guild, name);
}

static struct seat *seat_make(struct guild *guild, const struct voice_member *member)
{
	if (guild->seats_used == guild->seats_size) {
		guild->seats_size = roomier(guild->seats_used);
		guild->seats =
			must(reallocarray(guild->seats, guild->seats_size, sizeof(*guild->seats)));
	}
	uint32_t name = names_add(guild, member->name);
	uint32_t place = seat_place(guild, member->user);
	struct seat *seat = &guild->seats[place];
	memmove(seat + 1, seat, (guild->seats_used - place) * sizeof(*seat));
	guild->seats_used++;
	*seat = (struct seat){.user = member->user, .name = name};
	return seat;
}

enum status voice_set(struct voice *voice, uint64_t id, const struct voice_member *member)
{
	struct guild *guild = guild_make(voice, id);
	if (!guild)
		return STATUS_TOO_LARGE;
	struct seat *seat = seat_find(guild, member->user);
	if (!seat) {
		if (voice->total == LIMIT_VOICE_STATES)
			return STATUS_TOO_LARGE;
		seat = seat_make(guild, member);
		voice->total++;
	} else {
		seat_rename(guild, seat, member->name);
	}
	seat->channel = member->channel;
	seat->deaf = member->deaf;
	seat->mute = member->mute;
	return STATUS_OK;
}

void voice_leave(struct voice *voice, uint64_t id, uint64_t user)
{
	struct guild *guild = guild_find(voice, id);
	struct seat *seat = guild ? seat_find(guild, user) : NULL;
	if (!seat)
		return;
	guild->names_waste += (uint32_t)strlen(guild->names + seat->name) + 1;
	size_t after = (size_t)(guild->seats + guild->seats_used - (seat + 1));
	memmove(seat, seat + 1, after * sizeof(*seat));
	guild->seats_used--;
	voice->total--;
}

static void tell(const struct guild *guild, const struct seat *seat, struct voice_member *out)
{
	*out = (struct voice_member){.user = seat->user,
		.channel = seat->channel,
		.name = guild->names + seat->name,
		.deaf = seat->deaf,
		.mute = seat->mute};
}

bool voice_find(const struct voice *voice, uint64_t id, uint64_t user, struct voice_member *out)
{
	const struct guild *guild = guild_find(voice, id);
	const struct seat *seat = guild ? seat_find(guild, user) : NULL;
	if (!seat)
		return false;
	tell(guild, seat, out);
	return true;
}

size_t voice_guild_count(const struct voice *voice)
{
	return voice->used;
}

uint64_t voice_guild_at(const struct voice *voice, size_t place)
{
	return voice->guilds[place].id;
}

size_t voice_member_count(const struct voice *voice, uint64_t id)
{
	const struct guild *guild = guild_find(voice, id);
	return guild ? guild->seats_used : 0;
}

void voice_member_at(const struct voice *voice, uint64_t id, size_t place, struct voice_member *out)
{
	const struct guild *guild = guild_find(voice, id);
	tell(guild, &guild->seats[place], out);
}

size_t voice_total(const struct voice *voice)
{
	return voice->total;
}

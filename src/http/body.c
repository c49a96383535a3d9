/* Collects bodies. */
#include "body.h"

#include <stdlib.h>
#include <string.h>

#include "besace/base/memory.h"
#include "besace/discord/signature.h"

/* Room for a usual interaction, so that it is allocated once. */
#define FIRST_ROOM (16u * 1024u)

static void uncharge(struct body *body)
{
	if (body->budget)
		atomic_fetch_sub(&body->budget->used, body->charged);
	body->charged = 0;
}

static bool charge(struct body *body, size_t more)
{
	if (atomic_fetch_add(&body->budget->used, more) + more > body->budget->max) {
		atomic_fetch_sub(&body->budget->used, more);
		return false;
	}
	body->charged += more;
	return true;
}

static void grow(struct body *body, size_t room)
{
	unsigned char *start = body->bytes ? body->bytes - SIGNATURE_HEADROOM : NULL;
	start = must(realloc(start, SIGNATURE_HEADROOM + room));
	body->bytes = start + SIGNATURE_HEADROOM;
	body->room = room;
}

/* Twice as much, but no more than the whole body: what did not come yet is not paid for. */
static size_t next_room(const struct body *body, size_t needed, size_t whole)
{
	size_t room = body->room > 0 ? 2 * body->room : FIRST_ROOM;
	if (whole >= needed && room > whole)
		room = whole;
	return room < needed ? needed : room;
}

bool body_append(struct body *body, const void *bytes, size_t length, size_t whole)
{
	size_t needed = body->length + length;
	if (needed > body->room) {
		size_t room = next_room(body, needed, whole);
		if (!charge(body, room - body->room)) {
			body_release(body);
			return false;
		}
		grow(body, room);
	}
	memcpy(body->bytes + body->length, bytes, length);
	body->length = needed;
	return true;
}

void body_complete(struct body *body)
{
	if (!body->bytes)
		grow(body, 0);
}

void body_verified(struct body *body)
{
	uncharge(body);
}

void body_release(struct body *body)
{
	uncharge(body);
	if (body->bytes)
		free(body->bytes - SIGNATURE_HEADROOM);
	body->bytes = NULL;
	body->length = body->room = 0;
}

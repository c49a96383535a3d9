/*
 * Members' pictures, from Discord's CDN alone: fetched by the hash that a card's address carries,
 * bounded in size, kind, pixels and time, and kept for a while.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "besace/domain/card.h"
#include "besace/web/card_picture.h"

struct avatars;

/* How long a picture is in memory, and shown without asking the CDN again: also of a member who was
 * erased since. */
#define AVATARS_KEEP_MS 600000

/* URL is the base of the CDN, without a final slash. Pictures are kept in memory alone, for
 * KEEP_MS: a thread drops what is older, also where nobody asks for any. */
struct avatars *avatars_create(const char *url, int64_t keep_ms);
void avatars_destroy(struct avatars **avatars);

/* Looks for CARD's picture among those kept. False when it must be fetched first; *out_found then
 * says nothing. From any thread. */
bool avatars_look(
	struct avatars *avatars, const struct card *card, bool *out_found, struct face_pixels *out);

/* Keeps FACE, made by malloc, which it takes over, in the place of what was not used for longest.
 * NULL: there is none. */
void avatars_keep(struct avatars *avatars, const struct card *card, struct face_pixels *face);

/* How many pictures are in memory. From any thread. */
int avatars_count(struct avatars *avatars);

/* Fetches and keeps it, or that there is none; waits for the CDN. From any thread. */
void avatars_fetch(struct avatars *avatars, const struct card *card);

/* Reads a PNG of any size within bounds as a face. False when it is none. */
bool avatar_decode(const void *bytes, size_t size, struct face_pixels *out);

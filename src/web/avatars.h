/*
 * Members' pictures, from Discord's CDN alone: fetched by the hash that a card's address carries,
 * bounded in size, kind, pixels and time, and kept for a while.
 */
#pragma once

#include <stdbool.h>

#include "besace/domain/card.h"
#include "besace/web/card_picture.h"

struct avatars;

/* URL is the base of the CDN, without a final slash. */
struct avatars *avatars_create(const char *url);
void avatars_destroy(struct avatars **avatars);

/* Looks for CARD's picture among those kept. False when it must be fetched first; *out_found then
 * says nothing. From any thread. */
bool avatars_look(
	struct avatars *avatars, const struct card *card, bool *out_found, struct face_pixels *out);

/* Fetches and keeps it, or that there is none; waits for the CDN. From any thread. */
void avatars_fetch(struct avatars *avatars, const struct card *card);

/* Reads a PNG of any size within bounds as a face. False when it is none. */
bool avatar_decode(const void *bytes, size_t size, struct face_pixels *out);

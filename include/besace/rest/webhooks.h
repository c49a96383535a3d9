/*
 * Answers that follow an interaction: the token in the path is the authority, for 15 minutes.
 *
 * Each function fills in a request; set done and arg and hand it to rest_submit. What it points to
 * stays the caller's and is needed until then. A message is what Discord takes: content, embeds,
 * components, flags, allowed_mentions.
 */
#pragma once

#include "besace/rest/client.h"

/* Replaces the first answer, or fulfils a deferred one. Safe to repeat. A 404 soon after the
 * inline answer means that Discord has not taken it in yet, and is tried again. */
struct rest_request webhooks_edit_original(
	const char *application_id, const char *token, struct content message);

/* Removes the first answer, or the wait of a deferred one. A 404 soon after the inline answer is
 * tried again as above. */
struct rest_request webhooks_delete_original(const char *application_id, const char *token);

/* Posts one more message; flags 64 make it private. It is not repeated when an attempt may have
 * been done: twice would be worse than not at all. */
struct rest_request webhooks_follow_up(
	const char *application_id, const char *token, struct content message);

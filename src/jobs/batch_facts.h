/*
 * Events that tell of guilds: each becomes the JSON object of its fact, which besace_guild_apply
 * takes. Each returns NULL, or what is wrong as a sentence.
 */
#pragma once

#include "batch_fields.h"

const char *batch_guild_fact(
	const struct batch_reading *reading, const struct node *json, struct event *out);
const char *batch_guilds(
	const struct batch_reading *reading, const struct node *json, struct event *out);
const char *batch_gone(
	const struct batch_reading *reading, const struct node *json, struct event *out);
const char *batch_roles(
	const struct batch_reading *reading, const struct node *json, struct event *out);

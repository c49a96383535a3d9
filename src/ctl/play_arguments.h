/* Arguments of what posts interactions: the address, the key, the member. */
#pragma once

#include "arguments.h"
#include "player.h"
#include "post.h"

/* Who plays when nobody is named, and where: made-up ids. */
#define PLAY_APPLICATION "1400000000000000000"
#define PLAY_GUILD "1400000000000000001"
#define PLAY_MEMBER "1400000000000000042"
#define PLAY_USERNAME "lou"
#define PLAY_LOCALE "fr"

/* As they were given; NULL: not at all. */
struct play_given {
	const char *url, *key, *key_id, *unix_path, *cacert;
	const char *application, *guild, *member, *username, *locale, *guild_locale;
	bool dm, insecure;
};

/* Reads them into *OUT and *OUT_POST, whose secret is left to the caller; faults are added to
 * ARGUMENTS. */
void play_arguments_read(struct arguments *arguments, const struct play_given *given,
	struct play *out, struct http_post *out_post);

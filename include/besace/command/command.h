/*
 * A command: what Discord is told about it, and the two pure steps that answer it.
 *
 * `ask` turns an interaction into one database call (or into a reply that needs none); `answer`
 * turns the rows into a reply. Neither blocks, sees a socket, or knows when it is called again: a
 * call whose outcome got lost is made again, and `answer` renders the same row the same way.
 *
 * To add a command: a file that exports one `const struct command`, its texts in the catalogue,
 * its queries in sql/, a row in registry.c, and its pages in the golden files of the tests.
 */
#pragma once

#include <stddef.h>

#include "besace/discord/interaction.h"
#include "besace/discord/reply.h"
#include "besace/domain/bag.h"
#include "besace/store/call.h"
#include "besace/store/members.h"
#include "besace/text/catalogue.h"

/* What a step leads to. */
enum step {
	STEP_REPLY, /* run->reply is complete */
	STEP_CALL, /* the call was filled in: make it, then go on */
	STEP_STALE, /* from `answer`: somebody is new or renamed; the runner sees to it */
	STEP_BROKEN, /* from `answer`: the rows make no sense; the runner apologises */
};

/* One interaction being answered. Everything in it lives on CTX. */
struct run {
	void *ctx;
	const struct interaction *in;
	int64_t seen_ms; /* when Discord sent it, by its signed timestamp */
	draw_fn *draw; /* randomness */
	const struct command *command;
	struct reply reply;

	/* The runner's own. */
	struct sighting asker; /* who typed or pressed */
	struct sighting who; /* who it is about */
	const struct user *about;
	bool pressed; /* a button, not a command */
	bool touched; /* members_touch was called */
	bool touching;
};

struct command_option {
	enum text name, about;
	enum option_type type;
	bool required;
};

struct command {
	enum command_type type;
	enum text name, about; /* ABOUT of a user command is shown in /aide only */
	const struct command_option *options;
	size_t option_count;
	bool is_private; /* only the one who asks sees the answer, deferred or not */
	enum step (*ask)(struct run *run, struct db_call *out);
	enum step (*answer)(struct run *run, const struct db_rows *rows);

	/* Its buttons: custom ids are "PREFIX:VERSION:…", and the steps are as above. NULL: none.
	 */
	const char *button_prefix;
	enum step (*press_ask)(struct run *run, struct db_call *out);
	enum step (*press_answer)(struct run *run, const struct db_rows *rows);
};

/* All commands; ends with NULL. */
extern const struct command *const commands[];

extern const struct command command_lc;
extern const struct command command_see_balance;
extern const struct command command_niveau;
extern const struct command command_see_level;
extern const struct command command_sac;
extern const struct command command_annonces;
extern const struct command command_aide;

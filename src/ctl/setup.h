/*
 * besacectl setup: what its parts share. Questions are a table (setup.c): each has an option, a
 * prompt, maybe an answer to begin with, and a check that keeps a good answer.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "besace/base/compiler.h"
#include "besace/runtime/config.h"

struct setup {
	void *ctx;
	bool asks; /* at a terminal; else a missing answer is a fault */
	bool offline; /* nothing is asked of Discord and of the database */
	bool replace; /* files that exist are kept under another name */
	const char *folder, *secrets; /* of settings, of secrets: /etc/besace, /etc/credstore */
	const char *api_url;

	/* The answers. */
	const char *token, *application_id, *public_key, *database_url, *guilds, *public_url;
	bool pages, shim;

	/* What Discord said of the application; NULL: nothing. */
	const char *found_id, *found_name, *found_key, *endpoint;
	bool is_public;

	bool is_away; /* a check could not be made: the fault is nobody's answer */
};

/* ---- Answers (setup_checks.c). Each check keeps a good VALUE in its field of SETUP and returns
 * NULL, else a sentence; what is worth knowing beside that is said on standard output. */

char *setup_check_token(struct setup *setup, const char *value);
char *setup_check_application(struct setup *setup, const char *value);
char *setup_check_key(struct setup *setup, const char *value);
char *setup_check_database(struct setup *setup, const char *value);
char *setup_check_guilds(struct setup *setup, const char *value);
char *setup_check_address(struct setup *setup, const char *value);
char *setup_check_pages(struct setup *setup, const char *value);
char *setup_check_shim(struct setup *setup, const char *value);

/* At a terminal: URL with its password, which is asked for when it goes over a network. */
const char *setup_ask_password(struct setup *setup, const char *url);

/* Whether a database URL holds a password. */
bool setup_has_password(const char *url);

/* ---- The terminal (setup_terminal.c) */

/* Whether somebody can be asked. */
bool setup_is_terminal(void);

/* Prints PROMPT and reads a line, without echo when it is a SECRET, without the spaces around it.
 * NULL at the end of the input, or when a signal wants the program to end. */
char *setup_read(void *ctx, const char *prompt, bool secret);

/* ---- Files (setup_files.c) */

/* "FOLDER/NAME" on CTX. */
char *setup_path(void *ctx, const char *folder, const char *name);

/* The names of files that would be replaced, one space between two; NULL: none. */
char *setup_existing(const struct setup *setup);

/* Writes all files and says so. STATUS_FAILED with a sentence; what was written before is named. */
MUST_CHECK enum status setup_write(const struct setup *setup, char **out_why);

/* Where the units find settings, and secrets by themselves (LoadCredential). */
#define SETUP_FOLDER "/etc/besace"
#define SETUP_SECRETS "/etc/credstore"

/* The names below FOLDER and SECRETS. */
#define SETUP_SERVICE_ENV "besace.env"
#define SETUP_GATEWAY_ENV "besace-gateway.env"
#define SETUP_WEB_ENV "besace-web.env"
#define SETUP_TOKEN "besace.discord-bot-token"
#define SETUP_DATABASE "besace.database-url"
#define SETUP_EVENT_KEY "besace.event-secret-key"
#define SETUP_LINK_KEY "besace.link-key"

/* ---- What is next (setup_next.c): prints the commands that lead to the first /sac. */
void setup_print_next(const struct setup *setup);

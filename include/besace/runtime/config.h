/*
 * Settings from the environment: one table of variables, their defaults and meanings.
 *
 * Every fault is reported, not only the first, each naming its variable. A secret X can also be
 * given as X_FILE, the path of a file that holds it (a final newline is dropped); X wins. A path
 * without a slash is one of systemd's credentials, in a unit that has any. An empty variable
 * counts as absent, except where the table says that empty means "off".
 *
 * To add a setting: a field below, a row in src/runtime/config.c, a line in README.md (a test
 * holds the table and the README to each other).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <sodium.h>

#include "besace/base/compiler.h"
#include "besace/base/keys.h"
#include "besace/base/snowflake.h"
#include "besace/base/status.h"
#include "besace/runtime/address.h"
#include "besace/runtime/log.h"

/* Ed25519 public keys of the application accepted at once: a rotation needs two. */
#define CONFIG_MAX_PUBLIC_KEYS 8

/* Keys of shims: one each, and one more for each that is being replaced. */
#define CONFIG_MAX_EVENT_KEYS 256

/* Which program reads a variable; a set of bits. */
enum program { PROGRAM_BESACE = 1, PROGRAM_GATEWAY = 2, PROGRAM_CTL = 4, PROGRAM_WEB = 8 };
#define PROGRAM_ALL (PROGRAM_BESACE | PROGRAM_GATEWAY | PROGRAM_CTL | PROGRAM_WEB)

/* The form of the name of a shim's key: it becomes an HTTP header. */
#define CONFIG_KEY_ID_FORM "must be 1 to 64 letters, digits, '-', '_' or '.'"
bool config_is_key_id(const char *text, size_t length);

/* A key under which events are posted. */
struct event_key {
	char *id;
	char *source; /* that it is bound to; NULL: any */
	struct public_key key;
};

/* Texts are NULL when the variable is absent and has no default. All memory belongs to the
 * context given to config_load. */
struct config {
	char *database_url;
	struct public_key public_keys[CONFIG_MAX_PUBLIC_KEYS];
	size_t public_key_count;
	struct snowflake application_id; /* empty text: absent */
	char *bot_token;
	char *api_url; /* no final slash */
	struct address listen;
	char *tls_cert, *tls_key;
	char *public_url; /* under which besace-web is shown; no final slash; NULL: no pages */
	bool has_link_key;
	unsigned char link_key[32]; /* struct link_key of domain/card.h */
	char *cdn_url; /* of Discord's pictures and files; no final slash */
	bool metrics_on;
	struct address metrics_listen;
	struct event_key event_keys[CONFIG_MAX_EVENT_KEYS];
	size_t event_key_count;
	struct snowflake *guilds; /* that are served; none: all that installed the application */
	size_t guild_count;
	int keep_days; /* of a removed guild's rows; 0: for ever */
	int ledger_days; /* of movements, which are summarised then; 0: for ever */
	int pool_size;
	bool migrate;
	int max_skew_s;
	struct snowflake level_channel_id;
	enum log_level log_level;
	bool log_json;
	char *gateway_url;
	char *events_url;
	char *event_key_id;
	unsigned char event_secret_key[crypto_sign_SECRETKEYBYTES];
	char *spool_dir;
	int shard_id, shard_count;
};

/* Reads a variable: of the environment, or of a test's own table. */
typedef const char *config_getenv(const char *name);
const char *config_environment(const char *name);

/* A check of a value that a higher layer knows better (is it a database URL?). Returns NULL when
 * it is good, else a sentence on CTX that does not repeat a secret. */
struct config_check {
	const char *name;
	char *(*fault)(void *ctx, const char *value);
};

/*
 * Reads the settings of PROGRAM into *out, allocated on CTX. Variables that the program cannot do
 * without are faults when absent. CHECKS ends with a row whose name is NULL; it may be NULL.
 * STATUS_INVALID with one line a fault, "NAME: sentence\n", in *out_faults; *out then holds the
 * settings that are good.
 */
MUST_CHECK enum status config_load(void *ctx, enum program program, config_getenv *get,
	const struct config_check *checks, struct config *out, char **out_faults);

/* Prints the effective settings of PROGRAM, a line each, secrets as "(set)". */
void config_print(enum program program, config_getenv *get, FILE *out);

/* Variables called BESACE_… in ENVIRON that no program knows, probably misspelt; one space between
 * two. NULL when there is none. */
char *config_unknown(void *ctx, char *const *environ);

/* The channel in which level-ups are announced; NULL when they are not: for lack of a channel or of
 * the token to speak in it. */
const char *config_announce_channel(const struct config *config);

/* Reads a file of at most MOST bytes without its final newline, as X_FILE does. NULL with a
 * sentence otherwise. */
char *config_read_file(void *ctx, const char *path, size_t max, char **out_why);

/*
 * An import that is being read: what a source's reader gives its rows, refusals and settings to.
 *
 *	struct entry *entry = entry_begin(importing, line);
 *	entry_id(entry, …);
 *	entry_figure(entry, FIGURE_XP, …);
 *	return entry_end(entry);
 */
#pragma once

#include "besace/movers/import.h"
#include "besace/store/members.h"
#include "input.h"
#include "staging.h"

/* What an entry has not. */
#define FIGURE_ABSENT INT64_C(-1)

struct importing;

/* A member as a source has them. */
struct entry {
	struct importing *importing;
	uint64_t line;
	struct snowflake user; /* empty: no id */
	char username[4 * MEMBER_MAX_NAME + 1]; /* "": none */
	int64_t figures[FIGURE_COUNT];
	bool hidden, bot, left;
	const char *last_message_at, *last_gift_at,
		*created_at; /* UTC, as SQL writes them; or NULL */
	enum refusal refusal; /* the first one */
	enum figure refused; /* the figure, when it is one of a figure */
	char refused_text[80];
};

struct importing {
	void *ctx; /* of the whole import */
	PGconn *conn;
	const struct import_options *options;
	const struct import_listener *listener;
	struct import_result *result;
	struct staging staging;
	struct report *report;
	crypto_hash_sha256_state hash;
	const char *file; /* that is read, for messages */
	struct entry entry;
	uint64_t records; /* rows that were seen in the file */
	char *why; /* of what ended the reading */
};

/* One importer. */
struct mover {
	const char *name, *description;
	bool is_database, wants_curve;
	const char *token_header; /* of its API: "Authorization: "; NULL: it takes no URL */
	int first_page; /* of its API */
	/* Reads INPUT whole; for a database, INPUT is NULL and options->files[0] the URL. A status
	 * other than STATUS_OK comes with importing->why. */
	enum status (*read)(struct importing *importing, struct input *input);
};

extern const struct mover mover_mee6, mover_amari, mover_polaris, mover_lurkr, mover_experienced,
	mover_levelup, mover_tatsu, mover_arcane, mover_unbelievaboat, mover_csv, mover_postgres,
	mover_besace;

/* A new entry, in the room of the last one. */
struct entry *entry_begin(struct importing *importing, uint64_t line);

/* TEXT is NULL for what the source does not have. With more than one fault, the first counts. */
void entry_id(struct entry *entry, const char *text);
void entry_name(struct entry *entry, const char *text);
void entry_figure(struct entry *entry, enum figure figure, const char *text);
/* The same for a source that keeps fractions: they are cut off. */
void entry_figure_cut(struct entry *entry, enum figure figure, const char *text);
void entry_refuse(struct entry *entry, enum refusal refusal, const char *text);

/* Stages the entry or reports why not. STATUS_OK in both cases. */
MUST_CHECK enum status entry_end(struct entry *entry);

/* Reports WHAT of USER ("" or NULL: nobody in particular) at LINE; VALUE may be NULL. */
struct refusal_note {
	enum refusal refusal;
	uint64_t line;
	const char *user, *what, *value;
};
void importing_refuse(struct importing *importing, const struct refusal_note *note);

/* A setting of the source. KEY is NULL when it has no place here; TEXT is for messages. */
void importing_setting(
	struct importing *importing, const char *key, const char *value, const char *text);

/* Role rewards: LEVEL and ROLE as the source writes them. The role is kept beside those of higher
 * levels, unless IS_SINGLE. */
void importing_reward(
	struct importing *importing, const char *level, const char *role, bool is_single);

/* A place or a role that earns FACTOR times as much; 0: nothing. */
void importing_zone(struct importing *importing, const char *id, bool is_role, const char *factor);

/* A setting that is a whole number of MIN to MAX here. */
struct found_range {
	const char *key, *what;
	int64_t min, max,
		divisor; /* of the source's figure: 1000 for milliseconds that are s here */
};
void importing_number(
	struct importing *importing, const struct found_range *range, const char *text);

/* The reason why reading ends, on the import's context; returns STATUS_INVALID. */
enum status importing_invalid(struct importing *importing, const char *format, ...)
	PRINTF_LIKE(2, 3);

/* Every so many rows the listener hears of it. */
void importing_tell(struct importing *importing);

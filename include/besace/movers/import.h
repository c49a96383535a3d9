/*
 * Imports: what another bot has written of a guild's members becomes theirs here, as one batch that
 * can be taken back.
 *
 * A file is read once, row by row, into temporary tables of the database session; what cannot be
 * imported goes to the report, the rest goes on. Then the batch is applied in slices of a thousand
 * members, each a transaction. The batch is known by the SHA-256 of what was read and by the
 * options: the same again is done already, or goes on where it was cut short.
 *
 * Memory does not grow with the file.
 */
#pragma once

#include <libpq-fe.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "besace/base/compiler.h"
#include "besace/base/snowflake.h"
#include "besace/base/status.h"
#include "besace/movers/figure.h"

/* Members of a slice. */
#define IMPORT_SLICE 1000

/* Refusals of a kind that are kept for the plan; all go to the report. */
#define REPORT_LINES_KEPT 10

/* Largest changes that a plan names. */
#define PLAN_LARGEST_MAX 10

/* Settings that are kept of a source; a server has a hundred role rewards at most. */
#define FOUND_SETTINGS_MAX 400

enum import_merge { MERGE_HIGHEST, MERGE_REPLACE, MERGE_ADD };

/* How XP grows with the level at the source, where only the XP inside the level is known. */
enum import_curve { CURVE_NONE, CURVE_LINEAR, CURVE_EXPONENTIAL, CURVE_FLAT };

struct mover;

struct import_options {
	const struct mover *mover;
	const struct snowflake *guild;
	const char *begun_at; /* the file came then, in UTC as SQL writes it; NULL: now */
	const char *actor; /* the member who asks for it; NULL: the operator */
	const char *const *files;
	size_t file_count;
	enum import_merge merge;
	bool by_level, skip_leavers, rewards, dry_run;
	bool keeps_settings; /* none of the source's is made */
	int64_t minimum_level; /* 0: none */
	enum import_curve curve;
	double factor;
	const char *time_zone; /* NULL: UTC */
	const char *report; /* path of the file; NULL: none */
	const char *token; /* with a URL in place of a file; NULL: none */
	bool from_url;
	int64_t page_seconds; /* that a page of the URL may take */
	const atomic_int *interrupted;
};

/* Progress. TOTAL is 0 while nobody knows it. */
enum import_phase { PHASE_READING, PHASE_MEMBERS, PHASE_HISTORY, PHASE_UNDOING };
typedef void import_progress_fn(void *arg, enum import_phase phase, int64_t done, int64_t total);

struct plan_change {
	const char *user, *username;
	int64_t xp, new_xp, balance, new_balance;
};

/* A setting that the source has: what it would be here, or why it does not fit. */
struct found_setting {
	const char *key; /* of besace_settings_set; NULL: it does not fit */
	const char *value; /* JSON */
	const char *text; /* for reading */
	bool is_made; /* nobody has set it here, and nothing refuses it */
};

/* A row that was refused or changed, for who says it in other words. */
struct import_refused {
	int64_t line;
	const char *user, *what, *value; /* of the sentence; NULL: none */
};

/* What ended an import that brought STATUS_INVALID. */
enum import_fault {
	IMPORT_FAULT_OTHER,
	IMPORT_FAULT_SHAPE, /* what was read is not what the source writes */
	IMPORT_FAULT_EMPTY, /* nobody is in it */
	IMPORT_FAULT_REFUSED, /* everybody in it was refused */
	IMPORT_FAULT_OPTION, /* an option's value, which reading found to be none */
	IMPORT_FAULT_UNDOING, /* the same file's batch is being taken back */
};

struct import_result {
	int64_t number; /* of the batch; 0: none was made */
	bool was_done; /* by an earlier call */
	bool was_continued;
	int64_t rows; /* that were read */
	int64_t members, created, changed; /* to be imported; of them */
	int64_t xp, balance; /* what they have more of */
	int64_t ledger, matches; /* rows of history */
	int64_t erased; /* members who were while the batch was applied; refusals have them too */
	bool any_erased; /* since it began: what was read of the others may name them */
	struct plan_change largest[PLAN_LARGEST_MAX];
	int largest_count;
	int64_t refusals[REFUSAL_COUNT];
	const char *refused[REFUSAL_COUNT][REPORT_LINES_KEPT]; /* sentences with their lines */
	struct import_refused notes[REFUSAL_COUNT][REPORT_LINES_KEPT]; /* the same in parts */
	struct found_setting settings[FOUND_SETTINGS_MAX];
	size_t setting_count;
	const char *cut_short; /* a sentence on another batch that was; NULL: none */
	char *why; /* unless it is STATUS_OK */
	enum import_fault fault;
};

struct import_listener {
	import_progress_fn *progress;
	/* The plan stands: what is in the result up to `settings`. */
	void (*planned)(void *arg, const struct import_result *result);
	void *arg;
};

/*
 * Imports on CONN, which has entered the build's schema. Texts of *out are on CTX.
 *
 * STATUS_OK: imported, done before, or planned (dry run). STATUS_INVALID: nothing was, because of
 * what was given. STATUS_UNAVAILABLE: interrupted; slices that were applied stay, and the same call
 * goes on. STATUS_FAILED, STATUS_UNKNOWN: likewise, by a fault. All but the first with a sentence.
 */
MUST_CHECK enum status import_run(void *ctx, PGconn *conn, const struct import_options *options,
	const struct import_listener *listener, struct import_result *out);

struct undo_options {
	const char *number; /* of the batch */
	const char *guild; /* whose it must be; NULL: anybody's */
	bool dry_run;
	const atomic_int *interrupted;
};

/* Somebody who no longer has what is to be taken, and a sentence on what is missing. */
struct undo_refusal {
	const char *user, *username, *why;
};

struct undo_listener {
	import_progress_fn *progress;
	void (*refused)(void *arg, const struct undo_refusal *refusal);
	void *arg;
};

struct undo_result {
	const char *guild, *source, *state; /* of the batch, before */
	int64_t members, refused; /* whose part was taken back; who no longer have it */
	char *why; /* unless it is STATUS_OK */
};

/* Takes a batch back, on a connection as above. STATUS_NOT_FOUND when there is no such batch,
 * STATUS_DENIED when it was taken back already; else as above. */
MUST_CHECK enum status import_undo(void *ctx, PGconn *conn, const struct undo_options *options,
	const struct undo_listener *listener, struct undo_result *out);

/* The sources. */
struct mover_facts {
	const char *name, *description;
	bool is_database; /* its file is a URL or conninfo */
	bool wants_curve; /* --curve */
	bool has_url; /* --url */
};
size_t movers_count(void);
const struct mover *movers_at(size_t index);
/* NULL when there is none of that name. */
const struct mover *mover_find(const char *name);
struct mover_facts mover_facts(const struct mover *mover);

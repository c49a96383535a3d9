/* The repository of the imports that the panel of settings asks for. */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "besace/base/compiler.h"
#include "besace/base/status.h"
#include "besace/store/call.h"
#include "besace/store/members.h"

/* Bytes of a file: what Discord takes everywhere. */
#define PANEL_IMPORT_FILE_MAX (10 * 1024 * 1024)

/* Refusals that a plan names. */
#define PANEL_IMPORT_REFUSED_MAX 10

enum panel_import_state {
	PANEL_IMPORT_NONE, /* nothing was ever imported so */
	PANEL_IMPORT_FETCHING,
	PANEL_IMPORT_PLANNING,
	PANEL_IMPORT_PLANNED, /* waits for an answer */
	PANEL_IMPORT_RUNNING,
	PANEL_IMPORT_IMPORTED,
	PANEL_IMPORT_FAILED,
	PANEL_IMPORT_CANCELLED,
};

/* What a file would do; see struct import_result. ERASED members are not among the refused. */
struct panel_import_plan {
	int64_t rows, members, created, changed, xp, balance, refused_count, erased;
	const json_t *refused; /* {"why", "line", "user", "what", "value"}, PANEL_IMPORT_REFUSED_MAX
				* at most; the last three may be missing */
	bool was_done; /* the same file was imported before */
};

struct panel_import {
	enum panel_import_state state;
	struct snowflake upload; /* the interaction that brought the file */
	const char *actor; /* who brought it; "0": somebody who was erased */
	const char *source, *filename, *why;
	bool has_plan;
	struct panel_import_plan plan;
	int64_t done, total, number; /* of members; of the batch, or 0 */
	int64_t changed_s;
};

void panel_import_view_call(void *ctx, const struct snowflake *guild, struct db_call *out);
/* Texts are on CTX. */
MUST_CHECK enum status panel_import_view_read(
	void *ctx, const struct db_rows *rows, struct panel_import *out);

/* Whether there is work for the importer. */
void panel_imports_due_call(void *ctx, struct db_call *out);
MUST_CHECK enum status panel_imports_due_read(const struct db_rows *rows, bool *out);

struct panel_import_file {
	const char *source, *filename, *url;
};

/* MEMBER brings FILE. */
void panel_import_start_call(void *ctx, const struct snowflake *interaction,
	const struct member_seen *member, const struct panel_import_file *file,
	struct db_call *out);

/* MEMBER says whether UPLOAD is imported. */
void panel_import_answer_call(void *ctx, const struct snowflake *interaction,
	const struct member_seen *member, const struct snowflake *upload, bool yes,
	struct db_call *out);

/* RUNNING: another is worked at. GONE: it is not the one that waits. */
enum panel_import_result {
	PANEL_IMPORT_DONE,
	PANEL_IMPORT_REFUSED_RUNNING,
	PANEL_IMPORT_REFUSED_GONE
};
MUST_CHECK enum status panel_import_outcome_read(
	void *ctx, const struct db_rows *rows, enum panel_import_result *out);

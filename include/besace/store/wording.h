/*
 * How a guild wants replies: in which language, in which currency, and what they may show.
 *
 * A statement whose rows a member reads ends with the column
 *
 *	(SELECT s.wording FROM besace_settings s WHERE s.guild_id = $guild_id) AS wording
 *
 * so that the settings are those of the moment and cost no round trip. Its shape does not name it.
 */
#pragma once

#include <stdbool.h>

#include "besace/domain/settings.h"
#include "besace/store/call.h"

/* What is not set is NULL, false, 0. */
struct wording {
	const char *language; /* of public messages: a locale; NULL: automatic */
	const char *currency, *symbol;
	/* Members see themselves alone, but for managers: those with one of these roles too. */
	bool hides_others;
	struct snowflake managers[SETTING_IDS_MAX];
	size_t manager_count;
	bool no_gift; /* the daily gift is off: nothing leads to it */
	bool no_items; /* levels bring none */
	bool wants_members; /* roles of members, and when they joined, matter */
};

/* Whether ROWS tell of a wording: the column is there, and there is a row. */
bool db_rows_have_wording(const struct db_rows *rows);

/* Reads that of row number ROW, on CTX; the default when there is none. STATUS_FAILED when it is
 * not what the routine returns. */
MUST_CHECK enum status wording_read(
	void *ctx, const struct db_rows *rows, int row, struct wording *out);

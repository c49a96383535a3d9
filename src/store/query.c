/* Finds the named queries in the SQL files. */
#include "besace/store/query.h"

#include <stdlib.h>
#include <string.h>
#include <talloc.h>

#include "besace/base/memory.h"
#include "besace/store/sql_files.h"

#define MARK "-- name: "

static const struct {
	const char *name;
	int param_count;
} table[QUERY_COUNT] = {
	[QUERY_MEMBERS_PROFILE] = {"members_profile", 6},
	[QUERY_MEMBERS_TOUCH] = {"members_touch", 6},
	[QUERY_BAG_VIEW] = {"bag_view", 3},
	[QUERY_BAG_OPEN] = {"bag_open", 6},
	[QUERY_BAG_ACTIVATE] = {"bag_activate", 8},
	[QUERY_SCHEMA_VERSION] = {"schema_version", 0},
	[QUERY_RECEIPTS_SWEEP] = {"receipts_sweep", 0},
	[QUERY_TRANSFER] = {"transfer", 8},
	[QUERY_TRANSFER_CANCEL] = {"transfer_cancel", 5},
	[QUERY_GIFT] = {"gift", 6},
	[QUERY_LEDGER_OLDER] = {"ledger_older", 4},
	[QUERY_LEDGER_NEWER] = {"ledger_newer", 4},
	[QUERY_STATS] = {"stats", 6},
	[QUERY_STANDINGS_PAGE] = {"standings_page", 7},
	[QUERY_STANDINGS_FOLD] = {"standings_fold", 1},
	[QUERY_ADMIN_ACT] = {"admin_act", 12},
	[QUERY_MATCH_LOOK] = {"match_look", 5},
	[QUERY_MATCH_OPEN] = {"match_open", 6},
	[QUERY_MATCH_PLAY] = {"match_play", 13},
	[QUERY_MATCH_PRESS] = {"match_press", 8},
	[QUERY_MATCHES_EXPIRE] = {"matches_expire", 1},
	[QUERY_MATCH_EXPIRE] = {"match_expire", 2},
	[QUERY_MATCH_EDITS_TAKE] = {"match_edits_take", 2},
	[QUERY_MATCH_EDITS_END] = {"match_edits_end", 3},
	[QUERY_SEEDS_MAKE] = {"seeds_make", 6},
	[QUERY_SEEDS_CHANGE] = {"seeds_change", 7},
	[QUERY_EVENTS_APPLY] = {"events_apply", 14},
	[QUERY_EVENTS_SWEEP] = {"events_sweep", 0},
	[QUERY_VOICE_LOAD] = {"voice_load", 3},
	[QUERY_VOICE_SETTLE] = {"voice_settle", 6},
	[QUERY_VOICE_SWEEP] = {"voice_sweep", 0},
	[QUERY_OUTBOX_TAKE] = {"outbox_take", 2},
	[QUERY_OUTBOX_END] = {"outbox_end", 5},
	[QUERY_OUTBOX_SWEEP] = {"outbox_sweep", 0},
	[QUERY_ANNOUNCE_DEFAULT] = {"announce_default", 2},
	[QUERY_ANNOUNCE_PING] = {"announce_ping", 5},
};

/* The text between the mark of NAME and the next mark of FILE, or NULL. */
static char *find_in(void *ctx, const char *file, const char *name)
{
	size_t length = strlen(name);
	for (const char *at = strstr(file, MARK); at; at = strstr(at, MARK)) {
		at += strlen(MARK);
		if (strncmp(at, name, length) != 0 || at[length] != '\n')
			continue;
		at += length + 1;
		const char *end = strstr(at, MARK);
		return must(talloc_strndup(ctx, at, end ? (size_t)(end - at) : strlen(at)));
	}
	return NULL;
}

char *query_find(void *ctx, const char *name)
{
	for (const struct sql_file *file = sql_files; file->path; file++) {
		char *found = strncmp(file->path, "queries/", 8) == 0
				      ? find_in(ctx, file->text, name)
				      : NULL;
		if (found)
			return found;
	}
	return NULL;
}

struct query_text *queries_load(void *ctx)
{
	struct query_text *texts = must(talloc_array(ctx, struct query_text, QUERY_COUNT));
	for (int i = 0; i < QUERY_COUNT; i++)
		texts[i] = (struct query_text){table[i].name,
			must(query_find(texts, table[i].name)), table[i].param_count};
	return texts;
}

/* The spool: events, session and identifies in one SQLite file. */
#include "spool.h"

#include <fcntl.h>
#include <jansson.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <talloc.h>
#include <unistd.h>
#include <zlib.h>

#include "besace/base/compiler.h"
#include "besace/base/memory.h"
#include "besace/runtime/clock.h"
#include "besace/runtime/folder.h"
#include "besace/runtime/log.h"
#include "besace/runtime/metrics.h"

/* The layout of the file, and its version: a file of another one is set aside. */
#define VERSION 2

static const char schema[] =
	/* Numbers are never used twice: the sender takes events up to a number. */
	"CREATE TABLE events (number INTEGER PRIMARY KEY AUTOINCREMENT, complete INTEGER NOT NULL,"
	" sum INTEGER NOT NULL, json BLOB NOT NULL);"
	"CREATE TABLE state (name TEXT PRIMARY KEY, value) WITHOUT ROWID;"
	"CREATE TABLE session (one INTEGER PRIMARY KEY CHECK (one = 1), source TEXT NOT NULL,"
	" id TEXT NOT NULL, resume_url TEXT NOT NULL, seq INTEGER NOT NULL, salt TEXT NOT NULL);"
	"CREATE TABLE guilds (guild INTEGER PRIMARY KEY, afk INTEGER NOT NULL, own TEXT);"
	"CREATE TABLE voice (guild INTEGER NOT NULL, user INTEGER NOT NULL,"
	" channel INTEGER NOT NULL, flags INTEGER NOT NULL, name TEXT,"
	" PRIMARY KEY (guild, user)) WITHOUT ROWID;"
	"CREATE TABLE channels (channel INTEGER PRIMARY KEY, guild INTEGER NOT NULL,"
	" parent INTEGER NOT NULL, kind INTEGER NOT NULL);"
	"CREATE INDEX channels_of_guild ON channels (guild);"
	"CREATE TABLE roles (guild INTEGER NOT NULL, role INTEGER NOT NULL,"
	" position INTEGER NOT NULL, permissions TEXT NOT NULL, managed INTEGER NOT NULL,"
	" PRIMARY KEY (guild, role)) WITHOUT ROWID;";

enum {
	EVENT_ADD,
	EVENTS_REMOVE,
	EVENTS_READ,
	STATE_SET,
	STATE_GET,
	SESSION_SET,
	SESSION_GET,
	SESSION_SEQ,
	SESSION_REMOVE,
	COUNT
};

static const char *const texts[COUNT] = {
	[EVENT_ADD] = "INSERT INTO events (complete, sum, json) VALUES (?, ?, ?)",
	[EVENTS_REMOVE] = "DELETE FROM events WHERE number <= ?",
	[EVENTS_READ] = "SELECT number, complete, sum, json FROM events"
			" WHERE number > ? AND number <= ? ORDER BY number LIMIT ?",
	[STATE_SET] = "INSERT OR REPLACE INTO state (name, value) VALUES (?, ?)",
	[STATE_GET] = "SELECT value FROM state WHERE name = ?",
	[SESSION_SET] = "INSERT OR REPLACE INTO session (one, source, id, resume_url, seq, salt)"
			" VALUES (1, ?, ?, ?, ?, ?)",
	[SESSION_GET] = "SELECT id, resume_url, seq, salt FROM session WHERE source = ?",
	[SESSION_SEQ] = "UPDATE session SET seq = ?",
	[SESSION_REMOVE] = "DELETE FROM session",
};

/* What is written and synced at once, however much one dispatch causes. */
#define COMMIT_BYTES (1024u * 1024u)

/* A disk that took nothing is believed again when it takes this much. */
#define PROBE_BYTES (256u * 1024u)

/* Free pages that the file keeps for what comes, and those given back in one commit. */
#define KEEP_PAGES 1024

/* Events dropped in one step when the file is full. */
#define DROP_EVENTS 1000

#define MAX_REFUSED_BYTES (16 * 1024 * 1024)

struct spool {
	struct spool_settings settings;
	int lock_fd;
	struct sqlite *sqlite;
	sqlite3_stmt *statements[COUNT];
	size_t bytes; /* appended since the last commit */
	int64_t events; /* likewise */
	int64_t last_number; /* of the events appended */
	int64_t committed, taken, removed; /* up to these numbers */
	int64_t wiped; /* up to it nothing is left in the log either */
	int64_t wiped_ms; /* when that was, monotonic */
	int64_t seq;
	bool seq_changed;
	enum status broken; /* of a commit within a dispatch, for the next spool_commit */
	bool damaged; /* seen when it was read */
	bool failing, nearly_full; /* said in the log */
	bool lost; /* events, which was not asked for yet */
	char salt[2 * 8 + 1]; /* of the session */
	void *texts; /* of the last spool_session */
};

/* ---- The state */

static char *column_text(const struct spool *spool, int column)
{
	const char *text =
		(const char *)sqlite3_column_text(spool->statements[SESSION_GET], column);
	return must(talloc_strdup(spool->texts, text ? text : ""));
}

void spool_session(struct spool *spool, struct session_identity *out)
{
	sqlite3_stmt *get = spool->statements[SESSION_GET];
	*out = (struct session_identity){.seq = -1};
	talloc_free_children(spool->texts);
	sqlite_query(spool->sqlite, get, "t", spool->settings.source);
	if (!sqlite_row(spool->sqlite, get))
		return;
	out->id = column_text(spool, 0);
	out->resume_url = column_text(spool, 1);
	out->seq = sqlite3_column_int64(get, 2);
	snprintf(spool->salt, sizeof(spool->salt), "%s", column_text(spool, 3));
	sqlite_done(get);
}

const char *spool_salt(const struct spool *spool)
{
	return spool->salt;
}

void spool_set_session(struct spool *spool, const struct session_identity *identity)
{
	unsigned char random[(sizeof(spool->salt) - 1) / 2];
	spool->seq_changed = false;
	if (!identity->id) {
		sqlite_run(spool->sqlite, spool->statements[SESSION_REMOVE], "");
		return;
	}
	randombytes_buf(random, sizeof(random));
	sodium_bin2hex(spool->salt, sizeof(spool->salt), random, sizeof(random));
	sqlite_run(spool->sqlite, spool->statements[SESSION_SET], "tttit", spool->settings.source,
		identity->id, identity->resume_url, identity->seq, spool->salt);
}

void spool_set_seq(struct spool *spool, int64_t seq)
{
	spool->seq = seq;
	spool->seq_changed = true;
}

static void write_seq(struct spool *spool)
{
	if (spool->seq_changed)
		sqlite_run(spool->sqlite, spool->statements[SESSION_SEQ], "i", spool->seq);
	spool->seq_changed = false;
}

void spool_load_identifies(struct spool *spool, struct identify_history *out)
{
	sqlite3_stmt *get = spool->statements[STATE_GET];
	*out = (struct identify_history){0};
	sqlite_query(spool->sqlite, get, "t", "identifies");
	if (!sqlite_row(spool->sqlite, get))
		return;
	size_t bytes = (size_t)sqlite3_column_bytes(get, 0);
	if (bytes > 0 && bytes <= sizeof(out->at_ms)) {
		memcpy(out->at_ms, sqlite3_column_blob(get, 0), bytes);
		out->count = bytes / sizeof(out->at_ms[0]);
	}
	sqlite_done(get);
}

void spool_save_identifies(struct spool *spool, const struct identify_history *history)
{
	sqlite_run(spool->sqlite, spool->statements[STATE_SET], "tb", "identifies", history->at_ms,
		history->count * sizeof(history->at_ms[0]));
}

/* ---- Bounding the file */

static int64_t used_pages(struct spool *spool)
{
	return sqlite_number(spool->sqlite, "PRAGMA page_count") -
	       sqlite_number(spool->sqlite, "PRAGMA freelist_count");
}

/* Says once, well before, that events will be dropped. */
static void warn_when_filling(struct spool *spool, uint64_t bytes)
{
	if (!spool->nearly_full && bytes > spool->settings.max_bytes / 2) {
		spool->nearly_full = true;
		log_error(LOG_TEXT("spool half full: when it is full, the oldest events are "
				   "dropped; does the service take them?"),
			LOG_INT("bytes", (int64_t)bytes),
			LOG_INT("limit", (int64_t)spool->settings.max_bytes));
	} else if (bytes < spool->settings.max_bytes / 4) {
		spool->nearly_full = false;
	}
}

static void remove_up_to(struct spool *spool, int64_t number)
{
	if (number <= spool->removed)
		return;
	sqlite_run(spool->sqlite, spool->statements[EVENTS_REMOVE], "i", number);
	spool->removed = number;
}

/* Drops the oldest events until a sixteenth of the bound is free: the last resort. */
static void drop_oldest(struct spool *spool, int64_t page_bytes)
{
	int64_t max_pages = (int64_t)spool->settings.max_bytes / page_bytes;
	int64_t first = sqlite_number(spool->sqlite, "SELECT min(number) FROM events");
	int64_t number = first - 1;
	while (number < spool->last_number && used_pages(spool) > max_pages - max_pages / 16) {
		number += DROP_EVENTS;
		if (number > spool->last_number)
			number = spool->last_number;
		remove_up_to(spool, number);
	}
	int64_t taken = spool->taken;
	int64_t dropped = number - (first - 1 > taken ? first - 1 : taken);
	if (dropped <= 0)
		return;
	log_error(
		LOG_TEXT("spool full: the oldest events are dropped"), LOG_INT("events", dropped));
	metrics_add(METRIC_SHIM_EVENTS, SHIM_EVENT_DROPPED, dropped);
	spool->lost = true;
}

/* Removes what the service has, and keeps the file within its bound. */
static void tidy(struct spool *spool)
{
	remove_up_to(spool, spool->taken);
	if (!sqlite_pending(spool->sqlite))
		return;
	int64_t page_bytes = sqlite_number(spool->sqlite, "PRAGMA page_size");
	uint64_t bytes = (uint64_t)(used_pages(spool) * page_bytes);
	warn_when_filling(spool, bytes);
	if (bytes > spool->settings.max_bytes)
		drop_oldest(spool, page_bytes);
	if (sqlite_number(spool->sqlite, "PRAGMA freelist_count") > 2 * KEEP_PAGES)
		sqlite_execute(spool->sqlite, "PRAGMA incremental_vacuum(" LITERAL(KEEP_PAGES) ")");
	metrics_set(METRIC_SHIM_SPOOL_BYTES, 0, used_pages(spool) * page_bytes);
}

/* ---- Writing */

static uint32_t sum_of(const void *bytes, size_t length)
{
	return (uint32_t)crc32(crc32(0, NULL, 0), bytes, (uInt)length);
}

/* What was committed is on disk: the sender may have it. */
static void publish(struct spool *spool)
{
	if (spool->failing)
		log_info(LOG_TEXT("spool writable again"));
	spool->failing = false;
	metrics_add(METRIC_SHIM_EVENTS, SHIM_EVENT_SPOOLED, spool->events);
	spool->committed = spool->last_number;
	spool->bytes = 0;
	spool->events = 0;
}

/* What was not committed is as if it had never been. */
static void forget(struct spool *spool)
{
	metrics_add(METRIC_SHIM_SPOOL_ERRORS, 0, 1);
	if (!spool->failing)
		log_error(
			LOG_TEXT("spool not writable"), LOG_STR("why", sqlite_why(spool->sqlite)));
	spool->failing = true;
	spool->bytes = 0;
	spool->events = 0;
	spool->seq_changed = false;
	spool->last_number = spool->committed;
	spool->removed = 0;
}

/* SQLite's log holds what was written, and removed since, until something is written over it.
 * Emptying it waits for the disk, so that is done from time to time. */
static void wipe(struct spool *spool)
{
	int64_t now_ms = clock_mono_ms();
	if (spool->removed <= spool->wiped || now_ms - spool->wiped_ms < spool->settings.trace_ms)
		return;
	if (sqlite_empty_log(spool->sqlite))
		spool->wiped = spool->removed;
	spool->wiped_ms = now_ms;
}

static enum status commit(struct spool *spool)
{
	write_seq(spool);
	tidy(spool);
	enum status status = sqlite_commit(spool->sqlite);
	if (status != STATUS_OK) {
		forget(spool);
		return status;
	}
	publish(spool);
	wipe(spool);
	return STATUS_OK;
}

/* After a failure: something of a size is written, and removed with the next commit. */
static enum status probe(struct spool *spool)
{
	sqlite3_stmt *set = spool->statements[STATE_SET];
	char *bytes = must(calloc(1, PROBE_BYTES));
	sqlite_run(spool->sqlite, set, "tb", "probe", bytes, (size_t)PROBE_BYTES);
	free(bytes);
	enum status status = commit(spool);
	if (status == STATUS_OK)
		sqlite_run(spool->sqlite, set, "tt", "probe", NULL);
	return status;
}

enum status spool_commit(struct spool *spool)
{
	enum status broken = spool->broken;
	spool->broken = STATUS_OK;
	if (spool->damaged)
		return STATUS_FAILED;
	if (broken != STATUS_OK) {
		sqlite_rollback(spool->sqlite); /* what came behind it has no base */
		forget(spool);
		return broken;
	}
	if (spool->failing)
		return probe(spool);
	return spool_pending(spool) ? commit(spool) : STATUS_OK;
}

bool spool_pending(const struct spool *spool)
{
	return spool->broken != STATUS_OK || spool->damaged || sqlite_pending(spool->sqlite) ||
	       spool->taken > spool->removed;
}

void spool_append(struct spool *spool, const char *json, size_t length, bool complete)
{
	if (spool->broken != STATUS_OK)
		return;
	sqlite_run(spool->sqlite, spool->statements[EVENT_ADD], "iib", (int64_t)complete,
		(int64_t)sum_of(json, length), json, length);
	spool->last_number++;
	spool->events++;
	spool->bytes += length;
	/* A dispatch may cause more than one transaction should hold. Its number is set after it.
	 */
	if (spool->bytes >= COMMIT_BYTES)
		spool->broken = commit(spool);
}

bool spool_lost(struct spool *spool)
{
	bool lost = spool->lost;
	spool->lost = false;
	return lost;
}

struct sqlite *spool_sqlite(struct spool *spool)
{
	return spool->sqlite;
}

/* ---- Opening */

/* Opens everything; on failure says which step failed, on CTX. */
static char *open_all(void *ctx, struct spool *spool)
{
	static const struct sqlite_schema layout = {schema, VERSION};
	char *why = folder_take(ctx, spool->settings.folder, &spool->lock_fd);
	if (why)
		return why;
	char *path = must(talloc_asprintf(NULL, "%s/spool.db", spool->settings.folder));
	spool->sqlite = sqlite_open_whole(ctx, path, &layout, &why);
	talloc_free(path);
	if (!spool->sqlite)
		return why;
	sqlite_prepare(spool->sqlite, texts, COUNT, spool->statements);
	return NULL;
}

/* Where a former run has ended. */
static void find_ends(struct spool *spool)
{
	int64_t last = sqlite_number(spool->sqlite, "SELECT max(seq) FROM sqlite_sequence");
	int64_t first = sqlite_number(spool->sqlite, "SELECT min(number) FROM events");
	spool->last_number = spool->committed = last;
	spool->taken = spool->removed = first > 0 ? first - 1 : last;
	metrics_set(METRIC_SHIM_SPOOL_BYTES, 0,
		used_pages(spool) * sqlite_number(spool->sqlite, "PRAGMA page_size"));
}

struct spool *spool_open(void *ctx, const struct spool_settings *settings, char **out_why)
{
	struct spool *spool = must(calloc(1, sizeof(*spool)));
	spool->settings = *settings;
	spool->lock_fd = -1;
	spool->texts = must(talloc_new(NULL));
	char *why = open_all(ctx, spool);
	if (why) {
		*out_why = must(talloc_asprintf(ctx, "spool %s: %s", settings->folder, why));
		spool_close(&spool);
		return NULL;
	}
	find_ends(spool);
	return spool;
}

void spool_close(struct spool **handle)
{
	struct spool *spool = *handle;
	if (!spool)
		return;
	if (spool->sqlite && spool_commit(spool) != STATUS_OK)
		log_error(LOG_TEXT("spool closed without its last events"));
	sqlite_close(&spool->sqlite);
	if (spool->lock_fd >= 0)
		close(spool->lock_fd);
	talloc_free(spool->texts);
	free(spool);
	*handle = NULL;
}

/* ---- Reading */

/* Adds the event that the statement stands at, or passes a damaged one. False when the batch would
 * be too large with it. */
static bool batch_add(sqlite3_stmt *row, size_t max_bytes, size_t *used, struct spool_batch *batch)
{
	const void *json = sqlite3_column_blob(row, 3);
	size_t length = (size_t)sqlite3_column_bytes(row, 3);
	int64_t number = sqlite3_column_int64(row, 0);
	if (batch->count > 0 && *used + length > max_bytes)
		return false;
	batch->last = number;
	if (!json || sum_of(json, length) != (uint32_t)sqlite3_column_int64(row, 2)) {
		log_error(LOG_TEXT("spool damaged: an event is not readable"),
			LOG_INT("number", number));
		metrics_add(METRIC_SHIM_EVENTS, SHIM_EVENT_DROPPED, 1);
		return true;
	}
	*used += length;
	batch->events[batch->count++] = (struct spool_event){
		.number = number,
		.json = must(talloc_memdup(batch->events, json, length)),
		.length = length,
		.complete = sqlite3_column_int(row, 1) != 0,
	};
	return true;
}

void spool_read(struct spool *spool, void *ctx, size_t max_events, size_t max_bytes,
	struct spool_batch *out)
{
	sqlite3_stmt *rows = spool->statements[EVENTS_READ];
	size_t used = 0;
	*out = (struct spool_batch){
		.events = must(talloc_array(ctx, struct spool_event, (unsigned)max_events))};
	sqlite_query(
		spool->sqlite, rows, "iii", spool->taken, spool->committed, (int64_t)max_events);
	while (sqlite_row(spool->sqlite, rows))
		if (!batch_add(rows, max_bytes, &used, out)) {
			sqlite_done(rows);
			break;
		}
	enum status status = sqlite_fault(spool->sqlite);
	if (status != STATUS_OK)
		log_error(
			LOG_TEXT("spool not readable"), LOG_STR("why", sqlite_why(spool->sqlite)));
	spool->damaged = spool->damaged || status == STATUS_FAILED;
	if (out->count == 0 && status == STATUS_OK) /* all were dropped, or are damaged */
		spool->taken = out->last > 0 ? out->last : spool->committed;
}

void spool_take(struct spool *spool, const struct spool_batch *batch)
{
	spool->taken = batch->last;
}

bool spool_has_more(const struct spool *spool)
{
	return spool->committed > spool->taken;
}

/* ---- Events that the service refuses */

enum status spool_set_aside(
	struct spool *spool, const struct spool_event *event, const char *reason)
{
	struct stat found;
	int fd = folder_open(spool->settings.folder, "refused", O_WRONLY | O_APPEND);
	if (fd < 0)
		return STATUS_UNAVAILABLE;
	json_t *json =
		json_pack("{s:s, s:s%}", "reason", reason, "event", event->json, event->length);
	char *text = must(json_dumps(must(json), JSON_COMPACT));
	json_decref(json);
	bool kept = fstat(fd, &found) == 0 && found.st_size < MAX_REFUSED_BYTES &&
		    dprintf(fd, "%s\n", text) > 0 && fdatasync(fd) == 0;
	free(text);
	close(fd);
	return kept ? STATUS_OK : STATUS_UNAVAILABLE;
}

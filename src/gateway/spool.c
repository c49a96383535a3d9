/* The spool: events, session and identifies in one SQLite file. */
#include "spool.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <jansson.h>
#include <pthread.h>
#include <sodium.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <talloc.h>
#include <unistd.h>
#include <zlib.h>

#include "besace/base/compiler.h"
#include "besace/base/memory.h"
#include "besace/runtime/clock.h"
#include "besace/runtime/log.h"
#include "besace/runtime/metrics.h"

/* The layout of the file. A file of another version is set aside. */
#define VERSION 1

static const char schema[] =
	"BEGIN;"
	/* Numbers are never used twice: the sender takes events up to a number. */
	"CREATE TABLE events (number INTEGER PRIMARY KEY AUTOINCREMENT, complete INTEGER NOT NULL,"
	" sum INTEGER NOT NULL, json BLOB NOT NULL);"
	"CREATE TABLE state (name TEXT PRIMARY KEY, value) WITHOUT ROWID;"
	"CREATE TABLE identifies (at_ms INTEGER NOT NULL);"
	"CREATE TABLE guilds (guild INTEGER PRIMARY KEY, afk INTEGER NOT NULL, own TEXT);"
	"CREATE TABLE voice (guild INTEGER NOT NULL, user INTEGER NOT NULL,"
	" channel INTEGER NOT NULL, flags INTEGER NOT NULL, name TEXT,"
	" PRIMARY KEY (guild, user)) WITHOUT ROWID;"
	"CREATE TABLE channels (channel INTEGER PRIMARY KEY, guild INTEGER NOT NULL,"
	" parent INTEGER NOT NULL, kind INTEGER NOT NULL);"
	"CREATE INDEX channels_of_guild ON channels (guild);"
	"CREATE TABLE roles (guild INTEGER NOT NULL, role INTEGER NOT NULL,"
	" position INTEGER NOT NULL, permissions TEXT NOT NULL, managed INTEGER NOT NULL,"
	" PRIMARY KEY (guild, role)) WITHOUT ROWID;"
	"PRAGMA user_version = 1;"
	"COMMIT";

enum {
	EVENT_ADD,
	EVENTS_REMOVE,
	STATE_SET,
	STATE_GET,
	STATE_FORGET,
	IDENTIFIES_CLEAR,
	IDENTIFY_ADD,
	IDENTIFIES_READ,
	WRITER_COUNT
};

static const char *const writer_texts[WRITER_COUNT] = {
	[EVENT_ADD] = "INSERT INTO events (complete, sum, json) VALUES (?, ?, ?)",
	[EVENTS_REMOVE] = "DELETE FROM events WHERE number <= ?",
	[STATE_SET] = "INSERT OR REPLACE INTO state (name, value) VALUES (?, ?)",
	[STATE_GET] = "SELECT value FROM state WHERE name = ?",
	[STATE_FORGET] = "DELETE FROM state WHERE name IN ('session_id', 'resume_url', 'seq')",
	[IDENTIFIES_CLEAR] = "DELETE FROM identifies",
	[IDENTIFY_ADD] = "INSERT INTO identifies (at_ms) VALUES (?)",
	[IDENTIFIES_READ] = "SELECT at_ms FROM identifies ORDER BY at_ms DESC LIMIT ?",
};

static const char *const reader_texts[] = {
	"SELECT number, complete, sum, json FROM events WHERE number > ? ORDER BY number LIMIT ?",
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
	char *path;
	int lock_fd;

	/* The writer's own. */
	struct sqlite *writer;
	sqlite3_stmt *statements[WRITER_COUNT];
	size_t bytes; /* appended since the last commit */
	int64_t events; /* likewise */
	int64_t last_number; /* of the events appended */
	int64_t seq;
	bool seq_changed;
	enum status broken; /* of a commit within a dispatch, for the next spool_commit */
	bool failing, nearly_full; /* said in the log */
	bool lost; /* events, which was not asked for yet */
	int64_t removed; /* up to this number */
	char salt[2 * 8 + 1];
	char *session_id, *resume_url; /* of the last spool_session */

	/* Shared. */
	_Atomic int64_t taken; /* up to this number */
	atomic_bool damaged; /* seen by the reader */
	pthread_mutex_t lock;
	pthread_cond_t changed;
	int64_t committed; /* up to this number */
	bool woken;

	/* The reader's own. */
	struct sqlite *reader;
	sqlite3_stmt *read;
};

/* ---- The state */

static void state_set(struct spool *spool, const char *name, const char *value)
{
	sqlite_run(spool->writer, spool->statements[STATE_SET], "tt", name, value);
}

/* On the heap; NULL when there is none. */
static char *state_get(struct spool *spool, const char *name)
{
	sqlite3_stmt *get = spool->statements[STATE_GET];
	char *value = NULL;
	sqlite_query(spool->writer, get, "t", name);
	if (sqlite_row(spool->writer, get)) {
		const char *text = (const char *)sqlite3_column_text(get, 0);
		value = text ? must(strdup(text)) : NULL;
		sqlite_done(get);
	}
	return value;
}

void spool_session(struct spool *spool, struct session_identity *out)
{
	char *source = state_get(spool, "source"), *seq = state_get(spool, "seq");
	free(spool->session_id);
	free(spool->resume_url);
	spool->session_id = state_get(spool, "session_id");
	spool->resume_url = state_get(spool, "resume_url");
	*out = (struct session_identity){.seq = -1};
	if (spool->session_id && spool->resume_url && source && seq &&
		strcmp(source, spool->settings.source) == 0)
		*out = (struct session_identity){.id = spool->session_id,
			.resume_url = spool->resume_url,
			.seq = strtoll(seq, NULL, 10)};
	free(source);
	free(seq);
}

const char *spool_salt(struct spool *spool)
{
	char *salt = state_get(spool, "salt");
	snprintf(spool->salt, sizeof(spool->salt), "%s", salt ? salt : "");
	free(salt);
	return spool->salt;
}

static void make_salt(struct spool *spool)
{
	unsigned char random[(sizeof(spool->salt) - 1) / 2];
	randombytes_buf(random, sizeof(random));
	sodium_bin2hex(spool->salt, sizeof(spool->salt), random, sizeof(random));
	state_set(spool, "salt", spool->salt);
}

void spool_set_session(struct spool *spool, const struct session_identity *identity, bool fresh)
{
	sqlite_run(spool->writer, spool->statements[STATE_FORGET], "");
	spool->seq_changed = false;
	if (!identity->id)
		return;
	state_set(spool, "source", spool->settings.source);
	state_set(spool, "session_id", identity->id);
	state_set(spool, "resume_url", identity->resume_url);
	spool_set_seq(spool, identity->seq);
	if (fresh)
		make_salt(spool);
}

void spool_set_seq(struct spool *spool, int64_t seq)
{
	spool->seq = seq;
	spool->seq_changed = true;
}

static void write_seq(struct spool *spool)
{
	char text[24];
	if (!spool->seq_changed)
		return;
	snprintf(text, sizeof(text), "%" PRId64, spool->seq);
	state_set(spool, "seq", text);
	spool->seq_changed = false;
}

void spool_load_identifies(struct spool *spool, struct identify_history *out)
{
	sqlite3_stmt *read = spool->statements[IDENTIFIES_READ];
	*out = (struct identify_history){0};
	sqlite_query(spool->writer, read, "i", (int64_t)IDENTIFY_MAX_KEPT);
	while (sqlite_row(spool->writer, read))
		out->at_ms[out->count++] = sqlite3_column_int64(read, 0);
	for (size_t i = 0; i < out->count / 2; i++) { /* the oldest first */
		int64_t other = out->at_ms[out->count - 1 - i];
		out->at_ms[out->count - 1 - i] = out->at_ms[i];
		out->at_ms[i] = other;
	}
}

void spool_save_identifies(struct spool *spool, const struct identify_history *history)
{
	sqlite_run(spool->writer, spool->statements[IDENTIFIES_CLEAR], "");
	for (size_t i = 0; i < history->count; i++)
		sqlite_run(spool->writer, spool->statements[IDENTIFY_ADD], "i", history->at_ms[i]);
}

/* ---- Bounding the file */

static int64_t used_pages(struct spool *spool)
{
	return sqlite_number(spool->writer, "PRAGMA page_count") -
	       sqlite_number(spool->writer, "PRAGMA freelist_count");
}

/* Says once, well before, that events will be dropped. */
static void warn_when_filling(struct spool *spool, uint64_t bytes)
{
	if (!spool->nearly_full && bytes > spool->settings.max_bytes / 2) {
		spool->nearly_full = true;
		log_error(LOG_TEXT("spool half full: when it is full, the oldest events are "
				   "dropped; is the service taking them?"),
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
	sqlite_run(spool->writer, spool->statements[EVENTS_REMOVE], "i", number);
	spool->removed = number;
}

/* Drops the oldest events until a sixteenth of the bound is free: the last resort. */
static void drop_oldest(struct spool *spool, int64_t page_bytes)
{
	int64_t max_pages = (int64_t)spool->settings.max_bytes / page_bytes;
	int64_t first = sqlite_number(spool->writer, "SELECT min(number) FROM events");
	int64_t number = first - 1;
	while (number < spool->last_number && used_pages(spool) > max_pages - max_pages / 16) {
		number += DROP_EVENTS;
		if (number > spool->last_number)
			number = spool->last_number;
		remove_up_to(spool, number);
	}
	int64_t taken = atomic_load(&spool->taken);
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
	remove_up_to(spool, atomic_load(&spool->taken));
	if (!sqlite_pending(spool->writer))
		return;
	int64_t page_bytes = sqlite_number(spool->writer, "PRAGMA page_size");
	uint64_t bytes = (uint64_t)(used_pages(spool) * page_bytes);
	warn_when_filling(spool, bytes);
	if (bytes > spool->settings.max_bytes)
		drop_oldest(spool, page_bytes);
	if (sqlite_number(spool->writer, "PRAGMA freelist_count") > 2 * KEEP_PAGES)
		sqlite_execute(spool->writer, "PRAGMA incremental_vacuum(" LITERAL(KEEP_PAGES) ")");
	metrics_set(METRIC_SHIM_SPOOL_BYTES, 0, used_pages(spool) * page_bytes);
}

/* ---- Writing */

static uint32_t sum_of(const void *bytes, size_t length)
{
	return (uint32_t)crc32(crc32(0, NULL, 0), bytes, (uInt)length);
}

/* What was committed is on disk: readers may have it. */
static void publish(struct spool *spool)
{
	if (spool->failing)
		log_info(LOG_TEXT("spool writable again"));
	spool->failing = false;
	metrics_add(METRIC_SHIM_EVENTS, SHIM_EVENT_SPOOLED, spool->events);
	pthread_mutex_lock(&spool->lock);
	spool->committed = spool->last_number;
	pthread_cond_signal(&spool->changed);
	pthread_mutex_unlock(&spool->lock);
	spool->bytes = 0;
	spool->events = 0;
}

/* What was not committed is as if it had never been. */
static void forget(struct spool *spool)
{
	metrics_add(METRIC_SHIM_SPOOL_ERRORS, 0, 1);
	if (!spool->failing)
		log_error(
			LOG_TEXT("spool not writable"), LOG_STR("why", sqlite_why(spool->writer)));
	spool->failing = true;
	spool->bytes = 0;
	spool->events = 0;
	spool->seq_changed = false;
	spool->last_number = spool->committed;
	spool->removed = 0;
}

static enum status commit(struct spool *spool)
{
	write_seq(spool);
	tidy(spool);
	enum status status = sqlite_commit(spool->writer);
	if (status == STATUS_OK)
		publish(spool);
	else
		forget(spool);
	return status;
}

/* After a failure: something of a size is written, and removed with the next commit. */
static enum status probe(struct spool *spool)
{
	char *bytes = must(calloc(1, PROBE_BYTES + 1));
	memset(bytes, 'x', PROBE_BYTES);
	state_set(spool, "probe", bytes);
	free(bytes);
	enum status status = commit(spool);
	if (status == STATUS_OK)
		state_set(spool, "probe", NULL);
	return status;
}

enum status spool_commit(struct spool *spool)
{
	enum status broken = spool->broken;
	spool->broken = STATUS_OK;
	if (atomic_load(&spool->damaged))
		return STATUS_FAILED;
	if (broken != STATUS_OK) {
		sqlite_rollback(spool->writer); /* what came behind it has no base */
		forget(spool);
		return broken;
	}
	if (spool->failing)
		return probe(spool);
	return spool_pending(spool) ? commit(spool) : STATUS_OK;
}

bool spool_pending(const struct spool *spool)
{
	return spool->broken != STATUS_OK || atomic_load(&spool->damaged) ||
	       sqlite_pending(spool->writer) || atomic_load(&spool->taken) > spool->removed;
}

void spool_append(struct spool *spool, const char *json, size_t length, bool complete)
{
	if (spool->broken != STATUS_OK)
		return;
	sqlite_run(spool->writer, spool->statements[EVENT_ADD], "iib", (int64_t)complete,
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
	return spool->writer;
}

/* ---- Opening */

static bool make_folders(char *path)
{
	for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		int made = mkdir(path, 0755);
		bool there = made == 0 || errno == EEXIST;
		*slash = '/';
		if (!there)
			return false;
	}
	return mkdir(path, 0700) == 0 || errno == EEXIST;
}

static int open_in(const struct spool *spool, const char *name, int flags)
{
	char *path = must(talloc_asprintf(NULL, "%s/%s", spool->settings.folder, name));
	int fd = open(path, flags | O_CREAT | O_CLOEXEC, 0600);
	talloc_free(path);
	return fd;
}

/* Renames the file, and what belongs to it, so that people can look at it. */
static bool set_aside(const struct spool *spool, const char *why)
{
	static const char *const ends[] = {"-wal", "-shm", ""};
	void *ctx = must(talloc_new(NULL));
	char *aside =
		must(talloc_asprintf(ctx, "%s.damaged-%" PRId64, spool->path, clock_wall_ms()));
	bool moved = true;
	for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
		const char *from = must(talloc_asprintf(ctx, "%s%s", spool->path, ends[i]));
		const char *to = must(talloc_asprintf(ctx, "%s%s", aside, ends[i]));
		moved = (rename(from, to) == 0 || errno == ENOENT) && moved;
	}
	log_error(LOG_TEXT("the spool cannot be read: it is set aside with the events in it, and a "
			   "new one is begun"),
		LOG_STR("why", why), LOG_STR("aside", aside));
	talloc_free(ctx);
	return moved;
}

/* NULL when the file is a whole spool of ours; else what is wrong, on CTX. */
static char *check_file(void *ctx, struct sqlite *sqlite)
{
	char *why = sqlite_text(ctx, sqlite, "PRAGMA quick_check(1)");
	if (why && strcmp(why, "ok") == 0)
		why = NULL;
	if (!why && sqlite_number(sqlite, "PRAGMA schema_version") == 0)
		sqlite_execute(sqlite, schema);
	int64_t version = sqlite_number(sqlite, "PRAGMA user_version");
	enum status status = sqlite_commit(sqlite);
	if (!why && status != STATUS_OK)
		why = must(talloc_strdup(ctx, sqlite_why(sqlite)));
	if (!why && version != VERSION)
		why = must(talloc_asprintf(ctx, "it has version %" PRId64, version));
	return why;
}

/* Opens the file, or a new one in the place of a damaged one. */
static struct sqlite *open_file(void *ctx, struct spool *spool, char **out_why)
{
	for (int attempt = 0; attempt < 2; attempt++) {
		bool damaged;
		struct sqlite *sqlite = sqlite_open(ctx, spool->path, &damaged, out_why);
		char *why = sqlite ? check_file(ctx, sqlite) : NULL;
		if (sqlite && !why)
			return sqlite;
		if (sqlite)
			*out_why = why;
		bool ours = sqlite || damaged;
		sqlite_close(&sqlite);
		if (!ours || attempt > 0 || !set_aside(spool, *out_why))
			return NULL;
	}
	return NULL;
}

/* Opens everything; on failure says which step failed, on CTX. */
static char *open_all(void *ctx, struct spool *spool)
{
	bool damaged;
	char *why = NULL;
	char *folder = must(talloc_strdup(ctx, spool->settings.folder));
	if (!make_folders(folder))
		return must(talloc_asprintf(ctx, "cannot make the folder: %s", strerror(errno)));
	spool->lock_fd = open_in(spool, "lock", O_RDWR);
	if (spool->lock_fd < 0)
		return must(talloc_asprintf(ctx, "cannot write in it: %s", strerror(errno)));
	if (flock(spool->lock_fd, LOCK_EX | LOCK_NB) < 0)
		return must(talloc_strdup(
			ctx, "another shim uses it (each needs a folder of its own)"));
	spool->writer = open_file(ctx, spool, &why);
	if (spool->writer)
		spool->reader = sqlite_open(ctx, spool->path, &damaged, &why);
	if (!spool->reader)
		return why;
	sqlite_prepare(spool->writer, writer_texts, WRITER_COUNT, spool->statements);
	sqlite_prepare(spool->reader, reader_texts, 1, &spool->read);
	return NULL;
}

/* Where a former run has ended. */
static void find_ends(struct spool *spool)
{
	int64_t last = sqlite_number(spool->writer, "SELECT max(seq) FROM sqlite_sequence");
	int64_t first = sqlite_number(spool->writer, "SELECT min(number) FROM events");
	spool->last_number = spool->committed = last;
	spool->removed = first > 0 ? first - 1 : last;
	atomic_store(&spool->taken, spool->removed);
	metrics_set(METRIC_SHIM_SPOOL_BYTES, 0,
		used_pages(spool) * sqlite_number(spool->writer, "PRAGMA page_size"));
}

struct spool *spool_open(void *ctx, const struct spool_settings *settings, char **out_why)
{
	struct spool *spool = must(calloc(1, sizeof(*spool)));
	spool->settings = *settings;
	spool->path = must(talloc_asprintf(NULL, "%s/spool.db", settings->folder));
	spool->lock_fd = -1;
	clock_cond_init(&spool->changed);
	pthread_mutex_init(&spool->lock, NULL);
	const char *why = open_all(ctx, spool);
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
	if (spool->reader && spool_commit(spool) != STATUS_OK)
		log_error(LOG_TEXT("spool closed without its last events"));
	sqlite_close(&spool->reader);
	sqlite_close(&spool->writer);
	if (spool->lock_fd >= 0)
		close(spool->lock_fd);
	pthread_cond_destroy(&spool->changed);
	pthread_mutex_destroy(&spool->lock);
	talloc_free(spool->path);
	free(spool->session_id);
	free(spool->resume_url);
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

static enum status read_rows(
	struct spool *spool, size_t max_events, size_t max_bytes, struct spool_batch *out)
{
	size_t used = 0;
	sqlite_query(
		spool->reader, spool->read, "ii", atomic_load(&spool->taken), (int64_t)max_events);
	while (sqlite_row(spool->reader, spool->read)) {
		if (batch_add(spool->read, max_bytes, &used, out))
			continue;
		sqlite_done(spool->read);
		break;
	}
	enum status status = sqlite_commit(spool->reader);
	if (status != STATUS_OK)
		log_error(
			LOG_TEXT("spool not readable"), LOG_STR("why", sqlite_why(spool->reader)));
	if (status == STATUS_FAILED)
		atomic_store(&spool->damaged, true);
	return status;
}

static int64_t committed(struct spool *spool)
{
	pthread_mutex_lock(&spool->lock);
	int64_t number = spool->committed;
	pthread_mutex_unlock(&spool->lock);
	return number;
}

void spool_read(struct spool *spool, void *ctx, size_t max_events, size_t max_bytes,
	struct spool_batch *out)
{
	int64_t end = committed(spool);
	*out = (struct spool_batch){
		.events = must(talloc_array(ctx, struct spool_event, (unsigned)max_events))};
	enum status status = read_rows(spool, max_events, max_bytes, out);
	if (out->count > 0 || status != STATUS_OK)
		return;
	/* All that was there was dropped, or is damaged. */
	atomic_store(&spool->taken, out->last > 0 ? out->last : end);
}

void spool_take(struct spool *spool, const struct spool_batch *batch)
{
	atomic_store(&spool->taken, batch->last);
}

bool spool_wait(struct spool *spool, int64_t timeout_ms)
{
	struct timespec until = clock_deadline(timeout_ms);
	pthread_mutex_lock(&spool->lock);
	int timed_out = 0;
	while (spool->committed <= atomic_load(&spool->taken) && !spool->woken && !timed_out)
		timed_out = pthread_cond_timedwait(&spool->changed, &spool->lock, &until);
	bool any = spool->committed > atomic_load(&spool->taken);
	spool->woken = false;
	pthread_mutex_unlock(&spool->lock);
	return any;
}

void spool_wake(struct spool *spool)
{
	pthread_mutex_lock(&spool->lock);
	spool->woken = true;
	pthread_cond_signal(&spool->changed);
	pthread_mutex_unlock(&spool->lock);
}

/* ---- Events that nobody takes */

enum status spool_set_aside(
	struct spool *spool, const struct spool_event *event, const char *reason)
{
	struct stat found;
	int fd = open_in(spool, "refused", O_WRONLY | O_APPEND);
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

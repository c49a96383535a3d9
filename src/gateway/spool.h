/*
 * The spool: events wait on disk until the service has taken them.
 *
 * One SQLite file, which also holds what a shim that starts anew needs: the session with the number
 * of the last dispatch that was handled, the identifies of the last day, and what Discord said of
 * its guilds (guilds.h). All that one dispatch changes is one transaction with its number, so the
 * number never runs ahead of the events, nor behind the guilds.
 *
 * An event is handled when a spool_commit after it has returned STATUS_OK: from then on neither
 * kill -9 nor a power cut loses it, and only then it is read. A commit
 * that fails leaves the file as it was: everything since the last good one is gone, and Discord has
 * to be asked for it again (spool_session says from where).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "besace/base/compiler.h"
#include "besace/base/status.h"
#include "besace/discord/identify.h"
#include "besace/runtime/sqlite.h"
#include "session.h"

/* The spool on disk: half a day of a busy Discord (ten million events a day, about 200 bytes each),
 * and what is known of guilds. */
#define SPOOL_MAX_BYTES (1024ull * 1024ull * 1024ull)

/* For so long the log may hold what was sent: emptying it is a wait for the disk. */
#define SPOOL_TRACE_MS (60 * 1000)

struct spool;

struct spool_settings {
	const char *folder;
	const char *source; /* the shard, "0/1": the session of another one is not ours. Borrowed */
	uint64_t max_bytes; /* SPOOL_MAX_BYTES: above it the oldest events are dropped, loudly */
	int64_t trace_ms; /* SPOOL_TRACE_MS: so long after, at a commit, what was removed is in no
			     file */
};

/*
 * Opens or makes the spool in a folder (mode 0700) that one process at a time may use. A file that
 * is no whole spool is renamed, said in the log, and a new one is begun. NULL with a sentence on
 * CTX otherwise.
 */
struct spool *spool_open(void *ctx, const struct spool_settings *settings, char **out_why);

/* Commits what it can and closes. */
void spool_close(struct spool **spool);

/* ---- Writing */

/* The connection, for what else belongs into the same transactions. */
struct sqlite *spool_sqlite(struct spool *spool);

/* The session as it is on disk; texts are valid until the next call. */
void spool_session(struct spool *spool, struct session_identity *out);

/* Makes ids of events differ from those of a session that had the same id: of the session that was
 * set or read last. */
const char *spool_salt(const struct spool *spool);

/* A session that has just begun, which gets a salt of its own; or none (NULL texts). */
void spool_set_session(struct spool *spool, const struct session_identity *identity);

/* The dispatch SEQ of the session is handled: what it caused has been appended. By itself it is no
 * reason for a commit. */
void spool_set_seq(struct spool *spool, int64_t seq);

void spool_load_identifies(struct spool *spool, struct identify_history *out);
void spool_save_identifies(struct spool *spool, const struct identify_history *history);

/* Adds an event. COMPLETE false: it lacks names that the sender has to find out. */
void spool_append(struct spool *spool, const char *json, size_t length, bool complete);

/* Whether something waits for a commit. */
bool spool_pending(const struct spool *spool);

/* UNAVAILABLE: the disk takes nothing; what was not committed is forgotten. Call it again until it
 * returns STATUS_OK, which is then surely so. FAILED: the file is damaged, end the program. */
MUST_CHECK enum status spool_commit(struct spool *spool);

/* Whether events were dropped since this was asked last. */
bool spool_lost(struct spool *spool);

/* ---- Reading */

struct spool_event {
	int64_t number; /* rising */
	const char *json;
	size_t length;
	bool complete;
};

/* Events in their order, all those up to LAST. To take only the first n, set count to n and last to
 * the number of the last of them. */
struct spool_batch {
	struct spool_event *events;
	size_t count;
	int64_t last;
};

/*
 * The oldest events that are not taken: at most MAX_EVENTS and about MAX_BYTES, but at least one if
 * there is any. Allocated on CTX. Asking again without spool_take gives the same ones.
 */
void spool_read(struct spool *spool, void *ctx, size_t max_events, size_t max_bytes,
	struct spool_batch *out);

/* The service has these: they are not read again. The next commit removes them; after a crash
 * before that, the service gets them a second time. */
void spool_take(struct spool *spool, const struct spool_batch *batch);

/* Whether committed events wait that were not taken. */
bool spool_has_more(const struct spool *spool);

/* Writes an event that the service will never take to the file `refused`, for operators. */
MUST_CHECK enum status spool_set_aside(
	struct spool *spool, const struct spool_event *event, const char *reason);

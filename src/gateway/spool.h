/*
 * The spool: events wait on disk until the service has taken them.
 *
 * An append-only log in segment files, a record a line, each with its checksum. Beside events it
 * holds what a shim that starts anew needs: the session and the number of the last dispatch that
 * was handled (written behind the events of that dispatch, so it never runs ahead of them), and
 * the voice cache. A file of its own holds how far the service has taken the events. See
 * src/gateway/README.md for the format.
 *
 * One thread writes (append, note, commit, close), one other reads (read, take, wait). An event is
 * handled when a spool_commit after it has returned STATUS_OK: from then on neither kill -9 nor a
 * power cut loses it. When the disk takes nothing, events stay in memory up to a bound and each
 * commit tries again.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "besace/base/compiler.h"
#include "besace/base/status.h"
#include "session.h"

struct spool;
struct spool_save;

struct spool_limits {
	size_t segment_bytes; /* a segment is closed above this */
	size_t total_bytes; /* the oldest segments are dropped, loudly, above this */
	size_t memory_bytes; /* spool_has_room says no above this */
};

/* The limits of gateway/bounds.h. */
extern const struct spool_limits spool_default_limits;

/* Called while opening, with every event that may still say something about voice, in their order;
 * with NULL where everything said before is superseded by what follows. */
typedef void spool_recall_fn(void *arg, const char *json, size_t length);

/* Called when a segment begins, to write the voice cache with spool_save_voice. */
typedef void spool_save_fn(void *arg, struct spool_save *save);

struct spool_owner {
	spool_recall_fn *recall;
	spool_save_fn *save;
	void *arg;
	const char *source; /* the shard, "0/1": the session of another one is not ours. Borrowed */
};

/*
 * Opens or makes the spool in folder PATH (mode 0700), which one process at a time may use. What
 * a crash left half written is cut off. NULL with a sentence on CTX otherwise.
 */
struct spool *spool_open(void *ctx, const char *path, const struct spool_limits *limits,
	const struct spool_owner *owner, char **out_why);

/* Commits what it can and closes. */
void spool_close(struct spool **spool);

/* The session of the former run; texts are valid until the next spool_note_session. */
void spool_session(const struct spool *spool, struct session_identity *out);

/* ---- The writing thread */

/*
 * Adds an event. AUTHOR_KNOWN as in filter_emit_fn. It is refused, counted and logged only when
 * the disk takes nothing and memory is far above its bound.
 */
void spool_append(struct spool *spool, const char *json, size_t length, bool author_known);

/* The dispatch SEQ of the session is handled: what it caused has been appended. */
void spool_note_seq(struct spool *spool, int64_t seq);

/* Another session, or none (NULL texts). */
void spool_note_session(struct spool *spool, const struct session_identity *identity);

/* Whether something waits for a commit. */
bool spool_pending(const struct spool *spool);

/* False while the disk takes nothing and memory is at its bound: hand over no more dispatches. */
bool spool_has_room(const struct spool *spool);

/* Brings everything appended to the disk. STATUS_UNAVAILABLE: it waits in memory, try again. */
MUST_CHECK enum status spool_commit(struct spool *spool);

/* Whether events were dropped or refused since this was asked last. */
bool spool_lost(struct spool *spool);

/* Writes a record of the voice cache. */
void spool_save_voice(struct spool_save *save, const char *json, size_t length);

/* ---- The reading thread */

struct spool_event {
	const char *json; /* within the batch */
	size_t length;
	uint64_t end; /* the offset behind it, for a batch that is to end here */
	bool author_known;
};

/* Events in their order, and the place behind them. To take only the first n, set count to n and
 * offset to the end of the last. */
struct spool_batch {
	struct spool_event *events;
	size_t count;
	uint64_t segment;
	uint64_t offset;
};

/*
 * The oldest events that are not taken: at most MOST and about BYTES, but at least one if there is
 * any. Allocated on CTX. Asking again without spool_take gives the same ones.
 */
void spool_read(struct spool *spool, void *ctx, size_t most, size_t bytes, struct spool_batch *out);

/* The service has these: they are not read again, also after a crash (at worst the service gets
 * the last batch twice). Segments that nobody needs are removed. */
void spool_take(struct spool *spool, const struct spool_batch *batch);

/* Sleeps until there is something to read, spool_wake, or TIMEOUT_MS have passed. True when there
 * is something. */
bool spool_wait(struct spool *spool, int64_t timeout_ms);

/* From any thread: ends a spool_wait, now or the next. */
void spool_wake(struct spool *spool);

/* Writes an event that the service will never take to the file `refused`, for people. */
MUST_CHECK enum status spool_set_aside(
	struct spool *spool, const struct spool_event *event, const char *reason);

/* Bytes on disk. */
uint64_t spool_bytes(struct spool *spool);

/*
 * The session with Discord's Gateway, as a pure state machine: what happened goes in with the
 * time, what to do about it comes out. It opens no socket, reads no clock, writes no file.
 *
 * The owner carries out the actions of a step in their order, and calls session_due when
 * session_due_ms has come. Times in ms: mono never jumps, wall is Discord's calendar (identifies
 * of former runs are known by it).
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "besace/base/status.h"
#include "besace/discord/frame.h"
#include "besace/discord/identify.h"

/* Heartbeats asked for by op 1 that are answered in a minute. Discord cuts off at 120 payloads in
 * any minute, which may have twice these; our own heartbeats are never left out. */
#define SESSION_MAX_ASKED_BEATS 50

/* Attempts to resume that Discord answered, but not with RESUMED, before a new session is opened.
 */
#define SESSION_MAX_RESUMES 6

enum session_state {
	SESSION_WAITING, /* no connection; the next step is due at session_due_ms */
	SESSION_ASKING, /* the owner asks Discord for the address and the limits */
	SESSION_CONNECTING, /* the owner opens a connection */
	SESSION_GREETING, /* connected; HELLO has not come */
	SESSION_OPENING, /* IDENTIFY or RESUME was sent; READY or RESUMED has not come */
	SESSION_LIVE, /* dispatches are current */
	SESSION_PAUSED, /* closed because the disk takes nothing; session_continue ends it */
	SESSION_OVER, /* ended for good: a fatal close code, or session_stop */
};

struct session_now {
	int64_t mono_ms, wall_ms;
};

enum session_do {
	SESSION_ASK, /* GET /gateway/bot, then session_told or session_not_told */
	SESSION_CONNECT, /* open a connection to TEXT, a complete URL */
	SESSION_SEND, /* send TEXT */
	SESSION_IDENTIFY, /* commit session_history; then send TEXT. If the disk does not take it,
			     session_not_identified instead of sending */
	SESSION_CLOSE, /* close the connection so that it can be resumed, and forget it: nothing
			  that still comes from it is to be reported */
	SESSION_REMEMBER, /* session_identity changed: write it to disk with the events. With an
			     id it is that of a new session */
	SESSION_NOTE, /* TEXT is worth a warning in the log */
	SESSION_FATAL, /* TEXT says why this session can never be: end the program */
};

struct session_action {
	enum session_do kind;
	const char *text; /* valid until the next call */
};

struct session_step {
	struct session_action actions[8];
	size_t count;
};

/* What RESUME needs, beside the token. Texts are NULL when there is no session. */
struct session_identity {
	const char *id, *resume_url;
	int64_t seq; /* -1: none yet */
};

struct session_settings {
	const char *token; /* without "Bot " */
	int shard_id, shard_count;
	const char *url; /* NULL: to be asked for */
	double (*random)(void *); /* 0 <= x < 1 */
	void *random_arg;
};

/* The answer of GET /gateway/bot. */
struct session_limits {
	const char *url; /* borrowed of the answer */
	int64_t remaining; /* identifies left */
	int64_t reset_after_ms; /* until there are more */
	int max_concurrency; /* shards that may identify in the same 5 s */
};

/* Reads ANSWER's JSON. False when it is not that of Discord. */
bool session_limits_read(const json_t *answer, struct session_limits *out);

struct session;

/*
 * SETTINGS, texts included, must outlive the session. BEFORE is the session of a former run, to be
 * resumed, or has NULL texts.
 */
struct session *session_create(const struct session_settings *settings,
	const struct session_identity *before, const struct identify_history *history,
	struct session_now now);
void session_destroy(struct session **session);

/* What the last call of one of the functions below asks for, in that order; valid until the next.
 */
const struct session_step *session_step(const struct session *session);

/* When session_due is to be called, on the mono clock; INT64_MAX for never. */
int64_t session_due_ms(const struct session *session);
void session_due(struct session *session, struct session_now now);

void session_told(
	struct session *session, const struct session_limits *limits, struct session_now now);
/* REFUSED: Discord answered 401, so the token is wrong for good. */
void session_not_told(struct session *session, bool refused, struct session_now now);
void session_not_identified(struct session *session, struct session_now now);

void session_connected(struct session *session, struct session_now now);

/* The connection ended, or could not be made. CODE is the peer's close code, 0 when there is none;
 * RETRY_MS how long the peer asks to wait, 0 when it does not. */
void session_closed(struct session *session, int code, int64_t retry_ms, struct session_now now);

/*
 * A payload came. True when it is a dispatch that was not seen before: the owner then handles it.
 * READY's and RESUMED's actions stand before that.
 */
bool session_frame(struct session *session, const struct frame *frame, struct session_now now);

/*
 * Something came that is no payload. The connection is resumed, so that Discord repeats it; if it
 * comes again at the same place, it is passed over. BROKEN: the connection is of no more use.
 */
void session_rubbish(struct session *session, bool broken, struct session_now now);

/* The disk takes nothing and has KEPT only: what came behind that has to come again, when the disk
 * is back. */
void session_pause(struct session *session, const struct session_identity *kept);
void session_continue(struct session *session, struct session_now now);

/* Ends the session so that it can be resumed later. */
void session_stop(struct session *session);

enum session_state session_state(const struct session *session);
void session_identity(const struct session *session, struct session_identity *out);
const struct identify_history *session_history(const struct session *session);

/* Whether what we know of Discord is current: live, and no heartbeat is without its answer for
 * longer than a few seconds. */
bool session_healthy(const struct session *session, int64_t mono_ms);

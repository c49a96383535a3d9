/*
 * Counters, gauges and histograms, and the Prometheus text that shows them.
 *
 * The table in src/runtime/metrics.c lists every metric with its help text; adding one is a row
 * there and a name here. Values are process-wide, may be changed from any thread, and cost one
 * relaxed atomic addition.
 */
#pragma once

#include <stdint.h>

enum metric {
	METRIC_INTERACTIONS, /* label: outcome */
	METRIC_COMMANDS, /* label: outcome; counted by metrics_add_command */
	METRIC_READY, /* gauge: 1 or 0 */
	METRIC_DATABASE_UP, /* gauge: 1 or 0 */
	METRIC_JOBS_WAITING, /* gauge; label: what waits */
	METRIC_JOBS_OLDEST_SECONDS, /* gauge; the same label */
	METRIC_CHECK_FAULTS, /* gauge */
	METRIC_CHECK_TIME, /* gauge: seconds since 1970; 0: never */
	METRIC_INTERACTION_SECONDS, /* histogram: from the last body byte to the reply */
	METRIC_SIGNATURES_REFUSED, /* label: why */
	METRIC_HTTP_CONNECTIONS, /* gauge */
	METRIC_HTTP_OVERDUE, /* connections ended because a request did not arrive in time */
	METRIC_DB_CONNECTIONS, /* gauge: usable ones */
	METRIC_DB_QUEUE, /* gauge: waiting calls */
	METRIC_DB_LOST, /* connections lost */
	METRIC_DB_RETRIES, /* calls asked again after an unknown outcome */
	METRIC_DB_SECONDS, /* histogram: one call, waiting included */
	METRIC_REST_REQUESTS, /* label: outcome */
	METRIC_REST_RATE_LIMITED, /* 429 answers */
	METRIC_FOLLOW_UPS_FAILED, /* results that never reached Discord */
	METRIC_RECEIPTS_SWEPT, /* receipts older than a day, removed */
	METRIC_SHIM_DISPATCHES, /* Gateway dispatches */
	METRIC_SHIM_EVENTS, /* label: what became of an event */
	METRIC_SHIM_BATCHES, /* label: outcome of a POST to the service */
	METRIC_SHIM_LAG_SECONDS, /* gauge: age of the oldest event that waits */
	METRIC_SHIM_SPOOL_BYTES, /* gauge */
	METRIC_SHIM_SPOOL_ERRORS, /* writes that the disk did not take */
	METRIC_SHIM_CONNECTED, /* gauge: 1 while the session is live */
	METRIC_SHIM_CONNECTIONS, /* connections begun, the first included */
	METRIC_SHIM_SESSIONS, /* label: how a session became live */
	METRIC_SHIM_IDENTIFIES, /* IDENTIFY sent */
	METRIC_SHIM_FRAMES_INVALID, /* what came and was no payload */
	METRIC_EVENTS, /* label: what became of an event that was posted */
	METRIC_EVENTS_SECONDS, /* histogram: a batch, from its last byte to the answer */
	METRIC_ANNOUNCEMENTS, /* label: what became of an announcement */
	METRIC_ROLE_JOBS, /* label: what became of a turn at a role job */
	METRIC_ANNOUNCEMENTS_REFUSED, /* label: why */
	METRIC_ROLES_REFUSED, /* label: why */
	METRIC_MATCHES_EXPIRED, /* matches that nobody ended in time */
	METRIC_MATCHES_SET_ASIDE, /* matches that could not be ended */
	METRIC_GAME_EDITS, /* label: what became of the edits of their messages */
	METRIC_VOICE_SET_ASIDE, /* guilds whose voice could not be settled */
	METRIC_JOBS_FAILED, /* label: the background job that failed or timed out */
	METRIC_WEB_REQUESTS, /* label: outcome */
	METRIC_WEB_SECONDS, /* histogram: a request of besace-web, waiting included */
	METRIC_WEB_CARD_SECONDS, /* histogram: drawing a card */
	METRIC_WEB_AVATARS, /* label: what became of a member's picture */
	METRIC_COUNT
};

/* Outcomes of METRIC_INTERACTIONS. */
enum { INTERACTION_ANSWERED, INTERACTION_DEFERRED, INTERACTION_REFUSED, INTERACTION_INVALID };
/* Outcomes of METRIC_COMMANDS. */
enum { COMMAND_ANSWERED, COMMAND_REFUSED, COMMAND_AWAY, COMMAND_UNKNOWN, COMMAND_FAULT };
/* What waits, of METRIC_JOBS_WAITING. */
enum {
	WAITING_ANNOUNCEMENTS,
	WAITING_ROLES,
	WAITING_EDITS,
	WAITING_MATCHES,
	WAITING_IMPORTS,
	WAITING_VOICE,
	WAITING_VOICE_PAY,
	WAITING_COUNT
};
/* Reasons of METRIC_SIGNATURES_REFUSED. */
enum { SIGNATURE_LABEL_HEADER, SIGNATURE_LABEL_STALE, SIGNATURE_LABEL_WRONG };
/* Outcomes of METRIC_REST_REQUESTS. */
enum { REST_OK, REST_REFUSED, REST_RETRIED, REST_GIVEN_UP };

/* What becomes of events, of METRIC_EVENTS. */
enum { EVENTS_ACCEPTED, EVENTS_DUPLICATE, EVENTS_REJECTED };
/* What becomes of announcements, of METRIC_ANNOUNCEMENTS. */
enum {
	ANNOUNCEMENT_SENT,
	ANNOUNCEMENT_REFUSED,
	ANNOUNCEMENT_DELAYED,
	ANNOUNCEMENT_EXPIRED,
	ANNOUNCEMENT_SET_ASIDE
};
/* What becomes of turns at role jobs, of METRIC_ROLE_JOBS. */
enum {
	ROLE_TURN_DONE,
	ROLE_TURN_BLOCKED,
	ROLE_TURN_GONE,
	ROLE_TURN_LEFT,
	ROLE_TURN_DELAYED,
	ROLE_TURN_SET_ASIDE
};
/* Why Discord refuses an announcement or a role. */
enum { REFUSED_PERMISSION, REFUSED_ACCESS, REFUSED_GONE, REFUSED_OTHER };
/* Jobs of METRIC_JOBS_FAILED. */
enum {
	JOB_SETTLING,
	JOB_RECEIPTS,
	JOB_EVENTS,
	JOB_VOICE,
	JOB_VOICE_PAY,
	JOB_GUILDS,
	JOB_OUTBOX,
	JOB_LEADERBOARD,
	JOB_RANKED,
	JOB_ANNOUNCER,
	JOB_EDITOR,
	JOB_ENDER,
	JOB_ROLES,
	JOB_IMPORTS,
	JOB_WAITING,
	JOB_LEDGER,
	JOB_COUNT
};
/* Outcomes of METRIC_GAME_EDITS. */
enum { GAME_EDIT_MADE, GAME_EDIT_LEFT };
/* What becomes of events, of METRIC_SHIM_EVENTS. */
enum {
	SHIM_EVENT_SPOOLED,
	SHIM_EVENT_FORWARDED,
	SHIM_EVENT_REJECTED,
	SHIM_EVENT_DROPPED,
	SHIM_EVENT_UNATTRIBUTED
};
/* Outcomes of METRIC_SHIM_BATCHES. */
enum { SHIM_BATCH_TAKEN, SHIM_BATCH_REFUSED, SHIM_BATCH_RETRIED };
/* How a session became live, of METRIC_SHIM_SESSIONS. */
enum { SHIM_SESSION_NEW, SHIM_SESSION_RESUMED };

/* Outcomes of METRIC_WEB_REQUESTS: held is 304. */
enum { WEB_ANSWERED, WEB_HELD, WEB_REFUSED, WEB_FAILED };
/* What becomes of members' pictures, of METRIC_WEB_AVATARS. */
enum { WEB_AVATAR_FETCHED, WEB_AVATAR_ABSENT };

/* Whose metrics this process has. */
enum metrics_program { METRICS_OF_BESACE, METRICS_OF_SHIM, METRICS_OF_WEB };

/* Says what this process is, before anybody asks; SHARD of the shim ("0/1"), else NULL. The texts
 * must outlive the process's threads. */
void metrics_begin(enum metrics_program program, const char *version, const char *shard);

/* Counts an interaction of the command named COMMAND, a text that lives as long as the process. */
void metrics_add_command(const char *command, unsigned outcome);

/* LABEL is the index of the label's value; 0 for metrics without one. */
void metrics_add(enum metric metric, unsigned label, int64_t amount);

/* Makes a gauge AMOUNT. */
void metrics_set(enum metric metric, unsigned label, int64_t amount);

/* Counts one observation of SECONDS in microseconds. */
void metrics_observe_us(enum metric metric, int64_t us);

/* The current value, for tests and for besace's own decisions. */
int64_t metrics_get(enum metric metric, unsigned label);

/* The text exposition, version 0.0.4. The caller frees it with free(). */
char *metrics_text(void);

/* The state machine of a Gateway session. */
#include "session.h"

#include <stdlib.h>
#include <string.h>
#include <talloc.h>

#include "besace/base/compiler.h"
#include "besace/base/memory.h"
#include "besace/discord/resume_url.h"
#include "besace/runtime/backoff.h"

enum opcode {
	OP_DISPATCH = 0,
	OP_HEARTBEAT = 1,
	OP_IDENTIFY = 2,
	OP_RESUME = 6,
	OP_RECONNECT = 7,
	OP_INVALID_SESSION = 9,
	OP_HELLO = 10,
	OP_ACK = 11,
};

#define QUERY "/?v=10&encoding=json&compress=zlib-stream"

/* How long Discord has for each step of opening a session. READY of a large bot takes seconds. */
#define CONNECT_MS 30000
#define HELLO_MS 20000
#define READY_MS 60000

/* Without an answer to a heartbeat for this long, we do not claim to see what happens. */
#define LATE_ACK_MS 10000

/* A session that lived this long was a good one: the delays start anew. */
#define GOOD_MS 30000

/* Discord's count may be about to be reset: asked for again no sooner. */
#define MIN_RESET_MS 1000

/* After 4008 (too many payloads). */
#define PAUSE_MS 5000

/* Bounds of what HELLO may ask for; Discord asks for 41,250. */
#define MIN_INTERVAL_MS 100
#define MAX_INTERVAL_MS 300000

/* A resume address that cannot be reached for this long is given up, as Discord gives up the
 * session by then. */
#define KEPT_MS 300000

/* However long a peer asks to wait, and at the least when it refuses connections with 429. */
#define MAX_RETRY_MS 900000

enum course {
	COURSE_RESUME,
	COURSE_SLOW_RESUME, /* after a pause */
	COURSE_IDENTIFY, /* the session is gone */
	COURSE_FATAL,
};

struct session {
	struct session_settings settings;
	enum session_state state;
	char *url; /* the address for new sessions, NULL when not known */
	bool told; /* limits below are those of the coming identify */
	int64_t identify_after_ms; /* by Discord's own count, on the wall clock */
	int max_concurrency;
	char *id, *resume_url; /* both or none */
	int64_t seq;
	struct identify_history history;
	struct backoff backoff;
	unsigned resumes; /* attempts that reached HELLO since the session was last live */
	int64_t unreachable_ms; /* since when none does; -1: the last one did */
	bool resuming; /* what the connection is for */
	int64_t due_ms; /* the time of the next step of the state */
	int64_t live_ms; /* since when it is live */
	int64_t interval_ms; /* of heartbeats; 0 before HELLO */
	int64_t beat_ms; /* of the next heartbeat; INT64_MAX before HELLO */
	int64_t unanswered_ms; /* since when a heartbeat waits for its answer; -1: none does */
	int64_t window_ms; /* the minute in which beats asked for are counted */
	unsigned asked; /* in that minute */
	int64_t rubbish_seq; /* where rubbish came last, -2: nowhere */
	void *scratch; /* texts of the last step */
};

static const struct close_code {
	int code;
	enum course course;
	const char *sentence; /* of fatal ones */
	const char *note; /* of those that are our defect */
} close_codes[] = {
	{4000, COURSE_RESUME, NULL, NULL},
	{4001, COURSE_RESUME, NULL, "Discord did not understand an opcode of ours (4001)"},
	{4002, COURSE_RESUME, NULL, "Discord could not decode a payload of ours (4002)"},
	{4003, COURSE_IDENTIFY, NULL, NULL},
	{4004, COURSE_FATAL, "Discord refuses DISCORD_BOT_TOKEN (close code 4004)", NULL},
	{4005, COURSE_RESUME, NULL, "Discord says that we identified twice (4005)"},
	{4007, COURSE_IDENTIFY, NULL, NULL},
	{4008, COURSE_SLOW_RESUME, NULL, "Discord says that we send too much (4008)"},
	{4009, COURSE_IDENTIFY, NULL, NULL},
	{4010, COURSE_FATAL, "Discord does not know the shard of BESACE_SHARD (close code 4010)",
		NULL},
	{4011, COURSE_FATAL,
		"the bot is in too many servers for one connection: run more shards, see "
		"BESACE_SHARD (close code 4011)",
		NULL},
	{4012, COURSE_FATAL, "Discord no longer speaks version 10 of the Gateway (close code 4012)",
		NULL},
	{4013, COURSE_FATAL, "Discord does not know the intents asked for (close code 4013)", NULL},
	{4014, COURSE_FATAL, "Discord does not allow the intents asked for (close code 4014)",
		NULL},
};

static const struct close_code *find_code(int code)
{
	for (size_t i = 0; i < ARRAY_LEN(close_codes); i++)
		if (close_codes[i].code == code)
			return &close_codes[i];
	return NULL;
}

const char *session_fatal_code(int code)
{
	const struct close_code *row = find_code(code);
	return row ? row->sentence : NULL;
}

/* Codes that Discord does not list: its own range means that it lost us, all others the network. */
static enum course course_of(int code)
{
	const struct close_code *row = find_code(code);
	if (row)
		return row->course;
	return code >= 4000 && code < 5000 ? COURSE_IDENTIFY : COURSE_RESUME;
}

static int64_t later_of(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

/* When the next IDENTIFY may be sent, on the mono clock. */
static int64_t identify_ms(const struct session *session, struct session_now now)
{
	const struct session_settings *settings = &session->settings;
	int64_t wall = identify_next_ms(&session->history, settings->shard_count, now.wall_ms);
	wall = later_of(wall, session->identify_after_ms);
	wall = identify_turn_ms(
		settings->shard_id, settings->shard_count, session->max_concurrency, wall);
	return now.mono_ms + (wall - now.wall_ms);
}

/* Waits for the next connection: DELAY_MS, and for as long as a new session has to. */
static void wait(struct session *session, int64_t delay_ms, struct session_now now)
{
	session->state = SESSION_WAITING;
	session->due_ms = now.mono_ms + delay_ms;
	session->told = false;
	if (!session->id)
		session->due_ms = later_of(session->due_ms, identify_ms(session, now));
}

/* A former session, or none; at its sequence number. */
static void take_identity(struct session *session, const struct session_identity *identity)
{
	TALLOC_FREE(session->id);
	TALLOC_FREE(session->resume_url);
	session->seq = -1;
	if (!identity->id || !identity->resume_url || identity->seq < 0)
		return;
	session->id = must(talloc_strdup(session, identity->id));
	session->resume_url = must(talloc_strdup(session, identity->resume_url));
	session->seq = identity->seq;
}

struct session *session_create(const struct session_settings *settings,
	const struct session_identity *before, const struct identify_history *history,
	struct session_now now)
{
	struct session *session = must(talloc_zero(NULL, struct session));
	session->settings = *settings;
	session->history = *history;
	session->backoff = (struct backoff){.first_ms = 1000, .cap_ms = 60000};
	session->max_concurrency = 1;
	session->seq = -1;
	session->beat_ms = INT64_MAX;
	session->unanswered_ms = -1;
	session->rubbish_seq = -2;
	session->unreachable_ms = -1;
	session->scratch = must(talloc_new(session));
	if (settings->url)
		session->url = must(talloc_strdup(session, settings->url));
	take_identity(session, before);
	wait(session, 0, now);
	return session;
}

void session_destroy(struct session **session)
{
	talloc_free(*session);
	*session = NULL;
}

enum session_state session_state(const struct session *session)
{
	return session->state;
}

void session_identity(const struct session *session, struct session_identity *out)
{
	*out = (struct session_identity){
		.id = session->id, .resume_url = session->resume_url, .seq = session->seq};
}

const struct identify_history *session_history(const struct session *session)
{
	return &session->history;
}

bool session_healthy(const struct session *session, int64_t mono_ms)
{
	return session->state == SESSION_LIVE &&
	       (session->unanswered_ms < 0 || mono_ms - session->unanswered_ms < LATE_ACK_MS);
}

int64_t session_due_ms(const struct session *session)
{
	return session->beat_ms < session->due_ms ? session->beat_ms : session->due_ms;
}

/* ---- Steps */

static void begin(struct session *session, struct session_step *out)
{
	talloc_free_children(session->scratch);
	out->count = 0;
}

static void act(struct session_step *out, enum session_do kind, const char *text)
{
	if (out->count == ARRAY_LEN(out->actions))
		abort(); /* no input causes that many: our defect */
	out->actions[out->count++] = (struct session_action){kind, text};
}

/* The connection is no more: what belonged to it is reset. */
static void hang_up(struct session *session)
{
	session->interval_ms = 0;
	session->beat_ms = INT64_MAX;
	session->unanswered_ms = -1;
	session->asked = 0;
}

static void forget(struct session *session, struct session_step *out)
{
	if (!session->id)
		return;
	TALLOC_FREE(session->id);
	TALLOC_FREE(session->resume_url);
	session->seq = -1;
	session->resumes = 0;
	session->unreachable_ms = -1;
	act(out, SESSION_REMEMBER, NULL);
}

/* Doubling delays, begun anew after a session that lasted. The first one is short: most closes are
 * Discord's routine. */
static int64_t delay_ms(struct session *session, struct session_now now)
{
	if (session->state == SESSION_LIVE && now.mono_ms - session->live_ms >= GOOD_MS)
		backoff_reset(&session->backoff);
	return backoff_next_ms(&session->backoff);
}

/* Whether the session is given up: Discord does not resume it, or its address is dead. */
static bool is_hopeless(struct session *session, struct session_now now)
{
	bool unreached = session->resuming && session->state < SESSION_OPENING;
	if (!unreached)
		session->unreachable_ms = -1;
	else if (session->unreachable_ms < 0)
		session->unreachable_ms = now.mono_ms;
	return session->resumes >= SESSION_MAX_RESUMES ||
	       (unreached && now.mono_ms - session->unreachable_ms >= KEPT_MS);
}

/* The connection is gone; COURSE says how to come back after DELAY. */
static void come_back(struct session *session, enum course course, int64_t delay,
	struct session_now now, struct session_step *out)
{
	bool hopeless = session->id && is_hopeless(session, now);
	hang_up(session);
	if (course == COURSE_IDENTIFY)
		forget(session, out);
	if (session->id && hopeless) {
		act(out, SESSION_NOTE, "the session cannot be resumed: a new one is opened");
		forget(session, out);
	}
	wait(session, delay, now);
}

/* Ends the connection from our side. */
static void leave(struct session *session, enum course course, int64_t min_ms,
	struct session_now now, struct session_step *out)
{
	act(out, SESSION_CLOSE, NULL);
	come_back(session, course, later_of(delay_ms(session, now), min_ms), now, out);
}

static void end(struct session *session, const char *why, struct session_step *out)
{
	hang_up(session);
	session->state = SESSION_OVER;
	session->due_ms = INT64_MAX;
	act(out, SESSION_FATAL, why);
}

/* ---- Payloads of ours */

static const char *dump(struct session *session, json_t *payload)
{
	char *text = must(json_dumps(must(payload), JSON_COMPACT));
	char *copy = must(talloc_strdup(session->scratch, text));
	free(text);
	json_decref(payload);
	return copy;
}

/* Whether one more beat that was asked for is answered in this minute; counts it. */
static bool may_answer(struct session *session, int64_t mono_ms)
{
	if (session->asked == 0 || mono_ms - session->window_ms >= 60000) {
		session->window_ms = mono_ms;
		session->asked = 0;
	}
	if (session->asked >= SESSION_MAX_ASKED_BEATS)
		return false;
	session->asked++;
	return true;
}

static json_t *seq_json(const struct session *session)
{
	return session->seq >= 0 ? json_integer(session->seq) : json_null();
}

static void beat(struct session *session, struct session_now now, struct session_step *out)
{
	if (session->unanswered_ms < 0)
		session->unanswered_ms = now.mono_ms;
	act(out, SESSION_SEND,
		dump(session, json_pack("{s:i, s:o}", "op", OP_HEARTBEAT, "d", seq_json(session))));
}

static const char *resume_text(struct session *session)
{
	return dump(session, json_pack("{s:i, s:{s:s, s:s, s:I}}", "op", OP_RESUME, "d", "token",
				     session->settings.token, "session_id", session->id, "seq",
				     (json_int_t)session->seq));
}

static const char *identify_text(struct session *session)
{
	return dump(session,
		json_pack("{s:i, s:{s:s, s:i, s:{s:s, s:s, s:s}, s:[i, i]}}", "op", OP_IDENTIFY,
			"d", "token", session->settings.token, "intents", SESSION_INTENTS,
			"properties", "os", "linux", "browser", "besace", "device", "besace",
			"shard", session->settings.shard_id, session->settings.shard_count));
}

/* ---- What happens */

static void connect_to(
	struct session *session, const char *url, struct session_now now, struct session_step *out)
{
	session->state = SESSION_CONNECTING;
	session->due_ms = now.mono_ms + CONNECT_MS;
	act(out, SESSION_CONNECT, must(talloc_asprintf(session->scratch, "%s" QUERY, url)));
}

static void connect_next(struct session *session, struct session_now now, struct session_step *out)
{
	session->resuming = session->id != NULL;
	if (session->resuming) {
		connect_to(session, session->resume_url, now, out);
	} else if (session->settings.url || session->told) {
		connect_to(session, session->url, now, out);
	} else {
		session->state = SESSION_ASKING;
		session->due_ms = INT64_MAX;
		act(out, SESSION_ASK, NULL);
	}
}

static char *without_slash(void *ctx, const char *url)
{
	size_t length = strlen(url);
	while (length > 0 && url[length - 1] == '/')
		length--;
	return must(talloc_strndup(ctx, url, length));
}

void session_told(struct session *session, const struct session_limits *limits,
	struct session_now now, struct session_step *out)
{
	begin(session, out);
	if (session->state != SESSION_ASKING)
		return;
	talloc_free(session->url);
	session->url = without_slash(session, limits->url);
	session->max_concurrency = limits->max_concurrency > 0 ? limits->max_concurrency : 1;
	session->identify_after_ms = 0;
	if (limits->remaining <= 0) {
		session->identify_after_ms =
			now.wall_ms + later_of(limits->reset_after_ms, MIN_RESET_MS);
		act(out, SESSION_NOTE, "Discord allows no new session until its count is reset");
	}
	wait(session, 0, now);
	session->told = limits->remaining > 0;
}

void session_not_told(
	struct session *session, bool refused, struct session_now now, struct session_step *out)
{
	begin(session, out);
	if (session->state != SESSION_ASKING)
		return;
	if (refused) {
		end(session, "Discord refuses DISCORD_BOT_TOKEN (401)", out);
		return;
	}
	wait(session, backoff_next_ms(&session->backoff), now);
}

void session_connected(struct session *session, struct session_now now, struct session_step *out)
{
	begin(session, out);
	if (session->state != SESSION_CONNECTING)
		return;
	session->state = SESSION_GREETING;
	session->due_ms = now.mono_ms + HELLO_MS;
}

void session_closed(struct session *session, int code, int64_t retry_ms, struct session_now now,
	struct session_step *out)
{
	begin(session, out);
	if (session->state < SESSION_CONNECTING || session->state > SESSION_LIVE)
		return;
	const struct close_code *row = find_code(code);
	enum course course = course_of(code);
	if (course == COURSE_FATAL) {
		end(session, row->sentence, out);
		return;
	}
	if (row && row->note)
		act(out, SESSION_NOTE, row->note);
	int64_t delay =
		later_of(delay_ms(session, now), course == COURSE_SLOW_RESUME ? PAUSE_MS : 0);
	retry_ms = retry_ms < MAX_RETRY_MS ? retry_ms : MAX_RETRY_MS;
	come_back(session, course, later_of(delay, retry_ms), now, out);
}

void session_not_identified(
	struct session *session, struct session_now now, struct session_step *out)
{
	begin(session, out);
	session->history.count--; /* it was not sent */
	act(out, SESSION_NOTE, "the identify cannot be counted on disk: it waits");
	leave(session, COURSE_IDENTIFY, PAUSE_MS, now, out);
}

static void on_hello(struct session *session, const json_t *data, struct session_now now,
	struct session_step *out)
{
	json_int_t interval = json_integer_value(json_object_get(data, "heartbeat_interval"));
	if (session->state != SESSION_GREETING)
		return; /* a second HELLO changes nothing */
	if (interval < MIN_INTERVAL_MS || interval > MAX_INTERVAL_MS) {
		act(out, SESSION_NOTE, "HELLO asks for an impossible heartbeat");
		leave(session, COURSE_RESUME, 0, now, out);
		return;
	}
	double part = session->settings.random(session->settings.random_arg);
	session->interval_ms = interval;
	session->beat_ms = now.mono_ms + (int64_t)((double)interval * part);
	session->state = SESSION_OPENING;
	session->due_ms = now.mono_ms + READY_MS;
	if (session->resuming) {
		session->resumes++;
		act(out, SESSION_SEND, resume_text(session));
		return;
	}
	session->seq = -1;
	identify_add(&session->history, now.wall_ms);
	act(out, SESSION_IDENTIFY, identify_text(session));
}

static void on_invalid_session(struct session *session, const json_t *data, struct session_now now,
	struct session_step *out)
{
	/* A random wait of 1 to 5 s: many sessions are invalidated together. It is Discord that
	 * answers, so no earlier outage counts; resumes and identifies are bounded by themselves.
	 */
	double part = session->settings.random(session->settings.random_arg);
	enum course course = json_is_true(data) ? COURSE_RESUME : COURSE_IDENTIFY;
	act(out, SESSION_CLOSE, NULL);
	come_back(session, course, 1000 + (int64_t)(4000 * part), now, out);
}

static void on_ready(struct session *session, const json_t *data, struct session_now now,
	struct session_step *out)
{
	const char *id = json_string_value(json_object_get(data, "session_id"));
	const char *url = json_string_value(json_object_get(data, "resume_gateway_url"));
	if (!id || *id == '\0') {
		act(out, SESSION_NOTE, "READY names no session");
		leave(session, COURSE_IDENTIFY, 0, now, out);
		return;
	}
	talloc_free(session->id);
	talloc_free(session->resume_url);
	session->id = must(talloc_strdup(session, id));
	bool usable = resume_url_is_usable(url, session->url);
	if (url && !usable)
		act(out, SESSION_NOTE,
			"READY names a resume address that is not Discord's: ignored");
	session->resume_url = without_slash(session, usable ? url : session->url);
	session->resumes = 0;
	session->state = SESSION_LIVE;
	session->live_ms = now.mono_ms;
	session->due_ms = INT64_MAX;
	act(out, SESSION_REMEMBER, NULL);
}

static void on_resumed(struct session *session, struct session_now now)
{
	session->resumes = 0;
	session->state = SESSION_LIVE;
	session->live_ms = now.mono_ms;
	session->due_ms = INT64_MAX;
}

/* True when the dispatch is new and its session is (still) ours. */
static bool on_dispatch(struct session *session, const struct frame *frame, struct session_now now,
	struct session_step *out)
{
	if (session->state != SESSION_OPENING && session->state != SESSION_LIVE)
		return false;
	if (!frame->type || frame->seq < 0 || frame->seq <= session->seq)
		return false;
	session->seq = frame->seq;
	if (session->state == SESSION_LIVE)
		return true;
	session->due_ms = now.mono_ms + READY_MS; /* a replay may be long, but it goes on */
	if (!session->resuming && strcmp(frame->type, "READY") == 0)
		on_ready(session, frame->data, now, out);
	else if (session->resuming && strcmp(frame->type, "RESUMED") == 0)
		on_resumed(session, now);
	return session->id != NULL;
}

bool session_frame(struct session *session, const struct frame *frame, struct session_now now,
	struct session_step *out)
{
	begin(session, out);
	if (session->state < SESSION_GREETING || session->state > SESSION_LIVE)
		return false;
	switch (frame->op) {
	case OP_DISPATCH:
		return on_dispatch(session, frame, now, out);
	case OP_HEARTBEAT:
		if (may_answer(session, now.mono_ms))
			beat(session, now, out);
		break;
	case OP_RECONNECT:
		leave(session, COURSE_RESUME, 0, now, out);
		break;
	case OP_INVALID_SESSION:
		on_invalid_session(session, frame->data, now, out);
		break;
	case OP_HELLO:
		on_hello(session, frame->data, now, out);
		break;
	case OP_ACK:
		session->unanswered_ms = -1;
		break;
	default: /* Discord adds opcodes; those that matter to us are above */
		break;
	}
	return false;
}

void session_rubbish(
	struct session *session, bool broken, struct session_now now, struct session_step *out)
{
	begin(session, out);
	if (session->state < SESSION_GREETING || session->state > SESSION_LIVE)
		return;
	bool again = session->rubbish_seq == session->seq;
	session->rubbish_seq = session->seq;
	if (broken || !again)
		leave(session, COURSE_RESUME, 0, now, out);
}

static void due_beat(struct session *session, struct session_now now, struct session_step *out)
{
	/* Answers to beats that op 1 asked for may still be under way: only a whole interval
	 * counts. */
	if (session->unanswered_ms >= 0 &&
		now.mono_ms - session->unanswered_ms >= session->interval_ms) {
		act(out, SESSION_NOTE,
			"Discord does not answer heartbeats: the connection is dead");
		leave(session, COURSE_RESUME, 0, now, out);
		return;
	}
	session->beat_ms = now.mono_ms + session->interval_ms;
	beat(session, now, out);
}

void session_due(struct session *session, struct session_now now, struct session_step *out)
{
	begin(session, out);
	if (now.mono_ms >= session->due_ms) {
		if (session->state == SESSION_WAITING) {
			connect_next(session, now, out);
		} else {
			act(out, SESSION_NOTE, "Discord does not answer in time");
			leave(session, COURSE_RESUME, 0, now, out);
		}
	} else if (now.mono_ms >= session->beat_ms) {
		due_beat(session, now, out);
	}
}

void session_pause(
	struct session *session, const struct session_identity *kept, struct session_step *out)
{
	begin(session, out);
	if (session->state >= SESSION_CONNECTING && session->state <= SESSION_LIVE)
		act(out, SESSION_CLOSE, NULL);
	if (session->state == SESSION_OVER)
		return;
	hang_up(session);
	take_identity(session, kept);
	session->state = SESSION_PAUSED;
	session->due_ms = INT64_MAX;
}

void session_continue(struct session *session, struct session_now now)
{
	if (session->state == SESSION_PAUSED)
		wait(session, 0, now);
}

void session_stop(struct session *session, struct session_step *out)
{
	begin(session, out);
	if (session->state >= SESSION_CONNECTING && session->state <= SESSION_LIVE)
		act(out, SESSION_CLOSE, NULL);
	hang_up(session);
	session->state = SESSION_OVER;
	session->due_ms = INT64_MAX;
}

/* The state machine of a Gateway session. */
#include "session.h"

#include <stdlib.h>
#include <string.h>
#include <talloc.h>

#include "besace/base/compiler.h"
#include "besace/base/memory.h"
#include "besace/discord/gateway.h"
#include "besace/runtime/backoff.h"

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
#define MAX_RESET_MS INT64_C(86400000)

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
	struct session_now now; /* of the call under way */
	struct session_step step; /* that it is to end with */
};

static int64_t later_of(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static int within(int min, int max, int value)
{
	return value < min ? min : value > max ? max : value;
}

/* When the next IDENTIFY may be sent, on the mono clock. */
static int64_t identify_ms(const struct session *session)
{
	const struct session_settings *settings = &session->settings;
	int64_t wall =
		identify_next_ms(&session->history, settings->shard_count, session->now.wall_ms);
	wall = later_of(wall, session->identify_after_ms);
	wall = identify_turn_ms(
		settings->shard_id, settings->shard_count, session->max_concurrency, wall);
	return session->now.mono_ms + (wall - session->now.wall_ms);
}

/* Waits for the next connection: DELAY_MS, and for as long as a new session has to. */
static void wait(struct session *session, int64_t delay_ms)
{
	session->state = SESSION_WAITING;
	session->due_ms = session->now.mono_ms + delay_ms;
	session->told = false;
	if (!session->id)
		session->due_ms = later_of(session->due_ms, identify_ms(session));
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
	session->now = now;
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
	wait(session, 0);
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

static bool is_connected(const struct session *session)
{
	return session->state >= SESSION_GREETING && session->state <= SESSION_LIVE;
}

int64_t session_due_ms(const struct session *session)
{
	return session->beat_ms < session->due_ms ? session->beat_ms : session->due_ms;
}

/* ---- Steps */

static void begin(struct session *session, struct session_now now)
{
	talloc_free_children(session->scratch);
	session->step.count = 0;
	session->now = now;
}

const struct session_step *session_step(const struct session *session)
{
	return &session->step;
}

static void act(struct session *session, enum session_do kind, const char *text)
{
	struct session_step *step = &session->step;
	if (step->count == ARRAY_LEN(step->actions))
		abort(); /* no input causes that many: our defect */
	step->actions[step->count++] = (struct session_action){kind, text};
}

/* The connection is no more: what belonged to it is reset. */
static void hang_up(struct session *session)
{
	session->interval_ms = 0;
	session->beat_ms = INT64_MAX;
	session->unanswered_ms = -1;
	session->asked = 0;
}

static void forget(struct session *session)
{
	if (!session->id)
		return;
	TALLOC_FREE(session->id);
	TALLOC_FREE(session->resume_url);
	session->seq = -1;
	session->resumes = 0;
	session->unreachable_ms = -1;
	act(session, SESSION_REMEMBER, NULL);
}

/* Doubling delays, begun anew after a session that lasted. The first one is short: most closes are
 * Discord's routine. */
static int64_t delay_ms(struct session *session)
{
	if (session->state == SESSION_LIVE && session->now.mono_ms - session->live_ms >= GOOD_MS)
		backoff_reset(&session->backoff);
	return backoff_next_ms(&session->backoff);
}

/* Whether the session is given up: Discord does not resume it, or its address is dead. */
static bool is_hopeless(struct session *session)
{
	bool unreached = session->resuming && session->state < SESSION_OPENING;
	if (!unreached)
		session->unreachable_ms = -1;
	else if (session->unreachable_ms < 0)
		session->unreachable_ms = session->now.mono_ms;
	return session->resumes >= SESSION_MAX_RESUMES ||
	       (unreached && session->now.mono_ms - session->unreachable_ms >= KEPT_MS);
}

/* The connection is gone; COURSE says how to come back after DELAY. */
static void come_back(struct session *session, enum gateway_course course, int64_t delay)
{
	bool hopeless = session->id && is_hopeless(session);
	hang_up(session);
	if (course == GATEWAY_COURSE_IDENTIFY)
		forget(session);
	if (session->id && hopeless) {
		act(session, SESSION_NOTE, "the session cannot be resumed: a new one is opened");
		forget(session);
	}
	wait(session, delay);
}

/* Ends the connection from our side. */
static void leave(struct session *session, enum gateway_course course, int64_t min_ms)
{
	act(session, SESSION_CLOSE, NULL);
	come_back(session, course, later_of(delay_ms(session), min_ms));
}

/* No connection, and none is to be made. */
static void halt(struct session *session, enum session_state state)
{
	hang_up(session);
	session->state = state;
	session->due_ms = INT64_MAX;
}

static void end(struct session *session, const char *why)
{
	halt(session, SESSION_OVER);
	act(session, SESSION_FATAL, why);
}

/* Whether one more beat that was asked for is answered in this minute; counts it. */
static bool may_answer(struct session *session)
{
	int64_t mono_ms = session->now.mono_ms;
	if (session->asked == 0 || mono_ms - session->window_ms >= 60000) {
		session->window_ms = mono_ms;
		session->asked = 0;
	}
	if (session->asked >= SESSION_MAX_ASKED_BEATS)
		return false;
	session->asked++;
	return true;
}

static void beat(struct session *session)
{
	if (session->unanswered_ms < 0)
		session->unanswered_ms = session->now.mono_ms;
	act(session, SESSION_SEND, gateway_heartbeat(session->scratch, session->seq));
}

/* ---- What happens */

static void connect_to(struct session *session, const char *url)
{
	session->state = SESSION_CONNECTING;
	session->due_ms = session->now.mono_ms + CONNECT_MS;
	act(session, SESSION_CONNECT,
		must(talloc_asprintf(session->scratch, "%s" GATEWAY_QUERY, url)));
}

static void connect_next(struct session *session)
{
	session->resuming = session->id != NULL;
	if (session->resuming) {
		connect_to(session, session->resume_url);
	} else if (session->settings.url || session->told) {
		connect_to(session, session->url);
	} else {
		session->state = SESSION_ASKING;
		session->due_ms = INT64_MAX;
		act(session, SESSION_ASK, NULL);
	}
}

static char *without_slash(void *ctx, const char *url)
{
	size_t length = strlen(url);
	while (length > 0 && url[length - 1] == '/')
		length--;
	return must(talloc_strndup(ctx, url, length));
}

bool session_limits_read(const json_t *answer, struct session_limits *out)
{
	json_int_t remaining, reset_after_ms;
	*out = (struct session_limits){.max_concurrency = 1};
	if (json_unpack((json_t *)answer, "{s:s, s:{s:I, s:I, s?i}}", "url", &out->url,
		    "session_start_limit", "remaining", &remaining, "reset_after", &reset_after_ms,
		    "max_concurrency", &out->max_concurrency) != 0)
		return false;
	out->remaining = remaining;
	out->reset_after_ms = reset_after_ms < MAX_RESET_MS ? reset_after_ms : MAX_RESET_MS;
	return true;
}

void session_told(
	struct session *session, const struct session_limits *limits, struct session_now now)
{
	begin(session, now);
	if (session->state != SESSION_ASKING)
		return;
	talloc_free(session->url);
	session->url = without_slash(session, limits->url);
	session->max_concurrency =
		within(1, session->settings.shard_count, limits->max_concurrency);
	session->identify_after_ms = 0;
	if (limits->remaining <= 0) {
		session->identify_after_ms =
			session->now.wall_ms + later_of(limits->reset_after_ms, MIN_RESET_MS);
		act(session, SESSION_NOTE,
			"Discord allows no new session until its count is reset");
	}
	wait(session, 0);
	session->told = limits->remaining > 0;
}

void session_not_told(struct session *session, bool refused, struct session_now now)
{
	begin(session, now);
	if (session->state != SESSION_ASKING)
		return;
	if (refused) {
		end(session, "Discord refuses DISCORD_BOT_TOKEN (401)");
		return;
	}
	wait(session, backoff_next_ms(&session->backoff));
}

void session_connected(struct session *session, struct session_now now)
{
	begin(session, now);
	if (session->state != SESSION_CONNECTING)
		return;
	session->state = SESSION_GREETING;
	session->due_ms = session->now.mono_ms + HELLO_MS;
}

void session_closed(struct session *session, int code, int64_t retry_ms, struct session_now now)
{
	begin(session, now);
	if (!is_connected(session) && session->state != SESSION_CONNECTING)
		return;
	struct gateway_close row = gateway_close(code);
	if (row.course == GATEWAY_COURSE_FATAL) {
		end(session, row.sentence);
		return;
	}
	if (row.note)
		act(session, SESSION_NOTE, row.note);
	bool slow = row.course == GATEWAY_COURSE_SLOW_RESUME;
	int64_t delay = later_of(delay_ms(session), slow ? PAUSE_MS : 0);
	retry_ms = retry_ms < MAX_RETRY_MS ? retry_ms : MAX_RETRY_MS;
	come_back(session, row.course, later_of(delay, retry_ms));
}

void session_not_identified(struct session *session, struct session_now now)
{
	begin(session, now);
	session->history.count--; /* it was not sent */
	act(session, SESSION_NOTE, "the identify cannot be counted on disk: it waits");
	leave(session, GATEWAY_COURSE_IDENTIFY, PAUSE_MS);
}

static void on_hello(struct session *session, const struct node *data)
{
	const struct session_settings *settings = &session->settings;
	int64_t interval = node_integer(node_get(data, "heartbeat_interval"));
	if (session->state != SESSION_GREETING)
		return; /* a second HELLO changes nothing */
	if (interval < MIN_INTERVAL_MS || interval > MAX_INTERVAL_MS) {
		act(session, SESSION_NOTE, "HELLO asks for an impossible heartbeat");
		leave(session, GATEWAY_COURSE_RESUME, 0);
		return;
	}
	double part = settings->random(settings->random_arg);
	session->interval_ms = interval;
	session->beat_ms = session->now.mono_ms + (int64_t)((double)interval * part);
	session->state = SESSION_OPENING;
	session->due_ms = session->now.mono_ms + READY_MS;
	if (session->resuming) {
		session->resumes++;
		act(session, SESSION_SEND,
			gateway_resume(
				session->scratch, settings->token, session->id, session->seq));
		return;
	}
	session->seq = -1;
	identify_add(&session->history, session->now.wall_ms);
	act(session, SESSION_IDENTIFY,
		gateway_identify(session->scratch, settings->token, settings->shard_id,
			settings->shard_count));
}

static void on_invalid_session(struct session *session, const struct node *data)
{
	/* A random wait of 1 to 5 s: many sessions are invalidated together. It is Discord that
	 * answers, so no earlier outage counts; resumes and identifies are bounded by themselves.
	 */
	double part = session->settings.random(session->settings.random_arg);
	enum gateway_course course =
		node_is_true(data) ? GATEWAY_COURSE_RESUME : GATEWAY_COURSE_IDENTIFY;
	act(session, SESSION_CLOSE, NULL);
	come_back(session, course, 1000 + (int64_t)(4000 * part));
}

static void go_live(struct session *session)
{
	session->resumes = 0;
	session->state = SESSION_LIVE;
	session->live_ms = session->now.mono_ms;
	session->due_ms = INT64_MAX;
}

static void on_ready(struct session *session, const struct node *data)
{
	const char *id = node_text(node_get(data, "session_id"));
	const char *url = node_text(node_get(data, "resume_gateway_url"));
	if (!id || *id == '\0') {
		act(session, SESSION_NOTE, "READY names no session");
		leave(session, GATEWAY_COURSE_IDENTIFY, 0);
		return;
	}
	talloc_free(session->id);
	talloc_free(session->resume_url);
	session->id = must(talloc_strdup(session, id));
	bool usable = gateway_url_is_usable(url, session->url);
	if (url && !usable)
		act(session, SESSION_NOTE,
			"READY names a resume address that is not Discord's: ignored");
	session->resume_url = without_slash(session, usable ? url : session->url);
	go_live(session);
	act(session, SESSION_REMEMBER, NULL);
}

/* True when the dispatch is new and its session is (still) ours. */
static bool on_dispatch(struct session *session, const struct frame *frame)
{
	if (session->state != SESSION_OPENING && session->state != SESSION_LIVE)
		return false;
	if (!frame->type || frame->seq < 0 || frame->seq <= session->seq)
		return false;
	session->seq = frame->seq;
	if (session->state == SESSION_LIVE)
		return true;
	session->due_ms =
		session->now.mono_ms + READY_MS; /* a replay may be long, but it goes on */
	if (!session->resuming && strcmp(frame->type, "READY") == 0)
		on_ready(session, frame->data);
	else if (session->resuming && strcmp(frame->type, "RESUMED") == 0)
		go_live(session);
	return session->id != NULL;
}

bool session_frame(struct session *session, const struct frame *frame, struct session_now now)
{
	begin(session, now);
	if (!is_connected(session))
		return false;
	switch (frame->op) {
	case GATEWAY_DISPATCH:
		return on_dispatch(session, frame);
	case GATEWAY_HEARTBEAT:
		if (may_answer(session))
			beat(session);
		break;
	case GATEWAY_RECONNECT:
		leave(session, GATEWAY_COURSE_RESUME, 0);
		break;
	case GATEWAY_INVALID_SESSION:
		on_invalid_session(session, frame->data);
		break;
	case GATEWAY_HELLO:
		on_hello(session, frame->data);
		break;
	case GATEWAY_ACK:
		session->unanswered_ms = -1;
		break;
	default: /* Discord adds opcodes; those that matter to us are above */
		break;
	}
	return false;
}

void session_rubbish(struct session *session, bool broken, struct session_now now)
{
	begin(session, now);
	if (!is_connected(session))
		return;
	bool again = session->rubbish_seq == session->seq;
	session->rubbish_seq = session->seq;
	if (broken || !again)
		leave(session, GATEWAY_COURSE_RESUME, 0);
}

static void due_beat(struct session *session)
{
	/* Answers to beats that op 1 asked for may still be under way: only a whole interval
	 * counts. */
	if (session->unanswered_ms >= 0 &&
		session->now.mono_ms - session->unanswered_ms >= session->interval_ms) {
		act(session, SESSION_NOTE,
			"Discord does not answer heartbeats: the connection is dead");
		leave(session, GATEWAY_COURSE_RESUME, 0);
		return;
	}
	session->beat_ms = session->now.mono_ms + session->interval_ms;
	beat(session);
}

void session_due(struct session *session, struct session_now now)
{
	begin(session, now);
	if (session->now.mono_ms >= session->due_ms) {
		if (session->state == SESSION_WAITING) {
			connect_next(session);
		} else {
			act(session, SESSION_NOTE, "Discord does not answer in time");
			leave(session, GATEWAY_COURSE_RESUME, 0);
		}
	} else if (session->now.mono_ms >= session->beat_ms) {
		due_beat(session);
	}
}

/* Closes the connection, if there is one. */
static void close_connection(struct session *session)
{
	begin(session, session->now);
	if (is_connected(session) || session->state == SESSION_CONNECTING)
		act(session, SESSION_CLOSE, NULL);
}

void session_pause(struct session *session, const struct session_identity *kept)
{
	close_connection(session);
	if (session->state == SESSION_OVER)
		return;
	halt(session, SESSION_PAUSED);
	take_identity(session, kept);
}

void session_continue(struct session *session, struct session_now now)
{
	session->now = now;
	if (session->state == SESSION_PAUSED)
		wait(session, 0);
}

void session_stop(struct session *session)
{
	close_connection(session);
	halt(session, SESSION_OVER);
}

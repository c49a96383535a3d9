/* Edits the messages of games that ended by themselves. */
#include "besace/jobs/editor.h"

#include <sys/queue.h>
#include <talloc.h>

#include "besace/base/defect.h"
#include "besace/base/memory.h"
#include "besace/play/match_message.h"
#include "besace/rest/channels.h"
#include "besace/rest/guilds.h"
#include "besace/rest/webhooks.h"
#include "besace/runtime/log.h"
#include "besace/runtime/metrics.h"
#include "besace/store/match_edits.h"
#include "job.h"

#define HTTP_FORBIDDEN 403
#define CODE_UNKNOWN_CHANNEL 10003 /* Discord's */

/* Poll interval for messages of expired matches. */
#define POLL_MS 1000

/* Edits in flight at once: half of what the REST client sends at once. The rest is for results that
 * members wait for, and for announcements. */
#define MAX_IN_FLIGHT 16

/* Lease on a claimed edit. Must exceed the total retry time of one edit. */
#define LEASE_S 240

struct editor {
	struct loop *loop;
	struct pool *pool;
	struct rest *rest;
	bool is_bot;
	unsigned count; /* of edits */
	bool leasing; /* a call for a lease is under way, for so many: */
	unsigned asked;
	bool more; /* the last call found as many as it asked for, and they have left */
	TAILQ_HEAD(, edit) edits;
	void *ctx; /* of the call under way */
	struct pool_request request;
	struct timer timer;
	struct job_health health;
};

/* One message. */
struct edit {
	struct editor *editor;
	struct match_edit match;
	struct content message;
	bool as_bot; /* it was tried as the bot, not by the interaction's token */
	struct pool_request request; /* saying how it ended */
	TAILQ_ENTRY(edit) next;
};

static void come_back(struct editor *editor, int64_t delay_ms)
{
	loop_timer_set(editor->loop, &editor->timer, loop_now_ms(editor->loop) + delay_ms);
}

/* Its place is free for another one: games that fall due together are edited as fast as Discord
 * takes it, not some a second. */
static void forget(struct edit *edit)
{
	struct editor *editor = edit->editor;
	TAILQ_REMOVE(&editor->edits, edit, next);
	editor->count--;
	talloc_free(edit);
	if (editor->more && !editor->leasing)
		come_back(editor, 0);
}

/* ---- How it ended */

/* Should it not be written down, the edit comes back once its lease has run out. */
static void written(void *arg, enum status status, const struct db_rows *rows, const char *why)
{
	(void)rows;
	struct edit *edit = arg;
	(void)job_ended(&edit->editor->health, JOB_EDITOR, status, why);
	forget(edit);
}

static void finish(struct edit *edit, bool made)
{
	metrics_add(METRIC_GAME_EDITS, made ? GAME_EDIT_MADE : GAME_EDIT_LEFT, 1);
	edit->request = (struct pool_request){.done = written, .arg = edit};
	match_edits_end_call(edit, &edit->match, made, &edit->request.call);
	if (pool_submit(edit->editor->pool, &edit->request))
		forget(edit);
}

/* ---- Making it */

static void answered(void *arg, const struct rest_answer *answer);

static bool has_token(const struct edit *edit)
{
	return edit->match.token && edit->match.application_id;
}

static bool bot_may(const struct edit *edit)
{
	return edit->editor->is_bot && edit->match.channel_id && edit->match.message_id;
}

static enum status submit(struct edit *edit)
{
	const struct match_edit *match = &edit->match;
	if (edit->as_bot && !bot_may(edit))
		return STATUS_DENIED;
	struct rest_request request = edit->as_bot ? channels_edit_message(match->channel_id,
							     match->message_id, edit->message)
						   : webhooks_edit_original(match->application_id,
							     match->token, edit->message);
	/* The message has stood there for a while: a token that Discord does not know is dead. */
	request.not_yet = false;
	request.done = answered;
	request.arg = edit;
	return rest_submit(edit->editor->rest, &request);
}

/* A bot token that Discord refuses is an operator's to mend: the edit comes back. */
static bool is_for_later(const struct edit *edit, enum status status, int http)
{
	return status == STATUS_UNAVAILABLE ||
	       (status == STATUS_DENIED && edit->as_bot && bot_may(edit) && http != HTTP_FORBIDDEN);
}

/* False when Discord's client has no room: it would have none for another one. */
static bool begin(struct edit *edit, bool as_bot)
{
	edit->as_bot = as_bot;
	enum status status = submit(edit);
	if (is_for_later(edit, status, 0))
		forget(edit);
	else if (status)
		finish(edit, false);
	return status != STATUS_UNAVAILABLE;
}

/* For good: the token has died, perhaps before its time, the message was removed, or it is not ours
 * to edit. */
static void refused(struct edit *edit, const struct rest_answer *answer)
{
	if (!edit->as_bot && bot_may(edit) && answer->status != STATUS_INVALID &&
		answer->status != STATUS_TOO_LARGE) {
		(void)begin(edit, true);
		return;
	}
	log_info(LOG_TEXT("game message not edited"), LOG_STR("match", edit->match.match_id),
		LOG_STR("why", rest_summary(edit, answer)));
	finish(edit, false);
}

/* A channel that is unknown while its guild is away comes back with it. */
static void looked_at_guild(void *arg, const struct rest_answer *answer)
{
	struct edit *edit = arg;
	if (answer->status != STATUS_OK) {
		forget(edit);
		return;
	}
	log_info(LOG_TEXT("game message not edited"), LOG_STR("match", edit->match.match_id),
		LOG_STR("why", "its channel is gone"));
	finish(edit, false);
}

static void look_at_guild(struct edit *edit)
{
	struct rest_request request = guilds_get(edit->match.guild_id);
	request.done = looked_at_guild;
	request.arg = edit;
	if (rest_submit(edit->editor->rest, &request))
		forget(edit);
}

static void answered(void *arg, const struct rest_answer *answer)
{
	struct edit *edit = arg;
	if (edit->as_bot && answer->status == STATUS_NOT_FOUND &&
		answer->code == CODE_UNKNOWN_CHANNEL) {
		look_at_guild(edit);
		return;
	}
	if (is_for_later(edit, answer->status, answer->http)) {
		forget(edit);
		return;
	}
	switch (answer->status) {
	case STATUS_OK:
		finish(edit, true);
		break;
	case STATUS_INVALID:
	case STATUS_DENIED:
	case STATUS_NOT_FOUND:
	case STATUS_TOO_LARGE:
		refused(edit, answer);
		break;
	case STATUS_UNAVAILABLE:
	case STATUS_UNKNOWN:
	case STATUS_FAILED:
		forget(edit); /* its lease runs out, and it is tried again */
		break;
	}
}

static bool make(struct edit *edit)
{
	struct reply reply;
	enum language language = text_language(edit->match.language);
	if (game_end_message(edit, edit->match.outcome, language, &reply)) {
		log_error(LOG_TEXT("the end of a game makes no sense"),
			LOG_STR("match", edit->match.match_id));
		finish(edit, false);
		return true;
	}
	struct defect defect;
	reply.unit = edit->match.unit;
	edit->message = reply_message(edit, &reply, false);
	if (defect_take(&defect)) {
		log_error(LOG_TEXT("defect in the message of a match"),
			LOG_STR("game", edit->match.match_id), LOG_STR("file", defect.file),
			LOG_INT("line", defect.line), LOG_STR("why", defect.why));
		finish(edit, false);
		return true;
	}
	return begin(edit, !has_token(edit));
}

static void leased(void *arg, enum status status, const struct db_rows *rows, const char *why)
{
	struct editor *editor = arg;
	unsigned row = 0;
	bool has_room = true;
	(void)job_ended(&editor->health, JOB_EDITOR, status, why);
	for (; !status; row++) {
		struct edit *edit = must(talloc_zero(editor, struct edit));
		edit->editor = editor;
		if (!match_edits_take_read(edit, rows, (int)row, &edit->match)) {
			talloc_free(edit);
			break;
		}
		TAILQ_INSERT_TAIL(&editor->edits, edit, next);
		editor->count++;
		has_room &= make(edit);
	}
	editor->leasing = false;
	editor->more = row == editor->asked && has_room;
	come_back(editor, editor->more && editor->count < MAX_IN_FLIGHT ? 0 : POLL_MS);
}

static void lease_next(void *arg)
{
	struct editor *editor = arg;
	if (editor->count == MAX_IN_FLIGHT) {
		editor->more = true; /* as far as is known; the next one that ends looks */
		return;
	}
	talloc_free(editor->ctx);
	editor->ctx = must(talloc_new(editor));
	editor->request = (struct pool_request){.done = leased, .arg = editor};
	editor->asked = MAX_IN_FLIGHT - editor->count;
	editor->leasing = true;
	match_edits_take_call(editor->ctx, (int)editor->asked, LEASE_S, &editor->request.call);
	if (pool_submit(editor->pool, &editor->request)) {
		(void)job_ended(&editor->health, JOB_EDITOR, STATUS_UNAVAILABLE, NULL);
		editor->leasing = false;
		come_back(editor, POLL_MS);
	}
}

struct editor *editor_create(struct loop *loop, struct pool *pool, struct rest *rest, bool is_bot)
{
	struct editor *editor = must(talloc_zero(NULL, struct editor));
	editor->loop = loop;
	editor->pool = pool;
	editor->rest = rest;
	editor->is_bot = is_bot;
	TAILQ_INIT(&editor->edits);
	editor->timer = (struct timer){.fn = lease_next, .arg = editor};
	come_back(editor, 0);
	return editor;
}

void editor_destroy(struct editor **handle)
{
	struct editor *editor = *handle;
	if (!editor)
		return;
	(void)pool_cancel(editor->pool, &editor->request);
	editor->more = false;
	loop_timer_cancel(editor->loop, &editor->timer);
	struct edit *edit;
	while ((edit = TAILQ_FIRST(&editor->edits))) {
		(void)pool_cancel(editor->pool, &edit->request);
		forget(edit);
	}
	talloc_free(editor);
	*handle = NULL;
}

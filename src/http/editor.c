/* Edits the messages of games that ended by themselves. */
#include "editor.h"

#include <sys/queue.h>
#include <talloc.h>

#include "besace/base/limits.h"
#include "besace/base/memory.h"
#include "besace/command/games.h"
#include "besace/rest/channels.h"
#include "besace/rest/webhooks.h"
#include "besace/runtime/log.h"
#include "besace/runtime/metrics.h"
#include "besace/store/games.h"

struct editor {
	struct loop *loop;
	struct pool *pool;
	struct rest *rest;
	bool is_bot;
	unsigned count; /* of edits */
	TAILQ_HEAD(, edit) edits;
	void *ctx; /* of the call under way */
	struct pool_request request;
	struct timer timer;
};

/* One message. */
struct edit {
	struct editor *editor;
	struct match_edit match;
	json_t *message;
	struct pool_request request; /* saying how it ended */
	TAILQ_ENTRY(edit) next;
};

static void come_back(struct editor *editor, int64_t delay_ms)
{
	loop_timer_set(editor->loop, &editor->timer, loop_now_ms(editor->loop) + delay_ms);
}

static void forget(struct edit *edit)
{
	struct editor *editor = edit->editor;
	TAILQ_REMOVE(&editor->edits, edit, next);
	editor->count--;
	json_decref(edit->message);
	talloc_free(edit);
}

/* ---- How it ended */

/* Should it not be written down, the edit comes back once its lease has run out. */
static void written(void *arg, enum status status, const struct db_rows *rows, const char *why)
{
	(void)rows;
	struct edit *edit = arg;
	if (status == STATUS_FAILED)
		log_error(LOG_TEXT("game message"), LOG_STR("game", edit->match.game_id),
			LOG_STR("why", why));
	forget(edit);
}

static void finish(struct edit *edit, bool made)
{
	metrics_add(METRIC_GAME_EDITS, made ? GAME_EDIT_MADE : GAME_EDIT_LEFT, 1);
	edit->request = (struct pool_request){.done = written, .arg = edit};
	match_edits_end_call(edit->match.game_id, made, &edit->request.call);
	if (pool_submit(edit->editor->pool, &edit->request))
		forget(edit);
}

static void answered(void *arg, const struct rest_answer *answer)
{
	struct edit *edit = arg;
	switch (answer->status) {
	case STATUS_OK:
		finish(edit, true);
		break;
	case STATUS_INVALID:
	case STATUS_DENIED:
	case STATUS_NOT_FOUND:
	case STATUS_TOO_LARGE:
		/* The token has died, the message was removed, or it is not ours to edit. */
		log_info(LOG_TEXT("game message not edited"), LOG_STR("game", edit->match.game_id),
			LOG_STR("why", rest_explain(edit, answer)));
		finish(edit, false);
		break;
	case STATUS_UNAVAILABLE:
	case STATUS_UNKNOWN:
	case STATUS_FAILED:
		forget(edit); /* its lease runs out, and it is tried again */
		break;
	}
}

/* ---- Making it */

static enum status submit(struct edit *edit)
{
	const struct match_edit *match = &edit->match;
	struct rest_request request;
	if (match->token && match->application_id)
		request =
			webhooks_edit_original(match->application_id, match->token, edit->message);
	else if (edit->editor->is_bot && match->channel_id && match->message_id)
		request =
			channels_edit_message(match->channel_id, match->message_id, edit->message);
	else
		return STATUS_DENIED;
	request.done = answered;
	request.arg = edit;
	return rest_submit(edit->editor->rest, &request);
}

static void make(struct edit *edit)
{
	struct reply reply;
	enum language language = edit->match.english ? LANGUAGE_EN : LANGUAGE_FR;
	if (game_end_message(edit, edit->match.outcome, language, &reply)) {
		log_error(LOG_TEXT("the end of a game makes no sense"),
			LOG_STR("game", edit->match.game_id));
		finish(edit, false);
		return;
	}
	edit->message = reply_message(&reply, false);
	enum status status = submit(edit);
	if (status == STATUS_UNAVAILABLE)
		forget(edit);
	else if (status)
		finish(edit, false);
}

static void taken(void *arg, enum status status, const struct db_rows *rows, const char *why)
{
	struct editor *editor = arg;
	if (status == STATUS_FAILED)
		log_error(LOG_TEXT("game messages"), LOG_STR("why", why));
	int row = 0;
	for (; !status; row++) {
		struct edit *edit = must(talloc_zero(editor, struct edit));
		edit->editor = editor;
		if (!match_edits_take_read(edit, rows, row, &edit->match)) {
			talloc_free(edit);
			break;
		}
		TAILQ_INSERT_TAIL(&editor->edits, edit, next);
		editor->count++;
		make(edit);
	}
	come_back(editor, row > 0 && editor->count < LIMIT_EDITS ? 0 : TIME_EDITS_MS);
}

static void take(void *arg)
{
	struct editor *editor = arg;
	if (editor->count >= LIMIT_EDITS) {
		come_back(editor, TIME_EDITS_MS);
		return;
	}
	talloc_free(editor->ctx);
	editor->ctx = must(talloc_new(editor));
	editor->request = (struct pool_request){.done = taken, .arg = editor};
	match_edits_take_call(editor->ctx, LIMIT_EDITS - (int)editor->count, TIME_EDIT_LEASE_S,
		&editor->request.call);
	if (pool_submit(editor->pool, &editor->request))
		come_back(editor, TIME_EDITS_MS);
}

struct editor *editor_create(struct loop *loop, struct pool *pool, struct rest *rest, bool is_bot)
{
	struct editor *editor = must(talloc_zero(NULL, struct editor));
	editor->loop = loop;
	editor->pool = pool;
	editor->rest = rest;
	editor->is_bot = is_bot;
	TAILQ_INIT(&editor->edits);
	editor->timer = (struct timer){.fn = take, .arg = editor};
	come_back(editor, 0);
	return editor;
}

void editor_destroy(struct editor **handle)
{
	struct editor *editor = *handle;
	if (!editor)
		return;
	loop_timer_cancel(editor->loop, &editor->timer);
	(void)pool_cancel(editor->pool, &editor->request);
	struct edit *edit;
	while ((edit = TAILQ_FIRST(&editor->edits))) {
		(void)pool_cancel(editor->pool, &edit->request);
		forget(edit);
	}
	talloc_free(editor);
	*handle = NULL;
}

/* Sends the results of deferred interactions. */
#include "besace/jobs/follow_ups.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <talloc.h>

#include "besace/base/memory.h"
#include "besace/rest/webhooks.h"
#include "besace/runtime/clock.h"
#include "besace/runtime/log.h"
#include "besace/runtime/metrics.h"

/* Discord has to take in a deferred answer before it knows its token: how long after our answer
 * left its result is sent at the earliest. */
#define AFTER_DEFERRAL_MS 200

struct follow_ups {
	struct loop *loop;
	struct rest *rest;
	atomic_uint pending; /* counted where they are handed over, so that a drain sees them */
	atomic_size_t file_bytes; /* of all files */
	TAILQ_HEAD(, follow_up) scheduled;
};

struct follow_up {
	struct follow_ups *owner;
	char *application_id, *token, *interaction_id;
	int64_t deferral_left_ms;
	struct follow_up_message message;
	struct timer timer;
	TAILQ_ENTRY(follow_up) next;
};

struct follow_ups *follow_ups_create(struct loop *loop, struct rest *rest)
{
	struct follow_ups *follow_ups = must(talloc_zero(NULL, struct follow_ups));
	follow_ups->loop = loop;
	follow_ups->rest = rest;
	TAILQ_INIT(&follow_ups->scheduled);
	return follow_ups;
}

unsigned follow_ups_pending(const struct follow_ups *follow_ups)
{
	return atomic_load(&follow_ups->pending);
}

static void finish(struct follow_up *follow_up, const char *fault)
{
	if (fault) {
		log_error(LOG_TEXT("result not delivered"),
			LOG_STR("interaction", follow_up->interaction_id), LOG_STR("why", fault));
		metrics_add(METRIC_FOLLOW_UPS_FAILED, 0, 1);
	}
	TAILQ_REMOVE(&follow_up->owner->scheduled, follow_up, next);
	atomic_fetch_sub(&follow_up->owner->pending, 1);
	atomic_fetch_sub(&follow_up->owner->file_bytes, follow_up->message.file.content.length);
	talloc_free(follow_up);
}

void follow_ups_destroy(struct follow_ups **handle)
{
	struct follow_ups *follow_ups = *handle;
	if (!follow_ups)
		return;
	struct follow_up *follow_up;
	while ((follow_up = TAILQ_FIRST(&follow_ups->scheduled))) {
		loop_timer_cancel(follow_ups->loop, &follow_up->timer);
		finish(follow_up, "the service has ended");
	}
	talloc_free(follow_ups);
	*handle = NULL;
}

bool follow_ups_have_room(const struct follow_ups *follow_ups, size_t length)
{
	return atomic_load(&follow_ups->file_bytes) + length <= FOLLOW_UPS_MAX_FILE_BYTES;
}

static void submit(struct follow_up *follow_up, struct rest_request request, rest_fn *done)
{
	request.not_yet = clock_mono_ms() - follow_up->deferral_left_ms < REST_NOT_YET_MS;
	request.done = done;
	request.arg = follow_up;
	enum status status = rest_submit(follow_up->owner->rest, &request);
	if (status)
		finish(follow_up, status_name(status));
}

static struct rest_request with_file(const struct follow_up *follow_up, struct rest_request request)
{
	request.file = follow_up->message.file;
	return request;
}

static void answered(void *arg, const struct rest_answer *answer)
{
	struct follow_up *follow_up = arg;
	struct content notification = follow_up->message.notification;
	if (answer->status || !notification.bytes) {
		finish(follow_up, answer->status ? rest_summary(follow_up, answer) : NULL);
		return;
	}
	follow_up->message.notification = (struct content){0};
	submit(follow_up,
		webhooks_follow_up(follow_up->application_id, follow_up->token, notification),
		answered);
}

/* The deferral is gone. If it is not, a wait that stays is no reason to say nothing. */
static void removed(void *arg, const struct rest_answer *answer)
{
	struct follow_up *follow_up = arg;
	if (answer->status)
		log_warn(LOG_TEXT("deferral not removed"),
			LOG_STR("interaction", follow_up->interaction_id),
			LOG_STR("why", rest_summary(follow_up, answer)));
	submit(follow_up,
		with_file(follow_up, webhooks_follow_up(follow_up->application_id, follow_up->token,
					     follow_up->message.content)),
		answered);
}

static void send_now(void *arg)
{
	struct follow_up *follow_up = arg;
	const char *application = follow_up->application_id, *token = follow_up->token;
	struct content content = follow_up->message.content;
	switch (follow_up->message.way) {
	case FOLLOW_UP_FULFIL:
		submit(follow_up,
			with_file(follow_up, webhooks_edit_original(application, token, content)),
			answered);
		break;
	case FOLLOW_UP_NEW:
		submit(follow_up,
			with_file(follow_up, webhooks_follow_up(application, token, content)),
			answered);
		break;
	case FOLLOW_UP_REPLACE:
		submit(follow_up, webhooks_delete_original(application, token), removed);
		break;
	}
}

/* In the main loop. Discord must have taken in the deferral before it knows the token. */
static void schedule(void *arg)
{
	struct follow_up *follow_up = arg;
	struct loop *loop = follow_up->owner->loop;
	TAILQ_INSERT_TAIL(&follow_up->owner->scheduled, follow_up, next);
	follow_up->timer = (struct timer){.fn = send_now, .arg = follow_up};
	loop_timer_set(loop, &follow_up->timer, loop_now_ms(loop) + AFTER_DEFERRAL_MS);
}

static enum follow_up_way choose_way(const struct reply *deferral, const struct reply *reply)
{
	if (reply->kind != REPLY_MESSAGE)
		return FOLLOW_UP_FULFIL;
	if (deferral->kind == REPLY_DEFERRED_UPDATE)
		return FOLLOW_UP_NEW;
	return reply->ephemeral && !deferral->ephemeral ? FOLLOW_UP_REPLACE : FOLLOW_UP_FULFIL;
}

void follow_up_render(void *ctx, const struct reply *deferral, const struct reply *reply,
	struct follow_up_message *out)
{
	enum follow_up_way way = choose_way(deferral, reply);
	*out = (struct follow_up_message){
		.way = way, .content = reply_message(ctx, reply, way != FOLLOW_UP_FULFIL)};
	out->file = reply->file;
	/* What fulfils a deferral is an edit, for which Discord notifies nobody. */
	if (reply->notified && way == FOLLOW_UP_FULFIL)
		out->notification = reply_notification(ctx, reply->notified);
}

static struct content copy(void *ctx, struct content content)
{
	if (content.bytes)
		content.bytes = must(talloc_strndup(ctx, content.bytes, content.length));
	return content;
}

void follow_ups_send(struct follow_ups *follow_ups, const struct interaction *in,
	const char *application_id, int64_t left_ms, const struct follow_up_message *message)
{
	struct follow_up *follow_up = must(talloc_zero(NULL, struct follow_up));
	const char *application =
		*in->application_id.text ? in->application_id.text : application_id;
	follow_up->owner = follow_ups;
	follow_up->application_id = must(talloc_strdup(follow_up, application));
	follow_up->token = must(talloc_strdup(follow_up, in->token));
	follow_up->interaction_id = must(talloc_strdup(follow_up, in->id.text));
	follow_up->deferral_left_ms = left_ms;
	follow_up->message = *message;
	follow_up->message.content = copy(follow_up, message->content);
	follow_up->message.notification = copy(follow_up, message->notification);
	follow_up->message.file.content = copy(follow_up, message->file.content);
	if (message->file.name)
		follow_up->message.file.name = must(talloc_strdup(follow_up, message->file.name));
	atomic_fetch_add(&follow_ups->file_bytes, message->file.content.length);
	atomic_fetch_add(&follow_ups->pending, 1);
	loop_post(follow_ups->loop, schedule, follow_up);
}

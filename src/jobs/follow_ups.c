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
	TAILQ_HEAD(, follow_up) scheduled;
};

struct follow_up {
	struct follow_ups *owner;
	char *application_id, *token, *interaction_id;
	int64_t deferral_left_ms;
	json_t *message;
	json_t *notification; /* sent once the message is there; NULL: nobody is notified */
	/* FULFIL: it becomes the deferred message. BESIDE: a message of its own. INSTEAD: the
	 * deferred message is removed, then BESIDE. */
	enum way { FULFIL, BESIDE, INSTEAD } way;
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
	json_decref(follow_up->message);
	json_decref(follow_up->notification);
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

static void submit(struct follow_up *follow_up, struct rest_request request, rest_fn *done)
{
	request.not_yet = clock_mono_ms() - follow_up->deferral_left_ms < REST_NOT_YET_MS;
	request.done = done;
	request.arg = follow_up;
	enum status status = rest_submit(follow_up->owner->rest, &request);
	if (status)
		finish(follow_up, status_name(status));
}

static void answered(void *arg, const struct rest_answer *answer)
{
	struct follow_up *follow_up = arg;
	json_t *notification = follow_up->notification;
	if (answer->status || !notification) {
		finish(follow_up, answer->status ? rest_summary(follow_up, answer) : NULL);
		return;
	}
	json_decref(follow_up->message);
	follow_up->message = notification;
	follow_up->notification = NULL;
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
		webhooks_follow_up(follow_up->application_id, follow_up->token, follow_up->message),
		answered);
}

static void send_now(void *arg)
{
	struct follow_up *follow_up = arg;
	const char *application = follow_up->application_id, *token = follow_up->token;
	switch (follow_up->way) {
	case FULFIL:
		submit(follow_up, webhooks_edit_original(application, token, follow_up->message),
			answered);
		break;
	case BESIDE:
		submit(follow_up, webhooks_follow_up(application, token, follow_up->message),
			answered);
		break;
	case INSTEAD:
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

static enum way choose_way(const struct reply *deferral, const struct reply *reply)
{
	if (reply->kind != REPLY_MESSAGE)
		return FULFIL;
	if (deferral->kind == REPLY_DEFERRED_UPDATE)
		return BESIDE;
	return reply->is_private && !deferral->is_private ? INSTEAD : FULFIL;
}

void follow_ups_send(struct follow_ups *follow_ups, const struct interaction *in,
	const char *application_id, const struct deferral *deferral, const struct reply *reply)
{
	struct follow_up *follow_up = must(talloc_zero(NULL, struct follow_up));
	const char *application =
		*in->application_id.text ? in->application_id.text : application_id;
	follow_up->owner = follow_ups;
	follow_up->application_id = must(talloc_strdup(follow_up, application));
	follow_up->token = must(talloc_strdup(follow_up, in->token));
	follow_up->interaction_id = must(talloc_strdup(follow_up, in->id.text));
	follow_up->deferral_left_ms = deferral->left_ms;
	follow_up->way = choose_way(&deferral->reply, reply);
	follow_up->message = reply_message(reply, follow_up->way != FULFIL);
	/* What fulfils a deferral is an edit, for which Discord notifies nobody. */
	if (reply->notified && follow_up->way == FULFIL)
		follow_up->notification = reply_notification(reply->notified);
	atomic_fetch_add(&follow_ups->pending, 1);
	loop_post(follow_ups->loop, schedule, follow_up);
}

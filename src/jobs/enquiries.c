/* Asks Discord for invocations. */
#include "besace/jobs/enquiries.h"

#include <stdatomic.h>
#include <talloc.h>

#include "besace/base/memory.h"
#include "besace/rest/channels.h"
#include "besace/rest/guilds.h"

/* A member waits, behind a deferral. */
#define WITHIN_MS 10000

/* Where an enquiry is. The caller's loop and the main one each change it once, atomically; whoever
 * comes second knows of the other, and frees what both share. */
enum { ENQUIRY_ASKED, ENQUIRY_CANCELLED, ENQUIRY_ANSWERED };

struct enquiries {
	struct loop *loop;
	struct rest *rest;
};

/* What both loops share: a copy of the questions with their answers. */
struct shared {
	struct enquiries *owner;
	struct enquiry_order order; /* its questions are the copy */
	atomic_int state;
	size_t left; /* not answered yet; the main loop's */
	struct enquiry *enquiry; /* the caller's; NULL: cancelled after it was answered */
};

/* The caller's handle. */
struct enquiry {
	struct shared *shared; /* NULL once it has come back */
	struct question *questions; /* the caller's */
	json_t **bodies;
	size_t count;
};

/* One call. */
struct asking {
	struct shared *shared;
	struct question *question;
};

static void release(struct shared *shared)
{
	for (size_t i = 0; i < shared->order.count; i++)
		json_decref((json_t *)shared->order.questions[i].body);
	talloc_free(shared);
}

/* Nobody waits any more. */
static int forget(struct enquiry *enquiry)
{
	struct shared *shared = enquiry->shared;
	for (size_t i = 0; i < enquiry->count; i++)
		json_decref(enquiry->bodies[i]);
	if (shared && atomic_exchange(&shared->state, ENQUIRY_CANCELLED) == ENQUIRY_ANSWERED)
		shared->enquiry = NULL; /* it is on its way back, and is freed there */
	return 0;
}

/* In the caller's loop. */
static void come_back(void *arg)
{
	struct shared *shared = arg;
	struct enquiry *enquiry = shared->enquiry;
	if (!enquiry) {
		release(shared);
		return;
	}
	for (size_t i = 0; i < enquiry->count; i++) {
		enquiry->questions[i] = shared->order.questions[i];
		enquiry->bodies[i] = json_incref((json_t *)shared->order.questions[i].body);
	}
	enquiry->shared = NULL;
	enquiry_fn *done = shared->order.done;
	void *done_arg = shared->order.arg;
	release(shared);
	done(done_arg);
}

/* ---- In the main loop */

static void count_down(struct shared *shared)
{
	if (--shared->left > 0)
		return;
	if (atomic_exchange(&shared->state, ENQUIRY_ANSWERED) == ENQUIRY_CANCELLED)
		release(shared);
	else
		loop_post(shared->order.loop, come_back, shared);
}

static void answered(void *arg, const struct rest_answer *answer)
{
	struct asking *asking = arg;
	struct question *question = asking->question;
	question->http = answer->http;
	question->code = answer->code;
	/* The client drops its own when this returns; the copy is read by another thread. */
	if (answer->status == STATUS_OK && answer->body)
		question->body = must(json_deep_copy(answer->body));
	count_down(asking->shared);
}

static struct rest_request request_of(
	const struct enquiry_order *order, const struct question *question)
{
	switch (question->type) {
	case QUESTION_ROLES:
		return guilds_get_roles(order->guild.text);
	case QUESTION_SELF:
		return guilds_get_member(order->guild.text, order->self.text);
	case QUESTION_CHANNEL:
		return channels_get(question->channel.text);
	case QUESTION_GUILD:
		break;
	}
	return guilds_get(order->guild.text);
}

static void ask(void *arg)
{
	struct shared *shared = arg;
	shared->left = shared->order.count + 1; /* one for this function */
	for (size_t i = 0; i < shared->order.count; i++) {
		struct asking *asking = must(talloc(shared, struct asking));
		*asking = (struct asking){shared, &shared->order.questions[i]};
		struct rest_request request = request_of(&shared->order, asking->question);
		request.within_ms = WITHIN_MS;
		request.done = answered;
		request.arg = asking;
		if (rest_submit(shared->owner->rest, &request))
			shared->left--;
	}
	count_down(shared);
}

/* ---- In the caller's loop */

struct enquiry *enquiry_start(
	void *ctx, struct enquiries *enquiries, const struct enquiry_order *order)
{
	struct shared *shared = must(talloc_zero(NULL, struct shared));
	struct enquiry *enquiry = must(talloc_zero(ctx, struct enquiry));
	unsigned count = (unsigned)order->count;
	enquiry->shared = shared;
	enquiry->questions = order->questions;
	enquiry->count = order->count;
	enquiry->bodies = must(talloc_zero_array(enquiry, json_t *, count));
	talloc_set_destructor(enquiry, forget);
	shared->owner = enquiries;
	shared->order = *order;
	shared->order.questions = must(talloc_zero_array(shared, struct question, count));
	for (unsigned i = 0; i < count; i++) {
		shared->order.questions[i].type = order->questions[i].type;
		shared->order.questions[i].channel = order->questions[i].channel;
	}
	shared->enquiry = enquiry;
	loop_post(enquiries->loop, ask, shared);
	return enquiry;
}

struct enquiries *enquiries_create(struct loop *loop, struct rest *rest)
{
	struct enquiries *enquiries = must(talloc_zero(NULL, struct enquiries));
	enquiries->loop = loop;
	enquiries->rest = rest;
	return enquiries;
}

void enquiries_destroy(struct enquiries **enquiries)
{
	TALLOC_FREE(*enquiries);
}

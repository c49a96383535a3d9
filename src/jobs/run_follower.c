/* Follows runs of role jobs with the messages that began them. */
#include "besace/jobs/run_follower.h"

#include <talloc.h>

#include "besace/base/defect.h"
#include "besace/base/memory.h"
#include "besace/engine/run_message.h"
#include "besace/rest/webhooks.h"
#include "besace/runtime/log.h"
#include "job.h"

/* Poll interval for messages that are due. */
#define POLL_MS 1000

/* Messages of one turn. */
#define MAX_MESSAGES 8

/* An edit that takes longer is out of date: the next one comes soon. */
#define WITHIN_MS 5000

struct run_follower {
	struct loop *loop;
	struct pool *pool;
	struct rest *rest;
	void *ctx; /* of the call under way */
	struct pool_request request;
	struct timer timer;
	struct job_health health;
};

static void come_back(struct run_follower *follower, int64_t delay_ms)
{
	loop_timer_set(follower->loop, &follower->timer, loop_now_ms(follower->loop) + delay_ms);
}

/* What failed is made up for by the next edit. */
static void edited(void *arg, const struct rest_answer *answer)
{
	(void)arg;
	if (answer->status)
		log_debug(LOG_TEXT("progress not shown"), LOG_INT("http", answer->http));
}

static void edit(struct run_follower *follower, const struct role_run_follow *follow)
{
	struct reply reply;
	struct defect defect;
	run_message(follower->ctx, text_language(follow->language), &follow->run, &reply);
	struct content content = reply_message(follower->ctx, &reply, false);
	if (defect_take(&defect)) {
		log_error(LOG_TEXT("defect in the progress of roles"), LOG_STR("file", defect.file),
			LOG_INT("line", defect.line), LOG_STR("why", defect.why));
		return;
	}
	struct rest_request request =
		webhooks_edit_original(follow->application_id, follow->token, content);
	request.within_ms = WITHIN_MS;
	request.not_yet = false;
	request.done = edited;
	enum status status = rest_submit(follower->rest, &request);
	if (status)
		log_debug(LOG_TEXT("progress not shown"), LOG_STR("why", status_name(status)));
}

static void taken(void *arg, enum status status, const struct db_rows *rows, const char *why)
{
	struct run_follower *follower = arg;
	struct role_run_follow follow;
	if (job_ended(&follower->health, JOB_ROLES, status, why))
		for (int row = 0; row < db_rows_count(rows); row++)
			if (!role_runs_follow_read(follower->ctx, rows, row, &follow))
				edit(follower, &follow);
	come_back(follower, POLL_MS);
}

static void take(void *arg)
{
	struct run_follower *follower = arg;
	talloc_free(follower->ctx);
	follower->ctx = must(talloc_new(follower));
	follower->request = (struct pool_request){.done = taken, .arg = follower};
	role_runs_follow_call(follower->ctx, MAX_MESSAGES, &follower->request.call);
	if (pool_submit(follower->pool, &follower->request)) {
		(void)job_ended(&follower->health, JOB_ROLES, STATUS_UNAVAILABLE, NULL);
		come_back(follower, POLL_MS);
	}
}

struct run_follower *run_follower_create(struct loop *loop, struct pool *pool, struct rest *rest)
{
	struct run_follower *follower = must(talloc_zero(NULL, struct run_follower));
	follower->loop = loop;
	follower->pool = pool;
	follower->rest = rest;
	follower->timer = (struct timer){.fn = take, .arg = follower};
	come_back(follower, 0);
	return follower;
}

void run_follower_destroy(struct run_follower **handle)
{
	struct run_follower *follower = *handle;
	if (!follower)
		return;
	(void)pool_cancel(follower->pool, &follower->request);
	loop_timer_cancel(follower->loop, &follower->timer);
	talloc_free(follower);
	*handle = NULL;
}

/* Keeps the operator's default channel for announcements and its guild. */
#include "besace/jobs/announce_default.h"

#include <string.h>
#include <talloc.h>

#include "besace/base/memory.h"
#include "besace/base/snowflake.h"
#include "besace/rest/channels.h"
#include "besace/runtime/log.h"
#include "besace/store/outbox.h"

/* The wait before another attempt, when the database or Discord was away. */
#define RETRY_MS 5000

struct announce_default {
	struct loop *loop;
	struct pool *pool;
	struct rest *rest;
	const char *channel_id;
	struct snowflake guild; /* empty until Discord has named it */
	void *ctx; /* of the call under way */
	struct pool_request request;
	struct timer timer;
};

static void keep(void *arg);
static void ask(void *arg);

static void again(struct announce_default *job, timer_fn *fn)
{
	job->timer.fn = fn;
	loop_timer_set(job->loop, &job->timer, loop_now_ms(job->loop) + RETRY_MS);
}

/* ---- Asking Discord */

static void answered(void *arg, const struct rest_answer *answer)
{
	struct announce_default *job = arg;
	if (answer->status == STATUS_UNAVAILABLE || answer->status == STATUS_UNKNOWN) {
		again(job, ask);
		return;
	}
	const json_t *guild = json_object_get(answer->body, "guild_id");
	if (answer->status == STATUS_OK && snowflake_parse(json_string_value(guild), &job->guild))
		keep(job);
	else
		log_warn(LOG_TEXT("Discord does not say which server the channel of "
				  "BESACE_LEVEL_CHANNEL_ID is in"),
			LOG_STR("channel", job->channel_id), LOG_INT("http", answer->http),
			LOG_INT("code", answer->code));
}

static void ask(void *arg)
{
	struct announce_default *job = arg;
	struct rest_request request = channels_get(job->channel_id);
	request.done = answered;
	request.arg = job;
	enum status status = rest_submit(job->rest, &request);
	if (status == STATUS_UNAVAILABLE)
		again(job, ask);
	else if (status)
		log_warn(LOG_TEXT("the channel of BESACE_LEVEL_CHANNEL_ID cannot be asked for"),
			LOG_STR("why", status_name(status)));
}

/* ---- Keeping */

static void kept(void *arg, enum status status, const struct db_rows *rows, const char *why)
{
	struct announce_default *job = arg;
	if (status) {
		log_warn(LOG_TEXT("the channel of announcements is not kept yet"),
			LOG_STR("why", why));
		again(job, keep);
	} else if (announce_default_read(rows) && job->rest) {
		ask(job);
	}
}

static void keep(void *arg)
{
	struct announce_default *job = arg;
	const char *guild = job->guild.text[0] != '\0' ? job->guild.text : NULL;
	job->request = (struct pool_request){.done = kept, .arg = job};
	talloc_free(job->ctx);
	job->ctx = must(talloc_new(job));
	announce_default_call(job->ctx, job->channel_id, guild, &job->request.call);
	if (pool_submit(job->pool, &job->request))
		again(job, keep);
}

struct announce_default *announce_default_create(
	struct loop *loop, struct pool *pool, struct rest *rest, const char *channel_id)
{
	struct announce_default *job = must(talloc_zero(NULL, struct announce_default));
	job->loop = loop;
	job->pool = pool;
	job->rest = rest;
	job->channel_id = channel_id;
	job->timer = (struct timer){.fn = keep, .arg = job};
	loop_timer_set(loop, &job->timer, loop_now_ms(loop));
	return job;
}

void announce_default_destroy(struct announce_default **handle)
{
	struct announce_default *job = *handle;
	if (!job)
		return;
	loop_timer_cancel(job->loop, &job->timer);
	(void)pool_cancel(job->pool, &job->request);
	talloc_free(job);
	*handle = NULL;
}

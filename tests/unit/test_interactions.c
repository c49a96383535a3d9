/* POST /interactions: a result, its deferral, and the order in which they come. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>
#include <talloc.h>

#include "besace/base/memory.h"
#include "besace/engine/invocation.h"
#include "besace/http/worker.h"
#include "besace/runtime/clock.h"
#include "http/exchange.h"
#include "http/guilds_seen.h"
#include "http/interactions.h"
#include "http/members_seen.h"

/* What stands in for the layers around: it keeps what it is given, for the test to go on with. */
static struct {
	struct loop *loop;
	unsigned answers; /* of exchanges */
	exchange_left_fn *left;
	void *left_arg;
	struct pool_request *request;
	bool was_cancelled;
	unsigned follow_ups;
	enum apology apology;
} seen;

void exchange_answer(struct exchange *exchange, unsigned status, const char *json)
{
	(void)exchange, (void)json;
	assert_int_equal(status, MHD_HTTP_OK);
	seen.answers++;
	loop_stop(seen.loop);
}

void exchange_refuse(struct exchange *exchange, unsigned status, const char *sentence)
{
	(void)exchange, (void)status, (void)sentence;
	fail();
}

bool exchange_admit(struct exchange *exchange, const struct public_key *keys, size_t count)
{
	(void)exchange, (void)keys, (void)count;
	return true;
}

void exchange_on_left(struct exchange *exchange, exchange_left_fn *left, void *arg)
{
	(void)exchange;
	seen.left = left;
	seen.left_arg = arg;
}

enum status pool_submit(struct pool *pool, struct pool_request *request)
{
	(void)pool;
	request->place = REQUEST_RUNNING;
	seen.request = request;
	return STATUS_OK;
}

bool pool_cancel(struct pool *pool, struct pool_request *request)
{
	(void)pool, (void)request;
	seen.was_cancelled = true;
	return true;
}

bool pool_is_away(const struct pool *pool)
{
	(void)pool;
	return false;
}

enum step invocation_start(struct invocation *invocation, void *ctx, const struct interaction *in,
	int64_t seen_ms, const struct invocation_world *world, struct db_call *out)
{
	(void)ctx, (void)in, (void)seen_ms, (void)world;
	*invocation = (struct invocation){0};
	out->changes = true;
	return STEP_CALL;
}

enum step invocation_resume(
	struct invocation *invocation, const struct db_rows *rows, struct db_call *out)
{
	(void)rows, (void)out;
	invocation->reply = (struct reply){.kind = REPLY_MESSAGE, .description = "done"};
	return STEP_REPLY;
}

void invocation_apologise(struct invocation *invocation, enum apology apology)
{
	invocation->reply = (struct reply){.kind = REPLY_MESSAGE, .description = "sorry"};
	seen.apology = apology;
}

struct reply invocation_deferral(const struct invocation *invocation)
{
	(void)invocation;
	return (struct reply){.kind = REPLY_DEFERRED};
}

bool invocation_can_defer(const struct invocation *invocation)
{
	(void)invocation;
	return true;
}

enum language invocation_public_language(const struct invocation *invocation)
{
	(void)invocation;
	return LANGUAGE_DEFAULT;
}

void guilds_seen_tell(struct worker *worker, const struct guild_sighting *sighting)
{
	(void)worker, (void)sighting;
	fail(); /* no command answered */
}

void guilds_seen_give_up(struct worker *worker)
{
	(void)worker;
}

/* Not the worker's business here either. */
void members_seen_tell(struct worker *worker, const struct interaction *in, int64_t seen_ms)
{
	(void)worker;
	(void)in;
	(void)seen_ms;
}

void members_seen_give_up(struct worker *worker)
{
	(void)worker;
}

bool guilds_seen_wants_members(struct worker *worker, const struct snowflake *guild)
{
	(void)worker;
	(void)guild;
	return false;
}

void follow_ups_send(struct follow_ups *follow_ups, const struct interaction *in,
	const char *application_id, const struct deferral *deferral, const struct reply *reply)
{
	(void)follow_ups, (void)in, (void)application_id;
	assert_true(deferral->left_ms > 0); /* it has left */
	assert_non_null(reply->description);
	seen.follow_ups++;
}

struct scene {
	struct config config;
	struct worker worker;
	struct exchange *exchange;
};

static const char pressed[] =
	"{\"id\":\"1\",\"application_id\":\"2\",\"type\":2,\"token\":\"t\",\"guild_id\":\"3\","
	"\"member\":{\"user\":{\"id\":\"4\",\"username\":\"lou\"},\"permissions\":\"0\"},"
	"\"data\":{\"id\":\"5\",\"name\":\"lc\",\"type\":1}}";

/* Starts an interaction that came AGE_MS ago and waits for the database. */
static struct scene *start(int64_t age_ms)
{
	struct scene *scene = must(talloc_zero(NULL, struct scene));
	memset(&seen, 0, sizeof(seen));
	scene->worker.config = &scene->config;
	scene->worker.loop = seen.loop = loop_create();
	TAILQ_INIT(&scene->worker.working);
	struct exchange *exchange = must(talloc_zero(scene, struct exchange));
	exchange->ctx = exchange;
	exchange->worker = &scene->worker;
	exchange->timestamp = "1800000000";
	exchange->started_ms = clock_mono_ms() - age_ms;
	exchange->body.bytes = (unsigned char *)must(talloc_strdup(exchange, pressed));
	exchange->body.length = strlen(pressed);
	scene->exchange = exchange;
	interactions_handle(exchange);
	assert_non_null(seen.request);
	assert_int_equal(scene->worker.works, 1);
	return scene;
}

static void finish(struct scene *scene)
{
	assert_int_equal(scene->worker.works, 0);
	assert_true(TAILQ_EMPTY(&scene->worker.working));
	loop_destroy(&scene->worker.loop);
	talloc_free(scene);
}

/* Runs until the deferral is on its way. */
static struct scene *start_deferred(void)
{
	struct scene *scene = start(2000);
	loop_run(scene->worker.loop);
	assert_int_equal(seen.answers, 1);
	assert_non_null(seen.left);
	return scene;
}

static void come_back(enum status status)
{
	seen.request->place = REQUEST_OUT;
	seen.request->done(seen.request->arg, status, NULL, NULL);
}

static void interactions_answer_at_once_what_comes_in_time(void **state)
{
	(void)state;
	struct scene *scene = start(0);
	come_back(STATUS_OK);
	assert_int_equal(seen.answers, 1);
	assert_int_equal(seen.follow_ups, 0);
	finish(scene);
}

static void interactions_send_a_result_after_its_deferral(void **state)
{
	(void)state;
	struct scene *scene = start_deferred();
	seen.left(seen.left_arg);
	assert_int_equal(seen.follow_ups, 0);
	come_back(STATUS_OK);
	assert_int_equal(seen.follow_ups, 1);
	finish(scene);
}

/* The result is there while the deferral still waits for its socket: it is kept until that left. */
static void interactions_keep_a_result_until_its_deferral_has_left(void **state)
{
	(void)state;
	struct scene *scene = start_deferred();
	come_back(STATUS_OK);
	assert_int_equal(seen.follow_ups, 0);
	assert_int_equal(scene->worker.works, 1);
	seen.left(seen.left_arg);
	assert_int_equal(seen.follow_ups, 1);
	assert_int_equal(seen.answers, 1);
	finish(scene);
}

static void interactions_give_up_says_that_a_sent_change_is_uncertain(void **state)
{
	(void)state;
	struct scene *scene = start_deferred();
	seen.left(seen.left_arg);
	interactions_give_up(&scene->worker);
	assert_true(seen.was_cancelled);
	assert_int_equal(seen.apology, APOLOGY_UNSURE);
	assert_int_equal(seen.follow_ups, 1);
	finish(scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(interactions_answer_at_once_what_comes_in_time),
		cmocka_unit_test(interactions_send_a_result_after_its_deferral),
		cmocka_unit_test(interactions_keep_a_result_until_its_deferral_has_left),
		cmocka_unit_test(interactions_give_up_says_that_a_sent_change_is_uncertain),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

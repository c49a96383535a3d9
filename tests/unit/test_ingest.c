/* Ingest: what a batch's shim is told by what became of its calls, and who is told when a loop
 * gives up. The pool is a stand-in; signatures, batches and the thread are real. */
#include "unit.h"

#include <pthread.h>
#include <sodium.h>
#include <string.h>
#include <unistd.h>

#include "besace/base/memory.h"
#include "besace/jobs/ingest.h"
#include "besace/runtime/clock.h"
#include "besace/store/pool.h"

#define MAX_REQUESTS 8

static struct {
	pthread_mutex_t lock; /* guards what follows */
	struct pool_request *requests[MAX_REQUESTS]; /* not answered yet */
	unsigned count, cancelled;
	bool is_full;
} calls;

struct pool *pool_create(
	struct loop *loop, struct connector *connector, unsigned size, unsigned left_to_reads)
{
	(void)loop, (void)connector;
	assert_int_equal(size, 2);
	assert_int_equal(left_to_reads, 0);
	return NULL;
}

void pool_destroy(struct pool **pool)
{
	(void)pool;
}

void pool_pump(struct pool *pool)
{
	(void)pool;
}

enum status pool_submit(struct pool *pool, struct pool_request *request)
{
	(void)pool;
	pthread_mutex_lock(&calls.lock);
	bool takes = !calls.is_full && calls.count < MAX_REQUESTS;
	if (takes)
		calls.requests[calls.count++] = request;
	pthread_mutex_unlock(&calls.lock);
	return takes ? STATUS_OK : STATUS_UNAVAILABLE;
}

bool pool_cancel(struct pool *pool, struct pool_request *request)
{
	(void)pool;
	pthread_mutex_lock(&calls.lock);
	for (unsigned i = 0; i < calls.count; i++)
		if (calls.requests[i] == request) {
			calls.requests[i] = calls.requests[--calls.count];
			calls.cancelled++;
		}
	pthread_mutex_unlock(&calls.lock);
	return true;
}

/* ---- A shim's batches */

static unsigned char secret[crypto_sign_SECRETKEYBYTES];
static struct public_key key;
static struct config config;

struct scene {
	struct ingest *ingest;
	struct loop *homes[2];
};

struct post {
	struct ingest_job job;
	unsigned char room[SIGNATURE_HEADROOM + 512];
	char signature[129], timestamp[21];
	unsigned done;
};

static int open_scene(void **state)
{
	if (sodium_init() < 0)
		return -1;
	memset(&calls, 0, sizeof(calls));
	pthread_mutex_init(&calls.lock, NULL);
	crypto_sign_keypair(key.bytes, secret);
	struct scene *scene = must(talloc_zero(NULL, struct scene));
	scene->ingest = ingest_create(NULL, 2, &config);
	scene->homes[0] = loop_create();
	scene->homes[1] = loop_create();
	*state = scene;
	return 0;
}

static int close_scene(void **state)
{
	struct scene *scene = *state;
	ingest_stop(scene->ingest);
	ingest_destroy(&scene->ingest);
	loop_destroy(&scene->homes[0]);
	loop_destroy(&scene->homes[1]);
	pthread_mutex_destroy(&calls.lock);
	talloc_free(scene);
	return 0;
}

static void on_done(void *arg)
{
	struct post *post = arg;
	post->done++;
}

static struct post *post_text(struct scene *scene, unsigned home, const char *text)
{
	struct post *post = must(talloc_zero(scene, struct post));
	int64_t now_s = clock_wall_ms() / 1000;
	unsigned char *body = post->room + SIGNATURE_HEADROOM;
	memcpy(body, text, strlen(text));
	signature_make(secret, body, strlen(text), now_s, post->signature, post->timestamp);
	post->job = (struct ingest_job){.body = body,
		.length = strlen(text),
		.key = &key,
		.signature = post->signature,
		.timestamp = post->timestamp,
		.arrived_s = now_s,
		.skew_s = 60,
		.signed_s = now_s,
		.home = scene->homes[home],
		.done = on_done,
		.arg = post};
	return post;
}

/* A batch of one message. */
static struct post *post_one(struct scene *scene, unsigned home)
{
	char text[400];
	snprintf(text, sizeof(text),
		"{\"source\":\"0/1\",\"events\":[{\"id\":\"m:1\",\"type\":\"message\",\"at\":%lld,"
		"\"guild_id\":\"1\",\"channel_id\":\"2\",\"user\":{\"id\":\"3\","
		"\"username\":\"lou\"}}]}",
		(long long)clock_wall_ms());
	struct post *post = post_text(scene, home, text);
	ingest_submit(scene->ingest, &post->job);
	return post;
}

/* Waits for what the thread does. */
static void until_calls(unsigned count)
{
	for (;;) {
		pthread_mutex_lock(&calls.lock);
		bool reached = calls.count == count;
		pthread_mutex_unlock(&calls.lock);
		if (reached)
			return;
		usleep(1000);
	}
}

static void until_done(struct scene *scene, struct post *post)
{
	while (post->done == 0) {
		loop_run_posted(scene->homes[0]);
		loop_run_posted(scene->homes[1]);
		usleep(1000);
	}
	assert_int_equal(post->done, 1);
}

struct answer {
	struct pool_request *request;
	enum status status;
};

static void give_answer(void *arg)
{
	struct answer *answer = arg;
	answer->request->done(answer->request->arg, answer->status, NULL, "a test");
}

/* The oldest call ends in STATUS. */
static void answer_call(struct scene *scene, enum status status)
{
	struct answer *answer = must(talloc(scene, struct answer));
	pthread_mutex_lock(&calls.lock);
	*answer = (struct answer){calls.requests[0], status};
	calls.requests[0] = calls.requests[--calls.count];
	pthread_mutex_unlock(&calls.lock);
	loop_post(ingest_loop(scene->ingest), give_answer, answer);
}

static void ingest_tells_what_became_of_a_batch(void **state)
{
	static const struct {
		enum status status;
		enum ingest_outcome outcome;
	} cases[] = {
		{STATUS_UNAVAILABLE, INGEST_AWAY},
		{STATUS_UNKNOWN,
			INGEST_AWAY}, /* it may have been applied: sent again, it counts once */
		{STATUS_FAILED, INGEST_FAILED},
		{STATUS_DENIED, INGEST_FAILED},
	};
	struct scene *scene = *state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct post *post = post_one(scene, 0);
		until_calls(1);
		answer_call(scene, cases[i].status);
		until_done(scene, post);
		assert_int_equal(post->job.outcome, cases[i].outcome);
		assert_null(post->job.text);
	}
}

static void ingest_says_away_when_the_pool_is_full(void **state)
{
	struct scene *scene = *state;
	calls.is_full = true;
	struct post *post = post_one(scene, 0);
	until_done(scene, post);
	assert_int_equal(post->job.outcome, INGEST_AWAY);
}

static void ingest_takes_an_empty_batch_without_a_call(void **state)
{
	struct scene *scene = *state;
	struct post *post = post_text(scene, 0, "{\"source\":\"0/1\",\"events\":[]}");
	ingest_submit(scene->ingest, &post->job);
	until_done(scene, post);
	assert_int_equal(post->job.outcome, INGEST_TAKEN);
	assert_string_equal(post->job.text, "{\"accepted\":0,\"duplicates\":0,\"rejected\":[]}");
	talloc_free(post->job.text);
}

static void ingest_reads_nothing_that_is_not_signed(void **state)
{
	struct scene *scene = *state;
	struct post *post = post_text(scene, 0, "{\"source\":\"0/1\",\"events\":[]}");
	post->job.body[0] = '[';
	ingest_submit(scene->ingest, &post->job);
	until_done(scene, post);
	assert_int_equal(post->job.outcome, INGEST_UNSIGNED);
	assert_int_equal(post->job.verdict, SIGNATURE_WRONG);
	assert_null(post->job.text);
}

static void ingest_says_what_is_no_batch_and_whose_it_is_not(void **state)
{
	struct scene *scene = *state;
	struct post *post = post_text(scene, 0, "{\"source\":\"0/1\"}");
	ingest_submit(scene->ingest, &post->job);
	until_done(scene, post);
	assert_int_equal(post->job.outcome, INGEST_MALFORMED);
	assert_true(strlen(post->job.text) > 0);
	talloc_free(post->job.text);
	post = post_text(scene, 0, "{\"source\":\"0/1\",\"events\":[]}");
	post->job.source = "1/2";
	ingest_submit(scene->ingest, &post->job);
	until_done(scene, post);
	assert_int_equal(post->job.outcome, INGEST_DENIED);
	talloc_free(post->job.text);
}

/* One worker ends, the others go on: their shims' batches are not sent back. */
static void ingest_give_up_is_about_one_loop_alone(void **state)
{
	struct scene *scene = *state;
	struct post *mine = post_one(scene, 0), *other = post_one(scene, 1);
	until_calls(2);
	ingest_give_up(scene->ingest, scene->homes[0]);
	until_done(scene, mine);
	assert_int_equal(mine->job.outcome, INGEST_AWAY);
	assert_int_equal(calls.cancelled, 1);
	loop_run_posted(scene->homes[1]);
	assert_int_equal(other->done, 0);
	answer_call(scene, STATUS_FAILED);
	until_done(scene, other);
	assert_int_equal(other->job.outcome, INGEST_FAILED);
}

struct at_once {
	struct scene *scene;
	struct post *posts[3];
};

/* In the thread, so that none of them is read before the loop gives up. */
static void submit_and_give_up(void *arg)
{
	struct at_once *what = arg;
	for (int i = 0; i < 3; i++)
		ingest_submit(what->scene->ingest, &what->posts[i]->job);
	ingest_give_up(what->scene->ingest, what->scene->homes[0]);
}

/* The same for what has arrived and was not read yet. */
static void ingest_give_up_leaves_what_others_are_about_to_bring(void **state)
{
	static const char empty[] = "{\"source\":\"0/1\",\"events\":[]}";
	struct scene *scene = *state;
	struct at_once what = {.scene = scene};
	for (unsigned i = 0; i < 3; i++)
		what.posts[i] = post_text(scene, i == 1 ? 0 : 1, empty);
	loop_post(ingest_loop(scene->ingest), submit_and_give_up, &what);
	for (unsigned i = 0; i < 3; i++) {
		until_done(scene, what.posts[i]);
		assert_int_equal(what.posts[i]->job.outcome, i == 1 ? INGEST_AWAY : INGEST_TAKEN);
		talloc_free(what.posts[i]->job.text);
	}
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, open_scene, close_scene)

static const struct CMUnitTest tests[] = {
	TEST(ingest_tells_what_became_of_a_batch),
	TEST(ingest_says_away_when_the_pool_is_full),
	TEST(ingest_takes_an_empty_batch_without_a_call),
	TEST(ingest_reads_nothing_that_is_not_signed),
	TEST(ingest_says_what_is_no_batch_and_whose_it_is_not),
	TEST(ingest_give_up_is_about_one_loop_alone),
	TEST(ingest_give_up_leaves_what_others_are_about_to_bring),
};

UNIT_MAIN(tests)

/* Enquiries: what crosses between the two loops, and who frees it when one side goes first. Both
 * loops and Discord are stand-ins. */
#include "support/outside.h"

#include "besace/jobs/enquiries.h"

#define MAIN_LOOP ((struct loop *)&main_memory)
#define OWN_LOOP ((struct loop *)&own_memory)
static char main_memory, own_memory;

static struct {
	struct enquiries *enquiries;
	struct question questions[2];
	struct enquiry *enquiry;
	unsigned done;
	struct {
		struct loop *loop;
		task_fn *fn;
		void *arg;
	} posted; /* fn NULL: nothing */
} scene;

void loop_post(struct loop *loop, task_fn *fn, void *arg)
{
	assert_null(scene.posted.fn);
	scene.posted.loop = loop;
	scene.posted.fn = fn;
	scene.posted.arg = arg;
}

/* Runs what was posted to LOOP. */
static void run_posted(struct loop *loop)
{
	task_fn *fn = scene.posted.fn;
	assert_non_null(fn);
	assert_ptr_equal(scene.posted.loop, loop);
	scene.posted.fn = NULL;
	fn(scene.posted.arg);
}

static void on_done(void *arg)
{
	assert_ptr_equal(arg, &scene);
	scene.done++;
}

static int open_scene(void **state)
{
	outside_reset();
	memset(&scene, 0, sizeof(scene));
	scene.enquiries = enquiries_create(MAIN_LOOP, NULL);
	return unit_open(state);
}

static int close_scene(void **state)
{
	int left = unit_close(state);
	assert_null(scene.posted.fn);
	enquiries_destroy(&scene.enquiries);
	return left;
}

static void start(void *ctx)
{
	scene.questions[0] = (struct question){.type = QUESTION_ROLES};
	scene.questions[1] = (struct question){.type = QUESTION_CHANNEL, .channel = {"7"}};
	const struct enquiry_order order = {.loop = OWN_LOOP,
		.guild = {"9"},
		.self = {"2"},
		.questions = scene.questions,
		.count = 2,
		.done = on_done,
		.arg = &scene};
	scene.enquiry = enquiry_start(ctx, scene.enquiries, &order);
}

static void enquiry_start_asks_everything_at_once_and_answers_together(void **state)
{
	start(*state);
	run_posted(MAIN_LOOP);
	assert_int_equal(outside.call_count, 2);
	assert_string_equal(outside.calls[0].params[0], "9");
	assert_string_equal(outside.calls[1].params[0], "7");
	for (unsigned i = 0; i < 2; i++) /* the member waits for it, half a minute at most */
		assert_in_range(outside.calls[i].within_ms, 1, 25000);
	answer_call(STATUS_OK, 200, 0, "[1]");
	assert_null(scene.posted.fn);
	assert_null(
		scene.questions[0].body); /* the caller's own are not touched by the other thread */
	answer_call(STATUS_NOT_FOUND, 404, 10003, "{\"code\":10003}");
	assert_int_equal(scene.done, 0);
	run_posted(OWN_LOOP);
	assert_int_equal(scene.done, 1);
	assert_int_equal(scene.questions[0].http, 200);
	assert_int_equal(json_array_size(scene.questions[0].body), 1);
	assert_int_equal(scene.questions[1].http, 404);
	assert_int_equal(scene.questions[1].code, 10003);
	assert_null(scene.questions[1].body);
}

static void enquiry_start_comes_back_when_nothing_can_be_asked(void **state)
{
	start(*state);
	outside.rest_status = STATUS_UNAVAILABLE;
	run_posted(MAIN_LOOP);
	run_posted(OWN_LOOP);
	assert_int_equal(scene.done, 1);
	assert_int_equal(scene.questions[0].http, 0);
}

/* The answers go nowhere, and nobody is told. */
static void enquiry_freed_before_its_answers_is_cancelled(void **state)
{
	start(*state);
	run_posted(MAIN_LOOP);
	answer_call(STATUS_OK, 200, 0, "[1]");
	TALLOC_FREE(scene.enquiry);
	answer_call(STATUS_OK, 200, 0, "{}");
	assert_null(scene.posted.fn);
	assert_int_equal(scene.done, 0);
}

static void enquiry_freed_before_it_was_asked_is_cancelled(void **state)
{
	start(*state);
	TALLOC_FREE(scene.enquiry);
	run_posted(MAIN_LOOP);
	while (outside.call_count > 0)
		answer_call(STATUS_OK, 200, 0, "{}");
	assert_null(scene.posted.fn);
	assert_int_equal(scene.done, 0);
}

/* They are answered and on their way back when the caller gives up. */
static void enquiry_freed_while_its_answers_come_back_is_not_told(void **state)
{
	start(*state);
	run_posted(MAIN_LOOP);
	answer_call(STATUS_OK, 200, 0, "[1]");
	answer_call(STATUS_OK, 200, 0, "{}");
	TALLOC_FREE(scene.enquiry);
	run_posted(OWN_LOOP);
	assert_int_equal(scene.done, 0);
	assert_null(scene.questions[0].body);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, open_scene, close_scene)

static const struct CMUnitTest tests[] = {
	TEST(enquiry_start_asks_everything_at_once_and_answers_together),
	TEST(enquiry_start_comes_back_when_nothing_can_be_asked),
	TEST(enquiry_freed_before_its_answers_is_cancelled),
	TEST(enquiry_freed_before_it_was_asked_is_cancelled),
	TEST(enquiry_freed_while_its_answers_come_back_is_not_told),
};

UNIT_MAIN(tests)

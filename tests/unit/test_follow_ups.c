/* Follow-ups: how a result takes its deferral's place, and what becomes of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>
#include <talloc.h>

#include "besace/base/memory.h"
#include "besace/jobs/follow_ups.h"
#include "besace/runtime/clock.h"
#include "besace/runtime/metrics.h"

/* A REST client that keeps what it is given, and answers when the test says so. */
#define MAX_CALLS 4

static struct {
	struct rest_request calls[MAX_CALLS];
	json_t *bodies[MAX_CALLS];
	unsigned count;
	enum status submit_status;
	struct loop *loop;
	unsigned stop_at;
} rest;

enum status rest_submit(struct rest *client, const struct rest_request *request)
{
	(void)client;
	if (rest.submit_status) {
		loop_stop(rest.loop);
		return rest.submit_status;
	}
	assert_true(rest.count < MAX_CALLS);
	const struct content *content = &request->content;
	rest.bodies[rest.count] =
		content->bytes ? json_loadb(content->bytes, content->length, 0, NULL) : NULL;
	rest.calls[rest.count++] = *request;
	if (rest.count == rest.stop_at)
		loop_stop(rest.loop);
	return STATUS_OK;
}

struct scene {
	struct loop *loop;
	struct follow_ups *follow_ups;
	struct interaction in;
	struct deferral deferral;
	struct reply reply;
};

static int begin(void **state)
{
	struct scene *scene = must(calloc(1, sizeof(*scene)));
	memset(&rest, 0, sizeof(rest));
	scene->loop = rest.loop = loop_create();
	scene->follow_ups = follow_ups_create(scene->loop, NULL);
	scene->in = (struct interaction){.token = "token"};
	strcpy(scene->in.id.text, "12");
	scene->deferral =
		(struct deferral){.reply = {.kind = REPLY_DEFERRED}, .left_ms = clock_mono_ms()};
	scene->reply = (struct reply){.kind = REPLY_MESSAGE, .description = "done"};
	*state = scene;
	return 0;
}

static int end(void **state)
{
	struct scene *scene = *state;
	follow_ups_destroy(&scene->follow_ups);
	loop_destroy(&scene->loop);
	for (unsigned i = 0; i < rest.count; i++)
		json_decref(rest.bodies[i]);
	free(scene);
	return 0;
}

/* What is handed over is freed at once: the follow-up keeps its own. */
static void hand_over(struct scene *scene)
{
	void *ctx = must(talloc_new(NULL));
	struct follow_up_message message;
	follow_up_render(ctx, &scene->deferral.reply, &scene->reply, &message);
	follow_ups_send(scene->follow_ups, &scene->in, "99", scene->deferral.left_ms, &message);
	talloc_free(ctx);
}

/* Sends the reply and runs the loop until COUNT calls were submitted. */
static void send_until(struct scene *scene, unsigned count)
{
	rest.stop_at = count;
	hand_over(scene);
	assert_int_equal(follow_ups_pending(scene->follow_ups), 1);
	loop_run(scene->loop);
	assert_int_equal(rest.count, count);
}

static void answer(unsigned call, enum status status)
{
	const struct rest_answer answer = {.status = status, .http = status ? 404 : 200};
	rest.calls[call].done(rest.calls[call].arg, &answer);
}

static void follow_ups_send_fulfils_the_deferral(void **state)
{
	struct scene *scene = *state;
	send_until(scene, 1);
	assert_string_equal(rest.calls[0].method, "PATCH");
	assert_string_equal(rest.calls[0].params[0], "99");
	assert_string_equal(rest.calls[0].params[1], "token");
	assert_false(rest.calls[0].once);
	answer(0, STATUS_OK);
	assert_int_equal(follow_ups_pending(scene->follow_ups), 0);
}

static void follow_ups_send_names_the_interactions_application(void **state)
{
	struct scene *scene = *state;
	strcpy(scene->in.application_id.text, "77");
	send_until(scene, 1);
	assert_string_equal(rest.calls[0].params[0], "77");
	answer(0, STATUS_OK);
}

static void follow_ups_send_leaves_a_pressed_message_alone(void **state)
{
	struct scene *scene = *state;
	scene->deferral.reply.kind = REPLY_DEFERRED_UPDATE;
	send_until(scene, 1);
	assert_string_equal(rest.calls[0].method, "POST");
	assert_true(rest.calls[0].once);
	answer(0, STATUS_OK);
}

/* What fulfils a public deferral is public: a private result needs it gone first. */
static void follow_ups_send_removes_a_public_deferral_before_a_private_result(void **state)
{
	struct scene *scene = *state;
	scene->reply.ephemeral = true;
	send_until(scene, 1);
	assert_string_equal(rest.calls[0].method, "DELETE");
	answer(0, STATUS_OK);
	assert_int_equal(rest.count, 2);
	assert_string_equal(rest.calls[1].method, "POST");
	assert_int_equal(json_integer_value(json_object_get(rest.bodies[1], "flags")), 32768 | 64);
	assert_int_equal(follow_ups_pending(scene->follow_ups), 1);
	answer(1, STATUS_OK);
	assert_int_equal(follow_ups_pending(scene->follow_ups), 0);
}

static void follow_ups_send_tells_the_result_though_the_deferral_stays(void **state)
{
	struct scene *scene = *state;
	scene->reply.ephemeral = true;
	send_until(scene, 1);
	answer(0, STATUS_NOT_FOUND);
	assert_int_equal(rest.count, 2);
	answer(1, STATUS_OK);
}

static void follow_ups_send_waits_until_discord_knows_the_token(void **state)
{
	struct scene *scene = *state;
	int64_t began = clock_mono_ms();
	send_until(scene, 1);
	assert_true(clock_mono_ms() - began >= 200);
	answer(0, STATUS_OK);
}

static void follow_ups_send_asks_again_for_a_fresh_token(void **state)
{
	struct scene *scene = *state;
	send_until(scene, 1);
	assert_true(rest.calls[0].not_yet);
	answer(0, STATUS_OK);
}

static void follow_ups_send_takes_an_old_token_for_dead(void **state)
{
	struct scene *scene = *state;
	scene->deferral.left_ms = clock_mono_ms() - REST_NOT_YET_MS;
	send_until(scene, 1);
	assert_false(rest.calls[0].not_yet);
	answer(0, STATUS_NOT_FOUND);
}

/* Whether member 42 is notified by BODY. */
static bool mentions(const json_t *body)
{
	const json_t *users = json_object_get(json_object_get(body, "allowed_mentions"), "users");
	const char *first = json_string_value(json_array_get(users, 0));
	return first && strcmp(first, "42") == 0;
}

/* Discord notifies nobody of an edit: the mention follows as a message of its own. */
static void follow_ups_send_mentions_after_the_message_is_there(void **state)
{
	struct scene *scene = *state;
	scene->reply.notified = "42";
	send_until(scene, 1);
	assert_string_equal(rest.calls[0].method, "PATCH");
	answer(0, STATUS_OK);
	assert_int_equal(rest.count, 2);
	assert_string_equal(rest.calls[1].method, "POST");
	assert_true(rest.calls[1].once);
	assert_true(mentions(rest.bodies[1]));
	answer(1, STATUS_OK);
	assert_int_equal(rest.count, 2);
	assert_int_equal(follow_ups_pending(scene->follow_ups), 0);
}

static void follow_ups_send_mentions_nobody_for_a_message_that_was_refused(void **state)
{
	struct scene *scene = *state;
	scene->reply.notified = "42";
	send_until(scene, 1);
	answer(0, STATUS_NOT_FOUND);
	assert_int_equal(rest.count, 1);
	assert_int_equal(follow_ups_pending(scene->follow_ups), 0);
}

/* A new message mentions by itself. */
static void follow_ups_send_mentions_once_in_a_new_message(void **state)
{
	struct scene *scene = *state;
	scene->deferral.reply.kind = REPLY_DEFERRED_UPDATE;
	scene->reply.notified = "42";
	send_until(scene, 1);
	assert_true(mentions(rest.bodies[0]));
	answer(0, STATUS_OK);
	assert_int_equal(rest.count, 1);
	assert_int_equal(follow_ups_pending(scene->follow_ups), 0);
}

/* The REST client has no room: the result is counted as lost, and a drain does not wait for it. */
static void follow_ups_send_counts_what_the_client_does_not_take(void **state)
{
	struct scene *scene = *state;
	int64_t before = metrics_get(METRIC_FOLLOW_UPS_FAILED, 0);
	rest.submit_status = STATUS_UNAVAILABLE;
	hand_over(scene);
	loop_run(scene->loop);
	assert_int_equal(follow_ups_pending(scene->follow_ups), 0);
	assert_int_equal(metrics_get(METRIC_FOLLOW_UPS_FAILED, 0), before + 1);
	assert_int_equal(rest.count, 0);
}

static void follow_ups_count_what_was_not_delivered(void **state)
{
	struct scene *scene = *state;
	int64_t before = metrics_get(METRIC_FOLLOW_UPS_FAILED, 0);
	send_until(scene, 1);
	answer(0, STATUS_DENIED);
	assert_int_equal(metrics_get(METRIC_FOLLOW_UPS_FAILED, 0), before + 1);
	assert_int_equal(follow_ups_pending(scene->follow_ups), 0);
}

static void follow_ups_destroy_gives_up_what_waits(void **state)
{
	struct scene *scene = *state;
	int64_t before = metrics_get(METRIC_FOLLOW_UPS_FAILED, 0);
	hand_over(scene);
	loop_run_posted(scene->loop);
	follow_ups_destroy(&scene->follow_ups);
	assert_int_equal(metrics_get(METRIC_FOLLOW_UPS_FAILED, 0), before + 1);
	assert_int_equal(rest.count, 0);
}

/* A file takes room from when it is handed over until Discord has answered. */
static void follow_ups_have_room_for_files_up_to_their_bytes(void **state)
{
	struct scene *scene = *state;
	const size_t length = FOLLOW_UPS_MAX_FILE_BYTES / 4;
	void *ctx = must(talloc_new(NULL));
	struct follow_up_message message;
	follow_up_render(ctx, &scene->deferral.reply, &scene->reply, &message);
	message.file = (struct attachment){.name = "a.json",
		.content = {must(talloc_zero_size(ctx, length + 1)), length, "application/json"}};
	follow_ups_send(scene->follow_ups, &scene->in, "99", scene->deferral.left_ms, &message);
	assert_true(follow_ups_have_room(scene->follow_ups, FOLLOW_UPS_MAX_FILE_BYTES - length));
	assert_false(
		follow_ups_have_room(scene->follow_ups, FOLLOW_UPS_MAX_FILE_BYTES - length + 1));
	rest.stop_at = 1;
	loop_run(scene->loop);
	answer(0, STATUS_OK);
	assert_true(follow_ups_have_room(scene->follow_ups, FOLLOW_UPS_MAX_FILE_BYTES));
	talloc_free(ctx);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(follow_ups_send_fulfils_the_deferral),
		TEST(follow_ups_send_names_the_interactions_application),
		TEST(follow_ups_send_leaves_a_pressed_message_alone),
		TEST(follow_ups_send_removes_a_public_deferral_before_a_private_result),
		TEST(follow_ups_send_tells_the_result_though_the_deferral_stays),
		TEST(follow_ups_send_waits_until_discord_knows_the_token),
		TEST(follow_ups_send_asks_again_for_a_fresh_token),
		TEST(follow_ups_send_takes_an_old_token_for_dead),
		TEST(follow_ups_send_mentions_after_the_message_is_there),
		TEST(follow_ups_send_mentions_nobody_for_a_message_that_was_refused),
		TEST(follow_ups_send_mentions_once_in_a_new_message),
		TEST(follow_ups_send_counts_what_the_client_does_not_take),
		TEST(follow_ups_count_what_was_not_delivered),
		TEST(follow_ups_destroy_gives_up_what_waits),
		TEST(follow_ups_have_room_for_files_up_to_their_bytes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

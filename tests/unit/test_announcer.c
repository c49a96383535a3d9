/* The announcer: what it takes, what an answer of Discord's means, and that no outcome is
 * forgotten. The outbox, the pool, Discord and time are stand-ins. */
#include "support/outside.h"

#include <stdio.h>

#include "besace/jobs/announcer.h"
#include "besace/runtime/metrics.h"
#include "besace/store/outbox.h"
#include "jobs/announcement.h"

#define MESSAGES_MAX 16

static struct {
	struct announcer *announcer;
	unsigned leases; /* asked for */
	unsigned asked; /* channels, by the last one */
	char busy[128]; /* that it names */
	unsigned given; /* rows that the next lease brings */
	unsigned first; /* number of the first of them */
	enum status read_status; /* of each row */
	struct outbox_end end; /* said last */
	int64_t ended; /* of the message */
	unsigned ends; /* said in all */
	bool set_aside;
} box;

/* ---- The outbox */

void outbox_take_call(void *ctx, const struct outbox_lease *lease, struct db_call *out)
{
	(void)ctx, (void)out;
	box.leases++;
	box.asked = lease->count;
	assert_int_equal(strlen(lease->holder), 32);
	box.busy[0] = '\0';
	for (unsigned i = 0; i < lease->busy_count; i++) {
		strcat(box.busy, lease->busy[i]);
		strcat(box.busy, " ");
	}
}

enum status outbox_take_read(
	void *ctx, const struct db_rows *rows, int row_number, struct announcement *out)
{
	(void)rows;
	int number = (int)box.first + row_number;
	*out = (struct announcement){.id = number,
		.guild_id = talloc_strdup(ctx, "1"),
		.channel_id = talloc_asprintf(ctx, "%d", 100 + number),
		.nonce = talloc_asprintf(ctx, "nonce-%d", number),
		.place = talloc_strdup(ctx, "7")};
	return box.read_status;
}

void outbox_end_call(void *ctx, const struct announcement *announcement, const char *holder,
	const struct outbox_end *end, struct db_call *out)
{
	(void)ctx, (void)out;
	assert_int_equal(strlen(holder), 32);
	box.end = *end;
	box.ended = announcement->id;
	box.ends++;
}

bool outbox_end_read(const struct db_rows *rows)
{
	(void)rows;
	return box.set_aside;
}

int db_rows_count(const struct db_rows *rows)
{
	(void)rows;
	return (int)box.given;
}

json_t *announcement_message(void *ctx, const struct announcement *announcement,
	const char *public_url, const struct link_key *key)
{
	(void)ctx, (void)announcement, (void)key;
	assert_string_equal(public_url, "https://besace.example");
	return json_pack("{s:s}", "content", "a level");
}

/* ---- What the tests do with it */

static int open_box(void **state)
{
	outside_reset();
	memset(&box, 0, sizeof(box));
	static char url[] = "https://besace.example";
	static const struct config config = {.public_url = url, .has_link_key = true};
	box.announcer = announcer_create(NULL, NULL, NULL, &config);
	return unit_open(state);
}

static int close_box(void **state)
{
	announcer_destroy(&box.announcer);
	assert_int_equal(outside.timer_count, 0);
	assert_int_equal(outside.request_count, 0);
	return unit_close(state);
}

/* The timer asks for a lease, which brings COUNT messages. */
static void lease(unsigned count)
{
	static const struct db_rows rows;
	run_out();
	box.first += box.given;
	box.given = count;
	answer_request(STATUS_OK, &rows);
}

static void note_end(void)
{
	static const struct db_rows rows;
	answer_request(STATUS_OK, &rows);
}

static void announcer_leases_as_many_as_it_may_send(void **state)
{
	(void)state;
	assert_int_equal(run_out(), 0); /* some may wait since before */
	assert_int_equal(box.asked, 8);
	assert_string_equal(box.busy, "");
}

static void announcer_looks_again_every_second(void **state)
{
	(void)state;
	lease(0);
	assert_int_equal(run_out(), 1000);
	assert_int_equal(box.leases, 2);
}

static void announcer_sends_one_message_a_channel_with_its_nonce(void **state)
{
	(void)state;
	lease(2);
	assert_int_equal(outside.call_count, 2);
	for (unsigned i = 0; i < 2; i++) {
		assert_string_equal(outside.calls[i].method, "POST");
		assert_string_equal(outside.calls[i].params[0], i == 0 ? "100" : "101");
		assert_true(outside.calls[i].within_ms < 60000); /* its lease holds until then */
	}
	answer_call(STATUS_OK, 200, 0, "{\"id\":\"5\"}");
	assert_int_equal(box.ended, 0);
	assert_int_equal(box.end.outcome, DELIVERY_SENT);
}

static void announcer_leases_beside_what_it_sends(void **state)
{
	(void)state;
	lease(2);
	lease(0);
	assert_int_equal(box.asked, 6);
	assert_true(strstr(box.busy, "100 ") && strstr(box.busy, "101 "));
}

static void announcer_leases_nothing_while_its_hands_are_full(void **state)
{
	(void)state;
	lease(8);
	run_out();
	assert_int_equal(outside.request_count, 0);
	assert_int_equal(outside.timer_count, 0); /* the next end looks */
	answer_call(STATUS_OK, 200, 0, "{\"id\":\"5\"}");
	note_end();
	assert_int_equal(run_out(), 0);
	assert_int_equal(box.asked, 1);
}

/* The next message of the channel does not wait for the next second. */
static void announcer_leases_at_once_when_a_channel_is_free(void **state)
{
	(void)state;
	lease(1);
	answer_call(STATUS_OK, 200, 0, "{\"id\":\"5\"}");
	note_end();
	assert_int_equal(run_out(), 0);
	assert_int_equal(box.leases, 2);
}

/* The channel became free after the call had named it busy. */
static void announcer_leases_again_when_a_channel_was_freed_meanwhile(void **state)
{
	static const struct db_rows rows;
	(void)state;
	lease(1);
	run_out(); /* asks, with the channel among the busy ones */
	answer_call(STATUS_OK, 200, 0, "{\"id\":\"5\"}");
	struct pool_request *lease_call = outside.requests[0];
	outside.requests[0] = outside.requests[1];
	outside.requests[1] = lease_call;
	note_end();
	box.given = 0;
	answer_request(STATUS_OK, &rows);
	assert_int_equal(run_out(), 0);
	assert_int_equal(box.leases, 3);
	assert_string_equal(box.busy, "");
}

static void announcer_tries_a_lease_that_found_no_database_again(void **state)
{
	(void)state;
	outside.pool_is_full = true;
	run_out();
	outside.pool_is_full = false;
	assert_int_equal(run_out(), 1000);
	assert_int_equal(outside.request_count, 1);
	answer_request(STATUS_UNAVAILABLE, NULL);
	assert_int_equal(run_out(), 1000);
	assert_int_equal(outside.request_count, 1);
}

/* ---- Outcomes */

static void announcer_judges_answers(void **state)
{
	static const struct {
		enum status status;
		int http, code;
		const char *body;
		enum delivery_outcome outcome;
	} cases[] = {
		{STATUS_OK, 200, 0, "{\"id\":\"5\"}", DELIVERY_SENT},
		{STATUS_OK, 200, 0, "{}", DELIVERY_FAILED},
		{STATUS_OK, 204, 0, NULL, DELIVERY_FAILED},
		{STATUS_INVALID, 400, 50035, NULL, DELIVERY_REFUSED},
		{STATUS_NOT_FOUND, 404, 10004, NULL, DELIVERY_REFUSED},
		{STATUS_TOO_LARGE, 413, 0, NULL, DELIVERY_REFUSED},
		{STATUS_TOO_LARGE, 200, 0, NULL, DELIVERY_FAILED},
		{STATUS_DENIED, 403, 50013, NULL, DELIVERY_REFUSED},
		{STATUS_DENIED, 401, 0, NULL, DELIVERY_LATER},
		{STATUS_UNAVAILABLE, 0, 0, NULL, DELIVERY_LATER},
		{STATUS_UNAVAILABLE, 429, 0, NULL, DELIVERY_LATER},
		{STATUS_UNKNOWN, 502, 0, NULL, DELIVERY_LATER},
		{STATUS_UNAVAILABLE, 404, 0, NULL, DELIVERY_FAILED},
		{STATUS_FAILED, 302, 0, NULL, DELIVERY_FAILED},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		lease(1);
		box.end = (struct outbox_end){.outcome = DELIVERY_SENT, .retry_ms = -1};
		answer_call(cases[i].status, cases[i].http, cases[i].code, cases[i].body);
		assert_int_equal(box.ends, i + 1);
		if (box.end.outcome != cases[i].outcome)
			fail_msg("case %zu ends in %d", i, (int)box.end.outcome);
		if (cases[i].outcome >= DELIVERY_LATER)
			assert_in_range(box.end.retry_ms, 1, 60000);
		note_end();
	}
}

static void announcer_counts_refusals_by_reason(void **state)
{
	static const struct {
		enum status status;
		int http, code;
		unsigned label;
	} cases[] = {
		{STATUS_DENIED, 403, 50013, REFUSED_PERMISSION},
		{STATUS_DENIED, 403, 50001, REFUSED_ACCESS},
		{STATUS_NOT_FOUND, 404, 10004, REFUSED_GONE},
		{STATUS_INVALID, 400, 50035, REFUSED_OTHER},
		{STATUS_TOO_LARGE, 413, 0, REFUSED_OTHER},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		int64_t before = metrics_get(METRIC_ANNOUNCEMENTS_REFUSED, cases[i].label);
		lease(1);
		answer_call(cases[i].status, cases[i].http, cases[i].code, NULL);
		note_end();
		assert_int_equal(
			metrics_get(METRIC_ANNOUNCEMENTS_REFUSED, cases[i].label), before + 1);
	}
}

/* Another replica may lease the channel next, and does not know Discord's limit. */
static void announcer_leaves_a_channel_alone_for_as_long_as_discord_asks(void **state)
{
	(void)state;
	lease(1);
	outside.wait_ms = 7000;
	answer_call(STATUS_OK, 200, 0, "{\"id\":\"5\"}");
	assert_int_equal(box.end.outcome, DELIVERY_SENT);
	assert_int_equal(box.end.retry_ms, 7000);
	note_end();
}

static void announcer_asks_whether_the_guild_is_there_when_its_channel_is_not(void **state)
{
	static const struct {
		enum status status;
		int http;
		enum delivery_outcome outcome;
	} cases[] = {
		{STATUS_OK, 200, DELIVERY_REFUSED}, /* the channel is gone */
		{STATUS_NOT_FOUND, 404, DELIVERY_FAILED},
		{STATUS_UNAVAILABLE, 0, DELIVERY_FAILED},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		lease(1);
		answer_call(STATUS_NOT_FOUND, 404, 10003, NULL);
		assert_int_equal(box.ends, i);
		assert_string_equal(outside.calls[0].method, "GET");
		assert_string_equal(outside.calls[0].params[0], "1");
		answer_call(cases[i].status, cases[i].http, 0, "{\"id\":\"1\"}");
		assert_int_equal(box.end.outcome, cases[i].outcome);
		note_end();
	}
}

static void announcer_puts_off_what_the_client_does_not_take(void **state)
{
	static const struct {
		enum status status;
		enum delivery_outcome outcome;
	} cases[] = {{STATUS_UNAVAILABLE, DELIVERY_LATER}, {STATUS_DENIED, DELIVERY_LATER},
		{STATUS_TOO_LARGE, DELIVERY_REFUSED}, {STATUS_INVALID, DELIVERY_REFUSED}};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		outside.rest_status = cases[i].status;
		lease(1);
		assert_int_equal(box.end.outcome, cases[i].outcome);
		note_end();
	}
}

/* Another build wrote it, and may send it. */
static void announcer_puts_off_what_it_cannot_read(void **state)
{
	(void)state;
	box.read_status = STATUS_INVALID;
	lease(1);
	assert_int_equal(outside.call_count, 0);
	assert_int_equal(box.end.outcome, DELIVERY_FAILED);
	note_end();
}

/* Not even whose message it is can be said: its lease runs out, and nobody spins meanwhile. */
static void announcer_leaves_a_row_that_makes_no_sense(void **state)
{
	(void)state;
	box.read_status = STATUS_FAILED;
	lease(1);
	assert_int_equal(box.ends, 0);
	assert_int_equal(run_out(), 1000);
}

/* The database went away between the message and its outcome: the outcome waits for it, and the
 * message is not sent a second time. */
static void announcer_remembers_an_outcome_while_the_database_is_away(void **state)
{
	static const enum status lost[] = {STATUS_UNAVAILABLE, STATUS_UNKNOWN};
	(void)state;
	lease(8); /* nothing more is leased meanwhile */
	run_out();
	answer_call(STATUS_OK, 200, 0, "{\"id\":\"5\"}");
	for (unsigned i = 0; i < ARRAY_LEN(lost); i++) {
		answer_request(lost[i], NULL);
		assert_int_equal(run_out(), 1000);
		assert_int_equal(box.ends, i + 2);
		assert_int_equal(box.end.outcome, DELIVERY_SENT);
		assert_int_equal(box.ended, 0);
	}
	note_end();
	assert_int_equal(outside.calls_made, 8);
}

static void announcer_remembers_an_outcome_while_the_pool_is_full(void **state)
{
	(void)state;
	lease(8); /* nothing more is leased meanwhile */
	run_out();
	outside.pool_is_full = true;
	answer_call(STATUS_OK, 200, 0, "{\"id\":\"5\"}");
	assert_int_equal(box.ends, 1);
	assert_int_equal(run_out(), 1000);
	assert_int_equal(box.ends, 2);
	outside.pool_is_full = false;
	assert_int_equal(run_out(), 1000);
	assert_int_equal(box.ends, 3);
	assert_int_equal(box.end.outcome, DELIVERY_SENT);
	note_end();
	assert_int_equal(outside.calls_made, 8);
}

/* A defect of ours would be refused for ever. */
static void announcer_does_not_repeat_an_end_that_is_refused(void **state)
{
	(void)state;
	lease(1);
	answer_call(STATUS_OK, 200, 0, "{\"id\":\"5\"}");
	answer_request(STATUS_FAILED, NULL);
	assert_int_equal(run_out(), 0);
	assert_int_equal(box.ends, 1);
	assert_int_equal(box.leases, 2);
}

static void announcer_counts_what_is_set_aside(void **state)
{
	int64_t before = metrics_get(METRIC_ANNOUNCEMENTS, ANNOUNCEMENT_SET_ASIDE);
	(void)state;
	box.set_aside = true;
	lease(1);
	answer_call(STATUS_FAILED, 302, 0, NULL);
	note_end();
	assert_int_equal(metrics_get(METRIC_ANNOUNCEMENTS, ANNOUNCEMENT_SET_ASIDE), before + 1);
}

static void announcer_destroy_takes_back_what_is_under_way(void **state)
{
	(void)state;
	lease(3);
	answer_call(STATUS_OK, 200, 0, "{\"id\":\"5\"}"); /* saying its end */
	run_out(); /* a lease */
	outside.pool_is_full = true;
	answer_call(STATUS_OK, 200, 0, "{\"id\":\"6\"}"); /* waiting to say it */
	assert_int_equal(outside.request_count, 2); /* close_box looks */
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, open_box, close_box)

static const struct CMUnitTest tests[] = {
	TEST(announcer_leases_as_many_as_it_may_send),
	TEST(announcer_looks_again_every_second),
	TEST(announcer_sends_one_message_a_channel_with_its_nonce),
	TEST(announcer_leases_beside_what_it_sends),
	TEST(announcer_leases_nothing_while_its_hands_are_full),
	TEST(announcer_leases_at_once_when_a_channel_is_free),
	TEST(announcer_leases_again_when_a_channel_was_freed_meanwhile),
	TEST(announcer_tries_a_lease_that_found_no_database_again),
	TEST(announcer_judges_answers),
	TEST(announcer_counts_refusals_by_reason),
	TEST(announcer_leaves_a_channel_alone_for_as_long_as_discord_asks),
	TEST(announcer_asks_whether_the_guild_is_there_when_its_channel_is_not),
	TEST(announcer_puts_off_what_the_client_does_not_take),
	TEST(announcer_puts_off_what_it_cannot_read),
	TEST(announcer_leaves_a_row_that_makes_no_sense),
	TEST(announcer_remembers_an_outcome_while_the_database_is_away),
	TEST(announcer_remembers_an_outcome_while_the_pool_is_full),
	TEST(announcer_does_not_repeat_an_end_that_is_refused),
	TEST(announcer_counts_what_is_set_aside),
	TEST(announcer_destroy_takes_back_what_is_under_way),
};

UNIT_MAIN(tests)

/* The editor: by which way a message is edited, which refusals are for good, and that what it
 * leases and forgets balances. The rows, the pool, Discord and time are stand-ins. */
#include "support/outside.h"

#include "besace/discord/reply.h"
#include "besace/jobs/editor.h"
#include "besace/play/match_message.h"
#include "besace/store/match_edits.h"

static struct {
	struct editor *editor;
	struct match_edit edit; /* each row */
	unsigned given; /* rows that the next lease brings */
	unsigned leases;
	int asked; /* by the last one */
	unsigned ends; /* said in all */
	bool is_made; /* said last */
	const char *leased_until; /* likewise */
	bool is_senseless, has_defect; /* the outcome */
} desk;

/* ---- The rows */

void match_edits_take_call(void *ctx, int max, int lease_s, struct db_call *out)
{
	(void)ctx, (void)out;
	assert_true(lease_s * 1000 > REST_DEADLINE_MS); /* an edit ends while it is ours */
	desk.leases++;
	desk.asked = max;
}

bool match_edits_take_read(void *ctx, const struct db_rows *rows, int row, struct match_edit *out)
{
	(void)ctx, (void)rows;
	*out = desk.edit;
	return row < (int)desk.given;
}

void match_edits_end_call(void *ctx, const struct match_edit *edit, bool made, struct db_call *out)
{
	(void)ctx, (void)out;
	desk.ends++;
	desk.is_made = made;
	desk.leased_until = edit->leased_until;
}

enum status game_end_message(
	void *ctx, const char *outcome, enum language language, struct reply *out)
{
	(void)ctx, (void)language;
	*out = (struct reply){.kind = REPLY_MESSAGE, .description = outcome};
	if (desk.has_defect)
		reply_add_button(out, (struct button){.custom_id = ""});
	return desk.is_senseless ? STATUS_FAILED : STATUS_OK;
}

/* ---- What the tests do with it */

static int open_desk(void **state)
{
	outside_reset();
	memset(&desk, 0, sizeof(desk));
	desk.edit = (struct match_edit){.guild_id = "1",
		.match_id = "77",
		.outcome = "over",
		.language = "fr",
		.application_id = "9",
		.token = "token",
		.channel_id = "7",
		.message_id = "66",
		.leased_until = "then"};
	desk.editor = editor_create(NULL, NULL, NULL, true);
	return unit_open(state);
}

static int close_desk(void **state)
{
	editor_destroy(&desk.editor);
	assert_int_equal(outside.timer_count, 0);
	assert_int_equal(outside.request_count, 0);
	return unit_close(state);
}

static void be_no_bot(void)
{
	editor_destroy(&desk.editor);
	desk.editor = editor_create(NULL, NULL, NULL, false);
}

/* The timer asks for a lease, which brings COUNT edits. */
static void lease(unsigned count)
{
	static const struct db_rows rows;
	run_out();
	desk.given = count;
	answer_request(STATUS_OK, &rows);
}

static void note_end(bool is_made)
{
	static const struct db_rows rows;
	assert_int_equal(desk.is_made, is_made);
	assert_string_equal(desk.leased_until, "then");
	answer_request(STATUS_OK, &rows);
}

static bool is_by_token(unsigned call)
{
	return strstr(outside.calls[call].route, "/messages/@original") != NULL;
}

static bool is_by_bot(unsigned call)
{
	return strcmp(outside.calls[call].route, "/channels/{channel}/messages/{message}") == 0;
}

static void editor_edits_by_the_token_while_it_lives(void **state)
{
	(void)state;
	lease(1);
	assert_true(is_by_token(0));
	assert_false(outside.calls[0].not_yet);
	answer_call(STATUS_OK, 200, 0, NULL);
	note_end(true);
	assert_int_equal(outside.calls_made, 1);
}

static void editor_edits_as_the_bot_without_a_token(void **state)
{
	(void)state;
	desk.edit.token = NULL;
	lease(1);
	assert_true(is_by_bot(0));
	answer_call(STATUS_OK, 200, 0, NULL);
	note_end(true);
}

static void editor_leaves_what_there_is_no_way_to(void **state)
{
	(void)state;
	be_no_bot();
	desk.edit.token = NULL;
	lease(1);
	assert_int_equal(outside.call_count, 0);
	note_end(false);
}

static void editor_goes_on_as_the_bot_when_the_token_is_refused(void **state)
{
	static const struct {
		enum status status;
		int http, code;
	} refusals[] = {{STATUS_NOT_FOUND, 404, 10015}, {STATUS_DENIED, 401, 50027}};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(refusals); i++) {
		lease(1);
		answer_call(refusals[i].status, refusals[i].http, refusals[i].code, NULL);
		assert_int_equal(desk.ends, i);
		assert_true(is_by_bot(0));
		answer_call(STATUS_OK, 200, 0, NULL);
		note_end(true);
	}
}

/* The bot would be refused for the same reason. */
static void editor_does_not_ask_the_bot_about_a_message_that_is_bad(void **state)
{
	static const enum status bad[] = {STATUS_INVALID, STATUS_TOO_LARGE};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		lease(1);
		answer_call(bad[i], 400, 50035, NULL);
		assert_int_equal(outside.call_count, 0);
		note_end(false);
	}
}

static void editor_leaves_what_the_bot_may_not_edit(void **state)
{
	static const struct {
		enum status status;
		int http, code;
	} refusals[] = {{STATUS_NOT_FOUND, 404, 10008}, {STATUS_DENIED, 403, 50001}};
	(void)state;
	desk.edit.token = NULL;
	for (size_t i = 0; i < ARRAY_LEN(refusals); i++) {
		lease(1);
		answer_call(refusals[i].status, refusals[i].http, refusals[i].code, NULL);
		note_end(false);
	}
}

/* What Discord has not judged comes back when its lease has run out, whichever way was tried. */
static void editor_keeps_what_discord_has_not_judged(void **state)
{
	static const struct {
		enum status status;
		int http;
	} faults[] = {{STATUS_UNAVAILABLE, 0}, {STATUS_UNAVAILABLE, 503}, {STATUS_UNKNOWN, 0},
		{STATUS_FAILED, 302}};
	(void)state;
	for (size_t i = 0; i < 2 * ARRAY_LEN(faults); i++) {
		desk.edit.token = i % 2 ? "token" : NULL;
		lease(1);
		answer_call(faults[i / 2].status, faults[i / 2].http, 0, NULL);
		assert_int_equal(desk.ends, 0);
		assert_int_equal(outside.call_count, 0);
	}
}

/* An operator mends the bot's token, and the messages are edited then. */
static void editor_keeps_what_waits_for_another_bot_token(void **state)
{
	(void)state;
	desk.edit.token = NULL;
	lease(1);
	answer_call(STATUS_DENIED, 401, 0, NULL);
	outside.rest_status = STATUS_DENIED;
	lease(1);
	assert_int_equal(desk.ends, 0);
}

static void editor_asks_whether_the_guild_is_there_when_its_channel_is_not(void **state)
{
	static const enum status away[] = {STATUS_NOT_FOUND, STATUS_UNAVAILABLE, STATUS_DENIED};
	(void)state;
	desk.edit.token = NULL;
	for (size_t i = 0; i < ARRAY_LEN(away); i++) {
		lease(1);
		answer_call(STATUS_NOT_FOUND, 404, 10003, NULL);
		assert_string_equal(outside.calls[0].method, "GET");
		assert_string_equal(outside.calls[0].params[0], "1");
		answer_call(away[i], 0, 0, NULL);
		assert_int_equal(desk.ends, 0);
	}
	lease(1);
	answer_call(STATUS_NOT_FOUND, 404, 10003, NULL);
	answer_call(STATUS_OK, 200, 0, "{}");
	note_end(false);
}

static void editor_leaves_an_outcome_that_makes_no_sense(void **state)
{
	(void)state;
	desk.is_senseless = true;
	lease(1);
	note_end(false);
	desk.is_senseless = false;
	desk.has_defect = true;
	lease(1);
	note_end(false);
	assert_int_equal(outside.calls_made, 0);
}

/* ---- How many */

static void editor_leases_at_once_when_there_is_more(void **state)
{
	(void)state;
	lease(16);
	assert_int_equal(desk.asked, 16);
	run_out(); /* its hands are full */
	assert_int_equal(outside.request_count, 0);
	answer_call(STATUS_OK, 200, 0, NULL);
	note_end(true);
	assert_int_equal(run_out(), 0);
	assert_int_equal(desk.asked, 1);
}

static void editor_looks_again_in_a_second_when_there_is_no_more(void **state)
{
	(void)state;
	lease(1);
	assert_int_equal(desk.asked, 16);
	answer_call(STATUS_OK, 200, 0, NULL);
	note_end(true);
	assert_int_equal(run_out(), 1000);
	assert_int_equal(desk.asked, 16);
}

/* There is no use in leasing what cannot leave. */
static void editor_does_not_lease_at_once_while_the_client_is_full(void **state)
{
	(void)state;
	outside.rest_status = STATUS_UNAVAILABLE;
	lease(16);
	assert_int_equal(desk.ends, 0);
	assert_int_equal(run_out(), 1000);
	assert_int_equal(desk.asked, 16); /* none is held on to */
}

static void editor_gives_each_place_back(void **state)
{
	(void)state;
	lease(4);
	answer_call(STATUS_OK, 200, 0, NULL);
	answer_request(STATUS_UNAVAILABLE, NULL); /* not written down: it comes back */
	answer_call(STATUS_OK, 200, 0, NULL);
	answer_request(STATUS_FAILED, NULL);
	outside.pool_is_full = true;
	answer_call(STATUS_OK, 200, 0, NULL);
	outside.pool_is_full = false;
	answer_call(STATUS_UNAVAILABLE, 0, 0, NULL);
	lease(0);
	assert_int_equal(desk.asked, 16);
}

static void editor_tries_a_lease_that_found_no_database_again(void **state)
{
	(void)state;
	outside.pool_is_full = true;
	run_out();
	outside.pool_is_full = false;
	assert_int_equal(run_out(), 1000);
	answer_request(STATUS_UNAVAILABLE, NULL);
	assert_int_equal(run_out(), 1000);
	assert_int_equal(outside.request_count, 1);
}

static void editor_destroy_takes_back_what_is_under_way(void **state)
{
	(void)state;
	lease(16);
	answer_call(STATUS_OK, 200, 0, NULL);
	answer_call(STATUS_OK, 200, 0, NULL);
	assert_int_equal(outside.request_count, 2); /* close_desk looks */
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, open_desk, close_desk)

static const struct CMUnitTest tests[] = {
	TEST(editor_edits_by_the_token_while_it_lives),
	TEST(editor_edits_as_the_bot_without_a_token),
	TEST(editor_leaves_what_there_is_no_way_to),
	TEST(editor_goes_on_as_the_bot_when_the_token_is_refused),
	TEST(editor_does_not_ask_the_bot_about_a_message_that_is_bad),
	TEST(editor_leaves_what_the_bot_may_not_edit),
	TEST(editor_keeps_what_discord_has_not_judged),
	TEST(editor_keeps_what_waits_for_another_bot_token),
	TEST(editor_asks_whether_the_guild_is_there_when_its_channel_is_not),
	TEST(editor_leaves_an_outcome_that_makes_no_sense),
	TEST(editor_leases_at_once_when_there_is_more),
	TEST(editor_looks_again_in_a_second_when_there_is_no_more),
	TEST(editor_does_not_lease_at_once_while_the_client_is_full),
	TEST(editor_gives_each_place_back),
	TEST(editor_tries_a_lease_that_found_no_database_again),
	TEST(editor_destroy_takes_back_what_is_under_way),
};

UNIT_MAIN(tests)

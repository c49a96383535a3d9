/* The flow of plays and presses: look, decide, write, tell; and the bounds of both loops. */
#include "unit.h"

#include <jansson.h>
#include <libpq-fe.h>
#include <stdbool.h>
#include <string.h>

#include "besace/engine/invocation.h"
#include "besace/play/flow.h"

static uint32_t draw_zero(uint32_t bound)
{
	(void)bound;
	return 0;
}

/* ---- What Lou (3) sends */

#define LOU_SENDS(what)                                                                            \
	"{\"id\":\"100\",\"token\":\"t\",\"application_id\":\"8\",\"channel_id\":\"7\","           \
	"\"guild_id\":\"9\",\"locale\":\"fr\",\"guild_locale\":\"fr\","                            \
	"\"authorizing_integration_owners\":{\"0\":\"9\"},"                                        \
	"\"member\":{\"permissions\":\"0\",\"user\":{\"id\":\"3\",\"username\":\"lou\"}}," what    \
	"}"
#define CHALLENGE                                                                                  \
	LOU_SENDS("\"type\":2,\"data\":{\"name\":\"c21\",\"type\":1,\"options\":["                 \
		  "{\"name\":\"adversaire\",\"type\":6,\"value\":\"5\"},"                          \
		  "{\"name\":\"mise\",\"type\":4,\"value\":100}],"                                 \
		  "\"resolved\":{\"users\":{\"5\":{\"id\":\"5\",\"username\":\"bob\"}},"           \
		  "\"members\":{\"5\":{\"permissions\":\"0\"}}}}")
#define TABLE                                                                                      \
	LOU_SENDS("\"type\":2,\"data\":{\"name\":\"jeu\",\"type\":1,\"options\":["                 \
		  "{\"name\":\"roulette\",\"type\":1,\"options\":["                                \
		  "{\"name\":\"mise\",\"type\":4,\"value\":50}]}]}")
/* A press on the match 77 (25 in base 36), by FLAGS 64 on a private copy. */
#define PRESS(action, flags)                                                                       \
	LOU_SENDS("\"type\":3,\"message\":{\"id\":\"66\",\"flags\":" flags                         \
		  "},\"data\":{\"component_type\":2,\"custom_id\":\"c21:3:" action "\"}")

static enum step send(
	void *ctx, const char *json, struct invocation *invocation, struct db_call *call)
{
	static const struct invocation_world world = {.draw = draw_zero};
	struct interaction *in;
	char *why;
	*call = (struct db_call){.query = QUERY_COUNT};
	if (interaction_parse(ctx, json, strlen(json), &in, &why))
		fail_msg("%s\nwas refused: %s", json, why);
	return invocation_start(invocation, ctx, in, 1700000000000, &world, call);
}

/* ---- What the database answers */

#define SEEDS                                                                                      \
	"0707070707070707070707070707070707070707070707070707070707070707", "lou-seed", "0", "0"
/* A match 77 between Lou and Bob, of version 4. */
#define MATCH(type, accepted, state, expired)                                                      \
	"{\"id\":\"77\",\"game_type\":\"" type                                                     \
	"\",\"owner\":\"3\",\"opponent\":\"5\",\"channel\":\"7\","                                 \
	"\"accepted\":" accepted ",\"stake\":100,\"version\":4,\"state\":\"" state "\","           \
	"\"facts\":{\"names\":{\"3\":\"lou\",\"5\":\"bob\"}},\"expires_at\":1700000060,"           \
	"\"expired\":" expired ",\"escrow\":[{\"user\":\"3\",\"stake\":100},"                      \
	"{\"user\":\"5\",\"stake\":100}]}"
#define DONE(match) "{\"done\":true,\"balance\":900,\"match\":" match "}"
#define REFUSED(word) "{\"done\":false,\"balance\":900,\"refusal\":\"" word "\"}"

static int drop(PGresult **result)
{
	PQclear(*result);
	return 0;
}

/* One row of COUNT text cells. */
static struct db_rows row_of(
	void *ctx, const char *const *names, const char *const *cells, int count)
{
	PGresult **holder = talloc(ctx, PGresult *);
	PGresult *result = PQmakeEmptyPGresult(NULL, PGRES_TUPLES_OK);
	PGresAttDesc *columns = talloc_zero_array(ctx, PGresAttDesc, (unsigned)count);
	for (int i = 0; i < count; i++)
		columns[i].name = talloc_strdup(ctx, names[i]);
	assert_true(PQsetResultAttrs(result, count, columns));
	for (int i = 0; i < count; i++) {
		char *cell = cells[i] ? talloc_strdup(ctx, cells[i]) : NULL;
		assert_true(PQsetvalue(result, 0, i, cell, cell ? (int)strlen(cell) : -1));
	}
	*holder = result;
	talloc_set_destructor(holder, drop);
	return (struct db_rows){result};
}

/* The row of match_look and play_look. */
static struct db_rows looked(void *ctx, const char *receipt, const char *match)
{
	static const char *const names[] = {"receipt", "balance", "stakes", "server_seed",
		"client_seed", "nonce", "seeds_version", "other_name", "match"};
	const char *cells[] = {receipt, "1000", "[10, 1000]", SEEDS, NULL, match};
	return row_of(ctx, names, cells, (int)ARRAY_LEN(names));
}

/* The row of a routine. */
static struct db_rows outcome(void *ctx, const char *text)
{
	static const char *const names[] = {"outcome"};
	return row_of(ctx, names, &text, 1);
}

static enum step resume(struct invocation *invocation, struct db_rows rows, struct db_call *call)
{
	*call = (struct db_call){.query = QUERY_COUNT};
	return invocation_resume(invocation, &rows, call);
}

/* The call is QUERY, and nothing in it is wrong or missing. */
static void is_call(enum step step, struct db_call *call, enum query query)
{
	assert_int_equal(step, STEP_CALL);
	assert_int_equal(call->query, query);
	const char *fault = db_call_fault(call);
	if (fault)
		fail_msg("%s", fault);
}

/* The JSON that CALL writes. */
static json_t *written(const struct db_call *call, int parameter)
{
	json_t *json = json_loads(call->bound[parameter], 0, NULL);
	assert_non_null(json);
	return json;
}

/* The place of the last parameter of match_open and match_press. */
enum { OPEN_JSON = 5, PRESS_JSON = 7 };

static void says(const struct invocation *invocation, bool private, const char *word)
{
	assert_int_equal(invocation->reply.ephemeral, private);
	if (!strstr(invocation->reply.description, word) && !strstr(invocation->reply.title, word))
		fail_msg("\"%s\" does not say \"%s\"", invocation->reply.description, word);
}

/* ---- Looking and deciding */

static void flow_start_looks_before_it_decides(void **state)
{
	struct invocation invocation;
	struct db_call call;
	is_call(send(*state, CHALLENGE, &invocation, &call), &call, QUERY_PLAY_LOOK);
	is_call(resume(&invocation, looked(*state, NULL, NULL), &call), &call, QUERY_MATCH_OPEN);
	json_t *open = written(&call, OPEN_JSON);
	assert_string_equal(json_string_value(json_object_get(open, "game_type")), "c21");
	assert_int_equal(json_integer_value(json_object_get(open, "stake")), 100);
	json_decref(open);
}

static void flow_answer_tells_a_receipt_without_deciding_again(void **state)
{
	struct invocation invocation;
	struct db_call call;
	static const char receipt[] = DONE(MATCH("c21", "false", "", "false"));
	const char *texts[2];
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		is_call(send(*state, CHALLENGE, &invocation, &call), &call, QUERY_PLAY_LOOK);
		assert_int_equal(
			resume(&invocation, looked(*state, receipt, NULL), &call), STEP_REPLY);
		texts[i] = reply_render(*state, &invocation.reply).bytes;
	}
	assert_string_equal(texts[0], texts[1]);
	says(&invocation, false, "défie");
}

static void flow_answer_apologises_for_rows_that_make_no_sense(void **state)
{
	struct invocation invocation;
	struct db_call call;
	is_call(send(*state, CHALLENGE, &invocation, &call), &call, QUERY_PLAY_LOOK);
	assert_int_equal(
		resume(&invocation, looked(*state, NULL, "{\"id\":\"77\"}"), &call), STEP_REPLY);
	assert_true(invocation.reply.ephemeral);

	is_call(send(*state, CHALLENGE, &invocation, &call), &call, QUERY_PLAY_LOOK);
	is_call(resume(&invocation, looked(*state, NULL, NULL), &call), &call, QUERY_MATCH_OPEN);
	assert_int_equal(resume(&invocation, outcome(*state, "{\"nope\":1}"), &call), STEP_REPLY);
	assert_true(invocation.reply.ephemeral);
}

/* ---- Writing */

static void flow_answer_looks_again_when_another_play_was_first(void **state)
{
	struct invocation invocation;
	struct db_call call;
	int looks = 1;
	is_call(send(*state, CHALLENGE, &invocation, &call), &call, QUERY_PLAY_LOOK);
	for (;;) {
		is_call(resume(&invocation, looked(*state, NULL, NULL), &call), &call,
			QUERY_MATCH_OPEN);
		enum step step = resume(&invocation, outcome(*state, "{\"again\":true}"), &call);
		if (step == STEP_REPLY)
			break;
		is_call(step, &call, QUERY_PLAY_LOOK);
		assert_in_range(++looks, 2, 2 * (MATCH_SEATS_MAX + 1));
	}
	/* Once for each seat of two tables, and once for the end of each. */
	assert_int_equal(looks, 2 * (MATCH_SEATS_MAX + 1));
	assert_true(invocation.reply.ephemeral);
}

static void flow_press_writes_the_version_that_was_looked_at(void **state)
{
	struct invocation invocation;
	struct db_call call;
	is_call(send(*state, PRESS("2:s25:n1", "0"), &invocation, &call), &call, QUERY_MATCH_LOOK);
	is_call(resume(&invocation, looked(*state, NULL, MATCH("c21", "true", "1:", "false")),
			&call),
		&call, QUERY_MATCH_PRESS);
	assert_string_equal(call.bound[5], "77");
	assert_string_equal(call.bound[6], "4");
	json_t *act = written(&call, PRESS_JSON);
	assert_string_equal(json_string_value(json_object_get(act, "state")), "1:2");
	json_t *message = json_object_get(act, "message");
	assert_string_equal(json_string_value(json_object_get(message, "message")), "66");
	json_decref(act);
}

static void flow_press_leaves_the_message_alone_on_a_private_copy(void **state)
{
	struct invocation invocation;
	struct db_call call;
	is_call(send(*state, PRESS("2:s25:n1", "64"), &invocation, &call), &call, QUERY_MATCH_LOOK);
	is_call(resume(&invocation, looked(*state, NULL, MATCH("c21", "true", "1:", "false")),
			&call),
		&call, QUERY_MATCH_PRESS);
	json_t *act = written(&call, PRESS_JSON);
	assert_int_equal(json_object_size(json_object_get(act, "message")), 0);
	json_decref(act);
}

static void flow_refuse_is_recorded(void **state)
{
	struct invocation invocation;
	struct db_call call;
	/* There is no such match any more. */
	is_call(send(*state, PRESS("2:s25:n1", "0"), &invocation, &call), &call, QUERY_MATCH_LOOK);
	is_call(resume(&invocation, looked(*state, NULL, NULL), &call), &call, QUERY_MATCH_PRESS);
	json_t *act = written(&call, PRESS_JSON);
	assert_string_equal(json_string_value(json_object_get(act, "refusal")), "ended");
	json_decref(act);
	assert_int_equal(resume(&invocation, outcome(*state, REFUSED("ended")), &call), STEP_REPLY);
	says(&invocation, true, "finie");
}

/* A table that expired is ended first, at most three times. */
static void flow_expire_gives_up_when_the_match_stays_locked(void **state)
{
	struct invocation invocation;
	struct db_call call;
	static const char table[] = MATCH("roulette", "true", "", "true");
	int expiries = 0;
	is_call(send(*state, TABLE, &invocation, &call), &call, QUERY_MATCH_LOOK);
	for (;;) {
		enum step step = resume(&invocation, looked(*state, NULL, table), &call);
		if (call.query != QUERY_MATCH_EXPIRE) {
			is_call(step, &call, QUERY_MATCH_OPEN);
			break;
		}
		is_call(step, &call, QUERY_MATCH_EXPIRE);
		assert_in_range(++expiries, 1, 3);
		is_call(resume(&invocation, outcome(*state, "0"), &call), &call, QUERY_MATCH_LOOK);
	}
	assert_int_equal(expiries, 3);
	json_t *open = written(&call, OPEN_JSON);
	assert_string_equal(json_string_value(json_object_get(open, "refusal")), "table_drawing");
	json_decref(open);
}

/* ---- Telling */

/* The reply to a challenge whose outcome is TEXT. */
static void challenge(void *ctx, struct invocation *invocation, const char *text)
{
	struct db_call call;
	is_call(send(ctx, CHALLENGE, invocation, &call), &call, QUERY_PLAY_LOOK);
	is_call(resume(invocation, looked(ctx, NULL, NULL), &call), &call, QUERY_MATCH_OPEN);
	assert_int_equal(resume(invocation, outcome(ctx, text), &call), STEP_REPLY);
}

static void flow_answer_notifies_who_is_challenged(void **state)
{
	struct invocation invocation;
	challenge(*state, &invocation, DONE(MATCH("c21", "false", "", "false")));
	assert_int_equal(invocation.reply.kind, REPLY_MESSAGE);
	assert_string_equal(invocation.reply.notified, "5");
}

static void flow_answer_notifies_nobody_of_a_match_under_way(void **state)
{
	struct invocation invocation;
	struct db_call call;
	is_call(send(*state, PRESS("2:s25:n1", "0"), &invocation, &call), &call, QUERY_MATCH_LOOK);
	is_call(resume(&invocation, looked(*state, NULL, MATCH("c21", "true", "1:", "false")),
			&call),
		&call, QUERY_MATCH_PRESS);
	assert_int_equal(
		resume(&invocation, outcome(*state, DONE(MATCH("c21", "true", "1:2", "false"))),
			&call),
		STEP_REPLY);
	assert_int_equal(invocation.reply.kind, REPLY_UPDATE);
	assert_null(invocation.reply.notified);
}

static void flow_answer_brings_the_open_board_back(void **state)
{
	struct invocation invocation;
	challenge(*state, &invocation,
		"{\"done\":false,\"balance\":900,\"refusal\":\"playing\",\"match\":" MATCH(
			"c21", "true", "1:2", "false") "}");
	says(&invocation, true, "<#7>");
	assert_int_equal(invocation.reply.kind, REPLY_MESSAGE);
	assert_int_equal(invocation.reply.button_count, 3);
	assert_string_equal(invocation.reply.buttons[0].custom_id, "c21:3:1:s25:g9:n2");
	assert_null(invocation.reply.notified);
}

static void flow_answer_names_no_balance_of_the_opponent(void **state)
{
	struct invocation invocation;
	challenge(*state, &invocation, REFUSED("opponent_balance"));
	says(&invocation, true, "adversaire");
	assert_null(strstr(invocation.reply.description, "900"));
}

static void flow_answer_has_a_sentence_for_a_refusal_it_does_not_know(void **state)
{
	struct invocation invocation;
	challenge(*state, &invocation, REFUSED("of_a_later_build"));
	assert_true(invocation.reply.ephemeral);
	assert_true(strlen(invocation.reply.description) > 0);
}

static const struct CMUnitTest tests[] = {
	UNIT(flow_start_looks_before_it_decides),
	UNIT(flow_answer_tells_a_receipt_without_deciding_again),
	UNIT(flow_answer_apologises_for_rows_that_make_no_sense),
	UNIT(flow_answer_looks_again_when_another_play_was_first),
	UNIT(flow_press_writes_the_version_that_was_looked_at),
	UNIT(flow_press_leaves_the_message_alone_on_a_private_copy),
	UNIT(flow_refuse_is_recorded),
	UNIT(flow_expire_gives_up_when_the_match_stays_locked),
	UNIT(flow_answer_notifies_who_is_challenged),
	UNIT(flow_answer_notifies_nobody_of_a_match_under_way),
	UNIT(flow_answer_brings_the_open_board_back),
	UNIT(flow_answer_names_no_balance_of_the_opponent),
	UNIT(flow_answer_has_a_sentence_for_a_refusal_it_does_not_know),
};

UNIT_MAIN(tests)

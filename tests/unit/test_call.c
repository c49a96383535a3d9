/* Parameters bound by name, statement by statement. */
#include "unit.h"

#include <string.h>

#include "besace/store/call.h"
#include "besace/store/query.h"

static const struct snowflake lou = {"3"};

static void fault_is(struct db_call *call, const char *expected)
{
	const char *fault = db_call_fault(call);
	if (!expected) {
		assert_null(fault);
		return;
	}
	assert_non_null(fault);
	if (!strstr(fault, expected))
		fail_msg("\"%s\" does not say \"%s\"", fault, expected);
}

/* Binds PARAM as its type wants it; a NAME of its own. */
static void bind_as(struct db_call *call, const char *name, enum db_type type)
{
	static const int64_t number = 7;
	static const bool yes = true;
	static const char *const text = "x";
	switch (type) {
	case DB_TEXT:
		db_set_text(call, name, text);
		break;
	case DB_INTEGER:
	case DB_BIGINT:
		db_set_integer(call, name, number);
		break;
	case DB_BOOLEAN:
		db_set_bool(call, name, yes);
		break;
	case DB_JSON:
		db_set_json(call, name, json_object());
		break;
	case DB_TEXTS:
		db_set_texts(call, name, &text, 1);
		break;
	case DB_INTEGERS:
	case DB_BIGINTS:
		db_set_integers(call, name, &number, 1);
		break;
	case DB_BOOLEANS:
		db_set_bools(call, name, &yes, 1);
		break;
	default:
		fail_msg("%s: no parameter has this type", name);
	}
}

static void bind_others(struct db_call *call, const struct query_text *query, int but)
{
	for (int i = query->param_count - 1; i >= 0; i--)
		if (i != but)
			bind_as(call, query->params[i].name, query->params[i].type);
}

/* Every statement takes what its types say, in whatever order, and nothing less. */
static void queries_each_parameter_is_needed(void **state)
{
	for (int q = 0; q < QUERY_COUNT; q++) {
		const struct query_text *query = &queries()[q];
		for (int but = -1; but < query->param_count; but++) {
			struct db_call call;
			db_call_begin(*state, (enum query)q, &call);
			bind_others(&call, query, but);
			fault_is(&call, but < 0 ? NULL : query->params[but].name);
			fault_is(&call, but < 0 ? NULL : "was not bound");
		}
	}
}

static void queries_another_type_is_refused(void **state)
{
	for (int q = 0; q < QUERY_COUNT; q++) {
		const struct query_text *query = &queries()[q];
		for (int i = 0; i < query->param_count; i++) {
			struct db_call call;
			bool is_text = query->params[i].type == DB_TEXT;
			db_call_begin(*state, (enum query)q, &call);
			bind_others(&call, query, i);
			bind_as(&call, query->params[i].name, is_text ? DB_BOOLEAN : DB_TEXT);
			fault_is(&call, query->name);
			fault_is(&call, "is bound as another type");
		}
	}
}

static void queries_null_may_be_bound_to_each(void **state)
{
	for (int q = 0; q < QUERY_COUNT; q++) {
		const struct query_text *query = &queries()[q];
		struct db_call call;
		db_call_begin(*state, (enum query)q, &call);
		for (int i = 0; i < query->param_count; i++) {
			db_set_null(&call, query->params[i].name);
			assert_null(call.bound[i]);
		}
		fault_is(&call, NULL);
	}
}

static void begin(void **state, struct db_call *call)
{
	db_call_begin_change(*state, QUERY_BAG_OPEN, &lou, call);
}

static void db_set_an_unknown_name_is_a_fault(void **state)
{
	struct db_call call;
	begin(state, &call);
	db_set_integer(&call, "amount", 1);
	fault_is(&call, "query bag_open: $amount is not one of its parameters");
	begin(state, &call);
	db_set_null(&call, "amount");
	fault_is(&call, "query bag_open: $amount is not one of its parameters");
}

static void db_set_twice_is_a_fault(void **state)
{
	struct db_call call;
	begin(state, &call);
	db_set_null(&call, "use");
	db_set_integer(&call, "use", 1);
	fault_is(&call, "query bag_open: $use is bound twice");
}

static void db_set_null_must_be_said(void **state)
{
	static const struct snowflake nobody = {""};
	struct db_call call;
	begin(state, &call);
	db_set_text(&call, "username", NULL);
	fault_is(&call, "query bag_open: $username is NULL");
	begin(state, &call);
	db_set_id(&call, "member_id", &nobody);
	fault_is(&call, "query bag_open: $member_id is NULL");
	begin(state, &call);
	db_set_text_or_null(&call, "username", NULL);
	db_set_id_or_null(&call, "member_id", &nobody);
	assert_null(call.bound[1]);
	fault_is(&call, "$guild_id was not bound");
}

static void db_set_the_first_fault_is_told(void **state)
{
	struct db_call call;
	begin(state, &call);
	db_set_bool(&call, "reward", true);
	db_set_integer(&call, "amount", 1);
	fault_is(&call, "$reward is bound as another type");
}

static void db_set_integer_fits_its_parameter(void **state)
{
	static const int64_t numbers[] = {0, 7, -7, INT32_MAX, INT32_MIN};
	static const char *const texts[] = {"0", "7", "-7", "2147483647", "-2147483648"};
	struct db_call call;
	for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
		begin(state, &call);
		db_set_integer(&call, "reward", numbers[i]);
		assert_string_equal(call.bound[6], texts[i]);
		assert_null(call.fault);
	}
	begin(state, &call);
	db_set_integer(&call, "reward", INT64_C(2147483648));
	fault_is(&call, "$reward is bound to a number that does not fit");
	begin(state, &call);
	db_set_integer(&call, "seen_ms", INT64_MIN);
	assert_string_equal(call.bound[3], "-9223372036854775808");
	assert_null(call.fault);
}

/* What CALL was copied to stays what it was: a pool's request holds a copy. */
static void db_call_is_copied(void **state)
{
	struct db_call call, copy;
	begin(state, &call);
	db_set_integer(&call, "reward", 25);
	copy = call;
	memset(&call, 0, sizeof(call));
	assert_string_equal(copy.bound[6], "25");
}

/* ---- Reading statements */

static void parses_to(void *ctx, const char *sql, const char *expected, int count)
{
	struct query_text query;
	char *why;
	if (!query_parse(ctx, "x", sql, &query, &why))
		fail_msg("%s: %s", sql, why);
	assert_string_equal(query.sql, expected);
	assert_int_equal(query.param_count, count);
}

static void query_parse_names_become_numbers(void **state)
{
	parses_to(*state, "SELECT $a::integer, $b::text[], $a, $b::varchar\n",
		"SELECT $1::integer, $2::text[], $1, $2::varchar", 2);
	parses_to(*state, "SELECT $a_b::BIGINT+$a::bigint", "SELECT $1::BIGINT+$2::bigint", 2);
	parses_to(*state, "SELECT 1", "SELECT 1", 0);
}

static void query_parse_texts_and_comments_are_left(void **state)
{
	parses_to(*state, "-- of $x, it's\nSELECT '$a', \"$b\", 'it''s $c' -- $d",
		"SELECT '$a', \"$b\", 'it''s $c'", 0);
}

static void query_parse_types_have_their_numbers(void **state)
{
	struct query_text query;
	char *why;
	assert_true(query_parse(*state, "x", "SELECT $a::jsonb, $b::bigint[]", &query, &why));
	assert_string_equal(query.params[0].name, "a");
	assert_int_equal(query.params[0].type, DB_JSON);
	assert_int_equal(query.oids[0], 3802);
	assert_int_equal(query.params[1].type, DB_BIGINTS);
	assert_int_equal(query.oids[1], 1016);
}

static void query_parse_refuses(void **state)
{
	static const char *const sql[] = {"SELECT $a", "SELECT $a, $a::integer",
		"SELECT $a::timestamp", "SELECT $a::integer, $1", "SELECT $1::integer",
		"SELECT $a:: integer"};
	for (size_t i = 0; i < ARRAY_LEN(sql); i++) {
		struct query_text query;
		char *why = NULL;
		if (query_parse(*state, "x", sql[i], &query, &why))
			fail_msg("%s was taken", sql[i]);
		assert_non_null(strstr(why, "query x: "));
	}
}

static const struct CMUnitTest tests[] = {
	UNIT(queries_each_parameter_is_needed),
	UNIT(queries_another_type_is_refused),
	UNIT(queries_null_may_be_bound_to_each),
	UNIT(db_set_an_unknown_name_is_a_fault),
	UNIT(db_set_twice_is_a_fault),
	UNIT(db_set_null_must_be_said),
	UNIT(db_set_the_first_fault_is_told),
	UNIT(db_set_integer_fits_its_parameter),
	UNIT(db_call_is_copied),
	UNIT(query_parse_names_become_numbers),
	UNIT(query_parse_texts_and_comments_are_left),
	UNIT(query_parse_types_have_their_numbers),
	UNIT(query_parse_refuses),
};

UNIT_MAIN(tests)

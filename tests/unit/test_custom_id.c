/* The custom ids of buttons and modals: what is written is read, and nothing else is. */
#include "unit.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "besace/discord/reply.h"
#include "besace/engine/custom_id.h"

#define LAST_SNOWFLAKE "18446744073709551615"

static struct snowflake snowflake(const char *text)
{
	struct snowflake id = {""};
	assert_true(!*text || snowflake_parse(text, &id));
	return id;
}

static void is_same(const struct custom_id *a, const struct custom_id *b)
{
	assert_string_equal(a->command.text, b->command.text);
	assert_string_equal(a->action.text, b->action.text);
	assert_string_equal(a->owner.text, b->owner.text);
	assert_string_equal(a->subject.text, b->subject.text);
	assert_string_equal(a->member.text, b->member.text);
	assert_string_equal(a->guild.text, b->guild.text);
	assert_int_equal(a->number, b->number);
	assert_int_equal(a->time, b->time);
	assert_string_equal(a->word.text, b->word.text);
}

/* ID survives, and is written as TEXT unless that is NULL. */
static void survives(void *ctx, const struct custom_id *id, const char *text)
{
	struct custom_id back;
	char *written = custom_id_write(ctx, id);
	if (text)
		assert_string_equal(written, text);
	assert_true(custom_id_read(written, &back));
	is_same(id, &back);
}

/* A question of /don in a direct message has most fields of all. */
static struct custom_id longest(void)
{
	struct custom_id id = custom_id_make("don", "ok");
	id.owner = id.subject = id.member = id.guild = snowflake(LAST_SNOWFLAKE);
	id.number = INT32_MAX;
	id.time = 99999999999;
	return id;
}

static void custom_id_write_leaves_out_what_is_absent(void **state)
{
	struct custom_id id = custom_id_make("sac", "multiplier_x2");
	survives(*state, &id, "sac:3:multiplier_x2");
	id.number = 0;
	survives(*state, &id, "sac:3:multiplier_x2:n0");
	id.owner = snowflake("42");
	survives(*state, &id, "sac:3:multiplier_x2:o16:n0");
	id.word = custom_id_word("rouge");
	survives(*state, &id, "sac:3:multiplier_x2:o16:n0:wrouge");
}

static void custom_id_write_has_room_for_the_longest(void **state)
{
	struct custom_id id = longest();
	survives(*state, &id,
		"don:3:ok:o3w5e11264sgsf:s3w5e11264sgsf:m3w5e11264sgsf:g3w5e11264sgsf:"
		"nzik0zj:t19xtf1tr");
}

static void custom_id_read_returns_what_was_written(void **state)
{
	static const char *const ids[] = {
		"", "1", "35", "36", "1400000000000000042", "9223372036854775808", LAST_SNOWFLAKE};
	static const int64_t numbers[] = {CUSTOM_ID_NO_NUMBER, 0, 1, 35, 36, INT32_MAX, INT64_MAX};
	for (size_t i = 0; i < ARRAY_LEN(ids); i++)
		for (size_t j = 0; j < ARRAY_LEN(numbers); j++) {
			struct custom_id id = custom_id_make("007", "shoot");
			id.owner = snowflake(ids[i]);
			id.guild = snowflake(ids[ARRAY_LEN(ids) - 1 - i]);
			id.number = numbers[j];
			id.time = numbers[ARRAY_LEN(numbers) - 1 - j];
			survives(*state, &id, NULL);
		}
}

static void is_not_written(void *ctx, struct custom_id id)
{
	assert_string_equal(custom_id_write(ctx, &id), "");
}

static void custom_id_write_refuses_what_is_no_word(void **state)
{
	static const char *const words[] = {
		" ", "a b", "a:b", "É", "A", "abcdefghijklmnopqrstu", "a\n"};
	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		struct custom_id id = custom_id_make("sac", "jackpot");
		is_not_written(*state, custom_id_make(words[i], "jackpot"));
		is_not_written(*state, custom_id_make("sac", words[i]));
		id.word = custom_id_word(words[i]);
		is_not_written(*state, id);
	}
	is_not_written(*state, custom_id_make("", "jackpot"));
	is_not_written(*state, custom_id_make("sac", ""));
}

static void custom_id_write_refuses_what_is_no_id_and_no_number(void **state)
{
	struct custom_id id = custom_id_make("sac", "jackpot");
	id.owner = (struct snowflake){"12x"};
	is_not_written(*state, id);
	id = custom_id_make("sac", "jackpot");
	id.number = -2;
	is_not_written(*state, id);
}

static void custom_id_write_refuses_more_than_100_characters(void **state)
{
	struct custom_id id = longest();
	size_t length = strlen(custom_id_write(*state, &id));
	char word[CUSTOM_ID_WORD_MAX + 1] = "";
	for (size_t i = 0; length + 2 + i < CUSTOM_ID_MAX_CHARS; i++) {
		word[i] = 'w';
		id.word = custom_id_word(word);
		survives(*state, &id, NULL);
	}
	word[strlen(word)] = 'w';
	id.word = custom_id_word(word);
	is_not_written(*state, id);
}

static void custom_id_read_refuses_rubbish(void **state)
{
	(void)state;
	static const char *const texts[] = {"", ":", "::", ":::", "sac", "sac:", "sac:3",
		"sac:3:", "sac::jackpot", ":3:jackpot", "sac:2:jackpot", "sac:33:jackpot",
		"sac: 3:jackpot", "SAC:3:jackpot", "sac:3:jack pot",
		"sac:3:jackpot:", "sac:3:jackpot::n1", "sac:3:jackpot:n", "sac:3:jackpot:n01",
		"sac:3:jackpot:n+1", "sac:3:jackpot:n-1", "sac:3:jackpot:nA",
		"sac:3:jackpot:n1:", "sac:3:jackpot:n1:n2", "sac:3:jackpot:n1:o2",
		"sac:3:jackpot:x1", "sac:3:jackpot:o0", "sac:3:jackpot:o",
		"sac:3:jackpot:o3w5e11264sgsg", "sac:3:jackpot:ozzzzzzzzzzzzz",
		"sac:3:jackpot:o11111111111111", "sac:3:jackpot:n1y2p0ij32e8e8", "sac:3:jackpot:w",
		"sac:3:jackpot:wÉ", "sac:3:jackpot:wabcdefghijklmnopqrstu", "sac:3:jackpot\n", "🎁",
		"%s%n"};
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		struct custom_id id = custom_id_make("was", "before");
		if (custom_id_read(texts[i], &id))
			fail_msg("was read: %s", texts[i]);
		assert_string_equal(id.command.text, "was");
	}
}

static void custom_id_read_refuses_more_than_100_characters(void **state)
{
	struct custom_id id = longest(), back;
	char *text = custom_id_write(*state, &id);
	while (strlen(text) <= CUSTOM_ID_MAX_CHARS)
		text = talloc_asprintf(*state, "%s:w", text);
	assert_false(custom_id_read(text, &back));
	char long_text[4096];
	memset(long_text, 'a', sizeof(long_text) - 1);
	long_text[sizeof(long_text) - 1] = '\0';
	assert_false(custom_id_read(long_text, &back));
}

/* What is read is written as it was: no two texts mean the same. */
static void custom_id_read_takes_one_form_only(void **state)
{
	static const char letters[] = "sac:3n0o1wjx_";
	uint32_t seed = 1;
	int read = 0;
	for (int i = 0; i < 200000; i++) {
		char text[32] = "sac:3:j:";
		size_t length = strlen(text), more = (size_t)(i % 12);
		for (size_t j = 0; j < more; j++) {
			seed = seed * 1664525 + 1013904223;
			text[length + j] = letters[(seed >> 16) % (sizeof(letters) - 1)];
		}
		struct custom_id id;
		if (!custom_id_read(text, &id))
			continue;
		char *back = custom_id_write(*state, &id);
		assert_string_equal(back, text);
		talloc_free(back);
		read++;
	}
	assert_true(read > 100);
}

static const struct CMUnitTest tests[] = {
	UNIT(custom_id_write_leaves_out_what_is_absent),
	UNIT(custom_id_write_has_room_for_the_longest),
	UNIT(custom_id_read_returns_what_was_written),
	UNIT(custom_id_write_refuses_what_is_no_word),
	UNIT(custom_id_write_refuses_what_is_no_id_and_no_number),
	UNIT(custom_id_write_refuses_more_than_100_characters),
	UNIT(custom_id_read_refuses_rubbish),
	UNIT(custom_id_read_refuses_more_than_100_characters),
	UNIT(custom_id_read_takes_one_form_only),
};

UNIT_MAIN(tests)

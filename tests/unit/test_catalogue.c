/* Every text that members read: both languages, the same placeholders, Discord's limits. */
#include "unit.h"

#include <locale.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <wctype.h>

#include "besace/base/utf8.h"
#include "besace/engine/command.h"
#include "besace/text/catalogue.h"

static void every_text_is_there_in_both_languages(void **state)
{
	(void)state;
	for (int text = 0; text < TEXT_COUNT; text++)
		for (int language = 0; language < LANGUAGE_COUNT; language++) {
			const char *words = text_get((enum language)language, (enum text)text);
			if (!words || !*words)
				fail_msg("text %d is missing in language %d", text, language);
		}
}

/* The placeholders of TEXT, sorted, as one text. */
static int compare(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static char *placeholders(void *ctx, const char *text)
{
	const char *found[16];
	size_t count = 0;
	for (const char *at = strchr(text, '{'); at; at = strchr(at, '{')) {
		const char *end = strchr(at, '}');
		assert_non_null(end);
		assert_true(count < ARRAY_LEN(found));
		found[count++] = talloc_strndup(ctx, at, (size_t)(end - at) + 1);
		at = end;
	}
	qsort(found, count, sizeof(found[0]), compare);
	char *all = talloc_strdup(ctx, "");
	for (size_t i = 0; i < count; i++)
		all = talloc_strdup_append(all, found[i]);
	return all;
}

static void both_languages_have_the_same_placeholders(void **state)
{
	for (int text = 0; text < TEXT_COUNT; text++) {
		const char *french = text_get(LANGUAGE_FR, (enum text)text);
		const char *english = text_get(LANGUAGE_EN, (enum text)text);
		assert_string_equal(placeholders(*state, french), placeholders(*state, english));
	}
}

/* Even with the longest name in it, a text stays under the least of the limits that matter. */
static void texts_leave_room_in_an_embed(void **state)
{
	(void)state;
	for (int text = 0; text < TEXT_COUNT; text++)
		for (int language = 0; language < LANGUAGE_COUNT; language++)
			assert_in_range(
				utf8_length(text_get((enum language)language, (enum text)text)), 1,
				700);
}

/* A no-break space stands before them (a narrow one before ; ! ?), so that none begins a line. */
static void no_french_mark_stands_behind_a_plain_space(void **state)
{
	(void)state;
	for (int text = 0; text < TEXT_COUNT; text++) {
		const char *words = text_get(LANGUAGE_FR, (enum text)text);
		for (const char *at = strpbrk(words, ":;!?"); at; at = strpbrk(at + 1, ":;!?"))
			if (at > words && at[-1] == ' ')
				fail_msg("a plain space before \"%s\" in \"%s\"", at, words);
	}
}

/* Discord's `^[-_'\p{L}\p{N}]{1,32}$`, in lower case where there is one. */
static bool is_command_name(const char *name)
{
	size_t length = utf8_length(name);
	if (length < 1 || length > 32)
		return false;
	for (uint32_t point; (point = utf8_next(&name));)
		if (!strchr("-_'", (int)point) &&
			(!iswalnum((wint_t)point) || iswupper((wint_t)point)))
			return false;
	return true;
}

static void for_each_language(void (*check)(const char *words), enum text text)
{
	for (int language = 0; language < LANGUAGE_COUNT; language++)
		check(text_get((enum language)language, text));
}

static void check_chat_name(const char *name)
{
	if (!is_command_name(name))
		fail_msg("\"%s\" cannot be the name of a command", name);
}

static void check_user_name(const char *name)
{
	assert_in_range(utf8_length(name), 1, 32);
}

static void check_about(const char *about)
{
	assert_in_range(utf8_length(about), 1, 100);
}

static void check_choice(const char *words)
{
	assert_in_range(utf8_length(words), 1, 100);
}

/* Sub-commands are chat input like their parent, and hold to the same limits. */
static void check_command(const struct command *command, bool chat)
{
	for_each_language(chat ? check_chat_name : check_user_name, command->name);
	for_each_language(check_about, command->about);
	assert_true(command->option_count == 0 || !command->subcommands);
	for (size_t j = 0; j < command->option_count; j++) {
		const struct command_option *option = &command->options[j];
		for_each_language(check_chat_name, option->name);
		for_each_language(check_about, option->about);
		assert_true(option->choice_count <= 25);
		for (size_t k = 0; k < option->choice_count; k++)
			for_each_language(check_choice, option->choices[k].name);
		assert_false(option->completed && option->choice_count > 0);
		assert_false(j > 0 && option->required && !option[-1].required);
	}
	for (size_t i = 0; command->subcommands && command->subcommands[i]; i++)
		check_command(command->subcommands[i], true);
}

static void names_and_descriptions_can_be_registered(void **state)
{
	(void)state;
	assert_non_null(setlocale(LC_CTYPE, "C.UTF-8"));
	for (size_t i = 0; commands[i]; i++)
		check_command(commands[i], commands[i]->type == COMMAND_CHAT_INPUT);
}

static void no_two_commands_of_a_type_share_a_name(void **state)
{
	(void)state;
	for (int language = 0; language < LANGUAGE_COUNT; language++)
		for (size_t i = 0; commands[i]; i++)
			for (size_t j = 0; j < i; j++)
				if (commands[i]->type == commands[j]->type)
					assert_string_not_equal(text_get((enum language)language,
									commands[i]->name),
						text_get((enum language)language,
							commands[j]->name));
}

static void collect_prefixes(
	const struct command *const *list, const char *found[64], size_t *count)
{
	for (size_t i = 0; list && list[i]; i++) {
		assert_true(*count < 64);
		if (list[i]->button_prefix)
			found[(*count)++] = list[i]->button_prefix;
		collect_prefixes(list[i]->subcommands, found, count);
	}
}

static void no_two_commands_share_the_prefix_of_their_buttons(void **state)
{
	(void)state;
	const char *found[64];
	size_t count = 0;
	collect_prefixes(commands, found, &count);
	for (size_t i = 0; i < count; i++)
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(found[i], found[j]);
}

static void english_is_for_locales_that_begin_with_en(void **state)
{
	(void)state;
	assert_int_equal(text_language("en-US"), LANGUAGE_EN);
	assert_int_equal(text_language("en-GB"), LANGUAGE_EN);
	assert_int_equal(text_language("fr"), LANGUAGE_FR);
	assert_int_equal(text_language("de"), LANGUAGE_FR);
	assert_int_equal(text_language(""), LANGUAGE_FR);
}

static void filling_puts_values_in_as_they_are(void **state)
{
	char *text =
		text_fill(*state, LANGUAGE_FR, TEXT_BALANCE_TITLE, "member", "{member} %s", NULL);
	assert_string_equal(text, "💰 Balance de {member} %s");
}

static void french_counts_zero_and_one_as_one(void **state)
{
	(void)state;
	static const struct {
		enum language language;
		int64_t count;
		enum text expected;
	} rows[] = {{LANGUAGE_FR, 0, TEXT_BAG_GAMES_ONE}, {LANGUAGE_FR, 1, TEXT_BAG_GAMES_ONE},
		{LANGUAGE_FR, 2, TEXT_BAG_GAMES_MANY}, {LANGUAGE_EN, 0, TEXT_BAG_GAMES_MANY},
		{LANGUAGE_EN, 1, TEXT_BAG_GAMES_ONE}, {LANGUAGE_EN, 2, TEXT_BAG_GAMES_MANY}};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		assert_int_equal(text_plural(rows[i].language, rows[i].count, TEXT_BAG_GAMES_ONE,
					 TEXT_BAG_GAMES_MANY),
			rows[i].expected);
}

static void numbers_are_grouped_from_five_digits_on(void **state)
{
	static const struct {
		int64_t number;
		const char *french, *english;
	} rows[] = {{0, "0", "0"}, {9999, "9999", "9999"}, {-9999, "-9999", "-9999"},
		{10000, "10\u202F000", "10,000"}, {-10000, "-10\u202F000", "-10,000"},
		{123456, "123\u202F456", "123,456"},
		{2147483647, "2\u202F147\u202F483\u202F647", "2,147,483,647"},
		{INT64_MIN, "-9\u202F223\u202F372\u202F036\u202F854\u202F775\u202F808",
			"-9,223,372,036,854,775,808"}};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		assert_string_equal(
			text_number(*state, LANGUAGE_FR, rows[i].number), rows[i].french);
		assert_string_equal(
			text_number(*state, LANGUAGE_EN, rows[i].number), rows[i].english);
	}
}

static const struct CMUnitTest tests[] = {
	UNIT(every_text_is_there_in_both_languages),
	UNIT(both_languages_have_the_same_placeholders),
	UNIT(texts_leave_room_in_an_embed),
	UNIT(no_french_mark_stands_behind_a_plain_space),
	UNIT(names_and_descriptions_can_be_registered),
	UNIT(no_two_commands_of_a_type_share_a_name),
	UNIT(no_two_commands_share_the_prefix_of_their_buttons),
	UNIT(english_is_for_locales_that_begin_with_en),
	UNIT(filling_puts_values_in_as_they_are),
	UNIT(french_counts_zero_and_one_as_one),
	UNIT(numbers_are_grouped_from_five_digits_on),
};

UNIT_MAIN(tests)

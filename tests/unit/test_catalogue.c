/* Every text that members read: all languages, the same placeholders, Discord's limits. */
#include "unit.h"

#include <ctype.h>
#include <locale.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <wctype.h>

#include "besace/base/defect.h"
#include "besace/base/utf8.h"
#include "besace/engine/command.h"
#include "besace/text/catalogue.h"

static void text_get_has_every_text_in_every_language(void **state)
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

static void text_get_has_the_same_placeholders_in_every_language(void **state)
{
	for (int text = 0; text < TEXT_COUNT; text++) {
		const char *expected =
			placeholders(*state, text_get(LANGUAGE_DEFAULT, (enum text)text));
		for (int language = 0; language < LANGUAGE_COUNT; language++)
			assert_string_equal(placeholders(*state, text_get((enum language)language,
									 (enum text)text)),
				expected);
	}
}

/* Even with the longest name in it, a text stays under the least of the limits that matter. */
static void text_get_leaves_room_in_an_embed(void **state)
{
	(void)state;
	for (int text = 0; text < TEXT_COUNT; text++)
		for (int language = 0; language < LANGUAGE_COUNT; language++)
			assert_in_range(
				utf8_length(text_get((enum language)language, (enum text)text)), 1,
				700);
}

/* A no-break space precedes them (a narrow one before ; ! ?), so that none begins a line. */
static void text_get_has_no_plain_space_before_a_french_mark(void **state)
{
	(void)state;
	for (int text = 0; text < TEXT_COUNT; text++) {
		const char *words = text_get(LANGUAGE_FR, (enum text)text);
		for (const char *at = strpbrk(words, ":;!?%"); at; at = strpbrk(at + 1, ":;!?%"))
			if (at > words && at[-1] == ' ')
				fail_msg("a plain space before \"%s\" in \"%s\"", at, words);
	}
}

static void text_get_has_typographic_apostrophes(void **state)
{
	(void)state;
	for (int text = 0; text < TEXT_COUNT; text++)
		for (int language = 0; language < LANGUAGE_COUNT; language++) {
			const char *words = text_get((enum language)language, (enum text)text);
			if (strchr(words, '\''))
				fail_msg("a straight apostrophe in \"%s\"", words);
		}
}

/* Fails for the first text of LANGUAGE in which one of PATTERNS stands. */
static void no_text_has(enum language language, const char *const *patterns, size_t count)
{
	for (int text = 0; text < TEXT_COUNT; text++)
		for (size_t i = 0; i < count; i++)
			if (strstr(text_get(language, (enum text)text), patterns[i]))
				fail_msg("\"%s\" in \"%s\"", patterns[i],
					text_get(language, (enum text)text));
}

/* A name is put first, or with an apostrophe: "Bag of Amy" nobody says, "de Amy" is no French. */
static void text_get_has_no_heading_of_a_member(void **state)
{
	(void)state;
	static const char *const french[] = {"Solde de {", "Niveau de {", "Sac de {",
		"Statistiques de {", "Carte d’{", "Classement de {"};
	static const char *const english[] = {"Balance of {", "Level of {", "Bag of {",
		"Statistics of {", "Card of {m", "Gift of {"};
	no_text_has(LANGUAGE_FR, french, ARRAY_LEN(french));
	no_text_has(LANGUAGE_EN, english, ARRAY_LEN(english));
}

/* "Balance" weighs things. */
static void text_get_says_solde_in_french(void **state)
{
	(void)state;
	for (int text = 0; text < TEXT_COUNT; text++) {
		const char *words = text_get(LANGUAGE_FR, (enum text)text);
		bool in_code = false; /* a placeholder */
		for (const char *at = words; *at; at++) {
			in_code = *at == '{' || (in_code && *at != '}');
			if (!in_code && strncasecmp(at, "balance", strlen("balance")) == 0)
				fail_msg("\"balance\" in \"%s\"", words);
		}
	}
}

/* ×2, and neither x2 nor 2×. */
static void text_get_writes_factors_in_one_way(void **state)
{
	(void)state;
	for (int text = 0; text < TEXT_COUNT; text++)
		for (int language = 0; language < LANGUAGE_COUNT; language++) {
			const char *words = text_get((enum language)language, (enum text)text);
			for (const char *at = words; *at; at++) {
				bool before = at > words && isalnum((unsigned char)at[-1]);
				bool letter =
					*at == 'x' && isdigit((unsigned char)at[1]) && !before;
				bool behind = strncmp(at, "×", 2) == 0 && at > words &&
					      (isdigit((unsigned char)at[-1]) || at[-1] == '}');
				if (letter || behind)
					fail_msg("a factor in \"%s\"", words);
			}
		}
}

/* From four digits on numbers stand in groups, in what we wrote ourselves too. */
static void text_get_groups_digits(void **state)
{
	(void)state;
	for (int text = 0; text < TEXT_COUNT; text++)
		for (int language = 0; language < LANGUAGE_COUNT; language++) {
			const char *words = text_get((enum language)language, (enum text)text);
			size_t run = 0;
			for (const char *at = words; *at; at++) {
				run = isdigit((unsigned char)*at) ? run + 1 : 0;
				if (run == 4)
					fail_msg("digits without groups in \"%s\"", words);
			}
		}
}

/* The verb says it, or the sign. */
static void text_get_has_no_verb_with_a_sign(void **state)
{
	(void)state;
	static const char *const french[] = {"gagne **+", "perd **−", "reçoit **+", "reçoit +"};
	static const char *const english[] = {"wins **+", "loses **−", "gets **+", "gets +"};
	no_text_has(LANGUAGE_FR, french, ARRAY_LEN(french));
	no_text_has(LANGUAGE_EN, english, ARRAY_LEN(english));
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

static void check_description(const char *description)
{
	assert_in_range(utf8_length(description), 1, 100);
}

static void check_choice(const char *words)
{
	assert_in_range(utf8_length(words), 1, 100);
}

/* Sub-commands are chat input like their parent, and hold to the same limits. */
static void check_command(const struct command *command, bool chat)
{
	for_each_language(chat ? check_chat_name : check_user_name, command->name);
	for_each_language(check_description, command->description);
	assert_true(command->option_count == 0 || !command->subcommands);
	for (size_t j = 0; j < command->option_count; j++) {
		const struct command_option *option = &command->options[j];
		for_each_language(check_chat_name, option->name);
		for_each_language(check_description, option->description);
		assert_true(option->choice_count <= 25);
		for (size_t k = 0; k < option->choice_count; k++)
			for_each_language(check_choice, option->choices[k].name);
		assert_false(option->completed && option->choice_count > 0);
		assert_false(j > 0 && option->required && !option[-1].required);
	}
	for (size_t i = 0; command->subcommands && command->subcommands[i]; i++)
		check_command(command->subcommands[i], true);
}

static void commands_have_names_and_descriptions_that_can_be_registered(void **state)
{
	(void)state;
	assert_non_null(setlocale(LC_CTYPE, "C.UTF-8"));
	for (size_t i = 0; commands[i]; i++)
		check_command(commands[i], commands[i]->type == COMMAND_CHAT_INPUT);
}

static void commands_of_a_type_have_distinct_names(void **state)
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

static void commands_have_distinct_button_prefixes(void **state)
{
	(void)state;
	const char *found[64];
	size_t count = 0;
	collect_prefixes(commands, found, &count);
	for (size_t i = 0; i < count; i++)
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(found[i], found[j]);
}

static void text_language_looks_at_the_language_part_of_a_locale(void **state)
{
	(void)state;
	assert_int_equal(text_language("en-US"), LANGUAGE_EN);
	assert_int_equal(text_language("en-GB"), LANGUAGE_EN);
	assert_int_equal(text_language("fr"), LANGUAGE_FR);
	assert_int_equal(text_language("de"), LANGUAGE_FR);
	assert_int_equal(text_language(""), LANGUAGE_FR);
	assert_int_equal(text_language("eng"), LANGUAGE_FR);
	assert_int_equal(text_language("e"), LANGUAGE_FR);
}

static void text_language_reads_codes_and_locales_back(void **state)
{
	(void)state;
	for (int i = 0; i < LANGUAGE_COUNT; i++) {
		enum language language = (enum language)i;
		assert_int_equal(text_language(text_language_code(language)), language);
		assert_non_null(text_locales(language)[0]);
		for (const char *const *locale = text_locales(language); *locale; locale++)
			assert_int_equal(text_language(*locale), language);
	}
}

static void text_fill_inserts_values_unchanged(void **state)
{
	char *text =
		text_fill(*state, LANGUAGE_FR, TEXT_BALANCE_TITLE, "member", "{member} %s", NULL);
	assert_string_equal(text, "🪙 {member} %s");
}

static void text_fill_notes_a_missing_value_and_goes_on(void **state)
{
	struct defect defect;
	char *text = text_fill(*state, LANGUAGE_FR, TEXT_BALANCE_TITLE, "other", "x", NULL);
	assert_string_equal(text, "🪙 ?");
	assert_true(defect_take(&defect));
	assert_non_null(strstr(defect.file, "catalogue.c"));
}

static void text_plural_has_a_rule_for_each_language(void **state)
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

static void text_number_groups_from_four_digits_on(void **state)
{
	static const struct {
		int64_t number;
		const char *french, *english;
	} rows[] = {{0, "0", "0"}, {999, "999", "999"}, {-999, "-999", "-999"},
		{1000, "1\u202F000", "1,000"}, {-9999, "-9\u202F999", "-9,999"},
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

static void text_percent_has_the_decimals_of_each_language(void **state)
{
	assert_string_equal(text_percent(*state, LANGUAGE_FR, 50, 0), "50\u202F%");
	assert_string_equal(text_percent(*state, LANGUAGE_EN, 50, 0), "50%");
	assert_string_equal(text_percent(*state, LANGUAGE_FR, 9730, 2), "97,30\u202F%");
	assert_string_equal(text_percent(*state, LANGUAGE_EN, 5, 4), "0.0005%");
	assert_string_equal(text_decimal(*state, LANGUAGE_FR, 15, 1), "1,5");
	assert_string_equal(text_decimal(*state, LANGUAGE_EN, 123456, 2), "1,234.56");
}

static void text_ordinal_follows_the_language(void **state)
{
	enum language fr = text_language("fr"), en = text_language("en-GB");
	static const struct {
		int64_t number;
		const char *fr, *en;
	} rows[] = {{1, "er", "st"}, {2, "e", "nd"}, {3, "e", "rd"}, {4, "e", "th"},
		{11, "e", "th"}, {12, "e", "th"}, {13, "e", "th"}, {21, "e", "st"},
		{101, "e", "st"}, {111, "e", "th"}, {1008, "e", "th"}};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		assert_string_equal(text_ordinal(fr, rows[i].number), rows[i].fr);
		assert_string_equal(text_ordinal(en, rows[i].number), rows[i].en);
	}
	assert_string_equal(text_rank(*state, fr, 1), "1ᵉʳ");
	assert_string_equal(text_rank(*state, fr, 1181), "1 181ᵉ");
	assert_string_equal(text_rank(*state, en, 1182), "1,182nd");
}

static const struct CMUnitTest tests[] = {
	UNIT(text_get_has_every_text_in_every_language),
	UNIT(text_get_has_the_same_placeholders_in_every_language),
	UNIT(text_get_leaves_room_in_an_embed),
	UNIT(text_get_has_no_plain_space_before_a_french_mark),
	UNIT(text_get_has_typographic_apostrophes),
	UNIT(text_get_has_no_heading_of_a_member),
	UNIT(text_get_says_solde_in_french),
	UNIT(text_get_writes_factors_in_one_way),
	UNIT(text_get_groups_digits),
	UNIT(text_get_has_no_verb_with_a_sign),
	UNIT(commands_have_names_and_descriptions_that_can_be_registered),
	UNIT(commands_of_a_type_have_distinct_names),
	UNIT(commands_have_distinct_button_prefixes),
	UNIT(text_language_looks_at_the_language_part_of_a_locale),
	UNIT(text_language_reads_codes_and_locales_back),
	UNIT(text_fill_inserts_values_unchanged),
	UNIT(text_fill_notes_a_missing_value_and_goes_on),
	UNIT(text_plural_has_a_rule_for_each_language),
	UNIT(text_number_groups_from_four_digits_on),
	UNIT(text_percent_has_the_decimals_of_each_language),
	UNIT(text_ordinal_follows_the_language),
};

UNIT_MAIN(tests)

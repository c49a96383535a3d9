/* Announcements of level-ups, by our text and by a guild's. */
#include "unit.h"

#include <string.h>

#include "besace/base/memory.h"
#include "besace/base/utf8.h"
#include "besace/domain/template.h"
#include "besace/engine/level_message.h"

static const struct snowflake roles[] = {{"500"}, {"501"}};

static struct level_message some(const char *template)
{
	return (struct level_message){
		.language = LANGUAGE_FR,
		.template = template,
		.member = {"42"},
		.name = "l*u",
		.old = 4,
		.level = 1005,
		.xp = 1000,
		.lc = 75,
		.items = {[ITEM_JACKPOT] = 1, [ITEM_X2] = 2},
		.roles = roles,
		.role_count = 2,
		.guild = "La `Taverne`",
		.channel = "7",
	};
}

static void check(void *ctx, const char *template, const char *expected)
{
	struct level_message message = some(template);
	assert_string_equal(level_message_content(ctx, &message), expected);
}

static void every_variable_has_its_value(void **state)
{
	check(*state, "{membre}", "l\\*u");
	check(*state, "{mention} {user} {player}", "<@42> <@42> <@42>");
	check(*state, "{niveau} {level} {ancien}", "1\u202f005 1\u202f005 4");
	check(*state, "{xp} {lc}", "1\u202f000 75");
	check(*state, "{objets}", "Jackpot, Multiplicateur ×2 ×2");
	check(*state, "{role}", "<@&500>, <@&501>");
	check(*state, "{serveur}", "La \\`Taverne\\`");
	check(*state, "{salon}", "<#7>");
	check(*state, "@everyone {} { x } {nope}", "@everyone {} { x } {nope}");
}

static void values_follow_the_language(void **state)
{
	struct level_message message = some("{niveau} {objets}");
	message.language = LANGUAGE_EN;
	assert_string_equal(
		level_message_content(*state, &message), "1,005 Jackpot, ×2 multiplier ×2");
}

static void a_value_is_not_a_template(void **state)
{
	struct level_message message = some("{membre}");
	message.name = "{mention}";
	assert_string_equal(level_message_content(*state, &message), "{mention}");
}

static void ours_names_all_that_is_gained(void **state)
{
	check(*state, NULL,
		"## 🎉 <@42> passe au niveau 1\u202f005\u202f!\n"
		"Dans son sac\u00a0: 🎁 un jackpot · 🔥 2 ×2\n🪙 **75 LC**\n🏅 <@&500> "
		"· "
		"<@&501>");
	struct level_message line = some(NULL);
	line.old = 5;
	line.level = 6;
	line.role_count = 0;
	memset(line.items, 0, sizeof(line.items));
	assert_string_equal(level_message_content(*state, &line),
		"⬆️ <@42> passe au **niveau 6** et reçoit **75 LC**.");
}

static void what_shows_nothing_is_ours(void **state)
{
	struct level_message message = some(" {role}\n");
	message.role_count = 0;
	assert_non_null(strstr(level_message_content(*state, &message), "niveau"));
}

/* TEXT, so often that it has no more than a template's most characters. */
static char *repeat(void *ctx, const char *text)
{
	char *out = must(talloc_strdup(ctx, ""));
	for (size_t length = 0; length + utf8_length(text) <= TEMPLATE_MAX;
		length += utf8_length(text))
		out = must(talloc_strdup_append_buffer(out, text));
	return out;
}

static void the_longest_templates_fit_into_a_message(void **state)
{
	static const char *const texts[] = {
		"é", "{xp}", "{objets}", "{mention}", "{role} ", "a {salon}", "{"};
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		struct level_message message = some(repeat(*state, texts[i]));
		message.member = (struct snowflake){"18446744073709551615"};
		message.channel = "18446744073709551615";
		char *content = level_message_content(*state, &message);
		size_t length = utf8_length(content);
		assert_in_range(length, 1, LEVEL_MESSAGE_MAX);
		assert_true(utf8_is_valid(content, strlen(content)));
		/* No mention is cut. */
		const char *last = strrchr(content, '<');
		assert_true(!last || strchr(last, '>'));
	}
	check(*state, repeat(*state, "é"), repeat(*state, "é"));
}

static void nobody_but_the_member_is_pinged(void **state)
{
	(void)state;
	const struct snowflake member = {"42"};
	json_t *silent = json_pack("{s:[]}", "parse"),
	       *ping = json_pack("{s:[], s:[s]}", "parse", "users", "42");
	json_t *found[] = {
		level_message_mentions(&member, false), level_message_mentions(&member, true)};
	assert_true(json_equal(found[0], silent));
	assert_true(json_equal(found[1], ping));
	json_decref(silent);
	json_decref(ping);
	json_decref(found[0]);
	json_decref(found[1]);
}

static const struct CMUnitTest tests[] = {
	UNIT(every_variable_has_its_value),
	UNIT(values_follow_the_language),
	UNIT(a_value_is_not_a_template),
	UNIT(ours_names_all_that_is_gained),
	UNIT(what_shows_nothing_is_ours),
	UNIT(the_longest_templates_fit_into_a_message),
	UNIT(nobody_but_the_member_is_pinged),
};

UNIT_MAIN(tests)

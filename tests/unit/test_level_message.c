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
		.above = -1,
		.guild = "La `Taverne`",
		.channel = "7",
	};
}

/* One of our own that fits into a line. */
static struct level_message line_of(int32_t level)
{
	struct level_message message = some(NULL);
	message.old = level - 1;
	message.level = level;
	message.role_count = 0;
	message.brings_items = true;
	memset(message.items, 0, sizeof(message.items));
	return message;
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
		"Dans son sac\u00a0: 🎁 **un jackpot** et ✨ **2 multiplicateurs ×2**\n"
		"🪙 **75 LC**\n🏅 <@&500> · <@&501>");
	struct level_message line = line_of(6);
	assert_string_equal(level_message_content(*state, &line),
		"⬆️ <@42> passe au **niveau 6** et reçoit **75 LC**.");
	struct level_message three = some(NULL);
	three.items[ITEM_X3] = 1;
	three.language = LANGUAGE_EN;
	assert_non_null(strstr(level_message_content(*state, &three),
		"In their bag: 🎁 **a jackpot**, ✨ **2 ×2 multipliers** and 🌟 **a ×3 "
		"multiplier**\n"));
}

/* What is promised is what the next level brings, where levels bring items at all. */
static void a_line_says_when_the_next_level_is_a_moment(void **state)
{
	static const struct {
		int32_t level;
		const char *says;
	} rows[] = {{2, "LC**."}, {3, "LC**."}, {6, "LC**."},
		{4, " Plus qu’un niveau avant le premier jackpot."},
		{14, " Plus qu’un niveau avant 🎁 **un jackpot**."},
		{9, " Plus qu’un niveau avant 🎁 **un jackpot** et ✨ **un multiplicateur ×2**."},
		{19, " Plus qu’un niveau avant 🎁 **un jackpot** et 🌟 **un multiplicateur ×3**."}};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct level_message message = line_of(rows[i].level);
		char *content = level_message_content(*state, &message);
		if (strcmp(content + strlen(content) - strlen(rows[i].says), rows[i].says) != 0)
			fail_msg("level %d says %s", rows[i].level, content);
		message.brings_items = false;
		content = level_message_content(*state, &message);
		assert_string_equal(content + strlen(content) - strlen("LC**."), "LC**.");
	}
}

static void a_box_says_how_few_are_higher(void **state)
{
	static const struct {
		int32_t above;
		const char *fr, *en;
	} rows[] = {{0, "-# Personne n’est monté plus haut.", "-# Nobody has climbed higher."},
		{1, "-# Une seule personne est montée plus haut.",
			"-# Only one member has climbed higher."},
		{11, "-# Seuls 11 membres sont montés plus haut.",
			"-# Only 11 members have climbed higher."}};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct level_message message = some(NULL), line = line_of(6);
		message.above = line.above = rows[i].above;
		assert_string_equal(
			strstr(level_message_content(*state, &message), "-#"), rows[i].fr);
		message.language = LANGUAGE_EN;
		assert_string_equal(
			strstr(level_message_content(*state, &message), "-#"), rows[i].en);
		assert_null(strstr(level_message_content(*state, &line), "-#"));
	}
}

/* The buttons of MESSAGE as Discord takes it: labels and custom ids, a line each. */
static char *buttons_of(void *ctx, const struct level_message *message)
{
	char *lines = must(talloc_strdup(ctx, ""));
	json_t *json = level_message_json(ctx, message, false);
	const json_t *box = json_array_get(json_object_get(json, "components"), 0), *item, *button;
	size_t i, j;
	json_array_foreach (json_object_get(box, "components"), i, item)
		json_array_foreach (json_object_get(item, "components"), j, button)
			lines = must(talloc_asprintf_append(lines, "%s %s\n",
				json_string_value(json_object_get(button, "label")),
				json_string_value(json_object_get(button, "custom_id"))));
	json_decref(json);
	return lines;
}

static void a_box_opens_the_bag_and_counts_congratulations(void **state)
{
	struct level_message message = some(NULL), line = line_of(6);
	assert_string_equal(buttons_of(*state, &message), "Ouvrir mon sac sac:3:open\n");
	message.id = line.id = 36;
	message.guild_id = (struct snowflake){"35"};
	assert_string_equal(buttons_of(*state, &message),
		"Ouvrir mon sac sac:3:open\nBravo annonces:3:bravo:gz:n10\n");
	message.cheers = 1234;
	message.language = LANGUAGE_EN;
	assert_string_equal(buttons_of(*state, &message),
		"Open my bag sac:3:open\nCongrats (1,234) annonces:3:bravo:gz:n10\n");
	assert_string_equal(buttons_of(*state, &line), "");
}

/* The picture says in words what it shows, and its address what is drawn. */
static void a_box_has_the_tag_where_pictures_are(void **state)
{
	static const struct link_key key;
	struct level_message message = some(NULL);
	message.public_url = "https://besace.example";
	message.link_key = &key;
	message.theme = THEME_NUIT;
	json_t *json = level_message_json(*state, &message, false);
	const json_t *box = json_array_get(json_object_get(json, "components"), 0),
		     *section = json_array_get(json_object_get(box, "components"), 0),
		     *picture = json_object_get(section, "accessory");
	assert_string_equal(json_string_value(json_object_get(picture, "description")),
		"Étiquette de cuir\u00a0: niveau 1\u202f005");
	const json_t *text = json_array_get(json_object_get(section, "components"), 0);
	assert_non_null(strstr(json_string_value(json_object_get(text, "content")), "🏅"));
	const char *url =
		json_string_value(json_object_get(json_object_get(picture, "media"), "url"));
	const char *begin = "https://besace.example/carte/";
	assert_memory_equal(url, begin, strlen(begin));
	char *address = talloc_strndup(
		*state, url + strlen(begin), strlen(url) - strlen(begin) - strlen(".png"));
	struct tag tag;
	assert_true(tag_read(&key, address, &tag));
	assert_string_equal(tag.language, "fr");
	assert_int_equal(tag.level, 1005);
	assert_int_equal(tag.theme, THEME_NUIT);
	json_decref(json);
}

/* What a guild wrote itself stays what it wrote. */
static void a_template_is_followed_by_nothing(void **state)
{
	struct level_message message = some("{niveau}");
	message.brings_items = true;
	message.above = 0;
	message.id = 1;
	message.public_url = "https://besace.example";
	for (int32_t level = 1; level < 25; level++) {
		message.level = level;
		message.old = level - 1;
		assert_string_equal(level_message_content(*state, &message),
			talloc_asprintf(*state, "%d", level));
		assert_string_equal(buttons_of(*state, &message), "");
	}
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
	UNIT(a_line_says_when_the_next_level_is_a_moment),
	UNIT(a_box_says_how_few_are_higher),
	UNIT(a_box_opens_the_bag_and_counts_congratulations),
	UNIT(a_box_has_the_tag_where_pictures_are),
	UNIT(a_template_is_followed_by_nothing),
	UNIT(what_shows_nothing_is_ours),
	UNIT(the_longest_templates_fit_into_a_message),
	UNIT(nobody_but_the_member_is_pinged),
};

UNIT_MAIN(tests)

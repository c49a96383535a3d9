/* Addresses of cards: what goes in comes out, and nobody else can make one. */
#include "unit.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "besace/base/utf8.h"
#include "besace/domain/card.h"

static const struct link_key key = {"0123456789abcdef0123456789abcde"};

static struct card a_card(void)
{
	struct card card = {.language = "fr",
		.theme = THEME_NUIT,
		.xp = 125956,
		.balance = 1234567,
		.rank = 12,
		.members = 1008,
		.multiplier = 2,
		.games_left = 1};
	card_set_name(&card, "Maxence 🦊");
	card_set_unit(&card, "LC");
	return card;
}

static void assert_same(const struct card *a, const struct card *b)
{
	assert_string_equal(a->name, b->name);
	assert_string_equal(a->unit, b->unit);
	assert_string_equal(a->language, b->language);
	assert_string_equal(a->member.text, b->member.text);
	assert_string_equal(a->avatar, b->avatar);
	assert_string_equal(a->guild.text, b->guild.text);
	assert_int_equal(a->theme, b->theme);
	assert_int_equal(a->xp, b->xp);
	assert_int_equal(a->balance, b->balance);
	assert_int_equal(a->rank, b->rank);
	assert_int_equal(a->members, b->members);
	assert_int_equal(a->multiplier, b->multiplier);
	assert_int_equal(a->games_left, b->games_left);
}

static void card_read_returns_what_card_address_was_given(void **state)
{
	struct card card = a_card(), read;
	assert_true(card_read(&key, card_address(*state, &key, &card), &read));
	assert_same(&card, &read);
}

static void card_read_returns_the_picture(void **state)
{
	static const char *const hashes[] = {
		"0123456789abcdef0123456789abcdef", "a_ffffffffffffffffffffffffffffffff"};
	struct snowflake member = {"18446744073709551615"};
	for (size_t i = 0; i < ARRAY_LEN(hashes); i++) {
		struct card card = a_card(), read;
		assert_true(card_set_avatar(&card, &member, hashes[i]));
		assert_true(card_read(&key, card_address(*state, &key, &card), &read));
		assert_same(&card, &read);
	}
}

static void card_read_returns_the_picture_of_a_guild(void **state)
{
	struct snowflake guild = {"80351110224678912"}, member = {"18446744073709551615"};
	struct card card = a_card(), read;
	assert_false(card_set_guild_avatar(&card, &guild, &member, NULL));
	assert_string_equal(card.guild.text, "");
	assert_true(card_set_guild_avatar(
		&card, &guild, &member, "a_0123456789abcdef0123456789abcdef"));
	assert_true(card_read(&key, card_address(*state, &key, &card), &read));
	assert_same(&card, &read);
	assert_string_equal(read.guild.text, guild.text);
	assert_true(card_set_avatar(&card, &member, "0123456789abcdef0123456789abcdef"));
	assert_true(card_read(&key, card_address(*state, &key, &card), &read));
	assert_string_equal(read.guild.text, "");
}

static void card_set_avatar_takes_only_hashes_of_discord(void **state)
{
	(void)state;
	static const char *const bad[] = {NULL, "", "abc", "../../../../../../../../etc/passwd__",
		"0123456789ABCDEF0123456789ABCDEF", "0123456789abcdef0123456789abcdef0",
		"b_0123456789abcdef0123456789abcdef", "0123456789abcdef0123456789abcde/"};
	struct snowflake member = {"1"};
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct card card = a_card();
		assert_false(card_set_avatar(&card, &member, bad[i]));
		assert_string_equal(card.member.text, "");
	}
}

static void card_address_holds_the_largest_card(void **state)
{
	struct card card = a_card(), read;
	char name[CARD_NAME_CHARS * 4 + 5] = "";
	for (int i = 0; i < CARD_NAME_CHARS + 1; i++)
		strcat(name, "🦊");
	card_set_name(&card, name);
	card_set_unit(&card, name);
	card.xp = card.balance = card.rank = card.members = card.multiplier = card.games_left =
		INT32_MAX;
	struct snowflake member = {"18446744073709551615"};
	assert_true(card_set_guild_avatar(
		&card, &member, &member, "a_ffffffffffffffffffffffffffffffff"));
	assert_int_equal(utf8_length(card.name), CARD_NAME_CHARS);
	assert_int_equal(utf8_length(card.unit), CARD_UNIT_CHARS);
	const char *address = card_address(*state, &key, &card);
	assert_true(strlen(address) <= CARD_ADDRESS_MAX);
	assert_true(card_read(&key, address, &read));
	assert_same(&card, &read);
}

static void card_set_name_replaces_what_is_no_utf8(void **state)
{
	(void)state;
	struct card card = {0};
	card_set_name(&card, "a\xFF\xC3z\xED\xA0\x80");
	assert_string_equal(card.name, "a\uFFFD\uFFFDz\uFFFD\uFFFD\uFFFD");
}

static void card_address_is_the_same_for_the_same_card(void **state)
{
	struct card card = a_card(), other = a_card();
	const char *address = card_address(*state, &key, &card);
	assert_string_equal(address, card_address(*state, &key, &other));
	assert_int_equal(strspn(address, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
					 "0123456789-_."),
		strlen(address));
	other.xp++;
	assert_string_not_equal(address, card_address(*state, &key, &other));
}

/* Each character changed, one cut off, one added. */
static void card_read_refuses_whatever_was_changed(void **state)
{
	struct card card = a_card(), read;
	char *address = card_address(*state, &key, &card);
	for (size_t i = 0; address[i]; i++) {
		char was = address[i];
		address[i] = was == 'A' ? 'Q' : 'A';
		assert_false(card_read(&key, address, &read));
		address[i] = was;
	}
	assert_false(card_read(&key, talloc_asprintf(*state, "%sA", address), &read));
	address[strlen(address) - 1] = '\0';
	assert_false(card_read(&key, address, &read));
	static const char *const bad[] = {"", ".", "AAAA", "AAAA.", ".AAAA", "%00.%00", "a.b.c"};
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_false(card_read(&key, bad[i], &read));
}

/* ---- Tags */

static void tag_read_returns_what_tag_address_was_given(void **state)
{
	static const int32_t levels[] = {1, 50, 127, 128, 6554, INT32_MAX};
	for (size_t i = 0; i < ARRAY_LEN(levels); i++) {
		struct tag tag = {.language = "en", .theme = THEME_SABLE, .level = levels[i]}, read;
		const char *address = tag_address(*state, &key, &tag);
		assert_true(tag_read(&key, address, &read));
		assert_string_equal(read.language, "en");
		assert_int_equal(read.theme, THEME_SABLE);
		assert_int_equal(read.level, levels[i]);
	}
}

static void no_address_is_that_of_a_card_and_of_a_tag(void **state)
{
	struct card card = a_card();
	struct tag tag = {.language = "fr", .level = 50};
	assert_false(tag_read(&key, card_address(*state, &key, &card), &tag));
	assert_false(card_read(&key, tag_address(*state, &key, &tag), &card));
}

static void tag_read_refuses_whatever_was_changed(void **state)
{
	struct tag tag = {.language = "fr", .level = 50}, read;
	struct link_key other = key;
	char *address = tag_address(*state, &key, &tag);
	other.bytes[0] ^= 1;
	assert_false(tag_read(&other, address, &read));
	for (size_t i = 0; address[i]; i++) {
		char was = address[i];
		address[i] = was == 'A' ? 'Q' : 'A';
		assert_false(tag_read(&key, address, &read));
		address[i] = was;
	}
	assert_false(tag_read(&key, talloc_asprintf(*state, "%sA", address), &read));
	tag.level = 0; /* signed, and none all the same */
	assert_false(tag_read(&key, tag_address(*state, &key, &tag), &read));
}

static void card_read_refuses_another_key(void **state)
{
	struct card card = a_card(), read;
	struct link_key other = key;
	other.bytes[31] ^= 1;
	assert_false(card_read(&other, card_address(*state, &key, &card), &read));
}

static void own_row_read_returns_the_member_on_that_page_alone(void **state)
{
	struct snowflake member = {"80351110224678912"}, read = {"unchanged"};
	struct link_key other = {{0}};
	const char *link = own_row_link(*state, &key, "abc", &member);
	assert_true(own_row_read(&key, "abc", link, &read));
	assert_string_equal(read.text, member.text);
	read = (struct snowflake){"unchanged"};
	assert_false(own_row_read(&key, "abd", link, &read));
	assert_false(own_row_read(&other, "abc", link, &read));
	assert_false(own_row_read(&key, "abc", talloc_asprintf(*state, "1%s", link), &read));
	assert_false(own_row_read(&key, "abc", "80351110224678912", &read));
	assert_false(own_row_read(&key, "abc", "", &read));
	assert_string_equal(read.text, "unchanged");
}

static void card_theme_named_reads_the_names_of_settings(void **state)
{
	(void)state;
	for (int i = 0; i < THEME_COUNT; i++)
		assert_int_equal(card_theme_named(card_theme_name((enum card_theme)i)), i);
	assert_int_equal(card_theme_named(NULL), THEME_COGNAC);
	assert_int_equal(card_theme_named("rose"), THEME_COGNAC);
}

int main(void)
{
	if (sodium_init() < 0)
		return 1;
	const struct CMUnitTest tests[] = {
		UNIT(card_read_returns_what_card_address_was_given),
		UNIT(card_read_returns_the_picture),
		UNIT(card_read_returns_the_picture_of_a_guild),
		UNIT(card_set_avatar_takes_only_hashes_of_discord),
		UNIT(card_address_holds_the_largest_card),
		UNIT(card_set_name_replaces_what_is_no_utf8),
		UNIT(card_address_is_the_same_for_the_same_card),
		UNIT(card_read_refuses_whatever_was_changed),
		UNIT(card_read_refuses_another_key),
		UNIT(tag_read_returns_what_tag_address_was_given),
		UNIT(no_address_is_that_of_a_card_and_of_a_tag),
		UNIT(tag_read_refuses_whatever_was_changed),
		UNIT(own_row_read_returns_the_member_on_that_page_alone),
		UNIT(card_theme_named_reads_the_names_of_settings),
	};
	return cmocka_run_group_tests_name(__FILE__, tests, NULL, NULL);
}

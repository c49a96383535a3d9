/* Member text inside ours: shown as it is, formatting nothing. */
#include "unit.h"

#include <string.h>

#include "besace/discord/markdown.h"

/* Each row: what a member is called, what is shown. */
static const struct {
	const char *text, *shown;
} rows[] = {
	{"lou", "lou"},
	{"aline.dupont", "aline.dupont"},
	{"a_b", "a\\_b"},
	{"**gras**", "\\*\\*gras\\*\\*"},
	{"~~barré~~", "\\~\\~barré\\~\\~"},
	{"`code`", "\\`code\\`"},
	{"||secret||", "\\|\\|secret\\|\\|"},
	{"> cité", "\\> cité"},
	{"# titre", "\\# titre"},
	{"[lien](https://e.org)", "\\[lien\\]\\(https\\://e.org\\)"},
	{"@everyone", "\\@everyone"},
	{"<@123>", "\\<\\@123\\>"},
	{"<t:0:R>", "\\<t\\:0\\:R\\>"},
	{":smile:", "\\:smile\\:"},
	{"\\", "\\\\"},
	{"a\\*b", "a\\\\\\*b"},
	{"d'Artagnan \"le Grand\"", "d'Artagnan \"le Grand\""},
	{"ligne\nligne", "ligne ligne"},
	{"a\tb\x7F\x01", "a b  "},
	{"a\u2028b", "a b"},
	{"épée 🗡", "épée 🗡"},
	{"👩‍👩‍👧", "👩‍👩‍👧"},
	{"東京", "東京"},
	/* Bidirectional controls are dropped, right-to-left names isolated. */
	{"abc\u202Edef\u202C", "abcdef"},
	{"\u2066x\u2069", "x"},
	{"\u200Fx", "x"},
	{"שלום", "\u2068שלום\u2069"},
	{"مرحبا*", "\u2068مرحبا\\*\u2069"},
	/* A pile of marks is cut at four. */
	{"e\u0301", "e\u0301"},
	{"z\u0301\u0302\u0303\u0304", "z\u0301\u0302\u0303\u0304"},
	{"z\u0301\u0302\u0303\u0304\u0305\u0306\u0307y", "z\u0301\u0302\u0303\u0304y"},
	/* What would show nothing becomes the fallback. */
	{"", "FALLBACK"},
	{" ", "FALLBACK"},
	{"\n\t", "FALLBACK"},
	{"\u200B\u200C\u200D\uFEFF", "FALLBACK"},
	{"\u3164", "FALLBACK"},
	{"\u202E\u202E", "FALLBACK"},
	{"\u0301\u0302", "FALLBACK"},
	{"\u00A0\u2800\u00AD", "FALLBACK"},
	{"\U000E0041\U000E0042\U000E007F", "FALLBACK"},
	{"\U000E0100", "FALLBACK"},
	{"\U0001D159", "FALLBACK"},
	{"\U0001D173\U0001D17A", "FALLBACK"},
	{"\u17B4\u17B5", "FALLBACK"},
	{"\u180B\u180E", "FALLBACK"},
	{"\uFFF9\uFFFA\uFFFB", "FALLBACK"},
	{"\U0001BCA0", "FALLBACK"},
	{"\u115F\u1160\uFFA0", "FALLBACK"},
	/* What shows stays, whatever stands beside it. */
	{"a\U000E0100", "a\U000E0100"},
	{"🏴\U000E0067\U000E0062\U000E007F", "🏴\U000E0067\U000E0062\U000E007F"},
	{"❤️", "❤️"},
	{"ไทย", "ไทย"},
	{"ក៏", "ក៏"},
};

static void markdown_escape_shows_text_and_formats_nothing(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char *shown = markdown_escape(*state, rows[i].text, "FALLBACK");
		assert_string_equal(shown, rows[i].shown);
	}
}

static void markdown_escape_fits_the_longest_name_of_specials(void **state)
{
	char name[256];
	memset(name, '*', 255);
	name[255] = '\0';
	char *shown = markdown_escape(*state, name, "x");
	assert_int_equal(strlen(shown), 510);
}

static void markdown_escape_survives_broken_utf8(void **state)
{
	static const char *const broken[] = {
		"\xFF\xFE*", "\xE2\x82", "\xF0\x9F", "a\xC3", "\x80\x80"};
	for (size_t i = 0; i < ARRAY_LEN(broken); i++)
		assert_non_null(markdown_escape(*state, broken[i], "x"));
}

static void markdown_plain_takes_the_backslashes_back(void **state)
{
	static const char *const names[] = {"lou", "a\\*b", "**gras**", "\\", "c:\\x", "é 🗡"};
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		assert_string_equal(
			markdown_plain(*state, markdown_escape(*state, names[i], "x")), names[i]);
}

static const struct CMUnitTest tests[] = {
	UNIT(markdown_escape_shows_text_and_formats_nothing),
	UNIT(markdown_escape_fits_the_longest_name_of_specials),
	UNIT(markdown_escape_survives_broken_utf8),
	UNIT(markdown_plain_takes_the_backslashes_back),
};

UNIT_MAIN(tests)

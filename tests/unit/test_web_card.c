/* Level cards: as they were, readable, whatever a name is made of. */
#include "unit.h"

#include <cairo.h>
#include <math.h>
#include <png.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "besace/domain/card.h"
#include "besace/domain/level.h"
#include "besace/web/card_picture.h"
#include "web/lettering.h"
#include "web/palette.h"

/* One emoji of seven characters, and letters with eight marks each. */
#define FAMILY "\U0001F469\u200D\U0001F469\u200D\U0001F467\u200D\U0001F466"
#define MARKS "\u0308\u0344\u0344\u0321\u0322\u033A\u0353\u0337"
#define ZALGO "Z" MARKS "a" MARKS "l" MARKS "g" MARKS "o" MARKS

static struct card_painter *painter;

struct pixels {
	png_image image;
	unsigned char bytes[CARD_WIDTH * CARD_HEIGHT * 4];
};

/* Reads a PNG by libpng, which is not what wrote it. */
static struct pixels *decode(void *ctx, const unsigned char *png, size_t size)
{
	struct pixels *pixels = talloc_zero(ctx, struct pixels);
	pixels->image.version = PNG_IMAGE_VERSION;
	assert_true(png_image_begin_read_from_memory(&pixels->image, png, size));
	assert_int_equal(pixels->image.width, CARD_WIDTH);
	assert_int_equal(pixels->image.height, CARD_HEIGHT);
	pixels->image.format = PNG_FORMAT_RGBA;
	assert_true(png_image_finish_read(&pixels->image, NULL, pixels->bytes, 0, NULL));
	return pixels;
}

static struct pixels *paint_with(
	void *ctx, const struct card *card, const struct face_pixels *face, size_t *out_size)
{
	const unsigned char *png;
	size_t size;
	if (card_paint(painter, card, face, &png, &size))
		fail_msg("%s", card_painter_why(painter));
	if (out_size)
		*out_size = size;
	return decode(ctx, png, size);
}

static struct pixels *paint(void *ctx, const struct card *card)
{
	return paint_with(ctx, card, NULL, NULL);
}

static unsigned long at(const struct pixels *pixels, int x, int y)
{
	const unsigned char *pixel = &pixels->bytes[(y * CARD_WIDTH + x) * 4];
	return (unsigned long)pixel[3] << 24 | (unsigned long)pixel[0] << 16 |
	       (unsigned long)pixel[1] << 8 | pixel[2];
}

static struct card card_of(
	const char *name, int32_t xp, enum card_theme theme, const char *language)
{
	struct card card = {.xp = xp,
		.balance = 1234567,
		.rank = 12,
		.members = 1008,
		.multiplier = 2,
		.games_left = 2,
		.theme = theme};
	strcpy(card.language, language);
	card_set_name(&card, name);
	card_set_unit(&card, "LC");
	return card;
}

/* ---- Golden pictures */

static const struct {
	const char *file, *name;
	int32_t xp;
	enum card_theme theme;
	const char *language;
} goldens[] = {
	{"cognac", "Maxence le Grand", 125956, THEME_COGNAC, "fr"},
	{"foret", "Léa", 5, THEME_FORET, "fr"},
	{"nuit", "الأمير محمد", 4499, THEME_NUIT, "fr"},
	{"sable", "Amy", 4529, THEME_SABLE, "en"},
	{"emoji", "🦊 Lina — la reine des renards", 819200, THEME_COGNAC, "fr"},
	{"japanese", "日本語の名前です", 50000, THEME_NUIT, "en"},
};

static char *golden_path(void *ctx, const char *name)
{
	return talloc_asprintf(ctx, "tests/golden/cards/%s.png", name);
}

static void keep_golden(void *ctx, const char *name, const struct card *card)
{
	const unsigned char *png;
	size_t size;
	assert_int_equal(card_paint(painter, card, NULL, &png, &size), STATUS_OK);
	FILE *file = fopen(golden_path(ctx, name), "w");
	assert_non_null(file);
	assert_int_equal(fwrite(png, 1, size, file), size);
	assert_int_equal(fclose(file), 0);
}

static struct pixels *read_golden(void *ctx, const char *name)
{
	unsigned char *bytes = talloc_size(ctx, 1 << 20);
	FILE *file = fopen(golden_path(ctx, name), "r");
	if (!file)
		fail_msg("there is no %s", golden_path(ctx, name));
	size_t size = fread(bytes, 1, 1 << 20, file);
	fclose(file);
	return decode(ctx, bytes, size);
}

/* Versions of the fonts and of the libraries place the edges of letters a little differently: few
 * pixels may differ, and the pictures as a whole hardly. */
static void assert_alike(const char *name, const struct pixels *a, const struct pixels *b)
{
	double sum = 0;
	int far = 0;
	for (size_t i = 0; i < sizeof(a->bytes); i++) {
		int difference = abs(a->bytes[i] - b->bytes[i]);
		sum += difference;
		far += difference > 64;
	}
	double mean = sum / sizeof(a->bytes), share = (double)far / sizeof(a->bytes);
	if (mean > 0.8 || share > 0.006)
		fail_msg("%s differs: by %.2f on average, %.2f %% of it a lot", name, mean,
			share * 100);
}

static void card_paint_draws_what_it_drew(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(goldens); i++) {
		struct card card = card_of(
			goldens[i].name, goldens[i].xp, goldens[i].theme, goldens[i].language);
		if (getenv("BESACE_GOLDEN") && strcmp(getenv("BESACE_GOLDEN"), "write") == 0)
			keep_golden(*state, goldens[i].file, &card);
		assert_alike(goldens[i].file, read_golden(*state, goldens[i].file),
			paint(*state, &card));
	}
}

/* The comparison sees a single word, a theme, a stitch. */
static void the_golden_pictures_differ_from_each_other(void **state)
{
	struct card card = card_of("Maxence le Grand", 125956, THEME_COGNAC, "fr");
	struct pixels *one = paint(*state, &card);
	card_set_name(&card, "Maxence le Petit");
	struct pixels *other = paint(*state, &card);
	assert_true(memcmp(one->bytes, other->bytes, sizeof(one->bytes)) != 0);
	card.theme = THEME_SABLE;
	struct pixels *light = paint(*state, &card);
	double sum = 0;
	for (size_t i = 0; i < sizeof(one->bytes); i++)
		sum += abs(one->bytes[i] - light->bytes[i]);
	assert_true(sum / sizeof(one->bytes) > 50);
}

/* ---- What stands where */

static void a_stitch_is_a_twentieth_of_the_level(void **state)
{
	const struct {
		int32_t into; /* of the 100 of level 1 */
		int filled;
	} rows[] = {{0, 0}, {4, 0}, {5, 1}, {50, 10}, {99, 19}};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct card card = card_of("a", rows[i].into, THEME_COGNAC, "fr");
		struct pixels *pixels = paint(*state, &card);
		int filled = 0;
		for (int stitch = 0; stitch < LEVEL_BAR_CELLS; stitch++)
			filled += at(pixels, (int)(40 + stitch * 43.1 + 28), 229) == 0xFFE9A653;
		assert_int_equal(filled, rows[i].filled);
	}
}

static void the_corners_are_clear_and_the_middle_is_not(void **state)
{
	struct card card = card_of("a", 0, THEME_SABLE, "fr");
	struct pixels *pixels = paint(*state, &card);
	assert_int_equal(at(pixels, 0, 0) >> 24, 0);
	assert_int_equal(at(pixels, CARD_WIDTH - 1, CARD_HEIGHT - 1) >> 24, 0);
	assert_int_equal(at(pixels, 467, 245), 0xFFF7F1E8);
}

static void a_picture_covers_the_initial(void **state)
{
	struct card card = card_of("MMMM", 0, THEME_COGNAC, "fr");
	struct face_pixels *face = talloc_zero(*state, struct face_pixels);
	for (size_t i = 0; i < sizeof(face->bytes); i += 4)
		memcpy(face->bytes + i, (unsigned char[]){0x30, 0x20, 0x10, 0xFF}, 4);
	struct pixels *pixels = paint_with(*state, &card, face, NULL);
	for (int y = 60; y < 140; y++)
		for (int x = 60; x < 150; x++)
			assert_int_equal(at(pixels, x, y), 0xFF102030);
	assert_int_not_equal(at(pixels, 41, 37), 0xFF102030); /* round corners */
}

/* Whatever the name is, nothing of it is drawn outside of its box. */
static void no_name_spills(void **state)
{
	static const char *const names[] = {ZALGO ZALGO,
		"WWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWW", "﷽﷽﷽﷽", "𒐫𒐫𒐫𒐫",
		"\u202Eabc\u202D\u2066def", "a\nb\r\nc\td", "<b>&amp;</b>\"'", "]]><script>",
		FAMILY FAMILY FAMILY FAMILY FAMILY FAMILY FAMILY FAMILY, "\u200B\u200B", "",
		"\x01\x02"};
	struct card plain = card_of("?", 0, THEME_COGNAC, "fr");
	struct pixels *want = paint(*state, &plain);
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		struct card card = card_of(names[i], 0, THEME_COGNAC, "fr");
		struct pixels *pixels = paint(*state, &card);
		for (int y = 0; y < CARD_HEIGHT; y++)
			for (int x = 0; x < CARD_WIDTH; x++) {
				bool in_name = y >= 24 && y < 82 && x >= 200 && x < 680;
				bool in_face = y >= 36 && y < 168 && x >= 36 && x < 176;
				if (!in_name && !in_face && at(want, x, y) != at(pixels, x, y))
					fail_msg("\"%s\" reaches %d,%d", names[i], x, y);
			}
	}
}

static void the_largest_figures_fit(void **state)
{
	for (int i = 0; i < THEME_COUNT; i++) {
		struct card card =
			card_of("Maxence", XP_MAX, (enum card_theme)i, i % 2 ? "en" : "fr");
		card.balance = card.rank = card.members = card.games_left = INT32_MAX;
		card.multiplier = 3;
		card_set_unit(&card, "WWWWWWWWWWWWWWWWWWWW");
		struct pixels *pixels = paint(*state, &card);
		/* Between the chips and the tag there is only what is beneath. */
		unsigned long beneath = at(pixels, 686, 140);
		for (int x = 683; x < 692; x++)
			assert_int_equal(at(pixels, x, 140), beneath);
	}
}

static void a_card_is_about_fifty_kilobytes(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(goldens); i++) {
		struct card card = card_of(
			goldens[i].name, goldens[i].xp, goldens[i].theme, goldens[i].language);
		size_t size;
		paint_with(*state, &card, NULL, &size);
		assert_in_range(size, 10000, 60000);
	}
}

/* ---- Names */

static void assert_clean(void *ctx, const char *name, const char *want)
{
	assert_string_equal(lettering_clean(ctx, name), want);
}

static void lettering_clean_keeps_what_can_be_seen(void **state)
{
	assert_clean(*state, "Léa", "Léa");
	assert_clean(*state, "  a \t\n b  ", "a b");
	assert_clean(*state, "a\u202E\u200F\u2066b\u2069", "ab");
	assert_clean(*state, "e\u0301\u0302\u0303\u0304\u0305x", "e\u0301\u0302\u0303x");
	assert_clean(*state, "\u0301a", "a");
	assert_clean(*state, FAMILY, FAMILY);
	assert_clean(*state, "❤\uFE0F", "❤\uFE0F");
	assert_clean(*state, "", "?");
	assert_clean(*state, " \u200B\u200D ", "?");
	assert_clean(*state, "\uE000\U000F0000", "?");
}

static void lettering_initial_is_one_letter(void **state)
{
	struct lettering *lettering = lettering_create();
	static const char *const rows[][2] = {{"léa", "L"}, {"éa", "É"}, {"e\u0301a", "E\u0301"},
		{FAMILY " x", FAMILY}, {"日本", "日"}, {"?", "?"}};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		assert_string_equal(lettering_initial(*state, lettering, rows[i][0]), rows[i][1]);
	lettering_destroy(&lettering);
}

static void lettering_fit_cuts_between_letters(void **state)
{
	struct lettering *lettering = lettering_create();
	const struct face face = {true, 38, 700};
	const char *family = FAMILY FAMILY FAMILY;
	double one = lettering_width(lettering, &face, FAMILY);
	double dots = lettering_width(lettering, &face, "…");
	assert_string_equal(
		lettering_fit(*state, lettering, &face, family, one * 1.5 + dots), FAMILY "…");
	assert_string_equal(lettering_fit(*state, lettering, &face, "Léa", 470), "Léa");
	assert_string_equal(lettering_fit(*state, lettering, &face, "Léa", 1), "…");
	const char *cut = lettering_fit(
		*state, lettering, &face, "Lina — la reine des renards du grand bois", 470);
	assert_true(lettering_width(lettering, &face, cut) <= 470);
	assert_non_null(strstr(cut, "…"));
	lettering_destroy(&lettering);
}

/* ---- Colours */

static void palette_contrast_is_that_of_wcag(void **state)
{
	(void)state;
	assert_true(fabs(palette_contrast("000000", "FFFFFF") - 21) < 0.001);
	assert_true(fabs(palette_contrast("777777", "FFFFFF") - 4.478) < 0.001);
	assert_true(fabs(palette_contrast("FF0000", "0000FF") - 2.149) < 0.001);
	assert_true(fabs(palette_contrast("123456", "123456") - 1) < 0.001);
}

/* BELOW with so much of ABOVE over it, as in the template; six digits on CTX. */
static char *mixed(void *ctx, const char *below, const char *above, double share)
{
	unsigned long a = strtoul(below, NULL, 16), b = strtoul(above, NULL, 16), sum = 0;
	for (int shift = 16; shift >= 0; shift -= 8) {
		double channel = (double)(a >> shift & 0xFF) * (1 - share) +
				 (double)(b >> shift & 0xFF) * share;
		sum |= (unsigned long)lround(channel) << shift;
	}
	return talloc_asprintf(ctx, "%06lX", sum);
}

/* To a tenth, as the numbers below are given. */
static double contrast(const char *a, const char *b)
{
	return round(palette_contrast(a, b) * 10) / 10;
}

static void every_theme_is_readable(void **state)
{
	for (int i = 0; i < THEME_COUNT; i++) {
		const struct palette *theme = palette_of((enum card_theme)i);
		assert_true(contrast(theme->text, theme->base) >= 14);
		assert_true(contrast(theme->soft, theme->base) >= 5.8);
		assert_true(contrast(theme->on_tag, theme->tag_top) >= 5.3);
		assert_true(contrast(theme->on_tag, theme->tag_bottom) >= 5.3);
		assert_true(contrast(theme->fill, theme->empty) >= 3.7);
		/* The upper part, the chips: WCAG's AA for text. */
		const char *upper = mixed(*state, theme->base, theme->edge, 0.42);
		assert_true(contrast(theme->soft, upper) >= 4.5);
		assert_true(contrast(theme->soft, theme->chip) >= 4.5);
		assert_true(contrast(theme->base, theme->fill) >= 4.5);
	}
}

int main(void)
{
	if (sodium_init() < 0)
		return 1;
	painter = card_painter_create();
	const struct CMUnitTest tests[] = {
		UNIT(card_paint_draws_what_it_drew),
		UNIT(the_golden_pictures_differ_from_each_other),
		UNIT(a_stitch_is_a_twentieth_of_the_level),
		UNIT(the_corners_are_clear_and_the_middle_is_not),
		UNIT(a_picture_covers_the_initial),
		UNIT(no_name_spills),
		UNIT(the_largest_figures_fit),
		UNIT(a_card_is_about_fifty_kilobytes),
		UNIT(lettering_clean_keeps_what_can_be_seen),
		UNIT(lettering_initial_is_one_letter),
		UNIT(lettering_fit_cuts_between_letters),
		UNIT(palette_contrast_is_that_of_wcag),
		UNIT(every_theme_is_readable),
	};
	int failed = cmocka_run_group_tests_name(__FILE__, tests, NULL, NULL);
	card_painter_destroy(&painter);
	return failed;
}

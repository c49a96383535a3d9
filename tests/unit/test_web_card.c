/* Level cards: as they were, readable, whatever a name is made of. */
#include "unit.h"

#include <cairo.h>
#include <math.h>
#include <png.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/param.h>

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
	bool other_letters; /* than those of the card's own font */
} goldens[] = {
	{"cognac", "Maxence le Grand", 125956, THEME_COGNAC, "fr", false},
	{"foret", "Léa", 5, THEME_FORET, "fr", false},
	{"nuit", "الأمير محمد", 4499, THEME_NUIT, "fr", true},
	{"sable", "Amy", 4529, THEME_SABLE, "en", false},
	{"emoji", "🦊 Lina — la reine des renards", 819200, THEME_COGNAC, "fr", true},
	{"japanese", "日本語の名前です", 50000, THEME_NUIT, "en", true},
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

/*
 * Releases of Debian have other versions of the fonts and of the libraries: letters are some pixels
 * wider or higher, and whatever stands behind a text moves with it. Pictures are compared by the
 * means of squares: where there are no letters they are the same, and where there are the same
 * colour is found as far away as letters move. A name may be in letters that another font draws
 * there: it has as much ink, and ends where it did.
 */
#define SQUARE 12
#define MAX_PLAIN 2.0 /* a mean of 255 levels; 0.2 between bookworm and trixie */
#define MAX_LETTERS 19.0 /* 17.5 */
#define MAX_RISE 2 /* letters are so much higher or lower: pixels */
#define MAX_INK 0.25 /* of what it was: 0.14 */
#define MAX_END 24 /* pixels: 15 */

static const struct area {
	int x, y, right, bottom;
	int reach; /* letters are so much further left or right: pixels */
} areas[] = {
	{200, 24, 680, 82, 8}, /* name: longer than the others */
	{200, 82, 680, 110, 4}, /* rank */
	{200, 120, 690, 168, 4}, /* chips */
	{712, 26, 880, 152, 4}, /* level */
	{36, 244, 898, 274, 4}, /* XP */
	{56, 52, 160, 152, 4}, /* initial */
};

static const struct area *area_at(int x, int y)
{
	for (size_t i = 0; i < ARRAY_LEN(areas); i++)
		if (x < areas[i].right && x + SQUARE > areas[i].x && y < areas[i].bottom &&
			y + SQUARE > areas[i].y)
			return &areas[i];
	return NULL;
}

/* Of each channel, of what of the square at X, Y is in the picture. */
static void square_mean(const struct pixels *pixels, int x, int y, double out[4])
{
	int count = 0;
	memset(out, 0, 4 * sizeof(*out));
	for (int row = MAX(y, 0); row < MIN(y + SQUARE, CARD_HEIGHT); row++)
		for (int column = MAX(x, 0); column < MIN(x + SQUARE, CARD_WIDTH); column++) {
			for (int i = 0; i < 4; i++)
				out[i] += pixels->bytes[(row * CARD_WIDTH + column) * 4 + i];
			count++;
		}
	for (int i = 0; i < 4; i++)
		out[i] /= count;
}

/* How far the square at X, Y of A is from the nearest in B, REACH to each side and RISE up and
 * down. */
static double square_distance(
	const struct pixels *a, const struct pixels *b, int x, int y, int reach, int rise)
{
	double want[4], got[4], least = 255;
	square_mean(a, x, y, want);
	for (int up = -rise; up <= rise; up++)
		for (int left = -reach; left <= reach; left++) {
			double far = 0;
			square_mean(b, x + left, y + up, got);
			for (int i = 0; i < 4; i++)
				far = fmax(far, fabs(got[i] - want[i]));
			least = fmin(least, far);
		}
	return least;
}

struct ink {
	double sum;
	int end; /* column of the last of it */
};

/* What stands out from the ground in the box of the name. */
static struct ink name_ink(const struct pixels *pixels)
{
	struct ink ink = {0};
	unsigned long ground = at(pixels, 670, 30);
	for (int y = areas[0].y; y < areas[0].bottom; y++)
		for (int x = areas[0].x; x < areas[0].right; x++) {
			int far = 0;
			for (int shift = 0; shift < 24; shift += 8)
				far = MAX(far, abs((int)(at(pixels, x, y) >> shift & 0xFF) -
						       (int)(ground >> shift & 0xFF)));
			ink.sum += far;
			if (far > 64)
				ink.end = MAX(ink.end, x);
		}
	return ink;
}

/* What of A is not in B, or NULL. NAME_BY_INK: its letters may be another font's. */
static const char *missing(
	void *ctx, const struct pixels *a, const struct pixels *b, bool name_by_ink)
{
	struct ink was = name_ink(a), is = name_ink(b);
	if (fabs(was.sum - is.sum) > MAX_INK * was.sum || abs(was.end - is.end) > MAX_END)
		return talloc_asprintf(ctx,
			"the name has %.0f of ink up to %d, and had %.0f up to %d", is.sum, is.end,
			was.sum, was.end);
	for (int y = 0; y < CARD_HEIGHT; y += SQUARE)
		for (int x = 0; x < CARD_WIDTH; x += SQUARE) {
			const struct area *area = area_at(x, y);
			if (area == areas && name_by_ink)
				continue;
			double far = square_distance(
				a, b, x, y, area ? area->reach : 0, area ? MAX_RISE : 0);
			if (far > (area ? MAX_LETTERS : MAX_PLAIN))
				return talloc_asprintf(ctx, "by %.1f at %d,%d", far, x, y);
		}
	return NULL;
}

/* What makes GOT another picture than WANT, or NULL. */
static const char *difference(
	void *ctx, const struct pixels *want, const struct pixels *got, bool name_by_ink)
{
	const char *what = missing(ctx, want, got, name_by_ink);
	return what ? what : missing(ctx, got, want, name_by_ink);
}

static void card_paint_draws_what_it_drew(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(goldens); i++) {
		struct card card = card_of(
			goldens[i].name, goldens[i].xp, goldens[i].theme, goldens[i].language);
		if (getenv("BESACE_GOLDEN") && strcmp(getenv("BESACE_GOLDEN"), "write") == 0)
			keep_golden(*state, goldens[i].file, &card);
		const char *what = difference(*state, read_golden(*state, goldens[i].file),
			paint(*state, &card), goldens[i].other_letters);
		if (what)
			fail_msg("%s differs: %s", goldens[i].file, what);
	}
}

/* PIXELS with the box moved by so much; what was there first stays, as beneath it. */
static struct pixels *moved(
	void *ctx, const struct pixels *pixels, struct area box, int right, int down)
{
	struct pixels *out = talloc_memdup(ctx, pixels, sizeof(*pixels));
	for (int y = box.y; y < box.bottom; y++)
		memcpy(&out->bytes[((y + down) * CARD_WIDTH + box.x + right) * 4],
			&pixels->bytes[(y * CARD_WIDTH + box.x) * 4],
			(size_t)(box.right - box.x) * 4);
	return out;
}

/* PIXELS with the box filled by the pixel at X, Y. */
static struct pixels *emptied(void *ctx, const struct pixels *pixels, struct area box, int x, int y)
{
	struct pixels *out = talloc_memdup(ctx, pixels, sizeof(*pixels));
	for (int row = box.y; row < box.bottom; row++)
		for (int column = box.x; column < box.right; column++)
			memcpy(&out->bytes[(row * CARD_WIDTH + column) * 4],
				&pixels->bytes[(y * CARD_WIDTH + x) * 4], 4);
	return out;
}

/* Letters that are a little elsewhere are no difference; a part that is, or is missing, is one. */
static void the_comparison_sees_what_has_moved_or_is_missing(void **state)
{
	const struct area tag = {694, 0, 894, 178, 0}, chip = {354, 122, 582, 166, 0},
			  stitch = {600, 220, 636, 238, 0}, level = {720, 60, 870, 146, 0},
			  rank = {202, 84, 330, 108, 0}, unit = {301, 134, 332, 154, 0};
	struct card card = card_of("Maxence le Grand", 125956, THEME_COGNAC, "fr");
	const struct pixels *whole = paint(*state, &card);
	const struct pixels *same[] = {whole, moved(*state, whole, rank, 3, 1),
		moved(*state, whole, (struct area){202, 30, 530, 78, 0}, 6, 1)};
	for (size_t i = 0; i < ARRAY_LEN(same); i++)
		assert_null(difference(*state, whole, same[i], false));
	const struct pixels *faulty[] = {
		moved(*state, whole, tag, 3, 0),
		moved(*state, whole, tag, 0, 2),
		moved(*state, whole, chip, 12, 0),
		moved(*state, whole, chip, 0, 6),
		moved(*state, whole, stitch, 4, 0),
		moved(*state, whole, level, 12, 0),
		emptied(*state, whole, areas[0], 670, 30),
		emptied(*state, whole, areas[1], 670, 90),
		emptied(*state, whole, chip, 670, 144),
		emptied(*state, whole, unit, 338, 144),
		emptied(*state, whole, stitch, 638, 229),
		emptied(*state, whole, (struct area){38, 248, 190, 270, 0}, 400, 260),
	};
	for (size_t i = 0; i < ARRAY_LEN(faulty); i++) {
		if (!difference(*state, whole, faulty[i], false))
			fail_msg("fault %zu is not seen", i);
		if (i != 6 && !difference(*state, whole, faulty[i], true))
			fail_msg("fault %zu is not seen beside a name in other letters", i);
	}
	assert_non_null(difference(*state, whole, faulty[6], true));
}

static void the_comparison_sees_another_name_theme_or_figure(void **state)
{
	struct card card = card_of("Maxence le Grand", 125956, THEME_COGNAC, "fr");
	const struct pixels *whole = paint(*state, &card);
	const struct card others[] = {card_of("Maxence le Petit", 125956, THEME_COGNAC, "fr"),
		card_of("?", 125956, THEME_COGNAC, "fr"),
		card_of("Maxence le Grand", 125956, THEME_SABLE, "fr"),
		card_of("Maxence le Grand", 125956, THEME_FORET, "fr"),
		card_of("Maxence le Grand", 125956, THEME_NUIT, "fr"),
		card_of("Maxence le Grand", 125956, THEME_COGNAC, "en"),
		card_of("Maxence le Grand", 121956, THEME_COGNAC, "fr"),
		card_of("Maxence le Grand", 130956, THEME_COGNAC, "fr")};
	for (size_t i = 0; i < ARRAY_LEN(others); i++)
		if (!difference(*state, whole, paint(*state, &others[i]), false))
			fail_msg("card %zu is not seen", i);
	card.multiplier = 0;
	assert_non_null(difference(*state, whole, paint(*state, &card), true));
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
		UNIT(the_comparison_sees_what_has_moved_or_is_missing),
		UNIT(the_comparison_sees_another_name_theme_or_figure),
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

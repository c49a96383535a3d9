/* Tags of levels: as they were, and whatever the level is. */
#include "unit.h"

#include <png.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/param.h>

#include "besace/web/card_picture.h"

static struct card_painter *painter;

struct pixels {
	png_image image;
	unsigned char bytes[TAG_SIDE * TAG_SIDE * 4];
};

/* Reads a PNG by libpng, which is not what wrote it. */
static struct pixels *decode(void *ctx, const unsigned char *png, size_t size)
{
	struct pixels *pixels = talloc_zero(ctx, struct pixels);
	pixels->image.version = PNG_IMAGE_VERSION;
	assert_true(png_image_begin_read_from_memory(&pixels->image, png, size));
	assert_int_equal(pixels->image.width, TAG_SIDE);
	assert_int_equal(pixels->image.height, TAG_SIDE);
	pixels->image.format = PNG_FORMAT_RGBA;
	assert_true(png_image_finish_read(&pixels->image, NULL, pixels->bytes, 0, NULL));
	return pixels;
}

static struct pixels *paint_to(void *ctx, const struct tag *tag, const char *path)
{
	const unsigned char *png;
	size_t size;
	if (tag_paint(painter, tag, &png, &size))
		fail_msg("%s", card_painter_why(painter));
	assert_in_range(size, 3000, 30000);
	if (path) {
		FILE *file = fopen(path, "w");
		assert_non_null(file);
		assert_int_equal(fwrite(png, 1, size, file), size);
		assert_int_equal(fclose(file), 0);
	}
	return decode(ctx, png, size);
}

static struct pixels *paint(void *ctx, int32_t level)
{
	const struct tag tag = {"fr", THEME_COGNAC, level};
	return paint_to(ctx, &tag, NULL);
}

static const unsigned char *at(const struct pixels *pixels, int x, int y)
{
	return &pixels->bytes[(y * TAG_SIDE + x) * 4];
}

/* ---- Golden pictures */

static const struct {
	const char *path;
	struct tag tag;
} goldens[] = {
	{"tests/golden/cards/tag-cognac.png", {"fr", THEME_COGNAC, 50}},
	{"tests/golden/cards/tag-foret.png", {"en", THEME_FORET, 5}},
	{"tests/golden/cards/tag-nuit.png", {"fr", THEME_NUIT, 125}},
	{"tests/golden/cards/tag-sable.png", {"en", THEME_SABLE, 6554}},
};

static struct pixels *read_golden(void *ctx, const char *path)
{
	unsigned char *bytes = talloc_size(ctx, 1 << 20);
	FILE *file = fopen(path, "r");
	if (!file)
		fail_msg("there is no %s", path);
	size_t size = fread(bytes, 1, 1 << 20, file);
	fclose(file);
	return decode(ctx, bytes, size);
}

/* Other versions of the fonts and libraries make letters some pixels wider or higher: the word and
 * the figures each have as much ink and end where they did, and all around them is the same. */
#define LETTERS_LEFT 30
#define LETTERS_TOP 56
#define FIGURES_TOP 92
#define FIGURES_BOTTOM 204
#define MAX_INK 0.12
#define MAX_EDGE 5

static bool is_lettered(int x, int y)
{
	return x >= LETTERS_LEFT && x < TAG_SIDE - LETTERS_LEFT && y >= LETTERS_TOP &&
	       y < FIGURES_BOTTOM;
}

struct ink {
	double sum;
	int left, right, top, bottom; /* pixels of it */
};

/* What is lighter than the leather between the lines TOP and BOTTOM. */
static struct ink ink_of(const struct pixels *pixels, int top, int bottom)
{
	struct ink ink = {0, TAG_SIDE, 0, TAG_SIDE, 0};
	for (int y = top; y < bottom; y++)
		for (int x = LETTERS_LEFT; x < TAG_SIDE - LETTERS_LEFT; x++) {
			int far = at(pixels, x, y)[0] - at(pixels, LETTERS_LEFT - 4, y)[0];
			ink.sum += far > 0 ? far : 0;
			if (far < 40)
				continue;
			ink.left = MIN(ink.left, x);
			ink.right = MAX(ink.right, x);
			ink.top = MIN(ink.top, y);
			ink.bottom = MAX(ink.bottom, y);
		}
	return ink;
}

static bool is_alike(struct ink a, struct ink b)
{
	return abs(a.left - b.left) <= MAX_EDGE && abs(a.right - b.right) <= MAX_EDGE &&
	       abs(a.top - b.top) <= MAX_EDGE && abs(a.bottom - b.bottom) <= MAX_EDGE &&
	       a.sum <= b.sum * (1 + MAX_INK) && b.sum <= a.sum * (1 + MAX_INK);
}

/* What makes GOT another tag than WANT, or NULL. */
static const char *difference(const struct pixels *want, const struct pixels *got)
{
	for (int y = 0; y < TAG_SIDE; y++)
		for (int x = 0; x < TAG_SIDE; x++)
			for (int i = 0; i < 4 && !is_lettered(x, y); i++)
				if (abs(at(want, x, y)[i] - at(got, x, y)[i]) > 24)
					return "the leather or its thread";
	if (!is_alike(
		    ink_of(want, LETTERS_TOP, FIGURES_TOP), ink_of(got, LETTERS_TOP, FIGURES_TOP)))
		return "the word";
	return is_alike(ink_of(want, FIGURES_TOP, FIGURES_BOTTOM),
		       ink_of(got, FIGURES_TOP, FIGURES_BOTTOM))
		       ? NULL
		       : "the figures";
}

static void tag_paint_draws_what_it_drew(void **state)
{
	const char *word = getenv("BESACE_GOLDEN");
	bool is_kept_anew = word && strcmp(word, "write") == 0;
	for (size_t i = 0; i < ARRAY_LEN(goldens); i++) {
		const char *path = goldens[i].path;
		struct pixels *got = paint_to(*state, &goldens[i].tag, is_kept_anew ? path : NULL);
		const char *what = difference(read_golden(*state, path), got);
		if (what)
			fail_msg("%s differs: %s", path, what);
	}
}

static void the_comparison_sees_each_part(void **state)
{
	const struct tag fr = {"fr", THEME_COGNAC, 50}, en = {"en", THEME_COGNAC, 50},
			 other = {"fr", THEME_COGNAC, 51}, forest = {"fr", THEME_FORET, 50};
	struct pixels *want = paint_to(*state, &fr, NULL);
	assert_null(difference(want, paint_to(*state, &fr, NULL)));
	assert_string_equal(difference(want, paint_to(*state, &en, NULL)), "the word");
	assert_string_equal(difference(want, paint_to(*state, &other, NULL)), "the figures");
	assert_string_equal(
		difference(want, paint_to(*state, &forest, NULL)), "the leather or its thread");
}

/* ---- What stands where */

/* Cards and tags of one painter, in turn, are what each is alone. */
static void a_tag_leaves_nothing_behind(void **state)
{
	const unsigned char *png;
	size_t size, again;
	struct card card = {.language = "fr", .xp = 125956};
	card_set_name(&card, "Maxence");
	struct pixels *alone = paint(*state, 1);
	assert_int_equal(card_paint(painter, &card, NULL, &png, &size), STATUS_OK);
	unsigned char *before = talloc_memdup(*state, png, size);
	paint(*state, 8888);
	assert_memory_equal(paint(*state, 1)->bytes, alone->bytes, sizeof(alone->bytes));
	assert_int_equal(card_paint(painter, &card, NULL, &png, &again), STATUS_OK);
	assert_int_equal(again, size);
	assert_memory_equal(png, before, size);
}

static void corners_are_clear_and_leather_reaches_the_edge(void **state)
{
	struct pixels *pixels = paint(*state, 7);
	const unsigned char leather[] = {0x9A, 0x54, 0x23, 0xFF};
	assert_int_equal(at(pixels, 0, 0)[3], 0);
	assert_int_equal(at(pixels, TAG_SIDE - 1, TAG_SIDE - 1)[3], 0);
	assert_memory_equal(at(pixels, TAG_SIDE / 2, 0), leather, sizeof(leather));
}

/* Whatever the level, its figures stay within the stitches, and in their middle. */
static void every_level_fits_a_tag(void **state)
{
	static const int32_t levels[] = {8, 88, 888, 6554};
	struct pixels *want = paint(*state, 1);
	for (size_t i = 0; i < ARRAY_LEN(levels); i++) {
		struct pixels *pixels = paint(*state, levels[i]);
		for (int y = 0; y < TAG_SIDE; y++)
			for (int x = 0; x < TAG_SIDE; x++)
				if (!is_lettered(x, y))
					assert_memory_equal(at(want, x, y), at(pixels, x, y), 4);
		struct ink ink = ink_of(pixels, FIGURES_TOP, FIGURES_BOTTOM);
		assert_in_range(ink.left + ink.right, TAG_SIDE - 8, TAG_SIDE + 8);
	}
}

int main(void)
{
	if (sodium_init() < 0)
		return 1;
	painter = card_painter_create();
	const struct CMUnitTest tests[] = {
		UNIT(tag_paint_draws_what_it_drew),
		UNIT(the_comparison_sees_each_part),
		UNIT(a_tag_leaves_nothing_behind),
		UNIT(corners_are_clear_and_leather_reaches_the_edge),
		UNIT(every_level_fits_a_tag),
	};
	int failed = cmocka_run_group_tests_name(__FILE__, tests, NULL, NULL);
	card_painter_destroy(&painter);
	return failed;
}

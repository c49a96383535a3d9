/* The level card and the tag: figures and widths go into the template, librsvg draws it. */
#include "besace/web/card_picture.h"

#include <librsvg/rsvg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <talloc.h>

#include "besace/base/memory.h"
#include "besace/domain/level.h"
#include "besace/text/catalogue.h"
#include "lettering.h"
#include "palette.h"
#include "png.h"
#include "template.h"

/* The measures of src/web/templates/card.svg that depend on what stands on the card. */
#define NAME_WIDTH 470
#define LEFT 204
#define NAME_LINE 70
#define CHIP_LINE 150
#define FACE_X 40
#define FACE_Y 36
#define FACE_RADIUS 38
#define INITIAL_WIDTH 110
/* Half the height of Inter's capitals, of its size. */
#define HALF_CAPITAL 0.364
#define CHIP_PADDING 15
#define CHIP_GAP 10
#define CHIPS_RIGHT 680
#define BAR_LEFT 40
#define STITCH_WIDTH 35.1
#define STITCH_STEP 43.1
#define STITCH_HEIGHT 14

/* A space beside figures of 18 and 20 pixels. */
#define SPACE_18 5
#define SPACE_20 5.5

static const struct face face_name = {true, 38, 700}, face_rank = {false, 20, 600},
			 face_ordinal = {false, 13, 600}, face_bold = {false, 18, 700},
			 face_figure = {false, 18, 600}, face_plain = {false, 18, 500},
			 face_letter = {false, 68, 700};

struct card_painter {
	cairo_surface_t *surface;
	cairo_surface_t
		*bases[THEME_COUNT]; /* what all cards of a theme share; NULL: not yet drawn */
	cairo_surface_t *tag;
	struct lettering *lettering;
	struct png_writer *png, *tag_png;
	char *why;
};

struct card_painter *card_painter_create(void)
{
	struct card_painter *painter = must(talloc_zero(NULL, struct card_painter));
	painter->surface = cairo_image_surface_create(CAIRO_FORMAT_ARGB32, CARD_WIDTH, CARD_HEIGHT);
	painter->tag = cairo_image_surface_create(CAIRO_FORMAT_ARGB32, TAG_SIDE, TAG_SIDE);
	painter->lettering = lettering_create();
	painter->png = png_writer_create(CARD_WIDTH, CARD_HEIGHT);
	painter->tag_png = png_writer_create(TAG_SIDE, TAG_SIDE);
	return painter;
}

void card_painter_destroy(struct card_painter **handle)
{
	if (!*handle)
		return;
	cairo_surface_destroy((*handle)->surface);
	cairo_surface_destroy((*handle)->tag);
	for (int i = 0; i < THEME_COUNT; i++)
		cairo_surface_destroy((*handle)->bases[i]); /* of NULL: nothing */
	lettering_destroy(&(*handle)->lettering);
	png_writer_destroy(&(*handle)->png);
	png_writer_destroy(&(*handle)->tag_png);
	talloc_free(*handle);
	*handle = NULL;
}

const char *card_painter_why(const struct card_painter *painter)
{
	return painter->why;
}

/* ---- What stands on the card */

/* What members wrote, and where. */
struct inscription {
	const struct face *face;
	char *text;
	const char *colour;
	double x, y; /* the beginning of its base line */
	double scale; /* of the face's size */
};

struct sketch {
	struct card_painter *painter;
	const struct card *card;
	enum language language;
	struct progress progress;
	struct template_section *part; /* the whole, and the context of everything */
	struct inscription inscriptions[3]; /* name, currency, initial */
	unsigned inscription_count;
};

static void set_pixels(struct template_section *part, const char *name, double pixels)
{
	char *text = must(talloc_asprintf(part, "%.1f", pixels));
	part_set(part, name, text);
	talloc_free(text);
}

static char *number(const struct sketch *sketch, int64_t value)
{
	return text_number(sketch->part, sketch->language, value);
}

static double width(const struct sketch *sketch, const struct face *face, const char *text)
{
	return lettering_width(sketch->painter->lettering, face, text);
}

static void inscribe(struct sketch *sketch, struct inscription inscription)
{
	sketch->inscriptions[sketch->inscription_count++] = inscription;
}

/* The name, and its initial where there is no picture. */
static void set_name(struct sketch *sketch, bool has_face)
{
	const struct palette *palette = palette_of(sketch->card->theme);
	struct lettering *lettering = sketch->painter->lettering;
	char *name = lettering_clean(sketch->part, sketch->card->name);
	char *fitting = lettering_fit(sketch->part, lettering, &face_name, name, NAME_WIDTH);
	inscribe(sketch,
		(struct inscription){&face_name, fitting, palette->text, LEFT, NAME_LINE, 1});
	if (has_face)
		return;
	char *letter = lettering_initial(sketch->part, lettering, name);
	double wide = width(sketch, &face_letter, letter);
	double scale = wide > INITIAL_WIDTH ? INITIAL_WIDTH / wide : 1;
	inscribe(sketch,
		(struct inscription){&face_letter, letter, palette->on_tag,
			FACE_X + (FACE_SIDE - wide * scale) / 2,
			FACE_Y + FACE_SIDE / 2.0 + face_letter.size * scale * HALF_CAPITAL, scale});
}

static void set_rank(struct sketch *sketch)
{
	if (sketch->card->rank <= 0)
		return;
	struct template_section *rank = part_add(sketch->part, "rank");
	const char *digits = number(sketch, sketch->card->rank);
	const char *ordinal = text_ordinal(sketch->language, sketch->card->rank);
	part_set(rank, "digits", digits);
	part_set(rank, "ordinal", ordinal);
	double ordinal_x = LEFT + width(sketch, &face_rank, digits);
	set_pixels(rank, "ordinal_x", ordinal_x);
	set_pixels(rank, "of_x", ordinal_x + width(sketch, &face_ordinal, ordinal) + SPACE_20);
	part_set(rank, "of",
		sketch->card->members > 0
			? text_fill(sketch->part, sketch->language, TEXT_CARD_OF, "members",
				  number(sketch, sketch->card->members), NULL)
			: "");
}

/* Returns where the next chip begins. */
static double set_balance(struct sketch *sketch)
{
	const char *digits = number(sketch, sketch->card->balance);
	double digits_width = width(sketch, &face_bold, digits);
	char *unit = lettering_fit(sketch->part, sketch->painter->lettering, &face_plain,
		lettering_clean(sketch->part, sketch->card->unit),
		CHIPS_RIGHT - LEFT - 2 * CHIP_PADDING - digits_width - SPACE_18);
	double whole = digits_width + SPACE_18 + width(sketch, &face_plain, unit);
	part_set(sketch->part, "balance", digits);
	set_pixels(sketch->part, "balance_width", whole + 2 * CHIP_PADDING - 1);
	inscribe(sketch,
		(struct inscription){&face_plain, unit, palette_of(sketch->card->theme)->soft,
			LEFT + CHIP_PADDING + digits_width + SPACE_18, CHIP_LINE, 1});
	return LEFT + whole + 2 * CHIP_PADDING + CHIP_GAP;
}

/* Draws the multiplier's chip from X on, if there is room. */
static void set_multiplier(struct sketch *sketch, double x)
{
	const struct card *card = sketch->card;
	if (card->multiplier <= 0)
		return;
	char *figure = number(sketch, card->multiplier);
	char *value = text_fill(
		sketch->part, sketch->language, TEXT_CARD_MULTIPLIER, "value", figure, NULL);
	char *count = number(sketch, card->games_left);
	enum text left = text_plural(
		sketch->language, card->games_left, TEXT_CARD_WINS_ONE, TEXT_CARD_WINS_MANY);
	char *words = text_fill(sketch->part, sketch->language, left, "count", count, NULL);
	char *wins = must(talloc_asprintf(sketch->part, "· %s", words));
	double value_width = width(sketch, &face_bold, value);
	double whole = value_width + SPACE_18 + width(sketch, &face_plain, wins);
	if (x + whole + 2 * CHIP_PADDING > CHIPS_RIGHT)
		return;
	struct template_section *chip = part_add(sketch->part, "multiplier");
	part_set(chip, "value", value);
	part_set(chip, "wins", wins);
	set_pixels(chip, "x", x);
	set_pixels(chip, "width", whole + 2 * CHIP_PADDING);
	set_pixels(chip, "value_x", x + CHIP_PADDING);
	set_pixels(chip, "wins_x", x + CHIP_PADDING + value_width + SPACE_18);
}

/* LEVEL, in figures of SIZE whose middle is at MIDDLE. */
static void set_level(struct template_section *part, enum language language, int64_t level,
	int size, double middle)
{
	part_set(part, "level_word", text_get(language, TEXT_CARD_LEVEL));
	/* Without groups: on a tag it is a number, not an amount. */
	part_set_number(part, "level", level);
	part_set_number(part, "level_size", size);
	set_pixels(part, "level_y", middle + size * HALF_CAPITAL);
}

/* What SIZE becomes for a level of more than two figures. */
static int fitting_size(int size, int64_t level)
{
	return level < 100 ? size : level < 1000 ? size * 84 / 104 : size * 62 / 104;
}

/* The bar: a stitch is a twentieth of the level; the one being earned is filled in part. */
static void set_bar(struct sketch *sketch)
{
	double stitches =
		(double)sketch->progress.into * LEVEL_BAR_CELLS / (double)sketch->progress.need;
	for (int i = 0; i < stitches; i++) {
		struct template_section *stitch = part_add(sketch->part, "stitch");
		double wide = i + 1 <= stitches ? STITCH_WIDTH : (stitches - i) * STITCH_WIDTH;
		set_pixels(stitch, "x", BAR_LEFT + i * STITCH_STEP);
		set_pixels(stitch, "width", wide < STITCH_HEIGHT ? STITCH_HEIGHT : wide);
	}
}

static void set_xp(struct sketch *sketch)
{
	const struct progress *progress = &sketch->progress;
	const char *into = number(sketch, progress->into);
	part_set(sketch->part, "into", into);
	set_pixels(sketch->part, "need_x", BAR_LEFT + width(sketch, &face_figure, into) + SPACE_18);
	part_set(sketch->part, "need",
		text_fill(sketch->part, sketch->language, TEXT_CARD_NEED, "need",
			number(sketch, progress->need), NULL));
	part_set(sketch->part, "left",
		text_fill(sketch->part, sketch->language, TEXT_CARD_LEFT, "xp",
			number(sketch, progress->need - progress->into), "level",
			number(sketch, progress->level + 1), NULL));
}

static void make_sketch(struct sketch *sketch, bool has_face)
{
	palette_set(sketch->part, palette_of(sketch->card->theme));
	set_name(sketch, has_face);
	set_rank(sketch);
	set_multiplier(sketch, set_balance(sketch));
	int64_t level = sketch->progress.level;
	set_level(sketch->part, sketch->language, level, fitting_size(104, level), 101);
	set_bar(sketch);
	set_xp(sketch);
}

/* ---- Drawing */

/* Draws TEMPLATE, filled with PART, over all of SURFACE. */
static bool draw(struct card_painter *painter, const char *template,
	const struct template_section *part, cairo_surface_t *surface)
{
	size_t size;
	char *svg = template_fill(NULL, template_of(template), part, &size);
	GError *error = NULL;
	RsvgHandle *handle = rsvg_handle_new_from_data((const guint8 *)svg, size, &error);
	cairo_t *cairo = cairo_create(surface);
	const RsvgRectangle whole = {0, 0, cairo_image_surface_get_width(surface),
		cairo_image_surface_get_height(surface)};
	bool good = handle && rsvg_handle_render_document(handle, cairo, &whole, &error) &&
		    cairo_status(cairo) == CAIRO_STATUS_SUCCESS;
	if (!good)
		painter->why = must(
			talloc_strdup(painter, error ? error->message : "cairo cannot draw it"));
	g_clear_error(&error);
	cairo_destroy(cairo);
	g_clear_object(&handle);
	talloc_free(svg);
	return good;
}

/* What is under every card of THEME; NULL when it cannot be drawn. */
static cairo_surface_t *base_of(struct card_painter *painter, enum card_theme theme)
{
	if (painter->bases[theme])
		return painter->bases[theme];
	cairo_surface_t *base =
		cairo_image_surface_create(CAIRO_FORMAT_ARGB32, CARD_WIDTH, CARD_HEIGHT);
	struct template_section *part = part_create(NULL);
	palette_set(part, palette_of(theme));
	for (int i = 0; i < LEVEL_BAR_CELLS; i++)
		set_pixels(part_add(part, "stitch"), "x", BAR_LEFT + i * STITCH_STEP);
	if (draw(painter, "card-base.svg", part, base))
		painter->bases[theme] = base;
	else
		cairo_surface_destroy(base);
	talloc_free(part);
	return painter->bases[theme];
}

/* A square of SIDE with round corners. */
static void trace_face(cairo_t *cairo, double x, double y, double side, double radius)
{
	const double quarter = G_PI / 2;
	cairo_new_path(cairo);
	cairo_arc(cairo, x + side - radius, y + radius, radius, -quarter, 0);
	cairo_arc(cairo, x + side - radius, y + side - radius, radius, 0, quarter);
	cairo_arc(cairo, x + radius, y + side - radius, radius, quarter, 2 * quarter);
	cairo_arc(cairo, x + radius, y + radius, radius, 2 * quarter, 3 * quarter);
	cairo_close_path(cairo);
}

/* The member's picture covers the square of leather. */
static void draw_face(cairo_t *cairo, const struct face_pixels *face)
{
	cairo_surface_t *picture =
		cairo_image_surface_create_for_data((unsigned char *)(uintptr_t)face->bytes,
			CAIRO_FORMAT_ARGB32, FACE_SIDE, FACE_SIDE, FACE_SIDE * 4);
	trace_face(cairo, FACE_X, FACE_Y, FACE_SIDE, FACE_RADIUS);
	cairo_set_source_surface(cairo, picture, FACE_X, FACE_Y);
	cairo_fill(cairo);
	cairo_surface_destroy(picture);
}

/* What members wrote keeps to the box of the name, whatever it is made of. */
static void draw_inscriptions(cairo_t *cairo, const struct sketch *sketch)
{
	for (unsigned i = 0; i < sketch->inscription_count; i++) {
		const struct inscription *it = &sketch->inscriptions[i];
		unsigned long rgb = strtoul(it->colour, NULL, 16);
		double size = it->face->size * it->scale;
		cairo_save(cairo);
		cairo_rectangle(cairo, it->x - 4, it->y - size * 1.2, NAME_WIDTH + 8, size * 1.5);
		cairo_clip(cairo);
		cairo_set_source_rgb(cairo, (double)(rgb >> 16) / 255,
			(double)(rgb >> 8 & 0xFF) / 255, (double)(rgb & 0xFF) / 255);
		cairo_translate(cairo, it->x, it->y);
		cairo_scale(cairo, it->scale, it->scale);
		lettering_draw(sketch->painter->lettering, cairo, it->face, it->text);
		cairo_restore(cairo);
	}
}

/* Begins with the theme's base. */
static bool copy_base(struct card_painter *painter, enum card_theme theme)
{
	cairo_surface_t *base = base_of(painter, theme);
	if (!base)
		return false;
	cairo_surface_flush(base);
	cairo_surface_flush(painter->surface);
	memcpy(cairo_image_surface_get_data(painter->surface), cairo_image_surface_get_data(base),
		(size_t)cairo_image_surface_get_stride(base) * CARD_HEIGHT);
	cairo_surface_mark_dirty(painter->surface);
	return true;
}

enum status card_paint(struct card_painter *painter, const struct card *card,
	const struct face_pixels *face, const unsigned char **out_png, size_t *out_size)
{
	TALLOC_FREE(painter->why);
	struct sketch sketch = {.painter = painter,
		.card = card,
		.language = text_language(card->language),
		.progress = level_progress(card->xp),
		.part = part_create(NULL)};
	make_sketch(&sketch, face != NULL);
	bool good = copy_base(painter, card->theme) &&
		    draw(painter, "card.svg", sketch.part, painter->surface);
	if (good) {
		cairo_t *cairo = cairo_create(painter->surface);
		if (face)
			draw_face(cairo, face);
		draw_inscriptions(cairo, &sketch);
		cairo_destroy(cairo);
	}
	talloc_free(sketch.part);
	if (!good)
		return STATUS_FAILED;
	cairo_surface_flush(painter->surface);
	*out_png = png_write(painter->png, cairo_image_surface_get_data(painter->surface),
		(size_t)cairo_image_surface_get_stride(painter->surface), out_size);
	return STATUS_OK;
}

enum status tag_paint(struct card_painter *painter, const struct tag *tag,
	const unsigned char **out_png, size_t *out_size)
{
	TALLOC_FREE(painter->why);
	struct template_section *part = part_create(NULL);
	palette_set(part, palette_of(tag->theme));
	set_level(
		part, text_language(tag->language), tag->level, fitting_size(124, tag->level), 147);
	cairo_t *cairo = cairo_create(painter->tag);
	cairo_set_operator(cairo, CAIRO_OPERATOR_CLEAR);
	cairo_paint(cairo);
	cairo_destroy(cairo);
	bool good = draw(painter, "tag.svg", part, painter->tag);
	talloc_free(part);
	if (!good)
		return STATUS_FAILED;
	cairo_surface_flush(painter->tag);
	*out_png = png_write(painter->tag_png, cairo_image_surface_get_data(painter->tag),
		(size_t)cairo_image_surface_get_stride(painter->tag), out_size);
	return STATUS_OK;
}

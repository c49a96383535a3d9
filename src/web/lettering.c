/* Measures and cuts text, with pango as librsvg draws it. */
#include "lettering.h"

#include <pango/pangocairo.h>
#include <stdint.h>
#include <string.h>
#include <talloc.h>

#include "besace/base/memory.h"
#include "besace/base/utf8.h"

/* Combining marks on one letter: Hebrew with points and accents has three, Vietnamese two. Beyond
 * that they are stacked to spill over what stands around. */
#define MARKS_MAX 3

#ifdef __SANITIZE_ADDRESS__
/* Fontconfig keeps what it has read of the fonts for the whole process and frees none of it. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_options(void);

const char *__lsan_default_suppressions(void)
{
	return "leak:libfontconfig.so\n";
}

const char *__lsan_default_options(void)
{
	return "print_suppressions=0";
}
#endif

struct lettering {
	PangoContext *context;
	PangoLayout *layout;
};

struct lettering *lettering_create(void)
{
	struct lettering *lettering = must(talloc_zero(NULL, struct lettering));
	/* The map that librsvg uses: its fonts are loaded once. */
	lettering->context = pango_font_map_create_context(pango_cairo_font_map_get_default());
	cairo_font_options_t *options = cairo_font_options_create();
	cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_NONE);
	cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF);
	pango_cairo_context_set_font_options(lettering->context, options);
	cairo_font_options_destroy(options);
	pango_context_set_round_glyph_positions(lettering->context, FALSE);
	pango_context_set_base_dir(lettering->context, PANGO_DIRECTION_LTR);
	lettering->layout = pango_layout_new(lettering->context);
	pango_layout_set_auto_dir(lettering->layout, FALSE);
	pango_layout_set_single_paragraph_mode(lettering->layout, TRUE);
	return lettering;
}

void lettering_destroy(struct lettering **handle)
{
	if (!*handle)
		return;
	g_object_unref((*handle)->layout);
	g_object_unref((*handle)->context);
	talloc_free(*handle);
	*handle = NULL;
}

static void set_face(struct lettering *lettering, const struct face *face)
{
	PangoFontDescription *font = pango_font_description_new();
	pango_font_description_set_family_static(
		font, face->is_display ? "Inter Display, Noto Sans" : "Inter, Noto Sans");
	pango_font_description_set_absolute_size(font, face->size * PANGO_SCALE);
	pango_font_description_set_weight(font, (PangoWeight)face->weight);
	pango_layout_set_font_description(lettering->layout, font);
	pango_font_description_free(font);
}

static double width_of(struct lettering *lettering, const char *text)
{
	PangoRectangle logical;
	pango_layout_set_text(lettering->layout, text, -1);
	pango_layout_get_extents(lettering->layout, NULL, &logical);
	return (double)logical.width / PANGO_SCALE;
}

double lettering_width(struct lettering *lettering, const struct face *face, const char *text)
{
	set_face(lettering, face);
	return width_of(lettering, text);
}

void lettering_draw(
	struct lettering *lettering, cairo_t *cairo, const struct face *face, const char *text)
{
	set_face(lettering, face);
	pango_layout_set_text(lettering->layout, text, -1);
	cairo_move_to(cairo, 0, 0);
	pango_cairo_show_layout_line(cairo, pango_layout_get_line_readonly(lettering->layout, 0));
}

/* The first CHARS characters of TEXT without spaces at their end, and an ellipsis. */
static char *cut(void *ctx, const char *text, size_t chars)
{
	size_t bytes = utf8_prefix(text, chars);
	while (bytes > 0 && text[bytes - 1] == ' ')
		bytes--;
	return must(talloc_asprintf(ctx, "%.*s…", (int)bytes, text));
}

/* Where TEXT may be cut: numbers of characters before which a letter begins, on CTX. */
static size_t *cuts_of(void *ctx, struct lettering *lettering, const char *text, size_t *out_count)
{
	int length;
	pango_layout_set_text(lettering->layout, text, -1);
	const PangoLogAttr *attributes =
		pango_layout_get_log_attrs_readonly(lettering->layout, &length);
	size_t *cuts = must(talloc_size(ctx, ((size_t)length + 1) * sizeof(size_t)));
	size_t count = 0;
	for (int i = 1; i < length; i++)
		if (attributes[i].is_cursor_position)
			cuts[count++] = (size_t)i;
	*out_count = count;
	return cuts;
}

char *lettering_fit(void *ctx, struct lettering *lettering, const struct face *face,
	const char *text, double width)
{
	set_face(lettering, face);
	if (width_of(lettering, text) <= width)
		return must(talloc_strdup(ctx, text));
	void *mine = must(talloc_new(NULL));
	size_t count, low = 0;
	size_t *cuts = cuts_of(mine, lettering, text, &count);
	/* Finds the last cut that fits; LOW cuts are known to. */
	for (size_t high = count; low < high;) {
		size_t middle = (low + high + 1) / 2;
		if (width_of(lettering, cut(mine, text, cuts[middle - 1])) <= width)
			low = middle;
		else
			high = middle - 1;
	}
	char *fitting = cut(ctx, text, low > 0 ? cuts[low - 1] : 0);
	talloc_free(mine);
	return fitting;
}

static bool is_direction(uint32_t point)
{
	return point == 0x061C || point == 0x200E || point == 0x200F ||
	       (point >= 0x202A && point <= 0x202E) || (point >= 0x2066 && point <= 0x2069);
}

/* What becomes of a character of a name. */
enum fate { FATE_KEPT, FATE_MARK, FATE_SPACE, FATE_DROPPED };

static enum fate fate_of(uint32_t point)
{
	if (is_direction(point))
		return FATE_DROPPED;
	switch (g_unichar_type(point)) {
	case G_UNICODE_NON_SPACING_MARK:
	case G_UNICODE_ENCLOSING_MARK:
		/* A variation selector draws nothing and chooses between emoji and text. */
		return (point >= 0xFE00 && point <= 0xFE0F) ? FATE_KEPT : FATE_MARK;
	case G_UNICODE_SPACE_SEPARATOR:
	case G_UNICODE_LINE_SEPARATOR:
	case G_UNICODE_PARAGRAPH_SEPARATOR:
		return FATE_SPACE;
	case G_UNICODE_CONTROL:
		return point == '\t' || point == '\n' ? FATE_SPACE : FATE_DROPPED;
	case G_UNICODE_SURROGATE:
	case G_UNICODE_UNASSIGNED:
	case G_UNICODE_PRIVATE_USE:
		return FATE_DROPPED;
	default:
		return FATE_KEPT;
	}
}

char *lettering_clean(void *ctx, const char *name)
{
	/* Nothing becomes longer: a space takes the place of at least one. */
	char *clean = must(talloc_size(ctx, strlen(name) + 1)), *at = clean;
	unsigned marks = 0;
	bool is_visible = false, space_waits = false;
	while (*name) {
		const char *from = name;
		enum fate fate = fate_of(utf8_next(&name));
		marks = fate == FATE_MARK ? marks + 1 : 0;
		space_waits |= fate == FATE_SPACE;
		if (fate == FATE_DROPPED || fate == FATE_SPACE ||
			(fate == FATE_MARK && (marks > MARKS_MAX || !is_visible)))
			continue;
		if (space_waits && is_visible)
			*at++ = ' ';
		space_waits = false;
		is_visible |= *from & 0x80
				      ? g_unichar_type(g_utf8_get_char(from)) != G_UNICODE_FORMAT
				      : true;
		at = mempcpy(at, from, (size_t)(name - from));
	}
	*at = '\0';
	if (is_visible)
		return clean;
	talloc_free(clean);
	return must(talloc_strdup(ctx, "?"));
}

char *lettering_initial(void *ctx, struct lettering *lettering, const char *name)
{
	void *mine = must(talloc_new(NULL));
	size_t count;
	size_t *cuts = cuts_of(mine, lettering, name, &count);
	size_t bytes = count > 0 ? utf8_prefix(name, cuts[0]) : strlen(name);
	char *upper = g_utf8_strup(name, (gssize)bytes);
	char *initial = must(talloc_strdup(ctx, upper));
	g_free(upper);
	talloc_free(mine);
	return initial;
}

/* Text of a card: what of a name may stand on it, how wide it is, where it is cut. */
#pragma once

#include <cairo.h>
#include <stdbool.h>

struct lettering;

/* One for each thread: pango's fonts belong to a thread. */
struct lettering *lettering_create(void);
void lettering_destroy(struct lettering **lettering);

/* A font as the template of the card has it. */
struct face {
	bool is_display; /* Inter Display, for what is large */
	int size; /* pixels */
	int weight; /* 100 to 900 */
};

/* The width of TEXT in pixels, on one line. */
double lettering_width(struct lettering *lettering, const struct face *face, const char *text);

/* Draws TEXT on one line that begins at 0,0 of CAIRO, in its colour; emoji have their own. */
void lettering_draw(
	struct lettering *lettering, cairo_t *cairo, const struct face *face, const char *text);

/* TEXT cut between two characters so that it and an ellipsis are at most WIDTH wide; whole when it
 * fits. On CTX. */
char *lettering_fit(void *ctx, struct lettering *lettering, const struct face *face,
	const char *text, double width);

/* NAME without control characters, marks of direction and line breaks, with at most three
 * combining marks on a letter; "?" when nothing visible is left. On CTX. */
char *lettering_clean(void *ctx, const char *name);

/* The first character of NAME, which lettering_clean made, in upper case; an emoji made of several
 * counts as one. On CTX. */
char *lettering_initial(void *ctx, struct lettering *lettering, const char *name);

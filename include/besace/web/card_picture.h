/* Draws level cards and tags: src/web/templates/card.svg, tag.svg, filled in and drawn by librsvg.
 */
#pragma once

#include <stddef.h>

#include "besace/base/compiler.h"
#include "besace/base/status.h"
#include "besace/domain/card.h"

#define CARD_WIDTH 934
#define CARD_HEIGHT 282

/* The side of a tag: three times what Discord shows beside a text. */
#define TAG_SIDE 256

/* The side of a member's picture on the card, in pixels. */
#define FACE_SIDE 132

/* A member's picture as it is drawn: cairo's ARGB32, FACE_SIDE lines of FACE_SIDE pixels. */
struct face_pixels {
	unsigned char bytes[FACE_SIDE * FACE_SIDE * 4];
};

struct card_painter;

/* A painter serves one thread, that which creates, uses and destroys it. */
struct card_painter *card_painter_create(void);
void card_painter_destroy(struct card_painter **painter);

/* CARD as a PNG, which is the painter's until its next call, and its size. FACE: the member's
 * picture; NULL: the initial of the name stands in its place. STATUS_FAILED with a sentence on CTX
 * when librsvg cannot draw it. */
MUST_CHECK enum status card_paint(struct card_painter *painter, const struct card *card,
	const struct face_pixels *face, const unsigned char **out_png, size_t *out_size);

/* The same of TAG. */
MUST_CHECK enum status tag_paint(struct card_painter *painter, const struct tag *tag,
	const unsigned char **out_png, size_t *out_size);

/* What was wrong with the last picture. */
const char *card_painter_why(const struct card_painter *painter);

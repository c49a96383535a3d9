/* The colours of the four themes, and what makes them readable. */
#pragma once

#include "besace/domain/card.h"
#include "template.h"

/* Six hexadecimal digits each. */
struct palette {
	const char *base, *edge, *tag_top, *tag_bottom, *thread, *on_tag, *text, *soft, *fill,
		*empty, *chip;
};

const struct palette *palette_of(enum card_theme theme);

/* The colours as values of PART, by their names. */
void palette_set(struct template_section *part, const struct palette *palette);

/* The contrast of two colours by WCAG 2: 1 to 21. */
double palette_contrast(const char *a, const char *b);

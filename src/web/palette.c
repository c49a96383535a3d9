/* The colours of the four themes. */
#include "palette.h"

#include <math.h>
#include <stdlib.h>

static const struct palette palettes[THEME_COUNT] = {
	[THEME_COGNAC] = {"1D1917", "2A2421", "9A5423", "74390F", "F0C48A", "FFF4E4", "F6EFE7",
		"BDAEA0", "E9A653", "4A403A", "2B2522"},
	[THEME_FORET] = {"151A18", "222A26", "2F6B4F", "1D4A36", "BFE6CF", "F0FFF6", "EEF4F0",
		"A9B8AF", "6FD3A0", "37423C", "212A26"},
	[THEME_NUIT] = {"15171D", "22252E", "3C4F9A", "283569", "C4CFFA", "F3F5FF", "F0F2F8",
		"A9B0C2", "93A7FF", "393E4C", "22252F"},
	[THEME_SABLE] = {"F7F1E8", "E7DCCB", "9A5423", "7A3E13", "F3CE9B", "FFF4E4", "2A211B",
		"6B5B4E", "9A511B", "D9CBB8", "EDE3D5"},
};

const struct palette *palette_of(enum card_theme theme)
{
	return &palettes[theme];
}

void palette_set(struct template_section *part, const struct palette *palette)
{
	part_set(part, "base", palette->base);
	part_set(part, "edge", palette->edge);
	part_set(part, "tag_top", palette->tag_top);
	part_set(part, "tag_bottom", palette->tag_bottom);
	part_set(part, "thread", palette->thread);
	part_set(part, "on_tag", palette->on_tag);
	part_set(part, "text", palette->text);
	part_set(part, "soft", palette->soft);
	part_set(part, "fill", palette->fill);
	part_set(part, "empty", palette->empty);
	part_set(part, "chip", palette->chip);
}

/* A channel of sRGB as light. */
static double linear(unsigned long channel)
{
	double value = (double)channel / 255;
	return value <= 0.04045 ? value / 12.92 : pow((value + 0.055) / 1.055, 2.4);
}

static double luminance(const char *colour)
{
	unsigned long rgb = strtoul(colour, NULL, 16);
	return 0.2126 * linear(rgb >> 16) + 0.7152 * linear(rgb >> 8 & 0xFF) +
	       0.0722 * linear(rgb & 0xFF);
}

double palette_contrast(const char *a, const char *b)
{
	double one = luminance(a), other = luminance(b);
	return (fmax(one, other) + 0.05) / (fmin(one, other) + 0.05);
}

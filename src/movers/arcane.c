/*
 * Arcane: it exports nothing, so an owner writes down what it shows.
 *
 *	id,level,xp in level
 *
 * with that line or without it.
 *
 * The total follows from what a level costs there, by --curve and --factor: linear 100·L + 75,
 * exponential 5·L² + 50·L + 75, flat 1000, for going from level L to L + 1, L from 0.
 */
#include "table_source.h"

#include <math.h>

/* Beyond this the cheapest curve is beyond an INTEGER, or the file is wrong. */
#define LEVEL_MAX 100000

static double cost(enum import_curve curve, double level)
{
	return curve == CURVE_LINEAR        ? 100 * level + 75
	       : curve == CURVE_EXPONENTIAL ? 5 * level * level + 50 * level + 75
					    : 1000;
}

/* What is read as XP is the XP inside the level. */
static void settle(struct entry *entry)
{
	const struct import_options *options = entry->importing->options;
	int64_t level = entry->figures[FIGURE_LEVEL], inside = entry->figures[FIGURE_XP];
	double total = inside == FIGURE_ABSENT ? 0 : (double)inside;
	if (entry->refusal)
		return;
	if (level == FIGURE_ABSENT) {
		entry_refuse(entry, REFUSAL_NO_LEVEL, NULL);
		return;
	}
	if (level > LEVEL_MAX) {
		entry_refuse(entry, REFUSAL_TOO_LARGE, NULL);
		entry->refused = FIGURE_LEVEL;
		return;
	}
	for (int64_t below = 0; below < level && total <= INT32_MAX; below++)
		total += floor(cost(options->curve, (double)below) * options->factor);
	if (total > INT32_MAX) {
		entry_refuse(entry, REFUSAL_TOO_LARGE, "the total");
		entry->refused = FIGURE_XP;
		return;
	}
	entry->figures[FIGURE_XP] = (int64_t)total;
}

static enum status read_arcane(struct importing *importing, struct input *input)
{
	static const struct column_name names[] = {{"id", COLUMN_ID}, {"user_id", COLUMN_ID},
		{"username", COLUMN_NAME}, {"level", FIGURE_LEVEL}, {"xp in level", FIGURE_XP},
		{"xp_in_level", FIGURE_XP}, {"xp", FIGURE_XP}, {"bot", COLUMN_BOT}, {NULL, 0}};
	static const int unnamed[] = {COLUMN_ID, FIGURE_LEVEL, FIGURE_XP};
	struct table_source source = {.importing = importing,
		.input = input,
		.names = names,
		.unnamed = unnamed,
		.unnamed_count = ARRAY_LEN(unnamed),
		.settle = settle};
	return table_source_read(&source);
}

const struct mover mover_arcane = {.name = "arcane",
	.description = "CSV id, level, xp in level; with --curve and --factor",
	.wants_curve = true,
	.read = read_arcane};

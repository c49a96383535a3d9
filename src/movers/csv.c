/*
 * CSV: a header with any of
 *
 *	id, username, xp, level, messages, voice_seconds, balance, invites, jackpots, x2, x3
 *
 * and a member a line; comma, semicolon or tab; numbers quoted or not. Other columns are not read;
 *of `bot`, who has 1, true or yes is left out.
 */
#include "table_source.h"

static enum status read_csv(struct importing *importing, struct input *input)
{
	static const struct column_name names[] = {{"id", COLUMN_ID}, {"user_id", COLUMN_ID},
		{"username", COLUMN_NAME}, {"xp", FIGURE_XP}, {"level", FIGURE_LEVEL},
		{"messages", FIGURE_MESSAGES}, {"voice_seconds", FIGURE_VOICE},
		{"balance", FIGURE_BALANCE}, {"invites", FIGURE_INVITES},
		{"jackpots", FIGURE_JACKPOTS}, {"x2", FIGURE_X2}, {"x3", FIGURE_X3},
		{"bot", COLUMN_BOT}, {NULL, 0}};
	struct table_source source = {.importing = importing, .input = input, .names = names};
	return table_source_read(&source);
}

const struct mover mover_csv = {.name = "csv",
	.description = "a header with any of id, username, xp, level, messages, voice_seconds,\n"
		       "balance, invites, jackpots, x2, x3; comma, semicolon or tab",
	.read = read_csv};

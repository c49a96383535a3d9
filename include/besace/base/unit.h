/*
 * What amounts are counted in: the name and symbol of a guild's currency.
 *
 * Texts are filled before anybody knows in which guild they will be shown, or after; they carry
 * UNIT_MARK where the unit stands, and whoever writes the finished message puts the unit there.
 */
#pragma once

/* Stands for the unit in a text. A control character, which nothing else in a reply has. */
#define UNIT_MARK "\x1a"

/* The unit where no guild has set another. */
#define UNIT_DEFAULT "LC"

/* A guild's unit. All NULL: UNIT_DEFAULT. Where Markdown is read and emojis of a guild are drawn,
 * markdown_unit (discord/markdown.h) makes one of name and symbol. */
struct unit {
	const char *name; /* as it was typed; NULL: UNIT_DEFAULT */
	const char *symbol; /* an emoji, "<:ecu:1>" where it is the guild's own; NULL: none */
	const char *plain; /* both, as on buttons: without an emoji that is not drawn there */
};

/* The unit of the currency called NAME, with SYMBOL; NULL: none of its own. On CTX, or borrowed. */
struct unit unit_of(void *ctx, const char *name, const char *symbol);

/* TEXT with UNIT (NULL: UNIT_DEFAULT) for each mark: on CTX, or TEXT itself when it has none. */
const char *unit_put(void *ctx, const char *text, const char *unit);

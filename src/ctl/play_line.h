/*
 * A line that is typed in a local play, as Discord's own client would read it.
 *
 *	/jeu duel adversaire:@ana mise:50
 *	/Voir le niveau @ana
 *
 * Names of commands and options are those of the member's language, or the French ones. A value
 * goes on until the next option's name. Members are @NAME, roles &NAME, channels #NAME.
 */
#pragma once

#include "besace/engine/command.h"
#include "play_names.h"
#include "player.h"

/* What a line says so far. */
struct play_line {
	const struct command *top,
		*command; /* NULL: none is named yet; the same without sub-commands */
	const char *path; /* "jeu duel", in French, as Discord sends it */
	const char *rest; /* what follows the names, of the line; NULL: no command is named whole */
	size_t option_count;
	struct play_option options[INTERACTION_MAX_OPTIONS];
	struct play_user target; /* of a user command */
	/* What was typed of the last word, which nothing follows: it may go on. */
	const struct command_option *open; /* the option whose value it is; NULL: another word */
	const char *word;
};

/*
 * Reads LINE, which begins with '/', into *out, on CTX. STATUS_INVALID with a sentence on CTX when
 * it cannot be sent as it stands; *out then says what was understood, for completion.
 */
MUST_CHECK enum status play_line_read(void *ctx, struct play_names *names, enum language language,
	const char *line, struct play_line *out, char **out_why);

/* Reads TEXT as a value of the type: "@ana", "#salon", "50", "oui". STATUS_INVALID with a sentence
 * on CTX. */
MUST_CHECK enum status play_value_read(void *ctx, struct play_names *names, enum option_type type,
	const char *text, struct play_option *out, char **out_why);

/* One way in which a line may go on. */
struct play_candidate {
	const char *text; /* in place of the last word */
	const char *description; /* or NULL */
};

/* Most ways that are offered at once. */
#define PLAY_MAX_CANDIDATES 64

struct play_candidates {
	size_t count;
	struct play_candidate items[PLAY_MAX_CANDIDATES];
	size_t typed; /* bytes at the end of the line that they stand in place of */
	/* An option whose values the service suggests: ask it, with LINE's options. */
	const struct command_option *asks;
};

/* How LINE, which begins with '/', may go on, on CTX. */
void play_line_complete(void *ctx, struct play_names *names, enum language language,
	const char *line, struct play_candidates *out);

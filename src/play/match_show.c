/* Makes the messages of games, open and ended. */
#include <string.h>
#include <talloc.h>

#include "besace/base/memory.h"
#include "besace/play/face.h"
#include "besace/play/match_message.h"
#include "versus_show.h"

#define FACE_ROW(NAME, name) [GAME_##NAME] = &face_##name,
static const struct game_face *const faces[GAME_COUNT] = {ALL_GAMES(FACE_ROW)};
#undef FACE_ROW

const struct game_face *game_face(enum game game)
{
	return faces[game];
}

const char *game_move_name(enum game game, enum language language, const char *move)
{
	const struct game_face *face = faces[game];
	for (size_t i = 0; i < face->move_count; i++)
		if (strcmp(face->moves[i].move, move) == 0)
			return text_get(language, face->moves[i].name);
	return "—";
}

/* Green when somebody has won; against the house, red when its only player has lost. */
static enum colour over_colour(const struct match *match)
{
	enum colour colour = COLOUR_NEUTRAL;
	for (size_t i = 0; i < match->end_count; i++)
		if (match->ends[i].played && match->ends[i].result != RESULT_PUSH)
			colour = match->seat_count == 1 && match->ends[i].result == RESULT_LOSS
					 ? COLOUR_FAILURE
					 : COLOUR_SUCCESS;
	return colour;
}

/* Puts what was collected into the reply. */
static void finish(struct show *show)
{
	struct reply *reply = show->reply;
	reply->description = show->lines;
	if (show->below) {
		reply_add_separator(reply);
		reply_add_text(reply, show->below);
	}
	for (size_t i = 0; i < show->button_count; i++)
		reply_add_button(reply, show->buttons[i]);
}

void game_show(struct show *show)
{
	const struct match *match = show->match;
	const struct game_face *face = faces[match->game];
	show->reply->colour = match->over ? over_colour(match) : COLOUR_WAITING;
	show_title(show, text_get(show->language, face->title));
	if (!match->accepted)
		versus_show_challenge(show);
	else if (match->over && game_rules(match->game)->challenge)
		versus_show_end(show);
	else
		face->show(show);
	finish(show);
}

enum status game_end_message(
	void *ctx, const char *outcome, enum language language, struct reply *out)
{
	struct match *match;
	*out = (struct reply){.kind = REPLY_UPDATE};
	if (match_parse(ctx, outcome, &match) || !match->over)
		return STATUS_FAILED;
	struct show show = {
		.ctx = ctx, .language = language, .reply = out, .match = match, .balance = -1};
	game_show(&show);
	return STATUS_OK;
}

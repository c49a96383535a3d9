/* /c21: the race to 21, which nobody wants to win. */
#include "besace/domain/race21.h"

#include <talloc.h>

#include "besace/base/memory.h"
#include "besace/play/challenge.h"
#include "besace/play/face.h"
#include "besace/play/flow.h"
#include "besace/play/stake.h"
#include "games.h"

/* The steps so far, "1 + 3 + 2". */
static char *steps_text(const struct show *show, const struct race21 *game)
{
	char *text = must(talloc_strdup(show->ctx, game->moves ? "" : "0"));
	for (int i = 0; i < game->moves; i++)
		text = must(talloc_asprintf_append_buffer(
			text, "%s%d", i ? " + " : "", game->steps[i]));
	return text;
}

static void show_moves(struct show *show, const struct race21 *game)
{
	static const struct show_button steps[RACE21_STEP_MAX] = {
		{BUTTON_PRIMARY, TEXT_C21_ONE, NULL},
		{BUTTON_PRIMARY, TEXT_C21_TWO, NULL},
		{BUTTON_PRIMARY, TEXT_C21_THREE, NULL},
	};
	struct versus_view view;
	race21_look(game, &view);
	const struct snowflake *turn = challenge_member(show->match, race21_turn(game));
	show_line(show, text_fill(show->ctx, show->language, TEXT_C21_TURN, "member",
				show_mention(show, turn), NULL));
	show_line(show,
		text_fill(show->ctx, show->language, TEXT_MATCH_AT_STAKE, "stake",
			show_number(show, show->match->stake), "expires", show_due(show), NULL));
	for (int i = 0; i < RACE21_STEP_MAX; i++)
		show_button(
			show, &steps[i], must(talloc_asprintf(show->ctx, "%d", i + 1)), view.round);
}

static void show(struct show *show)
{
	struct race21 game;
	if (!race21_parse(show->match->state, &game))
		return;
	show_line(show,
		text_fill(show->ctx, show->language, TEXT_C21_TOTAL, "total",
			show_number(show, race21_total(&game)), "goal",
			show_number(show, RACE21_GOAL), "steps", steps_text(show, &game), NULL));
	if (!show->match->over)
		show_moves(show, &game);
}

const struct game_face face_race21 = {.emoji = "🔢",
	.title = TEXT_C21_TITLE,
	.show = show,
	.dare = TEXT_C21_DARE,
	.rule = TEXT_C21_RULE};

const struct command command_race21 = {
	.type = COMMAND_CHAT_INPUT,
	.guild_only = true,
	.name = TEXT_C21_NAME,
	.description = TEXT_C21_DESCRIPTION,
	.options = challenge_options,
	.option_count = CHALLENGE_OPTIONS,
	.ask = challenge_ask,
	.answer = flow_answer,
	.complete_ask = stake_complete_ask,
	.complete_answer = stake_complete_answer,
	.button_prefix = "c21",
	.press_ask = challenge_press_ask,
	.press_answer = flow_answer,
};

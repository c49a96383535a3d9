/* /pfc: rock, paper, scissors. */
#include "besace/domain/rps.h"

#include "besace/play/challenge.h"
#include "besace/play/face.h"
#include "besace/play/flow.h"
#include "besace/play/stake.h"
#include "games.h"

static const char *choice_text(const struct show *show, enum rps_choice choice)
{
	return game_move_name(GAME_RPS, show->language, rps_choice_name(choice));
}

static void show_open(struct show *show)
{
	challenge_show_side(show, SIDE_CHALLENGER, NULL);
	challenge_show_side(show, SIDE_OPPONENT, NULL);
	show_line(show,
		text_fill(show->ctx, show->language, TEXT_MATCH_AT_STAKE, "stake",
			show_number(show, show->match->stake), "expires", show_due(show), NULL));
	static const struct show_button rock = {BUTTON_SECONDARY, TEXT_PFC_ROCK_LABEL, "🪨"};
	static const struct show_button paper = {BUTTON_SECONDARY, TEXT_PFC_PAPER_LABEL, "📄"};
	static const struct show_button scissors = {
		.style = BUTTON_SECONDARY, .label = TEXT_PFC_SCISSORS_LABEL, .emoji = "✂️"};
	show_button(show, &rock, "rock", 1);
	show_button(show, &paper, "paper", 1);
	show_button(show, &scissors, "scissors", 1);
}

static void show(struct show *show)
{
	struct rps game;
	if (!rps_parse(show->match->state, &game))
		return;
	if (!show->match->over) {
		show_open(show);
		return;
	}
	if (game.chosen[SIDE_CHALLENGER] == RPS_NONE || game.chosen[SIDE_OPPONENT] == RPS_NONE)
		return; /* who let it pass is told instead */
	show_line(show, text_fill(show->ctx, show->language, TEXT_MATCH_CHOICES, "member",
				show_name(show, &show->match->owner), "opponent",
				show_name(show, &show->match->opponent), "first",
				choice_text(show, game.chosen[SIDE_CHALLENGER]), "second",
				choice_text(show, game.chosen[SIDE_OPPONENT]), NULL));
}

static const struct face_move moves[] = {
	{"rock", TEXT_PFC_ROCK},
	{"paper", TEXT_PFC_PAPER},
	{"scissors", TEXT_PFC_SCISSORS},
};

const struct game_face face_rps = {.emoji = "✊",
	.title = TEXT_PFC_TITLE,
	.show = show,
	.dare = TEXT_PFC_DARE,
	.rule = TEXT_PFC_RULE,
	.moves = moves,
	.move_count = ARRAY_LEN(moves)};

const struct command command_rps = {
	.type = COMMAND_CHAT_INPUT,
	.guild_only = true,
	.name = TEXT_PFC_NAME,
	.description = TEXT_PFC_DESCRIPTION,
	.options = challenge_options,
	.option_count = CHALLENGE_OPTIONS,
	.ask = challenge_ask,
	.answer = flow_answer,
	.complete_ask = stake_complete_ask,
	.complete_answer = stake_complete_answer,
	.button_prefix = "pfc",
	.press_ask = challenge_press_ask,
	.press_answer = flow_answer,
};

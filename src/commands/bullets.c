/* /007: reload, shoot, shield, round for round. */
#include "besace/domain/bullets.h"

#include <talloc.h>

#include "besace/base/memory.h"
#include "besace/play/challenge.h"
#include "besace/play/face.h"
#include "besace/play/flow.h"
#include "besace/play/stake.h"
#include "games.h"

static const char *choice_text(const struct show *show, enum bullets_choice choice)
{
	return game_move_name(GAME_BULLETS, show->language, bullets_choice_name(choice));
}

/* What both did in ROUND. */
static char *round_text(const struct show *show, const struct bullets *game, int round)
{
	const enum bullets_choice *chosen = game->chosen[round - 1];
	return text_fill(show->ctx, show->language, TEXT_BULLETS_BEFORE, "round",
		show_number(show, round), "member", show_name(show, &show->match->owner),
		"opponent", show_name(show, &show->match->opponent), "first",
		choice_text(show, chosen[SIDE_CHALLENGER]), "second",
		choice_text(show, chosen[SIDE_OPPONENT]), NULL);
}

/* More bullets than these are counted. */
#define BULLETS_DRAWN 5

static const char *bullets_text(const struct show *show, int count)
{
	if (count == 0)
		return text_get(show->language, TEXT_BULLETS_NO_BULLET);
	if (count > BULLETS_DRAWN)
		return text_fill(show->ctx, show->language, TEXT_BULLETS_MANY, "count",
			show_number(show, count), NULL);
	char *text = must(talloc_strdup(show->ctx, ""));
	for (int i = 0; i < count; i++)
		text = must(talloc_strdup_append_buffer(text, "🔫"));
	return text;
}

static void show_open(struct show *show, const struct bullets *game)
{
	show_title(show, text_fill(show->ctx, show->language, TEXT_BULLETS_ROUND, "round",
				 show_number(show, game->round), "rounds",
				 show_number(show, BULLETS_ROUNDS), NULL));
	for (int side = 0; side < SIDE_COUNT; side++)
		challenge_show_side(show, (enum side)side,
			bullets_text(show, bullets_loaded(game, (enum side)side)));
	const char *at_stake = text_fill(show->ctx, show->language, TEXT_MATCH_AT_STAKE, "stake",
		show_number(show, show->match->stake), "expires", show_due(show), NULL);
	if (game->round > 1) {
		show_below(show, round_text(show, game, game->round - 1));
		show_below(show, at_stake);
	} else {
		show_line(show, at_stake);
	}
	static const struct show_button reload = {
		.style = BUTTON_SECONDARY, .label = TEXT_BULLETS_RELOAD_LABEL, .emoji = "🔄"};
	static const struct show_button shoot = {
		.style = BUTTON_DANGER, .label = TEXT_BULLETS_SHOOT_LABEL, .emoji = "🔫"};
	static const struct show_button shield = {
		.style = BUTTON_PRIMARY, .label = TEXT_BULLETS_SHIELD_LABEL, .emoji = "🛡️"};
	show_button(show, &reload, "reload", game->round);
	show_button(show, &shoot, "shoot", game->round);
	show_button(show, &shield, "shield", game->round);
}

static void show(struct show *show)
{
	struct bullets game;
	if (!bullets_parse(show->match->state, &game))
		return;
	if (!show->match->over)
		show_open(show, &game);
	else if (bullets_verdict(&game) != VERDICT_OPEN) /* else who let it pass is told */
		show_line(show, round_text(show, &game, game.round));
}

static const struct face_move moves[] = {
	{"reload", TEXT_BULLETS_RELOAD},
	{"shoot", TEXT_BULLETS_SHOOT},
	{"shield", TEXT_BULLETS_SHIELD},
};

const struct game_face face_bullets = {.emoji = "🕴️",
	.title = TEXT_BULLETS_TITLE,
	.show = show,
	.dare = TEXT_BULLETS_DARE,
	.rule = TEXT_BULLETS_RULE,
	.moves = moves,
	.move_count = ARRAY_LEN(moves)};

const struct command command_bullets = {
	.type = COMMAND_CHAT_INPUT,
	.guild_only = true,
	.name = TEXT_BULLETS_NAME,
	.description = TEXT_BULLETS_DESCRIPTION,
	.options = challenge_options,
	.option_count = CHALLENGE_OPTIONS,
	.ask = challenge_ask,
	.answer = flow_answer,
	.complete_ask = stake_complete_ask,
	.complete_answer = stake_complete_answer,
	.button_prefix = "007",
	.press_ask = challenge_press_ask,
	.press_answer = flow_answer,
};

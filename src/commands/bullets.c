/* /007: reload, shoot, shield, round for round. */
#include "besace/domain/bullets.h"

#include "besace/play/challenge.h"
#include "besace/play/face.h"
#include "besace/play/flow.h"
#include "besace/play/stake.h"
#include "games.h"

static const char *choice_text(const struct show *show, enum bullets_choice choice)
{
	return game_move_name(GAME_BULLETS, show->language, bullets_choice_name(choice));
}

/* What both chose in a round. */
static void show_choices(struct show *show, const enum bullets_choice chosen[SIDE_COUNT])
{
	show_line(show, text_fill(show->ctx, show->language, TEXT_MATCH_CHOICES, "member",
				show_name(show, &show->match->owner), "opponent",
				show_name(show, &show->match->opponent), "first",
				choice_text(show, chosen[SIDE_CHALLENGER]), "second",
				choice_text(show, chosen[SIDE_OPPONENT]), NULL));
}

static void show_open(struct show *show, const struct bullets *game)
{
	if (game->round > 1)
		show_choices(show, game->chosen[game->round - 2]);
	show_line(show,
		text_fill(show->ctx, show->language, TEXT_BULLETS_TURN, "round",
			show_number(show, game->round), "rounds", show_number(show, BULLETS_ROUNDS),
			"member", show_name(show, &show->match->owner), "opponent",
			show_name(show, &show->match->opponent), "first",
			show_number(show, bullets_loaded(game, SIDE_CHALLENGER)), "second",
			show_number(show, bullets_loaded(game, SIDE_OPPONENT)), NULL));
	static const struct show_button reload = {BUTTON_PRIMARY, TEXT_BULLETS_RELOAD_LABEL, "🔄"},
					shoot = {BUTTON_DANGER, TEXT_BULLETS_SHOOT_LABEL, "🔫"},
					shield = {BUTTON_SECONDARY, TEXT_BULLETS_SHIELD_LABEL,
						"🛡️"};
	show_button(show, &reload, "reload", game->round);
	show_button(show, &shoot, "shoot", game->round);
	show_button(show, &shield, "shield", game->round);
}

static void show(struct show *show)
{
	struct bullets game;
	if (!bullets_parse(show->match->state, &game))
		return;
	if (!show->match->over) {
		show_open(show, &game);
		return;
	}
	show_choices(show, game.chosen[game.round - 1]);
	show_ends(show);
}

static const struct face_move moves[] = {
	{"reload", TEXT_BULLETS_RELOAD},
	{"shoot", TEXT_BULLETS_SHOOT},
	{"shield", TEXT_BULLETS_SHIELD},
};

const struct game_face face_bullets = {.emoji = "🕴️",
	.title = TEXT_BULLETS_TITLE,
	.show = show,
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

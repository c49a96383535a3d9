/* /jeu duel: an even chance, decided at acceptance. */
#include "besace/domain/duel.h"

#include "besace/play/challenge.h"
#include "besace/play/face.h"
#include "besace/play/flow.h"
#include "besace/play/own_seed.h"
#include "besace/play/stake.h"
#include "games.h"

static bool accept_draw(void *ctx, json_t *facts, const char *member, enum verdict *out)
{
	struct fair_draws draws;
	own_seed_join(facts, member);
	if (!own_seed_draws(ctx, facts, SIDE_COUNT, SIDE_COUNT, &draws))
		return false;
	*out = verdict_for(duel_winner(&draws.draws));
	fair_draws_end(&draws);
	return true;
}

/* ---- Showing */

static void show(struct show *show)
{
	if (show->match->over && show->match->accepted)
		show_ends(show);
	own_seed_show(show);
}

const struct game_face face_duel = {
	.emoji = "⚔️", .title = TEXT_DUEL_TITLE, .show = show, .accept_draw = accept_draw};

/* ---- The command */

const struct command command_duel = {
	.type = COMMAND_CHAT_INPUT,
	.name = TEXT_DUEL_NAME,
	.description = TEXT_DUEL_DESCRIPTION,
	.options = challenge_options,
	.option_count = CHALLENGE_OPTIONS,
	.ask = challenge_ask,
	.answer = flow_answer,
	.complete_ask = stake_complete_ask,
	.complete_answer = stake_complete_answer,
	.button_prefix = "duel",
	.press_ask = challenge_press_ask,
	.press_answer = flow_answer,
};

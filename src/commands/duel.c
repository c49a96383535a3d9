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
	json_object_set_new(facts, "phrase", json_integer(duel_phrase(&draws.draws)));
	fair_draws_end(&draws);
	return true;
}

/* ---- Showing */

#define PHRASE(number) TEXT_DUEL_PHRASE_##number
static const enum text phrases[] = {PHRASE(1), PHRASE(2), PHRASE(3), PHRASE(4), PHRASE(5),
	PHRASE(6), PHRASE(7), PHRASE(8), PHRASE(9), PHRASE(10), PHRASE(11), PHRASE(12)};
_Static_assert(ARRAY_LEN(phrases) == DUEL_PHRASES, "each that can be drawn is there");
#undef PHRASE

/* The sentence that was drawn. */
static void show(struct show *show)
{
	const struct match *match = show->match;
	const struct match_end *end = match_end_of(match, &match->owner);
	json_int_t phrase = json_integer_value(json_object_get(match->facts, "phrase"));
	if (!end || !end->played || phrase < 0 || phrase >= DUEL_PHRASES)
		return;
	bool owner_won = end->result == RESULT_WIN;
	show_line(show,
		text_fill(show->ctx, show->language, phrases[phrase], "winner",
			show_name(show, owner_won ? &match->owner : &match->opponent), "loser",
			show_name(show, owner_won ? &match->opponent : &match->owner), NULL));
}

const struct game_face face_duel = {.emoji = "⚔️",
	.title = TEXT_DUEL_TITLE,
	.show = show,
	.dare = TEXT_DUEL_DARE,
	.rule = TEXT_DUEL_RULE,
	.accept_draw = accept_draw};

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

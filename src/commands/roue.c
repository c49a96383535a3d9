/* /casino roue: a stake on a colour. */
#include <talloc.h>

#include "besace/base/memory.h"
#include "besace/domain/wheel.h"
#include "besace/engine/invocation.h"
#include "besace/play/casino.h"
#include "besace/play/face.h"
#include "besace/play/flow.h"
#include "besace/play/match_json.h"
#include "besace/play/proof.h"
#include "besace/play/stake.h"
#include "games.h"

static const struct {
	enum text name;
	const char *emoji;
} colours[WHEEL_COLOURS] = {
	[WHEEL_GREEN] = {TEXT_WHEEL_GREEN, "🟢"},
	[WHEEL_RED] = {TEXT_WHEEL_RED, "🔴"},
	[WHEEL_BLACK] = {TEXT_WHEEL_BLACK, "⚫"},
};

static bool is_bet(const char *bet)
{
	enum wheel_colour colour;
	return wheel_colour_parse(bet, &colour);
}

static json_t *draw(struct draws *draws, const struct casino_play *play, json_t *facts)
{
	enum wheel_colour bet;
	int32_t credit = 0;
	int pocket = wheel_spin(draws);
	if (wheel_colour_parse(play->bet, &bet))
		credit = wheel_credit(bet, pocket, play->stake);
	json_t *end = match_end_json(GAME_WHEEL, play->user, NULL, play->stake, credit);
	proof_put(end, facts);
	json_object_set_new(facts, "pocket", json_integer(pocket));
	return must(json_pack("{s:o, s:[o]}", "facts", facts, "ends", end));
}

static const struct casino_game casino = {.factor_max = 36, .draw = draw, .is_bet = is_bet};

static char *colour_text(const struct show *show, enum wheel_colour colour)
{
	return must(talloc_asprintf(show->ctx, "%s %s", colours[colour].emoji,
		text_get(show->language, colours[colour].name)));
}

static void show(struct show *show)
{
	enum wheel_colour bet;
	int pocket = (int)json_integer_value(json_object_get(show->match->facts, "pocket"));
	if (!wheel_colour_parse(show_fact(show, "bet"), &bet))
		return;
	enum wheel_colour colour = wheel_colour_of(pocket);
	show->reply->title = NULL; /* the pocket is larger */
	show_line(show, text_fill(show->ctx, show->language, TEXT_WHEEL_RESULT, "emoji",
				colours[colour].emoji, "pocket", show_number(show, pocket),
				"colour", text_get(show->language, colours[colour].name), NULL));
	show_line(show,
		text_fill(show->ctx, show->language,
			casino_is_lost(show) ? TEXT_WHEEL_MISSED : TEXT_WHEEL_STAKED, "outcome",
			casino_outcome(show), "member", show_name(show, &show->match->owner),
			"stake", show_number(show, show->match->stake), "bet",
			colour_text(show, bet), NULL));
	casino_show_end(show);
}

const struct game_face face_wheel = {
	.emoji = "🎡", .title = TEXT_WHEEL_TITLE, .show = show, .casino = &casino};

static enum step ask(struct invocation *invocation, struct db_call *out)
{
	return casino_ask(invocation, invocation_string(invocation, "couleur", ""), out);
}

static const struct command_choice choices[] = {
	{TEXT_WHEEL_RED, "rouge"},
	{TEXT_WHEEL_BLACK, "noir"},
	{TEXT_WHEEL_GREEN, "vert"},
};

static const struct command_option options[] = {
	STAKE_OPTION,
	{.name = TEXT_WHEEL_COLOUR_NAME,
		.description = TEXT_WHEEL_COLOUR_DESCRIPTION,
		.type = OPTION_STRING,
		.required = true,
		.choices = choices,
		.choice_count = 3},
};

const struct command command_wheel = {
	.type = COMMAND_CHAT_INPUT,
	.name = TEXT_WHEEL_NAME,
	.description = TEXT_WHEEL_DESCRIPTION,
	.options = options,
	.option_count = 2,
	.ask = ask,
	.answer = flow_answer,
	.complete_ask = stake_complete_ask,
	.complete_answer = stake_complete_answer,
	.button_prefix = "roue",
	.press_ask = casino_press_ask,
	.press_answer = flow_answer,
	.submit_ask = casino_submit_ask,
	.submit_answer = flow_answer,
};

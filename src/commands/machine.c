/* /casino machine: three reels. */
#include <talloc.h>

#include "besace/base/memory.h"
#include "besace/domain/slots.h"
#include "besace/play/casino.h"
#include "besace/play/face.h"
#include "besace/play/flow.h"
#include "besace/play/match_json.h"
#include "besace/play/proof.h"
#include "besace/play/stake.h"
#include "games.h"

static json_t *draw(struct draws *draws, const struct casino_play *play, json_t *facts)
{
	struct reels reels = slots_pull(draws);
	json_t *end = match_end_json(
		GAME_SLOTS, play->user, NULL, play->stake, slots_credit(&reels, play->stake));
	if (slots_jackpot(&reels))
		json_object_set_new(end, "item", json_string(item_type(ITEM_JACKPOT)));
	proof_put(end, facts);
	json_object_set_new(facts, "reels", json_string(slots_format(&reels).text));
	return must(json_pack("{s:o, s:[o]}", "facts", facts, "ends", end));
}

static const struct casino_game casino = {.factor_max = 100, .draw = draw};

/* What won, and what it brought. */
static char *result_text(struct show *show, const struct reels *reels)
{
	const char *outcome = casino_outcome(show);
	if (casino_is_lost(show))
		return text_fill(show->ctx, show->language, TEXT_SLOTS_MISSED, "outcome", outcome,
			"member", show_name(show, &show->match->owner), NULL);
	bool three = reels->at[0] == reels->at[1] && reels->at[1] == reels->at[2];
	return text_fill(show->ctx, show->language, TEXT_SLOTS_RESULT, "what",
		text_get(show->language, three ? TEXT_SLOTS_THREE : TEXT_SLOTS_PAIR), "outcome",
		outcome, NULL);
}

static void show(struct show *show)
{
	struct reels reels;
	if (!slots_parse(show_fact(show, "reels"), &reels))
		return;
	show->reply->title = NULL; /* the symbols are larger */
	show_line(show, must(talloc_asprintf(show->ctx, "# %s %s %s", symbol_emoji(reels.at[0]),
				symbol_emoji(reels.at[1]), symbol_emoji(reels.at[2]))));
	show_line(show, result_text(show, &reels));
	if (slots_jackpot(&reels)) {
		show_line(show, text_get(show->language, TEXT_SLOTS_JACKPOT));
		show->reply->colour = COLOUR_GOLD;
	}
	casino_show_end(show);
}

const struct game_face face_slots = {
	.emoji = "🎰", .title = TEXT_SLOTS_TITLE, .show = show, .casino = &casino};

static enum step ask(struct invocation *invocation, struct db_call *out)
{
	return casino_ask(invocation, "", out);
}

static const struct command_option options[] = {
	STAKE_OPTION,
};

const struct command command_slots = {
	.type = COMMAND_CHAT_INPUT,
	.name = TEXT_SLOTS_NAME,
	.description = TEXT_SLOTS_DESCRIPTION,
	.options = options,
	.option_count = 1,
	.ask = ask,
	.answer = flow_answer,
	.complete_ask = stake_complete_ask,
	.complete_answer = stake_complete_answer,
	.button_prefix = "machine",
	.press_ask = casino_press_ask,
	.press_answer = flow_answer,
	.submit_ask = casino_submit_ask,
	.submit_answer = flow_answer,
};

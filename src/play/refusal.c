/* The sentences of refused plays and presses, and the buttons that help. */
#include "refusal.h"

#include <inttypes.h>
#include <string.h>
#include <talloc.h>

#include "besace/base/memory.h"
#include "besace/play/casino.h"
#include "besace/play/face.h"
#include "besace/play/flow.h"

/* The words that decide functions and routines record (flow_refuse), and what they say. */
static const struct {
	const char *word;
	enum text text;
} refusals[] = {
	{"not_yours", TEXT_NOT_YOURS},
	{"not_member", TEXT_NOT_MEMBER},
	{"not_owner", TEXT_MATCH_NOT_OWNER},
	{"not_turn", TEXT_MATCH_NOT_TURN},
	{"chosen", TEXT_MATCH_CHOSEN},
	{"no_bullet", TEXT_MATCH_NO_BULLET},
	{"stale", TEXT_MATCH_STALE},
	{"amount", TEXT_MATCH_AMOUNT},
	{"table_drawing", TEXT_MATCH_TABLE_DRAWING},
	{"table_full", TEXT_MATCH_TABLE_FULL},
};

/* A choice that stands is recorded with its move: "chosen_rock". */
#define CHOSEN "chosen_"

static const char *chosen_move(const struct match_outcome *outcome)
{
	return strncmp(outcome->word, CHOSEN, strlen(CHOSEN)) == 0 ? outcome->word + strlen(CHOSEN)
								   : NULL;
}

static enum text refusal_text(const struct match_outcome *outcome)
{
	switch (outcome->refusal) {
	case MATCH_ENDED:
	case MATCH_DONE:
		return TEXT_MATCH_ENDED;
	case MATCH_PLAYING:
	case MATCH_CROSSED: /* with their boards: flow.c */
		return TEXT_MATCH_PLAYING_HERE;
	case MATCH_BALANCE:
		return TEXT_MATCH_BALANCE;
	case MATCH_OPPONENT_BALANCE:
		return TEXT_MATCH_OPPONENT_BALANCE;
	case MATCH_BALANCE_FULL:
		return TEXT_MATCH_BALANCE_FULL;
	case MATCH_DISABLED:
		return TEXT_MATCH_DISABLED;
	case MATCH_CHANNEL:
		return TEXT_MATCH_CHANNEL;
	case MATCH_RANGE:
		return TEXT_MATCH_RANGE;
	case MATCH_PAUSE:
		return TEXT_MATCH_PAUSE;
	case MATCH_LOSS:
		return outcome->own_limit ? TEXT_MATCH_LOSS_OWN : TEXT_MATCH_LOSS;
	case MATCH_OTHER:
		break;
	}
	if (chosen_move(outcome))
		return TEXT_MATCH_CHOSEN;
	for (size_t i = 0; i < ARRAY_LEN(refusals); i++)
		if (strcmp(refusals[i].word, outcome->word) == 0)
			return refusals[i].text;
	return TEXT_UNKNOWN_BUTTON;
}

/* "<#1>, <#2>". */
static char *mention_channels(void *ctx, const json_t *ids)
{
	size_t i;
	const json_t *id;
	char *text = must(talloc_strdup(ctx, ""));
	json_array_foreach (ids, i, id)
		text = must(talloc_asprintf_append_buffer(
			text, "%s<#%s>", i ? ", " : "", json_string_value(id)));
	return text;
}

/* ---- Buttons that help */

/* Plays the same for STAKE. */
static void offer_stake(struct invocation *invocation, int32_t stake)
{
	enum language language = invocation_own_language(invocation);
	struct custom_id id = flow_of(invocation)->again;
	if (*id.action.text == '\0' || !stake_is_possible(stake))
		return;
	id.number = stake;
	reply_add_button(&invocation->reply,
		(struct button){.style = BUTTON_SUCCESS,
			.label = text_fill(invocation->ctx, language, TEXT_PLAY_FOR, "stake",
				text_number(invocation->ctx, language, stake), NULL),
			.custom_id = invocation_custom_id(invocation, id)});
}

/* The highest stake up to LIMIT that the outcome's balance and bounds allow; 0: there is none. */
static int32_t affordable(const struct match_outcome *outcome, int32_t limit)
{
	int32_t stake = outcome->stake_max;
	if (stake > outcome->balance)
		stake = outcome->balance;
	if (stake > limit)
		stake = limit;
	return stake >= outcome->stake_min ? stake : 0;
}

/* Opens the form again whose amount was not understood. */
static void offer_form(struct invocation *invocation)
{
	enum language language = invocation_own_language(invocation);
	struct custom_id id = flow_of(invocation)->again;
	if (strcmp(id.action.text, CASINO_AGAIN) != 0)
		return;
	id.action = custom_id_word(CASINO_OTHER);
	id.number = CUSTOM_ID_NO_NUMBER;
	reply_add_button(
		&invocation->reply, (struct button){.style = BUTTON_PRIMARY,
					    .label = text_get(language, TEXT_CASINO_OTHER),
					    .emoji = "✏️",
					    .custom_id = invocation_custom_id(invocation, id)});
}

/* The daily gift (commands/cadeau.c), where there is one. */
static void offer_gift(struct invocation *invocation)
{
	if (invocation->wording.no_gift)
		return;
	enum language language = invocation_own_language(invocation);
	reply_add_button(&invocation->reply, (struct button){.style = BUTTON_SECONDARY,
						     .label = text_get(language, TEXT_PLAY_GIFT),
						     .emoji = "🎁",
						     .custom_id = invocation_custom_id(invocation,
							     custom_id_make("cadeau", "take"))});
}

static void offer(struct invocation *invocation, const struct match_outcome *outcome)
{
	int32_t highest = affordable(outcome, outcome->stake_max);
	switch (outcome->refusal) {
	case MATCH_BALANCE:
		offer_stake(invocation, highest);
		offer_gift(invocation);
		break;
	case MATCH_RANGE:
		if (highest > outcome->stake_min)
			offer_stake(invocation, outcome->stake_min);
		offer_stake(invocation, highest);
		break;
	case MATCH_LOSS:
		offer_stake(invocation, affordable(outcome, outcome->left));
		break;
	default:
		if (strcmp(outcome->word, "amount") == 0)
			offer_form(invocation);
		break;
	}
}

enum step match_refuse(struct invocation *invocation, const struct match_outcome *outcome)
{
	void *ctx = invocation->ctx;
	enum language language = invocation_own_language(invocation);
	enum text text = refusal_text(outcome);
	const char *move = chosen_move(outcome);
	invocation_refuse(invocation, text,
		text_fill(ctx, language, text, "balance",
			text_number(ctx, language, outcome->balance), "missing",
			text_number(ctx, language, outcome->stake - outcome->balance), "stake",
			text_number(ctx, language, outcome->stake), "min",
			text_number(ctx, language, outcome->stake_min), "max",
			text_number(ctx, language, outcome->stake_max), "left",
			text_number(ctx, language, outcome->left), "expires", "", "choice",
			move ? game_move_name(flow_of(invocation)->game, language, move) : "",
			"until", must(talloc_asprintf(ctx, "<t:%" PRId64 ":R>", outcome->until_s)),
			"channels", mention_channels(ctx, outcome->channels), NULL));
	offer(invocation, outcome);
	return STEP_REPLY;
}

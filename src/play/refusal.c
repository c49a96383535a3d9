/* The sentences of refused plays and presses. */
#include "refusal.h"

#include <string.h>

/* The words that decide functions record (flow_refuse), and what they say. {least} and {most} are
 * the bounds of the stake. */
static const struct {
	const char *word;
	enum text text;
} refusals[] = {
	{"not_yours", TEXT_NOT_YOURS},
	{"not_owner", TEXT_MATCH_NOT_OWNER},
	{"not_turn", TEXT_MATCH_NOT_TURN},
	{"chosen", TEXT_MATCH_CHOSEN},
	{"no_bullet", TEXT_MATCH_NO_BULLET},
	{"stale", TEXT_MATCH_STALE},
	{"range", TEXT_MATCH_RANGE},
	{"amount", TEXT_MATCH_AMOUNT},
	{"table_drawing", TEXT_MATCH_TABLE_DRAWING},
	{"table_full", TEXT_MATCH_TABLE_FULL},
};

static enum text refusal_text(const struct match_outcome *outcome)
{
	switch (outcome->refusal) {
	case MATCH_ENDED:
	case MATCH_DONE:
		return TEXT_MATCH_ENDED;
	case MATCH_PLAYING:
		return TEXT_MATCH_PLAYING;
	case MATCH_BALANCE:
		return TEXT_MATCH_BALANCE;
	case MATCH_OPPONENT_BALANCE:
		return TEXT_MATCH_OPPONENT_BALANCE;
	case MATCH_BALANCE_FULL:
		return TEXT_MATCH_PURSE_FULL;
	case MATCH_OTHER:
		break;
	}
	for (size_t i = 0; i < ARRAY_LEN(refusals); i++)
		if (strcmp(refusals[i].word, outcome->word) == 0)
			return refusals[i].text;
	return TEXT_UNKNOWN_BUTTON;
}

enum step match_refuse(
	struct invocation *invocation, enum game game, const struct match_outcome *outcome)
{
	enum language language = invocation_private_language(invocation);
	const struct game_rules *rules = game_rules(game);
	return invocation_refuse(invocation,
		text_fill(invocation->ctx, language, refusal_text(outcome), "balance",
			text_number(invocation->ctx, language, outcome->balance), "least",
			text_number(invocation->ctx, language, rules->stake_min), "most",
			text_number(invocation->ctx, language, rules->stake_max), NULL));
}

/* The sentences of refused plays and presses. */
#include "refusal.h"

#include <inttypes.h>
#include <string.h>
#include <talloc.h>

#include "besace/base/memory.h"

/* The words that decide functions record (flow_refuse), and what they say. */
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

enum step match_refuse(struct invocation *invocation, const struct match_outcome *outcome)
{
	void *ctx = invocation->ctx;
	enum language language = invocation_own_language(invocation);
	enum text why = refusal_text(outcome);
	return invocation_refuse(invocation, why,
		text_fill(ctx, language, why, "balance",
			text_number(ctx, language, outcome->balance), "min",
			text_number(ctx, language, outcome->stake_min), "max",
			text_number(ctx, language, outcome->stake_max), "left",
			text_number(ctx, language, outcome->left), "until",
			must(talloc_asprintf(ctx, "<t:%" PRId64 ":R>", outcome->until_s)),
			"channels", mention_channels(ctx, outcome->channels), NULL));
}

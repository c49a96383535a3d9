/* Suggests stakes: what was typed, the least, a tenth, half, all of the balance. */
#include "besace/play/stake.h"

#include <talloc.h>

#include "besace/base/memory.h"
#include "besace/domain/amount.h"

/* Somebody whom Besace has never seen would begin with this. */
#define BALANCE_AT_FIRST 25

enum step stake_complete_ask(struct invocation *invocation, struct db_call *out)
{
	return flow_start(invocation, (struct flow){.game = match_game(invocation)}, out);
}

static const char *choice_name(
	struct invocation *invocation, enum language language, const struct suggestion *suggestion)
{
	static const enum text notes[] = {[SUGGEST_LEAST] = TEXT_STAKE_LEAST,
		[SUGGEST_TENTH] = TEXT_STAKE_TENTH,
		[SUGGEST_HALF] = TEXT_STAKE_HALF,
		[SUGGEST_ALL] = TEXT_STAKE_ALL,
		[SUGGEST_MOST] = TEXT_STAKE_MOST};
	char *amount = text_number(invocation->ctx, language, suggestion->amount);
	if (suggestion->kind == SUGGEST_TYPED)
		return must(talloc_asprintf(invocation->ctx, "%s LC", amount));
	return must(talloc_asprintf(invocation->ctx, "%s LC (%s)", amount,
		text_get(language, notes[suggestion->kind])));
}

enum step stake_complete_answer(struct invocation *invocation, const struct db_rows *rows)
{
	const struct game_rules *rules = game_rules(flow_of(invocation)->game);
	const struct option *focused = interaction_focused(invocation->in);
	struct match_look look;
	struct suggestion suggestions[SUGGESTIONS_MOST];
	if (matches_look_read(invocation->ctx, rows, &look))
		return STEP_BROKEN;
	size_t count = amount_suggest(focused ? focused->text : NULL,
		look.known ? look.balance : BALANCE_AT_FIRST, rules->least, rules->most,
		suggestions);
	enum language language = text_language(invocation->in->locale);
	for (size_t i = 0; i < count; i++)
		reply_add_choice(&invocation->reply,
			(struct choice){.name = choice_name(invocation, language, &suggestions[i]),
				.number = suggestions[i].amount});
	return STEP_REPLY;
}

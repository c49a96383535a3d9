/* Reads the stake beside a command; suggests some: what is typed so far, round ones, half, all of
 * the balance. */
#include "besace/play/stake.h"

#include <talloc.h>

#include "besace/base/memory.h"
#include "besace/base/unit.h"
#include "besace/domain/amount.h"
#include "besace/domain/game.h"
#include "besace/engine/invocation.h"
#include "besace/play/match_button.h"
#include "besace/store/matches.h"

int32_t stake_given(const struct invocation *invocation)
{
	int64_t stake = invocation_integer(invocation, "mise", 0);
	return stake < STAKE_ALLOWED_MIN   ? STAKE_ALLOWED_MIN - 1
	       : stake > STAKE_ALLOWED_MAX ? STAKE_ALLOWED_MAX + 1
					   : (int32_t)stake;
}

enum step stake_complete_ask(struct invocation *invocation, struct db_call *out)
{
	struct match_query query = {0};
	if (!match_game(invocation, &query.game))
		return STEP_BROKEN;
	matches_look_call(invocation->ctx, &invocation->in->id, &invocation->asker, &query, out);
	return STEP_CALL;
}

static const char *choice_name(
	struct invocation *invocation, enum language language, const struct suggestion *suggestion)
{
	static const enum text notes[] = {[SUGGEST_MIN] = TEXT_STAKE_LOWEST,
		[SUGGEST_HALF] = TEXT_STAKE_HALF,
		[SUGGEST_ALL] = TEXT_STAKE_ALL,
		[SUGGEST_MAX] = TEXT_STAKE_HIGHEST};
	char *amount = text_number(invocation->ctx, language, suggestion->amount);
	if (suggestion->kind == SUGGEST_TYPED || suggestion->kind == SUGGEST_ROUND)
		return must(talloc_asprintf(invocation->ctx, "%s " UNIT_MARK, amount));
	return must(talloc_asprintf(invocation->ctx, "%s " UNIT_MARK " (%s)", amount,
		text_get(language, notes[suggestion->kind])));
}

enum step stake_complete_answer(struct invocation *invocation, const struct db_rows *rows)
{
	const struct option *focused = interaction_focused(invocation->in);
	struct match_look look;
	struct suggestion suggestions[SUGGESTIONS_MAX];
	if (matches_look_read(invocation->ctx, rows, &look))
		return STEP_BROKEN;
	size_t count = amount_suggest(focused ? focused->text : NULL, look.balance, look.stake_min,
		look.stake_max, suggestions);
	enum language language = text_language(invocation->in->locale);
	for (size_t i = 0; i < count; i++)
		reply_add_choice(&invocation->reply,
			(struct choice){.name = choice_name(invocation, language, &suggestions[i]),
				.number = suggestions[i].amount});
	return STEP_REPLY;
}

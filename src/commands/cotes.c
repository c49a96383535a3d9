/* /casino cotes: the odds, computed from the tables that the games draw from. */
#include <talloc.h>

#include "besace/base/memory.h"
#include "besace/domain/blackjack.h"
#include "besace/domain/odds.h"
#include "besace/domain/slots.h"
#include "besace/domain/wheel.h"
#include "besace/engine/invocation.h"
#include "games.h"

/* Below this, in ten-thousandths, two decimals say next to nothing. */
#define RARE 10

static char *chance(void *ctx, enum language language, const struct odds *odds, size_t row)
{
	int ten_thousandths = odds_chance(odds, row);
	if (ten_thousandths >= RARE)
		return text_percent(ctx, language, ten_thousandths, 2);
	uint64_t millionths = (odds->rows[row].ways * 1000000 + odds->total / 2) / odds->total;
	return text_percent(ctx, language, (int64_t)millionths, 4);
}

/* The factor of a stake: "×36", "×1,5". */
static char *times(void *ctx, enum language language, int halves)
{
	char *factor = halves % 2 == 0 ? text_decimal(ctx, language, halves / 2, 0)
				       : text_decimal(ctx, language, 5 * halves, 1);
	return must(talloc_asprintf(ctx, "×%s", factor));
}

static void add_row(void *ctx, enum language language, char **lines, const char *name,
	const struct odds *odds, size_t row)
{
	*lines = must(talloc_asprintf_append_buffer(*lines, "%s%s · %s · **%s**",
		**lines ? "\n" : "", name, chance(ctx, language, odds, row),
		times(ctx, language, odds->rows[row].halves)));
}

static void add_return(void *ctx, enum language language, char **lines, const struct odds *odds)
{
	int back = odds_return(odds);
	*lines = must(talloc_asprintf_append_buffer(*lines, "\n%s",
		text_fill(ctx, language, TEXT_ODDS_RETURN, "percent",
			text_percent(ctx, language, back, 2), NULL)));
}

static void add_wheel(struct invocation *invocation, enum language language)
{
	struct odds odds;
	char *lines = must(talloc_strdup(invocation->ctx, ""));
	wheel_odds(WHEEL_GREEN, &odds);
	add_row(invocation->ctx, language, &lines, text_get(language, TEXT_ODDS_WHEEL_GREEN), &odds,
		0);
	add_return(invocation->ctx, language, &lines, &odds);
	wheel_odds(WHEEL_RED, &odds);
	add_row(invocation->ctx, language, &lines, text_get(language, TEXT_ODDS_WHEEL_OTHER), &odds,
		0);
	add_return(invocation->ctx, language, &lines, &odds);
	reply_add_block(&invocation->reply, text_get(language, TEXT_WHEEL_TITLE), lines);
}

static const char *slots_name(void *ctx, enum language language, int what)
{
	if (what == SLOTS_PAIR)
		return text_get(language, TEXT_ODDS_SLOTS_PAIR);
	if (what == SLOTS_NOTHING)
		return text_get(language, TEXT_ODDS_NOTHING);
	const char *emoji = symbol_emoji((enum symbol)what);
	return must(talloc_asprintf(ctx, "%s%s%s", emoji, emoji, emoji));
}

static void add_slots(struct invocation *invocation, enum language language)
{
	struct odds odds;
	char *lines = must(talloc_strdup(invocation->ctx, ""));
	slots_odds(&odds);
	for (size_t i = 0; i < odds.count; i++)
		add_row(invocation->ctx, language, &lines,
			slots_name(invocation->ctx, language, odds.rows[i].what), &odds, i);
	add_return(invocation->ctx, language, &lines, &odds);
	reply_add_block(&invocation->reply, text_get(language, TEXT_SLOTS_TITLE), lines);
}

static enum text blackjack_name(int what)
{
	switch (what) {
	case BLACKJACK_NATURAL:
		return TEXT_ODDS_BLACKJACK_NATURAL;
	case BLACKJACK_HIGHER:
		return TEXT_ODDS_BLACKJACK_WON;
	case BLACKJACK_EQUAL:
		return TEXT_ODDS_BLACKJACK_PUSH;
	default:
		return TEXT_ODDS_NOTHING;
	}
}

static void add_blackjack(struct invocation *invocation, enum language language)
{
	struct odds odds;
	char *lines = must(talloc_strdup(invocation->ctx, ""));
	blackjack_odds(&odds);
	for (size_t i = 0; i < odds.count; i++)
		add_row(invocation->ctx, language, &lines,
			text_get(language, blackjack_name(odds.rows[i].what)), &odds, i);
	add_return(invocation->ctx, language, &lines, &odds);
	lines = must(talloc_asprintf_append_buffer(
		lines, "\n%s", text_get(language, TEXT_ODDS_BLACKJACK_NOTE)));
	reply_add_block(&invocation->reply, text_get(language, TEXT_BLACKJACK_TITLE), lines);
}

static enum step ask(struct invocation *invocation, struct db_call *out)
{
	enum language language = invocation_open_reply(invocation, true);
	invocation->reply.title = text_get(language, TEXT_ODDS_TITLE);
	invocation->reply.description = text_get(language, TEXT_ODDS_INTRO);
	add_wheel(invocation, language);
	add_slots(invocation, language);
	add_blackjack(invocation, language);
	invocation->reply.footer = text_get(language, TEXT_ODDS_FOOTER);
	return invocation_meet(invocation, out);
}

const struct command command_odds = {
	.type = COMMAND_CHAT_INPUT,
	.name = TEXT_ODDS_NAME,
	.description = TEXT_ODDS_DESCRIPTION,
	.ephemeral = true,
	.ask = ask,
	.answer = invocation_met,
};

/* /casino blackjack: one deck, the member against the dealer. */
#include "besace/domain/blackjack.h"

#include <string.h>
#include <talloc.h>

#include "besace/base/memory.h"
#include "besace/engine/invocation.h"
#include "besace/play/casino.h"
#include "besace/play/face.h"
#include "besace/play/flow.h"
#include "besace/play/match_json.h"
#include "besace/play/proof.h"
#include "besace/play/stake.h"
#include "games.h"

/* ---- Playing */

/* What GAME, which is over, brings USER; FACTS are the match's. */
static json_t *end_json(const struct blackjack *game, const struct snowflake *user, int32_t stake,
	const json_t *facts)
{
	json_t *end =
		match_end_json(GAME_BLACKJACK, user, NULL, stake, blackjack_credit(game, stake));
	proof_put(end, facts);
	return end;
}

static json_t *state_json(const struct blackjack *game)
{
	struct game_state state;
	blackjack_format(game, &state);
	return must(json_string(state.text));
}

/* GAME at its end when the member presses nothing more: the hand stands by itself. */
static struct blackjack stood(const struct blackjack *game)
{
	struct blackjack copy = *game;
	/* False only for a hand that is over: it stays as it is. */
	(void)!blackjack_move(&copy, BLACKJACK_STAND);
	return copy;
}

static json_t *draw(struct draws *draws, const struct casino_play *play, json_t *facts)
{
	struct blackjack game;
	blackjack_deal(&game, draws);
	struct blackjack end = stood(&game);
	json_t *ends = must(json_pack("[o]", end_json(&end, play->user, play->stake, facts)));
	json_t *drawn = must(json_pack("{s:o, s:o}", "facts", facts, "state", state_json(&game)));
	json_object_set_new(drawn, game.over ? "ends" : "expiry", ends);
	if (!game.over)
		json_object_set_new(drawn, "expires_s", json_integer(BLACKJACK_SECONDS));
	return drawn;
}

static const struct casino_game casino = {.factor_max = 3, .draw = draw};

/* MOVE on the game that was looked at. */
static enum step press(struct invocation *invocation, const struct match *match,
	const struct blackjack *was, enum blackjack_move move)
{
	struct blackjack game = *was;
	if (!blackjack_move(&game, move))
		return flow_refuse(invocation, "stale");
	struct blackjack end = stood(&game);
	json_t *ends =
		must(json_pack("[o]", end_json(&end, &match->owner, match->stake, match->facts)));
	json_t *act = must(json_pack("{s:o, s:o, s:s, s:o}", "state", state_json(&game), "message",
		match_message_json(invocation), "why", "played", game.over ? "ends" : "expiry",
		ends));
	if (!game.over)
		json_object_set_new(act, "expires_s", json_integer(BLACKJACK_SECONDS));
	return flow_press(invocation, match, act);
}

static enum step decide(struct invocation *invocation, const struct match_look *look)
{
	const struct match *match = look->match;
	const struct custom_id *button = &flow_of(invocation)->button;
	const char *action = button->action.text;
	struct blackjack game;
	if (!match)
		return flow_refuse(invocation, "ended");
	if (match->game != GAME_BLACKJACK || !blackjack_parse(match->state, &game))
		return flow_refuse(invocation, "stale");
	if (!snowflake_equal(&match->owner, &invocation->in->user.id))
		return flow_refuse(invocation, "not_yours");
	/* Which card is the next is told by the button: a second press on the same one is late. */
	if (button->number >= 0 && button->number < game.drawn)
		return flow_show(invocation, match);
	if (button->number != game.drawn)
		return flow_refuse(invocation, "stale");
	if (strcmp(action, "hit") == 0)
		return press(invocation, match, &game, BLACKJACK_HIT);
	return strcmp(action, "stand") == 0 ? press(invocation, match, &game, BLACKJACK_STAND)
					    : flow_refuse(invocation, "stale");
}

static enum step press_ask(struct invocation *invocation, struct db_call *out)
{
	struct flow flow = {.game = GAME_BLACKJACK, .decide = decide, .updates = true};
	if (!invocation_read_custom_id(invocation, &flow.button) || !*flow.button.subject.text ||
		proof_is_asked(&flow.button))
		return casino_press_ask(invocation, out);
	flow.id = flow.button.subject.text;
	return flow_start(invocation, flow, out);
}

/* ---- Showing */

static char *card_text(const struct show *show, uint8_t card)
{
	static const enum text courts[] = {TEXT_CARD_JACK, TEXT_CARD_QUEEN, TEXT_CARD_KING};
	int rank = card_rank(card);
	const char *sign = card_suit_sign(card);
	if (rank == 1)
		return must(talloc_asprintf(show->ctx, "A%s", sign));
	if (rank > 10)
		return must(talloc_asprintf(
			show->ctx, "%s%s", text_get(show->language, courts[rank - 11]), sign));
	return must(talloc_asprintf(show->ctx, "%d%s", rank, sign));
}

/* "7 ou 17" while an ace may still count 11. */
static const char *total_text(const struct show *show, const struct hand *hand, bool is_open)
{
	if (!is_open || !hand->soft || hand->value == BLACKJACK_GOAL)
		return must(talloc_asprintf(show->ctx, "**%d**", hand->value));
	return text_fill(show->ctx, show->language, TEXT_BLACKJACK_SOFT, "low",
		show_number(show, hand->value - 10), "high", show_number(show, hand->value), NULL);
}

static void show_hand(struct show *show, const char *name, const struct hand *hand,
	const char *more, const char *total)
{
	char *cards = must(talloc_strdup(show->ctx, ""));
	for (int i = 0; i < hand->count; i++)
		cards = must(talloc_asprintf_append_buffer(
			cards, "%s`%s`", i ? " " : "", card_text(show, hand->cards[i])));
	show_line(show, text_fill(show->ctx, show->language, TEXT_BLACKJACK_HAND, "name", name,
				"cards", must(talloc_asprintf(show->ctx, "%s%s", cards, more)),
				"total", total, NULL));
}

static void show_hands(struct show *show, const struct hand *member, const struct hand *dealer)
{
	bool is_open = !show->match->over;
	show_hand(show, show_name(show, &show->match->owner), member, "",
		total_text(show, member, is_open));
	show_hand(show, text_get(show->language, TEXT_BLACKJACK_DEALER), dealer,
		is_open ? " `?`" : "", total_text(show, dealer, is_open));
}

static enum text end_text(enum blackjack_end end)
{
	static const enum text texts[] = {[BLACKJACK_NATURAL] = TEXT_BLACKJACK_NATURAL,
		[BLACKJACK_BOTH_NATURAL] = TEXT_BLACKJACK_BOTH_NATURAL,
		[BLACKJACK_BEYOND] = TEXT_BLACKJACK_BEYOND,
		[BLACKJACK_DEALER_BEYOND] = TEXT_BLACKJACK_DEALER_BEYOND,
		[BLACKJACK_HIGHER] = TEXT_BLACKJACK_HIGHER,
		[BLACKJACK_EQUAL] = TEXT_BLACKJACK_EQUAL,
		[BLACKJACK_LOWER] = TEXT_BLACKJACK_LOWER};
	return texts[end];
}

static void show_moves(struct show *show, const struct blackjack *game)
{
	static const struct show_button hit = {BUTTON_PRIMARY, TEXT_BLACKJACK_HIT, "🃏"},
					stand = {BUTTON_SECONDARY, TEXT_BLACKJACK_STAND, "✋"};
	show_title(show, text_fill(show->ctx, show->language, TEXT_BLACKJACK_OPEN, "stake",
				 show_number(show, show->match->stake), NULL));
	show_line(show, text_fill(show->ctx, show->language, TEXT_BLACKJACK_DUE, "expires",
				show_due(show), NULL));
	show_button(show, &hit, "hit", game->drawn);
	show_button(show, &stand, "stand", game->drawn);
	show_proof_button(show);
}

/* How it ended is the title; a hand that nobody played any more says so. */
static void show_result(struct show *show, const struct blackjack *game, const struct hand *member,
	const struct hand *dealer)
{
	const char *name = show_name(show, &show->match->owner);
	enum blackjack_end end = blackjack_end(game);
	char *title = text_fill(show->ctx, show->language, end_text(end), "member", name, "mine",
		show_number(show, member->value), "theirs", show_number(show, dealer->value), NULL);
	if (end == BLACKJACK_BEYOND)
		show->reply->title = title; /* it has a sign of its own */
	else
		show_title(show, title);
	show_line(show, text_fill(show->ctx, show->language, TEXT_CASINO_STAKED, "outcome",
				casino_outcome(show), "stake",
				show_number(show, show->match->stake), NULL));
	if (strcmp(show->match->why, "expired") == 0)
		show_line(show, text_fill(show->ctx, show->language, TEXT_MATCH_TIME_UP, "member",
					name, NULL));
	casino_show_end(show);
}

static void show(struct show *show)
{
	struct blackjack game;
	struct hand member, dealer;
	if (!blackjack_parse(show->match->state, &game))
		return;
	if (show->match->over)
		game = stood(&game);
	blackjack_member(&game, &member);
	blackjack_dealer(&game, &dealer);
	show_hands(show, &member, &dealer);
	if (show->match->over)
		show_result(show, &game, &member, &dealer);
	else
		show_moves(show, &game);
}

const struct game_face face_blackjack = {
	.emoji = "🃏", .title = TEXT_BLACKJACK_TITLE, .show = show, .casino = &casino};

/* ---- The command */

static enum step ask(struct invocation *invocation, struct db_call *out)
{
	return casino_ask(invocation, "", out);
}

static const struct command_option options[] = {
	STAKE_OPTION,
};

const struct command command_blackjack = {
	.type = COMMAND_CHAT_INPUT,
	.name = TEXT_BLACKJACK_NAME,
	.description = TEXT_BLACKJACK_DESCRIPTION,
	.options = options,
	.option_count = 1,
	.ask = ask,
	.answer = flow_answer,
	.complete_ask = stake_complete_ask,
	.complete_answer = stake_complete_answer,
	.button_prefix = "blackjack",
	.press_ask = press_ask,
	.press_answer = flow_answer,
	.submit_ask = casino_submit_ask,
	.submit_answer = flow_answer,
};

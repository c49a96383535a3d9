/* Plays against the house: the stake, the seeds, playing again. */
#include "besace/play/casino.h"

#include <string.h>
#include <talloc.h>

#include "besace/base/memory.h"
#include "besace/domain/amount.h"
#include "besace/engine/invocation.h"
#include "besace/play/face.h"
#include "besace/play/facts.h"
#include "besace/play/flow.h"
#include "besace/play/match_button.h"
#include "besace/play/proof.h"
#include "besace/play/stake.h"

/* Plays that are drawn ahead once another play of the same member was faster: as many counters as
 * requests of one member can be waiting. */
#define PLAYS_AHEAD 64

/* The modal's only field. */
#define STAKE_FIELD "mise"

/* ---- Playing */

/* What a play is proved by, as far as it is public before its seed is revealed. */
static json_t *facts_json(const struct invocation *invocation, const struct match_look *look,
	const char *bet, int64_t nonce)
{
	json_t *facts = match_facts(invocation, NULL);
	json_object_set_new(facts, "commit", json_string(fair_commit(&look->server).text));
	json_object_set_new(facts, "seed", json_string(look->member));
	json_object_set_new(facts, "nonce", json_integer(nonce));
	json_object_set_new(facts, "bet", json_string(bet));
	json_object_set_new(facts, "stake_max", json_integer(look->stake_max));
	return facts;
}

static json_t *draw_play(const struct invocation *invocation, const struct match_look *look,
	const struct casino_play *play, int64_t nonce)
{
	const struct casino_game *game = game_face(flow_of(invocation)->game)->casino;
	struct fair_draws draws;
	fair_draws_start(&draws, &look->server, &look->member, 1, (uint64_t)nonce);
	json_t *drawn =
		game->draw(&draws.draws, play, facts_json(invocation, look, play->bet, nonce));
	fair_draws_end(&draws);
	/* cppcheck-suppress returnDanglingLifetime ; what is drawn does not keep the draws */
	return drawn;
}

static enum step open_play(struct invocation *invocation, const struct match_look *look,
	const struct casino_play *play)
{
	const struct casino_game *game = game_face(flow_of(invocation)->game)->casino;
	int ahead = flow_of(invocation)->looks > 1 ? PLAYS_AHEAD : 1;
	json_t *plays = must(json_array());
	for (int64_t i = 0; i < ahead; i++)
		json_array_append_new(plays, draw_play(invocation, look, play, look->nonce + i));
	json_t *seeds = must(json_pack("{s:i, s:I}", "version", (int)look->seeds_version,
		"first_nonce", (json_int_t)look->nonce));
	return flow_open(invocation, play->stake, (int64_t)play->stake * game->factor_max, NULL,
		seeds, plays);
}

static enum step decide(struct invocation *invocation, const struct match_look *look)
{
	return open_play(invocation, look, flow_of(invocation)->play);
}

static enum step play(struct invocation *invocation, enum game game, int64_t stake, const char *bet,
	decide_fn *decider, struct db_call *out)
{
	struct casino_play *play = must(talloc(invocation->ctx, struct casino_play));
	*play = (struct casino_play){
		.user = &invocation->in->user.id, .stake = (int32_t)stake, .bet = bet};
	return flow_start(invocation,
		(struct flow){.game = game,
			.decide = decider,
			.draws = true,
			.play = play,
			.again = casino_id(
				game, play->user, bet, CASINO_AGAIN, CUSTOM_ID_NO_NUMBER)},
		out);
}

enum step casino_ask(struct invocation *invocation, const char *bet, struct db_call *out)
{
	enum game game;
	if (!match_game(invocation, &game))
		return STEP_BROKEN;
	return play(invocation, game, stake_given(invocation), bet, decide, out);
}

/* ---- Playing again */

struct custom_id casino_id(enum game game, const struct snowflake *owner, const char *bet,
	const char *action, int64_t stake)
{
	struct custom_id id = custom_id_make(game_rules(game)->type, action);
	id.owner = *owner;
	id.word = custom_id_word(bet);
	id.number = stake;
	return id;
}

/* Reads the button of a play that is over: of a game of the casino, on a bet that it has. */
static bool read_button(
	const struct invocation *invocation, enum game *out_game, struct custom_id *out)
{
	const struct casino_game *game =
		match_game(invocation, out_game) ? game_face(*out_game)->casino : NULL;
	if (!game || !invocation_read_custom_id(invocation, out) || !*out->owner.text)
		return false;
	return game->is_bet ? game->is_bet(out->word.text) : !*out->word.text;
}

/* The word of BUTTON, which outlives the step that read it. */
static char *bet_of(const struct invocation *invocation, const struct custom_id *button)
{
	return must(talloc_strdup(invocation->ctx, button->word.text));
}

static enum step ask_again(struct invocation *invocation, enum game game,
	const struct custom_id *button, struct db_call *out)
{
	if (!stake_is_possible(button->number))
		return invocation_refuse_text(invocation, TEXT_UNKNOWN_BUTTON);
	invocation_answer_anew(invocation);
	return play(invocation, game, button->number, bet_of(invocation, button), decide, out);
}

/* The form for another stake. It says which one this guild allows. */
static enum step show_form(struct invocation *invocation, const struct match_look *look)
{
	enum language language = invocation_own_language(invocation);
	const struct custom_id *button = &flow_of(invocation)->button;
	struct custom_id id = custom_id_make(button->command.text, "stake");
	id.owner = button->owner;
	id.word = button->word;
	char *description = text_fill(invocation->ctx, language, TEXT_STAKE_MODAL_DESCRIPTION,
		"min", text_number(invocation->ctx, language, look->stake_min), "max",
		text_number(invocation->ctx, language, look->stake_max), NULL);
	invocation->reply = (struct reply){.kind = REPLY_MODAL,
		.title = text_get(language, TEXT_STAKE_MODAL_TITLE),
		.custom_id = invocation_custom_id(invocation, id)};
	reply_add_input(&invocation->reply,
		(struct text_input){.custom_id = STAKE_FIELD,
			.label = text_get(language, TEXT_STAKE_MODAL_LABEL),
			.description = description,
			.placeholder = text_get(language, TEXT_STAKE_MODAL_HINT),
			.min = 1,
			.max = AMOUNT_TEXT_MAX});
	return STEP_REPLY;
}

static enum step ask_other(struct invocation *invocation, enum game game,
	const struct custom_id *button, struct db_call *out)
{
	invocation->opens_modal = true;
	return flow_start(invocation,
		(struct flow){.game = game, .decide = show_form, .button = *button}, out);
}

enum step casino_press_ask(struct invocation *invocation, struct db_call *out)
{
	enum game game;
	struct custom_id button;
	if (invocation_read_custom_id(invocation, &button) && proof_is_asked(&button))
		return proof_ask(invocation, &button, out);
	if (!read_button(invocation, &game, &button))
		return invocation_refuse_text(invocation, TEXT_UNKNOWN_BUTTON);
	if (!snowflake_equal(&button.owner, &invocation->in->user.id))
		return invocation_refuse_text(invocation, TEXT_CASINO_NOT_YOURS);
	if (strcmp(button.action.text, CASINO_AGAIN) == 0 ||
		strcmp(button.action.text, CASINO_DOUBLE) == 0)
		return ask_again(invocation, game, &button, out);
	if (strcmp(button.action.text, CASINO_OTHER) == 0)
		return ask_other(invocation, game, &button, out);
	return invocation_refuse_text(invocation, TEXT_UNKNOWN_BUTTON);
}

/* What was typed is read once the balance is known: "tout", "moitié". */
static enum step decide_typed(struct invocation *invocation, const struct match_look *look)
{
	const struct flow *flow = flow_of(invocation);
	const struct casino_play *asked = flow->play;
	const char *typed = interaction_input(invocation->in, STAKE_FIELD);
	struct casino_play play = *asked;
	if (!typed ||
		amount_parse(typed, look->balance, look->stake_max, &play.stake) != AMOUNT_READ)
		return flow_refuse(invocation, "amount");
	if (play.stake < look->stake_min || play.stake > look->stake_max)
		return flow_refuse_range(invocation);
	return open_play(invocation, look, &play);
}

enum step casino_submit_ask(struct invocation *invocation, struct db_call *out)
{
	enum game game;
	struct custom_id button;
	if (!read_button(invocation, &game, &button) || strcmp(button.action.text, "stake") != 0)
		return invocation_refuse_text(invocation, TEXT_UNKNOWN_BUTTON);
	invocation_answer_anew(invocation);
	return play(invocation, game, 0, bet_of(invocation, &button), decide_typed, out);
}

/* ---- Showing */

/* The end of the only player. */
static const struct match_end *end_of(const struct show *show)
{
	return match_end_of(show->match, &show->match->owner);
}

const char *casino_outcome(struct show *show)
{
	const struct match_end *end = end_of(show);
	if (!end)
		return "";
	int64_t gain = show_gain(end);
	enum text text = TEXT_CASINO_WON;
	if (end->result == RESULT_LOSS)
		text = TEXT_CASINO_LOST;
	else if (end->result == RESULT_PUSH)
		text = gain < 0 ? TEXT_CASINO_PUSH_FULL : TEXT_CASINO_PUSH;
	else if (gain <= 0)
		text = TEXT_CASINO_FULL;
	return text_fill(show->ctx, show->language, text, "member",
		show_name(show, &show->match->owner), "gain",
		show_number(show, gain < 0 ? -gain : gain), "paid", show_number(show, end->paid),
		NULL);
}

bool casino_is_lost(const struct show *show)
{
	const struct match_end *end = end_of(show);
	return end && end->result == RESULT_LOSS;
}

/* The member's balance and XP, what a multiplier has made of the gross credit, a level. */
static void show_means(struct show *show, const struct match_end *end)
{
	const char *line = NULL;
	if (show->balance >= 0)
		line = show_joined(show, line,
			text_fill(show->ctx, show->language, TEXT_CASINO_BALANCE, "balance",
				show_number(show, show->balance), NULL));
	if (end->xp > 0)
		line = show_joined(show, line,
			text_fill(show->ctx, show->language, TEXT_CASINO_XP, "xp",
				show_number(show, end->xp), NULL));
	if (line)
		show_below(show, line);
	if (end->multiplier)
		show_below(show, text_fill(show->ctx, show->language, TEXT_CASINO_BOOST, "value",
					 show_number(show, end->multiplier), "before",
					 show_number(show, end->paid / end->multiplier), "after",
					 show_number(show, end->paid), "left",
					 show_wins_left(show, end), NULL));
	show_level(show, end);
}

/* A button of the member who played, for the same bet; STAKE may be CUSTOM_ID_NO_NUMBER. */
static void add_button(struct show *show, struct button button, const char *action, int64_t stake)
{
	const struct match *match = show->match;
	struct custom_id id =
		casino_id(match->game, &match->owner, show_fact(show, "bet"), action, stake);
	button.custom_id = custom_id_write(show->ctx, &id);
	show_any_button(show, button);
}

static const char *stake_label(const struct show *show, enum text text, int64_t stake)
{
	return text_fill(show->ctx, show->language, text, "stake", show_number(show, stake), NULL);
}

/* Twice the stake where that can be played: within the guild's bounds as they were, and what is
 * left of the balance. */
static bool can_double(const struct show *show)
{
	int64_t twice = 2 * (int64_t)show->match->stake;
	return twice <= json_integer_value(json_object_get(show->match->facts, "stake_max")) &&
	       (show->balance < 0 || twice <= show->balance);
}

void casino_show_end(struct show *show)
{
	int64_t stake = show->match->stake;
	const struct match_end *end = end_of(show);
	if (!end)
		return;
	show_means(show, end);
	add_button(show,
		(struct button){.style = BUTTON_PRIMARY,
			.label = stake_label(show, TEXT_CASINO_AGAIN, stake),
			.emoji = "🔁"},
		CASINO_AGAIN, stake);
	if (can_double(show))
		add_button(show,
			(struct button){.style = BUTTON_SECONDARY,
				.label = stake_label(show, TEXT_CASINO_DOUBLE, 2 * stake)},
			CASINO_DOUBLE, 2 * stake);
	add_button(show,
		(struct button){.style = BUTTON_SECONDARY,
			.label = text_get(show->language, TEXT_CASINO_OTHER),
			.emoji = "✏️"},
		CASINO_OTHER, CUSTOM_ID_NO_NUMBER);
	show_proof_button(show);
}

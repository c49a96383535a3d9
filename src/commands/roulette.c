/* /jeu roulette: a table of the channel, one of whose players takes the pot. */
#include "besace/domain/roulette.h"

#include <string.h>
#include <talloc.h>

#include "besace/base/memory.h"
#include "besace/engine/invocation.h"
#include "besace/play/face.h"
#include "besace/play/facts.h"
#include "besace/play/flow.h"
#include "besace/play/match_button.h"
#include "besace/play/match_json.h"
#include "besace/play/own_seed.h"
#include "besace/play/proof.h"
#include "besace/play/stake.h"
#include "games.h"

/* Players of a table: the draw is proved by the seeds of all of them, which one message shows; the
 * words beside them have fewer than 500 characters. */
#define TABLE_MAX MATCH_SEATS_MAX
_Static_assert(TABLE_MAX <= ROULETTE_PLAYERS_MAX, "the rules allow it");
_Static_assert(TABLE_MAX *(FAIR_CLIENT_SEED_MAX + 1) + 2 * FAIR_HEX_ROOM + 500 <= REPLY_TEXT_MAX,
	"a message holds the proof");

/* ---- Playing */

/* The place of the winner; negative when FACTS hold no table that can be drawn. */
static int draw_winner(void *ctx, const json_t *facts)
{
	struct fair_draws draws;
	if (!own_seed_draws(ctx, facts, ROULETTE_PLAYERS_MIN, TABLE_MAX, &draws))
		return -1;
	int winner = roulette_winner((int)draws.member_count, &draws.draws);
	fair_draws_end(&draws);
	return winner;
}

/* The most that a table can credit, without a multiplier: nobody knows who will join. */
static int64_t pot_max(const struct match_look *look)
{
	return (int64_t)look->stake_max * TABLE_MAX;
}

/* What everybody gets when time is up, the presser having joined last for STAKE; FACTS are the
 * match's then. */
static json_t *expiry_json(const struct invocation *invocation, const struct match *match,
	int32_t stake, const json_t *facts, int winner)
{
	json_t *expiry = must(json_array());
	int32_t pot = roulette_pot(match->stakes, (int)match->seat_count) + stake;
	for (size_t i = 0; i <= match->seat_count; i++) {
		bool last = i == match->seat_count;
		json_array_append_new(expiry,
			match_end_json(GAME_ROULETTE,
				last ? &invocation->in->user.id : &match->seats[i], NULL,
				last ? stake : match->stakes[i], (int)i == winner ? pot : 0));
	}
	proof_put(json_array_get(expiry, 0), facts); /* of who opened the table */
	return expiry;
}

static enum step open_table(
	struct invocation *invocation, const struct match_look *look, int32_t stake)
{
	json_t *facts = match_facts(invocation, NULL);
	own_seed_make(facts, look->member);
	json_t *play = must(json_pack("{s:s, s:o, s:[o], s:i}", "state", "", "facts", facts,
		"expiry", match_return_json(&invocation->in->user.id, stake), "expires_s",
		ROULETTE_SECONDS));
	return flow_open(
		invocation, stake, pot_max(look), NULL, NULL, must(json_pack("[o]", play)));
}

/* A join by the button updates the table's message. One by the command is answered by a message of
 * its own: the table's stays where it is, for the next button and for the result. */
static enum step join(struct invocation *invocation, const struct match_look *look, int32_t stake)
{
	const struct match *match = look->match;
	json_int_t room = pot_max(look) * MULTIPLIER_MAX;
	if (match->seat_count >= TABLE_MAX)
		return flow_refuse(invocation, "table_full");
	json_t *facts = match_facts_with(invocation, match);
	own_seed_join(facts, look->member);
	int winner = draw_winner(invocation->ctx, facts);
	if (winner < 0) {
		json_decref(facts);
		return STEP_BROKEN;
	}
	json_t *act = must(json_pack("{s:{s:I, s:i}, s:o, s:o}", "join", "max_credit", room,
		"stake", (int)stake, "facts", facts, "expiry",
		expiry_json(invocation, match, stake, facts, winner)));
	if (flow_of(invocation)->updates)
		json_object_set_new(act, "message", match_message_json(invocation));
	else
		json_object_set_new(act, "reply", match_news_json());
	return flow_press(invocation, match, act);
}

/* Opens the channel's table or joins it, for the stake that the command or the button says. A table
 * whose time is up is ended first. */
static enum step decide(struct invocation *invocation, const struct match_look *look)
{
	int32_t stake = *(const int32_t *)flow_of(invocation)->play;
	if (!look->match)
		return open_table(invocation, look, stake);
	return look->match->expired ? flow_expire(invocation, look->match, "table_drawing")
				    : join(invocation, look, stake);
}

/* The button joins for the stake of the first player, which it shows. */
static enum step decide_press(struct invocation *invocation, const struct match_look *look)
{
	if (!look->match)
		return flow_refuse(invocation, "ended");
	return look->match->game == GAME_ROULETTE ? join(invocation, look, look->match->stake)
						  : flow_refuse(invocation, "stale");
}

/* ---- Showing */

/* Names, as many as a description comfortably holds; the rest is a number. */
#define NAMES_MAX 10

/* Lines of levels that losing players reached. */
#define LEVELS_MAX 5

static int32_t pot_of(const struct match *match)
{
	return roulette_pot(match->stakes, (int)match->seat_count);
}

static const char *count_text(const struct show *show)
{
	return show_number(show, (int64_t)show->match->seat_count);
}

static const char *pot_text(const struct show *show)
{
	return text_fill(show->ctx, show->language, TEXT_ROULETTE_POT, "pot",
		show_number(show, pot_of(show->match)), NULL);
}

static void show_players(struct show *show)
{
	const struct match *match = show->match;
	char *names = must(talloc_strdup(show->ctx, ""));
	for (size_t i = 0; i < match->seat_count && i < NAMES_MAX; i++)
		names = must(talloc_asprintf_append_buffer(names, "%s**%s** (%s)", i ? ", " : "",
			show_name(show, &match->seats[i]), show_number(show, match->stakes[i])));
	if (match->seat_count > NAMES_MAX)
		names = must(talloc_strdup_append_buffer(names, ", …"));
	show_line(show, text_fill(show->ctx, show->language,
				text_plural(show->language, (int64_t)match->seat_count,
					TEXT_ROULETTE_PLAYERS_ONE, TEXT_ROULETTE_PLAYERS_MANY),
				"count", count_text(show), "names", names, NULL));
	show_line(show, pot_text(show));
}

static void show_open(struct show *show)
{
	const struct match *match = show->match;
	struct custom_id join = custom_id_make(game_rules(match->game)->type, "join");
	join.subject = match->id;
	show_players(show);
	show_below(show, text_get(show->language, TEXT_ROULETTE_OPEN));
	show_below(show, text_fill(show->ctx, show->language, TEXT_ROULETTE_DUE, "expires",
				 show_due(show), NULL));
	show_any_button(
		show, (struct button){.style = BUTTON_SUCCESS,
			      .label = text_fill(show->ctx, show->language, TEXT_ROULETTE_JOIN,
				      "stake", show_number(show, match->stake), NULL),
			      .emoji = "🎲",
			      .custom_id = custom_id_write(show->ctx, &join)});
	show_proof_button(show);
}

/* Levels that losing players reached, as many as fit; all are announced. */
static void show_levels(struct show *show)
{
	int shown = 0;
	for (size_t i = 0; i < show->match->end_count && shown < LEVELS_MAX; i++) {
		const struct match_end *end = &show->match->ends[i];
		if (end->played && end->result == RESULT_LOSS && end->gained.level) {
			show_level(show, end);
			shown++;
		}
	}
}

/* The place of the winner; negative: nobody has won. */
static int winner_place(const struct match *match)
{
	for (size_t i = 0; i < match->seat_count; i++) {
		const struct match_end *end = match_end_of(match, &match->seats[i]);
		if (end && end->played && end->result == RESULT_WIN)
			return (int)i;
	}
	return -1;
}

/* The place is counted from 1 as `besacectl verify` does: not all players are named. */
static void show_winner(struct show *show, int place)
{
	const struct match *match = show->match;
	const struct snowflake *winner = &match->seats[place];
	show_title(show, text_fill(show->ctx, show->language, TEXT_ROULETTE_WON, "member",
				 show_name(show, winner), NULL));
	show_line(show, text_fill(show->ctx, show->language, TEXT_ROULETTE_DRAWN, "place",
				show_number(show, place + 1), "count", count_text(show), "member",
				show_name(show, winner), NULL));
	show_players(show);
	show_end(show, match_end_of(match, winner), 0);
	show_levels(show);
	show_proof_button(show);
}

/* Nobody has won: the only player has their stake back. */
static void show_alone(struct show *show)
{
	show_line(show, text_get(show->language, TEXT_ROULETTE_ALONE));
	for (size_t i = 0; i < show->match->end_count; i++)
		show_end(show, &show->match->ends[i], 0);
}

/* Who has come last, for the whole channel. */
static void show_joined_last(struct show *show)
{
	const struct match *match = show->match;
	size_t last = match->seat_count - 1;
	show_line(show, text_fill(show->ctx, show->language, TEXT_ROULETTE_JOINED, "member",
				show_name(show, &match->seats[last]), "stake",
				show_number(show, match->stakes[last]), NULL));
	show_players(show);
}

static void show(struct show *show)
{
	int winner = winner_place(show->match);
	if (show->news)
		show_joined_last(show);
	else if (!show->match->over)
		show_open(show);
	else if (winner < 0)
		show_alone(show);
	else
		show_winner(show, winner);
}

const struct game_face face_roulette = {.emoji = "🎲", .title = TEXT_ROULETTE_TITLE, .show = show};

/* ---- The command */

/* The action of the button by which a member sits down at the channel's table, or opens one, for
 * the stake that is its number: what helps when another was refused. */
#define SIT "sit"

static enum step sit(struct invocation *invocation, int64_t stake, struct db_call *out)
{
	const char *channel = invocation->in->channel_id.text;
	int32_t *play = must(talloc(invocation->ctx, int32_t));
	*play = (int32_t)stake;
	return flow_start(invocation,
		(struct flow){.game = GAME_ROULETTE,
			.decide = decide,
			.draws = true,
			.channel = *channel ? channel : NULL,
			.play = play,
			.again = custom_id_make(game_rules(GAME_ROULETTE)->type, SIT)},
		out);
}

static enum step ask(struct invocation *invocation, struct db_call *out)
{
	return sit(invocation, stake_given(invocation), out);
}

static enum step press_ask(struct invocation *invocation, struct db_call *out)
{
	struct flow flow = {.game = GAME_ROULETTE,
		.decide = decide_press,
		.draws = true,
		.updates = true,
		.again = custom_id_make(game_rules(GAME_ROULETTE)->type, SIT)};
	if (!invocation_read_custom_id(invocation, &flow.button))
		return invocation_refuse_text(invocation, TEXT_UNKNOWN_BUTTON);
	if (proof_is_asked(&flow.button))
		return proof_ask(invocation, &flow.button, out);
	if (strcmp(flow.button.action.text, SIT) == 0 && stake_is_possible(flow.button.number)) {
		invocation_answer_anew(invocation);
		return sit(invocation, flow.button.number, out);
	}
	if (!*flow.button.subject.text || strcmp(flow.button.action.text, "join") != 0)
		return invocation_refuse_text(invocation, TEXT_UNKNOWN_BUTTON);
	flow.id = flow.button.subject.text;
	return flow_start(invocation, flow, out);
}

static const struct command_option options[] = {
	STAKE_OPTION,
};

const struct command command_roulette = {
	.type = COMMAND_CHAT_INPUT,
	.name = TEXT_ROULETTE_NAME,
	.description = TEXT_ROULETTE_DESCRIPTION,
	.options = options,
	.option_count = 1,
	.ask = ask,
	.answer = flow_answer,
	.complete_ask = stake_complete_ask,
	.complete_answer = stake_complete_answer,
	.button_prefix = "roulette",
	.press_ask = press_ask,
	.press_answer = flow_answer,
};

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
#include "besace/play/stake.h"
#include "games.h"

/* Players of a table: the draw is proved by the numbers of all of them, which stand in the footer
 * of the result. Discord takes 2048 characters there; the words beside them have fewer than 100. */
#define TABLE_MAX MATCH_SEATS_MAX
_Static_assert(TABLE_MAX <= ROULETTE_PLAYERS_MAX, "the rules allow it");
_Static_assert(TABLE_MAX *(FAIR_CLIENT_SEED_MAX + 1) + 2 * FAIR_HEX_ROOM + 100 <= 2048,
	"the footer holds the proof");

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

/* What everybody gets when time is up, the presser having joined last for STAKE. */
static json_t *expiry_json(
	const struct invocation *invocation, const struct match *match, int32_t stake, int winner)
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
		expiry_json(invocation, match, stake, winner)));
	if (flow_of(invocation)->updates)
		json_object_set_new(act, "message", match_message_json(invocation));
	else
		json_object_set_new(act, "reply", match_news_json());
	return flow_press(invocation, match, act);
}

/* The command opens the channel's table or joins it, for the stake that it says. A table whose time
 * is up is ended first. */
static enum step decide(struct invocation *invocation, const struct match_look *look)
{
	int32_t stake = (int32_t)invocation_integer(invocation, "mise", 0);
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

static void show_players(struct show *show)
{
	const struct match *match = show->match;
	char *names = must(talloc_strdup(show->ctx, ""));
	for (size_t i = 0; i < match->seat_count && i < NAMES_MAX; i++)
		names = must(talloc_asprintf_append_buffer(names, "%s**%s** (%s)", i ? ", " : "",
			show_name(show, &match->seats[i]), show_number(show, match->stakes[i])));
	if (match->seat_count > NAMES_MAX)
		names = must(talloc_strdup_append_buffer(names, ", …"));
	show_line(show, text_fill(show->ctx, show->language, TEXT_ROULETTE_PLAYERS, "count",
				show_number(show, (int64_t)match->seat_count), "names", names,
				"pot", show_number(show, pot_of(match)), NULL));
}

static void show_open(struct show *show)
{
	const struct match *match = show->match;
	char *label = text_fill(show->ctx, show->language, TEXT_ROULETTE_JOIN, "stake",
		show_number(show, match->stake), NULL);
	show_line(show, text_get(show->language, TEXT_ROULETTE_OPEN));
	reply_add_button(show->reply, (struct button){.style = BUTTON_SUCCESS,
					      .label = label,
					      .emoji = "🎲",
					      .custom_id = match_button_id(show->ctx, match, "join",
						      CUSTOM_ID_NO_NUMBER)});
}

/* The place that was drawn, counted from 1 as `besacectl verify` does: not all players are named
 * above. */
static void show_drawn(struct show *show, size_t place)
{
	const struct match *match = show->match;
	show_line(show, text_fill(show->ctx, show->language, TEXT_ROULETTE_DRAWN, "place",
				show_number(show, (int64_t)place + 1), "count",
				show_number(show, (int64_t)match->seat_count), "member",
				show_name(show, &match->seats[place]), "stake",
				show_number(show, match->stakes[place]), NULL));
}

/* Levels that losing players reached, as many as fit beside the proof; all are announced. */
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

static void show_winner(struct show *show)
{
	const struct match *match = show->match;
	bool lonely = match->seat_count < ROULETTE_PLAYERS_MIN;
	for (size_t i = 0; i < match->seat_count; i++) {
		const struct match_end *end = match_end_of(match, &match->seats[i]);
		if (!end || (!lonely && end->result != RESULT_WIN))
			continue;
		if (!lonely)
			show_drawn(show, i);
		show_end(show, end);
	}
	if (lonely)
		show_line(show, text_get(show->language, TEXT_ROULETTE_ALONE));
	show_levels(show);
}

/* Who has come last, for the whole channel. */
static void show_joined(struct show *show)
{
	const struct match *match = show->match;
	size_t last = match->seat_count - 1;
	show_line(show, text_fill(show->ctx, show->language, TEXT_ROULETTE_JOINED, "member",
				show_name(show, &match->seats[last]), "stake",
				show_number(show, match->stakes[last]), "count",
				show_number(show, (int64_t)match->seat_count), "pot",
				show_number(show, pot_of(match)), NULL));
}

static void show(struct show *show)
{
	if (show->news) {
		show_joined(show);
		return;
	}
	show_players(show);
	if (show->match->over)
		show_winner(show);
	else
		show_open(show);
	own_seed_show(show);
}

const struct game_face face_roulette = {.emoji = "🎲", .title = TEXT_ROULETTE_TITLE, .show = show};

/* ---- The command */

static enum step ask(struct invocation *invocation, struct db_call *out)
{
	const char *channel = invocation->in->channel_id.text;
	return flow_start(invocation,
		(struct flow){.game = GAME_ROULETTE,
			.decide = decide,
			.draws = true,
			.channel = *channel ? channel : NULL},
		out);
}

static enum step press_ask(struct invocation *invocation, struct db_call *out)
{
	struct flow flow = {
		.game = GAME_ROULETTE, .decide = decide_press, .draws = true, .updates = true};
	if (!invocation_read_custom_id(invocation, &flow.button) || !*flow.button.subject.text ||
		strcmp(flow.button.action.text, "join") != 0)
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

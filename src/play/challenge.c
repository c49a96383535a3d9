/* A member challenges another: answering the challenge, playing in turns. */
#include "besace/play/challenge.h"

#include <string.h>
#include <talloc.h>

#include "besace/base/memory.h"
#include "besace/engine/invocation.h"
#include "besace/play/face.h"
#include "besace/play/facts.h"
#include "besace/play/match_button.h"
#include "besace/play/match_json.h"
#include "besace/play/own_seed.h"
#include "besace/play/proof.h"
#include "besace/play/stake.h"

const struct snowflake *challenge_member(const struct match *match, enum side side)
{
	return side == SIDE_CHALLENGER ? &match->owner : &match->opponent;
}

bool challenge_view(const struct match *match, struct versus_view *out)
{
	return match->accepted && versus_look(match->game, match->state, out);
}

struct custom_id challenge_id(enum game game, const struct snowflake *owner,
	const struct snowflake *member, int64_t stake)
{
	struct custom_id id = custom_id_make(game_rules(game)->type, CHALLENGE_AGAIN);
	id.owner = *owner;
	id.member = *member;
	id.number = stake;
	return id;
}

/* ---- The challenge */

/* Who is challenged, to what stake. */
struct dare {
	struct member_seen opponent;
	const struct user *user; /* the opponent as this interaction shows them, or NULL */
	int32_t stake;
};

/* The facts of a challenge. Who is challenged by a button is called by the name that is kept, until
 * they answer. */
static json_t *dare_facts(
	struct invocation *invocation, const struct match_look *look, const struct dare *dare)
{
	json_t *facts = match_facts(invocation, dare->user);
	if (!dare->user && look->other_name)
		match_facts_name(invocation, facts, &dare->opponent.id, look->other_name);
	if (game_face(flow_of(invocation)->game)->accept_draw)
		own_seed_make(facts, look->member);
	return facts;
}

static enum step decide_challenge(struct invocation *invocation, const struct match_look *look)
{
	const struct dare *dare = flow_of(invocation)->play;
	json_t *play = must(json_pack("{s:s, s:o, s:[o], s:i}", "state", "", "facts",
		dare_facts(invocation, look, dare), "expiry",
		match_return_json(&invocation->in->user.id, dare->stake), "expires_s",
		CHALLENGE_SECONDS));
	return flow_open(invocation, dare->stake, 2 * (int64_t)dare->stake, &dare->opponent, NULL,
		must(json_pack("[o]", play)));
}

static enum step start(
	struct invocation *invocation, enum game game, struct dare dare, struct db_call *out)
{
	struct dare *copy = must(talloc(invocation->ctx, struct dare));
	*copy = dare;
	return flow_start(invocation,
		(struct flow){.game = game,
			.decide = decide_challenge,
			.draws = game_face(game)->accept_draw,
			.other = dare.user ? NULL : copy->opponent.id.text,
			.play = copy,
			.again = challenge_id(game, &invocation->in->user.id, &dare.opponent.id,
				CUSTOM_ID_NO_NUMBER)},
		out);
}

enum step challenge_ask(struct invocation *invocation, struct db_call *out)
{
	enum game game;
	if (!match_game(invocation, &game))
		return STEP_BROKEN;
	if (interaction_option(invocation->in, "adversaire")->user.bot)
		return invocation_refuse_text(invocation, TEXT_MATCH_BOT);
	enum step step = invocation_other(invocation, "adversaire", TEXT_MATCH_SELF);
	if (step != STEP_CALL)
		return step;
	if (!invocation->target_user->is_member)
		return invocation_refuse_text(invocation, TEXT_NOT_MEMBER);
	return start(invocation, game,
		(struct dare){invocation->target, invocation->target_user, stake_given(invocation)},
		out);
}

/* One of the two that BUTTON names challenges the other again. Whether that is a member of the
 * guild is for the database to say. */
static enum step ask_again(struct invocation *invocation, enum game game,
	const struct custom_id *button, struct db_call *out)
{
	const struct snowflake *presser = &invocation->in->user.id;
	bool is_owner = snowflake_equal(presser, &button->owner);
	if (!stake_is_possible(button->number) || !*button->owner.text || !*button->member.text ||
		snowflake_equal(&button->owner, &button->member))
		return invocation_refuse_text(invocation, TEXT_UNKNOWN_BUTTON);
	if (!is_owner && !snowflake_equal(presser, &button->member))
		return invocation_refuse_text(invocation, TEXT_NOT_YOURS);
	invocation_answer_anew(invocation);
	return start(invocation, game,
		(struct dare){.opponent = {.guild = invocation->guild,
				      .id = is_owner ? button->member : button->owner,
				      .seen_ms = invocation->seen_ms},
			.stake = (int32_t)button->number},
		out);
}

/* ---- What a verdict brings */

static json_t *side_json(const struct match *match, enum verdict verdict, enum side side)
{
	return match_end_json(match->game, challenge_member(match, side),
		challenge_member(match, side_other(side)), match->stake,
		versus_credit(verdict, side, match->stake));
}

static json_t *ends_json(const struct match *match, enum verdict verdict)
{
	return must(json_pack("[o, o]", side_json(match, verdict, SIDE_CHALLENGER),
		side_json(match, verdict, SIDE_OPPONENT)));
}

/* Adds the consequences of STATE: the end, or the end that expiry will bring. */
static bool put_state(
	json_t *act, const struct match *match, const struct game_state *state, bool *out_open)
{
	struct versus_view view;
	if (!versus_look(match->game, state->text, &view))
		return false;
	*out_open = view.verdict == VERDICT_OPEN;
	json_object_set_new(act, "state", must(json_string(state->text)));
	json_object_set_new(act, *out_open ? "expiry" : "ends",
		ends_json(match, *out_open ? versus_expire(&view) : view.verdict));
	return true;
}

/* ---- Answering the challenge */

/* Decides at acceptance, by a draw. */
static enum step accept_drawn(
	struct invocation *invocation, const struct match_look *look, json_t *act)
{
	const struct match *match = look->match;
	json_t *facts = match_facts_with(invocation, match);
	enum verdict verdict;
	if (!game_face(match->game)->accept_draw(invocation->ctx, facts, look->member, &verdict)) {
		json_decref(facts);
		json_decref(act);
		return STEP_BROKEN;
	}
	json_t *ends = ends_json(match, verdict);
	proof_put(json_array_get(ends, SIDE_CHALLENGER), facts);
	json_object_set_new(act, "facts", facts);
	json_object_set_new(act, "ends", ends);
	return flow_press(invocation, match, act);
}

/* The first turn of both begins. */
static enum step accept_turns(struct invocation *invocation, const struct match *match, json_t *act)
{
	struct game_state state;
	bool open;
	versus_start(match->game, &state);
	if (!put_state(act, match, &state, &open)) {
		json_decref(act);
		return STEP_BROKEN;
	}
	json_object_set_new(act, "facts", match_facts_with(invocation, match));
	json_object_set_new(act, "expires_s", json_integer(TURN_SECONDS));
	return flow_press(invocation, match, act);
}

static enum step accept(struct invocation *invocation, const struct match_look *look)
{
	const struct match *match = look->match;
	json_int_t room = 2 * (json_int_t)match->stake * MULTIPLIER_MAX;
	json_t *act = must(json_pack("{s:b, s:{s:I}, s:s, s:o}", "accepted", 1, "join",
		"max_credit", room, "why", "played", "message", match_message_json(invocation)));
	return game_face(match->game)->accept_draw ? accept_drawn(invocation, look, act)
						   : accept_turns(invocation, match, act);
}

/* The challenge ends without a match: the stake goes back. */
static enum step call_off(struct invocation *invocation, const struct match *match, const char *why)
{
	return flow_press(invocation, match,
		must(json_pack("{s:[o], s:s, s:o}", "ends",
			match_return_json(&match->owner, match->stake), "why", why, "message",
			match_message_json(invocation))));
}

static enum step answer_challenge(struct invocation *invocation, const struct match_look *look)
{
	const struct match *match = look->match;
	const char *action = flow_of(invocation)->button.action.text;
	bool owner = snowflake_equal(&invocation->in->user.id, &match->owner);
	bool opponent = snowflake_equal(&invocation->in->user.id, &match->opponent);
	if (strcmp(action, "cancel") == 0)
		return owner ? call_off(invocation, match, "cancelled")
			     : flow_refuse(invocation, "not_owner");
	if (!opponent)
		return flow_refuse(invocation, "not_yours");
	if (strcmp(action, "accept") == 0)
		return accept(invocation, look);
	return strcmp(action, "refuse") == 0 ? call_off(invocation, match, "refused")
					     : flow_refuse(invocation, "stale");
}

/* ---- Turns */

static const char *move_word(enum move_answer answer)
{
	switch (answer) {
	case MOVE_NOT_YOUR_TURN:
		return "not_turn";
	case MOVE_NO_BULLET:
		return "no_bullet";
	case MOVE_ALREADY_CHOSEN:
	case MOVE_TAKEN:
	case MOVE_UNKNOWN:
	case MOVE_OVER:
		break;
	}
	return "stale";
}

/* Whoever has chosen already is told what: nobody else sees the refusal. */
static enum step refuse_move(struct invocation *invocation, const struct match *match,
	enum side side, enum move_answer answer)
{
	const char *chosen = versus_chosen(match->game, match->state, side);
	if (answer != MOVE_ALREADY_CHOSEN || !chosen)
		return flow_refuse(invocation, move_word(answer));
	return flow_refuse(invocation, must(talloc_asprintf(invocation->ctx, "chosen_%s", chosen)));
}

/* Whether a side owes a press that it did not owe before: its time begins. */
static bool begins_turn(const struct versus_view *before, const struct versus_view *after)
{
	return after->round != before->round ||
	       (after->owes[SIDE_CHALLENGER] && !before->owes[SIDE_CHALLENGER]) ||
	       (after->owes[SIDE_OPPONENT] && !before->owes[SIDE_OPPONENT]);
}

/* Writes a move that was taken. One that begins no turn was chosen in secret: the board shows only
 * that its member has chosen, and the time goes on. */
static enum step write_move(struct invocation *invocation, const struct match *match,
	const struct versus_view *before, const struct game_state *next)
{
	json_t *act = must(json_pack("{s:s}", "why", "played"));
	struct versus_view after;
	bool open;
	if (!put_state(act, match, next, &open) || !versus_look(match->game, next->text, &after)) {
		json_decref(act);
		return STEP_BROKEN;
	}
	json_object_set_new(act, "message", match_message_json(invocation));
	if (open && begins_turn(before, &after))
		json_object_set_new(act, "expires_s", json_integer(TURN_SECONDS));
	return flow_press(invocation, match, act);
}

/* A button of the challenge, or of a round that is over. */
static bool is_earlier(const struct custom_id *button, const struct versus_view *view)
{
	static const char *const answers[] = {"accept", "refuse", "cancel"};
	for (size_t i = 0; i < ARRAY_LEN(answers); i++)
		if (strcmp(button->action.text, answers[i]) == 0)
			return true;
	return button->number > 0 && button->number < view->round;
}

static enum step play_move(struct invocation *invocation, const struct match *match)
{
	const struct custom_id *button = &flow_of(invocation)->button;
	bool owner = snowflake_equal(&invocation->in->user.id, &match->owner);
	enum side side = owner ? SIDE_CHALLENGER : SIDE_OPPONENT;
	if (!snowflake_equal(&invocation->in->user.id, challenge_member(match, side)))
		return flow_refuse(invocation, "not_yours");
	struct versus_view view;
	struct game_state next;
	enum move_answer answer;
	if (!challenge_view(match, &view))
		return flow_refuse(invocation, "stale");
	if (is_earlier(button, &view))
		return flow_show(invocation, match);
	if (button->number != view.round ||
		!versus_move(match->game, match->state, side, button->action.text, &next, &answer))
		return flow_refuse(invocation, "stale");
	return answer == MOVE_TAKEN ? write_move(invocation, match, &view, &next)
				    : refuse_move(invocation, match, side, answer);
}

/* ---- Pressing */

static enum step decide_press(struct invocation *invocation, const struct match_look *look)
{
	const struct match *match = look->match;
	if (!match)
		return flow_refuse(invocation, "ended");
	if (match->game != flow_of(invocation)->game)
		return flow_refuse(invocation, "stale");
	return match->accepted ? play_move(invocation, match) : answer_challenge(invocation, look);
}

enum step challenge_press_ask(struct invocation *invocation, struct db_call *out)
{
	struct flow flow = {.decide = decide_press, .updates = true};
	if (!match_game(invocation, &flow.game))
		return STEP_BROKEN;
	if (!invocation_read_custom_id(invocation, &flow.button))
		return invocation_refuse_text(invocation, TEXT_UNKNOWN_BUTTON);
	if (proof_is_asked(&flow.button))
		return proof_ask(invocation, &flow.button, out);
	if (strcmp(flow.button.action.text, CHALLENGE_AGAIN) == 0)
		return ask_again(invocation, flow.game, &flow.button, out);
	if (!*flow.button.subject.text)
		return invocation_refuse_text(invocation, TEXT_UNKNOWN_BUTTON);
	flow.draws = game_face(flow.game)->accept_draw;
	flow.id = flow.button.subject.text;
	return flow_start(invocation, flow, out);
}

const struct command_option challenge_options[CHALLENGE_OPTIONS] = {
	{.name = TEXT_OPPONENT_NAME,
		.description = TEXT_OPPONENT_DESCRIPTION,
		.type = OPTION_USER,
		.required = true},
	STAKE_OPTION,
};

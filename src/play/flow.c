/* Takes a play or a press of a match through its steps: look, decide, write, tell. */
#include "besace/play/flow.h"

#include <talloc.h>

#include "besace/base/memory.h"
#include "besace/engine/invocation.h"
#include "besace/play/face.h"
#include "besace/play/match_json.h"
#include "besace/play/proof.h"
#include "refusal.h"

/* Looks before a play gives up. It looks again because another play has succeeded in between: at a
 * table that can be one for each seat, then one for its end, then one for each seat of the next
 * table. More looks than that mean a defect. Plays of the casino only meet those of the same
 * member, matches between members those of two. */
#define LOOKS_MAX (2 * (MATCH_SEATS_MAX + 1))

/* Attempts to end the expired match in whose place a play opens another. A concurrent change of one
 * of its players has mostly committed by the next attempt. */
#define EXPIRIES_MAX 3

/* Discord's types of channels that are threads. */
#define CHANNEL_THREAD_FIRST 10
#define CHANNEL_THREAD_LAST 12

/* ---- The flow */

struct flow *flow_of(const struct invocation *invocation)
{
	return invocation->own;
}

static void look(struct invocation *invocation, struct db_call *out)
{
	struct flow *flow = flow_of(invocation);
	flow->stage = FLOW_LOOKING;
	flow->looks++;
	const struct match_query query = {flow->game, flow->id, flow->channel, flow->other};
	matches_look_call(invocation->ctx, &invocation->in->id, &invocation->asker, &query, out);
}

enum step flow_start(struct invocation *invocation, struct flow flow, struct db_call *out)
{
	struct flow *copy = must(talloc(invocation->ctx, struct flow));
	*copy = flow;
	copy->id = flow.id ? must(talloc_strdup(invocation->ctx, flow.id)) : NULL;
	invocation->own = copy;
	look(invocation, out);
	return STEP_CALL;
}

/* Refuses a second match, or a challenge that waits for an answer already, with a private copy of
 * the board that is open, since its message may be lost. */
static enum step refuse_second(struct invocation *invocation, const struct match_outcome *outcome)
{
	void *ctx = invocation->ctx;
	const struct match *match = outcome->match;
	enum language language = invocation_own_language(invocation);
	bool known = *match->channel.text != '\0';
	enum text why = outcome->refusal == MATCH_CROSSED ? TEXT_MATCH_CROSSED
			: known                           ? TEXT_MATCH_PLAYING
							  : TEXT_MATCH_PLAYING_HERE;
	char *said = text_fill(ctx, language, why, "member",
		must(talloc_asprintf(ctx, "<@%s>", match->owner.text)), "channel",
		must(talloc_asprintf(ctx, "<#%s>", match->channel.text)), "expires",
		must(talloc_asprintf(ctx, "<t:%lld:T>", (long long)match->expires_at)), NULL);
	invocation_refuse(invocation, why, said);
	struct reply *reply = &invocation->reply;
	const char *title = reply->title;
	enum colour colour = reply->colour;
	struct show show = {
		.ctx = ctx, .language = language, .reply = reply, .match = match, .balance = -1};
	game_show(&show);
	reply->description = must(talloc_asprintf(ctx, "%s\n### %s%s%s", said, reply->title,
		reply->description ? "\n" : "", reply->description ? reply->description : ""));
	reply->title = title;
	reply->colour = colour;
	return STEP_REPLY;
}

/* Discord notifies for new messages only: a challenge mentions its opponent, nobody else. */
static void notify_opponent(struct reply *reply, const struct match *match)
{
	if (reply->kind == REPLY_MESSAGE && !match->accepted && !match->over)
		reply->notified = match->opponent.text;
}

static enum step tell(struct invocation *invocation, const struct match_outcome *outcome)
{
	if ((outcome->refusal == MATCH_PLAYING || outcome->refusal == MATCH_CROSSED) &&
		outcome->match)
		return refuse_second(invocation, outcome);
	if (outcome->refusal != MATCH_DONE)
		return match_refuse(invocation, outcome);
	enum language language = invocation_open_reply(invocation, false);
	if (flow_of(invocation)->updates)
		invocation->reply.kind = REPLY_UPDATE;
	/* Another member's press may show the end: the balance in the outcome is then theirs. */
	bool own = game_rules(outcome->match->game)->house &&
		   snowflake_equal(&outcome->match->owner, &invocation->in->user.id);
	struct show show = {.ctx = invocation->ctx,
		.language = language,
		.reply = &invocation->reply,
		.match = outcome->match,
		.balance = own ? outcome->balance : -1,
		.news = json_is_true(json_object_get(outcome->whole, "news"))};
	game_show(&show);
	notify_opponent(&invocation->reply, outcome->match);
	return STEP_REPLY;
}

/* Gives a member who has no seeds new ones, to draw from at once: they become theirs in the change
 * that the play ends with. */
static void make_seeds(struct invocation *invocation, struct match_look *look)
{
	struct plain_draws draws = draws_plain(invocation->draw);
	fair_seed_make(&look->server);
	struct fair_member_seed member = fair_member_seed_make(&draws.draws);
	look->member = must(talloc_strdup(invocation->ctx, member.text));
	look->nonce = 0;
}

static enum step answer_look(struct invocation *invocation, const struct db_rows *rows)
{
	struct flow *flow = flow_of(invocation);
	struct match_look *seen = must(talloc_zero(invocation->ctx, struct match_look));
	if (matches_look_read(invocation->ctx, rows, seen))
		return STEP_BROKEN;
	if (seen->receipt) {
		struct match_outcome outcome;
		return matches_outcome_parse(invocation->ctx, seen->receipt, &outcome)
			       ? STEP_BROKEN
			       : tell(invocation, &outcome);
	}
	flow->look = seen;
	if (flow->draws && !seen->has_seeds)
		make_seeds(invocation, seen);
	return flow->decide(invocation, seen);
}

static enum step answer_change(struct invocation *invocation, const struct db_rows *rows)
{
	struct match_outcome outcome;
	if (matches_outcome_read(invocation->ctx, rows, &outcome))
		return STEP_BROKEN;
	if (!outcome.again)
		return tell(invocation, &outcome);
	if (flow_of(invocation)->looks >= LOOKS_MAX) {
		invocation_apologise(invocation, APOLOGY_AWAY);
		return STEP_REPLY;
	}
	look(invocation, &invocation->call);
	return STEP_CALL;
}

enum step flow_answer(struct invocation *invocation, const struct db_rows *rows)
{
	switch (flow_of(invocation)->stage) {
	case FLOW_LOOKING:
		return answer_look(invocation, rows);
	case FLOW_EXPIRING:
		look(invocation, &invocation->call);
		return STEP_CALL;
	case FLOW_CHANGING:
		return answer_change(invocation, rows);
	case FLOW_PROVING:
		return proof_answer(invocation, rows);
	}
	return STEP_BROKEN;
}

/* ---- Writing */

/* The seeds of make_seeds, for OBJECT, which opens a match or changes one. */
static void put_new_seeds(const struct invocation *invocation, json_t *object)
{
	const struct flow *flow = flow_of(invocation);
	if (flow->draws && !flow->look->has_seeds)
		json_object_set_new(object, "new_seeds",
			must(json_pack("{s:s, s:s}", "server_seed",
				fair_seed_show(&flow->look->server).text, "client_seed",
				flow->look->member)));
}

static enum step open_with(struct invocation *invocation, json_t *open)
{
	flow_of(invocation)->stage = FLOW_CHANGING;
	matches_open_call(
		invocation->ctx, &invocation->in->id, &invocation->asker, open, &invocation->call);
	return STEP_CALL;
}

/* Where the channel of IN stands, as far as Discord says it: a thread in its channel, any other
 * channel in its category. */
static void put_place(const struct interaction *in, json_t *open)
{
	bool is_thread =
		in->channel.type >= CHANNEL_THREAD_FIRST && in->channel.type <= CHANNEL_THREAD_LAST;
	if (*in->channel.id.text)
		json_object_set_new(open, is_thread ? "parent" : "category",
			must(json_string(in->channel.parent_id.text)));
}

/* The member's roles, of an interaction that shows them: what it pays counts them. */
static void put_roles(const struct invocation *invocation, json_t *object)
{
	if (invocation->in->in_guild)
		json_object_set_new(object, "roles",
			must(json_string(interaction_roles(invocation->ctx, invocation->in))));
}

/* Who is challenged by a button was not seen by this interaction: they have no name in it. */
static json_t *opponent_json(const struct member_seen *opponent)
{
	json_t *object = must(json_pack("{s:s}", "id", opponent->id.text));
	match_json_put(object, "name", opponent->username);
	return object;
}

enum step flow_open(struct invocation *invocation, int32_t stake, int64_t max_credit,
	const struct member_seen *opponent, json_t *seeds, json_t *plays)
{
	json_int_t room = max_credit * MULTIPLIER_MAX;
	json_t *open = must(json_pack("{s:s, s:i, s:I, s:o}", "game_type",
		game_rules(flow_of(invocation)->game)->type, "stake", (int)stake, "max_credit",
		room, "plays", plays));
	if (opponent)
		json_object_set_new(open, "opponent", opponent_json(opponent));
	if (seeds)
		json_object_set_new(open, "seeds", seeds);
	put_new_seeds(invocation, open);
	if (flow_of(invocation)->channel) /* it looks for the channel's table: this is one */
		json_object_set_new(open, "table", json_true());
	match_json_put(open, "channel", invocation->in->channel_id.text);
	put_place(invocation->in, open);
	put_roles(invocation, open);
	match_json_put(open, "application", invocation->in->application_id.text);
	match_json_put(open, "token", invocation->in->token);
	json_object_set_new(open, "language",
		json_string(text_language_code(invocation_open_reply(invocation, false))));
	return open_with(invocation, open);
}

static enum step press_with(struct invocation *invocation, const char *id, int version, json_t *act)
{
	flow_of(invocation)->stage = FLOW_CHANGING;
	matches_press_call(invocation->ctx, &invocation->in->id, &invocation->asker, id, version,
		act, &invocation->call);
	return STEP_CALL;
}

enum step flow_press(struct invocation *invocation, const struct match *match, json_t *act)
{
	/* A play that looks for a channel's table takes whichever match is open there. */
	if (!flow_of(invocation)->id)
		json_object_set_new(act, "afresh", json_true());
	if (!json_object_get(act, "refusal"))
		put_new_seeds(invocation, act);
	if (json_object_get(act, "ends"))
		put_roles(invocation, act);
	return press_with(invocation, match->id.text, match->version, act);
}

/* Writes only where the message is: the answer to this press holds the live token from now on. */
enum step flow_show(struct invocation *invocation, const struct match *match)
{
	return flow_press(invocation, match,
		must(json_pack("{s:o}", "message", match_message_json(invocation))));
}

enum step flow_expire(struct invocation *invocation, const struct match *match, const char *word)
{
	struct flow *flow = flow_of(invocation);
	if (flow->expiries++ >= EXPIRIES_MAX)
		return flow_refuse(invocation, word);
	flow->stage = FLOW_EXPIRING;
	match_expire_call(invocation->ctx, must(talloc_strdup(invocation->ctx, match->id.text)),
		&invocation->asker, &invocation->call);
	return STEP_CALL;
}

enum step flow_refuse_range(struct invocation *invocation)
{
	const struct match_look *seen = flow_of(invocation)->look;
	return open_with(invocation, must(json_pack("{s:s, s:i, s:i}", "refusal", "range", "min",
					     (int)seen->stake_min, "max", (int)seen->stake_max)));
}

enum step flow_refuse(struct invocation *invocation, const char *word)
{
	const struct flow *flow = flow_of(invocation);
	const struct match *match = flow->look->match;
	json_t *refusal = must(json_pack("{s:s}", "refusal", word));
	if (match && (flow->id || !match->expired))
		return flow_press(invocation, match, refusal);
	return flow->id ? press_with(invocation, flow->id, 0, refusal)
			: open_with(invocation, refusal);
}

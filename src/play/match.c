/* Takes the play of a game through its steps: look, decide, write, tell. */
#include "besace/play/match.h"

#include <stdlib.h>
#include <string.h>
#include <talloc.h>

#include "besace/base/memory.h"
#include "besace/engine/invocation.h"
#include "besace/store/seeds.h"

/* How often a play looks and decides before it gives up. It looks again because somebody else's
 * play has succeeded in between: at a table that can be one for each seat, and once more for its
 * end and for all seats of the table that is opened then. Whoever has looked more often meets a
 * defect. The casino's plays only meet those of the same member, versus games those of two. */
#define LOOKS_MOST (2 * (MATCH_SEATS_MOST + 1))

/* How often a play tries to end the game in whose place it wants to open another. Whoever changes
 * one of its players has mostly done so by the next time. */
#define LAPSES_MOST 3

/* ---- Custom ids */

enum game match_game(const struct invocation *invocation)
{
	enum game game;
	if (!game_parse(invocation->command->button_prefix, &game))
		abort(); /* a row that plays no game has no such steps */
	return game;
}

char *match_button_id(void *ctx, const struct match *match, const char *action, int64_t round)
{
	struct custom_id id = custom_id_make(game_rules(match->game)->type, action);
	id.subject = match->id;
	id.number = round;
	return custom_id_write(ctx, &id);
}

/* ---- Refusals */

/* What commands have recorded, and what is said then. {least} and {most} are the game's. */
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
	{"range", TEXT_MATCH_RANGE},
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
	case MATCH_OPPONENT_BALANCE:
		return TEXT_MATCH_BALANCE;
	case MATCH_BALANCE_FULL:
		return TEXT_MATCH_PURSE_FULL;
	case MATCH_OTHER:
		break;
	}
	for (size_t i = 0; i < ARRAY_LEN(refusals); i++)
		if (strcmp(refusals[i].word, outcome->word) == 0)
			return refusals[i].text;
	return TEXT_UNKNOWN_BUTTON;
}

static enum step refuse(struct invocation *invocation, const struct match_outcome *outcome)
{
	enum language language = invocation_private_language(invocation);
	const struct game_rules *rules = game_rules(flow_of(invocation)->game);
	return invocation_refuse(invocation,
		text_fill(invocation->ctx, language, refusal_text(outcome), "balance",
			text_number(invocation->ctx, language, outcome->balance), "least",
			text_number(invocation->ctx, language, rules->least), "most",
			text_number(invocation->ctx, language, rules->most), NULL));
}

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
	matches_look_call(invocation->ctx, &invocation->in->id, &invocation->asker, flow->id,
		flow->channel, out);
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

/* A private word for the one who has chosen in secret. */
static enum step tell_secret(struct invocation *invocation, const char *secret)
{
	enum language language = invocation_open_reply(invocation, true);
	invocation->reply.title = text_get(language, TEXT_MATCH_SECRET_TITLE);
	invocation->reply.description = text_fill(invocation->ctx, language, TEXT_MATCH_SECRET,
		"choice", game_move_name(flow_of(invocation)->game, language, secret), NULL);
	invocation->reply.colour = COLOUR_SUCCESS;
	return STEP_REPLY;
}

static enum step tell(struct invocation *invocation, const struct match_outcome *outcome)
{
	if (outcome->refusal != MATCH_DONE)
		return refuse(invocation, outcome);
	const char *secret = json_string_value(json_object_get(outcome->whole, "secret"));
	if (secret)
		return tell_secret(invocation, secret);
	enum language language = invocation_open_reply(invocation, false);
	if (flow_of(invocation)->updates)
		invocation->reply.kind = REPLY_UPDATE;
	/* Somebody else's press may be what shows an end: the balance is then theirs. */
	bool own = game_rules(outcome->match->game)->house &&
		   snowflake_equal(&outcome->match->owner, &invocation->in->user.id);
	struct show show = {.ctx = invocation->ctx,
		.language = language,
		.reply = &invocation->reply,
		.match = outcome->match,
		.balance = own ? outcome->balance : -1,
		.news = json_is_true(json_object_get(outcome->whole, "news"))};
	game_show(&show);
	return STEP_REPLY;
}

static enum step make_seeds(struct invocation *invocation)
{
	struct fair_seed server;
	struct plain_draws draws = draws_plain(invocation->draw);
	fair_seed_make(&server);
	struct fair_member_seed member = fair_member_seed_make(&draws.draws);
	flow_of(invocation)->stage = FLOW_SEEDING;
	seeds_make_call(invocation->ctx, &invocation->asker, &server,
		must(talloc_strdup(invocation->ctx, member.text)), &invocation->call);
	return STEP_CALL;
}

static enum step answer_look(struct invocation *invocation, const struct db_rows *rows)
{
	struct flow *flow = flow_of(invocation);
	struct match_look *seen = must(talloc_zero(invocation->ctx, struct match_look));
	if (matches_look_read(invocation->ctx, rows, seen))
		return STEP_BROKEN;
	if (seen->receipt && !flow->foreign) {
		struct match_outcome outcome;
		return matches_outcome_parse(invocation->ctx, seen->receipt, &outcome)
			       ? STEP_BROKEN
			       : tell(invocation, &outcome);
	}
	flow->look = seen;
	return flow->draws && !seen->has_seeds ? make_seeds(invocation)
					       : flow->decide(invocation, seen);
}

static enum step answer_change(struct invocation *invocation, const struct db_rows *rows)
{
	struct match_outcome outcome;
	if (matches_outcome_read(invocation->ctx, rows, &outcome))
		return STEP_BROKEN;
	if (!outcome.again)
		return tell(invocation, &outcome);
	if (flow_of(invocation)->looks >= LOOKS_MOST) {
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
	case FLOW_SEEDING:
	case FLOW_LAPSING:
		look(invocation, &invocation->call);
		return STEP_CALL;
	case FLOW_CHANGING:
		return answer_change(invocation, rows);
	}
	return STEP_BROKEN;
}

/* ---- Writing */

/* A text that may be absent: Discord's ids are empty then. */
static void put_text(json_t *object, const char *key, const char *text)
{
	if (text && *text)
		json_object_set_new(object, key, must(json_string(text)));
}

static enum step open_with(struct invocation *invocation, json_t *open)
{
	flow_of(invocation)->stage = FLOW_CHANGING;
	matches_open_call(
		invocation->ctx, &invocation->in->id, &invocation->asker, open, &invocation->call);
	return STEP_CALL;
}

enum step flow_open(struct invocation *invocation, int32_t stake, int64_t most,
	const struct sighting *opponent, json_t *seeds, json_t *plays)
{
	json_int_t room = most * MULTIPLIER_MOST;
	json_t *open = must(json_pack("{s:s, s:i, s:I, s:o}", "game_type",
		game_rules(flow_of(invocation)->game)->type, "stake", (int)stake, "max_credit",
		room, "plays", plays));
	if (opponent)
		json_object_set_new(open, "opponent",
			must(json_pack("{s:s, s:s}", "id", opponent->id.text, "name",
				opponent->username)));
	if (seeds)
		json_object_set_new(open, "seeds", seeds);
	if (flow_of(invocation)->channel) /* it looks for the channel's table: this is one */
		json_object_set_new(open, "table", json_true());
	put_text(open, "channel", invocation->in->channel_id.text);
	put_text(open, "application", invocation->in->application_id.text);
	put_text(open, "token", invocation->in->token);
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
	/* Who looks for whatever is open in a channel does not care which game that is. */
	if (!flow_of(invocation)->id)
		json_object_set_new(act, "afresh", json_true());
	return press_with(invocation, match->id.text, match->version, act);
}

/* Only where the message is, is new: its answer has the live token from now on. */
enum step flow_show(struct invocation *invocation, const struct match *match)
{
	return flow_press(invocation, match,
		must(json_pack("{s:o}", "message", match_message_json(invocation))));
}

enum step flow_lapse(struct invocation *invocation, const struct match *match, const char *word)
{
	struct flow *flow = flow_of(invocation);
	if (flow->lapses++ >= LAPSES_MOST)
		return flow_refuse(invocation, word);
	flow->stage = FLOW_LAPSING;
	match_expire_call(invocation->ctx, must(talloc_strdup(invocation->ctx, match->id.text)),
		&invocation->asker, &invocation->call);
	return STEP_CALL;
}

enum step flow_refuse(struct invocation *invocation, const char *word)
{
	const struct flow *flow = flow_of(invocation);
	const struct match *match = flow->look->match;
	json_t *refusal = must(json_pack("{s:s}", "refusal", word));
	if (match && (flow->id || !match->lapsed))
		return flow_press(invocation, match, refusal);
	return flow->id ? press_with(invocation, flow->id, 0, refusal)
			: open_with(invocation, refusal);
}

json_t *match_end_json(enum game game, const struct snowflake *user,
	const struct snowflake *opponent, int32_t stake, int32_t credit)
{
	static const char *const boosts[] = {[BOOST_CREDIT] = "credit", [BOOST_GAIN] = "gain"};
	struct payout payout = payout_make(game, stake, credit, 0);
	enum boost boost = game_rules(game)->boost;
	json_t *end = must(json_pack("{s:s, s:i, s:i}", "result", result_name(payout.result),
		"credit", (int)credit, "xp", payout.xp));
	put_text(end, "user", user->text);
	put_text(end, "opponent", opponent ? opponent->text : NULL);
	put_text(end, "boost", boost == BOOST_NONE ? NULL : boosts[boost]);
	return end;
}

json_t *match_return_json(const struct snowflake *user, int32_t stake)
{
	return must(json_pack("{s:s, s:i}", "user", user->text, "credit", (int)stake));
}

json_t *match_message_json(const struct invocation *invocation)
{
	json_t *message = must(json_object());
	put_text(message, "application", invocation->in->application_id.text);
	put_text(message, "token", invocation->in->token);
	put_text(message, "message", invocation->in->message_id.text);
	return message;
}

json_t *match_news_json(void)
{
	return must(json_pack("{s:b}", "news", 1));
}

static void put_name(const struct invocation *invocation, json_t *names, const struct user *user)
{
	json_object_set_new(
		names, user->id.text, must(json_string(invocation_shown_name(invocation, user))));
}

json_t *match_facts(const struct invocation *invocation, const struct user *other)
{
	json_t *names = must(json_object());
	put_name(invocation, names, &invocation->in->user);
	if (other)
		put_name(invocation, names, other);
	return must(json_pack("{s:o}", "names", names));
}

json_t *match_facts_with(const struct invocation *invocation, const struct match *match)
{
	json_t *facts = must(json_deep_copy(match->facts));
	put_name(invocation, json_object_get(facts, "names"), &invocation->in->user);
	return facts;
}

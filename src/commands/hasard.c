/* /hasard: the seeds that a member's draws are made of, and revealing the secret one. */
#include <string.h>
#include <talloc.h>

#include "besace/base/memory.h"
#include "besace/engine/invocation.h"
#include "besace/store/matches.h"
#include "besace/store/seeds.h"

/* Custom ids: the owner is the only member who may press. */
#define PREFIX "hasard"
#define REVEAL "reveal"

/* ---- Showing */

static char *count_text(void *ctx, int64_t count)
{
	return must(talloc_asprintf(ctx, "%lld", (long long)count));
}

/* What is secret stays so: of the server's seed, the commitment. */
static void add_seeds(struct invocation *invocation, enum language language,
	const struct fair_seed *server, const char *member, int64_t nonce)
{
	void *ctx = invocation->ctx;
	reply_add_block(&invocation->reply, text_get(language, TEXT_FAIR_COMMIT),
		must(talloc_asprintf(ctx, "`%s`", fair_commit(server).text)));
	reply_add_block(&invocation->reply, text_get(language, TEXT_FAIR_SEED),
		must(talloc_asprintf(ctx, "`%s`", member)));
	reply_add_block(
		&invocation->reply, text_get(language, TEXT_FAIR_COUNTER), count_text(ctx, nonce));
}

static void show_seeds(struct invocation *invocation, const struct fair_seed *server,
	const char *member, int64_t nonce, enum text description)
{
	enum language language = invocation_open_reply(invocation, true);
	invocation->reply.title = text_get(language, TEXT_FAIR_TITLE);
	invocation->reply.description = text_get(language, description);
	add_seeds(invocation, language, server, member, nonce);
	if (nonce == 0)
		return;
	struct custom_id id = custom_id_make(PREFIX, REVEAL);
	id.owner = invocation->in->user.id;
	reply_add_button(
		&invocation->reply, (struct button){.style = BUTTON_PRIMARY,
					    .label = text_get(language, TEXT_FAIR_REVEAL),
					    .emoji = "🔎",
					    .custom_id = invocation_custom_id(invocation, id)});
}

/* For everybody: whoever keeps it can verify. */
static void show_revealed(struct invocation *invocation, const struct seeds_change *change)
{
	enum language language = invocation_open_reply(invocation, false);
	void *ctx = invocation->ctx;
	invocation->reply.title = text_get(language, TEXT_FAIR_REVEALED_TITLE);
	invocation->reply.description = text_fill(ctx, language, TEXT_FAIR_REVEALED, "member",
		invocation_shown_name(invocation, &invocation->in->user), "first", "0", "last",
		count_text(ctx, change->games - 1), NULL);
	reply_add_block(&invocation->reply, text_get(language, TEXT_FAIR_SERVER),
		must(talloc_asprintf(ctx, "`%s`", fair_seed_show(&change->old).text)));
	reply_add_block(&invocation->reply, text_get(language, TEXT_FAIR_OLD_COMMIT),
		must(talloc_asprintf(ctx, "`%s`", fair_commit(&change->old).text)));
	add_seeds(invocation, language, &change->server, change->client_seed, change->nonce);
}

/* ---- Steps */

enum hasard_stage { STAGE_LOOK, STAGE_MAKE, STAGE_CHANGE };

/* From one step to the next. */
struct seeds_steps {
	enum hasard_stage stage;
	bool reveal;
};

static struct seeds_steps *steps_of(const struct invocation *invocation)
{
	return invocation->own;
}

static void look(struct invocation *invocation, struct db_call *out)
{
	/* The seeds are the same for all games. */
	static const struct match_query query = {.game = GAME_WHEEL};
	steps_of(invocation)->stage = STAGE_LOOK;
	matches_look_call(invocation->ctx, &invocation->in->id, &invocation->asker, &query, out);
}

static enum step start(struct invocation *invocation, bool reveal, struct db_call *out)
{
	struct seeds_steps *steps = must(talloc(invocation->ctx, struct seeds_steps));
	*steps = (struct seeds_steps){.reveal = reveal};
	invocation->own = steps;
	look(invocation, out);
	return STEP_CALL;
}

/* The member's first seeds. */
static enum step make_seeds(struct invocation *invocation)
{
	struct fair_seed server;
	struct plain_draws draws = draws_plain(invocation->draw);
	fair_seed_make(&server);
	struct fair_member_seed member = fair_member_seed_make(&draws.draws);
	steps_of(invocation)->stage = STAGE_MAKE;
	seeds_make_call(invocation->ctx, &invocation->asker, &server,
		must(talloc_strdup(invocation->ctx, member.text)), &invocation->call);
	return STEP_CALL;
}

static enum step change(struct invocation *invocation, const char *member)
{
	struct fair_seed server;
	steps_of(invocation)->stage = STAGE_CHANGE;
	if (steps_of(invocation)->reveal)
		fair_seed_make(&server);
	seeds_change_call(invocation->ctx, &invocation->in->id, &invocation->asker, member,
		steps_of(invocation)->reveal ? &server : NULL, &invocation->call);
	return STEP_CALL;
}

static enum step answer_look(struct invocation *invocation, const struct db_rows *rows)
{
	struct match_look seen;
	const char *member = invocation_string(invocation, "nombre", NULL);
	if (matches_look_read(invocation->ctx, rows, &seen))
		return STEP_BROKEN;
	if (!seen.has_seeds)
		return make_seeds(invocation);
	if (member || steps_of(invocation)->reveal)
		return change(invocation, member);
	show_seeds(invocation, &seen.server, seen.member, seen.nonce, TEXT_FAIR_SEEDS_EXPLAINED);
	return STEP_REPLY;
}

static enum step answer_change(struct invocation *invocation, const struct db_rows *rows)
{
	struct seeds_change change;
	if (seeds_change_read(invocation->ctx, rows, &change))
		return STEP_BROKEN;
	switch (change.outcome) {
	case SEEDS_UNUSED:
		return invocation_refuse_text(invocation, TEXT_FAIR_UNUSED);
	case SEEDS_OPEN:
		return invocation_refuse_text(invocation, TEXT_FAIR_OPEN);
	case SEEDS_DONE:
		break;
	}
	if (change.revealed)
		show_revealed(invocation, &change);
	else
		show_seeds(invocation, &change.server, change.client_seed, change.nonce,
			TEXT_FAIR_SET);
	return STEP_REPLY;
}

static enum step answer(struct invocation *invocation, const struct db_rows *rows)
{
	switch (steps_of(invocation)->stage) {
	case STAGE_LOOK:
		return answer_look(invocation, rows);
	case STAGE_MAKE:
		look(invocation, &invocation->call);
		return STEP_CALL;
	case STAGE_CHANGE:
		return answer_change(invocation, rows);
	}
	return STEP_BROKEN;
}

static enum step ask(struct invocation *invocation, struct db_call *out)
{
	const char *member = invocation_string(invocation, "nombre", NULL);
	if (member && !fair_member_seed_valid(member))
		return invocation_refuse_text(invocation, TEXT_FAIR_SEED_WRONG);
	return start(invocation, false, out);
}

static enum step press_ask(struct invocation *invocation, struct db_call *out)
{
	struct custom_id id;
	if (!invocation_read_custom_id(invocation, &id) || strcmp(id.action.text, REVEAL) != 0)
		return invocation_refuse_text(invocation, TEXT_UNKNOWN_BUTTON);
	if (!snowflake_equal(&id.owner, &invocation->in->user.id))
		return invocation_refuse_text(invocation, TEXT_FAIR_NOT_YOURS);
	invocation_answer_anew(invocation);
	invocation->ephemeral = false; /* what is revealed is for everybody */
	return start(invocation, true, out);
}

static const struct command_option options[] = {
	{.name = TEXT_FAIR_OPTION_NAME,
		.description = TEXT_FAIR_OPTION_DESCRIPTION,
		.type = OPTION_STRING,
		.min = 1,
		.max = FAIR_CLIENT_SEED_MAX},
};

const struct command command_hasard = {
	.type = COMMAND_CHAT_INPUT,
	.name = TEXT_FAIR_NAME,
	.description = TEXT_FAIR_DESCRIPTION,
	.options = options,
	.option_count = 1,
	.ephemeral = true,
	.ask = ask,
	.answer = answer,
	.button_prefix = PREFIX,
	.press_ask = press_ask,
	.press_answer = answer,
};

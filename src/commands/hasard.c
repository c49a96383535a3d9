/* /hasard: the seeds that a member's draws are made of, revealing the secret one, choosing their
 * own. */
#include <string.h>
#include <talloc.h>

#include "besace/base/memory.h"
#include "besace/engine/invocation.h"
#include "besace/play/proof.h"
#include "besace/store/matches.h"
#include "besace/store/seeds.h"

/* The option, and the form's only field. */
#define KEY "cle"

/* The form's action. */
#define TYPED "typed"

/* ---- Showing */

static char *count_text(void *ctx, int64_t count)
{
	return must(talloc_asprintf(ctx, "%lld", (long long)count));
}

static char *code(void *ctx, const char *text)
{
	return must(talloc_asprintf(ctx, "`%s`", text));
}

static void add_block(
	struct invocation *invocation, enum language language, enum text name, const char *value)
{
	reply_add_block(&invocation->reply, text_get(language, name), value);
}

/* What is secret stays so: of the server's seed, the commitment. */
static void show_seeds(struct invocation *invocation, const struct fair_seed *server,
	const char *member, int64_t nonce, enum text description)
{
	void *ctx = invocation->ctx;
	enum language language = invocation_open_reply(invocation, true);
	invocation->reply.title = text_get(language, TEXT_FAIR_TITLE);
	invocation->reply.description = text_get(language, description);
	add_block(invocation, language, TEXT_FAIR_COMMIT, code(ctx, fair_commit(server).text));
	add_block(invocation, language, TEXT_FAIR_SEED, code(ctx, member));
	add_block(invocation, language, TEXT_FAIR_NONCE,
		text_fill(
			ctx, language, TEXT_PROOF_NUMBER, "number", count_text(ctx, nonce), NULL));
	seeds_add_buttons(invocation, language, &invocation->in->user.id, nonce > 0);
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
	add_block(invocation, language, TEXT_FAIR_SERVER,
		code(ctx, fair_seed_show(&change->old).text));
	add_block(invocation, language, TEXT_FAIR_OLD_COMMIT,
		code(ctx, fair_commit(&change->old).text));
	add_block(invocation, language, TEXT_FAIR_NEW_COMMIT,
		code(ctx, fair_commit(&change->server).text));
}

/* ---- Steps */

enum hasard_stage { STAGE_LOOK, STAGE_MAKE, STAGE_CHANGE };

/* From one step to the next. */
struct seeds_steps {
	enum hasard_stage stage;
	bool reveal;
	const char *key; /* that the member has chosen, or NULL */
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

static enum step start(
	struct invocation *invocation, bool reveal, const char *key, struct db_call *out)
{
	struct seeds_steps *steps = must(talloc(invocation->ctx, struct seeds_steps));
	if (key && !fair_member_seed_valid(key))
		return invocation_refuse_text(invocation, TEXT_FAIR_SEED_WRONG);
	*steps = (struct seeds_steps){.reveal = reveal, .key = key};
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

static enum step change(struct invocation *invocation)
{
	struct fair_seed server;
	steps_of(invocation)->stage = STAGE_CHANGE;
	if (steps_of(invocation)->reveal)
		fair_seed_make(&server);
	seeds_change_call(invocation->ctx, &invocation->in->id, &invocation->asker,
		steps_of(invocation)->key, steps_of(invocation)->reveal ? &server : NULL,
		&invocation->call);
	return STEP_CALL;
}

static enum step answer_look(struct invocation *invocation, const struct db_rows *rows)
{
	struct match_look seen;
	if (matches_look_read(invocation->ctx, rows, &seen))
		return STEP_BROKEN;
	if (!seen.has_seeds)
		return make_seeds(invocation);
	if (steps_of(invocation)->key || steps_of(invocation)->reveal)
		return change(invocation);
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
	return start(invocation, false, invocation_string(invocation, KEY, NULL), out);
}

/* The form in which a member types their own seed. */
static enum step open_form(struct invocation *invocation)
{
	enum language language = invocation_own_language(invocation);
	struct custom_id id = custom_id_make(SEEDS_PREFIX, TYPED);
	id.owner = invocation->in->user.id;
	invocation->reply = (struct reply){.kind = REPLY_MODAL,
		.title = text_get(language, TEXT_FAIR_MODAL_TITLE),
		.custom_id = invocation_custom_id(invocation, id)};
	reply_add_input(&invocation->reply,
		(struct text_input){.custom_id = KEY,
			.label = text_get(language, TEXT_FAIR_MODAL_LABEL),
			.description = text_get(language, TEXT_FAIR_MODAL_DESCRIPTION),
			.min = 1,
			.max = FAIR_CLIENT_SEED_MAX});
	return STEP_REPLY;
}

static enum step press_ask(struct invocation *invocation, struct db_call *out)
{
	struct custom_id id;
	if (!invocation_read_custom_id(invocation, &id))
		return invocation_refuse_text(invocation, TEXT_UNKNOWN_BUTTON);
	if (!snowflake_equal(&id.owner, &invocation->in->user.id))
		return invocation_refuse_text(invocation, TEXT_FAIR_NOT_YOURS);
	if (strcmp(id.action.text, SEEDS_CHANGE) == 0)
		return open_form(invocation);
	if (strcmp(id.action.text, SEEDS_REVEAL) != 0)
		return invocation_refuse_text(invocation, TEXT_UNKNOWN_BUTTON);
	invocation_answer_anew(invocation);
	invocation->ephemeral = false; /* what is revealed is for everybody */
	return start(invocation, true, NULL, out);
}

static enum step submit_ask(struct invocation *invocation, struct db_call *out)
{
	struct custom_id id;
	const char *key = interaction_input(invocation->in, KEY);
	if (!invocation_read_custom_id(invocation, &id) || strcmp(id.action.text, TYPED) != 0 ||
		!key)
		return invocation_refuse_text(invocation, TEXT_UNKNOWN_BUTTON);
	invocation_answer_anew(invocation);
	return start(invocation, false, key, out);
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
	.button_prefix = SEEDS_PREFIX,
	.press_ask = press_ask,
	.press_answer = answer,
	.submit_ask = submit_ask,
	.submit_answer = answer,
};

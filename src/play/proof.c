/* Shows what matches were drawn from. */
#include "besace/play/proof.h"

#include <string.h>
#include <talloc.h>

#include "besace/base/memory.h"
#include "besace/base/utf8.h"
#include "besace/engine/invocation.h"
#include "besace/play/face.h"
#include "besace/play/facts.h"
#include "besace/play/flow.h"
#include "besace/play/own_seed.h"

/* ---- Keeping it */

void proof_put(json_t *end, const json_t *facts)
{
	static const char *const keys[] = {"commit", "seed", "nonce", "server", "members"};
	json_t *proof = must(json_object());
	for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
		json_t *value = json_object_get(facts, keys[i]);
		if (value)
			json_object_set_new(proof, keys[i], must(json_deep_copy(value)));
	}
	if (json_object_size(proof) > 0)
		json_object_set(end, "proof", proof);
	json_decref(proof);
}

/* ---- Asking */

bool proof_is_asked(const struct custom_id *button)
{
	return strcmp(button->action.text, PROOF_ACTION) == 0 && *button->subject.text &&
	       *button->owner.text;
}

enum step proof_ask(
	struct invocation *invocation, const struct custom_id *button, struct db_call *out)
{
	struct flow *flow = must(talloc_zero(invocation->ctx, struct flow));
	flow->button = *button;
	flow->stage = FLOW_PROVING;
	invocation->own = flow;
	invocation->ephemeral = true;
	invocation_answer_anew(invocation);
	match_proof_call(invocation->ctx, &invocation->guild, flow->button.subject.text,
		&flow->button.owner, out);
	return STEP_CALL;
}

/* ---- Showing */

/* The rows of the proof, their names in one column. */
struct rows {
	void *ctx;
	enum language language;
	char *text;
};

/* The longest of the names. */
#define NAME_WIDTH 8

static void add(struct rows *rows, enum text name, const char *value)
{
	const char *word = text_get(rows->language, name);
	int spaces = NAME_WIDTH - (int)utf8_length(word);
	rows->text = must(talloc_asprintf_append_buffer(
		rows->text, "%s%*s%s\n", word, spaces > 1 ? spaces : 1, "", value));
}

static void add_number(struct rows *rows, json_int_t number)
{
	add(rows, TEXT_PROOF_DRAW,
		text_fill(rows->ctx, rows->language, TEXT_PROOF_NUMBER, "number",
			must(talloc_asprintf(rows->ctx, "%lld", (long long)number)), NULL));
}

static const char *copy_commit(void *ctx, const struct fair_seed *seed)
{
	return must(talloc_strdup(ctx, fair_commit(seed).text));
}

/* A draw from the member's seeds: DRAWN holds the commitment, the member's seed and the nonce. */
static enum text add_member_draw(
	struct rows *rows, const json_t *drawn, const struct match_proof *proof)
{
	add(rows, TEXT_PROOF_COMMIT, json_string_value(json_object_get(drawn, "commit")));
	if (proof->revealed)
		add(rows, TEXT_PROOF_SERVER,
			must(talloc_strdup(rows->ctx, fair_seed_show(&proof->server).text)));
	add(rows, TEXT_PROOF_KEY, json_string_value(json_object_get(drawn, "seed")));
	add_number(rows, json_integer_value(json_object_get(drawn, "nonce")));
	return proof->revealed ? TEXT_PROOF_REVEALED : TEXT_PROOF_SEALED;
}

/* A draw from a seed of its own, which is shown once it was drawn from. */
static enum text add_own_draw(struct rows *rows, const json_t *drawn, bool is_open)
{
	struct fair_seed server;
	if (!own_seed_read(drawn, &server))
		return TEXT_PROOF_GONE;
	add(rows, TEXT_PROOF_COMMIT, copy_commit(rows->ctx, &server));
	if (is_open)
		return TEXT_PROOF_OWN_SEALED;
	add(rows, TEXT_PROOF_SERVER, must(talloc_strdup(rows->ctx, fair_seed_show(&server).text)));
	char *keys = must(talloc_strdup(rows->ctx, ""));
	size_t i;
	json_t *key;
	json_array_foreach (json_object_get(drawn, "members"), i, key)
		keys = must(talloc_asprintf_append_buffer(
			keys, "%s%s", i ? "+" : "", json_string_value(key)));
	add(rows, TEXT_PROOF_KEYS, keys);
	add_number(rows, 0);
	return TEXT_PROOF_OWN;
}

void seeds_add_buttons(struct invocation *invocation, enum language language,
	const struct snowflake *owner, bool reveals)
{
	struct custom_id reveal = custom_id_make(SEEDS_PREFIX, SEEDS_REVEAL),
			 change = custom_id_make(SEEDS_PREFIX, SEEDS_CHANGE);
	reveal.owner = change.owner = *owner;
	if (reveals)
		reply_add_button(&invocation->reply,
			(struct button){.style = BUTTON_SECONDARY,
				.label = text_get(language, TEXT_FAIR_REVEAL),
				.emoji = "🔓",
				.custom_id = invocation_custom_id(invocation, reveal)});
	reply_add_button(
		&invocation->reply, (struct button){.style = BUTTON_SECONDARY,
					    .label = text_get(language, TEXT_FAIR_CHANGE),
					    .emoji = "✏️",
					    .custom_id = invocation_custom_id(invocation, change)});
}

enum step proof_answer(struct invocation *invocation, const struct db_rows *rows)
{
	struct match_proof proof;
	if (match_proof_read(invocation->ctx, rows, &proof))
		return STEP_BROKEN;
	const json_t *drawn = proof.match ? proof.match->facts : proof.drawn;
	bool of_member = json_object_get(drawn, "commit") != NULL;
	if (!of_member && !json_object_get(drawn, "server"))
		return invocation_refuse_text(invocation, TEXT_PROOF_GONE);
	enum language language = invocation_open_reply(invocation, true);
	struct rows lines = {invocation->ctx, language, must(talloc_strdup(invocation->ctx, ""))};
	enum text description = of_member ? add_member_draw(&lines, drawn, &proof)
					  : add_own_draw(&lines, drawn, proof.match != NULL);
	bool is_own = of_member && !proof.match &&
		      snowflake_equal(&flow_of(invocation)->button.owner, &invocation->in->user.id);
	bool reveals = is_own && !proof.revealed;
	invocation->reply.title = text_get(language, TEXT_PROOF_TITLE);
	invocation->reply.description = must(talloc_asprintf(invocation->ctx, "%s\n```\n%s```\n%s",
		text_get(language, description), lines.text,
		text_get(language, reveals ? TEXT_PROOF_LATER : TEXT_PROOF_HOW)));
	if (is_own)
		seeds_add_buttons(
			invocation, language, &flow_of(invocation)->button.owner, reveals);
	return STEP_REPLY;
}

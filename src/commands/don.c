/* /don: gives LC to another member, after a confirmation when it is much. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <talloc.h>

#include "besace/base/memory.h"
#include "besace/discord/markdown.h"
#include "besace/domain/money.h"
#include "besace/engine/command.h"
#include "besace/engine/run.h"
#include "besace/store/money.h"

/*
 * Custom ids are "don:1:ACTION:NONCE:SECONDS:FROM:TO:AMOUNT". The nonce is the interaction that
 * asked for the confirmation, the seconds since 1970 are when. The database makes a nonce pay once;
 * who pays is whoever pressed, so a forged id spends nobody else's money.
 */
#define PREFIX "don"
#define VERSION "1"
#define CONFIRM "ok"
#define CANCEL "no"

struct confirmation {
	bool confirmed;
	struct snowflake nonce, from, to;
	int64_t asked_s;
	int32_t amount;
};

/* ---- The command */

static int32_t amount_of(const struct run *run)
{
	return (int32_t)run_integer(run, "montant", 0);
}

static enum step ask(struct run *run, struct db_call *out)
{
	int32_t amount = amount_of(run);
	if (run_other(run, "membre", TEXT_GIVE_SELF) != STEP_CALL)
		return STEP_REPLY;
	if (amount > TRANSFER_QUIET_MOST) {
		run->is_private = true; /* the question is for the giver alone */
		members_profile_call(run->ctx, &run->asker, &run->who, out);
		return STEP_CALL;
	}
	const struct transfer transfer = {.from = &run->asker,
		.to = run->who.id,
		.to_name = run->who.username,
		.amount = amount};
	transfer_call(run->ctx, &run->in->id, &transfer, NULL, out);
	return STEP_CALL;
}

static enum step refuse_short(struct run *run, int32_t balance, int32_t amount)
{
	enum language language = run_private_language(run);
	return run_refuse(
		run, text_fill(run->ctx, language, TEXT_GIVE_SHORT, "balance",
			     text_number(run->ctx, language, balance), "missing",
			     text_number(run->ctx, language, (int64_t)amount - balance), NULL));
}

static enum step refuse(struct run *run, const struct transfer_outcome *outcome, int32_t amount)
{
	static const enum text texts[] = {[TRANSFER_SELF] = TEXT_GIVE_SELF,
		[TRANSFER_RECEIVER_FULL] = TEXT_GIVE_RECEIVER_FULL,
		[TRANSFER_RECEIVER_GONE] = TEXT_GIVE_RECEIVER_GONE,
		[TRANSFER_ALREADY_DONE] = TEXT_GIVE_ALREADY_DONE,
		[TRANSFER_CANCELLED] = TEXT_GIVE_WAS_CANCELLED};
	if (outcome->result == TRANSFER_SHORT)
		return refuse_short(run, outcome->balance, amount);
	return run_refuse_text(run, texts[outcome->result]);
}

static void render_given(struct run *run, const char *receiver, int32_t amount)
{
	enum language language = run_open_reply(run, false);
	run->reply.colour = COLOUR_SUCCESS;
	run->reply.title = text_get(language, TEXT_GIVE_TITLE);
	run->reply.description = text_fill(run->ctx, language, TEXT_GIVE_DONE, "giver",
		run_shown_name(run, &run->in->user), "amount",
		text_number(run->ctx, language, amount), "receiver", receiver, NULL);
}

static char *button_id(const struct run *run, const char *action, int32_t amount)
{
	return must(talloc_asprintf(run->ctx,
		PREFIX ":" VERSION ":%s:%s:%" PRId64 ":%s:%s:%" PRId32, action, run->in->id.text,
		run->seen_ms / 1000, run->in->user.id.text, run->about->id.text, amount));
}

static void render_question(struct run *run, int32_t amount, int32_t balance)
{
	void *ctx = run->ctx;
	enum language language = run_open_reply(run, true);
	run->reply.colour = COLOUR_WAITING;
	run->reply.title = text_get(language, TEXT_GIVE_ASK_TITLE);
	run->reply.description = text_fill(ctx, language, TEXT_GIVE_ASK, "amount",
		text_number(ctx, language, amount), "receiver", run_shown_name(run, run->about),
		"left", text_number(ctx, language, balance - amount), NULL);
	reply_add_button(&run->reply, (struct button){.style = BUTTON_SUCCESS,
					      .label = text_get(language, TEXT_CONFIRM),
					      .emoji = "✅",
					      .custom_id = button_id(run, CONFIRM, amount)});
	reply_add_button(&run->reply, (struct button){.style = BUTTON_SECONDARY,
					      .label = text_get(language, TEXT_CANCEL),
					      .emoji = "✖️",
					      .custom_id = button_id(run, CANCEL, amount)});
}

static enum step answer_question(struct run *run, const struct db_rows *rows, int32_t amount)
{
	struct profile profile;
	enum step step = run_judge(members_profile_read(rows, &profile));
	if (step != STEP_REPLY)
		return step;
	if (profile.balance < amount)
		return refuse_short(run, profile.balance, amount);
	render_question(run, amount, profile.balance);
	return STEP_REPLY;
}

static enum step answer(struct run *run, const struct db_rows *rows)
{
	int32_t amount = amount_of(run);
	struct transfer_outcome outcome;
	if (amount > TRANSFER_QUIET_MOST)
		return answer_question(run, rows, amount);
	if (transfer_read(run->ctx, rows, &outcome))
		return STEP_BROKEN;
	if (outcome.result != TRANSFER_DONE)
		return refuse(run, &outcome, amount);
	render_given(run, run_shown_name(run, run->about), amount);
	return STEP_REPLY;
}

/* ---- The confirmation */

/* Reads a custom id of ours. False when it is of another version or form. */
static bool read_button(const char *custom_id, struct confirmation *out)
{
	char action[3], nonce[22], from[22], to[22], seconds[13], amount[11];
	int used = 0;
	if (sscanf(custom_id,
		    PREFIX ":" VERSION ":%2[a-z]:%21[0-9]:%12[0-9]:%21[0-9]:%21[0-9]:%10[0-9]%n",
		    action, nonce, seconds, from, to, amount, &used) != 6 ||
		custom_id[used] != '\0')
		return false;
	int64_t number = strtoll(amount, NULL, 10);
	*out = (struct confirmation){.confirmed = strcmp(action, CONFIRM) == 0,
		.asked_s = strtoll(seconds, NULL, 10),
		.amount = (int32_t)number};
	return (out->confirmed || strcmp(action, CANCEL) == 0) && number >= 1 &&
	       number <= BALANCE_MOST && snowflake_parse(nonce, &out->nonce) &&
	       snowflake_parse(from, &out->from) && snowflake_parse(to, &out->to);
}

static enum step press_ask(struct run *run, struct db_call *out)
{
	struct confirmation button;
	if (!read_button(run->in->custom_id, &button))
		return run_refuse_text(run, TEXT_UNKNOWN_BUTTON);
	if (!snowflake_equal(&button.from, &run->in->user.id))
		return run_refuse_text(run, TEXT_NOT_YOURS);
	if (!button.confirmed) {
		transfer_cancel_call(run->ctx, &run->in->id, &run->asker, &button.nonce, out);
		return STEP_CALL;
	}
	/* By the seconds alone, which are signed: a replay gets the same answer. */
	if ((run->seen_ms / 1000 - button.asked_s) * 1000 > TRANSFER_CONFIRM_MS)
		return run_refuse_text(run, TEXT_GIVE_TOO_LATE);
	const struct transfer transfer = {
		.from = &run->asker, .to = button.to, .amount = button.amount};
	transfer_call(run->ctx, &run->in->id, &transfer, &button.nonce, out);
	return STEP_CALL;
}

static void render_cancelled(struct run *run)
{
	enum language language = run_open_reply(run, true);
	run->reply.kind = REPLY_UPDATE;
	run->reply.title = text_get(language, TEXT_GIVE_CANCELLED_TITLE);
	run->reply.description = text_get(language, TEXT_GIVE_CANCELLED);
}

static enum step press_answer(struct run *run, const struct db_rows *rows)
{
	struct confirmation button;
	struct transfer_outcome outcome;
	if (!read_button(run->in->custom_id, &button))
		return STEP_BROKEN;
	if (button.confirmed ? transfer_read(run->ctx, rows, &outcome)
			     : transfer_cancel_read(run->ctx, rows, &outcome))
		return STEP_BROKEN;
	if (outcome.result != TRANSFER_DONE)
		return refuse(run, &outcome, button.amount);
	if (!button.confirmed)
		render_cancelled(run);
	else if (!outcome.receiver)
		return STEP_BROKEN;
	else
		render_given(run, markdown_escape(run->ctx, outcome.receiver, button.to.text),
			button.amount);
	return STEP_REPLY;
}

static const struct command_option options[] = {
	{.name = TEXT_GIVE_MEMBER_NAME,
		.about = TEXT_GIVE_MEMBER_ABOUT,
		.type = OPTION_USER,
		.required = true},
	{.name = TEXT_GIVE_AMOUNT_NAME,
		.about = TEXT_GIVE_AMOUNT_ABOUT,
		.type = OPTION_INTEGER,
		.required = true,
		.least = 1,
		.most = BALANCE_MOST},
};

const struct command command_don = {
	.type = COMMAND_CHAT_INPUT,
	.name = TEXT_GIVE_NAME,
	.about = TEXT_GIVE_ABOUT,
	.options = options,
	.option_count = ARRAY_LEN(options),
	.ask = ask,
	.answer = answer,
	.button_prefix = PREFIX,
	.press_ask = press_ask,
	.press_answer = press_answer,
};

/* /don: gives LC to another member, after a confirmation when it is much. */
#include <string.h>
#include <talloc.h>

#include "besace/base/memory.h"
#include "besace/discord/markdown.h"
#include "besace/domain/money.h"
#include "besace/engine/command.h"
#include "besace/engine/door.h"
#include "besace/engine/invocation.h"
#include "besace/store/money.h"

/*
 * Custom ids: the owner is the giver, the member the receiver, the number the amount, the subject
 * the interaction that asked for the confirmation (its nonce) and the time when. The database makes
 * a nonce pay once; whoever presses pays, so a forged id spends nobody else's money.
 */
#define PREFIX "don"
#define CONFIRM "ok"
#define CANCEL "no"

struct confirmation {
	bool confirmed;
	struct snowflake nonce, from, to;
	int64_t asked_s;
	int32_t amount;
};

/* ---- The command */

static int32_t amount_of(const struct invocation *invocation)
{
	return (int32_t)invocation_integer(invocation, "montant", 0);
}

static enum step ask(struct invocation *invocation, struct db_call *out)
{
	int32_t amount = amount_of(invocation);
	if (invocation_other(invocation, "membre", TEXT_GIVE_SELF) != STEP_CALL)
		return STEP_REPLY;
	if (amount > TRANSFER_QUIET_MAX) {
		invocation->ephemeral = true; /* the question is for the giver alone */
		members_profile_call(invocation->ctx, &invocation->asker, &invocation->target, out);
		return STEP_CALL;
	}
	const struct transfer transfer = {.from = &invocation->asker,
		.to = invocation->target.id,
		.to_name = invocation->target.username,
		.amount = amount};
	transfer_call(invocation->ctx, &invocation->in->id, &transfer, NULL, out);
	return STEP_CALL;
}

static enum step refuse_short(struct invocation *invocation, int32_t balance, int32_t amount)
{
	enum language language = invocation_own_language(invocation);
	invocation_refuse(invocation, TEXT_GIVE_SHORT,
		text_fill(invocation->ctx, language, TEXT_GIVE_SHORT, "balance",
			text_number(invocation->ctx, language, balance), "missing",
			text_number(invocation->ctx, language, (int64_t)amount - balance), NULL));
	if (!invocation->wording.no_gift)
		reply_add_button(
			&invocation->reply, door_button(invocation->ctx, language, DOOR_GIFT));
	return STEP_REPLY;
}

static enum step refuse_day(struct invocation *invocation, int32_t left)
{
	enum language language = invocation_own_language(invocation);
	return invocation_refuse(invocation, TEXT_GIVE_DAY_MAX,
		text_fill(invocation->ctx, language, TEXT_GIVE_DAY_MAX, "left",
			text_number(invocation->ctx, language, left), NULL));
}

static enum step refuse(
	struct invocation *invocation, const struct transfer_outcome *outcome, int32_t amount)
{
	static const enum text texts[] = {[TRANSFER_SELF] = TEXT_GIVE_SELF,
		[TRANSFER_RECEIVER_FULL] = TEXT_GIVE_RECEIVER_FULL,
		[TRANSFER_RECEIVER_GONE] = TEXT_GIVE_RECEIVER_GONE,
		[TRANSFER_ALREADY_DONE] = TEXT_GIVE_ALREADY_DONE,
		[TRANSFER_CANCELLED] = TEXT_GIVE_WAS_CANCELLED,
		[TRANSFER_OFF] = TEXT_GIVE_OFF};
	if (outcome->result == TRANSFER_SHORT)
		return refuse_short(invocation, outcome->balance, amount);
	if (outcome->result == TRANSFER_DAY_MAX)
		return refuse_day(invocation, outcome->left);
	return invocation_refuse_text(invocation, texts[outcome->result]);
}

static void render_given(struct invocation *invocation, const char *receiver, int32_t amount)
{
	enum language language = invocation_open_reply(invocation, false);
	invocation->reply.colour = COLOUR_SUCCESS;
	invocation->reply.title = text_fill(invocation->ctx, language, TEXT_GIVE_TITLE, NULL);
	invocation->reply.description = text_fill(invocation->ctx, language, TEXT_GIVE_DONE,
		"giver", invocation_shown_name(invocation, &invocation->in->user), "amount",
		text_number(invocation->ctx, language, amount), "receiver", receiver, NULL);
}

static char *button_id(const struct invocation *invocation, const char *action, int32_t amount)
{
	struct custom_id id = custom_id_make(PREFIX, action);
	id.owner = invocation->in->user.id;
	id.subject = invocation->in->id;
	id.member = invocation->target_user->id;
	id.number = amount;
	id.time = invocation->seen_ms / 1000;
	return invocation_custom_id(invocation, id);
}

static void render_question(struct invocation *invocation, int32_t amount, int32_t balance)
{
	void *ctx = invocation->ctx;
	enum language language = invocation_open_reply(invocation, true);
	invocation->reply.colour = COLOUR_WAITING;
	invocation->reply.title = text_get(language, TEXT_GIVE_ASK_TITLE);
	invocation->reply.description = text_fill(ctx, language, TEXT_GIVE_ASK, "amount",
		text_number(ctx, language, amount), "receiver",
		invocation_shown_name(invocation, invocation->target_user), "left",
		text_number(ctx, language, balance - amount), NULL);
	reply_add_button(
		&invocation->reply, (struct button){.style = BUTTON_SUCCESS,
					    .label = text_get(language, TEXT_CONFIRM),
					    .emoji = "✅",
					    .custom_id = button_id(invocation, CONFIRM, amount)});
	reply_add_button(
		&invocation->reply, (struct button){.style = BUTTON_SECONDARY,
					    .label = text_get(language, TEXT_CANCEL),
					    .emoji = "✖️",
					    .custom_id = button_id(invocation, CANCEL, amount)});
}

static enum step answer_question(
	struct invocation *invocation, const struct db_rows *rows, int32_t amount)
{
	struct profile profile;
	enum step step = invocation_judge(invocation, members_profile_read(rows, &profile));
	if (step != STEP_REPLY)
		return step;
	if (profile.balance < amount)
		return refuse_short(invocation, profile.balance, amount);
	render_question(invocation, amount, profile.balance);
	return STEP_REPLY;
}

static enum step answer(struct invocation *invocation, const struct db_rows *rows)
{
	int32_t amount = amount_of(invocation);
	struct transfer_outcome outcome;
	if (amount > TRANSFER_QUIET_MAX)
		return answer_question(invocation, rows, amount);
	if (transfer_read(invocation->ctx, rows, &outcome))
		return STEP_BROKEN;
	if (outcome.result != TRANSFER_DONE)
		return refuse(invocation, &outcome, amount);
	render_given(
		invocation, invocation_shown_name(invocation, invocation->target_user), amount);
	return STEP_REPLY;
}

/* ---- The confirmation */

/* Reads the custom id of a press. False when it is none of this command. */
static bool read_button(const struct invocation *invocation, struct confirmation *out)
{
	struct custom_id id;
	if (!invocation_read_custom_id(invocation, &id) || id.number < 1 ||
		id.number > BALANCE_MAX || id.time < 0 || !*id.subject.text || !*id.member.text)
		return false;
	*out = (struct confirmation){.confirmed = strcmp(id.action.text, CONFIRM) == 0,
		.nonce = id.subject,
		.from = id.owner,
		.to = id.member,
		.asked_s = id.time,
		.amount = (int32_t)id.number};
	return out->confirmed || strcmp(id.action.text, CANCEL) == 0;
}

static enum step press_ask(struct invocation *invocation, struct db_call *out)
{
	struct confirmation button;
	if (!read_button(invocation, &button))
		return invocation_refuse_text(invocation, TEXT_UNKNOWN_BUTTON);
	if (!snowflake_equal(&button.from, &invocation->in->user.id))
		return invocation_refuse_text(invocation, TEXT_NOT_YOURS);
	if (!button.confirmed) {
		transfer_cancel_call(invocation->ctx, &invocation->in->id, &invocation->asker,
			&button.nonce, out);
		return STEP_CALL;
	}
	/* By the seconds alone, which are signed: a replay gets the same answer. */
	if (invocation->seen_ms / 1000 - button.asked_s > TRANSFER_CONFIRM_MS / 1000)
		return invocation_refuse_text(invocation, TEXT_GIVE_TOO_LATE);
	const struct transfer transfer = {
		.from = &invocation->asker, .to = button.to, .amount = button.amount};
	transfer_call(invocation->ctx, &invocation->in->id, &transfer, &button.nonce, out);
	return STEP_CALL;
}

static void render_cancelled(struct invocation *invocation)
{
	enum language language = invocation_open_reply(invocation, true);
	invocation->reply.kind = REPLY_UPDATE;
	invocation->reply.title = text_get(language, TEXT_GIVE_CANCELLED_TITLE);
	invocation->reply.description = text_get(language, TEXT_GIVE_CANCELLED);
}

static enum step press_answer(struct invocation *invocation, const struct db_rows *rows)
{
	struct confirmation button;
	struct transfer_outcome outcome;
	if (!read_button(invocation, &button))
		return STEP_BROKEN;
	if (button.confirmed ? transfer_read(invocation->ctx, rows, &outcome)
			     : transfer_cancel_read(invocation->ctx, rows, &outcome))
		return STEP_BROKEN;
	if (outcome.result != TRANSFER_DONE)
		return refuse(invocation, &outcome, button.amount);
	if (!button.confirmed)
		render_cancelled(invocation);
	else if (!outcome.receiver)
		return STEP_BROKEN;
	else
		render_given(invocation,
			markdown_escape(invocation->ctx, outcome.receiver, button.to.text),
			button.amount);
	return STEP_REPLY;
}

static const struct command_option options[] = {
	{.name = TEXT_GIVE_MEMBER_NAME,
		.description = TEXT_GIVE_MEMBER_DESCRIPTION,
		.type = OPTION_USER,
		.required = true},
	{.name = TEXT_GIVE_AMOUNT_NAME,
		.description = TEXT_GIVE_AMOUNT_DESCRIPTION,
		.type = OPTION_INTEGER,
		.required = true,
		.min = 1,
		.max = BALANCE_MAX},
};

const struct command command_don = {
	.type = COMMAND_CHAT_INPUT,
	.name = TEXT_GIVE_NAME,
	.description = TEXT_GIVE_DESCRIPTION,
	.options = options,
	.option_count = ARRAY_LEN(options),
	.ask = ask,
	.answer = answer,
	.button_prefix = PREFIX,
	.press_ask = press_ask,
	.press_answer = press_answer,
};

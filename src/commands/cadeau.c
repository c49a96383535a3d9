/* /cadeau: the daily gift. */
#include <inttypes.h>
#include <string.h>
#include <talloc.h>

#include "besace/base/memory.h"
#include "besace/domain/money.h"
#include "besace/engine/command.h"
#include "besace/engine/invocation.h"
#include "besace/store/money.h"

/* The button of refusals for want of LC (play/refusal.c). */
#define TAKE "take"

static enum step ask(struct invocation *invocation, struct db_call *out)
{
	gift_call(invocation->ctx, &invocation->in->id, &invocation->asker, out);
	return STEP_CALL;
}

/* Discord shows it in the reader's own words and time zone: "in 5 hours". */
static char *in_a_while(const struct invocation *invocation, int64_t when_s)
{
	return must(talloc_asprintf(invocation->ctx, "<t:%" PRId64 ":R>", when_s));
}

static enum step answer(struct invocation *invocation, const struct db_rows *rows)
{
	struct gift_outcome gift;
	if (gift_read(invocation->ctx, rows, &gift))
		return STEP_BROKEN;
	char *next = in_a_while(invocation, gift.next_s);
	enum language language = invocation_own_language(invocation);
	if (gift.result == GIFT_TOO_EARLY)
		return invocation_refuse(invocation, TEXT_GIFT_TOO_EARLY,
			text_fill(invocation->ctx, language, TEXT_GIFT_TOO_EARLY, "next", next,
				NULL));
	if (gift.result == GIFT_BALANCE_FULL)
		return invocation_refuse_text(invocation, TEXT_GIFT_BALANCE_FULL);
	if (gift.result == GIFT_OFF)
		return invocation_refuse_text(invocation, TEXT_GIFT_OFF);
	language = invocation_open_reply(invocation, false);
	invocation->reply.colour = COLOUR_SUCCESS;
	invocation->reply.title = text_get(language, TEXT_GIFT_TITLE);
	invocation->reply.description = text_fill(invocation->ctx, language, TEXT_GIFT_DONE,
		"member", invocation_shown_name(invocation, &invocation->in->user), "amount",
		text_number(invocation->ctx, language, gift.amount), "balance",
		text_number(invocation->ctx, language, gift.balance), "next", next, NULL);
	return STEP_REPLY;
}

static enum step press_ask(struct invocation *invocation, struct db_call *out)
{
	struct custom_id id;
	if (!invocation_read_custom_id(invocation, &id) || strcmp(id.action.text, TAKE) != 0)
		return invocation_refuse_text(invocation, TEXT_UNKNOWN_BUTTON);
	invocation_answer_anew(invocation);
	return ask(invocation, out);
}

const struct command command_cadeau = {
	.type = COMMAND_CHAT_INPUT,
	.name = TEXT_GIFT_NAME,
	.description = TEXT_GIFT_DESCRIPTION,
	.ask = ask,
	.answer = answer,
	.button_prefix = "cadeau",
	.press_ask = press_ask,
	.press_answer = answer,
};

/* /cadeau: the daily gift. */
#include <inttypes.h>
#include <talloc.h>

#include "besace/base/memory.h"
#include "besace/domain/money.h"
#include "besace/engine/command.h"
#include "besace/engine/run.h"
#include "besace/store/money.h"

static enum step ask(struct run *run, struct db_call *out)
{
	gift_call(run->ctx, &run->in->id, &run->asker, out);
	return STEP_CALL;
}

/* Discord shows it in the reader's own words and time zone: "in 5 hours". */
static char *in_a_while(const struct run *run, int64_t when_s)
{
	return must(talloc_asprintf(run->ctx, "<t:%" PRId64 ":R>", when_s));
}

static enum step answer(struct run *run, const struct db_rows *rows)
{
	struct gift_outcome gift;
	if (gift_read(run->ctx, rows, &gift))
		return STEP_BROKEN;
	char *next = in_a_while(run, gift.next_s);
	enum language language = run_private_language(run);
	if (gift.result == GIFT_TOO_EARLY)
		return run_refuse(run,
			text_fill(run->ctx, language, TEXT_GIFT_TOO_EARLY, "next", next, NULL));
	if (gift.result == GIFT_BALANCE_FULL)
		return run_refuse_text(run, TEXT_GIFT_BALANCE_FULL);
	language = run_open_reply(run, false);
	run->reply.colour = COLOUR_SUCCESS;
	run->reply.title = text_get(language, TEXT_GIFT_TITLE);
	run->reply.description = text_fill(run->ctx, language, TEXT_GIFT_DONE, "member",
		run_shown_name(run, &run->in->user), "amount",
		text_number(run->ctx, language, GIFT_AMOUNT), "balance",
		text_number(run->ctx, language, gift.balance), "next", next, NULL);
	return STEP_REPLY;
}

const struct command command_cadeau = {
	.type = COMMAND_CHAT_INPUT,
	.name = TEXT_GIFT_NAME,
	.about = TEXT_GIFT_ABOUT,
	.ask = ask,
	.answer = answer,
};

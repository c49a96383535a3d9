/* /limite: a member's own limit of losses a day. */
#include <inttypes.h>
#include <talloc.h>

#include "besace/base/memory.h"
#include "besace/engine/command.h"
#include "besace/engine/invocation.h"
#include "besace/store/earnings.h"

static const struct option *amount(const struct invocation *invocation)
{
	return interaction_option(
		invocation->in, text_get(LANGUAGE_DEFAULT, TEXT_LIMIT_AMOUNT_NAME));
}

static enum step ask(struct invocation *invocation, struct db_call *out)
{
	const struct option *given = amount(invocation);
	if (given)
		loss_limit_set_call(invocation->ctx, &invocation->in->id, &invocation->asker,
			(int32_t)given->integer, out);
	else
		loss_limit_call(invocation->ctx, &invocation->asker, out);
	return STEP_CALL;
}

/* MAX as it is shown; 0: no limit. */
static char *max_words(const struct invocation *invocation, enum language language, int32_t max)
{
	return max ? text_number(invocation->ctx, language, max)
		   : must(talloc_strdup(invocation->ctx, text_get(language, TEXT_VALUE_NO_LIMIT)));
}

static enum step answer(struct invocation *invocation, const struct db_rows *rows)
{
	struct loss_limit limit;
	void *ctx = invocation->ctx;
	if (amount(invocation) ? loss_limit_set_read(ctx, rows, &limit)
			       : loss_limit_read(ctx, rows, &limit))
		return STEP_BROKEN;
	enum language language = invocation_open_reply(invocation, true);
	char *text = text_fill(ctx, language, TEXT_LIMIT_NOW, "max",
		max_words(invocation, language, limit.day_max), "lost",
		text_number(ctx, language, limit.lost), NULL);
	if (limit.next_at_s)
		text = must(talloc_asprintf_append(text, "\n%s",
			text_fill(ctx, language, TEXT_LIMIT_NEXT, "time",
				must(talloc_asprintf(ctx, "<t:%" PRId64 ":f>", limit.next_at_s)),
				"max", max_words(invocation, language, limit.next_max), NULL)));
	if (limit.guild_max)
		text = must(talloc_asprintf_append(text, "\n%s",
			text_fill(ctx, language, TEXT_LIMIT_GUILD, "max",
				max_words(invocation, language, limit.guild_max), NULL)));
	text = must(talloc_asprintf_append(text, "\n%s", text_get(language, TEXT_LIMIT_RULE)));
	invocation->reply.colour = COLOUR_LEATHER;
	invocation->reply.title = text_get(language, TEXT_LIMIT_TITLE);
	invocation->reply.description = text;
	return STEP_REPLY;
}

static const struct command_option options[] = {
	{.name = TEXT_LIMIT_AMOUNT_NAME,
		.description = TEXT_LIMIT_AMOUNT_DESCRIPTION,
		.type = OPTION_INTEGER,
		.min = 0,
		.max = LOSS_LIMIT_MAX},
};

const struct command command_limite = {
	.type = COMMAND_CHAT_INPUT,
	.name = TEXT_LIMIT_NAME,
	.description = TEXT_LIMIT_DESCRIPTION,
	.options = options,
	.option_count = ARRAY_LEN(options),
	.ephemeral = true,
	.ask = ask,
	.answer = answer,
};

/* /annonces: whether the announcement of one's levels pings. */
#include "besace/engine/command.h"
#include "besace/engine/invocation.h"
#include "besace/store/members.h"

static enum step ask(struct invocation *invocation, struct db_call *out)
{
	const struct option *ping = interaction_option(invocation->in, "ping");
	bool on = ping && ping->type == OPTION_BOOLEAN && ping->integer;
	announce_ping_call(invocation->ctx, &invocation->in->id, &invocation->asker, on, out);
	return STEP_CALL;
}

static enum step answer(struct invocation *invocation, const struct db_rows *rows)
{
	bool on;
	if (announce_ping_read(invocation->ctx, rows, &on))
		return STEP_BROKEN;
	enum language language = invocation_open_reply(invocation, true);
	invocation->reply.colour = COLOUR_SUCCESS;
	invocation->reply.title = text_get(language, TEXT_PING_TITLE);
	invocation->reply.description = text_get(language, on ? TEXT_PING_ON : TEXT_PING_OFF);
	return STEP_REPLY;
}

static const struct command_option options[] = {
	{.name = TEXT_PING_OPTION_NAME,
		.about = TEXT_PING_OPTION_ABOUT,
		.type = OPTION_BOOLEAN,
		.required = true},
};

const struct command command_annonces = {
	.type = COMMAND_CHAT_INPUT,
	.name = TEXT_PING_NAME,
	.about = TEXT_PING_ABOUT,
	.options = options,
	.option_count = 1,
	.is_private = true,
	.ask = ask,
	.answer = answer,
};

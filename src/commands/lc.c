/* /lc and "Voir le solde": how much LC a member has. */
#include "besace/engine/command.h"
#include "besace/engine/invocation.h"

static enum step ask(struct invocation *invocation, struct db_call *out)
{
	enum step step = invocation_target(invocation);
	if (step == STEP_CALL)
		members_profile_call(invocation->ctx, &invocation->target, &invocation->asker, out);
	return step;
}

static enum step answer(struct invocation *invocation, const struct db_rows *rows)
{
	struct profile profile;
	enum step step = invocation_judge(invocation, members_profile_read(rows, &profile));
	if (step != STEP_REPLY)
		return step;
	enum language language = invocation_open_reply(invocation, invocation->command->ephemeral);
	char *balance = text_number(invocation->ctx, language, profile.balance);
	invocation->reply.colour = COLOUR_MONEY;
	invocation->reply.title = text_fill(invocation->ctx, language, TEXT_BALANCE_TITLE, "member",
		invocation_shown_name(invocation, invocation->target_user), NULL);
	invocation->reply.description =
		text_fill(invocation->ctx, language, TEXT_BALANCE, "balance", balance, NULL);
	return STEP_REPLY;
}

static const struct command_option options[] = {
	{.name = TEXT_LC_MEMBER_NAME,
		.description = TEXT_LC_MEMBER_DESCRIPTION,
		.type = OPTION_USER},
};

const struct command command_lc = {
	.type = COMMAND_CHAT_INPUT,
	.name = TEXT_LC_NAME,
	.description = TEXT_LC_DESCRIPTION,
	.options = options,
	.option_count = 1,
	.ask = ask,
	.answer = answer,
};

const struct command command_see_balance = {
	.type = COMMAND_USER,
	.name = TEXT_SEE_BALANCE_NAME,
	.description = TEXT_SEE_BALANCE_DESCRIPTION,
	.ephemeral = true,
	.ask = ask,
	.answer = answer,
};

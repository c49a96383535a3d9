/* /lc and "Voir la balance": how much LC a member has. */
#include "besace/engine/command.h"
#include "besace/engine/run.h"

static enum step ask(struct run *run, struct db_call *out)
{
	enum step step = run_about(run);
	if (step == STEP_CALL)
		members_profile_call(run->ctx, &run->who, &run->asker, out);
	return step;
}

static enum step answer(struct run *run, const struct db_rows *rows)
{
	struct profile profile;
	enum step step = run_judge(members_profile_read(rows, &profile));
	if (step != STEP_REPLY)
		return step;
	enum language language = run_open_reply(run, run->command->is_private);
	char *balance = text_number(run->ctx, language, profile.balance);
	run->reply.colour = COLOUR_MONEY;
	run->reply.title = text_fill(run->ctx, language, TEXT_BALANCE_TITLE, "member",
		run_shown_name(run, run->about), NULL);
	run->reply.description =
		text_fill(run->ctx, language, TEXT_BALANCE, "balance", balance, NULL);
	return STEP_REPLY;
}

static const struct command_option options[] = {
	{.name = TEXT_LC_MEMBER_NAME, .about = TEXT_LC_MEMBER_ABOUT, .type = OPTION_USER},
};

const struct command command_lc = {
	.type = COMMAND_CHAT_INPUT,
	.name = TEXT_LC_NAME,
	.about = TEXT_LC_ABOUT,
	.options = options,
	.option_count = 1,
	.ask = ask,
	.answer = answer,
};

const struct command command_see_balance = {
	.type = COMMAND_USER,
	.name = TEXT_SEE_BALANCE_NAME,
	.about = TEXT_SEE_BALANCE_ABOUT,
	.is_private = true,
	.ask = ask,
	.answer = answer,
};

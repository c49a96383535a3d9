/* /niveau and "Voir le niveau": a member's level and the way to the next. */
#include <string.h>
#include <talloc.h>

#include "besace/base/memory.h"
#include "besace/domain/level.h"
#include "besace/engine/command.h"
#include "besace/engine/invocation.h"

static enum step ask(struct invocation *invocation, struct db_call *out)
{
	enum step step = invocation_target(invocation);
	if (step == STEP_CALL)
		members_profile_call(invocation->ctx, &invocation->target, &invocation->asker, out);
	return step;
}

/* FILLED full cells, the rest empty. */
static char *draw_bar(void *ctx, int filled)
{
	char *bar = must(talloc_strdup(ctx, ""));
	for (int i = 0; i < LEVEL_BAR_CELLS; i++)
		bar = must(talloc_strdup_append_buffer(bar, i < filled ? "█" : "░"));
	return bar;
}

static void render(struct invocation *invocation, const struct profile *profile)
{
	void *ctx = invocation->ctx;
	enum language language = invocation_open_reply(invocation, invocation->command->ephemeral);
	struct progress progress = level_progress(profile->xp);
	invocation->reply.title = text_fill(ctx, language, TEXT_LEVEL_TITLE, "member",
		invocation_shown_name(invocation, invocation->target_user), NULL);
	invocation->reply.description = text_fill(ctx, language, TEXT_LEVEL_LINE, "level",
		text_number(ctx, language, progress.level), "into",
		text_number(ctx, language, progress.into), "need",
		text_number(ctx, language, progress.need), "percent",
		text_percent(ctx, language, progress.percent, 0), "bar",
		draw_bar(ctx, progress.filled), NULL);
	invocation->reply.footer = text_fill(
		ctx, language, TEXT_LEVEL_XP, "xp", text_number(ctx, language, profile->xp), NULL);
}

static enum step answer(struct invocation *invocation, const struct db_rows *rows)
{
	struct profile profile;
	enum step step = invocation_judge(invocation, members_profile_read(rows, &profile));
	if (step == STEP_REPLY)
		render(invocation, &profile);
	return step;
}

static const struct command_option options[] = {
	{.name = TEXT_LEVEL_MEMBER_NAME,
		.description = TEXT_LEVEL_MEMBER_DESCRIPTION,
		.type = OPTION_USER},
};

const struct command command_niveau = {
	.type = COMMAND_CHAT_INPUT,
	.name = TEXT_LEVEL_NAME,
	.description = TEXT_LEVEL_DESCRIPTION,
	.options = options,
	.option_count = 1,
	.ask = ask,
	.answer = answer,
};

const struct command command_see_level = {
	.type = COMMAND_USER,
	.name = TEXT_SEE_LEVEL_NAME,
	.description = TEXT_SEE_LEVEL_DESCRIPTION,
	.ephemeral = true,
	.ask = ask,
	.answer = answer,
};

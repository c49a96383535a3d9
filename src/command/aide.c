/* /aide: the commands and how XP is earned, from the same table that registers them. */
#include <talloc.h>

#include "besace/base/memory.h"
#include "besace/command/command.h"
#include "besace/command/run.h"

/* A line for each command of TYPE. */
static char *list(void *ctx, enum language language, enum command_type type)
{
	char *lines = must(talloc_strdup(ctx, ""));
	for (size_t i = 0; commands[i]; i++)
		if (commands[i]->type == type)
			lines = must(talloc_asprintf_append_buffer(lines, "%s`%s%s` · %s",
				*lines ? "\n" : "", type == COMMAND_CHAT_INPUT ? "/" : "",
				text_get(language, commands[i]->name),
				text_get(language, commands[i]->about)));
	return lines;
}

static enum step ask(struct run *run, struct db_call *out)
{
	(void)out;
	enum language language = run_open_reply(run, true);
	run->reply.title = text_get(language, TEXT_HELP_TITLE);
	run->reply.description = must(talloc_asprintf(run->ctx, "%s\n\n%s",
		text_get(language, TEXT_HELP_INTRO), list(run->ctx, language, COMMAND_CHAT_INPUT)));
	reply_add_field(&run->reply, text_get(language, TEXT_HELP_CONTEXT_TITLE),
		list(run->ctx, language, COMMAND_USER), false);
	reply_add_field(&run->reply, text_get(language, TEXT_HELP_EARNING_TITLE),
		text_get(language, TEXT_HELP_EARNING), false);
	return STEP_REPLY;
}

const struct command command_aide = {
	.type = COMMAND_CHAT_INPUT,
	.name = TEXT_HELP_NAME,
	.about = TEXT_HELP_ABOUT,
	.is_private = true,
	.ask = ask,
};

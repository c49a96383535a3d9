/* /aide: the commands and how XP is earned, from the same table that registers them. */
#include <talloc.h>

#include "besace/base/memory.h"
#include "besace/engine/command.h"
#include "besace/engine/invocation.h"

/* Appends a line for COMMAND, or for each command below it; PATH is what its name follows. */
static void add_lines(
	char **lines, enum language language, const struct command *command, const char *path)
{
	const char *name = text_get(language, command->name);
	if (!command->subcommands) {
		*lines = must(talloc_asprintf_append_buffer(*lines, "%s`%s%s` · %s",
			**lines ? "\n" : "", path, name, text_get(language, command->description)));
		return;
	}
	char *below = must(talloc_asprintf(NULL, "%s%s ", path, name));
	for (size_t i = 0; command->subcommands[i]; i++)
		add_lines(lines, language, command->subcommands[i], below);
	talloc_free(below);
}

/* A line for each command of TYPE that any member may use. */
static char *list(void *ctx, enum language language, enum command_type type)
{
	char *lines = must(talloc_strdup(ctx, ""));
	for (size_t i = 0; commands[i]; i++)
		if (commands[i]->type == type && !commands[i]->permissions)
			add_lines(&lines, language, commands[i],
				type == COMMAND_CHAT_INPUT ? "/" : "");
	return lines;
}

static enum step ask(struct invocation *invocation, struct db_call *out)
{
	enum language language = invocation_open_reply(invocation, true);
	invocation->reply.title = text_get(language, TEXT_HELP_TITLE);
	invocation->reply.description = must(talloc_asprintf(invocation->ctx, "%s\n\n%s",
		text_fill(invocation->ctx, language, TEXT_HELP_INTRO, NULL),
		list(invocation->ctx, language, COMMAND_CHAT_INPUT)));
	reply_add_block(&invocation->reply, text_get(language, TEXT_HELP_CONTEXT_TITLE),
		list(invocation->ctx, language, COMMAND_USER));
	reply_add_block(&invocation->reply, text_get(language, TEXT_HELP_EARNING_TITLE),
		text_get(language, TEXT_HELP_EARNING));
	return invocation_meet(invocation, out);
}

const struct command command_aide = {
	.type = COMMAND_CHAT_INPUT,
	.name = TEXT_HELP_NAME,
	.description = TEXT_HELP_DESCRIPTION,
	.ephemeral = true,
	.ask = ask,
	.answer = invocation_met,
};

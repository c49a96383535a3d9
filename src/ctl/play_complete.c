/* How a line that is being typed in a local play may go on. */
#include <string.h>
#include <talloc.h>

#include "besace/base/memory.h"
#include "play_line.h"

struct completion {
	void *ctx;
	const struct play_names *names;
	enum language language;
	const char *word; /* what was typed of what is looked for */
	struct play_candidates *out;
};

/* Offers TEXT if it begins with what was typed. */
static void offer(struct completion *completion, const char *text, const char *description)
{
	struct play_candidates *out = completion->out;
	if (strncmp(text, completion->word, strlen(completion->word)) != 0 ||
		out->count == PLAY_MAX_CANDIDATES)
		return;
	out->items[out->count++] = (struct play_candidate){text, description};
}

static void offer_commands(struct completion *completion, const struct command *const *list)
{
	for (size_t i = 0; list[i]; i++)
		offer(completion,
			must(talloc_asprintf(completion->ctx, "%s ",
				text_get(completion->language, list[i]->name))),
			text_get(completion->language, list[i]->description));
}

static void offer_names(struct completion *completion, enum name_kind kind, char sign)
{
	for (size_t i = 0; i < completion->names->count; i++)
		if (completion->names->items[i].kind == kind)
			offer(completion,
				must(talloc_asprintf(completion->ctx, "%c%s ", sign,
					completion->names->items[i].name)),
				NULL);
}

static void offer_values(struct completion *completion, const struct command_option *option)
{
	enum language language = completion->language;
	if (option->completed)
		completion->out->asks = option;
	for (size_t i = 0; i < option->choice_count; i++)
		offer(completion, text_get(language, option->choices[i].name), NULL);
	if (option->type == OPTION_USER)
		offer_names(completion, NAME_MEMBER, '@');
	if (option->type == OPTION_ROLE)
		offer_names(completion, NAME_ROLE, '&');
	if (option->type == OPTION_CHANNEL)
		offer_names(completion, NAME_CHANNEL, '#');
	if (option->type == OPTION_BOOLEAN) {
		offer(completion, "oui", NULL);
		offer(completion, "non", NULL);
	}
}

static bool is_given(const struct play_line *line, const struct command_option *option)
{
	if (option == line->open)
		return true;
	for (size_t i = 0; i < line->option_count; i++)
		if (strcmp(line->options[i].name, text_get(LANGUAGE_DEFAULT, option->name)) == 0)
			return true;
	return false;
}

static void offer_options(struct completion *completion, const struct play_line *line)
{
	for (size_t i = 0; i < line->command->option_count; i++) {
		const struct command_option *option = &line->command->options[i];
		if (!is_given(line, option))
			offer(completion,
				must(talloc_asprintf(completion->ctx,
					"%s:", text_get(completion->language, option->name))),
				text_get(completion->language, option->description));
	}
}

/* What stands behind the last space of LINE. */
static const char *last_word(const char *line)
{
	const char *space = strrchr(line, ' ');
	return space ? space + 1 : line + 1;
}

void play_line_complete(void *ctx, struct play_names *names, enum language language,
	const char *line, struct play_candidates *out)
{
	struct play_line read;
	char *why;
	*out = (struct play_candidates){0};
	struct completion completion = {ctx, names, language, line + 1, out};
	if (play_line_read(ctx, names, language, line, &read, &why) == STATUS_INVALID)
		talloc_free(why); /* it goes on */
	bool between = line[strlen(line) - 1] == ' ';
	if (!read.top || (!between && !strchr(line, ' '))) {
		offer_commands(&completion, commands);
	} else if (!read.rest) {
		completion.word = last_word(line);
		offer_commands(&completion, read.command->subcommands);
	} else if (*read.rest == '\0' && !between) { /* a whole name, behind which nothing stands */
		completion.word = last_word(line);
		offer(&completion, talloc_asprintf(ctx, "%s ", completion.word), NULL);
	} else if (read.command->type == COMMAND_USER) {
		completion.word = read.word;
		offer_names(&completion, NAME_MEMBER, '@');
	} else if (read.open && !strchr(read.word, ' ')) {
		completion.word = read.word;
		offer_values(&completion, read.open);
	} else {
		completion.word = last_word(line);
		offer_options(&completion, &read);
	}
	out->typed = strlen(completion.word);
}

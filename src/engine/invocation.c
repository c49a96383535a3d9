/* Routes an interaction to its command and takes it through its steps. */
#include "besace/engine/run.h"

#include <string.h>
#include <talloc.h>

#include "besace/base/memory.h"
#include "besace/base/utf8.h"
#include "besace/discord/markdown.h"

/* USER as seen by this interaction. */
static struct sighting sight(const struct run *run, const struct user *user)
{
	size_t length = utf8_prefix(user->username, LIMIT_USERNAME_CHARS);
	return (struct sighting){.id = user->id,
		.username = must(talloc_strndup(run->ctx, user->username, length)),
		.seen_ms = run->seen_ms};
}

enum language run_private_language(const struct run *run)
{
	return text_language(run->in->locale);
}

/* Public messages are for the whole server; in a direct message there is only the member. */
static enum language public_language(const struct run *run)
{
	const struct interaction *in = run->in;
	return text_language(in->in_guild && *in->guild_locale ? in->guild_locale : in->locale);
}

enum language run_open_reply(struct run *run, bool is_private)
{
	run->reply = (struct reply){
		.kind = REPLY_MESSAGE, .is_private = is_private, .colour = COLOUR_NEUTRAL};
	return is_private ? run_private_language(run) : public_language(run);
}

/* Autocomplete has no messages: whatever would be said to it is an empty list. */
static void open_private(struct run *run, enum text title, enum colour colour, const char *text)
{
	if (run->in->type == INTERACTION_AUTOCOMPLETE) {
		run->reply = (struct reply){.kind = REPLY_CHOICES};
		return;
	}
	enum language language = run_open_reply(run, true);
	run->reply.title = text_get(language, title);
	run->reply.description = text;
	run->reply.colour = colour;
}

enum step run_refuse(struct run *run, const char *text)
{
	open_private(run, TEXT_REFUSED_TITLE, COLOUR_FAILURE, text);
	return STEP_REPLY;
}

enum step run_refuse_text(struct run *run, enum text text)
{
	return run_refuse(run, text_get(run_private_language(run), text));
}

void run_apologise(struct run *run, enum apology apology)
{
	static const enum text texts[] = {[APOLOGY_AWAY] = TEXT_AWAY,
		[APOLOGY_UNSURE] = TEXT_UNSURE,
		[APOLOGY_FAULT] = TEXT_FAULT};
	bool fault = apology == APOLOGY_FAULT;
	if (run->complete)
		return;
	open_private(run, fault ? TEXT_FAULT_TITLE : TEXT_AWAY_TITLE,
		fault ? COLOUR_FAILURE : COLOUR_WAITING,
		text_get(run_private_language(run), texts[apology]));
}

struct reply run_deferral(const struct run *run)
{
	if (run->pressed)
		return (struct reply){.kind = REPLY_DEFERRED_UPDATE};
	return (struct reply){.kind = REPLY_DEFERRED, .is_private = run->is_private};
}

void run_answer_anew(struct run *run)
{
	run->pressed = false;
}

bool run_can_defer(const struct run *run)
{
	return run->in->type != INTERACTION_AUTOCOMPLETE;
}

char *run_shown_name(const struct run *run, const struct user *user)
{
	char *handle = markdown_escape(run->ctx, user->username, user->id.text);
	return markdown_escape(run->ctx, user->display, handle);
}

int64_t run_integer(const struct run *run, const char *name, int64_t otherwise)
{
	const struct option *option = interaction_option(run->in, name);
	bool given = option && option->type == OPTION_INTEGER && !option->focused;
	return given ? option->integer : otherwise;
}

const char *run_string(const struct run *run, const char *name, const char *otherwise)
{
	const struct option *option = interaction_option(run->in, name);
	return option && option->type == OPTION_STRING ? option->text : otherwise;
}

enum step run_other(struct run *run, const char *name, enum text self)
{
	run->about = &interaction_option(run->in, name)->user;
	if (run->about->bot)
		return run_refuse_text(run, TEXT_REFUSED_BOT);
	if (snowflake_equal(&run->about->id, &run->in->user.id))
		return run_refuse_text(run, self);
	run->who = sight(run, run->about);
	return STEP_CALL;
}

enum step run_about(struct run *run)
{
	const struct option *named = interaction_option(run->in, "membre");
	if (run->in->has_target)
		run->about = &run->in->target;
	else if (named && named->type == OPTION_USER)
		run->about = &named->user;
	else
		run->about = &run->in->user;
	if (run->about->bot)
		return run_refuse_text(run, TEXT_REFUSED_BOT);
	run->who = sight(run, run->about);
	return STEP_CALL;
}

enum step run_judge(const struct run *run, bool current, bool found)
{
	if (current || (run->touched && found))
		return STEP_REPLY;
	return run->touched ? STEP_BROKEN : STEP_STALE;
}

enum step run_meet(struct run *run, struct db_call *out)
{
	run->complete = true;
	members_profile_call(run->ctx, &run->who, &run->asker, out);
	return STEP_CALL;
}

enum step run_met(struct run *run, const struct db_rows *rows)
{
	struct profile profile;
	bool found, current = members_profile_read(rows, &profile, &found);
	return run_judge(run, current, found);
}

static bool is_called(const struct command *command, const char *name)
{
	return strcmp(text_get(LANGUAGE_DEFAULT, command->name), name) == 0;
}

/* The row called NAME in a list of sub-commands, or NULL. */
static const struct command *find_below(const struct command *const *list, const char *name)
{
	for (size_t i = 0; list && list[i]; i++)
		if (is_called(list[i], name))
			return list[i];
	return NULL;
}

/* The row that IN names, and the top-level command it is below. A command that has sub-commands is
 * not one by itself. */
static const struct command *find_command(
	const struct interaction *in, const struct command **out_top)
{
	const struct command *found = NULL;
	for (size_t i = 0; commands[i] && !found; i++)
		if (commands[i]->type == in->command_type && is_called(commands[i], in->name))
			found = commands[i];
	*out_top = found;
	if (found && in->group)
		found = find_below(found->subcommands, in->group);
	if (found && in->subcommand)
		found = find_below(found->subcommands, in->subcommand);
	return found && !found->subcommands ? found : NULL;
}

static bool is_prefixed(const char *custom_id, const char *prefix)
{
	size_t length = prefix ? strlen(prefix) : 0;
	return prefix && strncmp(custom_id, prefix, length) == 0 && custom_id[length] == ':';
}

/* The row whose prefix the custom id carries ("sac:1:…" is one of command_sac), and the top-level
 * command it is below. */
static const struct command *find_owner(
	const struct command *const *list, const char *custom_id, const struct command **out_top)
{
	const struct command *found = NULL, *inner;
	for (size_t i = 0; list && list[i] && !found; i++) {
		*out_top = list[i];
		found = is_prefixed(custom_id, list[i]->button_prefix)
				? list[i]
				: find_owner(list[i]->subcommands, custom_id, &inner);
	}
	return found;
}

/* Finds the command and the steps of this interaction. NULL when nothing of ours answers it. */
static const struct command *route(struct run *run, const struct command **out_top)
{
	const struct interaction *in = run->in;
	bool typed = in->type == INTERACTION_COMMAND || in->type == INTERACTION_AUTOCOMPLETE;
	const struct command *command =
		typed ? find_command(in, out_top) : find_owner(commands, in->custom_id, out_top);
	if (!command)
		return NULL;
	switch (in->type) {
	case INTERACTION_COMMAND:
		run->ask = command->ask;
		run->answer = command->answer;
		break;
	case INTERACTION_COMPONENT:
		run->ask = command->press_ask;
		run->answer = command->press_answer;
		break;
	case INTERACTION_AUTOCOMPLETE:
		run->ask = command->complete_ask;
		run->answer = command->complete_answer;
		break;
	case INTERACTION_MODAL:
		run->ask = command->submit_ask;
		run->answer = command->submit_answer;
		break;
	case INTERACTION_PING:
		break;
	}
	return run->ask ? command : NULL;
}

/* Members with this permission have every other. */
#define PERMISSION_ADMINISTRATOR (UINT64_C(1) << 3)

static bool may_use(const struct interaction *in, const struct command *top)
{
	return (in->permissions & PERMISSION_ADMINISTRATOR) ||
	       (in->permissions & top->permissions) == top->permissions;
}

/* Refuses the value of OPTION with TEXT. */
static enum step refuse_option(struct run *run, const struct command_option *option, enum text text)
{
	enum language language = run_private_language(run);
	return run_refuse(
		run, text_fill(run->ctx, language, text, "option", text_get(language, option->name),
			     "least", text_number(run->ctx, language, option->least), "most",
			     text_number(run->ctx, language, option->most), NULL));
}

static bool is_choice(const struct command_option *option, const char *value)
{
	for (size_t i = 0; i < option->choice_count; i++)
		if (strcmp(option->choices[i].value, value) == 0)
			return true;
	return option->choice_count == 0;
}

static enum step check_value(
	struct run *run, const struct command_option *option, const struct option *given)
{
	if (given->type != option->type || given->focused)
		return refuse_option(run, option, TEXT_OPTION_WRONG);
	if (option->type == OPTION_STRING && !is_choice(option, given->text))
		return refuse_option(run, option, TEXT_OPTION_WRONG);
	if (option->least == 0 && option->most == 0)
		return STEP_CALL;
	bool text = option->type == OPTION_STRING;
	int64_t size = text ? (int64_t)utf8_length(given->text) : given->integer;
	return size >= option->least && size <= option->most
		       ? STEP_CALL
		       : refuse_option(run, option, text ? TEXT_OPTION_LENGTH : TEXT_OPTION_RANGE);
}

/* Holds what was given to the command's row: Discord checks it in the client only. STEP_CALL to go
 * on. */
static enum step check_options(struct run *run)
{
	const struct command *command = run->command;
	enum step step = STEP_CALL;
	for (size_t i = 0; i < command->option_count && step == STEP_CALL; i++) {
		const struct command_option *option = &command->options[i];
		const struct option *given =
			interaction_option(run->in, text_get(LANGUAGE_DEFAULT, option->name));
		if (given)
			step = check_value(run, option, given);
		else if (option->required)
			step = refuse_option(run, option, TEXT_OPTION_MISSING);
	}
	return step;
}

static enum step start(struct run *run, struct db_call *out)
{
	const struct interaction *in = run->in;
	const struct command *top;
	if (in->user.bot)
		return run_refuse_text(run, TEXT_REFUSED_BOT);
	run->command = route(run, &top);
	if (!run->command)
		return run_refuse_text(run, in->type == INTERACTION_COMMAND ? TEXT_UNKNOWN_COMMAND
									    : TEXT_UNKNOWN_BUTTON);
	run->is_private = run->command->is_private;
	if (top->guild_only && !in->in_guild)
		return run_refuse_text(run, TEXT_GUILD_ONLY);
	if (!may_use(in, top))
		return run_refuse_text(run, TEXT_NOT_PERMITTED);
	if (in->type == INTERACTION_COMMAND && check_options(run) != STEP_CALL)
		return STEP_REPLY;
	if (in->type == INTERACTION_AUTOCOMPLETE)
		run->reply = (struct reply){.kind = REPLY_CHOICES};
	return run->ask(run, out);
}

enum step run_start(struct run *run, void *ctx, const struct interaction *in, int64_t seen_ms,
	const struct run_world *world, struct db_call *out)
{
	*run = (struct run){.ctx = ctx,
		.in = in,
		.seen_ms = seen_ms,
		.draw = world->draw,
		.level_channel = world->level_channel};
	run->asker = sight(run, &in->user);
	run->about = &in->user;
	run->who = run->asker;
	run->pressed = in->type == INTERACTION_COMPONENT ||
		       (in->type == INTERACTION_MODAL && in->has_message);
	return start(run, out);
}

enum step run_resume(struct run *run, const struct db_rows *rows, struct db_call *out)
{
	if (run->touching) {
		run->touching = false;
		run->touched = true;
		return run->ask(run, out);
	}
	enum step step = run->answer(run, rows);
	if (step == STEP_STALE) {
		run->touching = true;
		members_touch_call(run->ctx, &run->who, &run->asker, out);
		return STEP_CALL;
	}
	if (step == STEP_BROKEN) {
		run_apologise(run, APOLOGY_FAULT);
		return STEP_REPLY;
	}
	if (step == STEP_CALL)
		*out = run->call;
	return step;
}

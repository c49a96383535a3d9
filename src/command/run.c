/* Routes an interaction to its command and takes it through its steps. */
#include "besace/command/run.h"

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

static void open_private(struct run *run, enum text title, enum colour colour, const char *text)
{
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

void run_apologise(struct run *run, enum apology apology)
{
	static const enum text texts[] = {[APOLOGY_AWAY] = TEXT_AWAY,
		[APOLOGY_UNSURE] = TEXT_UNSURE,
		[APOLOGY_FAULT] = TEXT_FAULT};
	enum colour colour = apology == APOLOGY_FAULT ? COLOUR_FAILURE : COLOUR_WAITING;
	open_private(
		run, TEXT_AWAY_TITLE, colour, text_get(run_private_language(run), texts[apology]));
}

struct reply run_deferral(const struct run *run)
{
	if (run->pressed)
		return (struct reply){.kind = REPLY_DEFERRED_UPDATE};
	return (struct reply){
		.kind = REPLY_DEFERRED, .is_private = run->command && run->command->is_private};
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
		return run_refuse(run, text_get(run_private_language(run), TEXT_REFUSED_BOT));
	run->who = sight(run, run->about);
	return STEP_CALL;
}

enum step run_judge(const struct run *run, bool current, bool found)
{
	if (current || (run->touched && found))
		return STEP_REPLY;
	return run->touched ? STEP_BROKEN : STEP_STALE;
}

static const struct command *find_command(const struct interaction *in)
{
	for (size_t i = 0; commands[i]; i++)
		if (commands[i]->type == in->command_type &&
			strcmp(text_get(LANGUAGE_FR, commands[i]->name), in->name) == 0)
			return commands[i];
	return NULL;
}

/* The command whose prefix the custom id carries: "sac:1:…" is one of command_sac. */
static const struct command *find_button(const char *custom_id)
{
	for (size_t i = 0; commands[i]; i++) {
		const char *prefix = commands[i]->button_prefix;
		size_t length = prefix ? strlen(prefix) : 0;
		if (prefix && strncmp(custom_id, prefix, length) == 0 && custom_id[length] == ':')
			return commands[i];
	}
	return NULL;
}

static enum step refuse_unknown(struct run *run, enum text text)
{
	return run_refuse(run, text_get(run_private_language(run), text));
}

enum step run_start(struct run *run, void *ctx, const struct interaction *in, int64_t seen_ms,
	draw_fn *draw, struct db_call *out)
{
	*run = (struct run){.ctx = ctx, .in = in, .seen_ms = seen_ms, .draw = draw};
	run->asker = sight(run, &in->user);
	run->about = &in->user;
	run->who = run->asker;
	if (in->type == INTERACTION_AUTOCOMPLETE) {
		run->reply = (struct reply){.kind = REPLY_CHOICES};
		return STEP_REPLY; /* no option of ours completes yet */
	}
	if (in->user.bot)
		return refuse_unknown(run, TEXT_REFUSED_BOT);
	run->pressed = in->type != INTERACTION_COMMAND;
	run->command = run->pressed ? find_button(in->custom_id) : find_command(in);
	if (!run->command || in->type == INTERACTION_MODAL)
		return refuse_unknown(
			run, run->pressed ? TEXT_UNKNOWN_BUTTON : TEXT_UNKNOWN_COMMAND);
	return run->pressed ? run->command->press_ask(run, out) : run->command->ask(run, out);
}

enum step run_resume(struct run *run, const struct db_rows *rows, struct db_call *out)
{
	if (run->touching) {
		run->touching = false;
		run->touched = true;
		return run->command->ask(run, out);
	}
	enum step step = run->pressed ? run->command->press_answer(run, rows)
				      : run->command->answer(run, rows);
	if (step == STEP_STALE) {
		run->touching = true;
		members_touch_call(run->ctx, &run->who, &run->asker, out);
		return STEP_CALL;
	}
	if (step == STEP_BROKEN) {
		run_apologise(run, APOLOGY_FAULT);
		return STEP_REPLY;
	}
	return step;
}

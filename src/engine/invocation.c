/* Routes an interaction to its command and takes it through its steps. */
#include "besace/engine/invocation.h"

#include <string.h>
#include <talloc.h>

#include "besace/base/defect.h"
#include "besace/base/memory.h"
#include "besace/base/utf8.h"
#include "besace/discord/markdown.h"
#include "besace/engine/custom_id.h"
#include "besace/store/settings.h"

/* USER as seen by this interaction. A user who is no member of the guild is only named: nobody is
 * created by that, and a row of theirs is there only if they were a member before. */
static struct member_seen see(const struct invocation *invocation, const struct user *user)
{
	bool is_seen = user->is_member || snowflake_equal(&user->id, &invocation->in->user.id);
	size_t length = utf8_prefix(user->username, MEMBER_MAX_NAME);
	return (struct member_seen){.guild = invocation->guild,
		.id = user->id,
		.username = is_seen ? must(talloc_strndup(invocation->ctx, user->username, length))
				    : NULL,
		.seen_ms = invocation->seen_ms};
}

/* The locale of the guild, if it is one that its owner chose; else "". */
static const char *guild_locale(const struct interaction *in)
{
	return in->in_guild && in->is_community ? in->guild_locale : "";
}

enum language invocation_own_language(const struct invocation *invocation)
{
	const char *locale = invocation->in->locale;
	return *locale ? text_language(locale) : invocation_public_language(invocation);
}

/* Public messages are for the whole guild; in a direct message there is only the member. */
enum language invocation_public_language(const struct invocation *invocation)
{
	const struct interaction *in = invocation->in;
	if (in->in_guild && invocation->wording.language)
		return text_language(invocation->wording.language);
	return text_language(*guild_locale(in) ? guild_locale(in) : in->locale);
}

enum language invocation_open_reply(struct invocation *invocation, bool ephemeral)
{
	ephemeral = ephemeral || invocation->hides;
	invocation->reply = (struct reply){
		.kind = REPLY_MESSAGE, .ephemeral = ephemeral, .colour = COLOUR_NEUTRAL};
	return ephemeral ? invocation_own_language(invocation)
			 : invocation_public_language(invocation);
}

void invocation_say(
	struct invocation *invocation, enum text title, enum colour colour, const char *said)
{
	if (invocation->in->type == INTERACTION_AUTOCOMPLETE) {
		invocation->reply = (struct reply){.kind = REPLY_CHOICES};
		return;
	}
	enum language language = invocation_open_reply(invocation, true);
	invocation->reply.title = text_get(language, title);
	invocation->reply.description = said;
	invocation->reply.colour = colour;
}

void invocation_apologise(struct invocation *invocation, enum apology apology)
{
	static const enum text texts[] = {[APOLOGY_AWAY] = TEXT_AWAY,
		[APOLOGY_UNSURE] = TEXT_UNSURE,
		[APOLOGY_FAULT] = TEXT_FAULT,
		[APOLOGY_REUSED] = TEXT_REUSED};
	bool fault = apology == APOLOGY_FAULT;
	if (invocation->complete)
		return;
	if (apology == APOLOGY_REUSED) {
		(void)invocation_refuse_text(invocation, texts[apology]);
		return;
	}
	invocation_say(invocation, fault ? TEXT_FAULT_TITLE : TEXT_AWAY_TITLE,
		fault ? COLOUR_FAILURE : COLOUR_WAITING,
		text_get(invocation_own_language(invocation), texts[apology]));
}

struct reply invocation_deferral(const struct invocation *invocation)
{
	if (invocation->pressed)
		return (struct reply){.kind = REPLY_DEFERRED_UPDATE};
	return (struct reply){.kind = REPLY_DEFERRED, .ephemeral = invocation->ephemeral};
}

void invocation_answer_anew(struct invocation *invocation)
{
	invocation->pressed = false;
}

bool invocation_can_defer(const struct invocation *invocation)
{
	return invocation->in->type != INTERACTION_AUTOCOMPLETE && !invocation->opens_modal;
}

char *invocation_shown_name(const struct invocation *invocation, const struct user *user)
{
	char *handle = markdown_escape(invocation->ctx, user->username, user->id.text);
	return markdown_escape(invocation->ctx, user->display, handle);
}

int64_t invocation_integer(const struct invocation *invocation, const char *name, int64_t otherwise)
{
	const struct option *option = interaction_option(invocation->in, name);
	bool given = option && option->type == OPTION_INTEGER && !option->focused;
	return given ? option->integer : otherwise;
}

const char *invocation_string(
	const struct invocation *invocation, const char *name, const char *otherwise)
{
	const struct option *option = interaction_option(invocation->in, name);
	return option && option->type == OPTION_STRING ? option->text : otherwise;
}

enum step invocation_other(struct invocation *invocation, const char *name, enum text self)
{
	invocation->target_user = &interaction_option(invocation->in, name)->user;
	if (invocation->target_user->bot)
		return invocation_refuse_text(invocation, TEXT_REFUSED_BOT);
	if (snowflake_equal(&invocation->target_user->id, &invocation->in->user.id))
		return invocation_refuse_text(invocation, self);
	invocation->target = see(invocation, invocation->target_user);
	return STEP_CALL;
}

enum step invocation_target(struct invocation *invocation)
{
	const struct option *named = interaction_option(invocation->in, "membre");
	if (invocation->in->has_target)
		invocation->target_user = &invocation->in->target;
	else if (named && named->type == OPTION_USER)
		invocation->target_user = &named->user;
	else
		invocation->target_user = &invocation->in->user;
	if (invocation->target_user->bot)
		return invocation_refuse_text(invocation, TEXT_REFUSED_BOT);
	invocation->target = see(invocation, invocation->target_user);
	return STEP_CALL;
}

static bool manages(const struct invocation *invocation)
{
	const struct interaction *in = invocation->in;
	const struct wording *wording = &invocation->wording;
	if (in->permissions & (PERMISSION_ADMINISTRATOR | PERMISSION_MANAGE_GUILD))
		return true;
	for (size_t i = 0; i < in->role_count; i++)
		for (size_t j = 0; j < wording->manager_count; j++)
			if (snowflake_equal(&in->roles[i], &wording->managers[j]))
				return true;
	return false;
}

bool invocation_hides_others(struct invocation *invocation)
{
	invocation->hides = invocation->wording.hides_others;
	return invocation->hides && !manages(invocation);
}

enum step invocation_judge(struct invocation *invocation, bool found)
{
	bool other = !snowflake_equal(&invocation->target_user->id, &invocation->in->user.id);
	if (other && invocation_hides_others(invocation)) {
		invocation_refuse_text(invocation, TEXT_REFUSED_HIDDEN);
		return STEP_REFUSED;
	}
	if (found)
		return STEP_REPLY;
	if (invocation->target.username)
		return STEP_BROKEN; /* a member who was seen has a row */
	invocation_refuse_text(invocation, TEXT_NOT_MEMBER);
	return STEP_REFUSED;
}

enum step invocation_meet(struct invocation *invocation, struct db_call *out)
{
	invocation->complete = true;
	members_profile_call(invocation->ctx, &invocation->target, &invocation->asker, out);
	return STEP_CALL;
}

enum step invocation_met(struct invocation *invocation, const struct db_rows *rows)
{
	struct profile profile;
	return invocation_judge(invocation, members_profile_read(rows, &profile));
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

/* The row whose prefix the custom id carries ("sac:3:…" is one of command_sac), and the top-level
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
static const struct command *route(struct invocation *invocation, const struct command **out_top)
{
	const struct interaction *in = invocation->in;
	bool typed = in->type == INTERACTION_COMMAND || in->type == INTERACTION_AUTOCOMPLETE;
	const struct command *command =
		typed ? find_command(in, out_top) : find_owner(commands, in->custom_id, out_top);
	invocation->top = command ? *out_top : NULL;
	if (!command)
		return NULL;
	switch (in->type) {
	case INTERACTION_COMMAND:
		invocation->ask = command->ask;
		invocation->answer = command->answer;
		break;
	case INTERACTION_COMPONENT:
		invocation->ask = command->press_ask;
		invocation->answer = command->press_answer;
		break;
	case INTERACTION_AUTOCOMPLETE:
		invocation->ask = command->complete_ask;
		invocation->answer = command->complete_answer;
		break;
	case INTERACTION_MODAL:
		invocation->ask = command->submit_ask;
		invocation->answer = command->submit_answer;
		break;
	case INTERACTION_PING:
		break;
	}
	return invocation->ask ? command : NULL;
}

static bool may_use(const struct interaction *in, const struct command *top)
{
	return top->checks_access || (in->permissions & PERMISSION_ADMINISTRATOR) ||
	       (in->permissions & top->permissions) == top->permissions;
}

/* A bound of OPTION's range as it is shown. */
static char *bound(
	const struct invocation *invocation, const struct command_option *option, int64_t value)
{
	enum language language = invocation_own_language(invocation);
	return option->type == OPTION_NUMBER && value % 10
		       ? text_decimal(invocation->ctx, language, value, 1)
		       : text_number(invocation->ctx, language,
				 option->type == OPTION_NUMBER ? value / 10 : value);
}

/* OPTION's name as Discord shows it to the member. */
static const char *shown_name(
	const struct invocation *invocation, const struct command_option *option)
{
	enum language language = invocation_own_language(invocation);
	const char *variant = text_variant(invocation->in->locale, option->name);
	return variant ? variant : text_get(language, option->name);
}

/* "rouge, noir, vert": the values that OPTION takes. */
static char *choices(const struct invocation *invocation, const struct command_option *option)
{
	enum language language = invocation_own_language(invocation);
	char *list = must(talloc_strdup(invocation->ctx, ""));
	for (size_t i = 0; i < option->choice_count; i++)
		list = must(talloc_asprintf_append_buffer(list, "%s**%s**", i ? ", " : "",
			text_get(language, option->choices[i].name)));
	return list;
}

/* Refuses the value of OPTION with TEXT. */
static enum step refuse_option(
	struct invocation *invocation, const struct command_option *option, enum text text)
{
	if (text == TEXT_OPTION_WRONG && option->choice_count > 0)
		text = TEXT_OPTION_CHOICES;
	enum language language = invocation_own_language(invocation);
	return invocation_refuse(invocation, text,
		text_fill(invocation->ctx, language, text, "option", shown_name(invocation, option),
			"choices", choices(invocation, option), "min",
			bound(invocation, option, option->min), "max",
			bound(invocation, option, option->max), NULL));
}

static bool is_choice(const struct command_option *option, const char *value)
{
	for (size_t i = 0; i < option->choice_count; i++)
		if (strcmp(option->choices[i].value, value) == 0)
			return true;
	return option->choice_count == 0;
}

static enum step check_value(struct invocation *invocation, const struct command_option *option,
	const struct option *given)
{
	if (given->type != option->type || given->focused)
		return refuse_option(invocation, option, TEXT_OPTION_WRONG);
	if (option->type == OPTION_STRING && !is_choice(option, given->text))
		return refuse_option(invocation, option, TEXT_OPTION_WRONG);
	if (option->lenient || (option->min == 0 && option->max == 0))
		return STEP_CALL;
	bool text = option->type == OPTION_STRING;
	int64_t size = text ? (int64_t)utf8_length(given->text) : given->integer;
	if (option->type == OPTION_NUMBER) {
		/* The negation catches what is no number. */
		bool fits = given->number * 10 >= (double)option->min &&
			    given->number * 10 <= (double)option->max;
		return fits ? STEP_CALL : refuse_option(invocation, option, TEXT_OPTION_RANGE);
	}
	return size >= option->min && size <= option->max
		       ? STEP_CALL
		       : refuse_option(
				 invocation, option, text ? TEXT_OPTION_LENGTH : TEXT_OPTION_RANGE);
}

/* Holds what was given to the command's row: Discord checks it in the client only. STEP_CALL to go
 * on. */
static enum step check_options(struct invocation *invocation)
{
	const struct command *command = invocation->command;
	enum step step = STEP_CALL;
	for (size_t i = 0; i < command->option_count && step == STEP_CALL; i++) {
		const struct command_option *option = &command->options[i];
		const struct option *given = interaction_option(
			invocation->in, text_get(LANGUAGE_DEFAULT, option->name));
		if (given)
			step = check_value(invocation, option, given);
		else if (option->required)
			step = refuse_option(invocation, option, TEXT_OPTION_MISSING);
	}
	return step;
}

static bool is_served(const struct invocation_world *world, const struct snowflake *guild)
{
	for (size_t i = 0; i < world->guild_count; i++)
		if (snowflake_equal(&world->guilds[i], guild))
			return true;
	return world->guild_count == 0;
}

/* An interaction counts where the application is installed, in a guild that is served. STEP_CALL
 * to go on. */
static enum step admit(struct invocation *invocation, const struct invocation_world *world)
{
	const struct interaction *in = invocation->in;
	if (!in->is_installed)
		return invocation_refuse_text(invocation, TEXT_NOT_INSTALLED);
	if (in->in_guild && !is_served(world, &in->guild_id))
		return invocation_refuse_text(invocation, TEXT_NOT_SERVED);
	return STEP_CALL;
}

/* Begins the steps, for a member who may use the command. */
static enum step ask(struct invocation *invocation, struct db_call *out)
{
	const struct interaction *in = invocation->in;
	if (in->type == INTERACTION_COMMAND && check_options(invocation) != STEP_CALL)
		return STEP_REPLY;
	if (in->type == INTERACTION_AUTOCOMPLETE)
		invocation->reply = (struct reply){.kind = REPLY_CHOICES};
	if (in->in_guild)
		return invocation->ask(invocation, out);
	invocation->is_locating = true;
	if (*invocation->guild.text)
		guild_of_member_call(
			invocation->ctx, &in->user.id, &invocation->guild, &in->id, out);
	else
		latest_guild_call(invocation->ctx, &in->user.id, &in->id, out);
	return STEP_CALL;
}

static enum step start(struct invocation *invocation, struct db_call *out)
{
	const struct interaction *in = invocation->in;
	const struct command *top;
	if (in->user.bot)
		return invocation_refuse_text(invocation, TEXT_REFUSED_BOT);
	invocation->command = route(invocation, &top);
	if (!invocation->command)
		return invocation_refuse_text(invocation, in->type == INTERACTION_COMMAND
								  ? TEXT_UNKNOWN_COMMAND
								  : TEXT_UNKNOWN_BUTTON);
	invocation->ephemeral = invocation->command->ephemeral;
	if (top->guild_only && !in->in_guild)
		return invocation_refuse_text(invocation, TEXT_GUILD_ONLY);
	if (may_use(in, top))
		return ask(invocation, out);
	if (!top->opens_to_access || in->role_count == 0)
		return invocation_refuse_text(invocation, TEXT_NOT_PERMITTED);
	invocation->is_admitting = true;
	settings_access_call(invocation->ctx, &in->guild_id, in->roles, in->role_count, out);
	return STEP_CALL;
}

/* What only roles of the guild's own choice may open. */
static enum step admit_by_role(
	struct invocation *invocation, const struct db_rows *rows, struct db_call *out)
{
	bool may;
	invocation->is_admitting = false;
	if (settings_access_read(rows, &may)) {
		invocation_apologise(invocation, APOLOGY_FAULT);
		return STEP_REPLY;
	}
	return may ? ask(invocation, out) : invocation_refuse_text(invocation, TEXT_NOT_PERMITTED);
}

/* A press counts in the guild that its custom id names. False when that is not where it was
 * pressed: a button of another guild, or one of a guild in a direct message. */
static bool follow_button(struct invocation *invocation)
{
	const struct interaction *in = invocation->in;
	struct custom_id id;
	if (!in->custom_id)
		return true;
	if (!custom_id_read(in->custom_id, &id) || *id.guild.text == '\0')
		return in->in_guild;
	if (in->in_guild)
		return snowflake_equal(&id.guild, &in->guild_id);
	invocation->guild = id.guild;
	return true;
}

/* A direct message is about the guild in which a row of the member changed last, or that of the
 * button. */
static enum step locate(
	struct invocation *invocation, const struct db_rows *rows, struct db_call *out)
{
	struct latest_guild latest;
	invocation->is_locating = false;
	if (!latest_guild_read(rows, &latest))
		return invocation_refuse_text(invocation, TEXT_NO_GUILD);
	if (!is_served(&invocation->world, &latest.guild))
		return invocation_refuse_text(invocation, TEXT_NOT_SERVED);
	invocation->guild = latest.guild;
	invocation->guild_name =
		markdown_escape(invocation->ctx, latest.name ? latest.name : "", latest.guild.text);
	invocation->asker.guild = latest.guild;
	invocation->target.guild = latest.guild;
	return invocation->ask(invocation, out);
}

/* CUSTOM_ID with the guild of the invocation in it. */
static const char *in_guild(struct invocation *invocation, const char *custom_id)
{
	struct custom_id id;
	if (!custom_id_read(custom_id, &id)) {
		DEFECT("a custom id that its own reader refuses");
		return custom_id;
	}
	id.guild = invocation->guild;
	return custom_id_write(invocation->ctx, &id);
}

/* The last line of the reply to a direct message. */
static void name_guild(struct invocation *invocation)
{
	struct reply *reply = &invocation->reply;
	enum language language = invocation_own_language(invocation);
	if (reply->kind != REPLY_MESSAGE && reply->kind != REPLY_UPDATE)
		return;
	char *line = text_fill(
		invocation->ctx, language, TEXT_GUILD_LINE, "guild", invocation->guild_name, NULL);
	reply->footer =
		reply->footer
			? must(talloc_asprintf(invocation->ctx, "%s\n%s", reply->footer, line))
			: line;
}

/* What every finished reply has: its buttons and selects name the guild that they count in. */
static enum step finish(struct invocation *invocation, enum step step)
{
	struct reply *reply = &invocation->reply;
	const struct wording *wording = &invocation->wording;
	if (step == STEP_CALL || step == STEP_QUESTION || *invocation->guild.text == '\0')
		return step;
	reply->unit = unit_of(invocation->ctx, wording->currency, wording->symbol);
	for (size_t i = 0; i < reply->button_count; i++)
		if (reply->buttons[i].custom_id)
			reply->buttons[i].custom_id =
				in_guild(invocation, reply->buttons[i].custom_id);
	for (size_t i = 0; i < reply->select_count; i++)
		reply->selects[i].custom_id = in_guild(invocation, reply->selects[i].custom_id);
	if (reply->kind == REPLY_MODAL)
		reply->custom_id = in_guild(invocation, reply->custom_id);
	if (invocation->guild_name)
		name_guild(invocation);
	return step;
}

enum step invocation_start(struct invocation *invocation, void *ctx, const struct interaction *in,
	int64_t seen_ms, const struct invocation_world *world, struct db_call *out)
{
	*invocation = (struct invocation){.ctx = ctx,
		.in = in,
		.guild = in->guild_id,
		.seen_ms = seen_ms,
		.world = *world,
		.draw = world->draw};
	invocation->asker = see(invocation, &in->user);
	invocation->target_user = &in->user;
	invocation->target = invocation->asker;
	invocation->pressed = in->type == INTERACTION_COMPONENT ||
			      (in->type == INTERACTION_MODAL && in->has_message);
	enum step step = admit(invocation, world);
	if (step == STEP_CALL && !follow_button(invocation))
		step = invocation_refuse_text(invocation, TEXT_UNKNOWN_BUTTON);
	return finish(invocation, step == STEP_CALL ? start(invocation, out) : step);
}

/* What `answer` has led to. */
static enum step go_on(struct invocation *invocation, enum step step, struct db_call *out)
{
	if (step == STEP_BROKEN)
		invocation_apologise(invocation, APOLOGY_FAULT);
	if (step == STEP_CALL)
		*out = invocation->call;
	return finish(invocation, step == STEP_CALL || step == STEP_QUESTION ? step : STEP_REPLY);
}

enum step invocation_resume(
	struct invocation *invocation, const struct db_rows *rows, struct db_call *out)
{
	if (invocation->is_locating)
		return finish(invocation, locate(invocation, rows, out));
	if (invocation->is_admitting)
		return finish(invocation, admit_by_role(invocation, rows, out));
	enum step step = STEP_BROKEN;
	if (!db_rows_have_wording(rows) ||
		!wording_read(invocation->ctx, rows, 0, &invocation->wording))
		step = invocation->answer(invocation, rows);
	return go_on(invocation, step, out);
}

enum step invocation_told(struct invocation *invocation, struct db_call *out)
{
	return go_on(invocation, invocation->told(invocation), out);
}

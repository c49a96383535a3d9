/* /recompenses: the roles by level, one's own marked. */
#include <talloc.h>

#include "besace/base/memory.h"
#include "besace/domain/level.h"
#include "besace/engine/command.h"
#include "besace/engine/door.h"
#include "besace/engine/invocation.h"
#include "besace/store/settings.h"

#define PREFIX "recompenses"
/* Of one page: a message takes 4,000 characters. */
#define PAGE_ROLES 25

static enum step ask(struct invocation *invocation, struct db_call *out)
{
	rewards_call(invocation->ctx, &invocation->asker, out);
	return STEP_CALL;
}

static enum step press_ask(struct invocation *invocation, struct db_call *out)
{
	struct custom_id id;
	if (!door_opens(invocation) &&
		(!invocation_read_custom_id(invocation, &id) || id.number < 0))
		return invocation_refuse_text(invocation, TEXT_UNKNOWN_BUTTON);
	return ask(invocation, out);
}

/* The page that was asked for; the first one by the command. */
static size_t page_asked(const struct invocation *invocation)
{
	struct custom_id id;
	return invocation_read_custom_id(invocation, &id) && id.number > 0 ? (size_t)id.number : 0;
}

/* What the list is made with. */
struct reward_list {
	struct invocation *invocation;
	enum language language;
	struct progress progress;
	int32_t xp;
	const struct role_reward **rewards; /* by level; those whose role still exists */
	size_t count;
};

static char *mention(const struct reward_list *list, const struct role_reward *reward)
{
	return must(talloc_asprintf(list->invocation->ctx, "<@&%s>", reward->role.text));
}

static char *xp_left(const struct reward_list *list, const struct role_reward *reward)
{
	return text_number(
		list->invocation->ctx, list->language, level_start(reward->level) - list->xp);
}

static char *line_of(const struct reward_list *list, const struct role_reward *reward)
{
	bool is_reached = reward->level <= list->progress.level;
	enum text text = interaction_has_role(list->invocation->in, &reward->role)
				 ? TEXT_REWARDS_LINE_OWN
			 : is_reached ? TEXT_REWARDS_LINE_REACHED
				      : TEXT_REWARDS_LINE;
	return text_fill(list->invocation->ctx, list->language, text, "level",
		text_number(list->invocation->ctx, list->language, reward->level), "role",
		mention(list, reward), "left", is_reached ? "" : xp_left(list, reward), NULL);
}

/* The role that comes next, and how far away it is. */
static const char *say_next(const struct reward_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		if (list->rewards[i]->level > list->progress.level)
			return text_fill(list->invocation->ctx, list->language, TEXT_REWARDS_NEXT,
				"role", mention(list, list->rewards[i]), "level",
				text_number(list->invocation->ctx, list->language,
					list->rewards[i]->level),
				"left", xp_left(list, list->rewards[i]), NULL);
	return text_get(list->language, TEXT_REWARDS_ALL);
}

static void add_turn(const struct reward_list *list, const char *action, const char *emoji,
	const char *label, size_t page, bool off)
{
	struct custom_id id = custom_id_make(PREFIX, action);
	id.number = (int64_t)page;
	reply_add_button(&list->invocation->reply,
		(struct button){.style = BUTTON_SECONDARY,
			.label = label,
			.emoji = emoji,
			.custom_id = invocation_custom_id(list->invocation, id),
			.disabled = off});
}

static void add_turns(const struct reward_list *list, size_t page, size_t pages)
{
	void *ctx = list->invocation->ctx;
	char *label = text_fill(ctx, list->language, TEXT_PAGE_OF, "page",
		text_number(ctx, list->language, (int64_t)page + 1), "pages",
		text_number(ctx, list->language, (int64_t)pages), NULL);
	add_turn(list, "back", "◀️", NULL, page ? page - 1 : 0, page == 0);
	add_turn(list, "page", NULL, label, page, true);
	add_turn(list, "next", "▶️", NULL, page + 1, page + 1 == pages);
}

static void show_list(const struct reward_list *list)
{
	struct reply *reply = &list->invocation->reply;
	size_t pages = (list->count - 1) / PAGE_ROLES + 1, asked = page_asked(list->invocation);
	size_t page = asked < pages ? asked : pages - 1;
	char *lines = must(talloc_strdup(list->invocation->ctx, ""));
	for (size_t i = page * PAGE_ROLES; i < list->count && i < (page + 1) * PAGE_ROLES; i++)
		lines = must(talloc_asprintf_append(
			lines, "%s%s", *lines ? "\n" : "", line_of(list, list->rewards[i])));
	reply->description = say_next(list);
	reply_add_separator(reply);
	reply_add_text(reply, lines);
	if (pages > 1)
		add_turns(list, page, pages);
}

static void show_nothing(const struct reward_list *list)
{
	const uint64_t managers = PERMISSION_MANAGE_GUILD | PERMISSION_ADMINISTRATOR;
	list->invocation->reply.description = text_get(list->language, TEXT_REWARDS_NOTHING);
	if (list->invocation->in->permissions & managers)
		list->invocation->reply.footer = text_get(list->language, TEXT_REWARDS_ADD);
}

static enum step answer(struct invocation *invocation, const struct db_rows *rows)
{
	struct settings_state *state;
	struct reward_list list = {.invocation = invocation};
	if (rewards_read(invocation->ctx, rows, &state, &list.xp))
		return STEP_BROKEN;
	list.language = invocation_open_reply(invocation, true);
	list.progress = level_progress(list.xp);
	list.rewards = must(talloc_zero_array(
		invocation->ctx, const struct role_reward *, (unsigned)state->reward_count + 1));
	for (size_t i = 0; i < state->reward_count; i++)
		if (state->rewards[i].state != REWARD_GONE)
			list.rewards[list.count++] = &state->rewards[i];
	invocation->reply.colour = COLOUR_LEATHER;
	invocation->reply.title = text_get(list.language, TEXT_REWARDS_TITLE);
	if (list.count > 0)
		show_list(&list);
	else
		show_nothing(&list);
	struct button level = door_button(invocation->ctx, list.language, DOOR_LEVEL);
	level.new_row = true;
	reply_add_button(&invocation->reply, level);
	reply_add_button(
		&invocation->reply, door_button(invocation->ctx, list.language, DOOR_EARNINGS));
	if (invocation->pressed)
		invocation->reply.kind = REPLY_UPDATE;
	return STEP_REPLY;
}

const struct command command_recompenses = {
	.type = COMMAND_CHAT_INPUT,
	.name = TEXT_REWARDS_NAME,
	.description = TEXT_REWARDS_DESCRIPTION,
	.ephemeral = true,
	.guild_only = true,
	.ask = ask,
	.answer = answer,
	.button_prefix = PREFIX,
	.press_ask = press_ask,
	.press_answer = answer,
};

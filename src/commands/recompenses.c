/* /recompenses: the roles by level, one's own marked. */
#include <talloc.h>

#include "besace/base/memory.h"
#include "besace/engine/command.h"
#include "besace/engine/invocation.h"
#include "besace/store/settings.h"

#define PREFIX "recompenses"
/* Of one page: a message takes 4,000 characters. */
#define PAGE_ROLES 25

static enum step ask(struct invocation *invocation, struct db_call *out)
{
	settings_read_call(invocation->ctx, &invocation->guild, out);
	return STEP_CALL;
}

static enum step press_ask(struct invocation *invocation, struct db_call *out)
{
	struct custom_id id;
	if (!invocation_read_custom_id(invocation, &id) || id.number < 0)
		return invocation_refuse_text(invocation, TEXT_UNKNOWN_BUTTON);
	return ask(invocation, out);
}

/* The page that was asked for; the first one by the command. */
static size_t page_asked(const struct invocation *invocation)
{
	struct custom_id id;
	return invocation_read_custom_id(invocation, &id) && id.number > 0 ? (size_t)id.number : 0;
}

static char *line_of(const struct invocation *invocation, enum language language,
	const struct role_reward *reward)
{
	bool own = interaction_has_role(invocation->in, &reward->role);
	return text_fill(invocation->ctx, language, own ? TEXT_REWARDS_LINE_OWN : TEXT_REWARDS_LINE,
		"level", text_number(invocation->ctx, language, reward->level), "role",
		must(talloc_asprintf(invocation->ctx, "<@&%s>", reward->role.text)), NULL);
}

static void add_turn(
	struct invocation *invocation, const char *action, enum text label, size_t page, bool off)
{
	struct custom_id id = custom_id_make(PREFIX, action);
	id.number = (int64_t)page;
	reply_add_button(&invocation->reply,
		(struct button){.style = BUTTON_SECONDARY,
			.label = text_get(invocation_own_language(invocation), label),
			.custom_id = invocation_custom_id(invocation, id),
			.disabled = off});
}

static enum step answer(struct invocation *invocation, const struct db_rows *rows)
{
	struct settings_state *state;
	if (settings_read(invocation->ctx, rows, &state))
		return STEP_BROKEN;
	size_t pages = state->reward_count ? (state->reward_count - 1) / PAGE_ROLES + 1 : 1;
	size_t page = page_asked(invocation) < pages ? page_asked(invocation) : pages - 1;
	bool pressed = invocation->pressed;
	enum language language = invocation_open_reply(invocation, true);
	char *list = must(talloc_strdup(invocation->ctx, ""));
	for (size_t i = page * PAGE_ROLES; i < state->reward_count && i < (page + 1) * PAGE_ROLES;
		i++)
		list = must(talloc_asprintf_append(list, "%s%s", *list ? "\n" : "",
			line_of(invocation, language, &state->rewards[i])));
	if (pressed)
		invocation->reply.kind = REPLY_UPDATE;
	invocation->reply.colour = COLOUR_LEATHER;
	invocation->reply.title = text_get(language, TEXT_REWARDS_TITLE);
	invocation->reply.description = *list ? list : text_get(language, TEXT_REWARDS_NOTHING);
	if (pages > 1) {
		add_turn(invocation, "back", TEXT_PANEL_PREVIOUS, page ? page - 1 : 0, page == 0);
		add_turn(invocation, "next", TEXT_PANEL_NEXT, page + 1, page + 1 == pages);
	}
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

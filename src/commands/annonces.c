/* /annonces: what is announced of one's own levels, and whether one stands on the page. */
#include <string.h>
#include <talloc.h>

#include "besace/base/memory.h"
#include "besace/engine/command.h"
#include "besace/engine/invocation.h"
#include "besace/engine/level_message.h"
#include "besace/store/members.h"
#include "bravo.h"

#define PREFIX CHEER_COMMAND

/* The option of those who know what they want. */
static const struct option *ping(const struct invocation *invocation)
{
	const struct option *option = interaction_option(invocation->in, "ping");
	return option && option->type == OPTION_BOOLEAN ? option : NULL;
}

static enum step ask(struct invocation *invocation, struct db_call *out)
{
	const struct option *given = ping(invocation);
	enum announce_choice choice = given && given->integer ? ANNOUNCE_PING : ANNOUNCE_SILENT;
	if (given)
		announce_choice_call(invocation->ctx, &invocation->in->id, &invocation->asker,
			&choice, NULL, out);
	else
		announce_view_call(invocation->ctx, &invocation->asker, out);
	return STEP_CALL;
}

static struct button make_button(struct invocation *invocation, const char *action,
	const char *word, enum text label, const char *emoji)
{
	struct custom_id id = custom_id_make(PREFIX, action);
	id.word = custom_id_word(word);
	return (struct button){.style = BUTTON_SECONDARY,
		.label = text_get(invocation_own_language(invocation), label),
		.emoji = emoji,
		.custom_id = invocation_custom_id(invocation, id)};
}

static const struct {
	enum text label, text;
	const char *emoji;
} choices[ANNOUNCE_CHOICE_COUNT] = {
	[ANNOUNCE_SILENT] = {TEXT_OWN_SILENT, TEXT_OWN_SILENT_TEXT, "🔕"},
	[ANNOUNCE_PING] = {TEXT_OWN_PING, TEXT_OWN_PING_TEXT, "🔔"},
	[ANNOUNCE_NONE] = {TEXT_OWN_NONE, TEXT_OWN_NONE_TEXT, "🙈"}};

/* The one that stands is marked, and cannot be pressed. */
static void add_choices(struct invocation *invocation, enum announce_choice current)
{
	for (int i = 0; i < ANNOUNCE_CHOICE_COUNT; i++) {
		struct button button = make_button(invocation, "set",
			announce_choice_name((enum announce_choice)i), choices[i].label,
			choices[i].emoji);
		button.disabled = current == (enum announce_choice)i;
		if (button.disabled)
			button.style = BUTTON_PRIMARY;
		reply_add_button(&invocation->reply, button);
	}
}

/* Where the guild announces levels, and which, in one line: what the choice counts for. */
static char *say_guild(const struct invocation *invocation, enum language language,
	const struct announce_state *state)
{
	void *ctx = invocation->ctx;
	if (strcmp(state->place, "none") == 0)
		return must(talloc_strdup(ctx, text_get(language, TEXT_OWN_NOWHERE)));
	bool here = strcmp(state->place, "here") == 0;
	char *line = text_fill(ctx, language, here ? TEXT_OWN_HERE : TEXT_OWN_CHANNEL, "channel",
		must(talloc_asprintf(ctx, "<#%s>", state->place)), NULL);
	if (state->from_level > 1)
		line = must(talloc_strdup_append(
			line, text_fill(ctx, language, TEXT_OWN_FROM, "level",
				      text_number(ctx, language, state->from_level), NULL)));
	if (state->every > 1)
		line = must(talloc_strdup_append(
			line, text_fill(ctx, language, TEXT_OWN_EVERY, "count",
				      text_number(ctx, language, state->every), NULL)));
	if (state->role_only)
		line = must(talloc_strdup_append(line, text_get(language, TEXT_OWN_ROLES)));
	if (!state->pings)
		line = must(talloc_strdup_append(line, text_get(language, TEXT_OWN_NO_PINGS)));
	return line;
}

static void add_page(
	struct invocation *invocation, enum language language, const struct announce_state *state)
{
	const char *text =
		text_get(language, state->on_page ? TEXT_OWN_PAGE_YES : TEXT_OWN_PAGE_NO);
	if (!state->has_page || !invocation->world.public_url)
		text = must(talloc_asprintf(
			invocation->ctx, "%s\n-# %s", text, text_get(language, TEXT_OWN_PAGE_OFF)));
	reply_add_separator(&invocation->reply);
	reply_add_section(&invocation->reply,
		(struct section){.texts = {text},
			.button = make_button(invocation, "web", state->on_page ? "no" : "yes",
				state->on_page ? TEXT_OWN_PAGE_HIDE : TEXT_OWN_PAGE_SHOW, NULL)});
}

static void show(struct invocation *invocation, const struct announce_state *state)
{
	bool pressed = invocation->pressed;
	enum language language = invocation_open_reply(invocation, true);
	if (pressed)
		invocation->reply.kind = REPLY_UPDATE;
	invocation->reply.colour = COLOUR_LEATHER;
	invocation->reply.title = text_get(language, TEXT_PING_TITLE);
	invocation->reply.description = must(talloc_asprintf(invocation->ctx, "%s\n-# %s",
		text_get(language, choices[state->choice].text),
		say_guild(invocation, language, state)));
	add_choices(invocation, state->choice);
	add_page(invocation, language, state);
}

static enum step answer(struct invocation *invocation, const struct db_rows *rows)
{
	struct announce_state state;
	if (ping(invocation) ? announce_choice_read(invocation->ctx, rows, &state)
			     : announce_view_read(invocation->ctx, rows, &state))
		return STEP_BROKEN;
	show(invocation, &state);
	return STEP_REPLY;
}

static enum step press_ask(struct invocation *invocation, struct db_call *out)
{
	struct custom_id id;
	bool known = invocation_read_custom_id(invocation, &id), on_page;
	if (known && bravo_is(&id))
		return bravo_ask(invocation, &id, out);
	if (known && strcmp(id.action.text, "set") == 0)
		for (int i = 0; i < ANNOUNCE_CHOICE_COUNT; i++) {
			enum announce_choice choice = (enum announce_choice)i;
			if (strcmp(announce_choice_name(choice), id.word.text) != 0)
				continue;
			announce_choice_call(invocation->ctx, &invocation->in->id,
				&invocation->asker, &choice, NULL, out);
			return STEP_CALL;
		}
	on_page = known && strcmp(id.word.text, "yes") == 0;
	if (!known || strcmp(id.action.text, "web") != 0 ||
		(!on_page && strcmp(id.word.text, "no") != 0))
		return invocation_refuse_text(invocation, TEXT_UNKNOWN_BUTTON);
	announce_choice_call(
		invocation->ctx, &invocation->in->id, &invocation->asker, NULL, &on_page, out);
	return STEP_CALL;
}

static enum step press_answer(struct invocation *invocation, const struct db_rows *rows)
{
	struct custom_id id;
	struct announce_state state;
	if (invocation_read_custom_id(invocation, &id) && bravo_is(&id))
		return bravo_answer(invocation, &id, rows);
	if (announce_choice_read(invocation->ctx, rows, &state))
		return STEP_BROKEN;
	show(invocation, &state);
	return STEP_REPLY;
}

static const struct command_option options[] = {
	{.name = TEXT_PING_OPTION_NAME,
		.description = TEXT_PING_OPTION_DESCRIPTION,
		.type = OPTION_BOOLEAN},
};

const struct command command_annonces = {
	.type = COMMAND_CHAT_INPUT,
	.name = TEXT_PING_NAME,
	.description = TEXT_PING_DESCRIPTION,
	.options = options,
	.option_count = 1,
	.ephemeral = true,
	.ask = ask,
	.answer = answer,
	.button_prefix = PREFIX,
	.press_ask = press_ask,
	.press_answer = press_answer,
};

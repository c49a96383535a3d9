/* /annonces: what is announced of one's own levels, and whether one stands on the page. */
#include <string.h>

#include "besace/engine/command.h"
#include "besace/engine/invocation.h"
#include "besace/store/members.h"

#define PREFIX "annonces"

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
	const char *word, enum text label, bool current)
{
	struct custom_id id = custom_id_make(PREFIX, action);
	id.word = custom_id_word(word);
	return (struct button){.style = current ? BUTTON_PRIMARY : BUTTON_SECONDARY,
		.label = text_get(invocation_own_language(invocation), label),
		.custom_id = invocation_custom_id(invocation, id),
		.disabled = current};
}

static void show(struct invocation *invocation, const struct announce_state *state)
{
	static const struct {
		enum text label, text;
	} rows[ANNOUNCE_CHOICE_COUNT] = {
		[ANNOUNCE_SILENT] = {TEXT_OWN_SILENT, TEXT_OWN_SILENT_TEXT},
		[ANNOUNCE_PING] = {TEXT_OWN_PING, TEXT_OWN_PING_TEXT},
		[ANNOUNCE_NONE] = {TEXT_OWN_NONE, TEXT_OWN_NONE_TEXT}};
	bool pressed = invocation->pressed;
	enum language language = invocation_open_reply(invocation, true);
	if (pressed)
		invocation->reply.kind = REPLY_UPDATE;
	invocation->reply.colour = COLOUR_LEATHER;
	invocation->reply.title = text_get(language, TEXT_PING_TITLE);
	invocation->reply.description = text_get(language, rows[state->choice].text);
	for (int i = 0; i < ANNOUNCE_CHOICE_COUNT; i++)
		reply_add_button(&invocation->reply,
			make_button(invocation, "set",
				announce_choice_name((enum announce_choice)i), rows[i].label,
				state->choice == (enum announce_choice)i));
	reply_add_section(&invocation->reply,
		(struct section){.texts = {text_get(language,
					 state->on_page ? TEXT_OWN_PAGE_YES : TEXT_OWN_PAGE_NO)},
			.button = make_button(invocation, "web", state->on_page ? "no" : "yes",
				state->on_page ? TEXT_OWN_PAGE_HIDE : TEXT_OWN_PAGE_SHOW, false)});
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
	struct announce_state state;
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

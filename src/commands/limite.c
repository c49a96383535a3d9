/* /limite: a member's own limit of losses a day. */
#include <inttypes.h>
#include <string.h>
#include <talloc.h>

#include "besace/base/memory.h"
#include "besace/domain/amount.h"
#include "besace/engine/command.h"
#include "besace/engine/invocation.h"
#include "besace/store/earnings.h"

/* Custom ids: the number of SET is the limit, 0 for none; OTHER opens the form that comes back as
 * TYPED, with one field. */
#define PREFIX "limite"
#define SET "set"
#define OTHER "other"
#define TYPED "typed"
#define FIELD "montant"

static const struct option *amount(const struct invocation *invocation)
{
	return interaction_option(
		invocation->in, text_get(LANGUAGE_DEFAULT, TEXT_LIMIT_AMOUNT_NAME));
}

static enum step ask(struct invocation *invocation, struct db_call *out)
{
	const struct option *given = amount(invocation);
	if (given)
		loss_limit_set_call(invocation->ctx, &invocation->in->id, &invocation->asker,
			(int32_t)given->integer, out);
	else
		loss_limit_call(invocation->ctx, &invocation->asker, out);
	return STEP_CALL;
}

/* ---- What stands */

/* What a reply is made with. */
struct limit_view {
	struct invocation *invocation;
	enum language language;
	const struct loss_limit *limit;
	int32_t max; /* what counts of the member's own and the guild's; 0: neither */
};

static char *number(const struct limit_view *view, int64_t value)
{
	return text_number(view->invocation->ctx, view->language, value);
}

static char *amount_words(const struct limit_view *view, int64_t value)
{
	return text_fill(view->invocation->ctx, view->language, TEXT_LIMIT_VALUE, "amount",
		number(view, value), NULL);
}

static bool is_reached(const struct limit_view *view)
{
	return view->max && view->limit->lost >= view->max;
}

static char *lost_line(const struct limit_view *view)
{
	int64_t left = is_reached(view) ? 0 : view->max - view->limit->lost;
	enum text text = !view->max         ? TEXT_LIMIT_LOST
			 : is_reached(view) ? TEXT_LIMIT_REACHED
					    : TEXT_LIMIT_LEFT;
	return text_fill(view->invocation->ctx, view->language, text, "lost",
		amount_words(view, view->limit->lost), "left", amount_words(view, left), NULL);
}

static char *next_line(const struct limit_view *view)
{
	const struct loss_limit *limit = view->limit;
	char *time =
		must(talloc_asprintf(view->invocation->ctx, "<t:%" PRId64 ":f>", limit->next_at_s));
	return text_fill(view->invocation->ctx, view->language,
		limit->next_max ? TEXT_LIMIT_NEXT : TEXT_LIMIT_NEXT_NONE, "time", time, "max",
		amount_words(view, limit->next_max), NULL);
}

static char *small_lines(const struct limit_view *view)
{
	char *text = must(
		talloc_strdup(view->invocation->ctx, text_get(view->language, TEXT_LIMIT_RULE)));
	if (view->limit->guild_max)
		text = must(talloc_asprintf_append(text, "\n%s",
			text_fill(view->invocation->ctx, view->language, TEXT_LIMIT_GUILD, "max",
				amount_words(view, view->limit->guild_max), NULL)));
	return text;
}

static void add_button(const struct limit_view *view, const char *action, int64_t value,
	const char *label, const char *emoji)
{
	struct custom_id id = custom_id_make(PREFIX, action);
	id.number = value;
	reply_add_button(&view->invocation->reply,
		(struct button){.style = BUTTON_SECONDARY,
			.label = label,
			.emoji = emoji,
			.custom_id = invocation_custom_id(view->invocation, id)});
}

/* Amounts at a press, any other in a form, and none. */
static void add_buttons(const struct limit_view *view)
{
	static const int32_t amounts[] = {100, 250, 1000};
	for (size_t i = 0; i < ARRAY_LEN(amounts); i++)
		if (amounts[i] != view->limit->day_max)
			add_button(view, SET, amounts[i], amount_words(view, amounts[i]), NULL);
	const char *other = text_get(view->language, TEXT_LIMIT_OTHER);
	add_button(view, OTHER, CUSTOM_ID_NO_NUMBER, other, "✏️");
	bool is_leaving = view->limit->next_at_s && !view->limit->next_max;
	if (view->limit->day_max && !is_leaving)
		add_button(view, SET, 0, text_get(view->language, TEXT_LIMIT_LIFT), NULL);
}

static void show(struct invocation *invocation, const struct loss_limit *limit)
{
	int32_t own = limit->day_max, others = limit->guild_max;
	const struct limit_view view = {.invocation = invocation,
		.language = invocation_open_reply(invocation, true),
		.limit = limit,
		.max = own && (!others || own < others) ? own : others};
	char *text = own ? text_fill(invocation->ctx, view.language, TEXT_LIMIT_NOW, "max",
				   amount_words(&view, own), NULL)
			 : must(talloc_strdup(
				   invocation->ctx, text_get(view.language, TEXT_LIMIT_NONE)));
	text = must(talloc_asprintf_append(text, "\n%s", lost_line(&view)));
	if (limit->next_at_s)
		text = must(talloc_asprintf_append(text, "\n%s", next_line(&view)));
	invocation->reply.colour = is_reached(&view) ? COLOUR_WAITING : COLOUR_LEATHER;
	invocation->reply.title = text_get(view.language, TEXT_LIMIT_TITLE);
	invocation->reply.description = text;
	invocation->reply.footer = small_lines(&view);
	add_buttons(&view);
	if (invocation->pressed)
		invocation->reply.kind = REPLY_UPDATE;
}

static enum step answer(struct invocation *invocation, const struct db_rows *rows)
{
	struct loss_limit limit;
	if (amount(invocation) ? loss_limit_set_read(invocation->ctx, rows, &limit)
			       : loss_limit_read(invocation->ctx, rows, &limit))
		return STEP_BROKEN;
	show(invocation, &limit);
	return STEP_REPLY;
}

/* ---- Presses */

static enum step set(struct invocation *invocation, int32_t max, struct db_call *out)
{
	loss_limit_set_call(invocation->ctx, &invocation->in->id, &invocation->asker, max, out);
	return STEP_CALL;
}

static enum step open_form(struct invocation *invocation)
{
	enum language language = invocation_own_language(invocation);
	invocation->reply = (struct reply){.kind = REPLY_MODAL,
		.title = text_get(language, TEXT_LIMIT_FORM_TITLE),
		.custom_id = invocation_custom_id(invocation, custom_id_make(PREFIX, TYPED))};
	reply_add_input(&invocation->reply,
		(struct text_input){.custom_id = FIELD,
			.label = text_get(language, TEXT_LIMIT_FORM_LABEL),
			.description = text_fill(invocation->ctx, language, TEXT_LIMIT_FORM_RANGE,
				"max", text_number(invocation->ctx, language, LOSS_LIMIT_MAX),
				NULL),
			.min = 1,
			.max = AMOUNT_TEXT_MAX});
	return STEP_REPLY;
}

static enum step press_ask(struct invocation *invocation, struct db_call *out)
{
	struct custom_id id;
	if (!invocation_read_custom_id(invocation, &id))
		return invocation_refuse_text(invocation, TEXT_UNKNOWN_BUTTON);
	if (strcmp(id.action.text, OTHER) == 0)
		return open_form(invocation);
	if (strcmp(id.action.text, SET) != 0 || id.number < 0 || id.number > LOSS_LIMIT_MAX)
		return invocation_refuse_text(invocation, TEXT_UNKNOWN_BUTTON);
	return set(invocation, (int32_t)id.number, out);
}

/* "tout" is all of a balance: without one it is 0, which a form does not take. */
static enum step submit_ask(struct invocation *invocation, struct db_call *out)
{
	struct custom_id id;
	int32_t max = 0;
	const char *typed = interaction_input(invocation->in, FIELD);
	if (!invocation_read_custom_id(invocation, &id) || strcmp(id.action.text, TYPED) != 0 ||
		!typed)
		return invocation_refuse_text(invocation, TEXT_UNKNOWN_BUTTON);
	enum language language = invocation_own_language(invocation);
	if (amount_parse(typed, 0, AMOUNT_MAX, &max) != AMOUNT_READ || max < 1 ||
		max > LOSS_LIMIT_MAX)
		return invocation_refuse(invocation, TEXT_LIMIT_FORM_WRONG,
			text_fill(invocation->ctx, language, TEXT_LIMIT_FORM_WRONG, "max",
				text_number(invocation->ctx, language, LOSS_LIMIT_MAX), NULL));
	return set(invocation, max, out);
}

static enum step press_answer(struct invocation *invocation, const struct db_rows *rows)
{
	struct loss_limit limit;
	if (loss_limit_set_read(invocation->ctx, rows, &limit))
		return STEP_BROKEN;
	show(invocation, &limit);
	return STEP_REPLY;
}

static const struct command_option options[] = {
	{.name = TEXT_LIMIT_AMOUNT_NAME,
		.description = TEXT_LIMIT_AMOUNT_DESCRIPTION,
		.type = OPTION_INTEGER,
		.min = 0,
		.max = LOSS_LIMIT_MAX},
};

const struct command command_limite = {
	.type = COMMAND_CHAT_INPUT,
	.name = TEXT_LIMIT_NAME,
	.description = TEXT_LIMIT_DESCRIPTION,
	.options = options,
	.option_count = ARRAY_LEN(options),
	.ephemeral = true,
	.ask = ask,
	.answer = answer,
	.button_prefix = PREFIX,
	.press_ask = press_ask,
	.press_answer = press_answer,
	.submit_ask = submit_ask,
	.submit_answer = press_answer,
};

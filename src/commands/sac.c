/* /sac: a member's bag, and its buttons that use what is in it. */
#include <talloc.h>

#include "besace/base/memory.h"
#include "besace/engine/command.h"
#include "besace/engine/invocation.h"
#include "besace/store/bags.h"

/* Custom ids: the action is the item, the owner is the only member who may press, the number is the
 * use. A press uses what the presser has, so a forged id gains nothing. The use makes a button good
 * for one item, in however many windows it is pressed; without one, it uses the next item. */
#define PREFIX "sac"

struct press {
	enum item item;
	int32_t use;
	struct snowflake owner;
};

static const struct {
	const char *emoji;
	enum text name;
	enum button_style style;
} shown[ITEM_COUNT] = {
	[ITEM_JACKPOT] = {"🎁", TEXT_ITEM_JACKPOT, BUTTON_SUCCESS},
	[ITEM_X2] = {"✨", TEXT_ITEM_X2, BUTTON_PRIMARY},
	[ITEM_X3] = {"🌟", TEXT_ITEM_X3, BUTTON_PRIMARY},
};

static void add_multiplier(
	struct invocation *invocation, enum language language, const struct bag *bag)
{
	if (!bag->multiplier)
		return;
	enum text text =
		text_plural(language, bag->games_left, TEXT_BAG_GAMES_ONE, TEXT_BAG_GAMES_MANY);
	char *value = text_fill(invocation->ctx, language, text, "value",
		text_number(invocation->ctx, language, bag->multiplier), "games",
		text_number(invocation->ctx, language, bag->games_left), NULL);
	reply_add_block(&invocation->reply, text_get(language, TEXT_BAG_MULTIPLIER), value);
}

static void add_item(struct invocation *invocation, enum language language, enum item item,
	const struct bag *bag)
{
	void *ctx = invocation->ctx;
	const char *emoji = shown[item].emoji;
	char *name =
		must(talloc_asprintf(ctx, "%s %s", emoji, text_get(language, shown[item].name)));
	char *count = text_number(ctx, language, bag->quantity[item]);
	reply_add_block(&invocation->reply, name, must(talloc_asprintf(ctx, "×%s", count)));

	char *label = item == ITEM_JACKPOT
			      ? text_fill(ctx, language, TEXT_BAG_OPEN, "count", count, NULL)
			      : text_fill(ctx, language, TEXT_BAG_ACTIVATE, "value",
					text_number(ctx, language, item_multiplier(item)), "count",
					count, NULL);
	struct custom_id id = custom_id_make(PREFIX, item_type(item));
	id.owner = invocation->in->user.id;
	id.number = bag->uses[item];
	reply_add_button(
		&invocation->reply, (struct button){.style = shown[item].style,
					    .label = label,
					    .emoji = emoji,
					    .custom_id = invocation_custom_id(invocation, id)});
}

/* The bag message; OUTCOME is what a press did, or NULL. */
static void render(struct invocation *invocation, const struct bag *bag, const char *outcome,
	enum language language)
{
	invocation->reply.title = text_fill(invocation->ctx, language, TEXT_BAG_TITLE, "member",
		invocation_shown_name(invocation, &invocation->in->user), NULL);
	invocation->reply.description = outcome;
	if (outcome)
		invocation->reply.colour = COLOUR_SUCCESS;
	add_multiplier(invocation, language, bag);
	bool empty = true;
	for (int item = 0; item < ITEM_COUNT; item++)
		if (bag->quantity[item] > 0) {
			add_item(invocation, language, (enum item)item, bag);
			empty = false;
		}
	if (empty)
		invocation->reply.description =
			must(talloc_asprintf(invocation->ctx, "%s%s%s", outcome ? outcome : "",
				outcome ? "\n\n" : "", text_get(language, TEXT_BAG_EMPTY)));
}

static enum step ask(struct invocation *invocation, struct db_call *out)
{
	bags_view_call(invocation->ctx, &invocation->asker, out);
	return STEP_CALL;
}

static enum step answer(struct invocation *invocation, const struct db_rows *rows)
{
	struct bag bag;
	enum step step = invocation_judge(invocation, bags_view_read(rows, &bag));
	if (step == STEP_REPLY)
		render(invocation, &bag, NULL, invocation_open_reply(invocation, false));
	return step;
}

/* Reads the custom id of a press. False when it is none of this command. */
static bool read_button(const struct invocation *invocation, struct press *out)
{
	struct custom_id id;
	if (!invocation_read_custom_id(invocation, &id) || id.number > INT32_MAX ||
		!item_parse(id.action.text, &out->item))
		return false;
	out->use = (int32_t)id.number;
	out->owner = id.owner;
	return true;
}

static enum step press_ask(struct invocation *invocation, struct db_call *out)
{
	struct press press;
	if (!read_button(invocation, &press))
		return invocation_refuse_text(invocation, TEXT_UNKNOWN_BUTTON);
	if (!snowflake_equal(&press.owner, &invocation->in->user.id))
		return invocation_refuse_text(invocation, TEXT_BAG_NOT_YOURS);
	if (press.item == ITEM_JACKPOT)
		bags_open_call(invocation->ctx, &invocation->in->id, &invocation->asker, press.use,
			jackpot_draw(invocation->draw), out);
	else
		bags_activate_call(invocation->ctx, &invocation->in->id, &invocation->asker,
			press.use, press.item, out);
	return STEP_CALL;
}

static enum step refuse_press(
	struct invocation *invocation, const struct bag_press *press, enum item item)
{
	enum language language = invocation_own_language(invocation);
	const char *name = text_get(language, shown[item].name);
	switch (press->outcome) {
	case PRESS_NONE_LEFT:
		return invocation_refuse(invocation, TEXT_BAG_NONE_LEFT,
			text_fill(
				invocation->ctx, language, TEXT_BAG_NONE_LEFT, "item", name, NULL));
	case PRESS_USED:
		return invocation_refuse_text(invocation, TEXT_BAG_USED);
	case PRESS_ALREADY_ACTIVE:
		return invocation_refuse_text(invocation, TEXT_BAG_ALREADY_ACTIVE);
	case PRESS_BALANCE_FULL:
		return invocation_refuse_text(invocation, TEXT_BAG_BALANCE_FULL);
	case PRESS_DONE:
		break;
	}
	return STEP_BROKEN;
}

static char *say_done(
	void *ctx, enum language language, const struct bag_press *press, enum item item)
{
	if (item == ITEM_JACKPOT)
		return text_fill(ctx, language, TEXT_BAG_OPENED, "reward",
			text_number(ctx, language, press->reward), "balance",
			text_number(ctx, language, press->balance), NULL);
	return text_fill(ctx, language, TEXT_BAG_ACTIVATED, "value",
		text_number(ctx, language, item_multiplier(item)), "games",
		text_number(ctx, language, MULTIPLIER_GAMES), NULL);
}

static enum step press_answer(struct invocation *invocation, const struct db_rows *rows)
{
	struct bag_press done;
	struct press press;
	if (!read_button(invocation, &press) ||
		bags_press_read(invocation->ctx, rows, press.item, &done))
		return STEP_BROKEN;
	if (done.outcome != PRESS_DONE)
		return refuse_press(invocation, &done, press.item);
	enum language language = invocation_open_reply(invocation, false);
	invocation->reply.kind = REPLY_UPDATE;
	render(invocation, &done.bag, say_done(invocation->ctx, language, &done, press.item),
		language);
	return STEP_REPLY;
}

const struct command command_sac = {
	.type = COMMAND_CHAT_INPUT,
	.name = TEXT_BAG_NAME,
	.description = TEXT_BAG_DESCRIPTION,
	.ask = ask,
	.answer = answer,
	.button_prefix = PREFIX,
	.press_ask = press_ask,
	.press_answer = press_answer,
};

/* /sac: a member's bag, and its buttons that use what is in it. */
#include <stdio.h>
#include <string.h>
#include <talloc.h>

#include "besace/base/memory.h"
#include "besace/command/command.h"
#include "besace/command/run.h"
#include "besace/store/bags.h"

/* Custom ids are "sac:1:ITEM:OWNER". The owner only tells who may press; what a press uses is
 * always the presser's own, so a forged id gains nothing. */
#define PREFIX "sac"
#define VERSION "1"

static const struct {
	const char *emoji;
	enum text name;
	enum button_style style;
} shown[ITEM_COUNT] = {
	[ITEM_JACKPOT] = {"🎁", TEXT_ITEM_JACKPOT, BUTTON_SUCCESS},
	[ITEM_X2] = {"✨", TEXT_ITEM_X2, BUTTON_PRIMARY},
	[ITEM_X3] = {"🌟", TEXT_ITEM_X3, BUTTON_PRIMARY},
};

static void add_multiplier(struct run *run, enum language language, const struct bag *bag)
{
	if (!bag->multiplier)
		return;
	enum text text =
		text_plural(language, bag->games_left, TEXT_BAG_GAMES_ONE, TEXT_BAG_GAMES_MANY);
	char *value = text_fill(run->ctx, language, text, "value",
		text_number(run->ctx, language, bag->multiplier), "games",
		text_number(run->ctx, language, bag->games_left), NULL);
	reply_add_field(&run->reply, text_get(language, TEXT_BAG_MULTIPLIER), value, false);
}

static void add_item(struct run *run, enum language language, enum item item, int32_t quantity)
{
	void *ctx = run->ctx;
	const char *emoji = shown[item].emoji;
	char *name =
		must(talloc_asprintf(ctx, "%s %s", emoji, text_get(language, shown[item].name)));
	char *count = text_number(ctx, language, quantity);
	reply_add_field(&run->reply, name, must(talloc_asprintf(ctx, "×%s", count)), true);

	char *label = item == ITEM_JACKPOT
			      ? text_fill(ctx, language, TEXT_BAG_OPEN, "count", count, NULL)
			      : text_fill(ctx, language, TEXT_BAG_ACTIVATE, "value",
					text_number(ctx, language, item_multiplier(item)), "count",
					count, NULL);
	char *custom_id = must(talloc_asprintf(
		ctx, PREFIX ":" VERSION ":%s:%s", item_type(item), run->in->user.id.text));
	reply_add_button(&run->reply, (struct button){.style = shown[item].style,
					      .label = label,
					      .emoji = emoji,
					      .custom_id = custom_id});
}

/* The bag message; OUTCOME is what a press did, or NULL. */
static void render(
	struct run *run, const struct bag *bag, const char *outcome, enum language language)
{
	run->reply.title = text_fill(run->ctx, language, TEXT_BAG_TITLE, "member",
		run_shown_name(run, &run->in->user), NULL);
	run->reply.description = outcome;
	if (outcome)
		run->reply.colour = COLOUR_SUCCESS;
	add_multiplier(run, language, bag);
	bool empty = true;
	for (int item = 0; item < ITEM_COUNT; item++)
		if (bag->quantity[item] > 0) {
			add_item(run, language, (enum item)item, bag->quantity[item]);
			empty = false;
		}
	if (empty)
		run->reply.description =
			must(talloc_asprintf(run->ctx, "%s%s%s", outcome ? outcome : "",
				outcome ? "\n\n" : "", text_get(language, TEXT_BAG_EMPTY)));
}

static enum step ask(struct run *run, struct db_call *out)
{
	bags_view_call(run->ctx, &run->asker, out);
	return STEP_CALL;
}

static enum step answer(struct run *run, const struct db_rows *rows)
{
	struct bag bag;
	bool found, current = bags_view_read(rows, &bag, &found);
	enum step step = run_judge(run, current, found);
	if (step == STEP_REPLY)
		render(run, &bag, NULL, run_open_reply(run, false));
	return step;
}

/* Reads a custom id of ours. False when it is of another version or form. */
static bool read_button(const char *custom_id, enum item *out_item, struct snowflake *out_owner)
{
	char type[32], owner[LIMIT_SNOWFLAKE_DIGITS + 2];
	int used = 0;
	return sscanf(custom_id, PREFIX ":" VERSION ":%31[^:]:%21[0-9]%n", type, owner, &used) ==
		       2 &&
	       custom_id[used] == '\0' && item_parse(type, out_item) &&
	       snowflake_parse(owner, out_owner);
}

static enum step press_ask(struct run *run, struct db_call *out)
{
	enum language language = run_private_language(run);
	enum item item;
	struct snowflake owner;
	if (!read_button(run->in->custom_id, &item, &owner))
		return run_refuse(run, text_get(language, TEXT_UNKNOWN_BUTTON));
	if (!snowflake_equal(&owner, &run->in->user.id))
		return run_refuse(run, text_get(language, TEXT_BAG_NOT_YOURS));
	if (item == ITEM_JACKPOT)
		bags_open_call(run->ctx, &run->in->id, &run->asker, jackpot_draw(run->draw), out);
	else
		bags_activate_call(run->ctx, &run->in->id, &run->asker, item, out);
	return STEP_CALL;
}

static enum step refuse_press(struct run *run, const struct bag_press *press, enum item item)
{
	enum language language = run_private_language(run);
	const char *name = text_get(language, shown[item].name);
	switch (press->outcome) {
	case PRESS_NONE_LEFT:
		return run_refuse(
			run, text_fill(run->ctx, language, TEXT_BAG_NONE_LEFT, "item", name, NULL));
	case PRESS_ALREADY_ACTIVE:
		return run_refuse(run, text_get(language, TEXT_BAG_ALREADY_ACTIVE));
	case PRESS_PURSE_FULL:
		return run_refuse(run, text_get(language, TEXT_BAG_PURSE_FULL));
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

static enum step press_answer(struct run *run, const struct db_rows *rows)
{
	struct bag_press press;
	enum item item;
	struct snowflake owner;
	if (bags_press_read(rows, &press) || !read_button(run->in->custom_id, &item, &owner))
		return STEP_BROKEN;
	if (press.outcome != PRESS_DONE)
		return refuse_press(run, &press, item);
	enum language language = run_open_reply(run, false);
	run->reply.kind = REPLY_UPDATE;
	render(run, &press.bag, say_done(run->ctx, language, &press, item), language);
	return STEP_REPLY;
}

const struct command command_sac = {
	.type = COMMAND_CHAT_INPUT,
	.name = TEXT_BAG_NAME,
	.about = TEXT_BAG_ABOUT,
	.ask = ask,
	.answer = answer,
	.button_prefix = PREFIX,
	.press_ask = press_ask,
	.press_answer = press_answer,
};

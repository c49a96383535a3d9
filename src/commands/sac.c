/* /sac: a member's bag, and its buttons that use what is in it. */
#include <string.h>
#include <talloc.h>

#include "besace/base/memory.h"
#include "besace/domain/level.h"
#include "besace/engine/command.h"
#include "besace/engine/door.h"
#include "besace/engine/invocation.h"
#include "besace/store/bags.h"

/* Custom ids: the action is the item, or OPEN_ALL; the owner is the only member who may press, the
 * number is the use. A press uses what the presser has, so a forged id gains nothing. The use makes
 * a button good for one item, in however many windows it is pressed; without one, it uses the next
 * item. DOOR_ACTION opens the bag anew, BACK shows it in the message that was pressed on. */
#define PREFIX "sac"
#define OPEN_ALL "all"
#define BACK "back"

struct press {
	enum item item;
	bool all;
	int32_t use;
	struct snowflake owner;
};

static const struct {
	const char *emoji;
	enum text name, what;
	enum button_style style;
} shown[ITEM_COUNT] = {
	[ITEM_JACKPOT] = {"🎁", TEXT_ITEM_JACKPOT, TEXT_BAG_JACKPOT_WHAT, BUTTON_SUCCESS},
	[ITEM_X2] = {"✨", TEXT_ITEM_X2, TEXT_BAG_X2_WHAT, BUTTON_PRIMARY},
	[ITEM_X3] = {"🌟", TEXT_ITEM_X3, TEXT_BAG_X3_WHAT, BUTTON_PRIMARY},
};

static char *count_of(struct invocation *invocation, enum language language, int64_t count)
{
	return text_number(invocation->ctx, language, count);
}

static const char *button_id(
	struct invocation *invocation, const char *action, const struct bag *bag, enum item item)
{
	struct custom_id id = custom_id_make(PREFIX, action);
	id.owner = invocation->in->user.id;
	if (bag)
		id.number = bag->uses[item];
	return invocation_custom_id(invocation, id);
}

static struct button item_button(struct invocation *invocation, enum language language,
	enum item item, const struct bag *bag)
{
	bool opens = item == ITEM_JACKPOT;
	char *count = count_of(invocation, language, bag->quantity[item]);
	return (struct button){.style = shown[item].style,
		.label = text_fill(invocation->ctx, language,
			opens ? TEXT_BAG_OPEN : TEXT_BAG_ACTIVATE, "value",
			count_of(invocation, language, item_multiplier(item)), "count", count,
			NULL),
		.emoji = shown[item].emoji,
		.custom_id = button_id(invocation, item_type(item), bag, item),
		.disabled = !opens && bag->multiplier};
}

static void add_item(struct invocation *invocation, enum language language, enum item item,
	const struct bag *bag)
{
	void *ctx = invocation->ctx;
	char *what = text_fill(ctx, language, shown[item].what, "games",
		count_of(invocation, language, MULTIPLIER_GAMES), NULL);
	char *name = must(talloc_asprintf(
		ctx, "%s %s", shown[item].emoji, text_get(language, shown[item].name)));
	char *text = text_fill(ctx, language, TEXT_BAG_ITEM, "item", name, "count",
		count_of(invocation, language, bag->quantity[item]), "what", what, NULL);
	reply_add_section(&invocation->reply,
		(struct section){
			.texts = {text}, .button = item_button(invocation, language, item, bag)});
}

static const char *running(
	struct invocation *invocation, enum language language, const struct bag *bag)
{
	if (!bag->multiplier)
		return NULL;
	return text_fill(invocation->ctx, language,
		text_plural(language, bag->games_left, TEXT_BAG_GAMES_ONE, TEXT_BAG_GAMES_MANY),
		"value", count_of(invocation, language, bag->multiplier), "games",
		count_of(invocation, language, bag->games_left), NULL);
}

static bool is_empty(const struct bag *bag)
{
	for (int item = 0; item < ITEM_COUNT; item++)
		if (bag->quantity[item] > 0)
			return false;
	return true;
}

/* How the next item comes; XP below 0: not known. */
static void render_empty(
	struct invocation *invocation, enum language language, const struct bag *bag, int32_t xp)
{
	void *ctx = invocation->ctx;
	const char *multiplier = running(invocation, language, bag);
	const char *text = text_get(language, TEXT_BAG_USED_UP);
	bool brings = !invocation->wording.no_items;
	if (xp >= 0 && !brings) {
		text = text_get(language, TEXT_BAG_EMPTY_PLAIN);
	} else if (xp >= 0) {
		int64_t level = level_progress(xp).level, next = (level / 5 + 1) * 5;
		text = text_fill(ctx, language, level < 5 ? TEXT_BAG_EMPTY_FIRST : TEXT_BAG_EMPTY,
			"jackpot", count_of(invocation, language, next), "left",
			count_of(invocation, language, level_start(next) - xp), NULL);
	}
	reply_add_text(&invocation->reply,
		multiplier ? must(talloc_asprintf(ctx, "%s\n%s", multiplier, text)) : text);
	invocation->reply.footer = brings ? text_get(language, TEXT_BAG_HOW) : NULL;
	reply_add_button(&invocation->reply, door_button(ctx, language, DOOR_LEVEL));
	reply_add_button(&invocation->reply, door_button(ctx, language, DOOR_EARNINGS));
}

static void add_open_all(
	struct invocation *invocation, enum language language, const struct bag *bag)
{
	int32_t jackpots = bag->quantity[ITEM_JACKPOT];
	if (jackpots < 2)
		return;
	char *count =
		count_of(invocation, language, jackpots < BAG_OPEN_MAX ? jackpots : BAG_OPEN_MAX);
	reply_add_button(&invocation->reply,
		(struct button){.style = BUTTON_SECONDARY,
			.label = text_fill(
				invocation->ctx, language, TEXT_BAG_OPEN_ALL, "count", count, NULL),
			.emoji = "🎁",
			.custom_id = button_id(invocation, OPEN_ALL, bag, ITEM_JACKPOT)});
}

/* The bag; NEWS is what a press did, or NULL. */
static void render(struct invocation *invocation, enum language language, const struct bag *bag,
	int32_t xp, const char *news)
{
	const char *multiplier = running(invocation, language, bag);
	invocation->reply.colour = news ? COLOUR_SUCCESS : COLOUR_LEATHER;
	invocation->reply.title = text_fill(invocation->ctx, language, TEXT_BAG_TITLE, "member",
		invocation_shown_name(invocation, &invocation->in->user), NULL);
	invocation->reply.description = news;
	if (is_empty(bag)) {
		render_empty(invocation, language, bag, xp);
		return;
	}
	if (multiplier)
		reply_add_text(&invocation->reply, multiplier);
	for (int item = 0; item < ITEM_COUNT; item++)
		if (bag->quantity[item] > 0)
			add_item(invocation, language, (enum item)item, bag);
	if (bag->multiplier && (bag->quantity[ITEM_X2] || bag->quantity[ITEM_X3]))
		invocation->reply.footer = text_fill(invocation->ctx, language, TEXT_BAG_WAITING,
			"value", count_of(invocation, language, bag->multiplier), NULL);
	add_open_all(invocation, language, bag);
}

static enum step ask(struct invocation *invocation, struct db_call *out)
{
	bags_view_call(invocation->ctx, &invocation->asker, out);
	return STEP_CALL;
}

static enum step answer(struct invocation *invocation, const struct db_rows *rows)
{
	struct bag bag;
	int32_t xp;
	enum step step =
		invocation_judge(invocation, bags_view_read(invocation->ctx, rows, &bag, &xp));
	if (step != STEP_REPLY)
		return step;
	bool updates = invocation->pressed;
	render(invocation, invocation_open_reply(invocation, invocation->ephemeral), &bag, xp,
		NULL);
	if (updates)
		invocation->reply.kind = REPLY_UPDATE;
	return STEP_REPLY;
}

/* Reads the custom id of a press. False when it is none of this command. */
static bool read_button(const struct invocation *invocation, struct press *out)
{
	struct custom_id id;
	if (!invocation_read_custom_id(invocation, &id) || id.number > INT32_MAX)
		return false;
	out->item = ITEM_JACKPOT;
	out->all = strcmp(id.action.text, OPEN_ALL) == 0;
	if (!out->all && !item_parse(id.action.text, &out->item))
		return false;
	out->use = (int32_t)id.number;
	out->owner = id.owner;
	return true;
}

static void open_all(struct invocation *invocation, int32_t use, struct db_call *out)
{
	int32_t rewards[BAG_OPEN_MAX];
	for (size_t i = 0; i < BAG_OPEN_MAX; i++)
		rewards[i] = jackpot_draw(invocation->draw);
	bags_open_all_call(invocation->ctx, &invocation->in->id, &invocation->asker, use, rewards,
		BAG_OPEN_MAX, out);
}

/* Whether the press goes back to the bag, from what was opened. */
static bool goes_back(const struct invocation *invocation, struct snowflake *out_owner)
{
	struct custom_id id;
	if (!invocation_read_custom_id(invocation, &id) || strcmp(id.action.text, BACK) != 0)
		return false;
	*out_owner = id.owner;
	return true;
}

static enum step press_ask(struct invocation *invocation, struct db_call *out)
{
	struct press press;
	bool back = goes_back(invocation, &press.owner);
	if (door_opens(invocation)) {
		invocation->answer = answer;
		return ask(invocation, out);
	}
	if (!back && !read_button(invocation, &press))
		return invocation_refuse_text(invocation, TEXT_UNKNOWN_BUTTON);
	if (!snowflake_equal(&press.owner, &invocation->in->user.id))
		return invocation_refuse_text(invocation, TEXT_BAG_NOT_YOURS);
	if (back) {
		invocation->answer = answer;
		return ask(invocation, out);
	}
	if (press.all)
		open_all(invocation, press.use, out);
	else if (press.item == ITEM_JACKPOT)
		bags_open_call(invocation->ctx, &invocation->in->id, &invocation->asker, press.use,
			jackpot_draw(invocation->draw), out);
	else
		bags_activate_call(invocation->ctx, &invocation->in->id, &invocation->asker,
			press.use, press.item, out);
	return STEP_CALL;
}

static char *wins_left(struct invocation *invocation, enum language language, int games)
{
	return text_fill(invocation->ctx, language,
		text_plural(language, games, TEXT_BAG_LEFT_ONE, TEXT_BAG_LEFT_MANY), "games",
		count_of(invocation, language, games), NULL);
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
		return invocation_refuse(invocation, TEXT_BAG_ALREADY_ACTIVE,
			text_fill(invocation->ctx, language, TEXT_BAG_ALREADY_ACTIVE, "value",
				count_of(invocation, language, press->bag.multiplier), "left",
				wins_left(invocation, language, press->bag.games_left), NULL));
	case PRESS_BALANCE_FULL:
		return invocation_refuse_text(invocation, TEXT_BAG_BALANCE_FULL);
	case PRESS_DONE:
		break;
	}
	return STEP_BROKEN;
}

/* The chance that a jackpot had to hold REWARD: domain/bag.h. */
static enum text chance_of(int32_t reward)
{
	return reward <= 25   ? TEXT_BAG_CHANCE_LOW
	       : reward <= 50 ? TEXT_BAG_CHANCE_MIDDLE
			      : TEXT_BAG_CHANCE_HIGH;
}

/* Opening is a moment of its own: what came out, and on to the next. */
static void render_opened(
	struct invocation *invocation, enum language language, const struct bag_press *press)
{
	void *ctx = invocation->ctx;
	int32_t left = press->bag.quantity[ITEM_JACKPOT];
	bool many = press->opened > 1;
	invocation->reply.colour = COLOUR_SUCCESS;
	invocation->reply.title =
		text_fill(ctx, language, many ? TEXT_BAG_OPENED_ALL_TITLE : TEXT_BAG_OPENED_TITLE,
			"count", count_of(invocation, language, press->opened), NULL);
	invocation->reply.description =
		text_fill(ctx, language, many ? TEXT_BAG_OPENED_ALL : TEXT_BAG_OPENED, "reward",
			count_of(invocation, language, press->reward), "chance",
			text_get(language, chance_of(press->reward)), "balance",
			count_of(invocation, language, press->balance), NULL);
	if (left > 0)
		reply_add_button(&invocation->reply,
			(struct button){.style = BUTTON_SUCCESS,
				.label = text_fill(ctx, language, TEXT_BAG_AGAIN, "count",
					count_of(invocation, language, left), NULL),
				.emoji = "🎁",
				.custom_id = button_id(invocation, item_type(ITEM_JACKPOT),
					&press->bag, ITEM_JACKPOT)});
	add_open_all(invocation, language, &press->bag);
	reply_add_button(&invocation->reply,
		(struct button){.style = BUTTON_SECONDARY,
			.label = text_get(language, TEXT_BAG_BACK),
			.emoji = "🎒",
			.custom_id = button_id(invocation, BACK, NULL, ITEM_JACKPOT)});
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
	if (press.item == ITEM_JACKPOT)
		render_opened(invocation, language, &done);
	else
		render(invocation, language, &done.bag, -1,
			text_fill(invocation->ctx, language, TEXT_BAG_ACTIVATED, "value",
				count_of(invocation, language, item_multiplier(press.item)),
				"games", count_of(invocation, language, MULTIPLIER_GAMES), NULL));
	invocation->reply.kind = REPLY_UPDATE;
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

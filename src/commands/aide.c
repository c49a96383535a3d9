/* /aide: three steps to begin with, and topics to read on. */
#include <string.h>
#include <talloc.h>

#include "besace/base/memory.h"
#include "besace/domain/level.h"
#include "besace/engine/command.h"
#include "besace/engine/door.h"
#include "besace/engine/invocation.h"
#include "besace/store/earnings.h"
#include "here.h"

/* Custom ids: the action is the topic that a button opens; a select's values are topics. */
#define PREFIX "aide"
#define SELECT_ACTION "topic"
#define HOME "home"

/* What a page is made with. */
struct help_page {
	struct invocation *invocation;
	void *ctx;
	enum language language;
	const struct help *help;
	struct reply *reply;
};

static char *number(const struct help_page *page, int64_t value)
{
	return text_number(page->ctx, page->language, value);
}

/* COMMAND, or BELOW it (TEXT_COUNT: itself), as Discord shows a command that can be pressed; as
 * code while its id is not known. Discord finds it by the names that are registered, and shows it
 * in the reader's language. */
static char *mention(const struct help_page *page, enum text command, enum text below)
{
	const char *id = json_string_value(
		json_object_get(page->help->command_ids, text_get(LANGUAGE_DEFAULT, command)));
	enum language language = id ? LANGUAGE_DEFAULT : page->language;
	const char *name = text_get(language, command);
	const char *space = below == TEXT_COUNT ? "" : " ";
	const char *rest = below == TEXT_COUNT ? "" : text_get(language, below);
	return must(id ? talloc_asprintf(page->ctx, "</%s%s%s:%s>", name, space, rest, id)
		       : talloc_asprintf(page->ctx, "`/%s%s%s`", name, space, rest));
}

static char *whole(const struct help_page *page, enum text command)
{
	return mention(page, command, TEXT_COUNT);
}

static struct button topic_button(const struct help_page *page, enum button_style style,
	enum text label, const char *emoji, const char *topic)
{
	return (struct button){.style = style,
		.label = text_get(page->language, label),
		.emoji = emoji,
		.custom_id = invocation_custom_id(page->invocation, custom_id_make(PREFIX, topic))};
}

/* ---- Topics */

static void add_line(char **text, const char *line)
{
	*text = must(talloc_asprintf_append(*text, "%s%s", **text ? "\n" : "", line));
}

static const char *say_earning(const struct help_page *page)
{
	const struct earnings *e = &page->help->earnings;
	void *ctx = page->ctx;
	enum language language = page->language;
	char *text = must(talloc_strdup(ctx, ""));
	if (e->levels && e->message)
		add_line(&text, text_fill(ctx, language, TEXT_HELP_XP_MESSAGE, "min",
					number(page, e->message_min), "max",
					number(page, e->message_max), NULL));
	if (e->levels && e->reaction)
		add_line(&text, text_fill(ctx, language, TEXT_HELP_XP_REACTION, "xp",
					number(page, e->reaction_xp), "max",
					number(page, e->reaction_xp_max), NULL));
	if (e->levels && e->voice)
		add_line(&text,
			text_fill(ctx, language,
				e->voice_from == 2 ? TEXT_HELP_XP_VOICE : TEXT_HELP_XP_VOICE_FROM,
				"first", number(page, e->voice_first), "next",
				number(page, e->voice_next), "hour", number(page, e->voice_hour),
				"from", number(page, e->voice_from), "more",
				number(page, e->voice_from + 1), NULL));
	if (e->levels && e->game)
		add_line(&text, text_fill(ctx, language, TEXT_HELP_XP_GAME, "win",
					number(page, e->game_win), "loss",
					number(page, e->game_loss), NULL));
	return *text ? text : text_get(language, TEXT_HELP_XP_OFF);
}

static void show_earning(const struct help_page *page)
{
	page->reply->description = say_earning(page);
	reply_add_text(page->reply,
		text_fill(page->ctx, page->language, TEXT_HELP_XP_MORE, "gains",
			whole(page, TEXT_GAINS_NAME), "rewards", whole(page, TEXT_REWARDS_NAME),
			"leaderboard", whole(page, TEXT_LEADERBOARD_NAME), NULL));
}

/* The ways to the currency that are open in this guild. */
static const char *say_money(const struct help_page *page)
{
	const struct help *help = page->help;
	void *ctx = page->ctx;
	enum language language = page->language;
	char *text = must(talloc_strdup(ctx, ""));
	if (help->gift_amount > 0)
		add_line(&text, text_fill(ctx, language, TEXT_HELP_MONEY_GIFT, "gift",
					whole(page, TEXT_GIFT_NAME), NULL));
	if (help->earnings.levels && help->level_reward_percent > 0)
		add_line(&text, text_get(language, TEXT_HELP_MONEY_LEVEL));
	if (help->level_reward_items)
		add_line(&text, text_fill(ctx, language, TEXT_HELP_MONEY_BAG, "bag",
					whole(page, TEXT_BAG_NAME), NULL));
	add_line(&text, text_get(language, TEXT_HELP_MONEY_GAMES));
	if (help->gives)
		add_line(&text, text_fill(ctx, language, TEXT_HELP_MONEY_GIVE, "give",
					whole(page, TEXT_GIVE_NAME), NULL));
	return text;
}

static void show_money(const struct help_page *page)
{
	page->reply->description = say_money(page);
	reply_add_text(page->reply,
		text_fill(page->ctx, page->language, TEXT_HELP_MONEY_MORE, "balance",
			whole(page, TEXT_LC_NAME), "history", whole(page, TEXT_LEDGER_NAME),
			"limit", whole(page, TEXT_LIMIT_NAME), NULL));
}

/* Where levels bring no items, what each does is said all the same: there may be some from before.
 */
static void show_bag(const struct help_page *page)
{
	page->reply->description = text_fill(page->ctx, page->language,
		page->help->level_reward_items ? TEXT_HELP_BAG : TEXT_HELP_BAG_KEPT, NULL);
	reply_add_text(page->reply, text_fill(page->ctx, page->language, TEXT_HELP_BAG_MORE, "bag",
					    whole(page, TEXT_BAG_NAME), NULL));
}

static void show_games(const struct help_page *page)
{
	page->reply->description = text_fill(page->ctx, page->language, TEXT_HELP_GAMES, "wheel",
		mention(page, TEXT_CASINO_NAME, TEXT_WHEEL_NAME), "blackjack",
		mention(page, TEXT_CASINO_NAME, TEXT_BLACKJACK_NAME), "slots",
		mention(page, TEXT_CASINO_NAME, TEXT_SLOTS_NAME), "duel",
		mention(page, TEXT_JEU_NAME, TEXT_DUEL_NAME), "rps", whole(page, TEXT_PFC_NAME),
		"bullets", whole(page, TEXT_BULLETS_NAME), "race", whole(page, TEXT_C21_NAME),
		"roulette", mention(page, TEXT_JEU_NAME, TEXT_ROULETTE_NAME), NULL);
	reply_add_text(page->reply, text_fill(page->ctx, page->language, TEXT_HELP_GAMES_MORE,
					    "odds", mention(page, TEXT_CASINO_NAME, TEXT_ODDS_NAME),
					    "fairness", whole(page, TEXT_FAIR_NAME), NULL));
}

static void show_self(const struct help_page *page)
{
	page->reply->description = text_fill(page->ctx, page->language, TEXT_HELP_SELF, "stats",
		whole(page, TEXT_STATS_NAME), "announcements", whole(page, TEXT_PING_NAME), "data",
		whole(page, TEXT_DATA_NAME), NULL);
	reply_add_text(
		page->reply, text_fill(page->ctx, page->language, TEXT_HELP_CONTEXT, "level",
				     text_get(page->language, TEXT_SEE_LEVEL_NAME), "balance",
				     text_get(page->language, TEXT_SEE_BALANCE_NAME), NULL));
}

static const struct topic {
	const char *name; /* in custom ids */
	enum text title;
	const char *emoji;
	void (*show)(const struct help_page *page);
} topics[] = {
	{"xp", TEXT_HELP_TOPIC_XP, "⭐", show_earning},
	{"lc", TEXT_HELP_TOPIC_MONEY, "🪙", show_money},
	{"sac", TEXT_HELP_TOPIC_BAG, "🎒", show_bag},
	{"jeux", TEXT_HELP_TOPIC_GAMES, "🎲", show_games},
	{"moi", TEXT_HELP_TOPIC_SELF, "🔔", show_self},
};

static const struct topic *find_topic(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(topics); i++)
		if (strcmp(topics[i].name, name) == 0)
			return &topics[i];
	return NULL;
}

/* The topics to choose from; CHOSEN is shown, NULL: none is. */
static void add_select(const struct help_page *page, const struct topic *chosen)
{
	struct select_option *options =
		must(talloc_zero_array(page->ctx, struct select_option, ARRAY_LEN(topics)));
	for (size_t i = 0; i < ARRAY_LEN(topics); i++)
		options[i] =
			(struct select_option){.label = text_get(page->language, topics[i].title),
				.value = topics[i].name,
				.emoji = topics[i].emoji,
				.chosen = chosen == &topics[i]};
	reply_add_select(
		page->reply, (struct select){.type = SELECT_TEXT,
				     .custom_id = invocation_custom_id(page->invocation,
					     custom_id_make(PREFIX, SELECT_ACTION)),
				     .placeholder = text_get(page->language, TEXT_HELP_MORE),
				     .min = 1,
				     .max = 1,
				     .options = options,
				     .option_count = ARRAY_LEN(topics)});
}

/* ---- The first page */

/* The step TEXT, which is filled but for its number, with the next one. */
static void add_step(const struct help_page *page, int *number, enum text text, char *facts,
	struct button button)
{
	char *heading = text_fill(page->ctx, page->language, text, "number",
		text_number(page->ctx, page->language, ++*number), NULL);
	reply_add_section(page->reply,
		(struct section){
			.texts = {must(talloc_asprintf(page->ctx, "%s\n-# %s", heading, facts))},
			.button = button});
}

static char *say_gift(const struct help_page *page)
{
	return text_fill(page->ctx, page->language,
		page->help->gift_midnight ? TEXT_HELP_GIFT_MIDNIGHT : TEXT_HELP_GIFT, "amount",
		number(page, page->help->gift_amount), "command", whole(page, TEXT_GIFT_NAME),
		NULL);
}

static char *say_level(const struct help_page *page)
{
	struct progress progress = level_progress(page->help->xp);
	return text_fill(page->ctx, page->language, TEXT_HELP_LEVEL, "level",
		number(page, progress.level), "left", number(page, progress.need - progress.into),
		"next", number(page, progress.level + 1), "command", whole(page, TEXT_LEVEL_NAME),
		NULL);
}

static char *say_challenges(const struct help_page *page)
{
	return text_fill(page->ctx, page->language, TEXT_HELP_CHALLENGES, "duel",
		mention(page, TEXT_JEU_NAME, TEXT_DUEL_NAME), "rps", whole(page, TEXT_PFC_NAME),
		"bullets", whole(page, TEXT_BULLETS_NAME), "race", whole(page, TEXT_C21_NAME),
		NULL);
}

static void show_home(const struct help_page *page)
{
	int steps = 0;
	page->reply->title = text_get(page->language, TEXT_HELP_TITLE);
	page->reply->description = text_fill(page->ctx, page->language,
		page->help->level_reward_items ? TEXT_HELP_INTRO : TEXT_HELP_INTRO_PLAIN, NULL);
	reply_add_separator(page->reply);
	if (page->help->gift_amount > 0)
		add_step(page, &steps, TEXT_HELP_STEP_GIFT, say_gift(page),
			door_button(page->ctx, page->language, DOOR_GIFT));
	add_step(page, &steps, TEXT_HELP_STEP_LEVEL, say_level(page),
		door_button(page->ctx, page->language, DOOR_LEVEL));
	add_step(page, &steps, TEXT_HELP_STEP_GAMES, say_challenges(page),
		topic_button(page, BUTTON_SECONDARY, TEXT_HELP_GAMES_BUTTON, "⚔️", "jeux"));
	reply_add_separator(page->reply);
	add_select(page, NULL);
}

/* ---- Steps */

/* The topic that is asked for; NULL: the first page. False when the press is none of ours. */
static bool read_topic(const struct invocation *invocation, const struct topic **out)
{
	struct custom_id id;
	*out = NULL;
	if (!invocation->pressed)
		return true;
	if (!invocation_read_custom_id(invocation, &id))
		return false;
	if (strcmp(id.action.text, HOME) == 0)
		return true;
	bool selected = strcmp(id.action.text, SELECT_ACTION) == 0;
	if (selected && invocation->in->values.count != 1)
		return false;
	*out = find_topic(selected ? invocation->in->values.texts[0] : id.action.text);
	return *out != NULL;
}

static enum step ask(struct invocation *invocation, struct db_call *out)
{
	const struct topic *topic;
	if (!read_topic(invocation, &topic))
		return invocation_refuse_text(invocation, TEXT_UNKNOWN_BUTTON);
	help_call(invocation->ctx, &invocation->asker, earning_place_here(invocation), out);
	return STEP_CALL;
}

static enum step answer(struct invocation *invocation, const struct db_rows *rows)
{
	const struct topic *topic;
	struct help help;
	if (!read_topic(invocation, &topic) || help_read(invocation->ctx, rows, &help))
		return STEP_BROKEN;
	struct help_page page = {.invocation = invocation,
		.ctx = invocation->ctx,
		.language = invocation_open_reply(invocation, true),
		.help = &help,
		.reply = &invocation->reply};
	page.reply->colour = COLOUR_LEATHER;
	if (topic) {
		page.reply->title = must(talloc_asprintf(
			page.ctx, "%s %s", topic->emoji, text_get(page.language, topic->title)));
		topic->show(&page);
		add_select(&page, topic);
		reply_add_button(page.reply,
			topic_button(&page, BUTTON_SECONDARY, TEXT_HELP_BACK, "◀️", HOME));
	} else {
		show_home(&page);
	}
	if (invocation->pressed)
		page.reply->kind = REPLY_UPDATE;
	return STEP_REPLY;
}

const struct command command_aide = {
	.type = COMMAND_CHAT_INPUT,
	.name = TEXT_HELP_NAME,
	.description = TEXT_HELP_DESCRIPTION,
	.ephemeral = true,
	.ask = ask,
	.answer = answer,
	.button_prefix = PREFIX,
	.press_ask = ask,
	.press_answer = answer,
};

/* /classement: the leaders by level, LC, messages or time in voice, and the rank of the member who
 * asks. */
#include <string.h>
#include <talloc.h>

#include "besace/base/memory.h"
#include "besace/discord/markdown.h"
#include "besace/domain/amount.h"
#include "besace/domain/level.h"
#include "besace/engine/command.h"
#include "besace/engine/door.h"
#include "besace/engine/invocation.h"
#include "besace/store/leaderboard.h"
#include "time_spent.h"

/* Custom ids: the action is the side, the word the kind, the member and the number (their value)
 * the row that the page lies above or below, the owner the only member who may press. */
#define PREFIX "classement"

static const char *const sides[] = {[LEADERBOARD_TOP] = "top",
	[LEADERBOARD_OWN] = "me",
	[LEADERBOARD_DOWN] = "dn",
	[LEADERBOARD_UP] = "up"};

/* The action of the select, whose values are the kinds. */
#define SELECT_ACTION "kind"
/* The button that opens the form for a page, whose number is how many there are; and the form. */
#define GOTO_ACTION "goto"
#define TYPED_ACTION "typed"
#define PAGE_FIELD "page"
/* Digits of a page number, and the spaces that may group them. */
#define PAGE_TEXT_MAX 12

/* What the option and the buttons call the kinds. */
static const char *const kind_names[LEADERBOARD_METRICS] = {[LEADERBOARD_LC] = "lc",
	[LEADERBOARD_XP] = "niveau",
	[LEADERBOARD_MESSAGES] = "messages",
	[LEADERBOARD_VOICE] = "vocal"};

static const enum text titles[LEADERBOARD_METRICS] = {[LEADERBOARD_LC] = TEXT_LEADERBOARD_LC_TITLE,
	[LEADERBOARD_XP] = TEXT_LEADERBOARD_XP_TITLE,
	[LEADERBOARD_MESSAGES] = TEXT_LEADERBOARD_MESSAGES_TITLE,
	[LEADERBOARD_VOICE] = TEXT_LEADERBOARD_VOICE_TITLE};

static bool read_kind(const char *name, enum leaderboard_metric *out)
{
	for (int i = 0; i < LEADERBOARD_METRICS; i++)
		if (strcmp(name, kind_names[i]) == 0) {
			*out = (enum leaderboard_metric)i;
			return true;
		}
	return false;
}

/* What a value is worth: "1 250 LC", "niveau 5 · 1 250 XP", "12 messages", "3 h 20 min". */
/* PLAIN: without bold, for a line that is bold itself. */
static char *worth(
	void *ctx, enum language language, enum leaderboard_metric kind, int32_t value, bool plain)
{
	char *number = text_number(ctx, language, value);
	if (kind == LEADERBOARD_LC)
		return text_fill(ctx, language, TEXT_LEADERBOARD_LC, "amount", number, NULL);
	if (kind == LEADERBOARD_MESSAGES)
		return text_fill(ctx, language,
			text_plural(language, value, TEXT_LEADERBOARD_MESSAGE_ONE,
				TEXT_LEADERBOARD_MESSAGE_MANY),
			"count", number, NULL);
	if (kind == LEADERBOARD_VOICE)
		return time_spent(ctx, language, value);
	return text_fill(ctx, language, plain ? TEXT_LEADERBOARD_XP_PLAIN : TEXT_LEADERBOARD_XP,
		"level", text_number(ctx, language, level_progress(value).level), "xp", number,
		NULL);
}

#define MEDALS 3

/* A medal, or the place in a column of its own. */
static const char *place_text(void *ctx, enum language language, int64_t rank)
{
	static const char *const medals[MEDALS] = {"🥇", "🥈", "🥉"};
	if (rank >= 1 && rank <= MEDALS)
		return medals[rank - 1];
	return must(talloc_asprintf(ctx, "`%3s`", text_number(ctx, language, rank)));
}

static char *line(void *ctx, enum language language, enum leaderboard_metric kind,
	const struct leaderboard_row *row, bool own)
{
	enum text text = own                   ? TEXT_LEADERBOARD_OWN_LINE
			 : row->rank <= MEDALS ? TEXT_LEADERBOARD_TOP_LINE
					       : TEXT_LEADERBOARD_LINE;
	return text_fill(ctx, language, text, "place", place_text(ctx, language, row->rank),
		"member", markdown_escape(ctx, row->username, row->user.text), "worth",
		worth(ctx, language, kind, row->value, own), NULL);
}

static char *button_id(struct invocation *invocation, const struct leaderboard_start *start)
{
	struct custom_id id = custom_id_make(PREFIX, sides[start->side]);
	id.owner = invocation->in->user.id;
	id.member = start->user;
	id.number = start->value;
	if (start->position > 0)
		id.time = start->position;
	id.word = custom_id_word(kind_names[start->metric]);
	return invocation_custom_id(invocation, id);
}

static void add_kinds(
	struct invocation *invocation, enum language language, enum leaderboard_metric kind)
{
	static const struct {
		enum leaderboard_metric kind;
		enum text label;
		const char *emoji;
	} kinds[LEADERBOARD_METRICS] = {
		{LEADERBOARD_XP, TEXT_LEADERBOARD_KIND_XP, "⭐"},
		{LEADERBOARD_LC, TEXT_LEADERBOARD_KIND_LC, "🪙"},
		{LEADERBOARD_VOICE, TEXT_LEADERBOARD_KIND_VOICE, "🎙️"},
		{LEADERBOARD_MESSAGES, TEXT_LEADERBOARD_KIND_MESSAGES, "💬"},
	};
	struct select_option *options =
		must(talloc_zero_array(invocation->ctx, struct select_option, LEADERBOARD_METRICS));
	for (size_t i = 0; i < LEADERBOARD_METRICS; i++)
		options[i] = (struct select_option){
			.label = text_fill(invocation->ctx, language, kinds[i].label, NULL),
			.value = kind_names[kinds[i].kind],
			.emoji = kinds[i].emoji,
			.chosen = kinds[i].kind == kind};
	struct custom_id id = custom_id_make(PREFIX, SELECT_ACTION);
	id.owner = invocation->in->user.id;
	reply_add_select(
		&invocation->reply, (struct select){.type = SELECT_TEXT,
					    .custom_id = invocation_custom_id(invocation, id),
					    .min = 1,
					    .max = 1,
					    .options = options,
					    .option_count = LEADERBOARD_METRICS});
}

/* Rows of the page that are shown: at the top, the asker with both neighbours takes the place of
 * the last three, so that there are ten lines in all. */
static size_t shown_rows(const struct leaderboard_page *page)
{
	size_t max = page->above ? LEADERBOARD_PAGE : LEADERBOARD_PAGE - page->around_count;
	return page->count < max ? page->count : max;
}

/* Says which page it is, and opens the form that leads to another. */
static struct button page_button(struct invocation *invocation, enum language language,
	enum leaderboard_metric kind, const struct leaderboard_page *page, int64_t last)
{
	struct custom_id id = custom_id_make(PREFIX, GOTO_ACTION);
	int64_t pages = (page->members + LEADERBOARD_PAGE - 1) / LEADERBOARD_PAGE;
	int64_t number = (last + LEADERBOARD_PAGE - 1) / LEADERBOARD_PAGE;
	if (pages < number)
		pages = number;
	id.owner = invocation->in->user.id;
	id.number = pages;
	id.word = custom_id_word(kind_names[kind]);
	return (struct button){.style = BUTTON_SECONDARY,
		.label = text_fill(invocation->ctx, language, TEXT_PAGE_OF, "page",
			text_number(invocation->ctx, language, number), "pages",
			text_number(invocation->ctx, language, pages), NULL),
		.custom_id = invocation_custom_id(invocation, id)};
}

/* ⏮ ◀ page ▶ and one's own place. */
static void add_buttons(struct invocation *invocation, enum language language,
	const struct leaderboard_start *at, const struct leaderboard_page *page)
{
	const size_t count = shown_rows(page);
	const struct leaderboard_row *first = &page->rows[0], *last = &page->rows[count - 1];
	const struct snowflake *me = &invocation->in->user.id;
	const enum leaderboard_metric kind = at->metric;
	const int64_t end = leaderboard_last_position(page, count, at);
	const int64_t begin = end - (int64_t)count + 1;
	const struct {
		struct leaderboard_start start;
		const char *emoji;
		bool enabled;
	} turns[] = {
		{{kind, LEADERBOARD_TOP, 0, *me, 0}, "⏮️", page->above},
		{{kind, LEADERBOARD_UP, first->value, first->user, begin}, "◀️", page->above},
		{{kind, LEADERBOARD_DOWN, last->value, last->user, end}, "▶️", page->below},
	};
	for (size_t i = 0; i < ARRAY_LEN(turns); i++) {
		if (turns[i].start.side == LEADERBOARD_DOWN)
			reply_add_button(&invocation->reply,
				page_button(invocation, language, kind, page, end));
		reply_add_button(&invocation->reply,
			(struct button){.style = BUTTON_SECONDARY,
				.emoji = turns[i].emoji,
				.custom_id = button_id(invocation, &turns[i].start),
				.disabled = !turns[i].enabled});
	}
	const struct leaderboard_start own = {kind, LEADERBOARD_OWN, 0, *me, 0};
	reply_add_button(&invocation->reply,
		(struct button){.style = BUTTON_PRIMARY,
			.label = text_get(language, TEXT_LEADERBOARD_OWN_BUTTON),
			.emoji = "📍",
			.custom_id = button_id(invocation, &own),
			.disabled = page->around_count == 0});
}

/* Leads to the guild's web page, where the asker's row is marked. A private reply is read by the
 * asker alone, so that the page may say "you". */
static void add_link(struct invocation *invocation, enum language language,
	enum leaderboard_metric kind, const char *address)
{
	const struct invocation_world *world = &invocation->world;
	void *ctx = invocation->ctx;
	char *row = own_row_link(ctx, world->link_key, address, &invocation->in->user.id);
	reply_add_button(&invocation->reply,
		(struct button){.style = BUTTON_LINK,
			.label = text_get(language, TEXT_LEADERBOARD_WHOLE),
			.url = must(talloc_asprintf(ctx, "%s/serveur/%s?%s%s%s%s=%s",
				world->public_url, address, kind == LEADERBOARD_XP ? "" : "type=",
				kind == LEADERBOARD_XP ? "" : kind_names[kind],
				kind == LEADERBOARD_XP ? "" : "&",
				invocation->reply.ephemeral ? "moi" : "de", row)),
			.new_row = true});
}

/* COUNT rows from ROWS on, a line each. */
static char *lines(struct invocation *invocation, enum language language,
	enum leaderboard_metric kind, const struct leaderboard_row *rows, size_t count)
{
	char *all = must(talloc_strdup(invocation->ctx, ""));
	for (size_t i = 0; i < count; i++) {
		bool own = snowflake_equal(&rows[i].user, &invocation->in->user.id);
		all = must(talloc_asprintf_append_buffer(all, "%s%s", i > 0 ? "\n" : "",
			line(invocation->ctx, language, kind, &rows[i], own)));
	}
	return all;
}

/* What the member lacks to reach the one above, or NULL when nobody is shown above. */
static const struct leaderboard_row *above_own(
	const struct invocation *invocation, const struct leaderboard_page *page)
{
	const struct leaderboard_row *rows = page->around_count ? page->around : page->rows;
	size_t count = page->around_count ? page->around_count : page->count;
	for (size_t i = 1; i < count; i++)
		if (snowflake_equal(&rows[i].user, &invocation->in->user.id))
			return &rows[i - 1];
	return NULL;
}

static char *own_line(struct invocation *invocation, enum language language,
	enum leaderboard_metric kind, const struct leaderboard_page *page)
{
	void *ctx = invocation->ctx;
	const struct leaderboard_row *above = above_own(invocation, page);
	bool has_gap = above && above->value > page->own_value;
	int32_t gap = has_gap ? above->value - page->own_value : 0;
	return text_fill(ctx, language, has_gap ? TEXT_LEADERBOARD_OWN_GAP : TEXT_LEADERBOARD_OWN,
		"member", invocation_shown_name(invocation, &invocation->in->user), "place",
		text_rank(ctx, language, page->own_rank), "members",
		text_number(ctx, language, page->members), "gap",
		kind == LEADERBOARD_XP ? text_fill(ctx, language, TEXT_LEADERBOARD_GAP_XP, "amount",
						 text_number(ctx, language, gap), NULL)
				       : worth(ctx, language, kind, gap, true),
		"above", above ? markdown_escape(ctx, above->username, above->user.text) : "",
		NULL);
}

/* The page, and below it the member who asks with both neighbours when they stand elsewhere. */
static void add_lines(struct invocation *invocation, enum language language,
	enum leaderboard_metric kind, const struct leaderboard_page *page)
{
	void *ctx = invocation->ctx;
	size_t count = shown_rows(page);
	const char *rows = page->count > 0 || !page->above
				   ? lines(invocation, language, kind, page->rows, count)
				   : text_get(language, TEXT_LEADERBOARD_END);
	const char *own = own_line(invocation, language, kind, page);
	if (page->around_count == 0) {
		invocation->reply.description = must(talloc_asprintf(ctx, "%s\n-# %s", rows, own));
		return;
	}
	invocation->reply.description = rows;
	reply_add_separator(&invocation->reply);
	reply_add_text(&invocation->reply,
		must(talloc_asprintf(ctx, "%s\n-# %s",
			lines(invocation, language, kind, page->around, page->around_count), own)));
}

static void render(struct invocation *invocation, const struct leaderboard_start *start,
	const struct leaderboard_page *page)
{
	enum leaderboard_metric kind = start->metric;
	enum language language = invocation_open_reply(invocation, invocation->ephemeral);
	invocation->reply.colour = kind == LEADERBOARD_LC ? COLOUR_MONEY : COLOUR_GOLD;
	invocation->reply.title = text_fill(invocation->ctx, language, titles[kind], NULL);
	add_lines(invocation, language, kind, page);
	reply_add_separator(&invocation->reply);
	add_kinds(invocation, language, kind);
	if (page->count > 0 && (page->above || page->below))
		add_buttons(invocation, language, start, page);
	if (page->address)
		add_link(invocation, language, kind, page->address);
	if (invocation->pressed)
		invocation->reply.kind = REPLY_UPDATE;
}

/* Reads the page that was typed. False when it is no number of a page. */
static bool read_typed(const struct invocation *invocation, struct leaderboard_start *out)
{
	const int32_t page_max = INT32_MAX / LEADERBOARD_PAGE;
	const char *typed = interaction_input(invocation->in, PAGE_FIELD);
	int32_t page = 0;
	if (!typed)
		return false;
	enum amount_answer answer = amount_parse(typed, 0, AMOUNT_MAX, &page);
	if (answer == AMOUNT_TOO_LARGE)
		page = page_max;
	else if (answer != AMOUNT_READ || page < 1)
		return false;
	out->side = LEADERBOARD_AT;
	out->value = ((page < page_max ? page : page_max) - 1) * LEADERBOARD_PAGE;
	return true;
}

/* Reads the custom id of a press. False when it is none of this command. */
static bool read_button(const struct invocation *invocation, struct leaderboard_start *out,
	struct snowflake *out_owner)
{
	struct custom_id id;
	*out = (struct leaderboard_start){0};
	if (!invocation_read_custom_id(invocation, &id))
		return false;
	*out_owner = id.owner;
	if (strcmp(id.action.text, SELECT_ACTION) == 0)
		return invocation->in->values.count == 1 &&
		       read_kind(invocation->in->values.texts[0], &out->metric);
	if (strcmp(id.action.text, TYPED_ACTION) == 0)
		return read_kind(id.word.text, &out->metric) && read_typed(invocation, out);
	if (id.number < 0 || id.number > INT32_MAX || !*id.member.text)
		return false;
	out->value = (int32_t)id.number;
	out->position = id.time > 0 ? id.time : 0;
	out->user = id.member;
	for (enum leaderboard_side side = LEADERBOARD_TOP; side <= LEADERBOARD_UP; side++)
		if (strcmp(id.action.text, sides[side]) == 0) {
			out->side = side;
			return read_kind(id.word.text, &out->metric);
		}
	return false;
}

/* Where the page that is asked for starts. */
static bool read_start(const struct invocation *invocation, struct leaderboard_start *out,
	struct snowflake *out_owner)
{
	if (invocation->pressed)
		return read_button(invocation, out, out_owner);
	*out = (struct leaderboard_start){0};
	*out_owner = invocation->in->user.id;
	return read_kind(
		invocation_string(invocation, "type", kind_names[LEADERBOARD_XP]), &out->metric);
}

static enum step open_form(struct invocation *invocation, const struct custom_id *button)
{
	enum language language = invocation_own_language(invocation);
	struct custom_id id = custom_id_make(PREFIX, TYPED_ACTION);
	enum leaderboard_metric kind;
	if (button->number < 1 || !read_kind(button->word.text, &kind))
		return invocation_refuse_text(invocation, TEXT_UNKNOWN_BUTTON);
	if (!snowflake_equal(&button->owner, &invocation->in->user.id))
		return invocation_refuse_text(invocation, TEXT_LEADERBOARD_NOT_YOURS);
	id.owner = button->owner;
	id.word = button->word;
	invocation->reply = (struct reply){.kind = REPLY_MODAL,
		.title = text_get(language, TEXT_LEADERBOARD_GOTO_TITLE),
		.custom_id = invocation_custom_id(invocation, id)};
	reply_add_input(&invocation->reply,
		(struct text_input){.custom_id = PAGE_FIELD,
			.label = text_get(language, TEXT_LEADERBOARD_GOTO_LABEL),
			.description = text_fill(invocation->ctx, language,
				TEXT_LEADERBOARD_GOTO_RANGE, "pages",
				text_number(invocation->ctx, language, button->number), NULL),
			.min = 1,
			.max = PAGE_TEXT_MAX});
	return STEP_REPLY;
}

static enum step ask(struct invocation *invocation, struct db_call *out)
{
	struct leaderboard_start start;
	struct snowflake owner;
	if (invocation->pressed)
		door_opens(invocation);
	if (!read_start(invocation, &start, &owner))
		return invocation_refuse_text(invocation, TEXT_UNKNOWN_BUTTON);
	if (!snowflake_equal(&owner, &invocation->in->user.id))
		return invocation_refuse_text(invocation, TEXT_LEADERBOARD_NOT_YOURS);
	leaderboard_call(invocation->ctx, &invocation->asker, &start,
		invocation->world.public_url != NULL, out);
	return STEP_CALL;
}

static enum step press_ask(struct invocation *invocation, struct db_call *out)
{
	struct custom_id id;
	if (invocation_read_custom_id(invocation, &id) && strcmp(id.action.text, GOTO_ACTION) == 0)
		return open_form(invocation, &id);
	return ask(invocation, out);
}

static enum step submit_ask(struct invocation *invocation, struct db_call *out)
{
	struct custom_id id;
	struct leaderboard_start start = {0};
	if (!invocation->pressed || !invocation_read_custom_id(invocation, &id) ||
		strcmp(id.action.text, TYPED_ACTION) != 0)
		return invocation_refuse_text(invocation, TEXT_UNKNOWN_BUTTON);
	if (!snowflake_equal(&id.owner, &invocation->in->user.id))
		return invocation_refuse_text(invocation, TEXT_LEADERBOARD_NOT_YOURS);
	if (!read_typed(invocation, &start))
		return invocation_refuse_text(invocation, TEXT_LEADERBOARD_GOTO_WRONG);
	return ask(invocation, out);
}

static enum step answer(struct invocation *invocation, const struct db_rows *rows)
{
	struct leaderboard_start start;
	struct leaderboard_page page;
	struct snowflake owner;
	if (!read_start(invocation, &start, &owner))
		return STEP_BROKEN;
	if (leaderboard_read(invocation->ctx, rows, &page))
		return STEP_BROKEN;
	if (invocation_hides_others(invocation))
		leaderboard_keep_own(&page, &invocation->in->user.id);
	render(invocation, &start, &page);
	return STEP_REPLY;
}

static const struct command_choice kinds[] = {
	{TEXT_LEADERBOARD_KIND_LC, "lc"},
	{TEXT_LEADERBOARD_KIND_XP, "niveau"},
	{TEXT_LEADERBOARD_KIND_VOICE, "vocal"},
	{TEXT_LEADERBOARD_KIND_MESSAGES, "messages"},
};

static const struct command_option options[] = {
	{.name = TEXT_LEADERBOARD_KIND_NAME,
		.description = TEXT_LEADERBOARD_KIND_DESCRIPTION,
		.type = OPTION_STRING,
		.choices = kinds,
		.choice_count = ARRAY_LEN(kinds)},
};

const struct command command_classement = {
	.type = COMMAND_CHAT_INPUT,
	.name = TEXT_LEADERBOARD_NAME,
	.description = TEXT_LEADERBOARD_DESCRIPTION,
	.options = options,
	.option_count = ARRAY_LEN(options),
	.ask = ask,
	.answer = answer,
	.button_prefix = PREFIX,
	.press_ask = press_ask,
	.press_answer = answer,
	.submit_ask = submit_ask,
	.submit_answer = answer,
};

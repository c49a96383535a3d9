/* Fills the templates of the pages. */
#include "leaderboard_page.h"

#include <glib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <talloc.h>

#include "besace/base/memory.h"
#include "besace/base/utf8.h"
#include "besace/domain/earning.h"
#include "besace/domain/level.h"
#include "lettering.h"
#include "palette.h"
#include "template.h"

/* Colours of members' squares in style.css. */
#define COLOURS 5
/* What a full page is made of has some 1,600 pieces: taken in one piece, and given back so. */
#define PAGE_POOL (224u * 1024u)
/* Width of a bar in its own units. */
#define BAR_WIDTH 200
#define REWARDS_SHOWN 5
#define PODIUM 3
/* From so many pages on not every one has a link of its own on each. */
#define JUMP_PAGES 4

static const char *const metric_words[PAGE_METRIC_COUNT] = {[PAGE_LEVEL] = "niveau",
	[PAGE_BALANCE] = "lc",
	[PAGE_VOICE] = "vocal",
	[PAGE_MESSAGES] = "messages"};

const char *page_metric_word(enum page_metric metric)
{
	return metric_words[metric];
}

enum page_metric page_metric_named(const char *word)
{
	for (int i = 0; word && i < PAGE_METRIC_COUNT; i++)
		if (strcmp(metric_words[i], word) == 0)
			return (enum page_metric)i;
	return PAGE_LEVEL;
}

/* ---- Pieces */

static void set_text(struct template_section *part, const char *name, const struct page_wish *wish,
	enum text text)
{
	part_set(part, name, text_get(wish->language, text));
}

static char *number(void *ctx, const struct page_wish *wish, int64_t value)
{
	return text_number(ctx, wish->language, value);
}

/* TEXT for a query: what is no letter, digit or mark of names as %XX. */
static char *encoded(void *ctx, const char *text)
{
	char *result = must(talloc_size(ctx, 3 * strlen(text) + 1)), *at = result;
	for (; *text; text++) {
		bool is_plain = g_ascii_isalnum(*text) || strchr("-_.", *text);
		at += snprintf(at, 4, is_plain ? "%c" : "%%%02X", (unsigned char)*text);
	}
	*at = '\0';
	return result;
}

static const char *own_argument(const struct page_wish *wish)
{
	return wish->own_is_reader ? "moi" : "de";
}

/* What a form of the page PART carries on, so that the row stays marked. */
static void add_own_link(struct template_section *part, const struct page_wish *wish)
{
	if (!wish->own_link)
		return;
	struct template_section *own = part_add(part, "own_link");
	part_set(own, "argument", own_argument(wish));
	part_set(own, "link", wish->own_link);
}

/* The address of page NUMBER by METRIC, as WISH has it otherwise. */
static char *href(void *ctx, const struct page_wish *wish, enum page_metric metric, int number,
	const char *search)
{
	char *at = must(talloc_asprintf(ctx, "/serveur/%s", wish->address));
	const char *mark = "?";
	if (metric != PAGE_LEVEL) {
		at = must(talloc_asprintf_append(at, "%stype=%s", mark, page_metric_word(metric)));
		mark = "&";
	}
	if (number > 1) {
		at = must(talloc_asprintf_append(at, "%spage=%d", mark, number));
		mark = "&";
	}
	if (search) {
		at = must(talloc_asprintf_append(at, "%sq=%s", mark, encoded(ctx, search)));
		mark = "&";
	}
	if (wish->own_link)
		at = must(talloc_asprintf_append(
			at, "%s%s=%s", mark, own_argument(wish), wish->own_link));
	return at;
}

/* The address of a member's page, as seen from the leaderboard's: a page has fifty of them. */
static char *member_href(void *ctx, const struct page_wish *wish, const struct snowflake *id)
{
	return must(talloc_asprintf(ctx, "%s/membre/%s%s%s%s%s", wish->address, id->text,
		wish->own_link ? "?" : "", wish->own_link ? own_argument(wish) : "",
		wish->own_link ? "=" : "", wish->own_link ? wish->own_link : ""));
}

/* The first character of NAME in upper case, with the marks that belong to it. */
static char *initial_of(void *ctx, const char *name)
{
	const char *end = name;
	uint32_t point = utf8_next(&end);
	char upper[8];
	size_t size = (size_t)g_unichar_to_utf8(g_unichar_toupper(point), upper);
	return must(talloc_strndup(ctx, upper, size));
}

static int colour_of(const struct snowflake *id)
{
	return (int)(strtoull(id->text, NULL, 10) / 4194304 % COLOURS) + 1;
}

/* What is the same of a member in a row, on the podium, in one's own row. */
static void set_member(struct template_section *part, const struct page_wish *wish,
	const struct snowflake *id, const char *username, int32_t xp)
{
	char *name = lettering_clean(part, username);
	struct progress progress = level_progress(xp);
	part_set(part, "name", name);
	part_set(part, "initial", initial_of(part, name));
	part_set_number(part, "colour", colour_of(id));
	part_set(part, "href", member_href(part, wish, id));
	part_set(part, "percent", text_percent(part, wish->language, progress.percent, 0));
	part_set_number(part, "level", progress.level);
	part_set(part, "xp", number(part, wish, xp));
	part_set(part, "left",
		text_fill(part, wish->language, TEXT_WEB_LEFT, "xp",
			number(part, wish, progress.need - progress.into), NULL));
	part_set(part, "progress",
		text_fill(part, wish->language, TEXT_WEB_PROGRESS, "percent",
			text_percent(part, wish->language, progress.percent, 0), "level",
			number(part, wish, progress.level), NULL));
	/* Up to the middle of the gap behind the last stitch; the first ends at 6. */
	long long done = BAR_WIDTH * progress.into / progress.need - 2;
	if (done > 3)
		part_set_number(part_add(part, "done"), "x", done);
}

static char *duration(void *ctx, const struct page_wish *wish, int64_t seconds)
{
	bool is_long = seconds >= 3600;
	return text_fill(ctx, wish->language, is_long ? TEXT_WEB_HOURS : TEXT_WEB_MINUTES, "count",
		number(ctx, wish, seconds / (is_long ? 3600 : 60)), NULL);
}

/* What frames every page of a guild. */
static void set_frame(
	struct template_section *page, const struct page_wish *wish, const struct page_guild *guild)
{
	const char *name = *guild->name ? lettering_clean(page, guild->name)
					: text_get(wish->language, TEXT_WEB_UNNAMED);
	part_set(page, "language", text_language_code(wish->language));
	part_set(page, "theme", card_theme_name(card_theme_named(guild->theme)));
	part_set(page, "guild", name);
	part_set(page, "guild_initial", initial_of(page, name));
	part_set(page, "style", page_style_version());
	set_text(page, "level_word", wish, TEXT_WEB_LEVEL);
	set_text(page, "host", wish, TEXT_WEB_HOST);
	set_text(page, "hide", wish, TEXT_WEB_HIDE);
	if (!guild->is_listed)
		set_text(part_add(page, "unlisted"), "text", wish, TEXT_WEB_UNLISTED);
}

/* The card of a member, signed here: what is drawn is what the page shows. */
static char *card_of(void *ctx, const struct page_wish *wish, const struct page_content *content,
	const struct page_profile *profile)
{
	struct card card = {.theme = card_theme_named(content->guild->theme),
		.xp = profile->xp,
		.balance = profile->balance,
		.rank = profile->ties > INT32_MAX ? 0 : (int32_t)profile->ties,
		.members =
			content->guild->members > INT32_MAX ? 0 : (int32_t)content->guild->members,
		.multiplier = profile->multiplier,
		.games_left = profile->games_left};
	strcpy(card.language, text_language_code(wish->language));
	card_set_name(&card, profile->username);
	card_set_unit(&card, content->guild->unit);
	return must(
		talloc_asprintf(ctx, "/carte/%s.png", card_address(ctx, content->link_key, &card)));
}

static char *card_alt(void *ctx, const struct page_wish *wish, const struct page_profile *profile)
{
	struct progress progress = level_progress(profile->xp);
	return text_fill(ctx, wish->language, TEXT_WEB_CARD_ALT, "member",
		lettering_clean(ctx, profile->username), "level", number(ctx, wish, progress.level),
		"into", number(ctx, wish, progress.into), "need", number(ctx, wish, progress.need),
		NULL);
}

/* The picture of a link to the page, which needs a whole address. */
static void set_picture(struct template_section *page, const struct page_wish *wish,
	const struct page_content *content, const struct page_profile *profile)
{
	if (!content->link_key || !content->public_url)
		return;
	struct template_section *picture = part_add(page, "picture");
	part_set(picture, "url",
		must(talloc_asprintf(picture, "%s%s", content->public_url,
			card_of(picture, wish, content, profile))));
	part_set(picture, "alt", card_alt(picture, wish, profile));
}

/* ---- The leaderboard */

static void add_tabs(
	struct template_section *page, const struct page_wish *wish, const struct page_guild *guild)
{
	const char *const names[PAGE_METRIC_COUNT] = {
		[PAGE_LEVEL] = text_get(wish->language, TEXT_WEB_LEVEL),
		[PAGE_BALANCE] = guild->unit,
		[PAGE_VOICE] = text_get(wish->language, TEXT_WEB_VOICE),
		[PAGE_MESSAGES] = text_get(wish->language, TEXT_WEB_MESSAGES)};
	for (int i = 0; i < PAGE_METRIC_COUNT; i++) {
		struct template_section *tab = part_add(page, "tab");
		part_set(tab, "name", names[i]);
		part_set(tab, "href", href(tab, wish, (enum page_metric)i, 1, NULL));
		if ((int)wish->metric == i && !wish->search)
			part_add(tab, "current");
	}
}

static int64_t value_of(const struct page_member *member, enum page_metric metric)
{
	switch (metric) {
	case PAGE_BALANCE:
		return member->balance;
	case PAGE_VOICE:
		return member->voice_time;
	case PAGE_MESSAGES:
		return member->message_count;
	default:
		return member->xp;
	}
}

/* VALUE by METRIC, in words. */
static char *worth(void *ctx, const struct page_wish *wish, enum page_metric metric,
	const struct page_member *member)
{
	return metric == PAGE_VOICE ? duration(ctx, wish, member->voice_time)
				    : number(ctx, wish, value_of(member, metric));
}

/* The metrics of the three columns of figures: what the page is ordered by comes first. */
static void columns_of(enum page_metric metric, enum page_metric out[3])
{
	static const enum page_metric others[] = {PAGE_LEVEL, PAGE_MESSAGES, PAGE_VOICE};
	int count = 0;
	out[count++] = metric;
	for (size_t i = 0; i < ARRAY_LEN(others) && count < 3; i++)
		if (others[i] != metric)
			out[count++] = others[i];
}

static const char *column_word(
	const struct page_wish *wish, const struct page_guild *guild, enum page_metric metric)
{
	switch (metric) {
	case PAGE_BALANCE:
		return guild->unit;
	case PAGE_VOICE:
		return text_get(wish->language, TEXT_WEB_VOICE);
	case PAGE_MESSAGES:
		return text_get(wish->language, TEXT_WEB_MESSAGES);
	default:
		return "XP";
	}
}

/* Says that the row is the reader's. */
static void add_reader(struct template_section *row, const struct page_wish *wish)
{
	if (wish->own_is_reader)
		set_text(part_add(row, "reader"), "you", wish, TEXT_WEB_YOU);
}

static bool is_own(const struct page_content *content, const struct snowflake *id)
{
	return content->own && snowflake_equal(&content->own->user_id, id);
}

static void add_row(struct template_section *table, const struct page_wish *wish,
	const struct page_content *content, const struct page_member *member, int64_t rank)
{
	struct template_section *row = part_add(table, "row");
	enum page_metric columns[3];
	columns_of(wish->metric, columns);
	set_member(row, wish, &member->user_id, member->username, member->xp);
	part_set(row, "rank", rank > 0 ? number(row, wish, rank) : "·");
	part_set(row, "first", worth(row, wish, columns[0], member));
	part_set(row, "second", worth(row, wish, columns[1], member));
	part_set(row, "third", worth(row, wish, columns[2], member));
	if (is_own(content, &member->user_id)) {
		part_add(row, "own");
		add_reader(row, wish);
	}
}

static void add_step(struct template_section *podium, const struct page_wish *wish,
	const struct page_member *member, int64_t rank)
{
	struct template_section *step = part_add(podium, "step");
	set_member(step, wish, &member->user_id, member->username, member->xp);
	part_set_number(step, "place", rank);
	part_set(step, "ordinal", text_ordinal(wish->language, rank));
}

/* Whether the first three stand on tags: the first page by level, if three members of it are shown.
 */
static bool has_podium(const struct page_wish *wish, const struct page_content *content)
{
	bool is_whole = wish->metric == PAGE_LEVEL && wish->number == 1 && !wish->search &&
			content->count >= PODIUM;
	for (size_t i = 0; is_whole && i < PODIUM; i++)
		is_whole = !content->members[i].page_hidden &&
			   (i == 0 || content->members[i].xp < content->members[i - 1].xp);
	return is_whole;
}

static struct template_section *add_table(
	struct template_section *page, const struct page_wish *wish, const struct page_guild *guild)
{
	struct template_section *table = part_add(page, "table");
	enum page_metric columns[3];
	columns_of(wish->metric, columns);
	set_text(table, "rank_word", wish, TEXT_WEB_RANK);
	set_text(table, "member_word", wish, TEXT_WEB_MEMBER);
	set_text(table, "next_word", wish, TEXT_WEB_NEXT_LEVEL);
	part_set(table, "first_word", column_word(wish, guild, columns[0]));
	part_set(table, "second_word", column_word(wish, guild, columns[1]));
	part_set(table, "third_word", column_word(wish, guild, columns[2]));
	return table;
}

/* Ranks: members with as much share one. The hidden ones take theirs and are not shown. Of a search
 * no rank is known. */
static void add_members(struct template_section *page, const struct page_wish *wish,
	const struct page_content *content)
{
	bool podium = has_podium(wish, content);
	struct template_section *steps = podium ? part_add(page, "podium") : NULL, *table = NULL;
	int64_t place = (int64_t)(wish->number - 1) * PAGE_ROWS, rank = 0;
	for (size_t i = 0; i < content->count; i++) {
		const struct page_member *member = &content->members[i];
		place++;
		if (i == 0)
			rank = place - member->ties;
		else if (value_of(member, wish->metric) != value_of(member - 1, wish->metric))
			rank = place;
		if (member->page_hidden)
			continue;
		if (podium && i < PODIUM) {
			add_step(steps, wish, member, rank);
			continue;
		}
		table = table ? table : add_table(page, wish, content->guild);
		add_row(table, wish, content, member, wish->search ? 0 : rank);
	}
	if (table || podium)
		return;
	struct template_section *empty = part_add(page, "empty");
	part_set(empty, "why",
		wish->search ? text_fill(empty, wish->language, TEXT_WEB_NOBODY, "text",
				       lettering_clean(empty, wish->search), NULL)
			     : text_get(wish->language, TEXT_WEB_EMPTY));
}

static void add_number(struct template_section *pager, const struct page_wish *wish, int page)
{
	struct template_section *item = part_add(pager, "number");
	struct template_section *link = part_add(item, page == wish->number ? "here" : "there");
	part_set(link, "digits", number(link, wish, page));
	part_set(link, "href", href(link, wish, wish->metric, page, NULL));
}

static void add_neighbour(struct template_section *pager, const struct page_wish *wish,
	const char *name, enum text word, int page)
{
	struct template_section *link = part_add(pager, name);
	char *word_name = must(talloc_asprintf(link, "%s_word", name));
	set_text(link, word_name, wish, word);
	part_set(link, "href", href(link, wish, wish->metric, page, NULL));
}

/* A form that leads to the page whose number is typed. */
static void add_jump(struct template_section *pager, const struct page_wish *wish, int pages)
{
	if (pages < JUMP_PAGES)
		return;
	struct template_section *jump = part_add(pager, "jump");
	set_text(jump, "jump_word", wish, TEXT_WEB_JUMP);
	set_text(jump, "go", wish, TEXT_WEB_GO);
	part_set_number(jump, "last", pages);
	if (wish->metric != PAGE_LEVEL)
		part_set(part_add(jump, "type"), "word", page_metric_word(wish->metric));
	add_own_link(jump, wish);
}

/* The first page, the last, this one with both neighbours. */
static void add_pager(struct template_section *page, const struct page_wish *wish,
	const struct page_content *content)
{
	int pages = content->pages, here = wish->number;
	if (wish->search || pages < 2)
		return;
	struct template_section *pager = part_add(page, "pager");
	set_text(pager, "pages", wish, TEXT_WEB_PAGES);
	if (here > 1)
		add_neighbour(pager, wish, "earlier", TEXT_WEB_EARLIER, here - 1);
	int last = 0;
	for (int i = 1; i <= pages; i++) {
		bool is_shown = i == 1 || i == pages || (i >= here - 1 && i <= here + 1);
		if (!is_shown)
			continue;
		if (i > last + 1)
			part_add(part_add(pager, "number"), "gap");
		add_number(pager, wish, i);
		last = i;
	}
	if (here < pages)
		add_neighbour(pager, wish, "later", TEXT_WEB_LATER, here + 1);
	add_jump(pager, wish, pages);
}

static void add_own(struct template_section *page, const struct page_wish *wish,
	const struct page_content *content)
{
	const struct page_profile *own = content->own;
	if (!own)
		return;
	struct template_section *mine = part_add(page, "mine");
	set_member(mine, wish, &own->user_id, own->username, own->xp);
	part_set(mine, "rank", number(mine, wish, own->ties));
	add_reader(mine, wish);
	if (own->above_name)
		part_set(part_add(mine, "behind"), "text",
			text_fill(mine, wish->language, TEXT_WEB_BEHIND, "xp",
				number(mine, wish, own->above_xp - own->xp), "member",
				lettering_clean(mine, own->above_name), NULL));
}

static char *range(void *ctx, const struct page_wish *wish, int32_t min, int32_t max)
{
	char *low = number(ctx, wish, min);
	return min == max ? low
			  : text_fill(ctx, wish->language, TEXT_WEB_RANGE, "min", low, "max",
				    number(ctx, wish, max), NULL);
}

static void add_source(struct template_section *page, char *text)
{
	part_set(part_add(page, "source"), "text", text);
}

/* How XP is earned on this server, from its settings. */
static void add_sources(
	struct template_section *page, const struct page_wish *wish, const struct page_guild *guild)
{
	enum language language = wish->language;
	if (guild->message)
		add_source(page,
			text_fill(page, language, TEXT_WEB_HOW_MESSAGE, "xp",
				range(page, wish, guild->message_min, guild->message_max),
				"seconds", number(page, wish, guild->message_cooldown_s), NULL));
	if (guild->reaction)
		add_source(page, text_fill(page, language, TEXT_WEB_HOW_REACTION, "xp",
					 number(page, wish, guild->reaction_xp), "max",
					 number(page, wish, guild->reaction_xp_max), NULL));
	if (guild->voice)
		add_source(page, text_fill(page, language,
					 guild->voice_from == 2 ? TEXT_WEB_HOW_VOICE
								: TEXT_WEB_HOW_VOICE_FROM,
					 "from", number(page, wish, guild->voice_from), "first",
					 number(page, wish, guild->voice_first), "further",
					 number(page, wish, guild->voice_further), NULL));
	if (guild->game)
		add_source(page, text_fill(page, language, TEXT_WEB_HOW_GAME, "win",
					 number(page, wish, guild->game_win), "loss",
					 number(page, wish, guild->game_loss), NULL));
	if (!guild->message && !guild->reaction && !guild->voice && !guild->game)
		add_source(
			page, must(talloc_strdup(page, text_get(language, TEXT_WEB_HOW_NOTHING))));
	else if (guild->day_xp_max > 0)
		add_source(page, text_fill(page, language, TEXT_WEB_HOW_CAP, "xp",
					 number(page, wish, guild->day_xp_max), NULL));
}

/* The card of the first member: the picture of a link to the page. */
static void set_leader(struct template_section *page, const struct page_wish *wish,
	const struct page_content *content)
{
	for (size_t i = 0; i < content->count; i++) {
		const struct page_member *member = &content->members[i];
		if (member->page_hidden)
			continue;
		const struct page_profile leader = {.user_id = member->user_id,
			.username = member->username,
			.xp = member->xp,
			.balance = member->balance};
		set_picture(page, wish, content, &leader);
		return;
	}
}

char *leaderboard_page(void *ctx, const struct page_wish *wish, const struct page_content *content,
	size_t *out_size)
{
	void *pool = must(talloc_pool(ctx, PAGE_POOL));
	struct template_section *page = part_create(pool);
	const struct page_guild *guild = content->guild;
	set_frame(page, wish, guild);
	set_text(page, "leaderboard", wish, TEXT_WEB_LEADERBOARD);
	part_set(page, "members",
		text_fill(page, wish->language,
			text_plural(wish->language, guild->members, TEXT_WEB_MEMBERS_ONE,
				TEXT_WEB_MEMBERS_MANY),
			"count", number(page, wish, guild->members), NULL));
	set_text(page, "skip", wish, TEXT_WEB_SKIP);
	set_text(page, "order", wish, TEXT_WEB_ORDER);
	set_text(page, "search", wish, TEXT_WEB_SEARCH);
	set_text(page, "find", wish, TEXT_WEB_FIND);
	set_text(page, "how", wish, TEXT_WEB_HOW);
	part_set(page, "q", wish->search);
	part_set(page, "base", must(talloc_asprintf(page, "/serveur/%s", wish->address)));
	add_own_link(page, wish);
	add_tabs(page, wish, guild);
	add_members(page, wish, content);
	add_pager(page, wish, content);
	add_own(page, wish, content);
	add_sources(page, wish, guild);
	set_leader(page, wish, content);
	char *html = template_fill(ctx, template_of("page.html"), page, out_size);
	talloc_free(pool);
	return html;
}

/* ---- A member */

static void add_fact(struct template_section *page, const char *word, char *value)
{
	struct template_section *fact = part_add(page, "fact");
	part_set(fact, "word", word);
	part_set(fact, "value", value);
}

static char *reward_words(
	void *ctx, const struct page_wish *wish, const struct page_guild *guild, int64_t level)
{
	struct level_reward reward = level_reward(level);
	int64_t lc = (int64_t)reward.lc * guild->level_reward_percent / 100;
	char *words =
		lc > 0 ? must(talloc_asprintf(ctx, "%s %s", number(ctx, wish, lc), guild->unit))
		       : must(talloc_strdup(ctx, ""));
	static const enum text names[ITEM_COUNT] = {[ITEM_JACKPOT] = TEXT_WEB_REWARD_JACKPOT,
		[ITEM_X2] = TEXT_WEB_REWARD_X2,
		[ITEM_X3] = TEXT_WEB_REWARD_X3};
	for (int i = 0; i < ITEM_COUNT && guild->level_reward_items; i++)
		if (reward.items[i] > 0)
			words = must(talloc_asprintf_append(words, "%s%s", *words ? ", " : "",
				text_get(wish->language, names[i])));
	return *words ? words
		      : must(talloc_strdup(ctx, text_get(wish->language, TEXT_WEB_REWARD_NONE)));
}

static void add_rewards(struct template_section *page, const struct page_wish *wish,
	const struct page_guild *guild, int64_t level)
{
	set_text(page, "rewards", wish, TEXT_WEB_REWARDS);
	for (int64_t next = level + 1; next <= level + REWARDS_SHOWN; next++) {
		struct template_section *reward = part_add(page, "reward");
		part_set_number(reward, "level", next);
		part_set(reward, "text", reward_words(reward, wish, guild, next));
	}
}

char *member_page(void *ctx, const struct page_wish *wish, const struct page_guild *guild,
	const struct page_profile *profile, const struct page_content *content, size_t *out_size)
{
	struct template_section *page = part_create(ctx);
	set_frame(page, wish, guild);
	set_member(page, wish, &profile->user_id, profile->username, profile->xp);
	set_picture(page, wish, content, profile);
	if (content->link_key) {
		struct template_section *card = part_add(page, "card");
		part_set(card, "src", card_of(card, wish, content, profile));
		part_set(card, "alt", card_alt(card, wish, profile));
	}
	char *rank = number(page, wish, profile->ties);
	add_fact(page, text_get(wish->language, TEXT_WEB_RANK), rank);
	add_fact(
		page, text_get(wish->language, TEXT_WEB_XP_TOTAL), number(page, wish, profile->xp));
	add_fact(page, text_get(wish->language, TEXT_WEB_BALANCE),
		must(talloc_asprintf(
			page, "%s %s", number(page, wish, profile->balance), guild->unit)));
	add_fact(page, text_get(wish->language, TEXT_WEB_MESSAGES),
		number(page, wish, profile->message_count));
	add_fact(page, text_get(wish->language, TEXT_WEB_VOICE),
		duration(page, wish, profile->voice_time));
	add_rewards(page, wish, guild, level_progress(profile->xp).level);
	part_set(page, "back", href(page, wish, PAGE_LEVEL, 1, NULL));
	set_text(page, "back_word", wish, TEXT_WEB_BACK);
	char *html = template_fill(ctx, template_of("member.html"), page, out_size);
	talloc_free(page);
	return html;
}

char *notice_page(
	void *ctx, enum language language, enum text title, enum text why, size_t *out_size)
{
	struct template_section *page = part_create(ctx);
	part_set(page, "language", text_language_code(language));
	part_set(page, "title", text_get(language, title));
	part_set(page, "why", text_get(language, why));
	part_set(page, "style", page_style_version());
	char *html = template_fill(ctx, template_of("notice.html"), page, out_size);
	talloc_free(page);
	return html;
}

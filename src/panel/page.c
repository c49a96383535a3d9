/* Makes the pages of the panel. */
#include <inttypes.h>
#include <string.h>
#include <talloc.h>

#include "besace/base/memory.h"
#include "besace/base/utf8.h"
#include "besace/discord/markdown.h"
#include "besace/panel/import_page.h"
#include "state.h"
#include "table.h"

/* Characters of the first page that its title, with what does not work, and what was changed beside
 * its figures may take together: a message takes 4,000. */
#define HOME_ROOM 1400

/* Entries of the select of pages: the first page, and those of the table. */
#define PAGE_CHOICES (SETTINGS_PAGE_COUNT + 1)

#define HOME_WORD "home"

static const char *page_word(enum settings_page page)
{
	return page == PANEL_HOME ? HOME_WORD : settings_page_name(page);
}

static const char *page_name(enum language language, enum settings_page page)
{
	return text_get(language, page == PANEL_HOME ? TEXT_PAGE_HOME : panel_page(page)->name);
}

/* The first page is the guild's. */
static const char *page_title(const struct words *words, enum settings_page page)
{
	const char *guild = words->state->name;
	return page == PANEL_HOME && guild ? markdown_escape(words->ctx, guild, "?")
					   : page_name(words->language, page);
}

static struct button make_button(struct invocation *invocation, const struct custom_id *id,
	enum button_style style, const char *label)
{
	return (struct button){
		.style = style, .label = label, .custom_id = invocation_custom_id(invocation, *id)};
}

/* How far giving roles is, on a line of its own. */
static char *run_words(const struct words *words, const struct role_run *run)
{
	if (run->state != ROLE_RUN_UNDER_WAY)
		return must(talloc_strdup(words->ctx, ""));
	return must(talloc_asprintf(words->ctx, "\n%s",
		text_fill(words->ctx, words->language, TEXT_RUN_PROGRESS, "done",
			text_number(words->ctx, words->language, run->done), "total",
			text_number(words->ctx, words->language, run->total), NULL)));
}

/* The title with what is new and what does not work, in one text: pages of lists have no room for
 * more. Returns its length. */
static size_t add_title(struct invocation *invocation, const struct panel *panel)
{
	struct words words = panel_words(invocation, panel);
	char *title = text_fill(invocation->ctx, words.language, TEXT_PANEL_TITLE, "page",
		page_title(&words, panel->request.page), NULL);
	char *wrong = problems(&words, &invocation->guild);
	const struct snowflake *refused = &panel->state->announce_refused;
	if (*refused->text)
		wrong = add_problem(&words, wrong,
			text_fill(invocation->ctx, words.language, TEXT_PROBLEM_ANNOUNCEMENT,
				"channel", channel_mention(invocation->ctx, refused), NULL));
	if (panel->notice)
		title = must(talloc_asprintf_append(title, "\n%s", panel->notice));
	if (panel->entitled > 0)
		title = must(talloc_asprintf_append(title, "\n%s",
			text_fill(invocation->ctx, words.language,
				text_plural(words.language, panel->entitled, TEXT_RUN_ASK_ONE,
					TEXT_RUN_ASK_MANY),
				"count",
				text_number(invocation->ctx, words.language, panel->entitled),
				NULL)));
	if (panel->request.page == SETTINGS_REWARDS)
		title = must(talloc_asprintf_append(title, "\n%s%s",
			words_fill(&words, TEXT_REWARDS_INTRO, GAME_COUNT),
			run_words(&words, &panel->run)));
	if (panel->request.page == PANEL_HOME && *wrong)
		title = must(talloc_asprintf_append(title, "\n%s", wrong));
	reply_add_text(&invocation->reply, title);
	return utf8_length(title);
}

static void add_page_select(struct invocation *invocation, const struct panel *panel)
{
	enum language language = invocation_own_language(invocation);
	struct custom_id id = panel_id(panel, "page", "");
	struct select_option *options =
		must(talloc_zero_array(invocation->ctx, struct select_option, PAGE_CHOICES));
	for (int i = 0; i < PAGE_CHOICES; i++) {
		enum settings_page page = i == 0 ? PANEL_HOME : (enum settings_page)(i - 1);
		options[i] = (struct select_option){.label = page_name(language, page),
			.value = page_word(page),
			.chosen = page == panel->request.page};
	}
	reply_add_select(
		&invocation->reply, (struct select){.type = SELECT_TEXT,
					    .custom_id = invocation_custom_id(invocation, id),
					    .placeholder = text_get(language, TEXT_PANEL_PAGES),
					    .min = 1,
					    .max = 1,
					    .options = options,
					    .option_count = PAGE_CHOICES});
}

/* ---- Sections */

/* A button that turns SETTING to what it is not. */
static struct button switch_button(struct invocation *invocation, const struct panel *panel,
	enum setting_id setting, bool named)
{
	enum language language = invocation_own_language(invocation);
	bool on = panel->state->values[setting].number != 0;
	struct custom_id id = panel_id(panel, "set", setting_get(setting)->key);
	id.time = !on;
	const char *label =
		named ? text_fill(invocation->ctx, language,
				on ? TEXT_PANEL_TURN_OFF_WHAT : TEXT_PANEL_TURN_ON_WHAT, "what",
				setting_label(language, setting), NULL)
		      : text_get(language, on ? TEXT_PANEL_TURN_OFF : TEXT_PANEL_TURN_ON);
	return make_button(invocation, &id, BUTTON_SECONDARY, label);
}

static struct button form_button(
	struct invocation *invocation, const struct panel *panel, const char *word, enum text label)
{
	struct custom_id id = panel_id(panel, "form", word);
	return make_button(invocation, &id, BUTTON_SECONDARY,
		text_get(invocation_own_language(invocation), label));
}

static void add_section(struct invocation *invocation, const struct panel *panel,
	const struct panel_section *section)
{
	struct words words = panel_words(invocation, panel);
	char *text = words_fill(&words, section->text, GAME_COUNT);
	bool off =
		section->toggle != SETTING_COUNT && !panel->state->values[section->toggle].number;
	if (off)
		text = must(talloc_asprintf_append(
			text, "\n%s", text_get(words.language, TEXT_PANEL_OFF)));
	reply_add_section(&invocation->reply,
		(struct section){.texts = {text},
			.button = section->action == SECTION_SWITCH
					  ? switch_button(
						    invocation, panel, section->fields[0], false)
					  : form_button(invocation, panel, section->word,
						    TEXT_PANEL_EDIT)});
}

static void add_game(struct invocation *invocation, const struct panel *panel, enum game game)
{
	struct words words = panel_words(invocation, panel);
	char *word = must(talloc_asprintf(invocation->ctx, "game_%s", game_rules(game)->type));
	reply_add_section(&invocation->reply,
		(struct section){.texts = {words_fill(&words, TEXT_SECTION_ONE_GAME, game)},
			.button = form_button(invocation, panel, word, TEXT_PANEL_EDIT)});
}

static void add_sections(struct invocation *invocation, const struct panel *panel)
{
	const struct panel_page *page = panel_page(panel->request.page);
	for (size_t i = 0; i < page->section_count; i++)
		add_section(invocation, panel, &page->sections[i]);
	for (size_t i = 0; i < page->section_count; i++)
		if (page->sections[i].toggle != SETTING_COUNT)
			reply_add_button(&invocation->reply,
				switch_button(invocation, panel, page->sections[i].toggle, true));
}

/* ---- Lists */

/* What is left of COUNT entries on the page of a list that is shown: from *OUT_FIRST on. */
static size_t page_of_list(const struct panel *panel, size_t count, size_t *out_first)
{
	size_t pages = count == 0 ? 1 : (count + LIST_ENTRIES - 1) / LIST_ENTRIES;
	size_t page = panel->request.list > 0 ? (size_t)panel->request.list : 0;
	if (page >= pages)
		page = pages - 1;
	*out_first = page * LIST_ENTRIES;
	size_t left = count - *out_first;
	return left < LIST_ENTRIES ? left : LIST_ENTRIES;
}

/* Removes the entry ID of the list ACTION. */
static struct button remove_button(struct invocation *invocation, const struct panel *panel,
	const char *action, const struct snowflake *subject, bool is_role)
{
	struct custom_id id = panel_id(panel, action, "");
	id.subject = *subject;
	id.time = is_role;
	return make_button(invocation, &id, BUTTON_SECONDARY,
		text_get(invocation_own_language(invocation), TEXT_PANEL_REMOVE));
}

/* The buttons of a list of COUNT entries: add, and turning its pages. */
static void add_list_buttons(
	struct invocation *invocation, const struct panel *panel, const char *form, size_t count)
{
	enum language language = invocation_own_language(invocation);
	size_t first;
	size_t shown = page_of_list(panel, count, &first);
	reply_add_button(&invocation->reply, form_button(invocation, panel, form, TEXT_PANEL_ADD));
	if (count <= LIST_ENTRIES)
		return;
	struct custom_id id = panel_id(panel, "list", page_word(panel->request.page));
	int64_t page = (int64_t)(first / LIST_ENTRIES);
	id.number = page > 0 ? page - 1 : 0;
	id.time = 0; /* apart from the other button at either end */
	struct button back = make_button(
		invocation, &id, BUTTON_SECONDARY, text_get(language, TEXT_PANEL_PREVIOUS));
	back.disabled = page == 0;
	reply_add_button(&invocation->reply, back);
	id.number = page + 1;
	id.time = 1;
	struct button next =
		make_button(invocation, &id, BUTTON_SECONDARY, text_get(language, TEXT_PANEL_NEXT));
	next.disabled = first + shown >= count;
	reply_add_button(&invocation->reply, next);
}

static void add_zones(struct invocation *invocation, const struct panel *panel)
{
	const struct settings_state *state = panel->state;
	struct words words = panel_words(invocation, panel);
	size_t first, count = page_of_list(panel, state->zone_count, &first);
	reply_add_text(&invocation->reply,
		text_get(words.language, state->zone_count ? TEXT_ZONES_INTRO : TEXT_PANEL_EMPTY));
	for (size_t i = first; i < first + count; i++) {
		const struct zone *zone = &state->zones[i];
		char *place = zone->is_role ? role_mention(invocation->ctx, &zone->id)
					    : channel_mention(invocation->ctx, &zone->id);
		reply_add_section(&invocation->reply,
			(struct section){
				.texts = {text_fill(invocation->ctx, words.language, TEXT_LINE_ZONE,
					"place", place, "value", zone_words(&words, zone), NULL)},
				.button = remove_button(
					invocation, panel, "zone_rm", &zone->id, zone->is_role)});
	}
	add_list_buttons(invocation, panel, "zone_add", state->zone_count);
}

static char *reward_line(const struct words *words, const struct role_reward *reward)
{
	char *line = text_fill(words->ctx, words->language, TEXT_LINE_REWARD, "level",
		text_number(words->ctx, words->language, reward->level), "role",
		role_mention(words->ctx, &reward->role), "mode",
		text_get(words->language, reward->mode == REWARD_SINGLE ? TEXT_REWARD_SINGLE_WORD
									: TEXT_REWARD_STACK_WORD),
		NULL);
	if (reward->state == REWARD_ACTIVE)
		return line;
	return must(talloc_asprintf_append(line, " · %s",
		text_get(words->language,
			reward->state == REWARD_BLOCKED ? TEXT_LINE_BLOCKED : TEXT_LINE_GONE)));
}

static void add_rewards(struct invocation *invocation, const struct panel *panel)
{
	const struct settings_state *state = panel->state;
	struct words words = panel_words(invocation, panel);
	size_t first, count = page_of_list(panel, state->reward_count, &first);
	for (size_t i = first; i < first + count; i++)
		reply_add_section(&invocation->reply,
			(struct section){.texts = {reward_line(&words, &state->rewards[i])},
				.button = remove_button(invocation, panel, "reward_rm",
					&state->rewards[i].role, true)});
	add_list_buttons(invocation, panel, "reward_add", state->reward_count);
	reply_add_button(&invocation->reply,
		form_button(invocation, panel, "reward_options", TEXT_OPTIONS_REWARD));
	bool runs = panel->run.state == ROLE_RUN_UNDER_WAY;
	if (!runs && state->reward_count == 0)
		return;
	struct custom_id id = panel_id(panel, "run", runs ? "stop" : "apply");
	bool asks = !runs && panel->entitled > 0;
	if (asks)
		id.subject = panel->entitled_role;
	reply_add_button(&invocation->reply,
		make_button(invocation, &id, asks ? BUTTON_SUCCESS : BUTTON_SECONDARY,
			text_get(words.language, runs   ? TEXT_RUN_STOP
						 : asks ? TEXT_RUN_APPLY_NOW
							: TEXT_RUN_APPLY)));
}

/* ---- Pages */

static void add_access(struct invocation *invocation, const struct panel *panel)
{
	struct words words = panel_words(invocation, panel);
	const struct setting_value *roles = &panel->state->values[SETTING_ACCESS_ROLES];
	reply_add_text(&invocation->reply, words_fill(&words, TEXT_SECTION_ACCESS, GAME_COUNT));
	reply_add_select(&invocation->reply,
		(struct select){.type = SELECT_ROLE,
			.custom_id =
				invocation_custom_id(invocation, panel_id(panel, "access", "")),
			.placeholder = text_get(words.language, TEXT_ACCESS_PLACEHOLDER),
			.max = (unsigned)setting_get(SETTING_ACCESS_ROLES)->max,
			.chosen = roles->ids,
			.chosen_count = roles->id_count});
}

static void add_games(struct invocation *invocation, const struct panel *panel)
{
	for (int game = 0; game < GAME_COUNT; game++)
		add_game(invocation, panel, (enum game)game);
	add_sections(invocation, panel);
}

static void add_trial(struct invocation *invocation, const struct panel *panel)
{
	struct custom_id id = panel_id(panel, "try", "");
	struct button button = make_button(invocation, &id, BUTTON_SECONDARY,
		text_get(invocation_own_language(invocation), TEXT_PANEL_TRY));
	button.emoji = "📣";
	reply_add_button(&invocation->reply, button);
}

static char *latest_words(const struct words *words, const struct settings_change *change)
{
	char *time = must(talloc_asprintf(words->ctx, "<t:%" PRId64 ":R>", change->at_s));
	const char *member = change->actor_name
				     ? markdown_escape(words->ctx, change->actor_name, "?")
				     : text_get(words->language, TEXT_PANEL_OPERATOR);
	return text_fill(words->ctx, words->language, TEXT_PANEL_LAST, "member", member, "time",
		time, "setting", key_label(words, change->key), NULL);
}

static void add_latest(struct invocation *invocation, const struct panel *panel,
	const struct settings_history *history)
{
	struct words words = panel_words(invocation, panel);
	const struct settings_change *change = history->count ? &history->changes[0] : NULL;
	reply_add_text(&invocation->reply, change ? latest_words(&words, change)
						  : text_get(words.language, TEXT_PANEL_LAST_NONE));
	if (!change)
		return;
	struct custom_id id = panel_id(panel, "undo", HOME_WORD);
	id.number = change->audit;
	struct button undo = make_button(
		invocation, &id, BUTTON_SECONDARY, text_get(words.language, TEXT_PANEL_UNDO));
	undo.emoji = "↩️";
	undo.disabled = !change->can_undo;
	reply_add_button(&invocation->reply, undo);
	id = panel_id(panel, "journal", "");
	id.number = 0;
	struct button journal = make_button(
		invocation, &id, BUTTON_SECONDARY, text_get(words.language, TEXT_PANEL_JOURNAL));
	journal.emoji = "📒";
	reply_add_button(&invocation->reply, journal);
}

static void add_home(struct invocation *invocation, const struct panel *panel,
	const struct settings_history *history, size_t used)
{
	struct words words = panel_words(invocation, panel);
	size_t room = used < HOME_ROOM ? HOME_ROOM - used : 0;
	reply_add_separator(&invocation->reply);
	for (int i = 0; i < SETTINGS_PAGE_COUNT; i++) {
		enum settings_page page = (enum settings_page)i;
		struct custom_id id = panel_id(panel, "open", page_word(page));
		reply_add_section(&invocation->reply,
			(struct section){.texts = {words_home(&words, page, &room)},
				.button = make_button(invocation, &id, BUTTON_SECONDARY,
					text_get(words.language, TEXT_PANEL_OPEN))});
	}
	reply_add_separator(&invocation->reply);
	add_latest(invocation, panel, history);
	struct custom_id import = custom_id_make(PANEL_IMPORT_PREFIX, PANEL_IMPORT_OPEN);
	struct button button = make_button(
		invocation, &import, BUTTON_SECONDARY, text_get(words.language, TEXT_IMPORT_YES));
	button.emoji = "📥";
	reply_add_button(&invocation->reply, button);
}

void page_show(struct invocation *invocation, const struct panel *panel,
	const struct settings_history *history)
{
	panel_open_reply(invocation);
	size_t used = add_title(invocation, panel);
	switch ((int)panel->request.page) {
	case PANEL_HOME:
		add_home(invocation, panel, history, used);
		break;
	case SETTINGS_ZONES:
		add_zones(invocation, panel);
		break;
	case SETTINGS_REWARDS:
		add_rewards(invocation, panel);
		break;
	case SETTINGS_GAMES:
		add_games(invocation, panel);
		break;
	case SETTINGS_ACCESS:
		add_access(invocation, panel);
		break;
	case SETTINGS_ANNOUNCEMENTS:
		add_sections(invocation, panel);
		add_trial(invocation, panel);
		break;
	case SETTINGS_MISC:
		add_sections(invocation, panel);
		add_web_page(invocation, panel);
		break;
	default:
		add_sections(invocation, panel);
	}
	add_page_select(invocation, panel);
}

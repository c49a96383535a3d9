/* What was changed, undoing it, and what a reset would change. */
#include <inttypes.h>
#include <string.h>
#include <talloc.h>

#include "besace/base/memory.h"
#include "besace/base/utf8.h"
#include "besace/discord/markdown.h"
#include "besace/panel/import_told.h"
#include "state.h"
#include "table.h"

static struct button make_button(
	struct invocation *invocation, const struct custom_id *id, enum text label)
{
	return (struct button){.style = BUTTON_SECONDARY,
		.label = text_get(invocation_own_language(invocation), label),
		.custom_id = invocation_custom_id(invocation, *id)};
}

char *changes_words(const struct words *words, const struct settings_outcome *outcome)
{
	char *list = must(talloc_strdup(words->ctx, ""));
	for (size_t i = 0; i < outcome->change_count; i++) {
		const struct settings_change *change = &outcome->changes[i];
		list = must(talloc_asprintf_append(list, "%s%s", i ? "\n" : "",
			text_fill(words->ctx, words->language, TEXT_PANEL_DONE, "setting",
				key_label(words, change->key), "old",
				key_words(words, change->key, change->old), "new",
				key_words(words, change->key, change->now), NULL)));
	}
	if (outcome->change_count == 0)
		return must(talloc_strdup(words->ctx, text_get(words->language, TEXT_PANEL_SAME)));
	return list;
}

/* Why a change cannot be taken back any more. */
static enum text state_of(const struct invocation *invocation, const struct settings_change *change)
{
	int64_t age_s = invocation->seen_ms / 1000 - change->at_s;
	return change->undone                                    ? TEXT_HISTORY_UNDONE
	       : age_s > (int64_t)SETTINGS_UNDO_DAYS * 24 * 3600 ? TEXT_HISTORY_OLD
								 : TEXT_HISTORY_CHANGED;
}

static char *history_line(const struct invocation *invocation, const struct words *words,
	const struct settings_change *change)
{
	const char *member = change->actor_name
				     ? markdown_escape(words->ctx, change->actor_name, "?")
				     : text_get(words->language, TEXT_PANEL_OPERATOR);
	if (strcmp(change->key, "import") == 0) /* besacectl alone takes it back */
		return import_told_line(
			words->ctx, words->language, change->now, member, change->at_s);
	const char *state =
		change->can_undo ? "" : text_get(words->language, state_of(invocation, change));
	return text_fill(words->ctx, words->language,
		change->undone ? TEXT_HISTORY_LINE_UNDONE : TEXT_HISTORY_LINE, "setting",
		key_label(words, change->key), "old", key_words(words, change->key, change->old),
		"new", key_words(words, change->key, change->now), "member", member, "time",
		must(talloc_asprintf(words->ctx, "<t:%" PRId64 ":R>", change->at_s)), "state",
		state, NULL);
}

/* With the button that takes it back, while that can be done. */
static void add_change(struct invocation *invocation, const struct panel *panel,
	const struct words *words, const struct settings_change *change)
{
	const char *line = history_line(invocation, words, change);
	if (!change->can_undo) {
		reply_add_text(&invocation->reply, line);
		return;
	}
	struct custom_id id = panel_id(panel, "undo", "journal");
	id.number = change->audit;
	struct button undo = make_button(invocation, &id, TEXT_HISTORY_UNDO);
	undo.emoji = "↩️";
	reply_add_section(&invocation->reply, (struct section){.texts = {line}, .button = undo});
}

static void add_history_buttons(struct invocation *invocation, const struct panel *panel,
	const struct settings_history *history)
{
	struct custom_id id = panel_id(panel, "open", "home");
	struct button button = make_button(invocation, &id, TEXT_PAGE_HOME);
	button.emoji = "⚙️";
	reply_add_button(&invocation->reply, button);
	if (panel->request.list > 0) {
		id = panel_id(panel, "journal", "latest");
		id.number = 0;
		button = make_button(invocation, &id, TEXT_HISTORY_LATEST);
		button.emoji = "⏮️";
		reply_add_button(&invocation->reply, button);
	}
	if (history->count <= LIST_ENTRIES)
		return;
	id = panel_id(panel, "journal", "older");
	id.number = history->changes[LIST_ENTRIES - 1].audit;
	button = make_button(invocation, &id, TEXT_HISTORY_OLDER);
	button.emoji = "▶️";
	reply_add_button(&invocation->reply, button);
}

void history_show(struct invocation *invocation, const struct panel *panel,
	const struct settings_history *history)
{
	struct words words = panel_words(invocation, panel);
	size_t count = history->count < LIST_ENTRIES ? history->count : LIST_ENTRIES;
	char *title = text_fill(invocation->ctx, words.language, TEXT_HISTORY_TITLE, "days",
		text_number(invocation->ctx, words.language, SETTINGS_UNDO_DAYS), NULL);
	panel_open_reply(invocation);
	if (panel->notice)
		title = must(talloc_asprintf_append(title, "\n%s", panel->notice));
	reply_add_text(&invocation->reply, title);
	reply_add_separator(&invocation->reply);
	if (count == 0)
		reply_add_text(&invocation->reply, text_get(words.language, TEXT_HISTORY_EMPTY));
	for (size_t i = 0; i < count; i++)
		add_change(invocation, panel, &words, &history->changes[i]);
	add_history_buttons(invocation, panel, history);
}

/* ---- Resetting */

/* Characters of the list from which on what follows is only counted: a message takes 4,000. */
#define LIST_MAX 3000

/* What a reset would change, a line each. */
struct change_list {
	const struct words *words;
	char *text;
	int64_t left_out;
};

/* Adds "setting: old → default". */
static void add_line(struct change_list *list, const char *label, char *old, char *initial)
{
	const struct words *words = list->words;
	if (utf8_length(list->text) > LIST_MAX) {
		list->left_out++;
		return;
	}
	list->text = must(talloc_asprintf_append(list->text, "%s%s", *list->text ? "\n" : "",
		text_fill(words->ctx, words->language, TEXT_RESET_LINE, "setting", label, "old",
			old, "new", initial, NULL)));
}

static void add_settings(struct change_list *list, enum settings_page page)
{
	const struct words *words = list->words;
	for (int i = 0; i < SETTING_COUNT; i++) {
		enum setting_id id = (enum setting_id)i;
		const struct setting_value *value = &words->state->values[i];
		struct setting_value initial = setting_default(setting_get(id));
		if (setting_get(id)->page == page && value->changed)
			add_line(list, setting_label(words->language, id),
				setting_words_brief(words, id, value),
				setting_words(words, id, &initial));
	}
}

static void add_game(struct change_list *list, enum game game)
{
	const struct words *words = list->words;
	for (int i = 0; i < GAME_SETTING_COUNT; i++) {
		const struct setting_value *value = &words->state->games[game][i];
		struct setting_key key = {
			.type = KEY_GAME, .game = game, .game_setting = (enum game_setting)i};
		struct setting_value initial = game_setting_default(game, key.game_setting);
		char text[SETTING_KEY_ROOM];
		setting_key_write(&key, text);
		if (value->changed)
			add_line(list, key_label(words, text),
				game_setting_words(words, game, key.game_setting, value),
				game_setting_words(words, game, key.game_setting, &initial));
	}
}

/* Zones or rewards: all of them would be removed. */
static void add_entries(struct change_list *list, enum settings_page page)
{
	const struct words *words = list->words;
	char *none = must(talloc_strdup(words->ctx, text_get(words->language, TEXT_VALUE_NONE)));
	const struct settings_state *state = words->state;
	for (size_t i = 0; page == SETTINGS_ZONES && i < state->zone_count; i++) {
		const struct zone *zone = &state->zones[i];
		add_line(list,
			zone->is_role ? role_mention(words->ctx, &zone->id)
				      : channel_mention(words->ctx, &zone->id),
			zone_words(words, zone), none);
	}
	for (size_t i = 0; page == SETTINGS_REWARDS && i < state->reward_count; i++)
		add_line(list, role_mention(words->ctx, &state->rewards[i].role),
			text_number(words->ctx, words->language, state->rewards[i].level), none);
}

/* Everything that a reset of PAGE changes; "" when nothing would. */
static char *list_changes(const struct words *words, enum settings_page page)
{
	struct change_list list = {.words = words, .text = must(talloc_strdup(words->ctx, ""))};
	add_settings(&list, page);
	add_entries(&list, page);
	for (int game = 0; page == SETTINGS_GAMES && game < GAME_COUNT; game++)
		add_game(&list, (enum game)game);
	if (list.left_out == 0)
		return list.text;
	return must(talloc_asprintf_append(list.text, "\n%s",
		text_fill(words->ctx, words->language, TEXT_HOME_MORE, "count",
			text_number(words->ctx, words->language, list.left_out), NULL)));
}

void reset_show(struct invocation *invocation, const struct panel *panel)
{
	struct words words = panel_words(invocation, panel);
	enum settings_page page = panel->request.page;
	char *list = list_changes(&words, page);
	panel_open_reply(invocation);
	reply_add_text(&invocation->reply,
		text_fill(invocation->ctx, words.language, TEXT_RESET_ASK, "page",
			text_get(words.language, panel_page(page)->name), "changes",
			*list ? list : text_get(words.language, TEXT_RESET_NOTHING), NULL));
	struct custom_id id = panel_id(panel, "reset", settings_page_name(page));
	struct button reset = make_button(invocation, &id, TEXT_RESET_CONFIRM);
	reset.style = BUTTON_DANGER;
	if (*list)
		reply_add_button(&invocation->reply, reset);
	id = panel_id(panel, "open", settings_page_name(page));
	reply_add_button(&invocation->reply, make_button(invocation, &id, TEXT_RESET_KEEP));
}

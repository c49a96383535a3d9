/* The flow of a request: the whole state, who asks, what it does, the page anew. */
#include "besace/panel/panel.h"

#include <string.h>
#include <talloc.h>

#include "asked.h"
#include "besace/base/memory.h"
#include "besace/discord/markdown.h"
#include "besace/domain/template.h"
#include "besace/store/pages.h"
#include "state.h"
#include "table.h"

struct words panel_words(const struct invocation *invocation, const struct panel *panel)
{
	return (struct words){invocation->ctx, invocation_own_language(invocation), panel->state};
}

struct custom_id panel_id(const struct panel *panel, const char *action, const char *word)
{
	struct custom_id id = custom_id_make(PANEL_PREFIX, action);
	id.number = panel->state->version;
	if (*word)
		id.word = custom_id_word(word);
	return id;
}

void panel_open_reply(struct invocation *invocation)
{
	invocation->reply =
		(struct reply){.kind = invocation->pressed ? REPLY_UPDATE : REPLY_MESSAGE,
			.ephemeral = true,
			.colour = COLOUR_LEATHER};
}

/* ---- Requests */

struct panel_change panel_number(enum setting_id setting, int64_t number)
{
	return (struct panel_change){
		.key = {.type = KEY_SETTING, .setting = setting}, .value = {.number = number}};
}

/* A bound as it is shown: that of a factor is one. */
static char *bound_words(const struct words *words, const struct setting *setting, int64_t bound)
{
	const char *at = strstr(setting->key, "_percent");
	return at && strcmp(at, "_percent") == 0
		       ? text_decimal(words->ctx, words->language, bound / 10, 1)
		       : text_number(words->ctx, words->language, bound);
}

static char *range_refusal(
	const struct words *words, const char *label, const struct setting *setting)
{
	if (setting == setting_get(SETTING_CURRENCY_SYMBOL))
		return must(
			talloc_strdup(words->ctx, text_get(words->language, TEXT_REFUSED_SYMBOL)));
	if (setting == setting_get(SETTING_PAGE_NAME))
		return must(talloc_strdup(
			words->ctx, text_get(words->language, TEXT_REFUSED_PAGE_NAME)));
	if (setting->type == SETTING_IS_TEXT)
		return text_fill(words->ctx, words->language, TEXT_REFUSED_TEXT, "setting", label,
			"max", text_number(words->ctx, words->language, setting->max), NULL);
	return text_fill(words->ctx, words->language, TEXT_REFUSED_RANGE, "setting", label, "min",
		bound_words(words, setting, setting->min), "max",
		bound_words(words, setting, setting->max), NULL);
}

/* Of a rate's end, days are what is asked for. */
static char *days_refusal(const struct words *words, const char *label)
{
	return text_fill(words->ctx, words->language, TEXT_REFUSED_RANGE, "setting", label, "min",
		"1", "max", text_number(words->ctx, words->language, RATE_DAYS_MAX), NULL);
}

/* Whether VALUE says that there is none, where that is the default. */
static bool is_none(const struct setting *setting, const struct setting_value *value)
{
	switch (setting->type) {
	case SETTING_IS_SWITCH:
	case SETTING_IS_NUMBER:
	case SETTING_IS_CHOICE:
		return setting->number == SETTING_NONE && value->number == SETTING_NONE;
	case SETTING_IS_TEXT:
		return !setting->text && !value->text;
	case SETTING_IS_ID:
	case SETTING_IS_IDS:
		break;
	}
	return value->id_count == 0;
}

/* What is wrong with the text of announcements, or NULL. */
static const char *template_words(const struct words *words, const char *text)
{
	struct template_fault fault;
	if (!text || template_check(text, &fault))
		return NULL;
	char *unknown = markdown_escape(words->ctx, fault.unknown, "?");
	return text_fill(words->ctx, words->language, TEXT_REFUSED_TEMPLATE, "unknown", unknown,
		"nearest", must(talloc_asprintf(words->ctx, "`{%s}`", fault.nearest)), NULL);
}

/* Whether TEXT is one that would show nothing. */
static bool is_blank(const struct words *words, const char *text)
{
	return text && *markdown_escape(words->ctx, text, "") == '\0';
}

/* What is wrong with the value of CHANGE, or NULL. */
static const char *value_fault(const struct words *words, const struct panel_change *change)
{
	bool is_game = change->key.type == KEY_GAME;
	const struct setting *setting = is_game ? game_setting_get(change->key.game_setting)
						: setting_get(change->key.setting);
	const char *label = is_game ? game_setting_label(words->language, change->key.game_setting)
				    : setting_label(words->language, change->key.setting);
	bool is_template = !is_game && change->key.setting == SETTING_ANNOUNCE_TEXT;
	const char *fault = is_template ? template_words(words, change->value.text) : NULL;
	if (setting->type == SETTING_IS_TEXT && is_blank(words, change->value.text))
		return range_refusal(words, label, setting);
	if (fault || is_none(setting, &change->value) || setting_is_valid(setting, &change->value))
		return fault;
	return !is_game && change->key.setting == SETTING_RATE_UNTIL
		       ? days_refusal(words, label)
		       : range_refusal(words, label, setting);
}

static const char *reward_fault(const struct words *words, const struct panel_change *change)
{
	if (change->removed || (change->reward.level >= REWARD_LEVEL_MIN &&
				       change->reward.level <= REWARD_LEVEL_MAX))
		return NULL;
	return text_fill(words->ctx, words->language, TEXT_REFUSED_RANGE, "setting",
		text_get(words->language, TEXT_FORM_REWARD_LEVEL), "min",
		text_number(words->ctx, words->language, REWARD_LEVEL_MIN), "max",
		text_number(words->ctx, words->language, REWARD_LEVEL_MAX), NULL);
}

static const char *zone_fault(const struct words *words, const struct panel_change *change)
{
	bool fits = change->removed || change->zone.effect != ZONE_FACTOR ||
		    (change->zone.percent >= ZONE_PERCENT_MIN &&
			    change->zone.percent <= ZONE_PERCENT_MAX);
	return fits ? NULL : text_get(words->language, TEXT_REFUSED_FACTOR);
}

void panel_add(const struct invocation *invocation, struct panel_request *request,
	const struct panel_change *change)
{
	struct words words = {invocation->ctx, invocation_own_language(invocation), NULL};
	const char *fault = change->key.type == KEY_ZONE     ? zone_fault(&words, change)
			    : change->key.type == KEY_REWARD ? reward_fault(&words, change)
							     : value_fault(&words, change);
	if (!request->refusal)
		request->refusal = fault;
	if (request->change_count < PANEL_CHANGES_MAX)
		request->changes[request->change_count++] = *change;
}

static json_t *change_json(const struct panel_change *change)
{
	struct setting_value initial;
	switch (change->key.type) {
	case KEY_SETTING:
		initial = setting_default(setting_get(change->key.setting));
		return setting_value_json(
			setting_get(change->key.setting), &change->value, &initial);
	case KEY_GAME:
		initial = game_setting_default(change->key.game, change->key.game_setting);
		return setting_value_json(
			game_setting_get(change->key.game_setting), &change->value, &initial);
	case KEY_ZONE:
		return change->removed ? json_null() : zone_json(&change->zone);
	case KEY_REWARD:
		return change->removed ? json_null() : role_reward_json(&change->reward);
	}
	return json_null();
}

json_t *changes_json(const struct panel_request *request)
{
	json_t *object = must(json_object());
	for (size_t i = 0; i < request->change_count; i++) {
		char key[SETTING_KEY_ROOM];
		setting_key_write(&request->changes[i].key, key);
		json_object_set_new(object, key, change_json(&request->changes[i]));
	}
	return object;
}

/* ---- The flow */

enum step panel_ask(
	struct invocation *invocation, const struct panel_request *request, struct db_call *out)
{
	struct panel *panel = must(talloc_zero(invocation->ctx, struct panel));
	panel->request = *request;
	invocation->own = panel;
	invocation->answer = panel_answer;
	invocation->ephemeral = true;
	invocation->opens_modal = request->act == PANEL_FORM;
	settings_read_call(invocation->ctx, &invocation->guild, out);
	return STEP_CALL;
}

static enum step read_history(struct invocation *invocation, struct panel *panel, int64_t before,
	int count, enum panel_stage stage)
{
	panel->stage = stage;
	settings_history_call(
		invocation->ctx, &invocation->guild, before, count, &invocation->call);
	return STEP_CALL;
}

/* The reward that the request adds, or NULL. */
static const struct panel_change *find_added(const struct panel_request *request)
{
	for (size_t i = 0; i < request->change_count; i++)
		if (request->changes[i].key.type == KEY_REWARD && !request->changes[i].removed)
			return &request->changes[i];
	return NULL;
}

/* Whoever has the level of a reward that was added gets it when somebody says so. */
static enum step count_entitled(struct invocation *invocation, struct panel *panel)
{
	panel->stage = STAGE_ENTITLED;
	panel->entitled_role = find_added(&panel->request)->key.id;
	role_entitled_call(
		invocation->ctx, &invocation->guild, &panel->entitled_role, &invocation->call);
	return STEP_CALL;
}

static enum step show(struct invocation *invocation, struct panel *panel)
{
	if (panel->outcome.change_count > 0 && find_added(&panel->request) &&
		!*panel->entitled_role.text)
		return count_entitled(invocation, panel);
	if (panel->request.act == PANEL_HISTORY || panel->request.to_history)
		return read_history(
			invocation, panel, panel->request.list, LIST_ENTRIES + 1, STAGE_HISTORY);
	if (panel->request.page == PANEL_HOME)
		return read_history(invocation, panel, 0, 1, STAGE_LATEST);
	if (panel->request.page == SETTINGS_REWARDS) {
		panel->stage = STAGE_RUN;
		role_run_call(invocation->ctx, &invocation->guild, &invocation->call);
		return STEP_CALL;
	}
	page_show(invocation, panel, NULL);
	return STEP_REPLY;
}

/* Rewards that Discord refused are tried again before they are looked at. */
static enum step retry(struct invocation *invocation, struct panel *panel)
{
	panel->stage = STAGE_RETRIED;
	rewards_retry_call(invocation->ctx, &invocation->guild, &invocation->call);
	return STEP_CALL;
}

static enum step start_run(struct invocation *invocation, struct panel *panel)
{
	panel->stage = STAGE_RUN_OUTCOME;
	if (panel->request.act == PANEL_APPLY)
		role_run_start_call(invocation->ctx,
			&(struct role_run_start){.interaction = &invocation->in->id,
				.application = &invocation->in->application_id,
				.token = invocation->in->token,
				.language = text_language_code(invocation_own_language(invocation)),
				.actor = &invocation->asker,
				.role = &panel->request.role},
			&invocation->call);
	else
		role_run_stop_call(invocation->ctx, &invocation->in->id, &invocation->asker,
			&invocation->call);
	return STEP_CALL;
}

static enum step show_check(struct invocation *invocation, struct panel *panel)
{
	struct words words = panel_words(invocation, panel);
	char *wrong = asked_problems(invocation, panel, problems(&words, &invocation->guild));
	panel_open_reply(invocation);
	reply_add_text(&invocation->reply,
		text_fill(invocation->ctx, words.language, TEXT_CHECK_TITLE, "lines",
			*wrong ? wrong : text_get(words.language, TEXT_CHECK_FINE), NULL));
	return STEP_REPLY;
}

enum step panel_change(struct invocation *invocation, struct panel *panel)
{
	if (!panel->state->roles_told && !panel->questions && adds_reward(panel))
		return ask_for_roles(invocation, panel);
	const char *fault = rewards_fault(invocation, panel);
	if (fault)
		return invocation_refuse_as(invocation, TONE_LACKING, fault);
	const struct settings_setter setter = {&invocation->in->id, &invocation->asker,
		is_owner(invocation, panel) ? ""
					    : interaction_roles(invocation->ctx, invocation->in)};
	panel->stage = STAGE_OUTCOME;
	if (panel->request.act == PANEL_UNDO)
		settings_undo_call(
			invocation->ctx, &setter, panel->request.audit, &invocation->call);
	else
		settings_set_call(invocation->ctx, &setter, panel->request.version,
			changes_json(&panel->request), &invocation->call);
	return STEP_CALL;
}

/* Does what is requested, by one who may. */
static enum step act(struct invocation *invocation, struct panel *panel)
{
	const struct panel_request *request = &panel->request;
	switch (request->act) {
	case PANEL_SHOW:
	case PANEL_HISTORY:
		return show(invocation, panel);
	case PANEL_FORM:
		return form_show(invocation, panel)
			       ? STEP_REPLY
			       : invocation_refuse_text(invocation, TEXT_UNKNOWN_BUTTON);
	case PANEL_CHANGE:
		return panel_change(invocation, panel);
	case PANEL_RESET_ASK:
		reset_show(invocation, panel);
		return STEP_REPLY;
	case PANEL_RESET:
		panel->stage = STAGE_OUTCOME;
		settings_reset_call(invocation->ctx, &invocation->in->id, &invocation->asker,
			request->version, request->page, &invocation->call);
		return STEP_CALL;
	case PANEL_UNDO:
		panel->stage = STAGE_UNDO;
		settings_change_call(
			invocation->ctx, &invocation->guild, request->audit, &invocation->call);
		return STEP_CALL;
	case PANEL_CHECK:
		return ask_for_all(invocation, panel);
	case PANEL_TRY:
		trial_show(invocation, panel);
		return STEP_REPLY;
	case PANEL_RENEW:
		panel->stage = STAGE_RENEWED;
		page_renew_call(invocation->ctx, &invocation->in->id, &invocation->asker,
			&invocation->call);
		return STEP_CALL;
	case PANEL_APPLY:
	case PANEL_STOP:
		return start_run(invocation, panel);
	}
	return STEP_BROKEN;
}

/* Whether the press shows something else in the message that follows a run: what the run edits
 * would take its place. */
static bool leaves(const struct invocation *invocation, const struct panel *panel)
{
	return invocation->pressed && panel->stage == STAGE_STATE &&
	       snowflake_equal(&panel->state->follower, &invocation->in->user.id);
}

static enum step answer_state(
	struct invocation *invocation, struct panel *panel, const struct db_rows *rows)
{
	enum text refusal;
	if (settings_read(invocation->ctx, rows, &panel->state))
		return STEP_BROKEN;
	if (!access_check(invocation, panel, &refusal))
		return invocation_refuse_text(invocation, refusal);
	if (leaves(invocation, panel)) {
		panel->stage = STAGE_LEFT;
		role_run_leave_call(invocation->ctx, &invocation->guild, &invocation->call);
		return STEP_CALL;
	}
	if (panel->request.refusal)
		return invocation_refuse_as(invocation, TONE_LACKING, panel->request.refusal);
	return act(invocation, panel);
}

/* What comes back is held to who may write it, as if it were chosen now. */
static enum step answer_undo(
	struct invocation *invocation, struct panel *panel, const struct db_rows *rows)
{
	enum text refusal;
	if (settings_change_read(invocation->ctx, rows, &panel->undo))
		return STEP_BROKEN;
	if (!access_check(invocation, panel, &refusal))
		return invocation_refuse_text(invocation, refusal);
	return panel_change(invocation, panel);
}

static enum step answer_outcome(
	struct invocation *invocation, struct panel *panel, const struct db_rows *rows)
{
	struct words words = panel_words(invocation, panel);
	if (settings_outcome_read(invocation->ctx, rows, &panel->outcome))
		return STEP_BROKEN;
	if (panel->outcome.result != SETTINGS_DONE)
		return invocation_refuse_as(
			invocation, TONE_LACKING, refusal_words(&words, &panel->outcome));
	panel->notice = changes_words(&words, &panel->outcome);
	panel->stage = STAGE_CHANGED;
	settings_read_call(invocation->ctx, &invocation->guild, &invocation->call);
	return STEP_CALL;
}

static enum step answer_run_outcome(
	struct invocation *invocation, struct panel *panel, const struct db_rows *rows)
{
	struct role_run_outcome outcome;
	enum language language = invocation_own_language(invocation);
	if (role_run_outcome_read(invocation->ctx, rows, &outcome))
		return STEP_BROKEN;
	if (outcome.result != ROLE_RUN_DONE)
		return invocation_refuse_text(invocation, outcome.result == ROLE_RUN_RUNNING
								  ? TEXT_REFUSED_RUN_RUNNING
								  : TEXT_REFUSED_RUN_NONE);
	panel->notice =
		panel->request.act == PANEL_STOP
			? text_get(language, TEXT_RUN_STOPPED)
			: text_fill(invocation->ctx, language, TEXT_RUN_STARTED, "total",
				  text_number(invocation->ctx, language, outcome.total), NULL);
	panel->stage = STAGE_CHANGED;
	settings_read_call(invocation->ctx, &invocation->guild, &invocation->call);
	return STEP_CALL;
}

static enum step answer_entitled(
	struct invocation *invocation, struct panel *panel, const struct db_rows *rows)
{
	if (role_entitled_read(rows, &panel->entitled))
		return STEP_BROKEN;
	return show(invocation, panel);
}

static enum step answer_retried(
	struct invocation *invocation, struct panel *panel, const struct db_rows *rows)
{
	int32_t count;
	if (rewards_retry_read(rows, &count))
		return STEP_BROKEN;
	/* What was blocked is told as it stood: whether it works now, Discord will say. */
	return show_check(invocation, panel);
}

static enum step answer_run(
	struct invocation *invocation, struct panel *panel, const struct db_rows *rows)
{
	if (role_run_read(invocation->ctx, rows, &panel->run))
		return STEP_BROKEN;
	page_show(invocation, panel, NULL);
	return STEP_REPLY;
}

enum step panel_answer(struct invocation *invocation, const struct db_rows *rows)
{
	struct panel *panel = invocation->own;
	struct settings_history history;
	switch (panel->stage) {
	case STAGE_STATE:
		return answer_state(invocation, panel, rows);
	case STAGE_UNDO:
		return answer_undo(invocation, panel, rows);
	case STAGE_OUTCOME:
		return answer_outcome(invocation, panel, rows);
	case STAGE_CHANGED:
		if (settings_read(invocation->ctx, rows, &panel->state))
			return STEP_BROKEN;
		return show(invocation, panel);
	case STAGE_RUN_OUTCOME:
		return answer_run_outcome(invocation, panel, rows);
	case STAGE_RUN:
		return answer_run(invocation, panel, rows);
	case STAGE_LEFT:
		return panel->request.refusal ? invocation_refuse_as(invocation, TONE_LACKING,
							panel->request.refusal)
					      : act(invocation, panel);
	case STAGE_ENTITLED:
		return answer_entitled(invocation, panel, rows);
	case STAGE_RETRIED:
		return answer_retried(invocation, panel, rows);
	case STAGE_ROLES_KEPT:
		return panel->request.act == PANEL_CHECK ? retry(invocation, panel)
							 : panel_change(invocation, panel);
	case STAGE_RENEWED:
		return web_page_renewed(invocation, panel, rows);
	case STAGE_LATEST:
	case STAGE_HISTORY:
		break;
	}
	if (settings_history_read(invocation->ctx, rows, &history))
		return STEP_BROKEN;
	if (panel->stage == STAGE_LATEST)
		page_show(invocation, panel, &history);
	else
		history_show(invocation, panel, &history);
	return STEP_REPLY;
}

/* ---- Presses */

/* Reads the page called WORD; "home" as well. */
static bool read_page(const char *word, enum settings_page *out)
{
	if (settings_page_parse(word, out))
		return true;
	*out = PANEL_HOME;
	return strcmp(word, "home") == 0;
}

static bool press_page(
	const struct invocation *invocation, const struct custom_id *id, struct panel_request *out)
{
	(void)id;
	const struct values *values = &invocation->in->values;
	return values->count == 1 && read_page(values->texts[0], &out->page);
}

static bool press_open(
	const struct invocation *invocation, const struct custom_id *id, struct panel_request *out)
{
	(void)invocation;
	return read_page(id->word.text, &out->page);
}

static bool press_list(
	const struct invocation *invocation, const struct custom_id *id, struct panel_request *out)
{
	(void)invocation;
	out->list = id->number;
	return id->number >= 0 && read_page(id->word.text, &out->page);
}

static bool press_form(
	const struct invocation *invocation, const struct custom_id *id, struct panel_request *out)
{
	out->act = PANEL_FORM;
	out->section = must(talloc_strdup(invocation->ctx, id->word.text));
	return id->word.text[0] != '\0';
}

/* A switch: the button says what it will be. */
static bool press_set(
	const struct invocation *invocation, const struct custom_id *id, struct panel_request *out)
{
	struct setting_key key;
	if (!setting_key_parse(id->word.text, &key) || key.type != KEY_SETTING ||
		setting_get(key.setting)->type != SETTING_IS_SWITCH || id->time < 0 || id->time > 1)
		return false;
	struct panel_change change = panel_number(key.setting, id->time);
	out->act = PANEL_CHANGE;
	out->page = setting_key_page(&key);
	panel_add(invocation, out, &change);
	return true;
}

static bool press_remove(const struct invocation *invocation, const struct custom_id *id,
	struct panel_request *out, enum setting_key_type type)
{
	struct panel_change change = {
		.key = {.type = type, .id = id->subject, .is_role = id->time == 1},
		.removed = true};
	out->act = PANEL_CHANGE;
	out->page = setting_key_page(&change.key);
	panel_add(invocation, out, &change);
	return id->subject.text[0] != '\0';
}

static bool press_zone_rm(
	const struct invocation *invocation, const struct custom_id *id, struct panel_request *out)
{
	return press_remove(invocation, id, out, KEY_ZONE);
}

static bool press_reward_rm(
	const struct invocation *invocation, const struct custom_id *id, struct panel_request *out)
{
	return press_remove(invocation, id, out, KEY_REWARD);
}

static bool press_access(
	const struct invocation *invocation, const struct custom_id *id, struct panel_request *out)
{
	(void)id;
	const struct values *values = &invocation->in->values;
	struct panel_change change = {
		.key = {.type = KEY_SETTING, .setting = SETTING_ACCESS_ROLES}};
	out->act = PANEL_CHANGE;
	out->page = SETTINGS_ACCESS;
	for (size_t i = 0; i < values->count && i < SETTING_IDS_MAX; i++)
		if (!snowflake_parse(values->texts[i], &change.value.ids[change.value.id_count++]))
			return false;
	panel_add(invocation, out, &change);
	return true;
}

static bool press_undo(
	const struct invocation *invocation, const struct custom_id *id, struct panel_request *out)
{
	(void)invocation;
	out->act = PANEL_UNDO;
	out->audit = id->number;
	out->page = PANEL_HOME;
	out->to_history = strcmp(id->word.text, "journal") == 0;
	return id->number > 0;
}

static bool press_journal(
	const struct invocation *invocation, const struct custom_id *id, struct panel_request *out)
{
	(void)invocation;
	out->act = PANEL_HISTORY;
	out->list = id->number;
	return id->number >= 0;
}

static bool press_try(
	const struct invocation *invocation, const struct custom_id *id, struct panel_request *out)
{
	(void)invocation;
	(void)id;
	out->act = PANEL_TRY;
	return true;
}

static bool press_renew(
	const struct invocation *invocation, const struct custom_id *id, struct panel_request *out)
{
	(void)invocation;
	(void)id;
	out->act = PANEL_RENEW;
	out->page = SETTINGS_MISC;
	return true;
}

static bool press_reset(
	const struct invocation *invocation, const struct custom_id *id, struct panel_request *out)
{
	(void)invocation;
	out->act = PANEL_RESET;
	return settings_page_parse(id->word.text, &out->page);
}

static bool press_run(
	const struct invocation *invocation, const struct custom_id *id, struct panel_request *out)
{
	(void)invocation;
	bool stops = strcmp(id->word.text, "stop") == 0;
	out->act = stops ? PANEL_STOP : PANEL_APPLY;
	out->role = id->subject;
	out->page = SETTINGS_REWARDS;
	return stops || strcmp(id->word.text, "apply") == 0;
}

static const struct {
	const char *action;
	bool (*read)(const struct invocation *invocation, const struct custom_id *id,
		struct panel_request *out);
} presses[] = {{"page", press_page}, {"open", press_open}, {"list", press_list},
	{"form", press_form}, {"set", press_set}, {"zone_rm", press_zone_rm},
	{"reward_rm", press_reward_rm}, {"access", press_access}, {"undo", press_undo},
	{"journal", press_journal}, {"reset", press_reset}, {"run", press_run}, {"try", press_try},
	{"renew", press_renew}};

static bool read_press(
	const struct invocation *invocation, const struct custom_id *id, struct panel_request *out)
{
	for (size_t i = 0; i < ARRAY_LEN(presses); i++)
		if (strcmp(presses[i].action, id->action.text) == 0)
			return presses[i].read(invocation, id, out);
	return false;
}

enum step panel_press_ask(struct invocation *invocation, struct db_call *out)
{
	struct custom_id id;
	struct panel_request request = {.act = PANEL_SHOW, .page = PANEL_HOME};
	if (!invocation_read_custom_id(invocation, &id))
		return invocation_refuse_text(invocation, TEXT_UNKNOWN_BUTTON);
	request.version = id.number;
	if (!read_press(invocation, &id, &request))
		return invocation_refuse_text(invocation, TEXT_UNKNOWN_BUTTON);
	if (request.act == PANEL_TRY)
		invocation_answer_anew(invocation);
	return panel_ask(invocation, &request, out);
}

enum step panel_submit_ask(struct invocation *invocation, struct db_call *out)
{
	struct custom_id id;
	struct panel_request request = {.act = PANEL_CHANGE};
	if (!invocation_read_custom_id(invocation, &id) || strcmp(id.action.text, "send") != 0 ||
		id.number < 0 || !form_read(invocation, id.word.text, &request))
		return invocation_refuse_text(invocation, TEXT_UNKNOWN_BUTTON);
	request.version = id.number;
	return panel_ask(invocation, &request, out);
}

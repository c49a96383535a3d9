/* Forms of the panel: filled with today's values, and read when they are sent. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <talloc.h>

#include "besace/base/memory.h"
#include "state.h"
#include "table.h"

#define DAY_MS INT64_C(86400000)

/* Channels in which messages may be written, and those that can be zones. */
#define CHANNELS_OF_MESSAGES                                                                       \
	(CHANNEL_BIT(CHANNEL_TEXT) | CHANNEL_BIT(CHANNEL_VOICE) | CHANNEL_BIT(CHANNEL_NEWS) |      \
		CHANNEL_BIT(CHANNEL_NEWS_THREAD) | CHANNEL_BIT(CHANNEL_PUBLIC_THREAD) |            \
		CHANNEL_BIT(CHANNEL_PRIVATE_THREAD) | CHANNEL_BIT(CHANNEL_STAGE))

/* Texts from which on a field has several lines. */
#define LONG_TEXT 100

/* A field of a form: a setting, its value, and in what it is asked for. */
struct form_field {
	const struct setting *setting;
	enum setting_id id; /* SETTING_COUNT: of a game */
	const char *label;
	const struct setting_value *value;
	struct setting_value initial;
};

static bool is_percent(const struct setting *setting)
{
	const char *at = strstr(setting->key, "_percent");
	return at && strcmp(at, "_percent") == 0;
}

/* ---- Showing */

/* A number as it is typed: factors with a decimal comma or point. */
static char *typed_number(
	const struct invocation *invocation, const struct setting *setting, int64_t number)
{
	enum language language = invocation_own_language(invocation);
	if (!is_percent(setting))
		return must(talloc_asprintf(invocation->ctx, "%" PRId64, number));
	return number % 100 ? text_decimal(invocation->ctx, language, number / 10, 1)
			    : must(talloc_asprintf(invocation->ctx, "%" PRId64, number / 100));
}

/* The days from now until UNTIL_MS, at least one. */
static int64_t days_until(const struct invocation *invocation, int64_t until_ms)
{
	int64_t left = until_ms - invocation->seen_ms;
	return left <= 0 ? 1 : (left + DAY_MS - 1) / DAY_MS;
}

static char *range_words(const struct invocation *invocation, const struct form_field *field)
{
	enum language language = invocation_own_language(invocation);
	bool can_be_none = field->setting->number == SETTING_NONE && field->id != SETTING_COUNT;
	int64_t min = field->setting->min, max = field->setting->max;
	if (field->id == SETTING_RATE_UNTIL) {
		min = 1;
		max = RATE_DAYS_MAX;
	}
	struct setting_value none = {.number = SETTING_NONE};
	struct words words = {invocation->ctx, language, NULL};
	return text_fill(invocation->ctx, language,
		can_be_none ? TEXT_FORM_RANGE_NONE : TEXT_FORM_RANGE, "min",
		typed_number(invocation, field->setting, min), "max",
		typed_number(invocation, field->setting, max), "none",
		can_be_none ? setting_words(&words, field->id, &none) : "", NULL);
}

static struct label number_label(
	const struct invocation *invocation, const struct form_field *field)
{
	int64_t number = field->value->number;
	char *value = NULL;
	if (number != SETTING_NONE)
		value = field->id == SETTING_RATE_UNTIL
				? must(talloc_asprintf(invocation->ctx, "%" PRId64,
					  days_until(invocation, number)))
				: typed_number(invocation, field->setting, number);
	return (struct label){.type = INPUT_TEXT,
		.description = range_words(invocation, field),
		.optional = true,
		.text = {.custom_id = field->setting->key, .value = value, .max = 20}};
}

static struct label text_label(const struct invocation *invocation, const struct form_field *field)
{
	enum language language = invocation_own_language(invocation);
	int64_t max = field->setting->max;
	return (struct label){.type = INPUT_TEXT,
		.description = text_fill(invocation->ctx, language,
			field->setting == setting_get(SETTING_PAGE_NAME) ? TEXT_FORM_PAGE_NAME
									 : TEXT_FORM_LENGTH,
			"max", text_number(invocation->ctx, language, max), NULL),
		.optional = true,
		.text = {.custom_id = field->setting->key,
			.value = field->value->text,
			.max = (unsigned)max,
			.paragraph = max > LONG_TEXT}};
}

static struct label choice_input(
	const struct invocation *invocation, const struct form_field *field)
{
	enum language language = invocation_own_language(invocation);
	size_t count = (size_t)field->setting->max + 1;
	struct select_option *options =
		must(talloc_zero_array(invocation->ctx, struct select_option, (unsigned)count));
	for (size_t i = 0; i < count; i++)
		options[i] = (struct select_option){
			.label = choice_label(language, field->id, (int64_t)i),
			.value = field->setting->choices[i],
			.chosen = (int64_t)i == field->value->number};
	return (struct label){.type = INPUT_SELECT,
		.select = {.type = SELECT_TEXT,
			.custom_id = field->setting->key,
			.min = 1,
			.max = 1,
			.options = options,
			.option_count = count}};
}

static struct label channels_input(const struct form_field *field)
{
	return (struct label){.type = INPUT_SELECT,
		.optional = true,
		.select = {.type = SELECT_CHANNEL,
			.custom_id = field->setting->key,
			.max = field->setting->type == SETTING_IS_ID
				       ? 1
				       : (unsigned)field->setting->max,
			.chosen = field->value->ids,
			.chosen_count = field->value->id_count,
			.channel_types = CHANNELS_OF_MESSAGES}};
}

static void add_field(struct invocation *invocation, const struct form_field *field)
{
	struct label label = {0};
	switch (field->setting->type) {
	case SETTING_IS_SWITCH:
		label = (struct label){.type = INPUT_CHECKBOX,
			.select = {.custom_id = field->setting->key},
			.checked = field->value->number != 0};
		break;
	case SETTING_IS_NUMBER:
		label = number_label(invocation, field);
		break;
	case SETTING_IS_CHOICE:
		label = choice_input(invocation, field);
		break;
	case SETTING_IS_TEXT:
		label = text_label(invocation, field);
		break;
	case SETTING_IS_ID:
	case SETTING_IS_IDS:
		label = channels_input(field);
		break;
	}
	label.label = field->label;
	reply_add_label(&invocation->reply, label);
}

/* The form of zones or rewards that are added. */
static void add_effects(struct invocation *invocation)
{
	static const enum text names[] = {[ZONE_NONE] = TEXT_ZONE_NONE_WORD,
		[ZONE_ONLY] = TEXT_ZONE_ONLY_WORD,
		[ZONE_FACTOR] = TEXT_ZONE_FACTOR_WORD};
	enum language language = invocation_own_language(invocation);
	struct select_option *options =
		must(talloc_zero_array(invocation->ctx, struct select_option, ZONE_EFFECT_COUNT));
	for (int i = 0; i < ZONE_EFFECT_COUNT; i++)
		options[i] = (struct select_option){.label = text_get(language, names[i]),
			.value = zone_effect_name((enum zone_effect)i),
			.chosen = i == 0};
	reply_add_label(
		&invocation->reply, (struct label){.type = INPUT_SELECT,
					    .label = text_get(language, TEXT_FORM_ZONE_EFFECT),
					    .select = {.type = SELECT_TEXT,
						    .custom_id = "effect",
						    .min = 1,
						    .max = 1,
						    .options = options,
						    .option_count = ZONE_EFFECT_COUNT}});
}

static void add_zone_fields(struct invocation *invocation)
{
	enum language language = invocation_own_language(invocation);
	reply_add_label(&invocation->reply,
		(struct label){.type = INPUT_SELECT,
			.label = text_get(language, TEXT_FORM_ZONE_PLACE),
			.optional = true,
			.select = {.type = SELECT_CHANNEL, .custom_id = "place", .max = 1}});
	reply_add_label(&invocation->reply,
		(struct label){.type = INPUT_SELECT,
			.label = text_get(language, TEXT_FORM_ZONE_ROLE),
			.optional = true,
			.select = {.type = SELECT_ROLE, .custom_id = "role", .max = 1}});
	add_effects(invocation);
	reply_add_input(&invocation->reply,
		(struct text_input){.custom_id = "factor",
			.label = text_get(language, TEXT_FORM_ZONE_FACTOR),
			.description = text_get(language, TEXT_CFG_FACTOR_DESCRIPTION),
			.max = 10,
			.optional = true});
}

static void add_reward_fields(struct invocation *invocation)
{
	enum language language = invocation_own_language(invocation);
	struct select_option *modes =
		must(talloc_zero_array(invocation->ctx, struct select_option, REWARD_MODE_COUNT));
	for (int i = 0; i < REWARD_MODE_COUNT; i++)
		modes[i] = (struct select_option){
			.label = text_get(language, i == REWARD_SINGLE ? TEXT_REWARD_SINGLE_WORD
								       : TEXT_REWARD_STACK_WORD),
			.value = reward_mode_name((enum reward_mode)i),
			.chosen = i == REWARD_STACK};
	reply_add_label(&invocation->reply,
		(struct label){.type = INPUT_SELECT,
			.label = text_get(language, TEXT_FORM_REWARD_ROLE),
			.select = {.type = SELECT_ROLE, .custom_id = "role", .min = 1, .max = 1}});
	reply_add_input(&invocation->reply,
		(struct text_input){.custom_id = "level",
			.label = text_get(language, TEXT_FORM_REWARD_LEVEL),
			.description = text_fill(invocation->ctx, language, TEXT_FORM_RANGE, "min",
				text_number(invocation->ctx, language, REWARD_LEVEL_MIN), "max",
				text_number(invocation->ctx, language, REWARD_LEVEL_MAX), "none",
				"", NULL),
			.min = 1,
			.max = 5});
	reply_add_label(
		&invocation->reply, (struct label){.type = INPUT_SELECT,
					    .label = text_get(language, TEXT_FORM_REWARD_MODE),
					    .select = {.type = SELECT_TEXT,
						    .custom_id = "mode",
						    .min = 1,
						    .max = 1,
						    .options = modes,
						    .option_count = REWARD_MODE_COUNT}});
}

/* The game of a form's word ("game_roue"). */
static bool game_of(const char *word, enum game *out)
{
	return strncmp(word, "game_", strlen("game_")) == 0 &&
	       game_parse(word + strlen("game_"), out);
}

static void add_game_fields(
	struct invocation *invocation, const struct panel *panel, enum game game)
{
	enum language language = invocation_own_language(invocation);
	for (size_t i = 0; i < SECTION_FIELDS_MAX; i++) {
		enum game_setting id = game_fields[i];
		add_field(invocation, &(struct form_field){.setting = game_setting_get(id),
					      .id = SETTING_COUNT,
					      .label = game_setting_label(language, id),
					      .value = &panel->state->games[game][id]});
	}
}

static void add_section_fields(struct invocation *invocation, const struct panel *panel,
	const struct panel_section *section)
{
	enum language language = invocation_own_language(invocation);
	for (size_t i = 0; i < section->field_count; i++) {
		enum setting_id id = section->fields[i];
		add_field(invocation, &(struct form_field){.setting = setting_get(id),
					      .id = id,
					      .label = setting_label(language, id),
					      .value = &panel->state->values[id]});
	}
}

bool form_show(struct invocation *invocation, const struct panel *panel)
{
	const char *word = panel->request.section;
	enum settings_page page = panel->request.page;
	enum game game;
	const struct panel_section *section = panel_section(word, &page);
	struct custom_id id = panel_id(panel, "send", word);
	invocation->reply = (struct reply){
		.kind = REPLY_MODAL, .custom_id = invocation_custom_id(invocation, id)};
	if (strcmp(word, "zone_add") == 0) {
		page = SETTINGS_ZONES;
		add_zone_fields(invocation);
	} else if (strcmp(word, "reward_add") == 0) {
		page = SETTINGS_REWARDS;
		add_reward_fields(invocation);
	} else if (game_of(word, &game)) {
		page = SETTINGS_GAMES;
		add_game_fields(invocation, panel, game);
	} else if (section && section->action == SECTION_FORM) {
		add_section_fields(invocation, panel, section);
	} else {
		return false;
	}
	invocation->reply.title =
		text_get(invocation_own_language(invocation), panel_page(page)->name);
	return true;
}

/* ---- Reading */

/* Reads digits into *NUMBER, which they continue; returns how many, at most MAX. */
static size_t read_digits(const char **text, size_t max, int64_t *number)
{
	size_t count = 0;
	for (; **text >= '0' && **text <= '9' && count < max; (*text)++, count++)
		*number = 10 * *number + (**text - '0');
	return count;
}

/* A decimal, "×1,5" as well, in hundredths. False when it is none. */
static bool read_hundredths(const char *text, int64_t *out)
{
	int64_t number = 0;
	text += strspn(text, " x");
	if (strncmp(text, "×", strlen("×")) == 0)
		text += strlen("×");
	size_t whole = read_digits(&text, 6, &number), decimals = 0;
	if (*text == ',' || *text == '.') {
		text++;
		decimals = read_digits(&text, 2, &number);
	}
	for (size_t i = decimals; i < 2; i++)
		number *= 10;
	text += strspn(text, " ");
	*out = number;
	return whole > 0 && *text == '\0';
}

/* A whole number; spaces between its digits are let pass. */
static bool read_whole(const char *text, int64_t *out)
{
	int64_t number = 0;
	bool any = false;
	for (; *text; text++) {
		if (*text == ' ')
			continue;
		if (strncmp(text, "\u202f", strlen("\u202f")) == 0) {
			text += strlen("\u202f") - 1;
			continue;
		}
		if (*text < '0' || *text > '9' || number > INT64_C(100000000000))
			return false;
		number = 10 * number + (*text - '0');
		any = true;
	}
	*out = number;
	return any;
}

/* A field that was left empty is its default. A number that is none is out of every range. */
static void read_number(const struct invocation *invocation, const struct form_field *field,
	const char *text, struct setting_value *out)
{
	if (strspn(text, " ") == strlen(text)) {
		*out = field->initial;
		return;
	}
	bool good = is_percent(field->setting) ? read_hundredths(text, &out->number)
					       : read_whole(text, &out->number);
	if (!good)
		out->number = field->setting->min - 1;
	if (field->id != SETTING_RATE_UNTIL)
		return;
	bool fits = good && out->number >= 1 && out->number <= RATE_DAYS_MAX;
	out->number = fits ? invocation->seen_ms + out->number * DAY_MS : 0;
}

static void read_ids(const struct submitted_input *input, struct setting_value *out)
{
	for (size_t i = 0; i < input->values.count && out->id_count < SETTING_IDS_MAX; i++)
		if (snowflake_parse(input->values.texts[i], &out->ids[out->id_count]))
			out->id_count++;
}

static void read_choice(const struct form_field *field, const struct submitted_input *input,
	struct setting_value *out)
{
	const char *word = input->values.count ? input->values.texts[0] : "";
	for (out->number = 0; field->setting->choices[out->number]; out->number++)
		if (strcmp(field->setting->choices[out->number], word) == 0)
			return;
}

/* The value that INPUT holds. */
static struct setting_value read_field(const struct invocation *invocation,
	const struct form_field *field, const struct submitted_input *input)
{
	struct setting_value value = {0};
	switch (field->setting->type) {
	case SETTING_IS_SWITCH:
		value.number = input->checked;
		break;
	case SETTING_IS_NUMBER:
		read_number(invocation, field, input->value, &value);
		break;
	case SETTING_IS_CHOICE:
		read_choice(field, input, &value);
		break;
	case SETTING_IS_TEXT:
		value.text = *input->value ? input->value : field->initial.text;
		break;
	case SETTING_IS_ID:
	case SETTING_IS_IDS:
		read_ids(input, &value);
		break;
	}
	return value;
}

static void read_section(const struct invocation *invocation, const struct panel_section *section,
	struct panel_request *request)
{
	for (size_t i = 0; i < section->field_count; i++) {
		enum setting_id id = section->fields[i];
		const struct form_field field = {.setting = setting_get(id),
			.id = id,
			.initial = setting_default(setting_get(id))};
		const struct submitted_input *input =
			interaction_field(invocation->in, field.setting->key);
		if (!input)
			continue;
		panel_add(invocation, request,
			&(struct panel_change){.key = {.type = KEY_SETTING, .setting = id},
				.value = read_field(invocation, &field, input)});
		if (id == SETTING_ANNOUNCE_CHANNEL && input->values.count && !request->refusal) {
			struct snowflake channel;
			if (snowflake_parse(input->values.texts[0], &channel))
				request->refusal = panel_channel_fault(invocation, &channel);
		}
	}
}

static void read_game(
	const struct invocation *invocation, enum game game, struct panel_request *request)
{
	for (size_t i = 0; i < SECTION_FIELDS_MAX; i++) {
		enum game_setting id = game_fields[i];
		const struct form_field field = {.setting = game_setting_get(id),
			.id = SETTING_COUNT,
			.initial = game_setting_default(game, id)};
		const struct submitted_input *input =
			interaction_field(invocation->in, field.setting->key);
		if (input)
			panel_add(invocation, request,
				&(struct panel_change){
					.key = {.type = KEY_GAME, .game = game, .game_setting = id},
					.value = read_field(invocation, &field, input)});
	}
}

/* The only id that was chosen in the select NAME. */
static bool read_chosen(
	const struct invocation *invocation, const char *name, struct snowflake *out)
{
	const struct submitted_input *input = interaction_field(invocation->in, name);
	return input && input->values.count == 1 && snowflake_parse(input->values.texts[0], out);
}

static const char *chosen_word(const struct invocation *invocation, const char *name)
{
	const struct submitted_input *input = interaction_field(invocation->in, name);
	return input && input->values.count == 1 ? input->values.texts[0] : "";
}

static void read_zone(const struct invocation *invocation, struct panel_request *request)
{
	struct panel_change change = {.key = {.type = KEY_ZONE}};
	struct snowflake place, role;
	enum language language = invocation_own_language(invocation);
	bool has_place = read_chosen(invocation, "place", &place),
	     has_role = read_chosen(invocation, "role", &role);
	const char *factor = interaction_input(invocation->in, "factor");
	int64_t percent = 0;
	if (has_place == has_role) {
		request->refusal = text_get(language, TEXT_REFUSED_ONE_OF);
		return;
	}
	change.key.id = has_role ? role : place;
	change.key.is_role = has_role;
	if (!zone_effect_parse(chosen_word(invocation, "effect"), &change.zone.effect) ||
		(change.zone.effect == ZONE_FACTOR &&
			(!factor || !read_hundredths(factor, &percent)))) {
		request->refusal = text_get(language, TEXT_REFUSED_FACTOR);
		return;
	}
	change.zone.percent = (int)percent;
	panel_add(invocation, request, &change);
}

static void read_reward(const struct invocation *invocation, struct panel_request *request)
{
	struct panel_change change = {.key = {.type = KEY_REWARD}};
	const char *level = interaction_input(invocation->in, "level");
	int64_t number = 0;
	if (!level || !read_whole(level, &number) || number > REWARD_LEVEL_MAX)
		number = 0;
	change.reward.level = (int)number;
	if (!read_chosen(invocation, "role", &change.key.id) ||
		!reward_mode_parse(chosen_word(invocation, "mode"), &change.reward.mode))
		change.reward.level = 0;
	panel_add(invocation, request, &change);
}

bool form_read(const struct invocation *invocation, const char *word, struct panel_request *request)
{
	enum game game;
	const struct panel_section *section = panel_section(word, &request->page);
	request->act = PANEL_CHANGE;
	if (strcmp(word, "zone_add") == 0) {
		request->page = SETTINGS_ZONES;
		read_zone(invocation, request);
	} else if (strcmp(word, "reward_add") == 0) {
		request->page = SETTINGS_REWARDS;
		read_reward(invocation, request);
	} else if (game_of(word, &game)) {
		request->page = SETTINGS_GAMES;
		read_game(invocation, game, request);
	} else if (section && section->action == SECTION_FORM) {
		read_section(invocation, section, request);
	} else {
		return false;
	}
	return true;
}

/* Values of settings as JSON. */
#include <string.h>

#include "besace/base/memory.h"
#include "besace/store/settings.h"

static bool is_number(const struct setting *setting)
{
	return setting->type == SETTING_IS_SWITCH || setting->type == SETTING_IS_NUMBER ||
	       setting->type == SETTING_IS_CHOICE;
}

static bool ids_equal(const struct setting_value *a, const struct setting_value *b)
{
	if (a->id_count != b->id_count)
		return false;
	for (size_t i = 0; i < a->id_count; i++)
		if (!snowflake_equal(&a->ids[i], &b->ids[i]))
			return false;
	return true;
}

static bool values_equal(
	const struct setting *setting, const struct setting_value *a, const struct setting_value *b)
{
	if (is_number(setting))
		return a->number == b->number;
	if (setting->type == SETTING_IS_TEXT)
		return a->text == b->text || (a->text && b->text && strcmp(a->text, b->text) == 0);
	return ids_equal(a, b);
}

static json_t *ids_json(const struct setting_value *value)
{
	json_t *array = must(json_array());
	for (size_t i = 0; i < value->id_count; i++)
		json_array_append_new(array, must(json_string(value->ids[i].text)));
	return array;
}

json_t *setting_value_json(const struct setting *setting, const struct setting_value *value,
	const struct setting_value *initial)
{
	if (values_equal(setting, value, initial))
		return json_null();
	switch (setting->type) {
	case SETTING_IS_SWITCH:
		return json_boolean(value->number != 0);
	case SETTING_IS_NUMBER:
		return must(json_integer((json_int_t)value->number));
	case SETTING_IS_CHOICE:
		return must(json_string(setting->choices[value->number]));
	case SETTING_IS_TEXT:
		return must(json_string(value->text));
	case SETTING_IS_ID:
		return must(json_string(value->ids[0].text));
	case SETTING_IS_IDS:
		return ids_json(value);
	}
	return json_null();
}

static bool read_choice(const char *word, const char *const *choices, int64_t *out)
{
	for (*out = 0; word && choices[*out]; (*out)++)
		if (strcmp(choices[*out], word) == 0)
			return true;
	return false;
}

/* Ids, each of them once. */
static bool read_ids(const json_t *array, struct setting_value *out)
{
	size_t i;
	const json_t *id;
	if (!json_is_array(array) || json_array_size(array) > SETTING_IDS_MAX)
		return false;
	json_array_foreach (array, i, id) {
		if (!snowflake_parse(json_string_value(id), &out->ids[i]))
			return false;
		for (size_t j = 0; j < i; j++)
			if (snowflake_equal(&out->ids[i], &out->ids[j]))
				return false;
	}
	out->id_count = json_array_size(array);
	return true;
}

static bool read_typed(const json_t *json, const struct setting *setting, struct setting_value *out)
{
	switch (setting->type) {
	case SETTING_IS_SWITCH:
		out->number = json_is_true(json);
		return json_is_boolean(json);
	case SETTING_IS_NUMBER:
		out->number = json_integer_value(json);
		return json_is_integer(json);
	case SETTING_IS_CHOICE:
		return read_choice(json_string_value(json), setting->choices, &out->number);
	case SETTING_IS_TEXT:
		out->text = json_string_value(json);
		return out->text && strlen(out->text) == json_string_length(json);
	case SETTING_IS_ID:
		out->id_count = 1;
		return snowflake_parse(json_string_value(json), &out->ids[0]);
	case SETTING_IS_IDS:
		return read_ids(json, out);
	}
	return false;
}

bool setting_value_read(const json_t *json, const struct setting *setting,
	const struct setting_value *initial, struct setting_value *out)
{
	*out = *initial;
	if (json_is_null(json))
		return true;
	*out = (struct setting_value){0};
	if (!read_typed(json, setting, out) || !setting_is_valid(setting, out))
		return false;
	out->changed = !values_equal(setting, out, initial);
	return true;
}

json_t *zone_json(const struct zone *zone)
{
	json_t *json = must(json_pack("{s:s}", "effect", zone_effect_name(zone->effect)));
	if (zone->effect == ZONE_FACTOR)
		json_object_set_new(json, "factor_percent", json_integer(zone->percent));
	return json;
}

bool zone_read(const json_t *json, struct zone *out)
{
	const char *effect = json_string_value(json_object_get(json, "effect"));
	const json_t *percent = json_object_get(json, "factor_percent");
	json_int_t number = json_integer_value(percent);
	if (!effect || !zone_effect_parse(effect, &out->effect) ||
		json_object_size(json) != 1U + (percent != NULL) ||
		(out->effect == ZONE_FACTOR) != (percent != NULL))
		return false;
	out->percent = (int)number;
	return !percent || (json_is_integer(percent) && number >= ZONE_PERCENT_MIN &&
				   number <= ZONE_PERCENT_MAX);
}

json_t *role_reward_json(const struct role_reward *reward)
{
	return must(json_pack(
		"{s:i, s:s}", "level", reward->level, "mode", reward_mode_name(reward->mode)));
}

bool role_reward_read(const json_t *json, struct role_reward *out)
{
	const json_t *level = json_object_get(json, "level");
	const char *mode = json_string_value(json_object_get(json, "mode"));
	json_int_t number = json_integer_value(level);
	if (!json_is_integer(level) || !mode || !reward_mode_parse(mode, &out->mode) ||
		json_object_size(json) != 2 || number < REWARD_LEVEL_MIN ||
		number > REWARD_LEVEL_MAX)
		return false;
	out->level = (int)number;
	return true;
}

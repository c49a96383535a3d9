/* Reads files of settings. */
#include "settings_file.h"

#include <string.h>
#include <talloc.h>

#include "besace/base/memory.h"
#include "besace/discord/markdown.h"

char *settings_file_state(void *ctx, const json_t *object, struct settings_state *out)
{
	const char *key;
	json_t *value;
	char *faults = must(talloc_strdup(ctx, ""));
	settings_state_default(out);
	json_object_foreach ((json_t *)object, key, value) {
		struct setting_key id;
		if (!setting_key_parse(key, &id))
			faults = must(talloc_asprintf_append(
				faults, "%s: there is no such setting\n", key));
		else if (!settings_state_put(ctx, key, value, out))
			faults = must(talloc_asprintf_append(
				faults, "%s: the value is out of its range\n", key));
	}
	return faults;
}

static void put_json(json_t *object, const struct setting_key *key, json_t *value)
{
	char text[SETTING_KEY_ROOM];
	setting_key_write(key, text);
	if (json_is_null(value))
		json_decref(value);
	else
		json_object_set_new(object, text, value);
}

/* What of STATE is not the default. */
static json_t *state_json(const struct settings_state *state)
{
	json_t *object = must(json_object());
	for (int i = 0; i < SETTING_COUNT; i++) {
		struct setting_key key = {.type = KEY_SETTING, .setting = (enum setting_id)i};
		const struct setting *setting = setting_get(key.setting);
		struct setting_value initial = setting_default(setting);
		put_json(object, &key, setting_value_json(setting, &state->values[i], &initial));
	}
	for (int i = 0; i < GAME_COUNT * GAME_SETTING_COUNT; i++) {
		struct setting_key key = {.type = KEY_GAME,
			.game = (enum game)(i / GAME_SETTING_COUNT),
			.game_setting = (enum game_setting)(i % GAME_SETTING_COUNT)};
		struct setting_value initial = game_setting_default(key.game, key.game_setting);
		put_json(object, &key,
			setting_value_json(game_setting_get(key.game_setting),
				&state->games[key.game][key.game_setting], &initial));
	}
	for (size_t i = 0; i < state->zone_count; i++)
		put_json(object,
			&(struct setting_key){.type = KEY_ZONE,
				.id = state->zones[i].id,
				.is_role = state->zones[i].is_role},
			zone_json(&state->zones[i]));
	for (size_t i = 0; i < state->reward_count; i++)
		put_json(object,
			&(struct setting_key){.type = KEY_REWARD, .id = state->rewards[i].role},
			role_reward_json(&state->rewards[i]));
	return object;
}

/* Adds to FAULTS the texts of STATE that would show nothing: the panel takes none either. */
static char *add_blanks(void *ctx, const struct settings_state *state, char *faults)
{
	for (int i = 0; i < SETTING_COUNT; i++) {
		const struct setting *setting = setting_get((enum setting_id)i);
		const char *text = state->values[i].text;
		if (setting->type == SETTING_IS_TEXT && text &&
			*markdown_escape(ctx, text, "") == '\0')
			faults = must(talloc_asprintf_append(
				faults, "%s: the text shows nothing\n", setting->key));
	}
	return faults;
}

/* The mark that some editors put before UTF-8. */
static size_t mark_length(const char *bytes, size_t length)
{
	static const char mark[] = {'\xEF', '\xBB', '\xBF'};
	return length >= sizeof(mark) && memcmp(bytes, mark, sizeof(mark)) == 0 ? sizeof(mark) : 0;
}

json_t *settings_file_read(void *ctx, const char *bytes, size_t length, char **out_why)
{
	json_error_t error;
	struct settings_state state;
	size_t begin = mark_length(bytes, length);
	json_t *file = json_loadb(bytes + begin, length - begin, JSON_REJECT_DUPLICATES, &error);
	const json_t *settings = json_object_get(file, "settings");
	const char *format = json_string_value(json_object_get(file, "format"));
	json_t *read = NULL;
	if (!file) {
		*out_why = must(
			talloc_asprintf(ctx, "not JSON, line %d: %s\n", error.line, error.text));
	} else if (!format || strcmp(format, SETTINGS_FILE_FORMAT) != 0 ||
		   !json_is_object(settings) || json_object_size(file) != 2) {
		*out_why = must(talloc_asprintf(ctx,
			"not an export of settings: \"format\" must be \"%s\", beside "
			"\"settings\"\n",
			SETTINGS_FILE_FORMAT));
	} else {
		*out_why = settings_file_state(ctx, settings, &state);
		*out_why = add_blanks(ctx, &state, *out_why);
		read = **out_why ? NULL : state_json(&state);
	}
	json_decref(file);
	return read;
}

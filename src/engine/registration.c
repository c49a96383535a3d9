/* Makes the registration from the table of commands. */
#include "besace/engine/registration.h"

#include <inttypes.h>
#include <stdio.h>

#include "besace/base/memory.h"
#include "besace/engine/command.h"

/* Discord's numbers. */
enum { CONTEXT_GUILD = 0, CONTEXT_BOT_DM = 1, INSTALL_GUILD = 0 };
enum { SUB_COMMAND = 1, SUB_COMMAND_GROUP = 2 };

/* The words of every language but the default one, which stand in the field itself, and what a
 * locale of any language says in its own way. */
static json_t *localisations(enum text text)
{
	json_t *object = must(json_object());
	for (int i = 0; i < LANGUAGE_COUNT; i++) {
		enum language language = (enum language)i;
		for (const char *const *locale = text_locales(language); *locale; locale++) {
			const char *words = text_variant(*locale, text);
			if (!words && language != LANGUAGE_DEFAULT)
				words = text_get(language, text);
			if (words)
				json_object_set_new(object, *locale, must(json_string(words)));
		}
	}
	return object;
}

static void put_text(json_t *object, const char *key, const char *localisations_key, enum text text)
{
	json_object_set_new(object, key, json_string(text_get(LANGUAGE_DEFAULT, text)));
	json_object_set_new(object, localisations_key, localisations(text));
}

static void put_range(json_t *object, const struct command_option *option)
{
	bool text = option->type == OPTION_STRING;
	if (option->min == 0 && option->max == 0)
		return;
	if (option->type == OPTION_NUMBER) {
		json_object_set_new(object, "min_value", json_real((double)option->min / 10));
		json_object_set_new(object, "max_value", json_real((double)option->max / 10));
		return;
	}
	json_object_set_new(object, text ? "min_length" : "min_value", json_integer(option->min));
	json_object_set_new(object, text ? "max_length" : "max_value", json_integer(option->max));
}

static void put_channel_types(json_t *object, uint32_t types)
{
	json_t *list = must(json_array());
	for (int type = 0; type < 32; type++)
		if (types & CHANNEL_BIT(type))
			json_array_append_new(list, json_integer(type));
	json_object_set_new(object, "channel_types", list);
}

static void put_choices(json_t *object, const struct command_option *option)
{
	json_t *choices = must(json_array());
	for (size_t i = 0; i < option->choice_count; i++) {
		json_t *choice = must(json_object());
		put_text(choice, "name", "name_localizations", option->choices[i].name);
		json_object_set_new(choice, "value", json_string(option->choices[i].value));
		json_array_append_new(choices, choice);
	}
	json_object_set_new(object, "choices", choices);
}

static json_t *option_json(const struct command_option *option)
{
	json_t *object = must(json_object());
	json_object_set_new(object, "type", json_integer(option->type));
	put_text(object, "name", "name_localizations", option->name);
	put_text(object, "description", "description_localizations", option->description);
	json_object_set_new(object, "required", json_boolean(option->required));
	put_range(object, option);
	if (option->choice_count > 0)
		put_choices(object, option);
	if (option->channel_types)
		put_channel_types(object, option->channel_types);
	if (option->completed)
		json_object_set_new(object, "autocomplete", json_true());
	return object;
}

static json_t *options_json(const struct command *command);

/* A sub-command, or a group of them. */
static json_t *below_json(const struct command *command)
{
	json_t *object = must(json_object());
	json_object_set_new(object, "type",
		json_integer(command->subcommands ? SUB_COMMAND_GROUP : SUB_COMMAND));
	put_text(object, "name", "name_localizations", command->name);
	put_text(object, "description", "description_localizations", command->description);
	json_object_set_new(object, "options", options_json(command));
	return object;
}

static json_t *options_json(const struct command *command)
{
	json_t *options = must(json_array());
	for (size_t i = 0; command->subcommands && command->subcommands[i]; i++)
		json_array_append_new(options, below_json(command->subcommands[i]));
	for (size_t i = 0; i < command->option_count; i++)
		json_array_append_new(options, option_json(&command->options[i]));
	return options;
}

/* Where a command can be used: a global registration only may say. */
static void put_contexts(json_t *object, const struct command *command)
{
	json_t *contexts = must(json_array());
	json_array_append_new(contexts, json_integer(CONTEXT_GUILD));
	if (!command->guild_only)
		json_array_append_new(contexts, json_integer(CONTEXT_BOT_DM));
	json_object_set_new(object, "contexts", contexts);
	json_object_set_new(object, "integration_types", must(json_pack("[i]", INSTALL_GUILD)));
}

/* A bit set as text. By it Discord hides the command; the runner checks it again. */
static void put_permissions(json_t *object, uint64_t permissions)
{
	char digits[32];
	snprintf(digits, sizeof(digits), "%" PRIu64, permissions);
	json_object_set_new(object, "default_member_permissions", json_string(digits));
}

static json_t *command_json(const struct command *command, bool global)
{
	json_t *object = must(json_object());
	json_object_set_new(object, "type", json_integer(command->type));
	put_text(object, "name", "name_localizations", command->name);
	if (command->type == COMMAND_CHAT_INPUT) {
		put_text(object, "description", "description_localizations", command->description);
		json_object_set_new(object, "options", options_json(command));
	}
	if (command->permissions)
		put_permissions(object, command->permissions);
	if (global)
		put_contexts(object, command);
	return object;
}

json_t *registration_build(bool global)
{
	json_t *list = must(json_array());
	for (size_t i = 0; commands[i]; i++)
		json_array_append_new(list, command_json(commands[i], global));
	return list;
}

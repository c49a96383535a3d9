/* Makes the registration from the table of commands. */
#include "besace/command/registration.h"

#include "besace/base/memory.h"
#include "besace/command/command.h"

/* Discord's numbers. */
enum { CONTEXT_GUILD = 0, CONTEXT_BOT_DM = 1, INSTALL_GUILD = 0 };

/* Both English locales: Discord falls back from one to the other in ways that surprise. */
static json_t *localisations(enum text text)
{
	const char *english = text_get(LANGUAGE_EN, text);
	return must(json_pack("{s:s, s:s}", "en-US", english, "en-GB", english));
}

static void put_text(json_t *object, const char *key, const char *localisations_key, enum text text)
{
	json_object_set_new(object, key, json_string(text_get(LANGUAGE_FR, text)));
	json_object_set_new(object, localisations_key, localisations(text));
}

static json_t *option_json(const struct command_option *option)
{
	json_t *object = must(json_object());
	json_object_set_new(object, "type", json_integer(option->type));
	put_text(object, "name", "name_localizations", option->name);
	put_text(object, "description", "description_localizations", option->about);
	json_object_set_new(object, "required", json_boolean(option->required));
	return object;
}

static json_t *command_json(const struct command *command, bool global)
{
	json_t *object = must(json_object());
	json_object_set_new(object, "type", json_integer(command->type));
	put_text(object, "name", "name_localizations", command->name);
	if (command->type == COMMAND_CHAT_INPUT) {
		put_text(object, "description", "description_localizations", command->about);
		json_t *options = must(json_array());
		for (size_t i = 0; i < command->option_count; i++)
			json_array_append_new(options, option_json(&command->options[i]));
		json_object_set_new(object, "options", options);
	}
	if (global) {
		json_object_set_new(object, "contexts",
			must(json_pack("[i, i]", CONTEXT_GUILD, CONTEXT_BOT_DM)));
		json_object_set_new(
			object, "integration_types", must(json_pack("[i]", INSTALL_GUILD)));
	}
	return object;
}

json_t *registration_build(bool global)
{
	json_t *list = must(json_array());
	for (size_t i = 0; commands[i]; i++)
		json_array_append_new(list, command_json(commands[i], global));
	return list;
}

/* Comparing our commands with those that Discord has, and the calls that read and replace them. */
#include "besace/rest/commands.h"

#include <string.h>
#include <talloc.h>

#include "besace/base/memory.h"

/* What a member or the API can tell apart in a command; everything else is Discord's own. */
static const char *const command_keys[] = {"name", "name_localizations", "description",
	"description_localizations", "options", "default_member_permissions", "nsfw", "contexts",
	"integration_types", NULL};

/* Beside those, what an entry point is sent back with. */
static const char *const entry_point_keys[] = {"id", "type", "handler"};

/* Discord's type of an entry point. */
#define TYPE_ENTRY_POINT 4
static const char *const option_keys[] = {"type", "name", "name_localizations", "description",
	"description_localizations", "required", "choices", "options", "channel_types", "min_value",
	"max_value", "min_length", "max_length", "autocomplete", "file_types", NULL};
static const char *const choice_keys[] = {"name", "name_localizations", NULL};

/* Arrays whose order says nothing. */
static const char *const set_keys[] = {"contexts", "integration_types", "channel_types"};

struct rest_request commands_get(const char *application_id, const char *guild_id)
{
	return (struct rest_request){
		.method = "GET",
		.route = guild_id ? "/applications/{application}/guilds/{guild}/commands"
				    "?with_localizations=true"
				  : "/applications/{application}/commands?with_localizations=true",
		.params = {application_id, guild_id},
	};
}

struct rest_request commands_put(
	const char *application_id, const char *guild_id, const json_t *commands)
{
	return (struct rest_request){
		.method = "PUT",
		.route = guild_id ? "/applications/{application}/guilds/{guild}/commands"
				  : "/applications/{application}/commands",
		.params = {application_id, guild_id},
		.body = commands,
	};
}

/* null, false, "", [] and {} are what Discord means by an absent field. */
static bool is_default(const json_t *value)
{
	return !value || json_is_null(value) || json_is_false(value) ||
	       (json_is_string(value) && json_string_length(value) == 0) ||
	       (json_is_array(value) && json_array_size(value) == 0) ||
	       (json_is_object(value) && json_object_size(value) == 0);
}

static bool is_set(const char *key)
{
	for (size_t i = 0; i < ARRAY_LEN(set_keys); i++)
		if (strcmp(set_keys[i], key) == 0)
			return true;
	return false;
}

/* The numbers of a set in rising order. */
static json_t *normal_set(const json_t *set)
{
	json_t *sorted = must(json_array());
	size_t i;
	json_t *item;
	json_array_foreach (set, i, item) {
		size_t at = json_array_size(sorted);
		while (at > 0 && json_integer_value(json_array_get(sorted, at - 1)) >
					 json_integer_value(item))
			at--;
		json_array_insert(sorted, at, item);
	}
	return sorted;
}

/* 1.0 and 1 are one number to Discord, two to jansson. */
static json_t *normal_value(json_t *value)
{
	double number = json_number_value(value);
	if (json_is_real(value) && number >= -0x1p53 && number <= 0x1p53 &&
		number == (double)(json_int_t)number)
		return must(json_integer((json_int_t)number));
	return json_incref(value);
}

static json_t *normal_list(const json_t *list, json_t *normal_item(const json_t *item));

static json_t *normal_option(const json_t *option);

static json_t *normal_choice(const json_t *choice);

static json_t *normal_field(const char *key, json_t *value)
{
	if (is_set(key))
		return normal_set(value);
	if (strcmp(key, "options") == 0)
		return normal_list(value, normal_option);
	if (strcmp(key, "choices") == 0)
		return normal_list(value, normal_choice);
	return normal_value(value);
}

/* A copy of OBJECT with those of KEYS that say something. */
static json_t *normal_object(const json_t *object, const char *const *keys)
{
	json_t *normal = must(json_object());
	for (; *keys; keys++) {
		json_t *value = json_object_get(object, *keys);
		if (!is_default(value))
			json_object_set_new(normal, *keys, normal_field(*keys, value));
	}
	return normal;
}

static json_t *normal_list(const json_t *list, json_t *normal_item(const json_t *item))
{
	json_t *normal = must(json_array());
	size_t i;
	json_t *item;
	json_array_foreach (list, i, item)
		json_array_append_new(normal, normal_item(item));
	return normal;
}

static json_t *normal_option(const json_t *option)
{
	return normal_object(option, option_keys);
}

/* A choice's value may be 0 or empty and still be a value. */
static json_t *normal_choice(const json_t *choice)
{
	json_t *normal = normal_object(choice, choice_keys);
	json_t *value = json_object_get(choice, "value");
	if (value)
		json_object_set_new(normal, "value", normal_value(value));
	return normal;
}

static json_t *normal_command(const json_t *command, bool guild)
{
	json_t *normal = normal_object(command, command_keys);
	if (guild) {
		json_object_del(normal, "contexts");
		json_object_del(normal, "integration_types");
	}
	return normal;
}

static int type_of(const json_t *command)
{
	const json_t *type = json_object_get(command, "type");
	return type ? (int)json_integer_value(type) : 1;
}

static const char *name_of(const json_t *command)
{
	return json_string_value(json_object_get(command, "name"));
}

static const json_t *find(const json_t *commands, const json_t *like)
{
	size_t i;
	json_t *command;
	json_array_foreach (commands, i, command)
		if (type_of(command) == type_of(like) &&
			strcmp(name_of(command), name_of(like)) == 0)
			return command;
	return NULL;
}

static bool is_list_of_commands(const json_t *commands)
{
	size_t i;
	json_t *command;
	json_array_foreach (commands, i, command)
		if (!name_of(command))
			return false;
	return json_is_array(commands);
}

static bool has_twins(const json_t *commands)
{
	size_t i;
	json_t *command;
	json_array_foreach (commands, i, command)
		if (find(commands, command) != command)
			return true;
	return false;
}

static bool is_same(const json_t *theirs, const json_t *ours, bool guild)
{
	json_t *a = normal_command(theirs, guild), *b = normal_command(ours, guild);
	if (!json_object_get(b, "integration_types"))
		json_object_del(a, "integration_types");
	bool same = json_equal(a, b);
	json_decref(a);
	json_decref(b);
	return same;
}

static void add(struct commands_diff *diff, const json_t *command, enum command_change change)
{
	diff->commands[diff->count++] = (struct command_difference){
		.change = change,
		.type = type_of(command),
		.name = must(talloc_strdup(diff->commands, name_of(command))),
	};
	diff->count_of[change]++;
}

enum status commands_diff(
	void *ctx, const json_t *theirs, const json_t *ours, bool guild, struct commands_diff *out)
{
	if (!is_list_of_commands(theirs) || !is_list_of_commands(ours) || has_twins(ours))
		return STATUS_INVALID;
	*out = (struct commands_diff){
		.commands = must(talloc_array(ctx, struct command_difference,
			(unsigned)(json_array_size(theirs) + json_array_size(ours))))};
	size_t i;
	json_t *command;
	json_array_foreach (ours, i, command) {
		const json_t *known = find(theirs, command);
		if (!known)
			add(out, command, COMMAND_CREATED);
		else
			add(out, command,
				is_same(known, command, guild) ? COMMAND_UNCHANGED
							       : COMMAND_CHANGED);
	}
	json_array_foreach (theirs, i, command)
		if (!find(ours, command))
			add(out, command,
				type_of(command) == TYPE_ENTRY_POINT ? COMMAND_CARRIED
								     : COMMAND_DELETED);
	return STATUS_OK;
}

/* What of COMMAND can be sent: Discord refuses keys that only it sets. */
static json_t *sendable(const json_t *command)
{
	json_t *copy = must(json_object());
	for (const char *const *key = command_keys; *key; key++)
		json_object_set(copy, *key, json_object_get(command, *key));
	for (size_t i = 0; i < ARRAY_LEN(entry_point_keys); i++)
		json_object_set(
			copy, entry_point_keys[i], json_object_get(command, entry_point_keys[i]));
	return copy;
}

json_t *commands_with_entry_point(const json_t *theirs, const json_t *ours)
{
	json_t *all = must(json_copy((json_t *)ours));
	size_t i;
	json_t *command;
	json_array_foreach (theirs, i, command)
		if (type_of(command) == TYPE_ENTRY_POINT && !find(ours, command))
			json_array_append_new(all, sendable(command));
	return all;
}

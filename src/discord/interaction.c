/* Reads the JSON of an interaction into structs. */
#include "besace/discord/interaction.h"

#include <errno.h>
#include <jansson.h>
#include <stdarg.h>
#include <string.h>
#include <talloc.h>

#include "besace/base/memory.h"

/* What a reading function needs: where to allocate, and where the sentence goes. */
struct reading {
	void *ctx;
	char **out_why;
	bool typing; /* autocomplete: nothing is resolved yet */
};

PRINTF_LIKE(2, 3)
static enum status refuse(const struct reading *reading, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	*reading->out_why = must(talloc_vasprintf(reading->ctx, format, args));
	va_end(args);
	return STATUS_INVALID;
}

/* Whether brackets outside strings nest at most LIMIT_JSON_DEPTH deep. */
static bool is_shallow(const char *json, size_t length)
{
	int depth = 0;
	bool quoted = false;
	for (size_t i = 0; i < length; i++) {
		char c = json[i];
		if (quoted) {
			if (c == '\\')
				i++;
			else if (c == '"')
				quoted = false;
		} else if (c == '"') {
			quoted = true;
		} else if (c == '{' || c == '[') {
			if (++depth > LIMIT_JSON_DEPTH)
				return false;
		} else if (c == '}' || c == ']') {
			depth--;
		}
	}
	return true;
}

static int free_json(json_t **held)
{
	json_decref(*held);
	return 0;
}

/* Parses into a tree that lives as long as CTX, so that texts may be borrowed from it. */
static json_t *parse_tree(const struct reading *reading, const char *json, size_t length)
{
	if (!is_shallow(json, length)) {
		refuse(reading, "the JSON nests deeper than %d levels", LIMIT_JSON_DEPTH);
		return NULL;
	}
	json_error_t error;
	json_t *root = json_loadb(json, length, JSON_REJECT_DUPLICATES, &error);
	if (!root) {
		refuse(reading, "not JSON: %s", error.text);
		return NULL;
	}
	json_t **held = must(talloc(reading->ctx, json_t *));
	*held = root;
	talloc_set_destructor(held, free_json);
	if (!json_is_object(root)) {
		refuse(reading, "not a JSON object");
		return NULL;
	}
	return root;
}

static enum status read_id(
	const struct reading *reading, const json_t *object, const char *key, struct snowflake *out)
{
	if (snowflake_parse(json_string_value(json_object_get(object, key)), out))
		return STATUS_OK;
	return refuse(reading, "\"%s\" must be a snowflake", key);
}

/* An id that may be absent or null, but must be an id when it is there. */
static enum status read_optional_id(
	const struct reading *reading, const json_t *object, const char *key, struct snowflake *out)
{
	const json_t *value = json_object_get(object, key);
	if (!value || json_is_null(value))
		return STATUS_OK;
	return read_id(reading, object, key, out);
}

static enum status read_text(
	const struct reading *reading, const json_t *object, const char *key, const char **out)
{
	*out = json_string_value(json_object_get(object, key));
	if (*out && **out)
		return STATUS_OK;
	return refuse(reading, "\"%s\" must be a text", key);
}

/* A text that may be absent or null; anything else is refused. */
static enum status read_optional_text(
	const struct reading *reading, const json_t *object, const char *key, const char **out)
{
	const json_t *value = json_object_get(object, key);
	if (!value || json_is_null(value))
		return STATUS_OK;
	*out = json_string_value(value);
	return *out ? STATUS_OK : refuse(reading, "\"%s\" must be a text", key);
}

/* Reads a user object, and the member object that may belong to it (NULL when none). */
static enum status read_user(
	const struct reading *reading, const json_t *object, const json_t *member, struct user *out)
{
	if (!json_is_object(object))
		return refuse(reading, "a user object is missing");
	const char *nick = NULL, *global = NULL;
	enum status status = read_id(reading, object, "id", &out->id);
	if (!status)
		status = read_text(reading, object, "username", &out->username);
	if (!status)
		status = read_optional_text(reading, object, "global_name", &global);
	if (!status && member)
		status = read_optional_text(reading, member, "nick", &nick);
	out->bot = json_is_true(json_object_get(object, "bot"));
	out->display = nick && *nick ? nick : global && *global ? global : out->username;
	return status;
}

/* Joins ID with what Discord resolved: a user always, a member when there is one. */
static enum status read_resolved_user(
	const struct reading *reading, const json_t *data, const char *id, struct user *out)
{
	const json_t *resolved = json_object_get(data, "resolved");
	const json_t *user = json_object_get(json_object_get(resolved, "users"), id);
	const json_t *member = json_object_get(json_object_get(resolved, "members"), id);
	if (!user && reading->typing) {
		out->username = out->display = "";
		return snowflake_parse(id, &out->id)
			       ? STATUS_OK
			       : refuse(reading, "a user option is not a snowflake");
	}
	enum status status = read_user(reading, user, member, out);
	if (!status && strcmp(out->id.text, id) != 0)
		status = refuse(reading, "a resolved user has another id than its key");
	return status;
}

static enum status read_option_value(
	const struct reading *reading, const json_t *data, const json_t *value, struct option *out)
{
	if (out->focused) { /* what was typed so far is text, even for numbers */
		out->text = json_string_value(value);
		return out->text ? STATUS_OK : refuse(reading, "a focused option is not text");
	}
	bool good = true;
	switch (out->type) {
	case OPTION_STRING:
		out->text = json_string_value(value);
		good = out->text != NULL;
		break;
	case OPTION_INTEGER:
		good = json_is_integer(value);
		out->integer = json_integer_value(value);
		break;
	case OPTION_BOOLEAN:
		good = json_is_boolean(value);
		out->integer = json_is_true(value);
		break;
	case OPTION_NUMBER:
		good = json_is_number(value);
		out->number = json_number_value(value);
		break;
	case OPTION_USER:
		if (json_is_string(value))
			return read_resolved_user(
				reading, data, json_string_value(value), &out->user);
		good = false;
		break;
	case OPTION_OTHER:
		break;
	}
	return good ? STATUS_OK : refuse(reading, "the value of \"%s\" is mistyped", out->name);
}

static enum status read_option(
	const struct reading *reading, const json_t *data, const json_t *object, struct option *out)
{
	enum status status = read_text(reading, object, "name", &out->name);
	if (status)
		return status;
	const json_t *type = json_object_get(object, "type");
	if (!json_is_integer(type))
		return refuse(reading, "the type of \"%s\" must be a number", out->name);
	switch (json_integer_value(type)) {
	case OPTION_STRING:
	case OPTION_INTEGER:
	case OPTION_BOOLEAN:
	case OPTION_USER:
	case OPTION_NUMBER:
		out->type = (enum option_type)json_integer_value(type);
		break;
	default:
		out->type = OPTION_OTHER;
	}
	out->focused = json_is_true(json_object_get(object, "focused"));
	return read_option_value(reading, data, json_object_get(object, "value"), out);
}

/* Discord's numbers of the two options that hold options. */
enum { SUB_COMMAND = 1, SUB_COMMAND_GROUP = 2 };

/* Reads a level of options. A sub-command or group stands alone on its level and is stepped into;
 * Discord nests at most group, sub-command, options. */
static enum status read_options(const struct reading *reading, const json_t *data,
	const json_t *holder, struct interaction *out)
{
	const json_t *list = json_object_get(holder, "options");
	if (!list || json_is_null(list))
		return STATUS_OK;
	if (!json_is_array(list) || json_array_size(list) > LIMIT_OPTIONS)
		return refuse(reading, "\"options\" must be a list of at most %d", LIMIT_OPTIONS);
	const json_t *first = json_array_get(list, 0);
	json_int_t type = json_integer_value(json_object_get(first, "type"));
	if (type == SUB_COMMAND || type == SUB_COMMAND_GROUP) {
		const char **name = type == SUB_COMMAND ? &out->subcommand : &out->group;
		if (*name || out->subcommand != NULL)
			return refuse(reading, "sub-commands nest too deep");
		enum status status = read_text(reading, first, "name", name);
		return status ? status : read_options(reading, data, first, out);
	}
	for (size_t i = 0; i < json_array_size(list); i++) {
		enum status status =
			read_option(reading, data, json_array_get(list, i), &out->options[i]);
		if (status)
			return status;
		out->option_count++;
	}
	return STATUS_OK;
}

static enum status read_command(
	const struct reading *reading, const json_t *data, struct interaction *out)
{
	enum status status = read_text(reading, data, "name", &out->name);
	if (status)
		return status;
	json_int_t type = json_integer_value(json_object_get(data, "type"));
	if (type < COMMAND_CHAT_INPUT || type > COMMAND_MESSAGE)
		return refuse(reading, "the command's \"type\" is not known");
	out->command_type = (enum command_type)type;
	if (out->command_type == COMMAND_USER) {
		struct snowflake target;
		status = read_id(reading, data, "target_id", &target);
		out->has_target = true;
		if (!status)
			status = read_resolved_user(reading, data, target.text, &out->target);
	}
	return status ? status : read_options(reading, data, data, out);
}

/* Component types that hold a modal's text inputs: a row (the old form) or a label. */
enum { ACTION_ROW = 1, TEXT_INPUT = 4, LABEL = 18 };

/* Adds a text input; other components of a modal are none of ours. */
static enum status read_input(
	const struct reading *reading, const json_t *component, struct interaction *out)
{
	if (json_integer_value(json_object_get(component, "type")) != TEXT_INPUT)
		return STATUS_OK;
	if (out->input_count == LIMIT_INPUTS)
		return refuse(reading, "a modal has at most %d inputs", LIMIT_INPUTS);
	struct input *input = &out->inputs[out->input_count++];
	input->value = "";
	enum status status = read_text(reading, component, "custom_id", &input->custom_id);
	return status ? status : read_optional_text(reading, component, "value", &input->value);
}

static enum status read_inputs(
	const struct reading *reading, const json_t *data, struct interaction *out)
{
	size_t i;
	const json_t *holder;
	json_array_foreach (json_object_get(data, "components"), i, holder) {
		json_int_t type = json_integer_value(json_object_get(holder, "type"));
		const json_t *component =
			type == LABEL ? json_object_get(holder, "component")
			: type == ACTION_ROW
				? json_array_get(json_object_get(holder, "components"), 0)
				: NULL;
		enum status status = component ? read_input(reading, component, out) : STATUS_OK;
		if (status)
			return status;
	}
	return STATUS_OK;
}

/* The message that was pressed on, or whose button opened the modal. */
static enum status read_message(
	const struct reading *reading, const json_t *root, struct interaction *out)
{
	const json_t *message = json_object_get(root, "message");
	if (!message || json_is_null(message))
		return STATUS_OK;
	out->has_message = true;
	return read_id(reading, message, "id", &out->message_id);
}

static enum status read_data(
	const struct reading *reading, const json_t *root, struct interaction *out)
{
	const json_t *data = json_object_get(root, "data");
	if (!json_is_object(data))
		return refuse(reading, "\"data\" must be an object");
	if (out->type == INTERACTION_COMMAND || out->type == INTERACTION_AUTOCOMPLETE)
		return read_command(reading, data, out);
	enum status status = read_text(reading, data, "custom_id", &out->custom_id);
	if (!status)
		status = read_message(reading, root, out);
	if (!status && out->type == INTERACTION_MODAL)
		status = read_inputs(reading, data, out);
	return status;
}

/* In a guild the invoker is `member.user`, elsewhere `user`. */
static enum status read_invoker(
	const struct reading *reading, const json_t *root, struct interaction *out)
{
	const json_t *member = json_object_get(root, "member");
	if (!member || json_is_null(member))
		return read_user(reading, json_object_get(root, "user"), NULL, &out->user);
	if (!json_is_object(member))
		return refuse(reading, "\"member\" must be an object");
	const char *permissions = NULL;
	enum status status =
		read_user(reading, json_object_get(member, "user"), member, &out->user);
	if (!status)
		status = read_optional_text(reading, member, "permissions", &permissions);
	if (status || !permissions)
		return status;
	char *end;
	errno = 0;
	out->permissions = strtoull(permissions, &end, 10);
	if (errno || *end != '\0' || *permissions < '0' || *permissions > '9')
		return refuse(reading, "\"permissions\" must be a decimal number");
	return STATUS_OK;
}

/* The token becomes a path segment of our own calls: nothing but what Discord makes them of. */
static enum status read_token(
	const struct reading *reading, const json_t *root, struct interaction *out)
{
	enum status status = read_text(reading, root, "token", &out->token);
	if (status)
		return status;
	size_t length = strlen(out->token);
	if (length > LIMIT_TOKEN_BYTES ||
		strspn(out->token, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				   "0123456789-_.~+=/:") != length)
		return refuse(reading, "\"token\" is not one of Discord's");
	return STATUS_OK;
}

static enum status read_all(
	const struct reading *reading, const json_t *root, struct interaction *out)
{
	out->locale = out->guild_locale = "";
	enum status status = read_id(reading, root, "id", &out->id);
	if (!status)
		status = read_optional_id(reading, root, "application_id", &out->application_id);
	if (!status)
		status = read_token(reading, root, out);
	if (!status)
		status = read_optional_id(reading, root, "guild_id", &out->guild_id);
	if (!status)
		status = read_optional_id(reading, root, "channel_id", &out->channel_id);
	if (!status)
		status = read_optional_text(reading, root, "locale", &out->locale);
	if (!status)
		status = read_optional_text(reading, root, "guild_locale", &out->guild_locale);
	if (!status)
		status = read_invoker(reading, root, out);
	out->in_guild = out->guild_id.text[0] != '\0';
	return status ? status : read_data(reading, root, out);
}

enum status interaction_parse(
	void *ctx, const char *json, size_t length, struct interaction **out, char **out_why)
{
	struct reading reading = {.ctx = ctx, .out_why = out_why};
	const json_t *root = parse_tree(&reading, json, length);
	if (!root)
		return STATUS_INVALID;
	const json_t *type = json_object_get(root, "type");
	json_int_t number = json_integer_value(type);
	if (!json_is_integer(type) || number < INTERACTION_PING || number > INTERACTION_MODAL)
		return refuse(&reading, "\"type\" is not an interaction type that is known");
	struct interaction *in = must(talloc_zero(ctx, struct interaction));
	in->type = (enum interaction_type)number;
	reading.typing = in->type == INTERACTION_AUTOCOMPLETE;
	if (in->type != INTERACTION_PING) {
		enum status status = read_all(&reading, root, in);
		if (status)
			return status;
	}
	*out = in;
	return STATUS_OK;
}

const struct option *interaction_option(const struct interaction *in, const char *name)
{
	for (size_t i = 0; i < in->option_count; i++)
		if (strcmp(in->options[i].name, name) == 0)
			return &in->options[i];
	return NULL;
}

const struct option *interaction_focused(const struct interaction *in)
{
	for (size_t i = 0; i < in->option_count; i++)
		if (in->options[i].focused)
			return &in->options[i];
	return NULL;
}

const char *interaction_input(const struct interaction *in, const char *custom_id)
{
	for (size_t i = 0; i < in->input_count; i++)
		if (strcmp(in->inputs[i].custom_id, custom_id) == 0)
			return in->inputs[i].value;
	return NULL;
}

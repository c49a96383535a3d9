/* Reads the JSON of an interaction into structs. */
#include "besace/discord/interaction.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include <talloc.h>

#include "besace/base/memory.h"
#include "besace/discord/document.h"

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

static enum status read_id(const struct reading *reading, const struct node *object,
	const char *key, struct snowflake *out)
{
	if (snowflake_parse(node_text(node_get(object, key)), out))
		return STATUS_OK;
	return refuse(reading, "\"%s\" must be a snowflake", key);
}

/* An id that may be absent or null, but must be an id when it is there. */
static enum status read_optional_id(const struct reading *reading, const struct node *object,
	const char *key, struct snowflake *out)
{
	const struct node *value = node_get(object, key);
	if (!node_is_there(value))
		return STATUS_OK;
	return read_id(reading, object, key, out);
}

static enum status read_text(
	const struct reading *reading, const struct node *object, const char *key, const char **out)
{
	*out = node_text(node_get(object, key));
	if (*out && **out)
		return STATUS_OK;
	return refuse(reading, "\"%s\" must be a text", key);
}

/* A text that may be absent or null; anything else is refused. */
static enum status read_optional_text(
	const struct reading *reading, const struct node *object, const char *key, const char **out)
{
	const struct node *value = node_get(object, key);
	if (!node_is_there(value))
		return STATUS_OK;
	*out = node_text(value);
	return *out ? STATUS_OK : refuse(reading, "\"%s\" must be a text", key);
}

/* Reads a user object, and the member object that may belong to it (NULL when none). */
static enum status read_user(const struct reading *reading, const struct node *object,
	const struct node *member, struct user *out)
{
	if (!node_is(object, NODE_OBJECT))
		return refuse(reading, "a user object is missing");
	const char *nick = NULL, *global = NULL;
	enum status status = read_id(reading, object, "id", &out->id);
	if (!status)
		status = read_text(reading, object, "username", &out->username);
	if (!status)
		status = read_optional_text(reading, object, "global_name", &global);
	if (!status && member)
		status = read_optional_text(reading, member, "nick", &nick);
	out->is_member = member != NULL;
	out->bot = node_is_true(node_get(object, "bot"));
	out->display = nick && *nick ? nick : global && *global ? global : out->username;
	return status;
}

/* Joins ID with what Discord resolved: a user always, a member when there is one. */
static enum status read_resolved_user(
	const struct reading *reading, const struct node *data, const char *id, struct user *out)
{
	const struct node *resolved = node_get(data, "resolved");
	const struct node *user = node_get(node_get(resolved, "users"), id);
	const struct node *member = node_get(node_get(resolved, "members"), id);
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

static enum status read_option_value(const struct reading *reading, const struct node *data,
	const struct node *value, struct option *out)
{
	if (out->focused) { /* what was typed so far is text, even for numbers */
		out->text = node_text(value);
		return out->text ? STATUS_OK : refuse(reading, "a focused option is not text");
	}
	bool good = true;
	switch (out->type) {
	case OPTION_STRING:
		out->text = node_text(value);
		good = out->text != NULL;
		break;
	case OPTION_INTEGER:
		good = node_is(value, NODE_INTEGER);
		out->integer = node_integer(value);
		break;
	case OPTION_BOOLEAN:
		good = node_is(value, NODE_BOOLEAN);
		out->integer = node_is_true(value);
		break;
	case OPTION_NUMBER:
		good = node_is(value, NODE_INTEGER) || node_is(value, NODE_REAL);
		out->number = node_number(value);
		break;
	case OPTION_USER:
		if (node_is(value, NODE_TEXT))
			return read_resolved_user(reading, data, node_text(value), &out->user);
		good = false;
		break;
	case OPTION_OTHER:
		break;
	}
	return good ? STATUS_OK : refuse(reading, "the value of \"%s\" is mistyped", out->name);
}

static enum status read_option(const struct reading *reading, const struct node *data,
	const struct node *object, struct option *out)
{
	enum status status = read_text(reading, object, "name", &out->name);
	if (status)
		return status;
	const struct node *type = node_get(object, "type");
	if (!node_is(type, NODE_INTEGER))
		return refuse(reading, "the type of \"%s\" must be a number", out->name);
	switch (node_integer(type)) {
	case OPTION_STRING:
	case OPTION_INTEGER:
	case OPTION_BOOLEAN:
	case OPTION_USER:
	case OPTION_NUMBER:
		out->type = (enum option_type)node_integer(type);
		break;
	default:
		out->type = OPTION_OTHER;
	}
	out->focused = node_is_true(node_get(object, "focused"));
	return read_option_value(reading, data, node_get(object, "value"), out);
}

/* Discord's numbers of the two options that hold options. */
enum { SUB_COMMAND = 1, SUB_COMMAND_GROUP = 2 };

/* Reads a level of options. A sub-command or group stands alone on its level and is stepped into;
 * Discord nests at most group, sub-command, options. */
static enum status read_options(const struct reading *reading, const struct node *data,
	const struct node *holder, struct interaction *out)
{
	const struct node *list = node_get(holder, "options");
	if (!node_is_there(list))
		return STATUS_OK;
	if (!node_is(list, NODE_LIST) || list->count > LIMIT_OPTIONS)
		return refuse(reading, "\"options\" must be a list of at most %d", LIMIT_OPTIONS);
	const struct node *first = node_first(list);
	int64_t type = node_integer(node_get(first, "type"));
	if (type == SUB_COMMAND || type == SUB_COMMAND_GROUP) {
		const char **name = type == SUB_COMMAND ? &out->subcommand : &out->group;
		if (*name || out->subcommand != NULL)
			return refuse(reading, "sub-commands nest too deep");
		enum status status = read_text(reading, first, "name", name);
		return status ? status : read_options(reading, data, first, out);
	}
	for (const struct node *item = first; item; item = item->next) {
		enum status status =
			read_option(reading, data, item, &out->options[out->option_count]);
		if (status)
			return status;
		out->option_count++;
	}
	return STATUS_OK;
}

static enum status read_command(
	const struct reading *reading, const struct node *data, struct interaction *out)
{
	enum status status = read_text(reading, data, "name", &out->name);
	if (status)
		return status;
	int64_t type = node_integer(node_get(data, "type"));
	if (type < COMMAND_CHAT_INPUT || type > COMMAND_ENTRY_POINT)
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
	const struct reading *reading, const struct node *component, struct interaction *out)
{
	if (node_integer(node_get(component, "type")) != TEXT_INPUT)
		return STATUS_OK;
	if (out->input_count == LIMIT_INPUTS)
		return refuse(reading, "a modal has at most %d inputs", LIMIT_INPUTS);
	struct input *input = &out->inputs[out->input_count++];
	input->value = "";
	enum status status = read_text(reading, component, "custom_id", &input->custom_id);
	return status ? status : read_optional_text(reading, component, "value", &input->value);
}

static enum status read_inputs(
	const struct reading *reading, const struct node *data, struct interaction *out)
{
	const struct node *holder = node_first(node_get(data, "components"));
	for (; holder; holder = holder->next) {
		int64_t type = node_integer(node_get(holder, "type"));
		const struct node *component = type == LABEL ? node_get(holder, "component")
					       : type == ACTION_ROW
						       ? node_first(node_get(holder, "components"))
						       : NULL;
		enum status status = component ? read_input(reading, component, out) : STATUS_OK;
		if (status)
			return status;
	}
	return STATUS_OK;
}

/* Message flag EPHEMERAL. */
#define FLAG_EPHEMERAL 64

/* The message that was pressed on, or whose button opened the modal. */
static enum status read_message(
	const struct reading *reading, const struct node *root, struct interaction *out)
{
	const struct node *message = node_get(root, "message");
	if (!node_is_there(message))
		return STATUS_OK;
	out->has_message = true;
	out->message_ephemeral = node_integer(node_get(message, "flags")) & FLAG_EPHEMERAL;
	return read_id(reading, message, "id", &out->message_id);
}

static enum status read_data(
	const struct reading *reading, const struct node *root, struct interaction *out)
{
	const struct node *data = node_get(root, "data");
	if (!node_is(data, NODE_OBJECT))
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

/* The ids in a member's list of roles. */
static enum status read_roles(
	const struct reading *reading, const struct node *member, struct interaction *out)
{
	const struct node *list = node_get(member, "roles");
	if (!node_is_there(list))
		return STATUS_OK;
	if (!node_is(list, NODE_LIST))
		return refuse(reading, "\"roles\" must be a list");
	struct snowflake *roles = must(talloc_array(reading->ctx, struct snowflake, list->count));
	for (const struct node *item = node_first(list); item; item = item->next)
		if (!snowflake_parse(node_text(item), &roles[out->role_count++]))
			return refuse(reading, "\"roles\" must hold snowflakes");
	out->roles = roles;
	return STATUS_OK;
}

/* What a guild says about the member who invokes. */
static enum status read_member(
	const struct reading *reading, const struct node *member, struct interaction *out)
{
	enum status status = read_roles(reading, member, out);
	if (!status)
		status = read_optional_text(reading, member, "joined_at", &out->joined_at);
	out->pending = node_is_true(node_get(member, "pending"));
	return status;
}

/* In a guild the invoker is `member.user`, elsewhere `user`. */
static enum status read_invoker(
	const struct reading *reading, const struct node *root, struct interaction *out)
{
	const struct node *member = node_get(root, "member");
	if (!node_is_there(member))
		return read_user(reading, node_get(root, "user"), NULL, &out->user);
	if (!node_is(member, NODE_OBJECT))
		return refuse(reading, "\"member\" must be an object");
	const char *permissions = NULL;
	enum status status = read_user(reading, node_get(member, "user"), member, &out->user);
	if (!status)
		status = read_member(reading, member, out);
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
	const struct reading *reading, const struct node *root, struct interaction *out)
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

/* Key of `authorizing_integration_owners`: the guild that installed the application. */
#define OWNER_GUILD "0"
/* The owner that stands there in a direct message with the bot. */
#define OWNER_NO_GUILD "0"

/* Where the interaction belongs, and whether the application is installed there. */
static enum status read_guild(
	const struct reading *reading, const struct node *root, struct interaction *out)
{
	enum status status = read_optional_id(reading, root, "guild_id", &out->guild_id);
	if (!status)
		status = read_optional_text(reading, root, "guild_locale", &out->guild_locale);
	if (status)
		return status;
	out->in_guild = out->guild_id.text[0] != '\0';
	const char *owner =
		node_text(node_get(node_get(root, "authorizing_integration_owners"), OWNER_GUILD));
	out->is_installed =
		owner && strcmp(owner, out->in_guild ? out->guild_id.text : OWNER_NO_GUILD) == 0;
	const struct node *feature = node_first(node_get(node_get(root, "guild"), "features"));
	for (; feature && !out->is_community; feature = feature->next) {
		const char *name = node_text(feature);
		out->is_community = name && strcmp(name, "COMMUNITY") == 0;
	}
	return STATUS_OK;
}

static enum status read_all(
	const struct reading *reading, const struct node *root, struct interaction *out)
{
	out->locale = out->guild_locale = "";
	enum status status = read_id(reading, root, "id", &out->id);
	if (!status)
		status = read_optional_id(reading, root, "application_id", &out->application_id);
	if (!status)
		status = read_token(reading, root, out);
	if (!status)
		status = read_guild(reading, root, out);
	if (!status)
		status = read_optional_id(reading, root, "channel_id", &out->channel_id);
	if (!status)
		status = read_optional_text(reading, root, "locale", &out->locale);
	if (!status)
		status = read_invoker(reading, root, out);
	return status ? status : read_data(reading, root, out);
}

enum status interaction_parse(
	void *ctx, const char *json, size_t length, struct interaction **out, char **out_why)
{
	struct reading reading = {.ctx = ctx, .out_why = out_why};
	const struct node *root;
	enum status parsed = document_read(ctx, json, length, DOCUMENT_STRICT, &root, out_why);
	if (parsed)
		return parsed;
	if (!node_is(root, NODE_OBJECT))
		return refuse(&reading, "not a JSON object");
	const struct node *type = node_get(root, "type");
	int64_t number = node_integer(type);
	if (!node_is(type, NODE_INTEGER) || number < INTERACTION_PING || number > INTERACTION_MODAL)
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

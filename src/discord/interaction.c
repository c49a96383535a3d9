/* Reads the JSON of an interaction into structs. */
#include "besace/discord/interaction.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <string.h>
#include <talloc.h>

#include "besace/base/memory.h"
#include "besace/discord/document.h"

/* What a reading function needs: where to allocate, and where the sentence goes. */
struct interaction_reading {
	void *ctx;
	char **out_why;
	bool typing; /* autocomplete: nothing is resolved yet */
};

PRINTF_LIKE(2, 3)
static enum status refuse(const struct interaction_reading *reading, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	*reading->out_why = must(talloc_vasprintf(reading->ctx, format, args));
	va_end(args);
	return STATUS_INVALID;
}

static enum status read_id(const struct interaction_reading *reading, const struct node *object,
	const char *key, struct snowflake *out)
{
	if (snowflake_parse(node_text(node_get(object, key)), out))
		return STATUS_OK;
	return refuse(reading, "\"%s\" must be a snowflake", key);
}

/* An id that may be absent or null, but must be an id when it is there. */
static enum status read_optional_id(const struct interaction_reading *reading,
	const struct node *object, const char *key, struct snowflake *out)
{
	const struct node *value = node_get(object, key);
	if (!node_is_there(value))
		return STATUS_OK;
	return read_id(reading, object, key, out);
}

static enum status read_text(const struct interaction_reading *reading, const struct node *object,
	const char *key, const char **out)
{
	*out = node_text(node_get(object, key));
	if (*out && **out)
		return STATUS_OK;
	return refuse(reading, "\"%s\" must be a text", key);
}

/* A text that may be absent or null; anything else is refused. */
static enum status read_optional_text(const struct interaction_reading *reading,
	const struct node *object, const char *key, const char **out)
{
	const struct node *value = node_get(object, key);
	if (!node_is_there(value))
		return STATUS_OK;
	*out = node_text(value);
	return *out ? STATUS_OK : refuse(reading, "\"%s\" must be a text", key);
}

/* Reads a user object, and the member object that may belong to it (NULL when none). */
static enum status read_user(const struct interaction_reading *reading, const struct node *object,
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
	out->avatar = node_text(node_get(object, "avatar"));
	out->guild_avatar = node_text(node_get(member, "avatar"));
	out->bot = node_is_true(node_get(object, "bot"));
	out->display = nick && *nick ? nick : global && *global ? global : out->username;
	return status;
}

/* Joins ID with what Discord resolved: a user always, a member when there is one. */
static enum status read_resolved_user(const struct interaction_reading *reading,
	const struct node *data, const char *id, struct user *out)
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

static enum status read_option_value(const struct interaction_reading *reading,
	const struct node *data, const struct node *value, struct option *out)
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
	case OPTION_CHANNEL:
	case OPTION_ROLE:
	case OPTION_ATTACHMENT:
		good = snowflake_parse(node_text(value), &out->id);
		break;
	case OPTION_OTHER:
		break;
	}
	return good ? STATUS_OK : refuse(reading, "the value of \"%s\" is mistyped", out->name);
}

static enum status read_option(const struct interaction_reading *reading, const struct node *data,
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
	case OPTION_CHANNEL:
	case OPTION_ROLE:
	case OPTION_NUMBER:
	case OPTION_ATTACHMENT:
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
static enum status read_options(const struct interaction_reading *reading, const struct node *data,
	const struct node *holder, struct interaction *out)
{
	const struct node *list = node_get(holder, "options");
	if (!node_is_there(list))
		return STATUS_OK;
	if (!node_is(list, NODE_LIST) || list->count > INTERACTION_MAX_OPTIONS)
		return refuse(reading, "\"options\" must be a list of at most %d",
			INTERACTION_MAX_OPTIONS);
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

/* ---- What was resolved */

/* A decimal number as Discord writes bit sets; absent is 0. */
static enum status read_bits(const struct interaction_reading *reading, const struct node *object,
	const char *key, uint64_t *out)
{
	const char *digits = NULL;
	char *end;
	enum status status = read_optional_text(reading, object, key, &digits);
	if (status || !digits)
		return status;
	errno = 0;
	*out = strtoull(digits, &end, 10);
	if (errno || *end != '\0' || *digits < '0' || *digits > '9')
		return refuse(reading, "\"%s\" must be a decimal number", key);
	return STATUS_OK;
}

static enum status read_resolved_role(const struct interaction_reading *reading,
	const struct node *object, struct resolved_role *out)
{
	out->name = "";
	out->managed = node_is_true(node_get(object, "managed"));
	int64_t position = node_integer(node_get(object, "position"));
	if (position < INT_MIN || position > INT_MAX)
		return refuse(reading, "a role's \"position\" is out of range");
	out->position = (int)position;
	enum status status = read_id(reading, object, "id", &out->id);
	if (!status)
		status = read_optional_text(reading, object, "name", &out->name);
	return status ? status : read_bits(reading, object, "permissions", &out->permissions);
}

static enum status read_resolved_channel(const struct interaction_reading *reading,
	const struct node *object, struct resolved_channel *out)
{
	out->name = "";
	out->type = node_integer(node_get(object, "type"));
	out->has_app_permissions = node_is_there(node_get(object, "app_permissions"));
	enum status status = read_id(reading, object, "id", &out->id);
	if (!status)
		status = read_optional_text(reading, object, "name", &out->name);
	if (!status)
		status = read_optional_id(reading, object, "parent_id", &out->parent_id);
	return status ? status
		      : read_bits(reading, object, "app_permissions", &out->app_permissions);
}

static enum status read_attachment(const struct interaction_reading *reading,
	const struct node *object, struct resolved_attachment *out)
{
	out->size = node_integer(node_get(object, "size"));
	enum status status = read_id(reading, object, "id", &out->id);
	if (!status)
		status = read_text(reading, object, "filename", &out->filename);
	return status ? status : read_text(reading, object, "url", &out->url);
}

/* The members of the map KEY; NULL when there is none. */
static const struct node *resolved_map(
	const struct node *data, const char *key, unsigned *out_count)
{
	const struct node *map = node_get(node_get(data, "resolved"), key);
	bool is_map = node_is(map, NODE_OBJECT);
	*out_count = is_map ? map->count : 0;
	return is_map ? map->first : NULL;
}

/* Defines read_NAME: the resolved things of one TYPE, by READ. */
#define RESOLVED(NAME, TYPE, KEY, READ, LIST, COUNT)                                               \
	static enum status NAME(const struct interaction_reading *reading,                         \
		const struct node *data, struct interaction *out)                                  \
	{                                                                                          \
		unsigned count;                                                                    \
		const struct node *item = resolved_map(data, KEY, &count);                         \
		TYPE *list = must(talloc_zero_array(reading->ctx, TYPE, count + 1));               \
		out->LIST = list;                                                                  \
		for (; item; item = item->next) {                                                  \
			enum status status = READ(reading, item, &list[out->COUNT++]);             \
			if (status)                                                                \
				return status;                                                     \
		}                                                                                  \
		return STATUS_OK;                                                                  \
	}
RESOLVED(read_resolved_roles, struct resolved_role, "roles", read_resolved_role, resolved_roles,
	resolved_role_count)
RESOLVED(read_resolved_channels, struct resolved_channel, "channels", read_resolved_channel,
	resolved_channels, resolved_channel_count)
RESOLVED(read_attachments, struct resolved_attachment, "attachments", read_attachment, attachments,
	attachment_count)
#undef RESOLVED

static enum status read_resolved(
	const struct interaction_reading *reading, const struct node *data, struct interaction *out)
{
	if (!node_is_there(node_get(data, "resolved")))
		return STATUS_OK;
	enum status status = read_resolved_roles(reading, data, out);
	if (!status)
		status = read_resolved_channels(reading, data, out);
	return status ? status : read_attachments(reading, data, out);
}

/* ---- Commands */

static enum status read_command(
	const struct interaction_reading *reading, const struct node *data, struct interaction *out)
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
	if (!status)
		status = read_resolved(reading, data, out);
	return status ? status : read_options(reading, data, data, out);
}

/* ---- Components and modals */

/* The most values of any component: of a select. */
#define VALUES_MAX 25

/* What was chosen in COMPONENT: its list of values. */
static enum status read_values(
	const struct interaction_reading *reading, const struct node *component, struct values *out)
{
	const struct node *list = node_get(component, "values");
	if (!node_is_there(list))
		return STATUS_OK;
	if (!node_is(list, NODE_LIST) || list->count > VALUES_MAX)
		return refuse(reading, "\"values\" must be a list of at most %d", VALUES_MAX);
	const char **texts = must(talloc_array(reading->ctx, const char *, list->count + 1));
	for (const struct node *item = node_first(list); item; item = item->next) {
		texts[out->count] = node_text(item);
		if (!texts[out->count++])
			return refuse(reading, "\"values\" must hold texts");
	}
	out->texts = texts;
	return STATUS_OK;
}

/* Types that hold a modal's inputs: a row (the old form) or a label; and those whose value is a
 * text, and whether something is ticked. */
enum { ACTION_ROW = 1, TEXT_INPUT = 4, LABEL = 18, RADIO_GROUP = 21, CHECKBOX = 23 };

static enum status read_input(const struct interaction_reading *reading,
	const struct node *component, struct interaction *out)
{
	if (!node_is_there(node_get(component, "custom_id")))
		return STATUS_OK; /* shows something, asks nothing */
	if (out->input_count == INTERACTION_MAX_INPUTS)
		return refuse(reading, "a modal has at most %d inputs", INTERACTION_MAX_INPUTS);
	struct submitted_input *input = &out->inputs[out->input_count++];
	int64_t type = node_integer(node_get(component, "type"));
	input->value = "";
	enum status status = read_text(reading, component, "custom_id", &input->custom_id);
	if (!status && (type == TEXT_INPUT || type == RADIO_GROUP))
		status = read_optional_text(reading, component, "value", &input->value);
	if (type == CHECKBOX)
		input->checked = node_is_true(node_get(component, "value"));
	return status ? status : read_values(reading, component, &input->values);
}

static enum status read_inputs(
	const struct interaction_reading *reading, const struct node *data, struct interaction *out)
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
	const struct interaction_reading *reading, const struct node *root, struct interaction *out)
{
	const struct node *message = node_get(root, "message");
	if (!node_is_there(message))
		return STATUS_OK;
	out->has_message = true;
	out->message_ephemeral = node_integer(node_get(message, "flags")) & FLAG_EPHEMERAL;
	return read_id(reading, message, "id", &out->message_id);
}

static enum status read_data(
	const struct interaction_reading *reading, const struct node *root, struct interaction *out)
{
	const struct node *data = node_get(root, "data");
	if (!node_is(data, NODE_OBJECT))
		return refuse(reading, "\"data\" must be an object");
	if (out->type == INTERACTION_COMMAND || out->type == INTERACTION_AUTOCOMPLETE)
		return read_command(reading, data, out);
	enum status status = read_text(reading, data, "custom_id", &out->custom_id);
	if (!status)
		status = read_message(reading, root, out);
	if (!status)
		status = read_resolved(reading, data, out);
	if (!status && out->type == INTERACTION_COMPONENT)
		status = read_values(reading, data, &out->values);
	if (!status && out->type == INTERACTION_MODAL)
		status = read_inputs(reading, data, out);
	return status;
}

/* The ids in a member's list of roles. */
static enum status read_roles(const struct interaction_reading *reading, const struct node *member,
	struct interaction *out)
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
static enum status read_member(const struct interaction_reading *reading, const struct node *member,
	struct interaction *out)
{
	enum status status = read_roles(reading, member, out);
	if (!status)
		status = read_optional_text(reading, member, "joined_at", &out->joined_at);
	out->pending = node_is_true(node_get(member, "pending"));
	return status;
}

/* In a guild the invoker is `member.user`, elsewhere `user`. */
static enum status read_invoker(
	const struct interaction_reading *reading, const struct node *root, struct interaction *out)
{
	const struct node *member = node_get(root, "member");
	if (!node_is_there(member))
		return read_user(reading, node_get(root, "user"), NULL, &out->user);
	if (!node_is(member, NODE_OBJECT))
		return refuse(reading, "\"member\" must be an object");
	enum status status = read_user(reading, node_get(member, "user"), member, &out->user);
	if (!status)
		status = read_member(reading, member, out);
	return status ? status : read_bits(reading, member, "permissions", &out->permissions);
}

/* The token becomes a path segment of our own calls: nothing but what Discord makes them of. */
static enum status read_token(
	const struct interaction_reading *reading, const struct node *root, struct interaction *out)
{
	enum status status = read_text(reading, root, "token", &out->token);
	if (status)
		return status;
	size_t length = strlen(out->token);
	if (length > INTERACTION_MAX_TOKEN ||
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
	const struct interaction_reading *reading, const struct node *root, struct interaction *out)
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
	const struct interaction_reading *reading, const struct node *root, struct interaction *out)
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
	if (!status && node_is_there(node_get(root, "channel")))
		status = read_resolved_channel(reading, node_get(root, "channel"), &out->channel);
	if (!status)
		status = read_bits(reading, root, "app_permissions", &out->app_permissions);
	if (!status)
		status = read_optional_text(reading, root, "locale", &out->locale);
	if (!status)
		status = read_invoker(reading, root, out);
	return status ? status : read_data(reading, root, out);
}

enum status interaction_parse(
	void *ctx, const char *json, size_t length, struct interaction **out, char **out_why)
{
	struct interaction_reading reading = {.ctx = ctx, .out_why = out_why};
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

const struct submitted_input *interaction_field(const struct interaction *in, const char *custom_id)
{
	for (size_t i = 0; i < in->input_count; i++)
		if (strcmp(in->inputs[i].custom_id, custom_id) == 0)
			return &in->inputs[i];
	return NULL;
}

const char *interaction_input(const struct interaction *in, const char *custom_id)
{
	const struct submitted_input *input = interaction_field(in, custom_id);
	return input ? input->value : NULL;
}

const struct resolved_role *interaction_role(
	const struct interaction *in, const struct snowflake *id)
{
	for (size_t i = 0; i < in->resolved_role_count; i++)
		if (snowflake_equal(&in->resolved_roles[i].id, id))
			return &in->resolved_roles[i];
	return NULL;
}

const struct resolved_channel *interaction_channel(
	const struct interaction *in, const struct snowflake *id)
{
	for (size_t i = 0; i < in->resolved_channel_count; i++)
		if (snowflake_equal(&in->resolved_channels[i].id, id))
			return &in->resolved_channels[i];
	return NULL;
}

const struct resolved_attachment *interaction_attachment(
	const struct interaction *in, const struct snowflake *id)
{
	for (size_t i = 0; i < in->attachment_count; i++)
		if (snowflake_equal(&in->attachments[i].id, id))
			return &in->attachments[i];
	return NULL;
}

char *interaction_roles(void *ctx, const struct interaction *in)
{
	char *roles = must(talloc_strdup(ctx, ""));
	for (size_t i = 0; i < in->role_count; i++)
		roles = must(talloc_asprintf_append_buffer(
			roles, "%s%s", i ? "," : "", in->roles[i].text));
	return roles;
}

bool interaction_has_role(const struct interaction *in, const struct snowflake *id)
{
	for (size_t i = 0; i < in->role_count; i++)
		if (snowflake_equal(&in->roles[i], id))
			return true;
	return false;
}

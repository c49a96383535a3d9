/* Makes the bodies of interactions. */
#include "player.h"

#include <errno.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <talloc.h>
#include <time.h>

#include "besace/base/memory.h"
#include "besace/engine/command.h"
#include "besace/runtime/clock.h"

/* Integer options are whole numbers that a double holds. */
#define INTEGER_MAX 9007199254740991

/* Bytes of a signature in a token, before they are written in hex. */
#define TOKEN_RANDOM 64

/* Made-up ids of what is the same in every body. */
#define CHANNEL_ID "1400000000000000003"
#define COMMAND_ID "1400000000000000004"

/* What an ordinary member of a guild may do, and what the application may. */
#define MEMBER_PERMISSIONS "1799804002094657"
#define APP_PERMISSIONS "633630354689088"

/* Largest file that may be attached where nobody pays for more. */
#define ATTACHMENT_MAX 10485760

/* Discord's numbers. */
enum {
	SUB_COMMAND = 1,
	SUB_COMMAND_GROUP = 2,
	ACTION_ROW = 1,
	BUTTON = 2,
	LABEL = 18,
	CHECKBOX = 23,
	COMMAND_REPLY = 20
};

/* ---- Arguments */

enum status play_user_parse(
	void *ctx, const char *text, const char *fallback, struct play_user *out, char **out_why)
{
	size_t length = strcspn(text, ":");
	char *id = must(talloc_strndup(ctx, text, length));
	if (!snowflake_parse(id, &out->id)) {
		*out_why = must(talloc_asprintf(
			ctx, "must be a Discord id, or ID:USERNAME, got \"%s\"", text));
		return STATUS_INVALID;
	}
	out->username = text[length] == ':' && text[length + 1] ? text + length + 1 : fallback;
	return STATUS_OK;
}

/* The type of our own option, or OPTION_OTHER. Sub-commands are not looked into. */
static enum option_type type_of_ours(const char *command, const char *option)
{
	for (size_t i = 0; commands[i]; i++) {
		const struct command *ours = commands[i];
		if (ours->type != COMMAND_CHAT_INPUT ||
			strcmp(text_get(LANGUAGE_DEFAULT, ours->name), command) != 0)
			continue;
		for (size_t j = 0; j < ours->option_count; j++)
			if (strcmp(text_get(LANGUAGE_DEFAULT, ours->options[j].name), option) == 0)
				return ours->options[j].type;
	}
	return OPTION_OTHER;
}

static bool read_integer(const char *text, int64_t *out)
{
	char *end;
	errno = 0;
	long long number = strtoll(text, &end, 10);
	const char *digits = *text == '-' ? text + 1 : text;
	*out = number;
	return errno == 0 && *digits >= '0' && *digits <= '9' && *end == '\0' &&
	       llabs(number) <= INTEGER_MAX;
}

static enum option_type guess(const char *value)
{
	int64_t number;
	if (*value == '@')
		return OPTION_USER;
	return read_integer(value, &number) ? OPTION_INTEGER : OPTION_STRING;
}

enum status play_option_parse(
	void *ctx, const char *command, const char *text, struct play_option *out, char **out_why)
{
	const char *equals = strchr(text, '=');
	if (!equals || equals == text) {
		*out_why = must(talloc_asprintf(ctx, "must be NAME=VALUE, got \"%s\"", text));
		return STATUS_INVALID;
	}
	const char *value = equals + 1;
	*out = (struct play_option){
		.name = must(talloc_strndup(ctx, text, (size_t)(equals - text)))};
	out->type = type_of_ours(command, out->name);
	if (out->type == OPTION_OTHER)
		out->type = guess(value);
	switch (out->type) {
	case OPTION_USER:
		return play_user_parse(
			ctx, *value == '@' ? value + 1 : value, "membre", &out->user, out_why);
	case OPTION_INTEGER:
		if (read_integer(value, &out->integer))
			return STATUS_OK;
		*out_why = must(talloc_asprintf(
			ctx, "%s must be a whole number, got \"%s\"", out->name, value));
		return STATUS_INVALID;
	default:
		out->type = OPTION_STRING;
		out->text = value;
		return STATUS_OK;
	}
}

/* ---- Parts of a body */

/* An id of now, random below the millisecond as far as an outsider can see, never one that this
 * play had before. */
struct snowflake play_make_id(struct play *play)
{
	struct snowflake made = {""};
	uint64_t id = (uint64_t)(clock_wall_ms() - SNOWFLAKE_EPOCH_MS) << SNOWFLAKE_TIME_SHIFT |
		      randombytes_uniform(1u << SNOWFLAKE_TIME_SHIFT);
	if (id <= play->last_id)
		id = play->last_id + 1;
	play->last_id = id;
	snprintf(made.text, sizeof(made.text), "%" PRIu64, id);
	return made;
}

/* Discord's tokens are "interaction:ID:HEX" in base 64. */
static void set_token(json_t *body, const struct snowflake *id)
{
	unsigned char random[TOKEN_RANDOM];
	char hex[2 * TOKEN_RANDOM + 1];
	randombytes_buf(random, sizeof(random));
	sodium_bin2hex(hex, sizeof(hex), random, sizeof(random));
	char *plain = must(talloc_asprintf(NULL, "interaction:%s:%s", id->text, hex));
	size_t room =
		sodium_base64_encoded_len(strlen(plain), sodium_base64_VARIANT_URLSAFE_NO_PADDING);
	char *token = must(talloc_size(plain, room));
	sodium_bin2base64(token, room, (const unsigned char *)plain, strlen(plain),
		sodium_base64_VARIANT_URLSAFE_NO_PADDING);
	json_object_set_new(body, "token", must(json_string(token)));
	talloc_free(plain);
}

static json_t *user_json(const struct play_user *user)
{
	return must(json_pack("{s:n, s:n, s:n, s:n, s:s, s:n, s:n, s:s, s:n, s:i, s:s}", "avatar",
		"avatar_decoration_data", "clan", "collectibles", "discriminator", "0",
		"display_name_styles", "global_name", "id", user->id.text, "primary_guild",
		"public_flags", 0, "username", user->username));
}

/* A member as Discord resolves one. */
static json_t *resolved_member_json(void)
{
	return must(json_pack("{s:n, s:n, s:n, s:n, s:n, s:i, s:s, s:n, s:b, s:s, s:n, s:[], s:n}",
		"avatar", "banner", "collectibles", "communication_disabled_until",
		"display_name_styles", "flags", 0, "joined_at", "2024-02-11T21:07:33.481000+00:00",
		"nick", "pending", 0, "permissions", MEMBER_PERMISSIONS, "premium_since", "roles",
		"unusual_dm_activity_until"));
}

/* The member who plays. */
static json_t *member_json(const struct play *play)
{
	json_t *member = resolved_member_json(), *roles = json_object_get(member, "roles");
	for (size_t i = 0; i < play->role_count; i++)
		json_array_append_new(roles, must(json_string(play->roles[i].text)));
	if (play->permissions)
		json_object_set_new(member, "permissions", must(json_string(play->permissions)));
	json_object_set_new(member, "deaf", json_false());
	json_object_set_new(member, "mute", json_false());
	json_object_set_new(member, "user", user_json(&play->member));
	return member;
}

char *play_permissions(void *ctx, uint64_t extra)
{
	uint64_t permissions = strtoull(MEMBER_PERMISSIONS, NULL, 10) | extra;
	return must(talloc_asprintf(ctx, "%" PRIu64, permissions));
}

static const char *channel_id(const struct play *play)
{
	return play->channel.id.text[0] ? play->channel.id.text : CHANNEL_ID;
}

static void set_place(const struct play *play, json_t *body)
{
	if (play->guild.text[0] == '\0') {
		json_object_update_new(body,
			must(json_pack("{s:i, s:{s:s}, s:{s:i, s:s, s:[o], s:i}, s:o}", "context",
				1, "authorizing_integration_owners", "0", "0", "channel", "flags",
				0, "id", CHANNEL_ID, "recipients", user_json(&play->member), "type",
				1, "user", user_json(&play->member))));
		return;
	}
	const char *guild = play->guild.text;
	json_object_update_new(body,
		must(json_pack("{s:i, s:{s:s}, s:s, s:s, s:{s:[s], s:s, s:s}, s:o}", "context", 0,
			"authorizing_integration_owners", "0", guild, "guild_id", guild,
			"guild_locale", play->guild_locale, "guild", "features", "COMMUNITY", "id",
			guild, "locale", play->guild_locale, "member", member_json(play))));
	json_object_set_new(body, "channel",
		must(json_pack("{s:i, s:s, s:s, s:n, s:s, s:b, s:n, s:s, s:i, s:i, s:n, s:i}",
			"flags", 0, "guild_id", guild, "id", channel_id(play), "last_message_id",
			"name", play->channel.id.text[0] ? play->channel.name : "🎲・jeux", "nsfw",
			0, "parent_id", "permissions", MEMBER_PERMISSIONS, "position", 0,
			"rate_limit_per_user", 0, "topic", "type", 0)));
}

/* An interaction of TYPE with DATA, which it takes over. */
static json_t *make_body(struct play *play, enum interaction_type type, json_t *data)
{
	struct snowflake id = play_make_id(play);
	json_t *body = must(json_pack("{s:s, s:s, s:i, s:s, s:o, s:[], s:[], s:s, s:s, s:i, s:i}",
		"app_permissions", APP_PERMISSIONS, "application_id", play->application.text,
		"attachment_size_limit", ATTACHMENT_MAX, "channel_id", channel_id(play), "data",
		data, "entitlement_sku_ids", "entitlements", "id", id.text, "locale", play->locale,
		"type", (int)type, "version", 1));
	set_token(body, &id);
	set_place(play, body);
	return body;
}

static char *dump(void *ctx, json_t *body)
{
	char *text = must(json_dumps(body, JSON_COMPACT | JSON_SORT_KEYS));
	char *owned = must(talloc_strdup(ctx, text));
	free(text);
	json_decref(body);
	return owned;
}

/* ---- Bodies */

char *play_ping(void *ctx, struct play *play)
{
	static const struct play_user discord = {{"643945264868098049"}, "discord"};
	struct snowflake id = play_make_id(play);
	json_t *user = user_json(&discord);
	json_object_set_new(user, "bot", json_true());
	json_object_set_new(user, "system", json_true());
	json_t *body = must(json_pack("{s:s, s:s, s:i, s:{}, s:[], s:s, s:i, s:o, s:i}",
		"app_permissions", "562949953601536", "application_id", play->application.text,
		"attachment_size_limit", 524288000, "authorizing_integration_owners",
		"entitlements", "id", id.text, "type", (int)INTERACTION_PING, "user", user,
		"version", 1));
	set_token(body, &id);
	return dump(ctx, body);
}

/* The map KEY of what DATA resolves, made when it is not there. */
static json_t *resolved_map(json_t *data, const char *key)
{
	json_t *resolved = json_object_get(data, "resolved");
	if (!resolved) {
		resolved = must(json_object());
		json_object_set_new(data, "resolved", resolved);
	}
	json_t *map = json_object_get(resolved, key);
	if (!map) {
		map = must(json_object());
		json_object_set_new(resolved, key, map);
	}
	return map;
}

/* Adds USER to what DATA resolves. */
static void resolve(const struct play *play, json_t *data, const struct play_user *user)
{
	json_object_set_new(resolved_map(data, "users"), user->id.text, user_json(user));
	if (play->guild.text[0])
		json_object_set_new(
			resolved_map(data, "members"), user->id.text, resolved_member_json());
}

/* Adds a role below everybody else's, or a channel in which all may write. */
static void resolve_thing(json_t *data, enum option_type type, const struct play_thing *thing)
{
	json_t *resolved =
		type == OPTION_ROLE
			? json_pack("{s:i, s:b, s:s, s:b, s:b, s:s, s:s, s:i}", "color", 0, "hoist",
				  0, "id", thing->id.text, "managed", 0, "mentionable", 0, "name",
				  thing->name, "permissions", "0", "position", 1)
			: json_pack("{s:s, s:s, s:s, s:n, s:s, s:i}", "app_permissions",
				  APP_PERMISSIONS, "id", thing->id.text, "name", thing->name,
				  "parent_id", "permissions", MEMBER_PERMISSIONS, "type", 0);
	json_object_set_new(resolved_map(data, type == OPTION_ROLE ? "roles" : "channels"),
		thing->id.text, must(resolved));
}

/* Adds what VALUE names to what DATA resolves. */
static void resolve_value(const struct play *play, json_t *data, const struct play_option *value)
{
	if (value->type == OPTION_USER)
		resolve(play, data, &value->user);
	else if (value->type == OPTION_ROLE || value->type == OPTION_CHANNEL)
		resolve_thing(data, value->type, &value->thing);
}

static json_t *value_json(const struct play_option *value)
{
	switch (value->type) {
	case OPTION_USER:
		return must(json_string(value->user.id.text));
	case OPTION_ROLE:
	case OPTION_CHANNEL:
		return must(json_string(value->thing.id.text));
	case OPTION_INTEGER:
		return must(json_integer(value->integer));
	case OPTION_NUMBER:
		return must(json_real(value->number));
	case OPTION_BOOLEAN:
		return json_boolean(value->integer);
	default:
		return must(json_string(value->text));
	}
}

static json_t *option_json(const struct play_option *option)
{
	json_t *value = option->focused ? must(json_string(option->text)) : value_json(option);
	json_t *json = must(json_pack("{s:s, s:i, s:o}", "name", option->name, "type",
		(int)option->type, "value", value));
	if (option->focused)
		json_object_set_new(json, "focused", json_true());
	return json;
}

/* Puts the options where the words of NAME after the first say; returns the first word. */
static const char *set_options(
	void *ctx, json_t *data, const char *name, const struct play_command *command)
{
	json_t *options = must(json_array());
	for (size_t i = 0; i < command->option_count; i++)
		json_array_append_new(options, option_json(&command->options[i]));
	char *words = must(talloc_strdup(ctx, name)), *space;
	int type = SUB_COMMAND;
	while (command->type == COMMAND_CHAT_INPUT && (space = strrchr(words, ' '))) {
		*space = '\0';
		options = must(json_pack(
			"[{s:s, s:i, s:o}]", "name", space + 1, "type", type, "options", options));
		type = SUB_COMMAND_GROUP;
	}
	if (json_array_size(options) > 0)
		json_object_set(data, "options", options);
	json_decref(options);
	return words;
}

/* A body of TYPE about COMMAND. */
static char *command_body(void *ctx, struct play *play, const struct play_command *command,
	enum interaction_type type)
{
	json_t *data = must(json_pack("{s:s, s:i}", "id", COMMAND_ID, "type", (int)command->type));
	const char *name = set_options(ctx, data, command->name, command);
	json_object_set_new(data, "name", must(json_string(name)));
	for (size_t i = 0; i < command->option_count; i++)
		resolve_value(play, data, &command->options[i]);
	if (command->target) {
		resolve(play, data, command->target);
		json_object_set_new(data, "target_id", json_string(command->target->id.text));
	}
	return dump(ctx, make_body(play, type, data));
}

char *play_command(void *ctx, struct play *play, const struct play_command *command)
{
	return command_body(ctx, play, command, INTERACTION_COMMAND);
}

char *play_autocomplete(void *ctx, struct play *play, const struct play_command *command)
{
	return command_body(ctx, play, command, INTERACTION_AUTOCOMPLETE);
}

/* The message that is pressed on, as Discord kept it. */
static json_t *message_json(const struct play *play, const struct snowflake *id,
	const json_t *shown, const char *custom_id)
{
	char when[40];
	time_t now = (time_t)(clock_wall_ms() / 1000);
	struct tm utc;
	strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%S.000000+00:00", gmtime_r(&now, &utc));
	const struct play_user bot = {play->application, "Besace"};
	json_t *author = user_json(&bot);
	json_object_set_new(author, "bot", json_true());
	json_t *components = json_object_get(shown, "components"),
	       *embeds = json_object_get(shown, "embeds");
	components = components ? json_incref(components)
				: must(json_pack("[{s:i, s:[{s:i, s:i, s:s, s:s}]}]", "type",
					  ACTION_ROW, "components", "type", BUTTON, "style", 1,
					  "label", "…", "custom_id", custom_id));
	embeds = embeds ? json_incref(embeds) : must(json_array());
	return must(json_pack(
		"{s:s, s:[], s:o, s:s, s:o, s:s, s:n, s:o, s:i, s:s, s:b, s:[], s:[], "
		"s:b, s:s, s:b, s:i, s:s}",
		"application_id", play->application.text, "attachments", "author", author,
		"channel_id", channel_id(play), "components", components, "content", "",
		"edited_timestamp", "embeds", embeds, "flags",
		(int)json_integer_value(json_object_get(shown, "flags")), "id", id->text,
		"mention_everyone", 0, "mention_roles", "mentions", "pinned", 0, "timestamp", when,
		"tts", 0, "type", COMMAND_REPLY, "webhook_id", play->application.text));
}

char *play_press(void *ctx, struct play *play, const char *custom_id, const json_t *message)
{
	json_t *data = must(json_pack(
		"{s:i, s:s, s:i}", "component_type", BUTTON, "custom_id", custom_id, "id", 2));
	struct snowflake id = play_make_id(play); /* older than the press */
	json_t *body = make_body(play, INTERACTION_COMPONENT, data);
	json_object_set_new(body, "message", message_json(play, &id, message, custom_id));
	return dump(ctx, body);
}

/* What was chosen, as a list of ids or of texts; what has a name is resolved in DATA. */
static json_t *values_json(
	const struct play *play, json_t *data, const struct play_option *values, size_t count)
{
	json_t *list = must(json_array());
	for (size_t i = 0; i < count; i++) {
		json_array_append_new(list, value_json(&values[i]));
		resolve_value(play, data, &values[i]);
	}
	return list;
}

char *play_use(void *ctx, struct play *play, const struct play_message *message,
	const json_t *component, const struct play_option *values, size_t count)
{
	json_int_t type = json_integer_value(json_object_get(component, "type"));
	const char *custom_id = json_string_value(json_object_get(component, "custom_id"));
	json_t *data = must(json_pack(
		"{s:I, s:s, s:i}", "component_type", type, "custom_id", custom_id, "id", 2));
	if (type != BUTTON)
		json_object_set_new(data, "values", values_json(play, data, values, count));
	json_t *body = make_body(play, INTERACTION_COMPONENT, data);
	json_object_set_new(
		body, "message", message_json(play, &message->id, message->data, custom_id));
	return dump(ctx, body);
}

/* One filled input, in its label. */
static json_t *input_json(
	const struct play *play, json_t *data, int number, const struct play_input *input)
{
	json_int_t type = json_integer_value(json_object_get(input->component, "type"));
	json_t *filled = must(json_pack("{s:s, s:i, s:I}", "custom_id",
		json_string_value(json_object_get(input->component, "custom_id")), "id", number + 1,
		"type", type));
	if (type == CHECKBOX)
		json_object_set_new(filled, "value", json_boolean(input->checked));
	else if (input->text)
		json_object_set_new(filled, "value", must(json_string(input->text)));
	else
		json_object_set_new(
			filled, "values", values_json(play, data, input->values, input->count));
	return must(json_pack("{s:i, s:i, s:o}", "id", number, "type", LABEL, "component", filled));
}

char *play_submit(void *ctx, struct play *play, const json_t *form,
	const struct play_message *message, const struct play_input *inputs, size_t count)
{
	const char *custom_id = json_string_value(json_object_get(form, "custom_id"));
	json_t *data = must(json_pack("{s:s, s:[]}", "custom_id", custom_id, "components"));
	for (size_t i = 0; i < count; i++)
		json_array_append_new(json_object_get(data, "components"),
			input_json(play, data, 1 + 2 * (int)i, &inputs[i]));
	json_t *body = make_body(play, INTERACTION_MODAL, data);
	if (message)
		json_object_set_new(body, "message",
			message_json(play, &message->id, message->data, custom_id));
	return dump(ctx, body);
}

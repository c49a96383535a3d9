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
enum { SUB_COMMAND = 1, SUB_COMMAND_GROUP = 2, ACTION_ROW = 1, BUTTON = 2, COMMAND_REPLY = 20 };

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
static struct snowflake make_id(struct play *play)
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

static json_t *member_json(const struct play_user *user)
{
	json_t *member = resolved_member_json();
	json_object_set_new(member, "deaf", json_false());
	json_object_set_new(member, "mute", json_false());
	json_object_set_new(member, "user", user_json(user));
	return member;
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
	json_object_update_new(
		body, must(json_pack("{s:i, s:{s:s}, s:s, s:s, s:{s:[s], s:s, s:s}, s:o}",
			      "context", 0, "authorizing_integration_owners", "0", guild,
			      "guild_id", guild, "guild_locale", play->guild_locale, "guild",
			      "features", "COMMUNITY", "id", guild, "locale", play->guild_locale,
			      "member", member_json(&play->member))));
	json_object_set_new(body, "channel",
		must(json_pack("{s:i, s:s, s:s, s:n, s:s, s:b, s:n, s:s, s:i, s:i, s:n, s:i}",
			"flags", 0, "guild_id", guild, "id", CHANNEL_ID, "last_message_id", "name",
			"🎲・jeux", "nsfw", 0, "parent_id", "permissions", MEMBER_PERMISSIONS,
			"position", 0, "rate_limit_per_user", 0, "topic", "type", 0)));
}

/* An interaction of TYPE with DATA, which it takes over. */
static json_t *make_body(struct play *play, enum interaction_type type, json_t *data)
{
	struct snowflake id = make_id(play);
	json_t *body = must(json_pack("{s:s, s:s, s:i, s:s, s:o, s:[], s:[], s:s, s:s, s:i, s:i}",
		"app_permissions", APP_PERMISSIONS, "application_id", play->application.text,
		"attachment_size_limit", ATTACHMENT_MAX, "channel_id", CHANNEL_ID, "data", data,
		"entitlement_sku_ids", "entitlements", "id", id.text, "locale", play->locale,
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
	struct snowflake id = make_id(play);
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

/* Adds USER to what DATA resolves. */
static void resolve(const struct play *play, json_t *data, const struct play_user *user)
{
	json_t *resolved = json_object_get(data, "resolved");
	if (!resolved) {
		resolved = must(json_pack("{s:{}}", "users"));
		if (play->guild.text[0])
			json_object_set_new(resolved, "members", must(json_object()));
		json_object_set_new(data, "resolved", resolved);
	}
	json_object_set_new(json_object_get(resolved, "users"), user->id.text, user_json(user));
	json_t *members = json_object_get(resolved, "members");
	if (members)
		json_object_set_new(members, user->id.text, resolved_member_json());
}

static json_t *option_json(const struct play_option *option)
{
	json_t *value = option->type == OPTION_USER      ? json_string(option->user.id.text)
			: option->type == OPTION_INTEGER ? json_integer(option->integer)
							 : json_string(option->text);
	return must(json_pack("{s:s, s:i, s:o}", "name", option->name, "type", (int)option->type,
		"value", must(value)));
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

char *play_command(void *ctx, struct play *play, const struct play_command *command)
{
	json_t *data = must(json_pack("{s:s, s:i}", "id", COMMAND_ID, "type", (int)command->type));
	const char *name = set_options(ctx, data, command->name, command);
	json_object_set_new(data, "name", must(json_string(name)));
	for (size_t i = 0; i < command->option_count; i++)
		if (command->options[i].type == OPTION_USER)
			resolve(play, data, &command->options[i].user);
	if (command->target) {
		resolve(play, data, command->target);
		json_object_set_new(data, "target_id", json_string(command->target->id.text));
	}
	return dump(ctx, make_body(play, INTERACTION_COMMAND, data));
}

/* The message that is pressed on, as Discord kept it. */
static json_t *message_json(struct play *play, const json_t *shown, const char *custom_id)
{
	struct snowflake id = make_id(play);
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
		"channel_id", CHANNEL_ID, "components", components, "content", "",
		"edited_timestamp", "embeds", embeds, "flags",
		(int)json_integer_value(json_object_get(shown, "flags")), "id", id.text,
		"mention_everyone", 0, "mention_roles", "mentions", "pinned", 0, "timestamp", when,
		"tts", 0, "type", COMMAND_REPLY, "webhook_id", play->application.text));
}

char *play_press(void *ctx, struct play *play, const char *custom_id, const json_t *message)
{
	json_t *data = must(json_pack(
		"{s:i, s:s, s:i}", "component_type", BUTTON, "custom_id", custom_id, "id", 2));
	json_t *shown = message_json(play, message, custom_id); /* older than the press */
	json_t *body = make_body(play, INTERACTION_COMPONENT, data);
	json_object_set_new(body, "message", shown);
	return dump(ctx, body);
}

/* Reads events that tell of guilds. */
#include "batch_facts.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <talloc.h>

#include "besace/base/memory.h"
#include "besace/base/utf8.h"

/* Columns of besace_guilds, in characters. */
#define GUILD_NAME_MAX 100
#define LOCALE_MAX 10
/* Far above what Discord hands out; the number takes part in arithmetic. */
#define SHARDS_MAX 1000000

/* Takes FACT over. */
static const char *keep_fact(const struct batch_reading *reading, json_t *fact, struct event *out)
{
	char *text = must(json_dumps(must(fact), JSON_COMPACT));
	out->type = EVENT_GUILD;
	out->fact = must(talloc_strdup(reading->ctx, text));
	free(text);
	json_decref(fact);
	return NULL;
}

/* A text that may be absent or null, cut to MAX characters. False when it is neither. */
static bool get_name(const struct batch_reading *reading, const struct node *json, const char *key,
	size_t max, const char **out)
{
	const struct node *value = node_get(json, key);
	*out = NULL;
	if (!node_is_there(value))
		return true;
	const char *text = node_text(value);
	if (!text)
		return false;
	*out = must(talloc_strndup(reading->ctx, text, utf8_prefix(text, max)));
	return true;
}

static bool has_text(const struct node *list, const char *text)
{
	for (const struct node *item = node_first(list); item; item = item->next)
		if (node_text(item) && strcmp(node_text(item), text) == 0)
			return true;
	return false;
}

const char *batch_guild_fact(
	const struct batch_reading *reading, const struct node *json, struct event *out)
{
	bool present;
	const char *name, *locale;
	struct snowflake owner = {{0}};
	const struct node *features = node_get(json, "features");
	const char *why = field_guild(reading, json, &out->guild);
	if (why)
		return why;
	if (!node_get(json, "present") || !field_flag(json, "present", &present))
		return "present must be true or false";
	if (!get_name(reading, json, "name", GUILD_NAME_MAX, &name) ||
		!get_name(reading, json, "locale", LOCALE_MAX, &locale))
		return "name and locale must be texts";
	if (!field_id_or_none(json, "owner_id", &owner))
		return "owner_id must be a snowflake";
	if (node_is_there(features) && !node_is(features, NODE_LIST))
		return "features must be a list";
	if (node_is_true(node_get(json, "unavailable")))
		present = true; /* an outage of Discord's is no removal */
	json_t *community = node_is_there(features) ? json_boolean(has_text(features, "COMMUNITY"))
						    : json_null();
	return keep_fact(reading,
		json_pack("{s:s, s:s, s:b, s:s?, s:s?, s:o, s:s?}", "fact", "guild", "guild",
			out->guild.text, "present", present, "name", name, "locale", locale,
			"community", community, "owner", owner.text[0] ? owner.text : NULL),
		out);
}

const char *batch_guilds(
	const struct batch_reading *reading, const struct node *json, struct event *out)
{
	const struct node *shard = node_get(json, "shard"), *shards = node_get(json, "shards");
	const struct node *ids = node_get(json, "ids");
	if (!node_is(shard, NODE_INTEGER) || !node_is(shards, NODE_INTEGER) ||
		node_integer(shard) < 0 || node_integer(shard) >= node_integer(shards) ||
		node_integer(shards) > SHARDS_MAX)
		return "shard and shards must be whole numbers, the first below the second";
	if (!node_is(ids, NODE_LIST))
		return "ids is not a list";
	json_t *list = must(json_array());
	for (const struct node *item = node_first(ids); item; item = item->next) {
		struct snowflake id;
		if (!snowflake_parse(node_text(item), &id)) {
			json_decref(list);
			return "ids must be snowflakes";
		}
		json_array_append_new(list, json_string(id.text));
	}
	return keep_fact(reading,
		json_pack("{s:s, s:I, s:I, s:o}", "fact", "guilds", "shard",
			(json_int_t)node_integer(shard), "shards", (json_int_t)node_integer(shards),
			"ids", list),
		out);
}

const char *batch_gone(
	const struct batch_reading *reading, const struct node *json, struct event *out)
{
	struct snowflake object;
	bool is_role = field_is_there(json, "role_id");
	const char *why = field_guild(reading, json, &out->guild);
	if (why)
		return why;
	if (is_role == field_is_there(json, "channel_id") ||
		!field_id(json, is_role ? "role_id" : "channel_id", &object))
		return "either role_id or channel_id must be a snowflake";
	return keep_fact(reading,
		json_pack("{s:s, s:s, s:s, s:b}", "fact", "gone", "guild", out->guild.text,
			"object", object.text, "is_role", is_role),
		out);
}

/* [id, position, permissions, managed]; NULL when it is no role. */
static json_t *role_json(const struct node *role)
{
	struct snowflake id;
	bool managed;
	const struct node *position = node_get(role, "position");
	const char *permissions = field_text(role, "permissions");
	if (!field_id(role, "id", &id) || !node_is(position, NODE_INTEGER) ||
		node_integer(position) < INT32_MIN || node_integer(position) > INT32_MAX ||
		!field_flag(role, "managed", &managed))
		return NULL;
	size_t digits = permissions ? strspn(permissions, "0123456789") : 0;
	if (digits == 0 || digits > SNOWFLAKE_MAX_DIGITS || permissions[digits] != '\0')
		return NULL;
	return json_pack(
		"[s, I, s, b]", id.text, (json_int_t)node_integer(position), permissions, managed);
}

const char *batch_roles(
	const struct batch_reading *reading, const struct node *json, struct event *out)
{
	struct snowflake own = {{0}};
	const struct node *roles = node_get(json, "roles");
	const char *why = field_guild(reading, json, &out->guild);
	if (why)
		return why;
	if (!field_id_or_none(json, "own", &own))
		return "own must be a snowflake or null";
	if (!node_is(roles, NODE_LIST))
		return "roles is not a list";
	json_t *list = must(json_array());
	for (const struct node *item = node_first(roles); item; item = item->next) {
		json_t *role = role_json(item);
		if (!role) {
			json_decref(list);
			return "a role needs id, position, permissions and managed";
		}
		json_array_append_new(list, role);
	}
	return keep_fact(reading,
		json_pack("{s:s, s:s, s:s?, s:o}", "fact", "roles", "guild", out->guild.text, "own",
			own.text[0] ? own.text : NULL, "roles", list),
		out);
}

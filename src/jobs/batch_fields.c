/* Reads fields of an event's JSON. */
#include "batch_fields.h"

const char *field_text(const struct node *object, const char *key)
{
	return node_text(node_get(object, key));
}

bool field_id(const struct node *object, const char *key, struct snowflake *out)
{
	return snowflake_parse(field_text(object, key), out);
}

bool field_is_there(const struct node *object, const char *key)
{
	return node_is_there(node_get(object, key));
}

bool field_flag(const struct node *object, const char *key, bool *out)
{
	const struct node *value = node_get(object, key);
	*out = node_is_true(value);
	return !value || node_is(value, NODE_BOOLEAN);
}

static bool is_served(const struct batch_terms *terms, const struct snowflake *guild)
{
	for (size_t i = 0; i < terms->guild_count; i++)
		if (snowflake_equal(&terms->guilds[i], guild))
			return true;
	return terms->guild_count == 0;
}

const char *field_guild(
	const struct batch_reading *reading, const struct node *event, struct snowflake *out_guild)
{
	if (!field_is_there(event, "guild_id"))
		return "direct messages do not count";
	if (!field_id(event, "guild_id", out_guild))
		return "guild_id is not a snowflake";
	return is_served(reading->terms, out_guild) ? NULL : "this server is not served";
}

bool field_id_or_none(const struct node *object, const char *key, struct snowflake *out)
{
	return !field_is_there(object, key) || field_id(object, key, out);
}

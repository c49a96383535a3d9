/* Reading payloads and the objects in them that several places need. */
#include "besace/discord/frame.h"

#include <stdlib.h>

#include "besace/base/snowflake.h"

/* What a value costs in jansson's memory, its beginning in the text apart: an object begins with a
 * table of eight places, an array with eight places, each member adds its key, and each value has
 * a header. */
#define COST_OBJECT 256
#define COST_ARRAY 144
#define COST_MEMBER 96
#define COST_VALUE 40

/* About what TEXT costs as a tree: an upper bound that needs no memory itself. */
static size_t cost_of(const char *text, size_t length)
{
	size_t cost = length;
	bool quoted = false;
	for (size_t i = 0; i < length; i++) {
		char c = text[i];
		if (c == '"')
			quoted = !quoted;
		else if (quoted && c == '\\')
			i++;
		else if (quoted)
			continue;
		else if (c == '{')
			cost += COST_OBJECT;
		else if (c == '[')
			cost += COST_ARRAY;
		else if (c == ':')
			cost += COST_MEMBER;
		else if (c == ',')
			cost += COST_VALUE;
	}
	return cost;
}

enum status frame_parse(const char *text, size_t length, struct frame *out)
{
	if (cost_of(text, length) > FRAME_MAX_COST)
		return STATUS_TOO_LARGE;
	/* A NUL inside a text must not cost the frame it is in. */
	json_t *tree = json_loadb(text, length, JSON_ALLOW_NUL, NULL);
	const json_t *op = json_object_get(tree, "op"), *seq = json_object_get(tree, "s");
	if (!json_is_integer(op) || json_integer_value(op) < 0 || json_integer_value(op) > 255) {
		json_decref(tree);
		return STATUS_INVALID;
	}
	*out = (struct frame){
		.op = (int)json_integer_value(op),
		.seq = json_is_integer(seq) ? json_integer_value(seq) : -1,
		.type = json_string_value(json_object_get(tree, "t")),
		.data = json_object_get(tree, "d"),
		.tree = tree,
	};
	return STATUS_OK;
}

void frame_release(struct frame *frame)
{
	json_decref(frame->tree);
	*frame = (struct frame){.seq = -1};
}

const char *frame_id(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));
	struct snowflake id;
	return snowflake_parse(text, &id) ? text : NULL;
}

bool frame_true(const json_t *object, const char *key)
{
	return json_is_true(json_object_get(object, key));
}

uint64_t frame_number(const char *id)
{
	return strtoull(id, NULL, 10);
}

bool frame_user(const json_t *user, struct frame_user *out)
{
	const char *id = frame_id(user, "id");
	const char *name = json_string_value(json_object_get(user, "username"));
	if (!id || !name || *name == '\0')
		return false;
	*out = (struct frame_user){.id = id,
		.name = name,
		.bot = frame_true(user, "bot") || frame_true(user, "system")};
	return true;
}

/* Renders replies as Discord wants them. */
#include "besace/discord/reply.h"

#include <string.h>
#include <talloc.h>

#include "besace/base/limits.h"
#include "besace/base/memory.h"
#include "besace/base/utf8.h"

/* Message flag EPHEMERAL. */
#define FLAG_EPHEMERAL 64

/* Discord's limits in characters. */
enum {
	MOST_TITLE = 256,
	MOST_DESCRIPTION = 4096,
	MOST_FIELD_NAME = 256,
	MOST_FIELD_VALUE = 1024,
	MOST_FOOTER = 2048,
	MOST_LABEL = 80
};

/* Component types. */
enum { ACTION_ROW = 1, BUTTON = 2 };

void reply_add_field(struct reply *reply, const char *name, const char *value, bool beside)
{
	if (reply->field_count == REPLY_FIELDS_MOST)
		abort(); /* a command's defect: what it shows is bounded by its rules */
	reply->fields[reply->field_count++] = (struct field){name, value, beside};
}

void reply_add_button(struct reply *reply, struct button button)
{
	if (reply->button_count == REPLY_BUTTONS_MOST ||
		utf8_length(button.custom_id) > LIMIT_CUSTOM_ID)
		abort();
	reply->buttons[reply->button_count++] = button;
}

/* TEXT as JSON, cut at MOST characters. */
static json_t *text_cut(const char *text, size_t most)
{
	size_t length = strlen(text);
	if (length <= most || utf8_length(text) <= most)
		return must(json_stringn(text, length));
	size_t keep = utf8_prefix(text, most - 1);
	char *cut = must(talloc_asprintf(NULL, "%.*s…", (int)keep, text));
	json_t *value = must(json_string(cut));
	talloc_free(cut);
	return value;
}

static json_t *embed_json(const struct reply *reply)
{
	json_t *embed = must(json_object());
	if (reply->title)
		json_object_set_new_nocheck(embed, "title", text_cut(reply->title, MOST_TITLE));
	if (reply->description)
		json_object_set_new_nocheck(
			embed, "description", text_cut(reply->description, MOST_DESCRIPTION));
	json_object_set_new_nocheck(embed, "color", json_integer(reply->colour));
	if (reply->field_count > 0) {
		json_t *fields = must(json_array());
		for (size_t i = 0; i < reply->field_count; i++) {
			const struct field *field = &reply->fields[i];
			json_t *object = must(json_object());
			json_object_set_new_nocheck(
				object, "name", text_cut(field->name, MOST_FIELD_NAME));
			json_object_set_new_nocheck(
				object, "value", text_cut(field->value, MOST_FIELD_VALUE));
			json_object_set_new_nocheck(object, "inline", json_boolean(field->beside));
			json_array_append_new(fields, object);
		}
		json_object_set_new_nocheck(embed, "fields", fields);
	}
	if (reply->footer) {
		json_t *footer = must(json_object());
		json_object_set_new_nocheck(footer, "text", text_cut(reply->footer, MOST_FOOTER));
		json_object_set_new_nocheck(embed, "footer", footer);
	}
	return embed;
}

static json_t *button_json(const struct button *button)
{
	json_t *object = must(json_object());
	json_object_set_new_nocheck(object, "type", json_integer(BUTTON));
	json_object_set_new_nocheck(object, "style", json_integer(button->style));
	json_object_set_new_nocheck(object, "label", text_cut(button->label, MOST_LABEL));
	if (button->emoji) {
		json_t *emoji = must(json_object());
		json_object_set_new_nocheck(emoji, "name", json_string(button->emoji));
		json_object_set_new_nocheck(object, "emoji", emoji);
	}
	json_object_set_new_nocheck(object, "custom_id", json_string(button->custom_id));
	return object;
}

/* The rows of buttons; an empty list is said as well, so that an edit removes old buttons. */
static json_t *components_json(const struct reply *reply)
{
	json_t *rows = must(json_array());
	if (reply->button_count == 0)
		return rows;
	json_t *buttons = must(json_array());
	for (size_t i = 0; i < reply->button_count; i++)
		json_array_append_new(buttons, button_json(&reply->buttons[i]));
	json_t *row = must(json_object());
	json_object_set_new_nocheck(row, "type", json_integer(ACTION_ROW));
	json_object_set_new_nocheck(row, "components", buttons);
	json_array_append_new(rows, row);
	return rows;
}

/* `{"parse":[]}`: nobody is pinged by what we say. */
static json_t *no_mentions(void)
{
	json_t *mentions = must(json_object());
	json_object_set_new_nocheck(mentions, "parse", json_array());
	return mentions;
}

json_t *reply_message(const struct reply *reply, bool with_flags)
{
	json_t *data = must(json_object());
	json_t *embeds = must(json_array());
	json_array_append_new(embeds, embed_json(reply));
	json_object_set_new_nocheck(data, "embeds", embeds);
	json_object_set_new_nocheck(data, "components", components_json(reply));
	json_object_set_new_nocheck(data, "allowed_mentions", no_mentions());
	if (with_flags && reply->is_private)
		json_object_set_new_nocheck(data, "flags", json_integer(FLAG_EPHEMERAL));
	return data;
}

static json_t *reply_data(const struct reply *reply)
{
	json_t *data = NULL;
	switch (reply->kind) {
	case REPLY_PONG:
	case REPLY_DEFERRED_UPDATE:
		break;
	case REPLY_DEFERRED:
		if (reply->is_private) {
			data = must(json_object());
			json_object_set_new_nocheck(data, "flags", json_integer(FLAG_EPHEMERAL));
		}
		break;
	case REPLY_MESSAGE:
		data = reply_message(reply, true);
		break;
	case REPLY_UPDATE:
		data = reply_message(reply, false);
		break;
	case REPLY_CHOICES:
		data = must(json_object());
		json_object_set_new_nocheck(data, "choices", json_array());
		break;
	}
	return data;
}

char *reply_render(void *ctx, const struct reply *reply)
{
	json_t *root = must(json_object());
	json_object_set_new_nocheck(root, "type", json_integer(reply->kind));
	json_t *data = reply_data(reply);
	if (data)
		json_object_set_new_nocheck(root, "data", data);
	char *text = must(json_dumps(root, JSON_COMPACT));
	json_decref(root);
	char *owned = must(talloc_strdup(ctx, text));
	free(text);
	return owned;
}

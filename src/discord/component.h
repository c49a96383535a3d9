/* The JSON of single components. Each is one member of an object (KEY) or an item of a list (NULL).
 */
#pragma once

#include "besace/discord/reply.h"
#include "writer.h"

/* Discord's numbers of the components that hold others, or only show. */
enum component_type {
	COMPONENT_ROW = 1,
	COMPONENT_BUTTON = 2,
	COMPONENT_SECTION = 9,
	COMPONENT_TEXT = 10,
	COMPONENT_THUMBNAIL = 11,
	COMPONENT_GALLERY = 12,
	COMPONENT_FILE = 13,
	COMPONENT_SEPARATOR = 14,
	COMPONENT_CONTAINER = 17,
	COMPONENT_LABEL = 18,
};

/* A component of TYPE, left open. */
void open_component(struct writer *writer, const char *key, int type);

/* An action row, left open in its list of components. */
void open_row(struct writer *writer);

void put_button(struct writer *writer, const char *key, const struct button *button);

/* A select of a message, or (IS_INPUT) in a label of a modal. */
void put_select(struct writer *writer, const char *key, const struct select *select, bool is_input,
	bool optional);

/* An input of a modal, in its label. */
void put_label(struct writer *writer, const struct label *label);

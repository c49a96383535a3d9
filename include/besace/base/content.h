/* Bytes with their media type, as HTTP carries them. What Discord is told is rendered to this once
 * and goes as it is: into our answer to an interaction, or into a call of the REST API. */
#pragma once

#include <stddef.h>

struct content {
	const char *bytes; /* a zero byte follows them, so that JSON is a C string as well */
	size_t length;
	const char *type; /* static */
};

/* A file that goes along with a message. Without bytes: none. */
struct attachment {
	const char *name; /* as members see it: ASCII letters, digits, "-", "_", "." */
	struct content content;
};

#define CONTENT_JSON "application/json"

/* JSON that stands in the source. */
#define CONTENT_LITERAL(json) ((struct content){json, sizeof(json) - 1, CONTENT_JSON})

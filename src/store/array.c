/* Writing arrays. */
#include "array.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <talloc.h>

#include "besace/base/memory.h"

/* Digits of an int64_t with its sign, and the comma. */
#define NUMBER_ROOM 21

char *array_of_texts(void *ctx, const char *const *texts, size_t count)
{
	size_t room = sizeof("{}");
	for (size_t i = 0; i < count; i++)
		room += texts[i] ? 2 * strlen(texts[i]) + sizeof(",\"\"") : sizeof(",NULL");
	char *array = must(talloc_size(ctx, room)), *out = array;
	*out++ = '{';
	for (size_t i = 0; i < count; i++) {
		if (i > 0)
			*out++ = ',';
		if (!texts[i]) {
			out = stpcpy(out, "NULL");
			continue;
		}
		*out++ = '"';
		for (const char *c = texts[i]; *c; c++) {
			if (*c == '"' || *c == '\\')
				*out++ = '\\';
			*out++ = *c;
		}
		*out++ = '"';
	}
	stpcpy(out, "}");
	return array;
}

char *array_of_numbers(void *ctx, const int64_t *numbers, size_t count)
{
	size_t room = sizeof("{}") + count * NUMBER_ROOM;
	char *array = must(talloc_size(ctx, room)), *out = array;
	*out++ = '{';
	for (size_t i = 0; i < count; i++)
		out += snprintf(out, NUMBER_ROOM + 1, "%s%" PRId64, i ? "," : "", numbers[i]);
	stpcpy(out, "}");
	return array;
}

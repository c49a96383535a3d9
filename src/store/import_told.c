/* Reads what the lists say of an import. */
#include "besace/store/import_told.h"

#include <string.h>

#include "besace/base/compiler.h"

bool import_told_read(const json_t *json, struct import_told *out)
{
	static const char *const states[] = {[IMPORT_TOLD_APPLYING] = "applying",
		[IMPORT_TOLD_DONE] = "done",
		[IMPORT_TOLD_UNDOING] = "undoing",
		[IMPORT_TOLD_UNDONE] = "undone"};
	const char *state = json_string_value(json_object_get(json, "state"));
	*out = (struct import_told){.number = json_integer_value(json_object_get(json, "number")),
		.members = json_integer_value(json_object_get(json, "members")),
		.source = json_string_value(json_object_get(json, "source")),
		.is_undo = json_is_true(json_object_get(json, "is_undo"))};
	for (size_t i = 0; state && i < ARRAY_LEN(states); i++)
		if (strcmp(states[i], state) == 0) {
			out->state = (unsigned)i;
			return out->number > 0 && out->source;
		}
	return false;
}

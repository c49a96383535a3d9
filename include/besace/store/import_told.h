/* What the lists of acts and of changes of settings tell of an import. */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

struct import_told {
	int64_t number, members;
	const char *source; /* as besacectl import names it; lives as long as the JSON */
	enum {
		IMPORT_TOLD_APPLYING, /* it is under way, or was cut short */
		IMPORT_TOLD_DONE,
		IMPORT_TOLD_UNDOING, /* likewise */
		IMPORT_TOLD_UNDONE,
	} state; /* now */
	bool is_undo; /* the row is about its undo */
};

/* Reads the object of besace_imports_told; false when it is none. */
bool import_told_read(const json_t *json, struct import_told *out);

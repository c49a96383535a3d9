/* The note of a defect that a thread has found. */
#include "besace/base/defect.h"

#include <stddef.h>

static _Thread_local struct defect noted;

void defect_note(const char *file, int line, const char *why)
{
	if (!noted.why)
		noted = (struct defect){.file = file, .line = line, .why = why};
}

bool defect_take(struct defect *out)
{
	*out = noted;
	noted = (struct defect){.why = NULL};
	return out->why != NULL;
}

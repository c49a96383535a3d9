/*
 * Defects of ours, found while a member is being answered: a placeholder without its value, a
 * custom id that is too long. The finder notes the defect and goes on with something harmless; the
 * invocation host looks afterwards, apologises to the member and logs file, line and reason.
 *
 * A note belongs to its thread: an answer is made within one thread and one turn of its loop.
 */
#pragma once

#include <stdbool.h>

struct defect {
	const char *file;
	int line;
	const char *why; /* static */
};

#define DEFECT(why) defect_note(__FILE__, __LINE__, why)

/* Notes a defect; the first one since the last defect_take is kept. WHY is a static text. */
void defect_note(const char *file, int line, const char *why);

/* Whether one was noted since the last call, which is then forgotten. */
bool defect_take(struct defect *out);

/*
 * The memory policy: running out of memory ends the process, and systemd starts it again.
 *
 * Memory of one interaction, call or command line belongs to one talloc context, freed in one
 * call. What lives as long as a subsystem belongs to that subsystem's context.
 */
#pragma once

#include <stdlib.h>

/* Wraps every allocation: must(talloc_strdup(ctx, text)). Never returns NULL. */
static inline void *must(void *memory)
{
	if (!memory)
		abort();
	return memory;
}

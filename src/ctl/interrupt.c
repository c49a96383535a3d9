/* Notes that the operator wants a command to stop. */
#include "interrupt.h"

#include <string.h>

static volatile sig_atomic_t interrupted;

static void note(int number)
{
	(void)number;
	interrupted = 1;
}

const volatile sig_atomic_t *interrupt_watch(void)
{
	struct sigaction action;
	memset(&action, 0, sizeof(action));
	action.sa_handler = note;
	action.sa_flags = (int)SA_RESETHAND; /* no SA_RESTART: reading ends as well */
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	return &interrupted;
}

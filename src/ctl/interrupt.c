/* Notes that the operator wants a command to stop. */
#include "interrupt.h"

#include <signal.h>
#include <string.h>

static atomic_int interrupted;

static void note(int number)
{
	(void)number;
	interrupted = 1;
}

const atomic_int *interrupt_watch(void)
{
	struct sigaction action;
	memset(&action, 0, sizeof(action));
	action.sa_handler = note;
	action.sa_flags = (int)SA_RESETHAND; /* no SA_RESTART: reading ends as well */
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	return &interrupted;
}

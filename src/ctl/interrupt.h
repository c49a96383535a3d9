/* SIGINT and SIGTERM for commands that stop between two steps of their work. */
#pragma once

#include <signal.h>

/* From now on either signal sets what this returns, and a second one ends the process. */
const volatile sig_atomic_t *interrupt_watch(void);

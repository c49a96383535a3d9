/* SIGINT and SIGTERM for commands that stop between two steps of their work. */
#pragma once

#include <stdatomic.h>

/* From now on either signal sets what this returns, and a second one ends the process. */
const atomic_int *interrupt_watch(void);

/* The signals that end a program, read like any other descriptor. */
#pragma once

/*
 * Blocks SIGTERM and SIGINT, before any thread is made, and makes them readable. Those of a closed
 * socket and of a full disk are ignored: the calls fail instead. -1 with errno.
 */
int signals_open(void);

/* The signal that came; 0 when none did. */
int signals_take(int fd);

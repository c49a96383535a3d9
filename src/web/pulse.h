/*
 * Tells systemd that the pages are answered (WatchdogSec): a connection from the program to itself,
 * through libmicrohttpd's thread, over which it asks /healthz again and again. It is there from the
 * start on and needs no place among those of clients, however many they are.
 */
#pragma once

#include <microhttpd.h>

#include "besace/base/compiler.h"

struct pulse;

/* Joins DAEMON. Without WATCHDOG_USEC there is nothing to tell. NULL when that fails. */
struct pulse *pulse_create(struct MHD_Daemon *daemon);

/* Waits until FD can be read, telling meanwhile as long as answers come. */
void pulse_wait(struct pulse *pulse, int fd);

/* Before DAEMON is stopped. */
void pulse_destroy(struct pulse **pulse);

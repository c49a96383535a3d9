/* Files of Discord's, fetched by a thread that may wait. */
#pragma once

#include <stdatomic.h>
#include <stdint.h>

#include "besace/base/compiler.h"
#include "besace/base/status.h"

/* A whole download: 10 MiB come in a second or two. */
#define DOWNLOAD_S 60

/*
 * Fetches URL, which must be below BASE (scheme, host and port are compared), into FD, no more than
 * MAX bytes. Nothing is followed anywhere else. STATUS_DENIED: the address is another's.
 * STATUS_TOO_LARGE; STATUS_NOT_FOUND: the host does not have it (any more); STATUS_UNAVAILABLE: it
 * did not come in time, or *INTERRUPTED was set. FD holds any part then.
 */
MUST_CHECK enum status download(
	const char *url, const char *base, int fd, int64_t max, const atomic_int *interrupted);

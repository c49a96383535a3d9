/* Addresses to listen on: `host:port`, `[v6]:port`, or `unix:/path`. */
#pragma once

#include "besace/base/compiler.h"
#include "besace/base/status.h"

struct address {
	char *unix_path; /* NULL for TCP */
	char *host; /* without brackets */
	char *port;
};

/* Reads TEXT into *out, allocated on CTX. STATUS_INVALID with a sentence in *out_why otherwise. */
MUST_CHECK enum status address_parse(
	void *ctx, const char *text, struct address *out, char **out_why);

/*
 * Opens a listening, non-blocking socket. A Unix socket gets mode 0660; a stale file that nobody
 * answers on is replaced, a live one is not. Returns the descriptor, or -1 with a sentence in
 * *out_why.
 */
MUST_CHECK int address_listen(void *ctx, const struct address *address, char **out_why);

/* The listening socket that systemd hands over (LISTEN_FDS, sd_listen_fds(3)), non-blocking; -1
 * when there is none. The first of several. */
int address_inherited(void);

/* The port that a TCP socket really got (for `host:0`), 0 for a Unix socket. */
int address_port(int fd);

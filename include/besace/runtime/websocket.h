/*
 * A WebSocket connection as a client: messages in, messages out.
 *
 * The library behind it (libwebsockets) runs in a thread of its own, so that neither a slow name
 * server nor its way of waiting holds up the loop; everything below is called in the loop's
 * thread, and so is the handler. There is one connection at a time. This is the only file that
 * would change for another WebSocket library.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "besace/runtime/loop.h"

struct websocket;

enum websocket_event_kind {
	WEBSOCKET_OPEN, /* the connection is open */
	WEBSOCKET_MESSAGE, /* BYTES came, a whole message */
	WEBSOCKET_TOO_LARGE, /* a message above the bound: the connection is of no more use */
	WEBSOCKET_CLOSED, /* the connection ended, or could not be made; it is the last event of it
			   */
};

struct websocket_event {
	enum websocket_event_kind kind;
	const char *bytes; /* the message; or why it closed, for the log, NUL-terminated or NULL */
	size_t length;
	bool is_binary;
	int code; /* the peer's close code, 0: none */
	int64_t retry_ms; /* of CLOSED: how long the peer asks to wait; 0: it does not */
	/* Of OPEN and CLOSED: the peer's Date in ms since 1970, 0: none; asked for and answered
	 * between these times of the mono clock. */
	int64_t date_ms, asked_ms, answered_ms;
};

typedef void websocket_fn(void *arg, const struct websocket_event *event);

struct websocket_options {
	const char *user_agent; /* a literal */
	size_t max_message; /* bytes */
	int close_code; /* with which we close */
	websocket_fn *fn;
	void *arg;
};

/* NULL with a sentence on CTX when the thread cannot start. */
struct websocket *websocket_create(
	void *ctx, struct loop *loop, const struct websocket_options *options, char **out_why);

/* Closes what is open, waits a moment for the close frame to leave, and ends the thread. One that
 * hangs in the name server is left behind: it touches the loop no more. */
void websocket_destroy(struct websocket **websocket);

/*
 * Opens a connection to URL, ws:// or wss://; what was open before is closed. A wss:// peer must
 * have a certificate for its name from an authority that the system trusts (or one in the file
 * that SSL_CERT_FILE names, as OpenSSL reads it). A URL that is none ends in WEBSOCKET_CLOSED too.
 */
void websocket_connect(struct websocket *websocket, const char *url);

/* Sends TEXT as one text message; without effect when nothing is open. */
void websocket_send(struct websocket *websocket, const char *text);

/* Closes in the background. The handler hears nothing more of this connection. */
void websocket_close(struct websocket *websocket);

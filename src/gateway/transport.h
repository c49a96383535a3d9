/*
 * A WebSocket connection to the Gateway: bytes in, payloads out. It knows no opcode.
 *
 * The library behind it (libwebsockets) runs in a thread of its own, so that neither a slow name
 * server nor its way of waiting holds up the loop; everything below is called in the loop's
 * thread, and so is the handler. There is one connection at a time. This is the only file that
 * would change for another WebSocket library.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "besace/base/compiler.h"
#include "besace/base/status.h"
#include "besace/runtime/loop.h"

struct transport;

enum transport_event_kind {
	TRANSPORT_OPEN, /* the connection is open */
	TRANSPORT_PAYLOAD, /* TEXT came, inflated */
	TRANSPORT_RUBBISH, /* what came cannot be inflated, or is too large: close the connection */
	TRANSPORT_CLOSED, /* the connection ended, or could not be made; it is the last event of it
			   */
};

struct transport_event {
	enum transport_event_kind kind;
	const char *text; /* the payload (not NUL-terminated); or why it closed, for the log */
	size_t length;
	int code; /* the peer's close code, 0: none */
	int64_t retry_ms; /* of CLOSED: how long the peer asks to wait; 0: it does not */
	/* Of OPEN and CLOSED: the peer's Date in ms since 1970, 0: none; asked for and answered
	 * between these times of the mono clock. */
	int64_t date_ms, asked_ms, answered_ms;
};

typedef void transport_fn(void *arg, const struct transport_event *event);

/* NULL with a sentence on CTX when the thread cannot start. */
struct transport *transport_create(
	void *ctx, struct loop *loop, transport_fn *fn, void *arg, char **out_why);

/* Closes what is open, waits a moment for the close frame to leave, and ends the thread. One that
 * hangs in the name server is left behind: it touches the loop no more. */
void transport_destroy(struct transport **transport);

/*
 * Opens a connection to URL, ws:// or wss://; what was open before is closed. A wss:// peer must
 * have a certificate for its name from an authority that the system trusts (or one in the file
 * that SSL_CERT_FILE names, as OpenSSL reads it). A URL that is none ends in TRANSPORT_CLOSED too.
 */
void transport_connect(struct transport *transport, const char *url);

/* Sends TEXT as one text message; without effect when nothing is open. */
void transport_send(struct transport *transport, const char *text);

/* Closes with CODE, in the background. The handler hears nothing more of this connection. */
void transport_close(struct transport *transport, int code);

/*
 * The connection to the Gateway: payloads in, payloads out, over a WebSocket that carries one
 * zlib stream. It knows no opcode. One connection at a time, all in the loop's thread.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "besace/runtime/loop.h"
#include "besace/runtime/websocket.h"

/* Our own close code. Discord forgets a session that we close with 1000 or 1001. */
#define TRANSPORT_CLOSE_CODE 4900

struct transport;

struct transport_handler {
	/* Opened or closed: WEBSOCKET_OPEN or WEBSOCKET_CLOSED. */
	void (*changed)(void *arg, const struct websocket_event *event);
	/* TEXT came, inflated; never empty. */
	void (*payload)(void *arg, const char *text, size_t length);
	/* What came cannot be inflated, or is too large: close the connection. */
	void (*rubbish)(void *arg);
	void *arg;
};

/* NULL with a sentence on CTX when the thread cannot start. */
struct transport *transport_create(
	void *ctx, struct loop *loop, const struct transport_handler *handler, char **out_why);

/* See websocket.h of all that follows. */
void transport_destroy(struct transport **transport);
void transport_connect(struct transport *transport, const char *url);
void transport_send(struct transport *transport, const char *text);
void transport_close(struct transport *transport);

/* Payloads over the WebSocket. */
#include "transport.h"

#include <stdlib.h>

#include "besace/base/memory.h"
#include "besace/rest/user_agent.h"
#include "besace/runtime/inflate.h"

struct transport {
	struct transport_handler handler;
	struct websocket *websocket;
	struct inflater *inflater; /* of the current connection */
};

/* A message may hold a part of a payload. One that is not compressed is a whole one: not what was
 * asked for, but a proxy or Discord may send it. */
static void on_message(struct transport *transport, const struct websocket_event *event)
{
	const struct transport_handler *handler = &transport->handler;
	char *text;
	size_t length;
	if (!event->is_binary) {
		if (event->length > 0)
			handler->payload(handler->arg, event->bytes, event->length);
		return;
	}
	enum status status = inflater_add(transport->inflater, event->bytes, event->length);
	if (status == STATUS_OK && !inflater_complete(transport->inflater))
		return;
	if (status == STATUS_OK)
		status = inflater_take(transport->inflater, &text, &length);
	if (status != STATUS_OK) {
		handler->rubbish(handler->arg);
		return;
	}
	if (length > 0)
		handler->payload(handler->arg, text, length);
	free(text);
}

static void on_event(void *arg, const struct websocket_event *event)
{
	struct transport *transport = arg;
	const struct transport_handler *handler = &transport->handler;
	switch (event->kind) {
	case WEBSOCKET_OPEN:
	case WEBSOCKET_CLOSED:
		handler->changed(handler->arg, event);
		break;
	case WEBSOCKET_MESSAGE:
		on_message(transport, event);
		break;
	case WEBSOCKET_TOO_LARGE:
		handler->rubbish(handler->arg);
		break;
	}
}

struct transport *transport_create(
	void *ctx, struct loop *loop, const struct transport_handler *handler, char **out_why)
{
	struct transport *transport = must(calloc(1, sizeof(*transport)));
	struct websocket_options options = {.user_agent = rest_user_agent,
		.max_message = INFLATE_MAX_FRAME,
		.close_code = TRANSPORT_CLOSE_CODE,
		.fn = on_event,
		.arg = transport};
	transport->handler = *handler;
	transport->websocket = websocket_create(ctx, loop, &options, out_why);
	if (!transport->websocket)
		transport_destroy(&transport);
	return transport;
}

void transport_destroy(struct transport **transport)
{
	if (!*transport)
		return;
	websocket_destroy(&(*transport)->websocket);
	inflater_destroy(&(*transport)->inflater);
	free(*transport);
	*transport = NULL;
}

void transport_connect(struct transport *transport, const char *url)
{
	inflater_destroy(&transport->inflater);
	transport->inflater = inflater_create(INFLATE_MAX_FRAME);
	websocket_connect(transport->websocket, url);
}

void transport_send(struct transport *transport, const char *text)
{
	websocket_send(transport->websocket, text);
}

void transport_close(struct transport *transport)
{
	websocket_close(transport->websocket);
}

/* The transport: payloads out of messages, one zlib stream a connection. The WebSocket is a
 * stand-in. */
#include "unit.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "gateway/transport.h"

static struct websocket_options websocket;
static char url[64], seen[64]; /* what was connected to; the last payload */
static unsigned payloads, rubbish, changes, closes;

struct websocket *websocket_create(
	void *ctx, struct loop *loop, const struct websocket_options *options, char **out_why)
{
	(void)ctx, (void)loop, (void)out_why;
	websocket = *options;
	payloads = rubbish = changes = closes = 0;
	return (struct websocket *)url;
}

void websocket_destroy(struct websocket **handle)
{
	*handle = NULL;
}

void websocket_connect(struct websocket *handle, const char *to)
{
	(void)handle;
	strncpy(url, to, sizeof(url) - 1);
}

void websocket_send(struct websocket *handle, const char *text)
{
	(void)handle;
	strncpy(seen, text, sizeof(seen) - 1);
}

void websocket_close(struct websocket *handle)
{
	(void)handle;
	closes++;
}

static void on_changed(void *arg, const struct websocket_event *event)
{
	(void)arg, (void)event;
	changes++;
}

static void on_payload(void *arg, const char *text, size_t length)
{
	(void)arg;
	assert_true(length < sizeof(seen));
	memcpy(seen, text, length);
	seen[length] = '\0';
	payloads++;
}

static void on_rubbish(void *arg)
{
	(void)arg;
	rubbish++;
}

static struct transport *transport_of_test(void *ctx)
{
	char *why;
	struct transport_handler handler = {
		.changed = on_changed, .payload = on_payload, .rubbish = on_rubbish};
	struct transport *transport = transport_create(ctx, NULL, &handler, &why);
	transport_connect(transport, "wss://x");
	return transport;
}

static void receive(bool is_binary, const void *bytes, size_t length)
{
	struct websocket_event event = {.kind = WEBSOCKET_MESSAGE,
		.bytes = bytes,
		.length = length,
		.is_binary = is_binary};
	websocket.fn(websocket.arg, &event);
}

static size_t deflate_next(z_stream *stream, const char *text, unsigned char *out)
{
	stream->next_in = (Bytef *)(uintptr_t)text;
	stream->avail_in = (uInt)strlen(text);
	stream->next_out = out;
	stream->avail_out = 256;
	assert_int_equal(deflate(stream, Z_SYNC_FLUSH), Z_OK);
	return 256 - stream->avail_out;
}

static void transport_joins_messages_to_payloads(void **state)
{
	struct transport *transport = transport_of_test(*state);
	unsigned char bytes[256];
	z_stream stream = {0};
	assert_int_equal(deflateInit(&stream, 9), Z_OK);
	size_t length = deflate_next(&stream, "{\"op\":10}", bytes);
	receive(true, bytes, 3);
	receive(true, bytes + 3, 0);
	assert_int_equal(payloads, 0);
	receive(true, bytes + 3, length - 3);
	assert_string_equal(seen, "{\"op\":10}");
	length = deflate_next(&stream, "{\"op\":11}", bytes);
	receive(true, bytes, length);
	assert_string_equal(seen, "{\"op\":11}");
	receive(false, "{\"op\":7}", 8); /* not compressed, and beside the stream */
	assert_string_equal(seen, "{\"op\":7}");
	receive(false, NULL, 0);
	assert_int_equal(payloads, 3);
	assert_int_equal(rubbish, 0);
	deflateEnd(&stream);
	transport_destroy(&transport);
	assert_null(transport);
}

/* What is left of a dead connection's stream must not spoil its successor's. */
static void transport_begins_a_stream_with_each_connection(void **state)
{
	struct transport *transport = transport_of_test(*state);
	unsigned char bytes[256];
	for (int connection = 0; connection < 3; connection++) {
		z_stream stream = {0};
		assert_int_equal(deflateInit(&stream, 9), Z_OK);
		size_t length = deflate_next(&stream, "{\"op\":10}", bytes);
		receive(true, bytes, length);
		length = deflate_next(&stream, "{\"op\":0}", bytes);
		receive(true, bytes, length - 1); /* cut off */
		deflateEnd(&stream);
		transport_close(transport);
		transport_connect(transport, "wss://y");
	}
	assert_int_equal(payloads, 3);
	assert_int_equal(rubbish, 0);
	assert_int_equal(closes, 3);
	assert_string_equal(url, "wss://y");
	transport_destroy(&transport);
}

static void transport_reports_what_cannot_be_inflated(void **state)
{
	static const unsigned char bad[] = "garbage\x00\x00\xFF\xFF";
	struct transport *transport = transport_of_test(*state);
	receive(true, bad, sizeof(bad) - 1);
	assert_int_equal(rubbish, 1);
	websocket.fn(websocket.arg, &(struct websocket_event){.kind = WEBSOCKET_TOO_LARGE});
	assert_int_equal(rubbish, 2);
	assert_int_equal(payloads, 0);
	transport_destroy(&transport);
}

static void transport_closes_so_that_a_session_can_be_resumed(void **state)
{
	struct transport *transport = transport_of_test(*state);
	assert_true(websocket.close_code >= 4000 && websocket.close_code < 5000);
	assert_memory_equal(websocket.user_agent, "DiscordBot (", 12);
	transport_send(transport, "{}");
	assert_string_equal(seen, "{}");
	websocket.fn(websocket.arg, &(struct websocket_event){.kind = WEBSOCKET_OPEN});
	websocket.fn(websocket.arg, &(struct websocket_event){.kind = WEBSOCKET_CLOSED});
	assert_int_equal(changes, 2);
	transport_destroy(&transport);
}

static const struct CMUnitTest tests[] = {
	UNIT(transport_joins_messages_to_payloads),
	UNIT(transport_begins_a_stream_with_each_connection),
	UNIT(transport_reports_what_cannot_be_inflated),
	UNIT(transport_closes_so_that_a_session_can_be_resumed),
};

UNIT_MAIN(tests)

/*
 * Fuzzes what the Gateway sends: inflate, parse, session, filter, and the events that come out.
 *
 * The first byte of an input says how the rest comes: 'z', as the zlib-stream; else as JSON
 * payloads, a line each.
 */
#include <jansson.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "besace/discord/frame.h"
#include "besace/runtime/inflate.h"
#include "gateway/filter.h"
#include "gateway/session.h"
#include "support/shim_tables.h"

/* A shim without its sockets and files. */
struct bench {
	struct session *session;
	struct guilds *guilds;
	struct filter *filter;
	struct session_now now;
};

static void expect(bool holds)
{
	if (!holds)
		abort();
}

static double draw(void *arg)
{
	(void)arg;
	return 0.5;
}

/* Every event is a JSON object with an id and a type, and no larger than the service takes. */
static void check_event(void *arg, const char *json, size_t length, bool complete)
{
	(void)arg, (void)complete;
	json_t *event = json_loadb(json, length, JSON_ALLOW_NUL, NULL);
	expect(length <= FILTER_MAX_EVENT);
	expect(json_is_string(json_object_get(event, "id")));
	expect(json_is_string(json_object_get(event, "type")));
	expect(memchr(json, '\n', length) == NULL);
	json_decref(event);
}

static void go_live(struct bench *bench)
{
	static const char *const frames[] = {"{\"op\":10,\"d\":{\"heartbeat_interval\":40000}}",
		"{\"op\":0,\"s\":1,\"t\":\"READY\",\"d\":{\"session_id\":\"a\"}}"};
	session_due(bench->session, bench->now);
	session_connected(bench->session, bench->now);
	for (size_t i = 0; i < 2; i++) {
		struct frame frame;
		if (frame_parse(frames[i], strlen(frames[i]), &frame) != STATUS_OK)
			abort();
		session_frame(bench->session, &frame, bench->now);
		frame_release(&frame);
	}
	expect(session_state(bench->session) == SESSION_LIVE);
}

static void on_payload(struct bench *bench, const char *text, size_t length)
{
	struct frame frame;
	if (frame_parse(text, length, &frame) != STATUS_OK) {
		session_rubbish(bench->session, false, bench->now);
		return;
	}
	if (session_frame(bench->session, &frame, bench->now))
		filter_dispatch(bench->filter, &frame, bench->now.wall_ms);
	frame_release(&frame);
}

static void feed_stream(struct bench *bench, const uint8_t *data, size_t size)
{
	struct inflater *inflater = inflater_create(1u << 20);
	char *text;
	size_t length;
	for (size_t i = 0; i < size; i++) {
		if (inflater_add(inflater, data + i, 1) != STATUS_OK)
			break;
		if (!inflater_complete(inflater))
			continue;
		if (inflater_take(inflater, &text, &length) != STATUS_OK)
			break;
		on_payload(bench, text, length);
		free(text);
	}
	inflater_destroy(&inflater);
}

static void feed_lines(struct bench *bench, const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	while (size > 0) {
		const char *end = memchr(text, '\n', size);
		size_t length = end ? (size_t)(end - text) : size;
		on_payload(bench, text, length);
		length += end != NULL;
		text += length;
		size -= length;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct session_settings settings = {
		.token = "t", .shard_count = 1, .url = "wss://x", .random = draw};
	struct session_identity none = {.seq = -1};
	struct identify_history history = {0};
	struct bench bench = {.now = {.mono_ms = 1000, .wall_ms = 1800000000000}};
	if (size == 0)
		return 0;
	bench.guilds = tables_open();
	struct filter_settings filter = {
		.guilds = bench.guilds, .shard_count = 1, .emit = check_event};
	bench.filter = filter_create(&filter);
	bench.session = session_create(&settings, &none, &history, bench.now);
	go_live(&bench);
	if (data[0] == 'z')
		feed_stream(&bench, data + 1, size - 1);
	else
		feed_lines(&bench, data, size);
	session_destroy(&bench.session);
	filter_destroy(&bench.filter);
	sqlite_rollback(spool_sqlite(tables_spool));
	return 0;
}

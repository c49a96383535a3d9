/* Exchanges: what is refused by its headers, what of a body is kept, and that each request is
 * answered once and given back. libmicrohttpd and the routes' handlers are stand-ins. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "besace/http/worker.h"
#include "besace/runtime/config.h"
#include "http/arrival.h"
#include "http/exchange.h"

#define HEADERS_MAX 8
#define KIB 1024u

static struct world {
	struct config config;
	struct worker worker;
	struct peer peer;
	union MHD_ConnectionInfo info;
	/* The request. */
	struct {
		const char *name, *value;
		size_t name_size, value_size;
	} headers[HEADERS_MAX];
	size_t header_count;
	bool events_off;
	enum signature verdict; /* of its headers, by the route */
	bool waits; /* its handler does not answer */
	/* What became of it. */
	struct exchange *exchange;
	unsigned handled, queued, suspended, resumed, left;
	unsigned status;
	char body[256], allow[32], retry_after[8], connection[16];
	size_t kept; /* bytes of its body that the handler saw */
} world;

/* What stands in for libmicrohttpd's. */
static char connection_memory;
#define CONNECTION ((struct MHD_Connection *)&connection_memory)
static struct response {
	const char *bytes;
	size_t length;
} response;

int MHD_get_connection_values_n(struct MHD_Connection *connection, enum MHD_ValueKind kind,
	MHD_KeyValueIteratorN iterator, void *arg)
{
	(void)connection;
	assert_int_equal(kind, MHD_HEADER_KIND);
	for (size_t i = 0; i < world.header_count; i++)
		iterator(arg, kind, world.headers[i].name, world.headers[i].name_size,
			world.headers[i].value, world.headers[i].value_size);
	return (int)world.header_count;
}

const union MHD_ConnectionInfo *MHD_get_connection_info(
	struct MHD_Connection *connection, enum MHD_ConnectionInfoType type, ...)
{
	(void)connection;
	assert_int_equal(type, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
	world.info.socket_context = &world.peer;
	return &world.info;
}

struct MHD_Response *MHD_create_response_from_buffer(
	size_t size, void *buffer, enum MHD_ResponseMemoryMode mode)
{
	assert_int_equal(mode, MHD_RESPMEM_PERSISTENT);
	response = (struct response){buffer, size};
	return (struct MHD_Response *)&response;
}

enum MHD_Result MHD_add_response_header(
	struct MHD_Response *made, const char *header, const char *content)
{
	(void)made;
	if (strcmp(header, "Allow") == 0)
		snprintf(world.allow, sizeof(world.allow), "%s", content);
	else if (strcmp(header, "Retry-After") == 0)
		snprintf(world.retry_after, sizeof(world.retry_after), "%s", content);
	else if (strcmp(header, "Connection") == 0)
		snprintf(world.connection, sizeof(world.connection), "%s", content);
	return MHD_YES;
}

enum MHD_Result MHD_queue_response(
	struct MHD_Connection *connection, unsigned status, struct MHD_Response *made)
{
	(void)connection, (void)made;
	world.queued++;
	world.status = status;
	snprintf(world.body, sizeof(world.body), "%.*s", (int)response.length, response.bytes);
	return MHD_YES;
}

void MHD_destroy_response(struct MHD_Response *made)
{
	(void)made;
}

void MHD_suspend_connection(struct MHD_Connection *connection)
{
	(void)connection;
	world.suspended++;
}

void MHD_resume_connection(struct MHD_Connection *connection)
{
	(void)connection;
	world.resumed++;
}

/* ---- The routes */

static void on_left(void *arg)
{
	assert_ptr_equal(arg, &world);
	world.left++;
}

static void take(struct exchange *exchange)
{
	world.exchange = exchange;
	world.handled++;
	world.kept = exchange->body.length;
	exchange_on_left(exchange, on_left, &world);
	if (!world.waits)
		exchange_answer(exchange, MHD_HTTP_OK, &CONTENT_LITERAL("{\"done\":true}"));
}

void interactions_handle(struct exchange *exchange)
{
	take(exchange);
}

bool events_is_on(const struct config *config)
{
	(void)config;
	return !world.events_off;
}

enum signature events_check_headers(const struct exchange *exchange)
{
	(void)exchange;
	return world.verdict;
}

void events_handle(struct exchange *exchange)
{
	take(exchange);
}

void healthz_handle(struct exchange *exchange)
{
	take(exchange);
}

void readyz_handle(struct exchange *exchange)
{
	take(exchange);
}

/* ---- What the tests do with it */

/* Forgets what came before: several requests of one test begin alike. */
static void begin_anew(void)
{
	memset(&world, 0, sizeof(world));
	world.config.max_skew_s = 10;
	world.worker.config = &world.config;
	world.peer.fd = -1;
}

static int open_world(void **state)
{
	begin_anew();
	return unit_open(state);
}

/* Whatever became of it: nothing is being read, nothing is held. */
static int close_world(void **state)
{
	assert_int_equal(world.worker.exchanges, 0);
	assert_int_equal(world.worker.reading, 0);
	return unit_close(state);
}

static void add_header_n(const char *name, size_t name_size, const char *value, size_t value_size)
{
	assert_true(world.header_count < HEADERS_MAX);
	size_t at = world.header_count++;
	world.headers[at].name = name;
	world.headers[at].name_size = name_size;
	world.headers[at].value = value;
	world.headers[at].value_size = value_size;
}

static void add_header(const char *name, const char *value)
{
	add_header_n(name, strlen(name), value, strlen(value));
}

static enum MHD_Result access_once(
	void **context, const char *url, const char *method, const char *upload, size_t size)
{
	size_t left = size;
	enum MHD_Result result = exchange_access(
		&world.worker, CONNECTION, url, method, "HTTP/1.1", upload, &left, context);
	assert_int_equal(left, 0); /* everything is read, kept or not */
	return result;
}

static void begin(void **context, const char *method, const char *url)
{
	*context = NULL;
	assert_int_equal(access_once(context, url, method, NULL, 0), MHD_YES);
	assert_int_equal(world.worker.exchanges, 1);
	assert_int_equal(world.worker.reading, 1);
}

static enum MHD_Result send_piece(void **context, size_t size)
{
	static char piece[1024 * KIB];
	assert_true(size <= sizeof(piece));
	return access_once(context, "", "", piece, size);
}

/* The request is whole. */
static void end_request(void **context)
{
	assert_int_equal(access_once(context, "", "", NULL, 0), MHD_YES);
}

/* libmicrohttpd has sent the answer, or the client has gone. */
static void complete(void **context)
{
	exchange_completed(&world.worker, CONNECTION, context, MHD_REQUEST_TERMINATED_COMPLETED_OK);
	assert_null(*context);
}

/* A request without a body, from its headers to its end. */
static void ask(const char *method, const char *url)
{
	void *context;
	begin(&context, method, url);
	if (world.queued == 0)
		end_request(&context);
	complete(&context);
	assert_int_equal(world.queued, 1);
}

static void exchange_access_finds_the_route(void **state)
{
	(void)state;
	static const char *const urls[] = {"/interactions", "/events", "/healthz", "/readyz"};
	for (size_t i = 0; i < ARRAY_LEN(urls); i++) {
		begin_anew();
		add_header("X-Signature-Ed25519",
			"00000000000000000000000000000000000000000000000000000000000000000000000000"
			"000000000000000000000000000000000000000000000000000000");
		char now[24];
		snprintf(now, sizeof(now), "%lld", (long long)time(NULL));
		add_header("X-Signature-Timestamp", now);
		ask(i < 2 ? "POST" : "GET", urls[i]);
		assert_int_equal(world.handled, 1);
		assert_int_equal(world.status, 200);
		assert_string_equal(world.body, "{\"done\":true}");
		assert_int_equal(world.left, 1);
		assert_string_equal(world.connection, "");
	}
	begin_anew();
}

static void exchange_access_refuses_what_is_not_there(void **state)
{
	(void)state;
	static const char *const urls[] = {"/", "/interactions/", "/Interactions", "/healthz?", ""};
	for (size_t i = 0; i < ARRAY_LEN(urls); i++) {
		begin_anew();
		ask("POST", urls[i]);
		assert_int_equal(world.status, 404);
		assert_int_equal(world.handled, 0);
	}
	begin_anew();
	world.events_off = true;
	ask("POST", "/events");
	assert_int_equal(world.status, 404);
}

static void exchange_access_refuses_other_methods_and_says_which(void **state)
{
	(void)state;
	static const struct {
		const char *method, *url, *allow;
	} cases[] = {{"GET", "/interactions", "POST"}, {"POST", "/healthz", "GET, HEAD"},
		{"POS", "/interactions", "POST"}, {"EAD", "/healthz", "GET, HEAD"},
		{"GET,", "/healthz", "GET, HEAD"}, {"", "/interactions", "POST"}};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		begin_anew();
		ask(cases[i].method, cases[i].url);
		assert_int_equal(world.status, 405);
		assert_string_equal(world.allow, cases[i].allow);
	}
	begin_anew();
	ask("HEAD", "/healthz");
	assert_int_equal(world.status, 200);
}

/* Two readers could find its end in two places: refused at once, and the connection is closed. */
static void exchange_access_refuses_headers_that_are_ambiguous(void **state)
{
	(void)state;
	static const struct {
		const char *names[2], *values[2];
	} cases[] = {
		{{"Content-Length", "Content-Length"}, {"5", "5"}},
		{{"Content-Length", "content-length"}, {"5", "7"}},
		{{"Transfer-Encoding", "Transfer-Encoding"}, {"chunked", "chunked"}},
		{{"Content-Length", "Transfer-Encoding"}, {"5", "chunked"}},
		{{"Transfer-Encoding", "Accept"}, {"gzip, chunked", "*"}},
		{{"Content-Length ", "Accept"}, {"5", "*"}},
		{{"X Y", "Accept"}, {"5", "*"}},
		{{"", "Accept"}, {"5", "*"}},
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		void *context;
		begin_anew();
		add_header(cases[i].names[0], cases[i].values[0]);
		add_header(cases[i].names[1], cases[i].values[1]);
		begin(&context, "POST", "/interactions");
		assert_int_equal(world.queued, 1); /* before its body */
		complete(&context);
		assert_int_equal(world.status, 400);
		assert_string_equal(world.connection, "close");
	}
	begin_anew();
	add_header_n("Accept", 6, "a\0b", 3);
	ask("GET", "/healthz");
	assert_int_equal(world.status, 400);
}

static void exchange_access_takes_a_body_in_chunks(void **state)
{
	void *context;
	(void)state;
	add_header("Transfer-Encoding", "Chunked");
	begin(&context, "POST", "/events");
	for (int i = 0; i < 3; i++)
		assert_int_equal(send_piece(&context, 100 * KIB), MHD_YES);
	end_request(&context);
	assert_int_equal(world.kept, 300 * KIB);
	complete(&context);
	assert_int_equal(world.status, 200);
}

static void exchange_access_refuses_a_length_above_the_bound(void **state)
{
	void *context;
	(void)state;
	add_header("Content-Length", "4194305");
	begin(&context, "POST", "/events");
	assert_int_equal(
		world.queued, 0); /* it is read, so that the client gets to read the answer */
	assert_int_equal(send_piece(&context, KIB), MHD_YES);
	end_request(&context);
	complete(&context);
	assert_int_equal(world.status, 413);
	assert_int_equal(world.handled, 0);
}

/* Reading it to its end would cost more than the client's reading the answer is worth. */
static void exchange_access_does_not_read_what_is_far_above_the_bound(void **state)
{
	void *context;
	(void)state;
	add_header("Content-Length", "8388609");
	begin(&context, "POST", "/events");
	assert_int_equal(world.queued, 1);
	assert_string_equal(world.connection, "close");
	complete(&context);
	assert_int_equal(world.status, 413);
}

static void exchange_access_refuses_chunks_above_the_bound(void **state)
{
	void *context;
	(void)state;
	begin(&context, "POST", "/events");
	for (int i = 0; i < 4; i++)
		assert_int_equal(send_piece(&context, 1024 * KIB), MHD_YES);
	assert_int_equal(send_piece(&context, 1), MHD_YES);
	for (int i = 4; i < 63; i++)
		assert_int_equal(send_piece(&context, 1024 * KIB), MHD_YES);
	assert_int_equal(send_piece(&context, 1024 * KIB), MHD_NO); /* for ever is too long */
	complete(&context);
	assert_int_equal(world.handled, 0);
}

/* Nothing of a body is kept to which no signature can belong. */
static void exchange_access_keeps_nothing_that_cannot_be_signed(void **state)
{
	void *context;
	(void)state;
	world.verdict = SIGNATURE_STALE;
	begin(&context, "POST", "/events");
	assert_int_equal(send_piece(&context, 100), MHD_YES);
	end_request(&context);
	complete(&context);
	assert_int_equal(world.status, 401);
	assert_int_equal(world.handled, 0);
}

static void exchange_access_wants_each_signature_header_once(void **state)
{
	char now[24];
	(void)state;
	snprintf(now, sizeof(now), "%lld", (long long)time(NULL));
	for (int i = 0; i < 2; i++)
		add_header("X-Signature-Ed25519",
			"00000000000000000000000000000000000000000000000000000000000000000000000000"
			"000000000000000000000000000000000000000000000000000000");
	add_header("X-Signature-Timestamp", now);
	ask("POST", "/interactions");
	assert_int_equal(world.status, 401);
}

/* All bodies together have a budget; what is refused for it, and what is gone, is given back. */
static void exchange_access_asks_to_come_again_when_too_much_arrives(void **state)
{
	void *contexts[16];
	unsigned refused = 0;
	(void)state;
	world.waits = true;
	for (size_t i = 0; i < ARRAY_LEN(contexts); i++) {
		contexts[i] = NULL;
		(void)access_once(&contexts[i], "/events", "POST", NULL, 0);
		for (int piece = 0; piece < 4; piece++)
			assert_int_equal(send_piece(&contexts[i], 1024 * KIB), MHD_YES);
	}
	for (size_t i = 0; i < ARRAY_LEN(contexts); i++) {
		unsigned before = world.queued;
		end_request(&contexts[i]);
		if (world.queued > before) {
			assert_int_equal(world.status, 503);
			assert_string_equal(world.retry_after, "5");
			assert_string_equal(world.connection, "close");
			refused++;
		}
	}
	assert_int_equal(refused, 4);
	for (size_t i = 0; i < ARRAY_LEN(contexts); i++)
		complete(&contexts[i]);
	begin_anew();
	ask("POST", "/events");
	assert_int_equal(world.status, 200);
}

static void exchange_answer_resumes_who_waits(void **state)
{
	void *context;
	(void)state;
	world.waits = true;
	begin(&context, "POST", "/events");
	end_request(&context);
	assert_int_equal(world.suspended, 1);
	assert_int_equal(world.queued, 0);
	assert_int_equal(world.worker.reading, 0);
	assert_int_equal(world.worker.exchanges, 1);
	exchange_refuse(world.exchange, 503, "not \"now\"");
	assert_int_equal(world.resumed, 1);
	assert_int_equal(world.worker.to_resume, 1);
	assert_int_equal(world.left, 0);
	end_request(&context);
	assert_int_equal(world.queued, 1);
	assert_string_equal(world.body, "{\"error\":\"not \\\"now\\\"\"}");
	complete(&context);
	assert_int_equal(world.left, 1);
}

static void exchange_answer_closes_the_connection_in_a_drain(void **state)
{
	(void)state;
	world.worker.draining = true;
	ask("GET", "/healthz");
	assert_string_equal(world.connection, "close");
}

/* A client that goes in the middle of its body, or while it waits. */
static void exchange_completed_gives_back_what_a_client_leaves(void **state)
{
	void *context;
	(void)state;
	begin(&context, "POST", "/events");
	assert_int_equal(send_piece(&context, KIB), MHD_YES);
	complete(&context);
	assert_int_equal(world.worker.reading, 0);
	world.waits = true;
	begin(&context, "POST", "/events");
	end_request(&context);
	complete(&context);
	assert_int_equal(world.left, 1);
	context = NULL;
	complete(&context); /* a connection without a request */
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, open_world, close_world)

static const struct CMUnitTest tests[] = {
	TEST(exchange_access_finds_the_route),
	TEST(exchange_access_refuses_what_is_not_there),
	TEST(exchange_access_refuses_other_methods_and_says_which),
	TEST(exchange_access_refuses_headers_that_are_ambiguous),
	TEST(exchange_access_takes_a_body_in_chunks),
	TEST(exchange_access_refuses_a_length_above_the_bound),
	TEST(exchange_access_does_not_read_what_is_far_above_the_bound),
	TEST(exchange_access_refuses_chunks_above_the_bound),
	TEST(exchange_access_keeps_nothing_that_cannot_be_signed),
	TEST(exchange_access_wants_each_signature_header_once),
	TEST(exchange_access_asks_to_come_again_when_too_much_arrives),
	TEST(exchange_answer_resumes_who_waits),
	TEST(exchange_answer_closes_the_connection_in_a_drain),
	TEST(exchange_completed_gives_back_what_a_client_leaves),
};

UNIT_MAIN(tests)

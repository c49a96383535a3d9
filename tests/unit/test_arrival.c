/* Arrival: which connections are shut down because their request does not come in time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "besace/base/memory.h"
#include "http/arrival.h"

/* libmicrohttpd's answer: the test's own descriptor. */
static union MHD_ConnectionInfo info;

const union MHD_ConnectionInfo *MHD_get_connection_info(
	struct MHD_Connection *connection, enum MHD_ConnectionInfoType type, ...)
{
	(void)connection;
	assert_int_equal(type, MHD_CONNECTION_INFO_CONNECTION_FD);
	return &info;
}

struct pair {
	int client, server;
	struct peers *peers;
	struct peer *peer;
};

static struct pair open_pair(int client, int server)
{
	info.connect_fd = server;
	struct pair pair = {.client = client, .server = server, .peers = peers_create()};
	pair.peer = peer_open(pair.peers, NULL, 0);
	return pair;
}

static struct pair open_tcp(void)
{
	int listener = socket(AF_INET, SOCK_STREAM, 0);
	struct sockaddr_in address = {
		.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof(address);
	assert_int_equal(bind(listener, (struct sockaddr *)&address, size), 0);
	assert_int_equal(listen(listener, 1), 0);
	getsockname(listener, (struct sockaddr *)&address, &size);
	int client = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(connect(client, (struct sockaddr *)&address, size), 0);
	int server = accept(listener, NULL, NULL);
	close(listener);
	return open_pair(client, server);
}

static struct pair open_unix(void)
{
	int ends[2];
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	return open_pair(ends[0], ends[1]);
}

/* The client sends a byte, which arrives. */
static void send_byte(const struct pair *pair)
{
	struct pollfd readable = {.fd = pair->server, .events = POLLIN};
	char byte;
	assert_int_equal(write(pair->client, "x", 1), 1);
	assert_int_equal(poll(&readable, 1, 60000), 1);
	assert_int_equal(read(pair->server, &byte, 1), 1);
}

static void close_pair(struct pair *pair)
{
	peer_close(pair->peers, pair->peer);
	free(pair->peers);
	close(pair->client);
	close(pair->server);
}

static void peers_look_leaves_an_idle_connection(void **state)
{
	(void)state;
	struct pair pair = open_tcp();
	for (int64_t now = 0; now < 100000; now += 1000)
		assert_int_equal(peers_look(pair.peers, now), 0);
	close_pair(&pair);
}

static void peers_look_ends_headers_that_drip(void **state)
{
	(void)state;
	struct pair pair = open_tcp();
	send_byte(&pair);
	for (int64_t now = 1000; now < 1000 + ARRIVAL_REQUEST_MS; now += 1000) {
		assert_int_equal(peers_look(pair.peers, now), 0);
		send_byte(&pair);
	}
	assert_int_equal(peers_look(pair.peers, 1000 + ARRIVAL_REQUEST_MS), 1);
	char byte;
	assert_int_equal(read(pair.client, &byte, 1), 0);
	close_pair(&pair);
}

static void peers_look_counts_headers_and_body_together(void **state)
{
	(void)state;
	struct pair pair = open_tcp();
	send_byte(&pair);
	assert_int_equal(peers_look(pair.peers, 1000), 0);
	peer_headers(pair.peer, 9000, ARRIVAL_REQUEST_MS);
	assert_int_equal(peers_look(pair.peers, 1000 + ARRIVAL_REQUEST_MS - 1), 0);
	assert_int_equal(peers_look(pair.peers, 1000 + ARRIVAL_REQUEST_MS), 1);
	close_pair(&pair);
}

static void peers_look_gives_events_longer(void **state)
{
	(void)state;
	struct pair pair = open_tcp();
	peer_headers(pair.peer, 1000, ARRIVAL_EVENTS_MS);
	assert_int_equal(peers_look(pair.peers, 1000 + ARRIVAL_EVENTS_MS - 1), 0);
	assert_int_equal(peers_look(pair.peers, 1000 + ARRIVAL_EVENTS_MS), 1);
	close_pair(&pair);
}

static void peers_look_leaves_a_request_that_is_whole(void **state)
{
	(void)state;
	struct pair pair = open_tcp();
	send_byte(&pair);
	peer_headers(pair.peer, 1000, ARRIVAL_REQUEST_MS);
	peer_whole(pair.peer);
	assert_int_equal(peers_look(pair.peers, 100000), 0);
	peer_done(pair.peer);
	assert_int_equal(peers_look(pair.peers, 200000), 0);
	close_pair(&pair);
}

static void peers_look_begins_anew_with_the_next_request(void **state)
{
	(void)state;
	struct pair pair = open_tcp();
	send_byte(&pair);
	peer_headers(pair.peer, 1000, ARRIVAL_EVENTS_MS);
	peer_whole(pair.peer);
	peer_done(pair.peer);
	send_byte(&pair);
	assert_int_equal(peers_look(pair.peers, 50000), 0);
	assert_int_equal(peers_look(pair.peers, 50000 + ARRIVAL_REQUEST_MS - 1), 0);
	assert_int_equal(peers_look(pair.peers, 50000 + ARRIVAL_REQUEST_MS), 1);
	close_pair(&pair);
}

static void peers_look_counts_from_the_beginning_on_a_unix_socket(void **state)
{
	(void)state;
	struct pair pair = open_unix();
	pair.peer->since_ms = 1000; /* when it was accepted */
	assert_int_equal(peers_look(pair.peers, 1000 + ARRIVAL_REQUEST_MS - 1), 0);
	assert_int_equal(peers_look(pair.peers, 1000 + ARRIVAL_REQUEST_MS), 1);
	peer_headers(pair.peer, 20000, ARRIVAL_REQUEST_MS);
	peer_whole(pair.peer);
	peer_done(pair.peer);
	assert_int_equal(peers_look(pair.peers, 200000), 0);
	close_pair(&pair);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(peers_look_leaves_an_idle_connection),
		cmocka_unit_test(peers_look_ends_headers_that_drip),
		cmocka_unit_test(peers_look_counts_headers_and_body_together),
		cmocka_unit_test(peers_look_gives_events_longer),
		cmocka_unit_test(peers_look_leaves_a_request_that_is_whole),
		cmocka_unit_test(peers_look_begins_anew_with_the_next_request),
		cmocka_unit_test(peers_look_counts_from_the_beginning_on_a_unix_socket),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

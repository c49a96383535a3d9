/* A worker: it serves what it is handed, and a drain answers what is under way, then ends. HTTP is
 * real, over socket pairs; the pool and the invocation host are stand-ins. */
#include "unit.h"

#include <fcntl.h>
#include <sodium.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "besace/base/memory.h"
#include "besace/discord/signature.h"
#include "besace/http/worker.h"
#include "besace/runtime/clock.h"
#include "http/events.h"

static unsigned char secret[crypto_sign_SECRETKEYBYTES];

static struct world {
	struct config config;
	struct worker worker;
	struct loop *main_loop;
	bool ended;
	/* The stand-ins, all of the worker's thread. */
	struct host_request *taken; /* not answered yet */
	atomic_uint takes, lefts, give_ups, pumps;
	atomic_uint reading; /* as the worker last saw its own */
	atomic_uint turns; /* that were waited for */
	atomic_uint pool_pending;
	atomic_llong ahead_ms; /* of the clock */
	unsigned left_to_reads;
} world;

/* ---- The layers below */

int64_t clock_mono_ms(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000 + world.ahead_ms;
}

struct pool *pool_create(
	struct loop *loop, struct connector *connector, unsigned size, unsigned left_to_reads)
{
	(void)loop, (void)connector;
	assert_int_equal(size, 5);
	world.left_to_reads = left_to_reads;
	return NULL;
}

void pool_destroy(struct pool **pool)
{
	(void)pool;
}

void pool_pump(struct pool *pool)
{
	(void)pool;
	world.pumps++;
}

unsigned pool_pending(const struct pool *pool)
{
	(void)pool;
	return world.pool_pending;
}

struct host *host_create(struct loop *loop, struct pool *pool, struct follow_ups *follow_ups,
	struct enquiries *enquiries, const struct config *config)
{
	(void)loop, (void)pool, (void)follow_ups, (void)enquiries, (void)config;
	return NULL;
}

void host_destroy(struct host **host)
{
	(void)host;
}

unsigned host_pending(const struct host *host)
{
	(void)host;
	return world.taken != NULL;
}

void host_take(struct host *host, struct host_request *request)
{
	(void)host;
	world.taken = request;
	world.takes++;
}

void host_left(struct host_request *request)
{
	(void)request;
	world.lefts++;
}

static void answer_taken(const char *json)
{
	struct host_request *request = world.taken;
	const struct content content = {json, strlen(json), CONTENT_JSON};
	world.taken = NULL;
	request->answer(request->arg, STATUS_OK, &content);
}

void host_give_up(struct host *host)
{
	(void)host;
	world.give_ups++;
	if (world.taken)
		answer_taken("{\"sorry\":true}");
}

/* ---- What the tests do with it */

static void on_ended(void *arg)
{
	(void)arg;
	world.ended = true;
	loop_stop(world.main_loop);
}

static int open_world(void **state)
{
	char *why;
	const struct tls_files none = {0};
	if (unit_open(state) || sodium_init() < 0)
		return -1;
	memset(&world, 0, sizeof(world));
	crypto_sign_keypair(world.config.public_keys[0].bytes, secret);
	world.config.public_key_count = 1;
	world.config.max_skew_s = 60;
	world.main_loop = loop_create();
	world.worker.config = &world.config;
	world.worker.main_loop = world.main_loop;
	world.worker.ended = on_ended;
	return worker_start(*state, &world.worker, 5, &none, &why) ? -1 : 0;
}

/* Waits until the worker has ended by itself. */
static int close_world(void **state)
{
	if (!world.ended)
		loop_run(world.main_loop);
	worker_join(&world.worker);
	worker_destroy(&world.worker);
	loop_destroy(&world.main_loop);
	return unit_close(state);
}

/* A connection of which the worker has the other end. */
static int connect_worker(void)
{
	int ends[2];
	const struct sockaddr_storage address = {.ss_family = AF_UNIX};
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
	assert_int_equal(fcntl(ends[0], F_SETFL, 0), 0);
	worker_take(&world.worker, ends[1], &address, sizeof(address));
	return ends[0];
}

static void send_text(int fd, const char *text)
{
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
}

static void send_interaction(int fd)
{
	static const char body[] = "{\"type\":2}";
	char signature[129], timestamp[21], request[512];
	signature_make(secret, body, strlen(body), clock_wall_ms() / 1000, signature, timestamp);
	snprintf(request, sizeof(request),
		"POST /interactions HTTP/1.1\r\nHost: h\r\nX-Signature-Ed25519: %s\r\n"
		"X-Signature-Timestamp: %s\r\nContent-Length: %zu\r\n\r\n%s",
		signature, timestamp, strlen(body), body);
	send_text(fd, request);
}

/* Reads one answer, or what comes before the end, into TEXT. Returns how much it is. */
static size_t read_answer(int fd, char *text, size_t room)
{
	size_t used = 0;
	text[0] = '\0';
	while (used + 1 < room) {
		ssize_t got = read(fd, text + used, room - used - 1);
		if (got <= 0)
			break;
		used += (size_t)got;
		text[used] = '\0';
		const char *body = strstr(text, "\r\n\r\n"),
			   *length = strstr(text, "Content-Length: ");
		if (body && length && strlen(body + 4) >= strtoul(length + 16, NULL, 10))
			break;
	}
	return used;
}

/* Waits for what the worker's thread does. */
#define UNTIL(condition)                                                                           \
	while (!(condition))                                                                       \
	usleep(1000)

static void worker_take_serves_connections(void **state)
{
	char text[1024];
	(void)state;
	int one = connect_worker(), other = connect_worker();
	for (int i = 0; i < 3; i++) {
		send_text(one, "GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n");
		assert_true(read_answer(one, text, sizeof(text)) > 0);
		assert_non_null(strstr(text, "HTTP/1.1 200"));
		assert_null(strstr(text, "Connection: close"));
	}
	send_text(other, "GET /nowhere HTTP/1.1\r\nHost: h\r\n\r\n");
	assert_true(read_answer(other, text, sizeof(text)) > 0);
	assert_non_null(strstr(text, "HTTP/1.1 404"));
	assert_int_equal(world.left_to_reads, 1);
	assert_true(world.pumps > 0); /* each turn sends what waits */
	worker_drain(&world.worker);
	assert_int_equal(
		read_answer(one, text, sizeof(text)), 0); /* an idle connection is closed */
	close(one);
	close(other);
}

static void worker_drain_of_an_idle_worker_ends_it(void **state)
{
	(void)state;
	worker_drain(&world.worker);
	loop_run(world.main_loop);
	assert_true(world.ended);
	int fd = connect_worker(); /* comes too late: closed without an answer */
	worker_join(&world.worker);
	loop_run_posted(world.worker.loop);
	char byte;
	assert_int_equal(read(fd, &byte, 1), 0);
	close(fd);
}

static void in_worker(task_fn *fn)
{
	loop_post(world.worker.loop, fn, NULL);
}

static void see_turn(void *arg)
{
	(void)arg;
	world.turns++;
}

/* Waits for a turn of the worker's loop: it has done what it was told before, and reads the clock
 * anew. */
static void turn_once(void)
{
	unsigned turns = world.turns;
	in_worker(see_turn);
	UNTIL(world.turns > turns);
}

static void answer_now(void *arg)
{
	(void)arg;
	answer_taken("{\"type\":4}");
}

static void worker_drain_waits_for_an_answer_under_way(void **state)
{
	char text[1024];
	(void)state;
	int fd = connect_worker();
	send_interaction(fd);
	UNTIL(world.takes == 1);
	worker_drain(&world.worker);
	in_worker(answer_now);
	assert_true(read_answer(fd, text, sizeof(text)) > 0);
	assert_non_null(strstr(text, "HTTP/1.1 200"));
	assert_non_null(strstr(text, "{\"type\":4}"));
	assert_non_null(strstr(text, "Connection: close"));
	loop_run(world.main_loop);
	assert_int_equal(world.lefts, 1);
	assert_int_equal(world.give_ups, 0);
	close(fd);
}

static void release_pool(void *arg)
{
	(void)arg;
	world.pool_pending = 0;
}

static void worker_drain_waits_for_the_database(void **state)
{
	(void)state;
	world.pool_pending = 1;
	worker_drain(&world.worker);
	turn_once();
	turn_once(); /* it goes on after the turn that began the drain */
	in_worker(release_pool);
	loop_run(world.main_loop);
	assert_true(world.ended);
}

/* Time is up for what waits: whoever is there gets an apology. */
static void worker_drain_apologises_at_its_end(void **state)
{
	char text[1024];
	(void)state;
	int fd = connect_worker();
	send_interaction(fd);
	UNTIL(world.takes == 1);
	worker_drain(&world.worker);
	turn_once();
	world.ahead_ms = 9000;
	turn_once();
	assert_true(read_answer(fd, text, sizeof(text)) > 0);
	assert_non_null(strstr(text, "{\"sorry\":true}"));
	loop_run(world.main_loop);
	assert_int_equal(world.give_ups, 1);
	close(fd);
}

static void see_reading(void *arg)
{
	(void)arg;
	world.reading = world.worker.reading;
}

/* A connection of whose request the worker has read the beginning; the rest does not come. */
static int begin_request(void)
{
	int fd = connect_worker();
	send_text(fd, "POST /interactions HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\n{");
	while (world.reading != 1) {
		in_worker(see_reading);
		usleep(1000);
	}
	return fd;
}

/* The rest of a request may never come: it is not waited for until the very end. */
static void worker_drain_does_not_wait_for_half_a_request(void **state)
{
	char text[1024];
	(void)state;
	int fd = begin_request();
	worker_drain(&world.worker);
	turn_once();
	world.ahead_ms = 2000;
	turn_once();
	assert_int_equal(read_answer(fd, text, sizeof(text)), 0);
	loop_run(world.main_loop);
	assert_int_equal(world.give_ups, 0);
	close(fd);
}

/* A request that trickles has its time, from its first byte to its last. */
static void worker_ends_a_request_that_does_not_arrive(void **state)
{
	char text[1024];
	(void)state;
	int fd = begin_request();
	world.ahead_ms = 11000;
	turn_once();
	assert_int_equal(read_answer(fd, text, sizeof(text)), 0);
	worker_drain(&world.worker);
	close(fd);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, open_world, close_world)

static const struct CMUnitTest tests[] = {
	TEST(worker_take_serves_connections),
	TEST(worker_drain_of_an_idle_worker_ends_it),
	TEST(worker_drain_waits_for_an_answer_under_way),
	TEST(worker_drain_waits_for_the_database),
	TEST(worker_drain_apologises_at_its_end),
	TEST(worker_drain_does_not_wait_for_half_a_request),
	TEST(worker_ends_a_request_that_does_not_arrive),
};

UNIT_MAIN(tests)

/*
 * The bare server: what libmicrohttpd and libsodium can do when nothing else is to be done.
 *
 *	bare PORT PUBLIC-KEY-IN-HEX [BYTES]
 *
 * It verifies each POST and answers a constant of BYTES. It is built like the service: the main
 * thread accepts and deals connections out in turn to one loop a core, each with a libmicrohttpd
 * daemon in external epoll mode.
 */
#include <arpa/inet.h>
#include <microhttpd.h>
#include <pthread.h>
#include <sched.h>
#include <sodium.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

/* No body of the load is larger; a larger one is refused. */
#define BODY_MAX 16384
#define TIMESTAMP_MAX 20
#define LOOPS_MAX 16
#define CONNECTIONS_MAX 1024

struct loop {
	struct MHD_Daemon *daemon;
	int mail[2]; /* a pipe of accepted descriptors */
	int epoll;
	pthread_t thread;
};

struct exchange {
	size_t length;
	char body[BODY_MAX];
};

static unsigned char public_key[crypto_sign_PUBLICKEYBYTES];
static char *constant;
static size_t constant_length;

static bool is_signed(struct MHD_Connection *connection, const struct exchange *exchange)
{
	const char *hex =
		MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "X-Signature-Ed25519");
	const char *timestamp =
		MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "X-Signature-Timestamp");
	unsigned char signature[crypto_sign_BYTES], message[TIMESTAMP_MAX + BODY_MAX];
	size_t used, digits = timestamp ? strlen(timestamp) : 0;
	if (!hex || digits == 0 || digits > TIMESTAMP_MAX ||
		sodium_hex2bin(signature, sizeof(signature), hex, strlen(hex), NULL, &used, NULL) !=
			0 ||
		used != sizeof(signature))
		return false;
	memcpy(message, timestamp, digits);
	memcpy(message + digits, exchange->body, exchange->length);
	return crypto_sign_verify_detached(
		       signature, message, digits + exchange->length, public_key) == 0;
}

static enum MHD_Result answer(struct MHD_Connection *connection, const struct exchange *exchange)
{
	bool good = is_signed(connection, exchange);
	struct MHD_Response *response = MHD_create_response_from_buffer(
		good ? constant_length : 0, constant, MHD_RESPMEM_PERSISTENT);
	MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, "application/json");
	enum MHD_Result result = MHD_queue_response(
		connection, good ? MHD_HTTP_OK : MHD_HTTP_UNAUTHORIZED, response);
	MHD_destroy_response(response);
	return result;
}

static enum MHD_Result handle(void *arg, struct MHD_Connection *connection, const char *url,
	const char *method, const char *version, const char *upload, size_t *size, void **context)
{
	(void)arg, (void)url, (void)method, (void)version;
	struct exchange *exchange = *context;
	if (!exchange) {
		*context = exchange = malloc(sizeof(*exchange));
		if (exchange)
			exchange->length = 0;
		return exchange ? MHD_YES : MHD_NO;
	}
	if (*size == 0)
		return answer(connection, exchange);
	if (*size > BODY_MAX - exchange->length)
		return MHD_NO;
	memcpy(exchange->body + exchange->length, upload, *size);
	exchange->length += *size;
	*size = 0;
	return MHD_YES;
}

static void completed(void *arg, struct MHD_Connection *connection, void **context,
	enum MHD_RequestTerminationCode code)
{
	(void)arg, (void)connection, (void)code;
	free(*context);
	*context = NULL;
}

static void take_connection(struct loop *loop)
{
	int fd;
	if (read(loop->mail[0], &fd, sizeof(fd)) != sizeof(fd))
		return;
	struct sockaddr_in address = {.sin_family = AF_INET};
	MHD_add_connection(loop->daemon, fd, (struct sockaddr *)&address, sizeof(address));
}

static void *run(void *arg)
{
	struct loop *loop = arg;
	for (;;) {
		MHD_UNSIGNED_LONG_LONG max;
		int timeout = MHD_get_timeout(loop->daemon, &max) == MHD_YES ? (int)max : -1;
		struct epoll_event events[2];
		int n = epoll_wait(loop->epoll, events, 2, timeout);
		for (int i = 0; i < n; i++)
			if (events[i].data.fd == loop->mail[0])
				take_connection(loop);
		MHD_run(loop->daemon);
	}
	return NULL;
}

static void watch(int epoll, int fd)
{
	struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
	if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) < 0)
		abort();
}

static void start_loop(struct loop *loop)
{
	loop->daemon = MHD_start_daemon(MHD_USE_EPOLL | MHD_USE_NO_LISTEN_SOCKET, 0, NULL, NULL,
		handle, NULL, MHD_OPTION_NOTIFY_COMPLETED, completed, NULL,
		MHD_OPTION_CONNECTION_LIMIT, CONNECTIONS_MAX, MHD_OPTION_END);
	loop->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (!loop->daemon || loop->epoll < 0 || pipe(loop->mail) < 0)
		abort();
	watch(loop->epoll, loop->mail[0]);
	watch(loop->epoll, MHD_get_daemon_info(loop->daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd);
	if (pthread_create(&loop->thread, NULL, run, loop) != 0)
		abort();
}

static int listen_on(const char *port)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
		.sin_port = htons((uint16_t)strtoul(port, NULL, 10))};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 ||
		listen(fd, CONNECTIONS_MAX) < 0) {
		perror("bare");
		exit(EXIT_FAILURE);
	}
	return fd;
}

static unsigned count_cores(void)
{
	cpu_set_t cores;
	int count = sched_getaffinity(0, sizeof(cores), &cores) == 0 ? CPU_COUNT(&cores) : 1;
	return count > LOOPS_MAX ? LOOPS_MAX : (unsigned)count;
}

int main(int argc, char **argv)
{
	size_t used;
	if (argc < 3 || sodium_init() < 0 ||
		sodium_hex2bin(public_key, sizeof(public_key), argv[2], strlen(argv[2]), NULL,
			&used, NULL) != 0 ||
		used != sizeof(public_key)) {
		fputs("bare: PORT PUBLIC-KEY-IN-HEX [BYTES]\n", stderr);
		return 2;
	}
	constant_length = argc > 3 ? strtoul(argv[3], NULL, 10) : 10;
	constant = malloc(constant_length + 1);
	if (!constant)
		return EXIT_FAILURE;
	memset(constant, ' ', constant_length);
	int listener = listen_on(argv[1]);
	static struct loop loops[LOOPS_MAX];
	unsigned count = count_cores();
	for (unsigned i = 0; i < count; i++)
		start_loop(&loops[i]);
	for (unsigned next = 0;; next++) {
		int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
		if (fd >= 0 && write(loops[next % count].mail[1], &fd, sizeof(fd)) != sizeof(fd))
			abort();
	}
}

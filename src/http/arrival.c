/* Ends connections whose requests do not arrive in time. */
#include "arrival.h"

#include <microhttpd.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "besace/base/memory.h"

/* <linux/tcp.h> has the whole struct, but not beside <netinet/tcp.h>: this is where the kernel puts
 * tcpi_bytes_received since 4.1, and keeps it. */
#define TCPI_BYTES_RECEIVED_OFFSET 128

/* Bytes that came on FD; 0 when the kernel does not count them. */
static uint64_t count_received(int fd)
{
	union {
		unsigned char bytes[TCPI_BYTES_RECEIVED_OFFSET + sizeof(uint64_t)];
		uint64_t words[TCPI_BYTES_RECEIVED_OFFSET / sizeof(uint64_t) + 1];
	} info = {0};
	socklen_t size = sizeof(info);
	if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) != 0 || size < sizeof(info))
		return 0;
	return info.words[TCPI_BYTES_RECEIVED_OFFSET / sizeof(uint64_t)];
}

struct peers *peers_create(void)
{
	struct peers *peers = must(malloc(sizeof(*peers)));
	TAILQ_INIT(peers);
	return peers;
}

static bool is_counted(int fd)
{
	int domain = 0;
	socklen_t size = sizeof(domain);
	return getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &size) == 0 && domain != AF_UNIX;
}

struct peer *peer_open(struct peers *peers, struct MHD_Connection *connection, int64_t now_ms)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
	struct peer *peer = must(calloc(1, sizeof(*peer)));
	peer->fd = info->connect_fd;
	/* Where bytes are not counted, whoever connects has a request. */
	peer->since_ms = is_counted(peer->fd) ? 0 : now_ms;
	peer->within_ms = ARRIVAL_REQUEST_MS;
	TAILQ_INSERT_TAIL(peers, peer, next);
	return peer;
}

void peer_close(struct peers *peers, struct peer *peer)
{
	TAILQ_REMOVE(peers, peer, next);
	free(peer);
}

void peer_headers(struct peer *peer, int64_t now_ms, int64_t within_ms)
{
	if (peer->since_ms == 0)
		peer->since_ms = now_ms;
	peer->within_ms = within_ms;
}

void peer_whole(struct peer *peer)
{
	peer->since_ms = 0;
	peer->is_whole = true;
	peer->received = count_received(peer->fd);
}

void peer_done(struct peer *peer)
{
	if (!peer->is_whole) /* refused before it was whole */
		peer->received = count_received(peer->fd);
	peer->since_ms = 0;
	peer->within_ms = ARRIVAL_REQUEST_MS;
	peer->is_whole = false;
}

unsigned peers_look(struct peers *peers, int64_t now_ms)
{
	unsigned count = 0;
	struct peer *peer;
	TAILQ_FOREACH (peer, peers, next) {
		if (peer->is_whole)
			continue;
		if (peer->since_ms == 0 && count_received(peer->fd) != peer->received)
			peer->since_ms = now_ms;
		if (peer->since_ms == 0 || now_ms - peer->since_ms < peer->within_ms)
			continue;
		/* libmicrohttpd sees its end and closes it. */
		shutdown(peer->fd, SHUT_RDWR);
		count++;
	}
	return count;
}

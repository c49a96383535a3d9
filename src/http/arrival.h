/*
 * Arrival: a request has a time from its first byte to its last, however its bytes trickle.
 *
 * libmicrohttpd's own timeout starts anew with each byte. So each connection has a record here, and
 * a worker looks at all of them each second: one whose request has begun and has not come in whole
 * in time is shut down. Where a request begins is known from its headers; before those, from the
 * bytes that the kernel has counted on the connection since the last request (TCP only; a Unix
 * socket does not count, so there the time of the first headers begins with the connection, and
 * that of later ones with their last byte).
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "besace/runtime/loop.h"

struct MHD_Connection;

/* The contract's deadlines: a request has this long to arrive whole, a batch of events so long. */
#define ARRIVAL_REQUEST_MS 10000
#define ARRIVAL_EVENTS_MS 30000

/* A connection. */
struct peer {
	int fd;
	int64_t since_ms; /* its request began to arrive; 0: none is arriving */
	int64_t within_ms; /* the time that request has */
	uint64_t received; /* bytes that came until the last request was whole */
	bool is_whole; /* its request has arrived and is not answered yet */
	TAILQ_ENTRY(peer) next;
};

TAILQ_HEAD(peers, peer);

/* No connections yet; given back with free. */
struct peers *peers_create(void);

/* A connection was accepted; the peer is freed by peer_close. */
struct peer *peer_open(struct peers *peers, struct MHD_Connection *connection, int64_t now_ms);
void peer_close(struct peers *peers, struct peer *peer);

/* The headers of a request are there; its body has WITHIN_MS since it began to arrive. */
void peer_headers(struct peer *peer, int64_t now_ms, int64_t within_ms);

/* The request is whole. */
void peer_whole(struct peer *peer);

/* The request was answered, or given up: the next one may begin. */
void peer_done(struct peer *peer);

/* Shuts down the connections whose request is overdue and returns how many they were. */
unsigned peers_look(struct peers *peers, int64_t now_ms);

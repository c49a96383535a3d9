/*
 * The wire: single HTTP transfers by libcurl on the event loop.
 *
 * It knows neither rate limits nor attempts; client.c does. Connections are kept and shared.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "besace/base/content.h"
#include "besace/runtime/loop.h"
#include "bucket.h"

struct wire;
struct wire_transfer;

typedef void transfer_fn(void *arg, struct wire_transfer *transfer);

/* How an transfer ended. */
enum wire_end {
	WIRE_ANSWERED, /* http, rate, answer say what came */
	WIRE_NOT_SENT, /* no connection: Discord has seen nothing */
	WIRE_BROKEN, /* cut or too slow after it may have been sent */
	WIRE_TOO_LARGE, /* the answer was above REST_MAX_BODY and dropped; http is known */
};

/* libcurl asks for this much room for its words. */
#define WIRE_MAX_WORDS 256

/* Lives in its owner's struct from wire_send until done is called or wire_cancel. */
struct wire_transfer {
	/* The question; the texts stay the owner's. */
	const char *method, *url;
	struct content content; /* without bytes: none */
	struct attachment file; /* without bytes: none; else CONTENT is there, and both go as a form
				 */
	const char *const *lines; /* further headers, whole lines; NULL: none, else NULL behind them
				   */
	const char *user_agent; /* NULL: what Discord wants of a bot */
	int64_t timeout_ms;
	bool fresh; /* on a connection of its own: libcurl silently repeats what dies on a kept one
		     */
	transfer_fn *done;
	void *arg;
	/* The outcome. */
	enum wire_end end;
	const char
		*why; /* libcurl's words when there was no answer: host and cause, never the URL */
	int http;
	struct rate_headers rate;
	int64_t asked_ms, answered_ms; /* on the mono clock, until the last header */
	char *answer; /* on the wire's memory; NULL: empty. wire_cancel frees it */
	size_t answer_length;
	/* The wire's own. */
	void *easy, *headers, *form;
	char words[WIRE_MAX_WORDS];
	struct wire *wire;
};

/* NULL when libcurl cannot start. */
struct wire *wire_create(void *ctx, struct loop *loop);
/* Cancel every transfer first. */
void wire_destroy(struct wire **wire);

/* Starts TRANSFER; done is called later from the loop, never from here. */
void wire_send(struct wire *wire, struct wire_transfer *transfer);

/* Ends TRANSFER without a word and frees what it holds; also right after it is done. */
void wire_cancel(struct wire_transfer *transfer);

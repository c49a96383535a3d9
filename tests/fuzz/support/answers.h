/*
 * Answers of a foreign server, for the targets that read them: a wire and a loop that are none.
 *
 * An input is an answer as it stands on the wire: the status ("200"), headers line by line, an
 * empty line, the body. Every transfer that is sent gets this answer.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <talloc.h>

#include "besace/runtime/clock.h"
#include "besace/runtime/loop.h"
#include "rest/wire.h"

/* A call, and the look whether a token is good that it brings about. */
#define TRANSFERS_MAX 4
#define TIMERS_MAX 8

static struct {
	struct wire_transfer *sent[TRANSFERS_MAX]; /* and not answered */
	size_t sent_count;
	struct timer *timers[TIMERS_MAX]; /* set ones */
	size_t timer_count;
} outside;

static inline void expect(bool holds)
{
	if (!holds)
		abort();
}

/* ---- What stands in for the layers below */

struct wire *wire_create(void *ctx, struct loop *loop)
{
	(void)ctx, (void)loop;
	static char wire;
	return (struct wire *)&wire;
}

void wire_destroy(struct wire **wire)
{
	*wire = NULL;
}

void wire_send(struct wire *wire, struct wire_transfer *transfer)
{
	(void)wire;
	rate_headers_clear(&transfer->rate);
	transfer->why = "";
	expect(outside.sent_count < TRANSFERS_MAX);
	outside.sent[outside.sent_count++] = transfer;
}

void wire_cancel(struct wire_transfer *transfer)
{
	for (size_t i = 0; i < outside.sent_count; i++)
		if (outside.sent[i] == transfer)
			outside.sent[i--] = outside.sent[--outside.sent_count];
	TALLOC_FREE(transfer->answer);
	transfer->answer_length = 0;
}

void loop_timer_cancel(struct loop *loop, struct timer *timer)
{
	(void)loop;
	for (size_t i = 0; i < outside.timer_count; i++)
		if (outside.timers[i] == timer)
			outside.timers[i--] = outside.timers[--outside.timer_count];
}

void loop_timer_set(struct loop *loop, struct timer *timer, int64_t at_ms)
{
	loop_timer_cancel(loop, timer);
	timer->at_ms = at_ms;
	expect(outside.timer_count < TIMERS_MAX);
	outside.timers[outside.timer_count++] = timer;
}

/* ---- Answering */

/* The bytes in a block of exactly their size, so that a sanitizer sees a read past the end. */
static inline void take_header(struct wire_transfer *transfer, const char *line, size_t length)
{
	char *copy = malloc(length ? length : 1);
	memcpy(copy, line, length);
	rate_headers_line(&transfer->rate, copy, length);
	free(copy);
}

/* Fills in what DATA says was answered. */
static inline void fill_answer(struct wire_transfer *transfer, const char *at, const char *end)
{
	transfer->end = WIRE_ANSWERED;
	transfer->http = 0;
	for (; at < end && *at >= '0' && *at <= '9' && transfer->http < 100; at++)
		transfer->http = 10 * transfer->http + (*at - '0');
	while (at < end) {
		const char *newline = memchr(at, '\n', (size_t)(end - at));
		size_t length = newline ? (size_t)(newline - at) : (size_t)(end - at);
		bool is_last = length == 0;
		take_header(transfer, at, length);
		at += length + (newline != NULL);
		if (is_last)
			break;
	}
	transfer->answer_length = (size_t)(end - at);
	transfer->answer = talloc_memdup(NULL, at, transfer->answer_length);
}

/* Lets every timer run out that is due, and answers what was sent meanwhile. */
static inline void let_pass(const uint8_t *data, size_t size)
{
	for (int turn = 0; turn < TIMERS_MAX; turn++) {
		int64_t now = clock_mono_ms();
		for (size_t i = 0; i < outside.timer_count; i++) {
			struct timer *timer = outside.timers[i];
			if (timer->at_ms > now)
				continue;
			loop_timer_cancel(NULL, timer);
			timer->fn(timer->arg);
			break;
		}
		if (outside.sent_count == 0)
			continue;
		struct wire_transfer *transfer = outside.sent[0];
		outside.sent[0] = outside.sent[--outside.sent_count];
		fill_answer(transfer, (const char *)data, (const char *)data + size);
		transfer->done(transfer->arg, transfer);
	}
}

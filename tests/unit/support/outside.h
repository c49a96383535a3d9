/* What stands around a job in its unit tests: timers that run out when the test says so, a pool and
 * a REST client that keep what they are given until the test answers. Each test begins with
 * outside_reset. */
#pragma once

#include "unit.h"

#include <stdbool.h>
#include <string.h>

#include "besace/rest/client.h"
#include "besace/runtime/loop.h"
#include "besace/store/pool.h"

#define OUTSIDE_MAX 64

static struct {
	int64_t now_ms;
	struct timer *timers[OUTSIDE_MAX]; /* set ones */
	unsigned timer_count;
	struct pool_request *requests[OUTSIDE_MAX]; /* not answered yet, in the order submitted */
	unsigned request_count;
	bool pool_is_full;
	struct rest_request calls[OUTSIDE_MAX]; /* likewise */
	unsigned call_count;
	enum status rest_status; /* what rest_submit returns */
	unsigned calls_made; /* in all */
	int64_t wait_ms; /* what answers ask for */
} outside;

static inline void outside_reset(void)
{
	memset(&outside, 0, sizeof(outside));
	outside.now_ms = 1000;
}

/* ---- The layers below */

int64_t loop_now_ms(const struct loop *loop)
{
	(void)loop;
	return outside.now_ms;
}

void loop_timer_cancel(struct loop *loop, struct timer *timer)
{
	(void)loop;
	for (unsigned i = 0; i < outside.timer_count; i++)
		if (outside.timers[i] == timer)
			outside.timers[i--] = outside.timers[--outside.timer_count];
}

void loop_timer_set(struct loop *loop, struct timer *timer, int64_t at_ms)
{
	loop_timer_cancel(loop, timer);
	assert_non_null(timer->fn);
	timer->at_ms = at_ms;
	assert_true(outside.timer_count < OUTSIDE_MAX);
	outside.timers[outside.timer_count++] = timer;
}

enum status pool_submit(struct pool *pool, struct pool_request *request)
{
	(void)pool;
	if (outside.pool_is_full)
		return STATUS_UNAVAILABLE;
	assert_true(outside.request_count < OUTSIDE_MAX);
	outside.requests[outside.request_count++] = request;
	return STATUS_OK;
}

static inline void outside_drop_request(unsigned number)
{
	outside.request_count--;
	memmove(&outside.requests[number], &outside.requests[number + 1],
		(outside.request_count - number) * sizeof(outside.requests[0]));
}

bool pool_cancel(struct pool *pool, struct pool_request *request)
{
	(void)pool;
	for (unsigned i = 0; i < outside.request_count; i++)
		if (outside.requests[i] == request) {
			outside_drop_request(i);
			return true;
		}
	return false;
}

enum status rest_submit(struct rest *rest, const struct rest_request *request)
{
	(void)rest;
	if (outside.rest_status)
		return outside.rest_status;
	assert_true(outside.call_count < OUTSIDE_MAX);
	outside.calls[outside.call_count++] = *request;
	outside.calls_made++;
	return STATUS_OK;
}

/* ---- What the tests do with them */

/* Lets the earliest timer run out. Returns how long that took. */
static inline int64_t run_out(void)
{
	assert_true(outside.timer_count > 0);
	struct timer *first = outside.timers[0];
	for (unsigned i = 1; i < outside.timer_count; i++)
		if (outside.timers[i]->at_ms < first->at_ms)
			first = outside.timers[i];
	int64_t before = outside.now_ms;
	outside.now_ms = first->at_ms > before ? first->at_ms : before;
	loop_timer_cancel(NULL, first);
	first->fn(first->arg);
	return outside.now_ms - before;
}

/* Answers the oldest request with ROWS, or with STATUS and without. */
static inline void answer_request(enum status status, const struct db_rows *rows)
{
	assert_true(outside.request_count > 0);
	struct pool_request *request = outside.requests[0];
	outside_drop_request(0);
	request->done(request->arg, status, status ? NULL : rows, status ? "a test" : NULL);
}

/* Answers the oldest call. BODY is JSON, or NULL. */
static inline void answer_call(enum status status, int http, int code, const char *body)
{
	assert_true(outside.call_count > 0);
	struct rest_request call = outside.calls[0];
	json_t *json = body ? json_loads(body, 0, NULL) : NULL;
	const struct rest_answer answer = {.status = status,
		.http = http,
		.code = code,
		.wait_ms = outside.wait_ms,
		.body = json};
	outside.call_count--;
	memmove(&outside.calls[0], &outside.calls[1],
		outside.call_count * sizeof(outside.calls[0]));
	call.done(call.arg, &answer);
	json_decref(json);
}

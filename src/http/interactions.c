/* POST /interactions: carries an interaction's bytes to the invocation host, and its answer back.
 */
#include <stdlib.h>
#include <talloc.h>

#include "besace/base/memory.h"
#include "besace/http/worker.h"
#include "besace/jobs/host.h"
#include "exchange.h"

static void answered(void *arg, enum status status, const struct content *content)
{
	struct exchange *exchange = arg;
	if (status)
		exchange_refuse(exchange, MHD_HTTP_BAD_REQUEST, content->bytes);
	else
		exchange_answer(exchange, MHD_HTTP_OK, content);
}

static void left(void *arg)
{
	host_left(arg);
}

void interactions_handle(struct exchange *exchange)
{
	const struct config *config = exchange->worker->config;
	if (!exchange_admit(exchange, config->public_keys, config->public_key_count))
		return;
	struct host_request *request = must(talloc_zero(exchange->ctx, struct host_request));
	*request = (struct host_request){.ctx = exchange->ctx,
		.bytes = (const char *)exchange->body.bytes,
		.length = exchange->body.length,
		.signed_s = strtoll(exchange->timestamp, NULL, 10),
		.started_ms = exchange->started_ms,
		.arrived_us = exchange->body_end_us,
		.answer = answered,
		.arg = exchange};
	exchange_on_left(exchange, left, request);
	host_take(exchange->worker->host, request);
}

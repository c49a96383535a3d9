/* Signed batches on the wire, and what the service answers. */
#include "besace/rest/service.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <talloc.h>

#include "besace/base/memory.h"
#include "wire.h"

/* Header lines: the signature's, the key's, the timestamp's, and the end. */
#define LINES 4

struct service_client {
	struct service_options options;
	struct wire *wire;
	struct wire_transfer transfer;
	void *ctx; /* of the batch under way; NULL: none is */
	struct service_batch batch; /* without its events */
};

struct service_client *service_create(struct loop *loop, const struct service_options *options)
{
	struct service_client *client = must(talloc_zero(NULL, struct service_client));
	client->options = *options;
	client->wire = wire_create(client, loop);
	if (!client->wire)
		TALLOC_FREE(client);
	return client;
}

void service_destroy(struct service_client **handle)
{
	struct service_client *client = *handle;
	if (!client)
		return;
	if (client->ctx)
		wire_cancel(&client->transfer);
	wire_destroy(&client->wire);
	TALLOC_FREE(*handle);
}

/* ---- The answer */

static const char *explain(int http)
{
	switch (http) {
	case 400:
		return "it does not understand the batch: are both of one version?";
	case 401:
		return "it refuses the signature: check BESACE_EVENT_KEY_ID, the key, the clocks";
	case 404:
		return "it takes no events: check BESACE_EVENTS_URL and its BESACE_EVENT_KEYS";
	case 503:
		return "it asks to wait";
	default:
		return "unexpected status";
	}
}

/* Whether the answer is the service's, and not that of something in between: it accounts for each
 * event. */
static bool accounts_for_all(const json_t *answer, size_t count, const json_t **out_rejected)
{
	json_int_t accepted, duplicates, sent = (json_int_t)count;
	json_t *rejected;
	if (json_unpack((json_t *)answer, "{s:I, s:I, s:o}", "accepted", &accepted, "duplicates",
		    &duplicates, "rejected", &rejected) != 0 ||
		!json_is_array(rejected) || accepted < 0 || accepted > sent || duplicates < 0 ||
		duplicates > sent ||
		accepted + duplicates + (json_int_t)json_array_size(rejected) != sent)
		return false;
	*out_rejected = rejected;
	return true;
}

static void judge(
	const struct service_client *client, const json_t *json, struct service_answer *answer)
{
	const struct wire_transfer *transfer = &client->transfer;
	answer->outcome = SERVICE_AWAY;
	if (transfer->end != WIRE_ANSWERED)
		answer->why = transfer->why;
	else if (transfer->http == 413)
		answer->outcome = SERVICE_TOO_LARGE;
	else if (transfer->http != 200)
		answer->why = explain(transfer->http);
	else if (!accounts_for_all(json, client->batch.count, &answer->rejected))
		answer->why = "the answer is not that of the service";
	else
		answer->outcome = SERVICE_TAKEN;
}

static void on_transfer(void *arg, struct wire_transfer *transfer)
{
	struct service_client *client = arg;
	struct service_answer answer = {
		.http = transfer->end == WIRE_ANSWERED ? transfer->http : 0,
		.bytes = transfer->content.length,
		.retry_after_ms = transfer->rate.retry_after_ms,
	};
	json_t *json = json_loadb(
		transfer->answer ? transfer->answer : "", transfer->answer_length, 0, NULL);
	judge(client, json, &answer);
	wire_cancel(transfer);
	TALLOC_FREE(client->ctx);
	client->batch.done(client->batch.arg, &answer);
	json_decref(json);
}

/* ---- The batch */

/* The batch as JSON behind the timestamp, which is how it is signed, on CTX. */
static char *write_signed(const struct service_client *client, void *ctx,
	const struct service_batch *batch, size_t *out_time, size_t *out_length)
{
	static const char head[] = "%" PRId64 "{\"source\":\"%s\",\"events\":[";
	size_t room = sizeof(head) + 24 + strlen(client->options.source) + sizeof("]}");
	for (size_t i = 0; i < batch->count; i++)
		room += batch->events[i].length + 1;
	char *text = must(talloc_size(ctx, room));
	size_t used = (size_t)snprintf(text, room, head, batch->time_s, client->options.source);
	*out_time = strcspn(text, "{");
	for (size_t i = 0; i < batch->count; i++) {
		if (i > 0)
			text[used++] = ',';
		memcpy(text + used, batch->events[i].json, batch->events[i].length);
		used += batch->events[i].length;
	}
	memcpy(text + used, "]}", sizeof("]}"));
	*out_length = used + strlen("]}");
	return text;
}

/* The header lines that sign TEXT, whose first TIME bytes are the timestamp, on CTX. */
static const char **sign(const struct service_client *client, void *ctx, const char *text,
	size_t time, size_t length)
{
	unsigned char signature[crypto_sign_BYTES];
	char hex[2 * crypto_sign_BYTES + 1];
	crypto_sign_detached(
		signature, NULL, (const unsigned char *)text, length, client->options.secret_key);
	sodium_bin2hex(hex, sizeof(hex), signature, sizeof(signature));
	const char **lines = must(talloc_zero_array(ctx, const char *, LINES));
	lines[0] = must(talloc_asprintf(lines, "X-Signature-Ed25519: %s", hex));
	lines[1] = must(talloc_asprintf(lines, "X-Besace-Key-Id: %s", client->options.key_id));
	lines[2] = must(talloc_asprintf(lines, "X-Signature-Timestamp: %.*s", (int)time, text));
	return lines;
}

void service_post(struct service_client *client, const struct service_batch *batch)
{
	size_t time, length;
	client->ctx = must(talloc_new(client));
	client->batch = *batch;
	char *text = write_signed(client, client->ctx, batch, &time, &length);
	client->transfer = (struct wire_transfer){
		.method = "POST",
		.url = client->options.url,
		.content = {text + time, length - time, CONTENT_JSON},
		.lines = sign(client, client->ctx, text, time, length),
		.user_agent = client->options.user_agent,
		.timeout_ms = SERVICE_POST_MS,
		.done = on_transfer,
		.arg = client,
	};
	wire_send(client->wire, &client->transfer);
}

/* The client of /events: what is sent and signed, and what an answer means. The wire is a stand-in.
 */
#include "unit.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "besace/rest/service.h"
#include "rest/wire.h"

static struct wire_transfer *sent; /* that waits for its answer */

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
	sent = transfer;
}

void wire_cancel(struct wire_transfer *transfer)
{
	TALLOC_FREE(transfer->answer);
	transfer->answer_length = 0;
	sent = NULL;
}

static unsigned char public_key[crypto_sign_PUBLICKEYBYTES], secret_key[crypto_sign_SECRETKEYBYTES];

/* What came of the last batch. */
static struct service_answer got;
static size_t rejected_count;

static void on_done(void *arg, const struct service_answer *answer)
{
	(void)arg;
	got = *answer;
	rejected_count = json_array_size(answer->rejected);
	got.rejected = NULL;
}

static const struct service_event events[] = {{"{\"a\":1}", 7}, {"{\"b\":2}", 7}, {"{}", 2}};

static void post(struct service_client *client)
{
	service_post(client, &(struct service_batch){.events = events,
				     .count = ARRAY_LEN(events),
				     .time_s = 1800000000,
				     .done = on_done});
	assert_non_null(sent);
}

static struct service_client *client_create(void)
{
	unsigned char seed[crypto_sign_SEEDBYTES] = {7};
	crypto_sign_seed_keypair(public_key, secret_key, seed);
	struct service_options options = {.url = "http://x/events",
		.key_id = "shim-1",
		.secret_key = secret_key,
		.source = "0/1",
		.user_agent = "test"};
	struct service_client *client = service_create(NULL, &options);
	post(client);
	return client;
}

static void answer(int http, const char *body)
{
	struct wire_transfer *transfer = sent;
	transfer->end = WIRE_ANSWERED;
	transfer->http = http;
	transfer->answer = body ? talloc_strdup(NULL, body) : NULL;
	transfer->answer_length = body ? strlen(body) : 0;
	transfer->done(transfer->arg, transfer);
}

static const char *line(const char *name)
{
	for (const char *const *lines = sent->lines; *lines; lines++)
		if (strncmp(*lines, name, strlen(name)) == 0)
			return *lines + strlen(name);
	return NULL;
}

static void service_post_signs_timestamp_and_body(void **state)
{
	struct service_client *client = client_create();
	unsigned char signature[crypto_sign_BYTES];
	assert_string_equal(sent->method, "POST");
	assert_string_equal(sent->user_agent, "test");
	assert_string_equal(
		sent->content.bytes, "{\"source\":\"0/1\",\"events\":[{\"a\":1},{\"b\":2},{}]}");
	assert_int_equal(strlen(sent->content.bytes), sent->content.length);
	assert_string_equal(line("X-Besace-Key-Id: "), "shim-1");
	assert_string_equal(line("X-Signature-Timestamp: "), "1800000000");
	const char *hex = line("X-Signature-Ed25519: ");
	assert_int_equal(
		sodium_hex2bin(signature, sizeof(signature), hex, strlen(hex), NULL, NULL, NULL),
		0);
	char *text = talloc_asprintf(*state, "1800000000%s", sent->content.bytes);
	assert_int_equal(crypto_sign_verify_detached(
				 signature, (const unsigned char *)text, strlen(text), public_key),
		0);
	service_destroy(&client);
	assert_null(sent); /* what was under way is cancelled */
}

#define REJECTED "{\"index\":1,\"reason\":\"x\"}"

static void service_answer_that_accounts_for_all_is_taken(void **state)
{
	static const char *const bodies[] = {
		"{\"accepted\":3,\"duplicates\":0,\"rejected\":[]}",
		"{\"accepted\":1,\"duplicates\":2,\"rejected\":[],\"new\":\"field\"}",
		"{\"accepted\":0,\"duplicates\":2,\"rejected\":[" REJECTED "]}",
	};
	(void)state;
	struct service_client *client = client_create();
	for (size_t i = 0; i < ARRAY_LEN(bodies); i++) {
		answer(200, bodies[i]);
		assert_int_equal(got.outcome, SERVICE_TAKEN);
		assert_int_equal(rejected_count, i == 2);
		post(client);
	}
	service_destroy(&client);
}

static void service_answer_whose_counts_do_not_add_up_is_not_taken(void **state)
{
	static const char *const bodies[] = {
		"{\"accepted\":2,\"duplicates\":0,\"rejected\":[]}",
		"{\"accepted\":4,\"duplicates\":0,\"rejected\":[]}",
		"{\"accepted\":4,\"duplicates\":-1,\"rejected\":[]}",
		"{\"accepted\":3,\"duplicates\":0,\"rejected\":[" REJECTED "]}",
		"{\"accepted\":9223372036854775807,\"duplicates\":9223372036854775807,"
		"\"rejected\":[1,2,3,4,5]}",
		"{\"accepted\":3,\"duplicates\":0}",
		"{\"accepted\":3,\"rejected\":[]}",
		"{\"accepted\":\"3\",\"duplicates\":0,\"rejected\":[]}",
		"{\"accepted\":3,\"duplicates\":0,\"rejected\":{}}",
		"<html>log in to this network</html>",
		"[]",
		"",
		NULL,
	};
	(void)state;
	struct service_client *client = client_create();
	for (size_t i = 0; i < ARRAY_LEN(bodies); i++) {
		answer(200, bodies[i]);
		assert_int_equal(got.outcome, SERVICE_AWAY);
		assert_non_null(strstr(got.why, "not that of the service"));
		assert_int_equal(rejected_count, 0);
		post(client);
	}
	service_destroy(&client);
}

static void service_answer_of_another_status_says_why(void **state)
{
	static const struct {
		int http;
		const char *why;
	} rows[] = {{400, "of one version"}, {401, "BESACE_EVENT_KEY_ID"},
		{404, "BESACE_EVENT_KEYS"}, {503, "asks to wait"}, {500, "unexpected"},
		{204, "unexpected"}};
	(void)state;
	struct service_client *client = client_create();
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		sent->rate.retry_after_ms = 2000;
		answer(rows[i].http, "{\"accepted\":3,\"duplicates\":0,\"rejected\":[]}");
		assert_int_equal(got.outcome, SERVICE_AWAY);
		assert_int_equal(got.http, rows[i].http);
		assert_int_equal(got.retry_after_ms, 2000);
		assert_non_null(strstr(got.why, rows[i].why));
		post(client);
	}
	answer(413, NULL);
	assert_int_equal(got.outcome, SERVICE_TOO_LARGE);
	assert_true(got.bytes > 20);
	service_destroy(&client);
}

static void service_answer_that_breaks_is_none(void **state)
{
	(void)state;
	struct service_client *client = client_create();
	sent->end = WIRE_BROKEN;
	sent->http = 200;
	sent->why = "cut";
	sent->answer = talloc_strdup(NULL, "{\"accepted\":3,\"duplicates\":0,\"rejected\":[]}");
	sent->answer_length = strlen(sent->answer);
	sent->done(sent->arg, sent);
	assert_int_equal(got.outcome, SERVICE_AWAY);
	assert_int_equal(got.http, 0);
	assert_string_equal(got.why, "cut");
	service_destroy(&client);
}

static const struct CMUnitTest tests[] = {
	UNIT(service_post_signs_timestamp_and_body),
	UNIT(service_answer_that_accounts_for_all_is_taken),
	UNIT(service_answer_whose_counts_do_not_add_up_is_not_taken),
	UNIT(service_answer_of_another_status_says_why),
	UNIT(service_answer_that_breaks_is_none),
};

UNIT_MAIN(tests)

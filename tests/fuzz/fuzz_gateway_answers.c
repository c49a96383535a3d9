/* Fuzzes what the shim is answered: by Discord about a user, a channel and its Gateway, by the
 * service about a batch. */
#include <jansson.h>
#include <sodium.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <talloc.h>

#include "besace/base/utf8.h"
#include "besace/rest/client.h"
#include "besace/rest/service.h"
#include "besace/runtime/log.h"
#include "gateway/ask.h"
#include "gateway/session.h"
#include "support/answers.h"
#include "support/shim_tables.h"

#define NOW_MS INT64_C(1800000000000)

static const struct session_now now = {.mono_ms = 1000, .wall_ms = NOW_MS};

static struct guilds *guilds;

/* ---- Users and channels */

static void count(void *arg)
{
	++*(int *)arg;
}

static void check_user(void)
{
	char *name = NULL;
	void *ctx = talloc_new(NULL);
	enum user_kind kind = user_find(guilds, ctx, 1, &name);
	expect(kind != USER_HUMAN || (name && *name && utf8_is_valid(name, strlen(name))));
	talloc_free(ctx);
}

static void ask_discord(struct rest *rest, const uint8_t *data, size_t size)
{
	int answers = 0;
	const struct ask_options options = {.rest = rest,
		.guilds = guilds,
		.answered = count,
		.changed = count,
		.arg = &answers};
	struct ask *ask = ask_create(&options);
	expect(ask_user(ask, 1));
	ask_channel(ask, 7, 8);
	let_pass(data, size);
	rest_destroy(&rest);
	expect(answers > 0);
	check_user();
	ask_destroy(&ask);
}

/* ---- The Gateway's address */

static double draw(void *arg)
{
	(void)arg;
	return 0.5;
}

/* The session at the time for which it waits. */
static struct session_now wait_for(struct session *session, struct session_now since)
{
	struct session_now due = {.mono_ms = session_due_ms(session)};
	expect(session_state(session) == SESSION_WAITING);
	expect(due.mono_ms >= since.mono_ms && due.mono_ms < INT64_MAX);
	due.wall_ms = since.wall_ms + (due.mono_ms - since.mono_ms);
	session_due(session, due);
	return due;
}

/* Whatever the limits are, the session waits for a time that comes, and asks again by then. */
static void tell_session(const struct session_limits *limits)
{
	struct session_settings settings = {
		.token = "t", .shard_id = 1, .shard_count = 3, .random = draw};
	struct session_identity none = {.seq = -1};
	struct identify_history history = {0};
	struct session *session = session_create(&settings, &none, &history, now);
	struct session_now asked = wait_for(session, now);
	expect(session_state(session) == SESSION_ASKING);
	session_told(session, limits, asked);
	(void)wait_for(session, asked);
	expect(session_state(session) == SESSION_CONNECTING ||
		session_state(session) == SESSION_ASKING);
	session_destroy(&session);
}

static void on_gateway(void *arg, const struct rest_answer *answer)
{
	struct session_limits limits;
	(void)arg;
	if (answer->status == STATUS_OK && session_limits_read(answer->body, &limits))
		tell_session(&limits);
}

static void ask_gateway(struct rest *rest, const uint8_t *data, size_t size)
{
	struct rest_request request = {
		.method = "GET", .route = "/gateway/bot", .done = on_gateway};
	expect(rest_submit(rest, &request) == STATUS_OK);
	let_pass(data, size);
	rest_destroy(&rest);
}

/* ---- The service */

static void on_batch(void *arg, const struct service_answer *answer)
{
	int *answers = arg;
	++*answers;
	expect((answer->outcome == SERVICE_TAKEN) == (answer->rejected != NULL));
	expect(answer->outcome != SERVICE_AWAY || answer->why);
	expect(json_array_size(answer->rejected) <= 2 && answer->retry_after_ms >= -1);
}

static void post_batch(const uint8_t *data, size_t size)
{
	static unsigned char public[crypto_sign_PUBLICKEYBYTES], secret[crypto_sign_SECRETKEYBYTES];
	static const unsigned char seed[crypto_sign_SEEDBYTES] = {7};
	crypto_sign_seed_keypair(public, secret, seed);
	const struct service_options options = {.url = "http://x/events",
		.key_id = "shim-1",
		.secret_key = secret,
		.source = "0/1",
		.user_agent = "fuzz"};
	const struct service_event events[] = {{"{}", 2}, {"{\"a\":1}", 7}};
	int answers = 0;
	struct service_client *client = service_create(NULL, &options);
	service_post(client, &(struct service_batch){.events = events,
				     .count = 2,
				     .time_s = NOW_MS / 1000,
				     .done = on_batch,
				     .arg = &answers});
	let_pass(data, size);
	expect(answers == 1);
	service_destroy(&client);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct rest_options options = {
		.api_url = "http://x", .bot_token = "t", .at_terminal = true};
	if (sodium_init() < 0)
		abort();
	log_setup(LOG_LEVEL_ERROR, false);
	guilds = tables_open();
	ask_discord(rest_create(NULL, &options), data, size);
	ask_gateway(rest_create(NULL, &options), data, size);
	post_batch(data, size);
	sqlite_rollback(spool_sqlite(tables_spool));
	expect(outside.sent_count == 0 && outside.timer_count == 0);
	return 0;
}

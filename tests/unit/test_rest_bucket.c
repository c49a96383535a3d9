/* Discord's rate limits: what headers and 429s mean, and when a call may leave. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>
#include <talloc.h>

#include "besace/base/compiler.h"
#include "besace/base/memory.h"
#include "besace/discord/interaction.h"
#include "besace/rest/client.h"
#include "rest/bucket.h"
#include "rest/queue.h"
#include "rest/route.h"

static struct rate_headers read_headers(const char *const *lines)
{
	struct rate_headers headers;
	rate_headers_clear(&headers);
	for (; *lines; lines++)
		rate_headers_line(&headers, *lines, strlen(*lines));
	return headers;
}

#define HEADERS(...) read_headers((const char *const[]){__VA_ARGS__, NULL})

static struct rate_refusal refused(const struct rate_headers *headers, const char *body)
{
	json_t *json = body ? json_loads(body, 0, NULL) : NULL;
	struct rate_refusal refusal = rate_refused(headers, json, 60000);
	json_decref(json);
	return refusal;
}

static void rate_headers_absent_say_nothing(void **state)
{
	(void)state;
	struct rate_headers headers = HEADERS("HTTP/1.1 200 OK\r\n", "Date: now\r\n", "\r\n");
	assert_string_equal(headers.bucket, "");
	assert_int_equal(headers.remaining, -1);
	assert_int_equal(headers.reset_after_ms, -1);
	assert_int_equal(headers.retry_after_ms, -1);
	assert_false(headers.from_discord);
}

static void rate_headers_line_ignores_case(void **state)
{
	(void)state;
	struct rate_headers headers = HEADERS("x-ratelimit-bucket: abcd1234\r\n",
		"X-RATELIMIT-REMAINING:3\r\n", "X-RateLimit-Reset-After:  1.2341 \r\n",
		"x-ratelimit-scope: shared\r\n", "X-RateLimit-Global: true");
	assert_string_equal(headers.bucket, "abcd1234");
	assert_int_equal(headers.remaining, 3);
	assert_int_equal(headers.reset_after_ms, 1235); /* rounded up: never early */
	assert_true(headers.shared);
	assert_true(headers.global);
	assert_true(headers.from_discord);
	/* Whatever comes behind what only Discord sends. */
	headers = HEADERS("X-RateLimit-Bucket: abcd1234\r\n", "Retry-After: 3\r\n");
	assert_true(headers.from_discord);
	headers = HEADERS("Retry-After: 3\r\n");
	assert_false(headers.from_discord);
}

static void rate_headers_line_ignores_senseless_values(void **state)
{
	(void)state;
	char long_bucket[256] = "X-RateLimit-Bucket: ";
	memset(long_bucket + strlen(long_bucket), 'a', BUCKET_MAX_NAME + 1);
	struct rate_headers headers = HEADERS(long_bucket, "X-RateLimit-Remaining: -1",
		"X-RateLimit-Reset-After: nan", "Retry-After: Wed, 21 Oct 2026 07:28:00 GMT",
		"Retry-After: -3", "X-RateLimit-Remaining: 1x");
	assert_string_equal(headers.bucket, "");
	assert_int_equal(headers.remaining, -1);
	assert_int_equal(headers.reset_after_ms, -1);
	assert_int_equal(headers.retry_after_ms, -1);
}

static void rate_headers_line_cuts_endless_waits(void **state)
{
	(void)state;
	struct rate_headers headers = HEADERS("Retry-After: 1e300");
	assert_int_equal(headers.retry_after_ms, RATE_WAIT_MAX_MS);
}

static void bucket_learn_pauses_an_empty_bucket_until_its_reset(void **state)
{
	(void)state;
	struct bucket bucket = {0};
	struct rate_headers left =
		HEADERS("X-RateLimit-Remaining: 1", "X-RateLimit-Reset-After: 5");
	bucket_learn(&bucket, &left, 1000);
	assert_int_equal(bucket.ready_ms, 0);
	struct rate_headers none =
		HEADERS("X-RateLimit-Remaining: 0", "X-RateLimit-Reset-After: 5");
	bucket_learn(&bucket, &none, 1000);
	assert_in_range(bucket.ready_ms, 6000, 6010);
}

static void bucket_pause_is_never_shortened(void **state)
{
	(void)state;
	struct bucket bucket = {0};
	bucket_pause(&bucket, 1000, 5000);
	bucket_pause(&bucket, 1000, 10);
	assert_in_range(bucket.ready_ms, 6000, 6010);
}

static void rate_refused_takes_the_header_first(void **state)
{
	(void)state;
	struct rate_headers headers = HEADERS("Retry-After: 2", "X-RateLimit-Scope: user");
	struct rate_refusal refusal = refused(&headers, "{\"retry_after\": 64.57}");
	assert_int_equal(refusal.wait_ms, 2000);
	assert_int_equal(refusal.scope, RATE_BUCKET);
}

static void rate_refused_reads_fractions_in_the_body(void **state)
{
	(void)state;
	struct rate_headers headers = HEADERS("Date: now");
	struct rate_refusal refusal = refused(&headers, "{\"retry_after\": 0.0645}");
	assert_int_equal(refusal.wait_ms, 65);
	assert_int_equal(refusal.scope, RATE_BUCKET);
	assert_int_equal(refused(&headers, "{\"retry_after\": 3}").wait_ms, 3000);
}

static void rate_refused_globally_concerns_the_lane(void **state)
{
	(void)state;
	struct rate_headers by_header = HEADERS("X-RateLimit-Global: true", "Retry-After: 1");
	assert_int_equal(refused(&by_header, NULL).scope, RATE_LANE);
	struct rate_headers by_scope = HEADERS("X-RateLimit-Scope: global", "Retry-After: 1");
	assert_int_equal(refused(&by_scope, NULL).scope, RATE_LANE);
	struct rate_headers by_body = HEADERS("Date: now");
	assert_int_equal(
		refused(&by_body, "{\"retry_after\": 1, \"global\": true}").scope, RATE_LANE);
}

static void rate_refused_by_cloudflare_concerns_everything_for_a_minute(void **state)
{
	(void)state;
	struct rate_headers headers = HEADERS("Server: cloudflare");
	struct rate_refusal html = refused(&headers, NULL);
	assert_int_equal(html.wait_ms, 60000);
	assert_int_equal(html.scope, RATE_ALL);
	struct rate_refusal json = refused(&headers, "{\"message\": \"no\"}");
	assert_int_equal(json.wait_ms, 60000);
	assert_int_equal(json.scope, RATE_ALL);
	struct rate_headers with_time = HEADERS("Retry-After: 7");
	assert_int_equal(refused(&with_time, NULL).wait_ms, 7000);
	assert_int_equal(refused(&with_time, NULL).scope, RATE_ALL);
}

static void rate_refused_never_waits_for_nothing(void **state)
{
	(void)state;
	struct rate_headers headers = HEADERS("X-RateLimit-Scope: user");
	assert_int_equal(refused(&headers, "{\"retry_after\": \"soon\"}").wait_ms, 60000);
	assert_int_equal(refused(&headers, "{\"retry_after\": -1}").wait_ms, 60000);
	assert_int_equal(refused(&headers, "{\"retry_after\": 0}").wait_ms, 1);
}

static void rate_global_allows_fifty_calls_a_second(void **state)
{
	(void)state;
	struct rate_global global;
	rate_global_init(&global);
	for (int i = 0; i < RATE_GLOBAL_CALLS; i++) {
		assert_true(rate_global_ready_ms(&global) <= i);
		rate_global_sent(&global, i);
	}
	assert_int_equal(rate_global_ready_ms(&global), RATE_GLOBAL_WINDOW_MS);
	rate_global_sent(&global, RATE_GLOBAL_WINDOW_MS);
	assert_int_equal(rate_global_ready_ms(&global), 1 + RATE_GLOBAL_WINDOW_MS);
}

static void rate_guard_pauses_after_many_invalid_answers(void **state)
{
	(void)state;
	struct rate_guard guard = {0};
	int64_t minute = 60000, start = 100 * minute;
	for (int i = 0; i < RATE_GUARD_MAX - 1; i++)
		rate_guard_count(&guard, start);
	assert_int_equal(rate_guard_ready_ms(&guard, start), 0);
	rate_guard_count(&guard, start + 5 * minute);
	assert_int_equal(rate_guard_ready_ms(&guard, start + 5 * minute), start + 10 * minute);
	assert_int_equal(rate_guard_ready_ms(&guard, start + 10 * minute), 0);
}

/* ---- Routes */

static enum status expand(void *ctx, const char *route, const char *first, const char *second,
	char **path, char **major)
{
	const char *params[REST_MAX_PARAMS] = {first, second};
	return route_expand(ctx, route, params, path, major);
}

static void route_expand_percent_encodes(void **state)
{
	char *path, *major;
	assert_int_equal(expand(*state, "/webhooks/{application}/{token}?wait=true", "12",
				 "aW50:a/b?c%d", &path, &major),
		STATUS_OK);
	assert_string_equal(path, "/webhooks/12/aW50%3Aa%2Fb%3Fc%25d?wait=true");
	assert_string_equal(major, "/12/aW50:a/b?c%d");
}

static void route_expand_names_top_level_resources_only(void **state)
{
	char *path, *major;
	assert_int_equal(
		expand(*state, "/channels/{channel}/messages/{message}", "1", "2", &path, &major),
		STATUS_OK);
	assert_string_equal(major, "/1");
	assert_int_equal(expand(*state, "/applications/{application}/guilds/{guild}/commands", "1",
				 "2", &path, &major),
		STATUS_OK);
	assert_string_equal(major, "");
}

static void route_expand_refuses_bad_parts(void **state)
{
	char *path, *major;
	char longest[INTERACTION_MAX_TOKEN + 2] = {0};
	memset(longest, 'a', INTERACTION_MAX_TOKEN + 1);
	const char *const bad[] = {NULL, "", ".", "..", "a b", "a\nb", "\xc3\xa9", longest};
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_int_equal(
			expand(*state, "/channels/{channel}/messages", bad[i], NULL, &path, &major),
			STATUS_INVALID);
	assert_int_equal(expand(*state, "/gateway/bot", "1", NULL, &path, &major), STATUS_INVALID);
}

static void route_has_token_in_its_path(void **state)
{
	(void)state;
	assert_true(route_has_token("/webhooks/{application}/{token}/messages/@original"));
	assert_false(route_has_token("/channels/{channel}/messages"));
}

/* ---- Queues */

static struct ticket ticket_of(const char *route, const char *major)
{
	return (struct ticket){.route = route, .major = major};
}

static void ticket_is_first_one_by_one(void **state)
{
	struct queues *queues = queues_create(*state);
	struct ticket a = ticket_of("GET /a", ""), b = ticket_of("GET /a", "");
	queues_join(queues, &a);
	queues_join(queues, &b);
	queues_look(queues);
	assert_true(ticket_is_first(&a));
	assert_false(ticket_is_first(&b));
	ticket_sent(&a);
	queues_look(queues);
	assert_false(ticket_is_first(&b));
	ticket_returned(&a);
	ticket_leave(&a);
	queues_look(queues);
	assert_true(ticket_is_first(&b));
	ticket_leave(&b);
}

static void queues_join_counts_resources_apart(void **state)
{
	struct queues *queues = queues_create(*state);
	struct ticket a = ticket_of("POST /c", "/1"), b = ticket_of("POST /c", "/2");
	queues_join(queues, &a);
	queues_join(queues, &b);
	queues_look(queues);
	assert_true(ticket_is_first(&a));
	assert_true(ticket_is_first(&b));
	ticket_leave(&a);
	ticket_leave(&b);
}

static void ticket_learn_joins_routes_of_one_bucket(void **state)
{
	struct queues *queues = queues_create(*state);
	struct ticket a = ticket_of("POST /c", "/1"), b = ticket_of("PATCH /c", "/1");
	struct ticket other = ticket_of("POST /c", "/2");
	queues_join(queues, &a);
	queues_join(queues, &b);
	queues_join(queues, &other);
	bucket_pause(ticket_bucket(&a), 0, 1000);
	ticket_learn(&a, "bucket");
	ticket_learn(&b, "bucket");
	assert_ptr_equal(ticket_bucket(&a), ticket_bucket(&b));
	assert_ptr_not_equal(ticket_bucket(&a), ticket_bucket(&other));
	assert_in_range(ticket_bucket(&b)->ready_ms, 1000, 1010); /* nothing learnt is forgotten */
	queues_look(queues);
	assert_true(ticket_is_first(&a));
	assert_false(ticket_is_first(&b));
	ticket_leave(&a);
	ticket_leave(&b);
	ticket_leave(&other);
}

static void ticket_learn_in_flight_holds_the_queue_it_moved_to(void **state)
{
	struct queues *queues = queues_create(*state);
	struct ticket a = ticket_of("POST /c", "/1"), b = ticket_of("POST /c", "/2");
	struct ticket later = ticket_of("POST /c", "/1");
	queues_join(queues, &a);
	queues_join(queues, &b);
	ticket_sent(&a);
	ticket_sent(&b);
	ticket_returned(&b);
	ticket_learn(&b, "bucket"); /* moves a, which is still under way */
	queues_join(queues, &later);
	queues_look(queues);
	assert_false(ticket_is_first(&later));
	ticket_returned(&a);
	ticket_leave(&a);
	queues_look(queues);
	assert_true(ticket_is_first(&later));
	ticket_leave(&b);
	ticket_leave(&later);
}

static void queues_sweep_forgets_idle_queues(void **state)
{
	struct queues *queues = queues_create(*state);
	struct ticket paused = ticket_of("GET /a", ""), idles = ticket_of("GET /b", "");
	queues_join(queues, &paused);
	queues_join(queues, &idles);
	bucket_pause(ticket_bucket(&paused), 0, 1000);
	ticket_leave(&paused);
	ticket_leave(&idles);
	queues_sweep(queues, 10);
	assert_int_equal(queues_count(queues), 1);
	queues_sweep(queues, 2000);
	assert_int_equal(queues_count(queues), 0);
}

static void queues_sweep_bounds_paused_queues(void **state)
{
	struct queues *queues = queues_create(*state);
	for (int i = 0; i < 2 * QUEUE_MAX_PAUSED; i++) {
		char *token = must(talloc_asprintf(queues, "/1/token%d", i));
		struct ticket ticket = ticket_of("PATCH /w", token);
		queues_join(queues, &ticket);
		bucket_pause(ticket_bucket(&ticket), 0, 100000);
		ticket_leave(&ticket);
		queues_sweep(queues, 10);
		assert_true(queues_count(queues) <= QUEUE_MAX_PAUSED);
	}
	assert_int_equal(queues_count(queues), QUEUE_MAX_PAUSED);
}

static int set_up(void **state)
{
	*state = must(talloc_new(NULL));
	return 0;
}

static int tear_down(void **state)
{
	talloc_free(*state);
	return 0;
}

#define FRESH(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rate_headers_absent_say_nothing),
		cmocka_unit_test(rate_headers_line_ignores_case),
		cmocka_unit_test(rate_headers_line_ignores_senseless_values),
		cmocka_unit_test(rate_headers_line_cuts_endless_waits),
		cmocka_unit_test(bucket_learn_pauses_an_empty_bucket_until_its_reset),
		cmocka_unit_test(bucket_pause_is_never_shortened),
		cmocka_unit_test(rate_refused_takes_the_header_first),
		cmocka_unit_test(rate_refused_reads_fractions_in_the_body),
		cmocka_unit_test(rate_refused_globally_concerns_the_lane),
		cmocka_unit_test(rate_refused_by_cloudflare_concerns_everything_for_a_minute),
		cmocka_unit_test(rate_refused_never_waits_for_nothing),
		cmocka_unit_test(rate_global_allows_fifty_calls_a_second),
		cmocka_unit_test(rate_guard_pauses_after_many_invalid_answers),
		FRESH(route_expand_percent_encodes),
		FRESH(route_expand_names_top_level_resources_only),
		FRESH(route_expand_refuses_bad_parts),
		cmocka_unit_test(route_has_token_in_its_path),
		FRESH(ticket_is_first_one_by_one),
		FRESH(queues_join_counts_resources_apart),
		FRESH(ticket_learn_joins_routes_of_one_bucket),
		FRESH(ticket_learn_in_flight_holds_the_queue_it_moved_to),
		FRESH(queues_sweep_forgets_idle_queues),
		FRESH(queues_sweep_bounds_paused_queues),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

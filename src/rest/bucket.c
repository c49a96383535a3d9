/* Discord's rate limits: reading what answers say, and when the next call may leave. */
#include "bucket.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "besace/base/compiler.h"
#include "besace/runtime/clock.h"

/* Answers are stamped in whole milliseconds, rounded down: one more, so as never to be early. */
#define ROUNDING_MS 1

void rate_headers_clear(struct rate_headers *headers)
{
	*headers =
		(struct rate_headers){.remaining = -1, .reset_after_ms = -1, .retry_after_ms = -1};
}

/* Seconds as milliseconds, rounded up and bounded; -1 for what is no duration. */
static int64_t seconds_to_ms(double seconds)
{
	if (!isfinite(seconds) || seconds < 0)
		return -1;
	if (seconds > RATE_WAIT_MAX_MS / 1000.0)
		return RATE_WAIT_MAX_MS;
	int64_t ms = (int64_t)(seconds * 1000);
	return (double)ms < seconds * 1000 ? ms + 1 : ms;
}

/* A header's value: the number must be all of it. A date (RFC 9110 allows one) is not. */
static int64_t parse_seconds(const char *value)
{
	char *end;
	double seconds = strtod(value, &end);
	return end == value || *end != '\0' ? -1 : seconds_to_ms(seconds);
}

static void take_bucket(struct rate_headers *headers, const char *value)
{
	if (strlen(value) <= BUCKET_MAX_NAME)
		strcpy(headers->bucket, value);
}

static void take_remaining(struct rate_headers *headers, const char *value)
{
	char *end;
	long remaining = strtol(value, &end, 10);
	if (end != value && *end == '\0' && remaining >= 0)
		headers->remaining = remaining;
}

static void take_reset_after(struct rate_headers *headers, const char *value)
{
	headers->reset_after_ms = parse_seconds(value);
}

static void take_retry_after(struct rate_headers *headers, const char *value)
{
	headers->retry_after_ms = parse_seconds(value);
}

static void take_date(struct rate_headers *headers, const char *value)
{
	headers->date_ms = clock_parse_http_date(value);
}

static void take_global(struct rate_headers *headers, const char *value)
{
	if (strcasecmp(value, "true") == 0)
		headers->global = true;
}

static void take_scope(struct rate_headers *headers, const char *value)
{
	if (strcasecmp(value, "global") == 0)
		headers->global = true;
	headers->shared = strcasecmp(value, "shared") == 0;
}

static const struct {
	const char *name;
	void (*take)(struct rate_headers *headers, const char *value);
	bool proves_discord; /* Cloudflare sends Retry-After as well */
} known[] = {
	{"X-RateLimit-Bucket", take_bucket, true},
	{"X-RateLimit-Remaining", take_remaining, true},
	{"X-RateLimit-Reset-After", take_reset_after, true},
	{"X-RateLimit-Global", take_global, true},
	{"X-RateLimit-Scope", take_scope, true},
	{"Retry-After", take_retry_after, false},
	{"Date", take_date, false},
};

void rate_headers_line(struct rate_headers *headers, const char *line, size_t length)
{
	const char *colon = memchr(line, ':', length);
	if (!colon)
		return;
	const char *end = line + length, *from = colon + 1;
	while (from < end && isspace((unsigned char)*from))
		from++;
	while (end > from && isspace((unsigned char)end[-1]))
		end--;
	char value[2 * BUCKET_MAX_NAME];
	size_t used = (size_t)(end - from), name_length = (size_t)(colon - line);
	if (used == 0 || used >= sizeof(value) || memchr(from, '\0', used))
		return;
	memcpy(value, from, used);
	value[used] = '\0';
	for (size_t i = 0; i < ARRAY_LEN(known); i++)
		if (strlen(known[i].name) == name_length &&
			strncasecmp(known[i].name, line, name_length) == 0) {
			known[i].take(headers, value);
			headers->from_discord |= known[i].proves_discord;
		}
}

void bucket_pause(struct bucket *bucket, int64_t now_ms, int64_t wait_ms)
{
	int64_t ready = now_ms + wait_ms + ROUNDING_MS;
	if (ready > bucket->ready_ms)
		bucket->ready_ms = ready;
}

void bucket_learn(struct bucket *bucket, const struct rate_headers *headers, int64_t now_ms)
{
	if (headers->remaining == 0 && headers->reset_after_ms >= 0)
		bucket_pause(bucket, now_ms, headers->reset_after_ms);
}

struct rate_refusal rate_refused(
	const struct rate_headers *headers, const json_t *body, int64_t blind_ms)
{
	struct rate_refusal refusal = {RATE_BUCKET, headers->retry_after_ms};
	const json_t *after = json_object_get(body, "retry_after");
	bool says = json_is_number(after);
	if (refusal.wait_ms < 0 && says)
		refusal.wait_ms = seconds_to_ms(json_number_value(after));
	if (refusal.wait_ms < 0)
		refusal.wait_ms = blind_ms;
	if (refusal.wait_ms == 0) /* "at once" would make a loop of it */
		refusal.wait_ms = 1;
	if (headers->global || json_is_true(json_object_get(body, "global")))
		refusal.scope = RATE_LANE;
	else if (!headers->from_discord && !says)
		refusal.scope = RATE_ALL;
	return refusal;
}

void rate_global_init(struct rate_global *global)
{
	global->next = 0;
	for (unsigned i = 0; i < RATE_GLOBAL_CALLS; i++)
		global->sent_ms[i] = -RATE_GLOBAL_WINDOW_MS;
}

int64_t rate_global_ready_ms(const struct rate_global *global)
{
	return global->sent_ms[global->next] + RATE_GLOBAL_WINDOW_MS;
}

void rate_global_sent(struct rate_global *global, int64_t now_ms)
{
	global->sent_ms[global->next] = now_ms;
	global->next = (global->next + 1) % RATE_GLOBAL_CALLS;
}

void rate_guard_count(struct rate_guard *guard, int64_t now_ms)
{
	int64_t minute = now_ms / 60000;
	size_t cell = (size_t)(minute % RATE_GUARD_MINUTES);
	if (guard->minute[cell] != minute) {
		guard->minute[cell] = minute;
		guard->count[cell] = 0;
	}
	guard->count[cell]++;
}

int64_t rate_guard_ready_ms(const struct rate_guard *guard, int64_t now_ms)
{
	int64_t minute = now_ms / 60000, oldest = minute;
	unsigned sum = 0;
	for (size_t i = 0; i < RATE_GUARD_MINUTES; i++) {
		if (guard->count[i] == 0 || guard->minute[i] + RATE_GUARD_MINUTES <= minute)
			continue;
		sum += guard->count[i];
		if (guard->minute[i] < oldest)
			oldest = guard->minute[i];
	}
	return sum < RATE_GUARD_MAX ? 0 : (oldest + RATE_GUARD_MINUTES) * 60000;
}

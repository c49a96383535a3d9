/*
 * Discord's rate limits as rules on figures: no clock, no socket, no memory.
 *
 * Every time is in milliseconds on clock_mono_ms and passed in. A call may leave when all that
 * applies to it is ready: its bucket, its lane (bot calls share one, calls with a token in their
 * path another), and the guard against being banned. The client sends the calls of one bucket one
 * after the other, so a bucket is nothing but the moment at which it is ready again.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Characters of X-RateLimit-Bucket: 32 hexadecimal digits today. A longer one is not learned. */
#define BUCKET_MAX_NAME 64

/* No wait that Discord asks for is longer than a day; what is read as more is cut to this. */
#define RATE_WAIT_MAX_MS 86400000

/* Answers 401, 403 and 429 in ten minutes after which the client pauses: Discord bans an address
 * for an hour at 10,000, and other processes may share ours. */
#define RATE_GUARD_MAX 5000

/* What an answer's headers say. All of them are optional. */
struct rate_headers {
	char bucket[BUCKET_MAX_NAME + 1]; /* X-RateLimit-Bucket; empty: absent or too long */
	int64_t remaining; /* calls left in the window; -1: not said */
	int64_t reset_after_ms; /* until the window ends; -1: not said */
	int64_t retry_after_ms; /* Retry-After of a 429; -1: not said */
	int64_t date_ms; /* Date, in ms since 1970; 0: not said */
	bool from_discord; /* a rate-limit header was there at all */
	bool global; /* X-RateLimit-Global or scope "global" */
	bool shared; /* scope "shared": not held against us */
};

/* Nothing was said yet. */
void rate_headers_clear(struct rate_headers *headers);

/* Takes in one header line of LENGTH bytes, with or without its final CR LF. Lines about other
 * things, and values that make no sense, change nothing. */
void rate_headers_line(struct rate_headers *headers, const char *line, size_t length);

/* The moment at which a bucket's next call may leave; 0: at once. */
struct bucket {
	int64_t ready_ms;
};

/* Takes in what an answer, good or bad, that came at NOW says about its bucket. */
void bucket_learn(struct bucket *bucket, const struct rate_headers *headers, int64_t now_ms);

/* Pauses the bucket for WAIT_MS from NOW; never shortens a pause. */
void bucket_pause(struct bucket *bucket, int64_t now_ms, int64_t wait_ms);

/* What a 429 is about. */
enum rate_scope {
	RATE_BUCKET, /* the calls of this bucket */
	RATE_LANE, /* Discord's global limit: all bot calls, or all calls without a bot */
	RATE_ALL, /* Cloudflare, before Discord: this address, whatever it calls */
};

struct rate_refusal {
	enum rate_scope scope;
	int64_t wait_ms;
};

/*
 * Reads a 429. The wait is the header Retry-After, else the body's retry_after (seconds, with
 * decimals), else BLIND_MS, never 0. An answer that carries neither rate-limit headers nor
 * retry_after is not Discord's but Cloudflare's. BODY is NULL when it was no JSON.
 */
struct rate_refusal rate_refused(
	const struct rate_headers *headers, const json_t *body, int64_t blind_ms);

/* Discord lets a bot make 50 calls in a second, over all routes. */
#define RATE_GLOBAL_CALLS 50
/* That second by Discord's clock; a quarter more for what the network stretches or squeezes: the
 * first of these calls may be slow to get there and the one after the last quick. */
#define RATE_GLOBAL_WINDOW_MS 1250

/* The bot's last 50 calls. */
struct rate_global {
	int64_t sent_ms[RATE_GLOBAL_CALLS];
	unsigned next; /* the oldest */
};

void rate_global_init(struct rate_global *global);
/* When the next call may leave. */
int64_t rate_global_ready_ms(const struct rate_global *global);
void rate_global_sent(struct rate_global *global, int64_t now_ms);

/* Counts, by minute, the answers that Discord calls invalid: 401, 403 and 429 (not the shared). */
#define RATE_GUARD_MINUTES 10

struct rate_guard {
	int64_t minute[RATE_GUARD_MINUTES]; /* which minute the cell counts */
	unsigned count[RATE_GUARD_MINUTES];
};

void rate_guard_count(struct rate_guard *guard, int64_t now_ms);
/* When the next call may leave: 0, or the end of the oldest minute when too many were invalid. */
int64_t rate_guard_ready_ms(const struct rate_guard *guard, int64_t now_ms);

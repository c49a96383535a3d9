/* Batches of events on their way to the service. */
#include "sender.h"

#include <curl/curl.h>
#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <talloc.h>

#include "besace/base/memory.h"
#include "besace/discord/frame.h"
#include "besace/runtime/backoff.h"
#include "besace/runtime/clock.h"
#include "besace/runtime/log.h"
#include "besace/runtime/metrics.h"

/* One batch: the contract allows 1,000 events and 4 MiB. Half the events keep the service's
 * transactions short. */
#define MAX_BATCH_EVENTS 500
#define MAX_BATCH_BYTES (3584u * 1024u)

/* After the first event that waits, others may join its batch for this long: half a busy member's
 * reaction time, a tenth of what an idle system may take to show XP. */
#define LINGER_MS 20

/* The service applies a batch in one transaction; a slow one takes a second or two. */
#define CONNECT_MS 3000L
#define POST_MS 15000L

#define RETRY_FIRST_MS 500
/* When the spool has something, but nothing that can be read. */
#define EMPTY_MS 1000

#define MAX_RETRY_MS 15000
#define MAX_RETRY_AFTER_S 300

/* After Discord did not name a user, no other is asked for during this time. */
#define SILENCE_MS 60000

/* An answer of the service to a full batch of refused events stays far below. */
#define MAX_ANSWER_BYTES (1024u * 1024u)

/* Reasons that are logged of one batch. */
#define MAX_REASONS 5

/* Users of one event that are asked for: a guild whose members nothing names must not hold up all
 * others for minutes. */
#define MAX_LOOKUPS 20

struct sender {
	struct sender_options options;
	CURL *curl;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t stop_asked;
	bool stopping;
	_Atomic int64_t until_ms; /* INT64_MAX before it is to stop */
	struct backoff backoff;
	size_t max_events; /* in the next batch: fewer after a 413 */
	size_t max_bytes; /* likewise */
	int64_t silent_until_ms; /* until then nobody is asked for */
	unsigned failures; /* in a row */
};

/* What is sent: the events of the batch that remain after filling in names. */
struct parcel {
	struct spool_batch batch;
	size_t *index; /* of each event sent, in the batch */
	size_t count;
	char *text; /* the timestamp and the body behind it: what is signed */
	size_t length;
	char timestamp[24];
};

struct batch_answer {
	char *text;
	size_t length;
};

/* ---- Waiting */

/* Sleeps for MS, or until it is to stop. */
static void rest_ms(struct sender *sender, int64_t ms)
{
	struct timespec until = clock_deadline(ms);
	pthread_mutex_lock(&sender->lock);
	while (!sender->stopping &&
		pthread_cond_timedwait(&sender->stop_asked, &sender->lock, &until) != ETIMEDOUT)
		;
	pthread_mutex_unlock(&sender->lock);
}

static bool is_stopping(struct sender *sender)
{
	return atomic_load(&sender->until_ms) != INT64_MAX;
}

/* ---- Figures */

static int64_t now_ms(const struct sender *sender)
{
	return discord_clock_ms(sender->options.clock, clock_mono_ms());
}

/* The time of an event: our own JSON, so its first "at" is the right one. */
static int64_t event_at_ms(const struct spool_event *event)
{
	static const char key[] = "\"at\":";
	const char *at = memmem(event->json, event->length, key, sizeof(key) - 1);
	return at ? strtoll(at + sizeof(key) - 1, NULL, 10) : 0;
}

static void show_lag(const struct sender *sender, const struct spool_event *oldest)
{
	int64_t lag_ms = oldest ? now_ms(sender) - event_at_ms(oldest) : 0;
	metrics_set(METRIC_SHIM_LAG_SECONDS, 0, lag_ms > 0 ? lag_ms / 1000 : 0);
}

/* ---- Making a batch */

/* What became of looking for a user. */
enum found {
	FOUND,
	FOUND_BOT,
	FOUND_NOBODY,
	FOUND_UNNAMED, /* Discord does not say: the event goes without the name */
	FOUND_LATER, /* it would have to be asked, or the sender is to stop */
};

/* A Discord that does not answer must not hold up everybody's XP behind one event. */
static enum found find_user(struct sender *sender, uint64_t id, bool ask, struct known_user *out)
{
	if (people_find(sender->options.people, id, out))
		return out->bot ? FOUND_BOT : FOUND;
	if (clock_mono_ms() < sender->silent_until_ms)
		return FOUND_UNNAMED;
	if (!ask)
		return FOUND_LATER;
	switch (lookup_user(sender->options.lookup, id, out)) {
	case STATUS_OK:
		return out->bot ? FOUND_BOT : FOUND;
	case STATUS_UNAVAILABLE:
		if (is_stopping(sender))
			return FOUND_LATER;
		log_warn(LOG_TEXT("Discord does not name users that events leave unnamed"),
			LOG_INT("not_asked_for_ms", SILENCE_MS));
		sender->silent_until_ms = clock_mono_ms() + SILENCE_MS;
		return FOUND_UNNAMED;
	default:
		return FOUND_NOBODY;
	}
}

/* Writes the name into a user object that lacks it. FOUND and FOUND_UNNAMED: it can be sent. */
static enum found name_user(struct sender *sender, json_t *user, bool ask)
{
	const char *id = frame_id(user, "id");
	struct known_user person;
	if (json_object_get(user, "username"))
		return FOUND;
	enum found found = id ? find_user(sender, frame_number(id), ask, &person) : FOUND_NOBODY;
	if (found == FOUND)
		json_object_set_new(user, "username", json_string(person.name));
	if (found != FOUND_NOBODY)
		return found;
	log_warn(LOG_TEXT("Discord does not know a user that an event names"), LOG_STR("user", id));
	return found;
}

/* Names the members of a snapshot, and takes those out who are bots or nobody. */
static enum found name_members(struct sender *sender, json_t *members, bool ask)
{
	size_t i = 0, asked = 0;
	while (i < json_array_size(members)) {
		json_t *user = json_object_get(json_array_get(members, i), "user");
		bool unnamed = !json_object_get(user, "username");
		if (unnamed && ask && asked++ >= MAX_LOOKUPS)
			break;
		enum found found = name_user(sender, user, ask);
		if (found == FOUND_LATER)
			return found;
		if (found == FOUND || found == FOUND_UNNAMED)
			i++;
		else
			json_array_remove(members, i);
	}
	return FOUND;
}

/* Fills in the names that an event lacks; NULL when it is not to be sent. With ASK false a name
 * that would have to be asked for makes *out_later true. */
static char *fill_in(struct sender *sender, void *ctx, const struct spool_event *event, bool ask,
	bool *out_later)
{
	json_t *json = json_loadb(event->json, event->length, JSON_ALLOW_NUL, NULL);
	json_t *members = json_object_get(json, "members"),
	       *author = json_object_get(json, "author");
	enum found found = members  ? name_members(sender, members, ask)
			   : author ? name_user(sender, author, ask)
				    : name_user(sender, json_object_get(json, "user"), ask);
	if (found == FOUND_NOBODY && !author)
		found = FOUND_UNNAMED; /* the service knows better whether they were in voice */
	char *text = NULL;
	if (found == FOUND_NOBODY)
		metrics_add(METRIC_SHIM_EVENTS, SHIM_EVENT_DROPPED, 1);
	if (found == FOUND || found == FOUND_UNNAMED) {
		char *dumped = must(json_dumps(json, JSON_COMPACT));
		text = must(talloc_strdup(ctx, dumped));
		free(dumped);
	}
	*out_later = found == FOUND_LATER;
	json_decref(json);
	return text;
}

/* The batch ends before event COUNT. */
static void cut(struct spool_batch *batch, size_t count)
{
	batch->count = count;
	batch->last = batch->events[count - 1].number;
}

/*
 * Fills in names. The batch is cut before a name that has to be asked for, so that what stands
 * before does not wait; only at the head it is asked. False when the sender is to stop meanwhile.
 */
static bool fill_batch(struct sender *sender, void *ctx, struct parcel *parcel)
{
	struct spool_batch *batch = &parcel->batch;
	parcel->index = must(talloc_array(ctx, size_t, (unsigned)batch->count));
	for (size_t i = 0; i < batch->count; i++) {
		struct spool_event *event = &batch->events[i];
		bool later = false;
		char *text = NULL;
		if (!event->complete) {
			text = fill_in(sender, ctx, event, i == 0, &later);
			if (later && i == 0)
				return false;
			if (later) {
				cut(batch, i);
				break;
			}
			if (!text)
				continue;
			event->json = text;
			event->length = strlen(text);
		}
		parcel->index[parcel->count++] = i;
	}
	return true;
}

static void write_body(struct sender *sender, void *ctx, struct parcel *parcel)
{
	char *text = NULL;
	size_t length = 0;
	FILE *out = must(open_memstream(&text, &length));
	snprintf(parcel->timestamp, sizeof(parcel->timestamp), "%" PRId64, now_ms(sender) / 1000);
	fprintf(out, "%s{\"source\":\"%s\",\"events\":[", parcel->timestamp,
		sender->options.source);
	for (size_t i = 0; i < parcel->count; i++) {
		const struct spool_event *event = &parcel->batch.events[parcel->index[i]];
		if (i > 0)
			fputc(',', out);
		fwrite(event->json, 1, event->length, out);
	}
	fputs("]}", out);
	fclose(out);
	parcel->text = must(talloc_memdup(ctx, text, length));
	parcel->length = length;
	free(text);
}

/* ---- Posting */

static size_t on_answer(char *bytes, size_t one, size_t length, void *arg)
{
	(void)one;
	struct batch_answer *answer = arg;
	if (answer->length + length > MAX_ANSWER_BYTES)
		return 0; /* the transfer fails */
	answer->text = must(realloc(answer->text, answer->length + length));
	memcpy(answer->text + answer->length, bytes, length);
	answer->length += length;
	return length;
}

/* Ends a transfer when the time to stop has come. */
static int on_progress(void *arg, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
	(void)a, (void)b, (void)c, (void)d;
	struct sender *sender = arg;
	return clock_mono_ms() > atomic_load(&sender->until_ms);
}

static struct curl_slist *add_header(struct curl_slist *list, const char *name, const char *value)
{
	char *line = must(talloc_asprintf(NULL, "%s: %s", name, value));
	list = must(curl_slist_append(list, line));
	talloc_free(line);
	return list;
}

static struct curl_slist *sign(struct sender *sender, const struct parcel *parcel)
{
	unsigned char signature[crypto_sign_BYTES];
	char hex[2 * crypto_sign_BYTES + 1];
	crypto_sign_detached(signature, NULL, (const unsigned char *)parcel->text, parcel->length,
		sender->options.secret_key);
	sodium_bin2hex(hex, sizeof(hex), signature, sizeof(signature));
	struct curl_slist *headers = add_header(NULL, "Content-Type", "application/json");
	headers = add_header(headers, "Expect", "");
	headers = add_header(headers, "X-Besace-Key-Id", sender->options.key_id);
	headers = add_header(headers, "X-Signature-Timestamp", parcel->timestamp);
	return add_header(headers, "X-Signature-Ed25519", hex);
}

/* The HTTP status, 0 with *out_why when no answer came. */
static long post(struct sender *sender, const struct parcel *parcel,
	struct batch_answer *out_answer, const char **out_why)
{
	size_t skip = strlen(parcel->timestamp);
	struct curl_slist *headers = sign(sender, parcel);
	curl_easy_setopt(sender->curl, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(sender->curl, CURLOPT_POSTFIELDS, parcel->text + skip);
	curl_easy_setopt(
		sender->curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)(parcel->length - skip));
	curl_easy_setopt(sender->curl, CURLOPT_WRITEDATA, out_answer);
	CURLcode code = curl_easy_perform(sender->curl);
	long http = 0;
	if (code == CURLE_OK)
		curl_easy_getinfo(sender->curl, CURLINFO_RESPONSE_CODE, &http);
	else
		*out_why = curl_easy_strerror(code);
	curl_easy_setopt(sender->curl, CURLOPT_HTTPHEADER, NULL);
	curl_slist_free_all(headers);
	return http;
}

/* ---- What the answer means */

static void log_rejected(const struct parcel *parcel, const json_t *rejected)
{
	size_t i;
	json_t *one;
	json_array_foreach (rejected, i, one) {
		json_int_t index = json_integer_value(json_object_get(one, "index"));
		const char *reason = json_string_value(json_object_get(one, "reason"));
		if (i == MAX_REASONS)
			break;
		if (index < 0 || (size_t)index >= parcel->count)
			continue;
		const struct spool_event *event = &parcel->batch.events[parcel->index[index]];
		log_warn(LOG_TEXT("the service rejects an event"), LOG_STR("reason", reason),
			LOG_INT("at", event_at_ms(event)));
	}
}

/* Whether the answer is the service's, and not that of something in between. */
static bool read_answer(const struct parcel *parcel, const struct batch_answer *answer)
{
	json_t *json = json_loadb(answer->text ? answer->text : "", answer->length, 0, NULL);
	const json_t *accepted = json_object_get(json, "accepted"),
		     *duplicates = json_object_get(json, "duplicates"),
		     *rejected = json_object_get(json, "rejected");
	bool good = json_is_integer(accepted) && json_is_integer(duplicates) &&
		    json_is_array(rejected) &&
		    json_integer_value(accepted) + json_integer_value(duplicates) +
				    (json_int_t)json_array_size(rejected) ==
			    (json_int_t)parcel->count;
	if (good) {
		int64_t refused = (int64_t)json_array_size(rejected);
		log_rejected(parcel, rejected);
		metrics_add(METRIC_SHIM_EVENTS, SHIM_EVENT_REJECTED, refused);
		metrics_add(
			METRIC_SHIM_EVENTS, SHIM_EVENT_FORWARDED, (int64_t)parcel->count - refused);
	}
	json_decref(json);
	return good;
}

static size_t smaller(size_t a, size_t b)
{
	return a < b ? a : b;
}

static void taken(struct sender *sender, const struct parcel *parcel)
{
	spool_take(sender->options.spool, &parcel->batch);
	sender->options.taken(sender->options.arg);
	if (sender->failures > 0)
		log_info(LOG_TEXT("the service takes events again"),
			LOG_INT("failures", sender->failures));
	sender->failures = 0;
	backoff_reset(&sender->backoff);
	sender->max_events = smaller(2 * sender->max_events, MAX_BATCH_EVENTS);
	sender->max_bytes = smaller(2 * sender->max_bytes, MAX_BATCH_BYTES);
}

/* Nothing is lost: the batch stays in the spool. Said at the first failure and now and then. */
static void failed(struct sender *sender, long http, const char *why, int64_t least_ms)
{
	bool refused = http >= 400 && http < 500;
	int64_t delay = backoff_next_ms(&sender->backoff);
	if (delay < least_ms)
		delay = least_ms;
	metrics_add(METRIC_SHIM_BATCHES, refused ? SHIM_BATCH_REFUSED : SHIM_BATCH_RETRIED, 1);
	if (sender->failures++ % 20 == 0)
		log_write(refused ? LOG_LEVEL_ERROR : LOG_LEVEL_WARN,
			(struct log_field[]){
				LOG_TEXT(
					"the service does not take events: they stay in the spool"),
				LOG_INT("http", http), LOG_STR("why", why),
				LOG_INT("retry_ms", delay), {0}});
	rest_ms(sender, delay);
}

static const char *explain(long http)
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

/* 413: smaller batches; a single event that is too large is put aside. */
static void too_large(struct sender *sender, struct parcel *parcel)
{
	metrics_add(METRIC_SHIM_BATCHES, SHIM_BATCH_REFUSED, 1);
	if (parcel->batch.count > 1) {
		sender->max_events = parcel->batch.count / 2;
		sender->max_bytes = parcel->length / 2;
		log_warn(LOG_TEXT("the service finds the batch too large: it is halved"),
			LOG_INT("events", (int64_t)parcel->batch.count));
		return;
	}
	if (spool_set_aside(sender->options.spool, &parcel->batch.events[0],
		    "the service finds it too large") != STATUS_OK) {
		failed(sender, 413, "and the event cannot be set aside", 0);
		return;
	}
	log_error(LOG_TEXT("event set aside: the service finds it too large"),
		LOG_INT("bytes", (int64_t)parcel->length));
	metrics_add(METRIC_SHIM_EVENTS, SHIM_EVENT_DROPPED, 1);
	taken(sender, parcel);
}

static int64_t retry_after_ms(struct sender *sender)
{
	curl_off_t seconds = 0;
	curl_easy_getinfo(sender->curl, CURLINFO_RETRY_AFTER, &seconds);
	if (seconds > MAX_RETRY_AFTER_S)
		seconds = MAX_RETRY_AFTER_S;
	return seconds > 0 ? (int64_t)seconds * 1000 : 0;
}

static void judge(struct sender *sender, struct parcel *parcel, long http, const char *why,
	const struct batch_answer *answer)
{
	if (http == 200 && read_answer(parcel, answer)) {
		metrics_add(METRIC_SHIM_BATCHES, SHIM_BATCH_TAKEN, 1);
		taken(sender, parcel);
	} else if (http == 200) {
		failed(sender, http, "the answer is not that of the service", 0);
	} else if (http == 413) {
		too_large(sender, parcel);
	} else {
		failed(sender, http, http ? explain(http) : why, http ? retry_after_ms(sender) : 0);
	}
}

static void send_one(struct sender *sender)
{
	void *ctx = must(talloc_new(NULL));
	struct parcel parcel = {0};
	struct batch_answer answer = {0};
	const char *why = NULL;
	spool_read(
		sender->options.spool, ctx, sender->max_events, sender->max_bytes, &parcel.batch);
	show_lag(sender, parcel.batch.count > 0 ? &parcel.batch.events[0] : NULL);
	if (parcel.batch.count > 0 && !fill_batch(sender, ctx, &parcel)) {
		sender->failures++; /* what is left is for the next run */
	} else if (parcel.batch.count > 0) {
		if (parcel.count > 0) {
			write_body(sender, ctx, &parcel);
			long http = post(sender, &parcel, &answer, &why);
			judge(sender, &parcel, http, why, &answer);
		} else {
			taken(sender, &parcel); /* nothing that is to be sent */
		}
	}
	if (parcel.batch.count == 0) { /* dropped or not readable: the writer looks after it */
		sender->options.taken(sender->options.arg);
		rest_ms(sender, EMPTY_MS);
	}
	free(answer.text);
	talloc_free(ctx);
}

/* Whether to send on: always before it is to stop; then while all goes well and time is left. */
static bool goes_on(struct sender *sender)
{
	int64_t until_ms = atomic_load(&sender->until_ms);
	return until_ms == INT64_MAX || (sender->failures == 0 && clock_mono_ms() < until_ms &&
						spool_wait(sender->options.spool, 0));
}

static void *run(void *arg)
{
	struct sender *sender = arg;
	while (goes_on(sender)) {
		if (!spool_wait(sender->options.spool, 1000)) {
			show_lag(sender, NULL);
			continue;
		}
		rest_ms(sender, LINGER_MS);
		send_one(sender);
	}
	return NULL;
}

/* ---- Life cycle */

static CURL *make_curl(struct sender *sender)
{
	CURL *curl = curl_easy_init();
	if (!curl)
		return NULL;
	const char *authorities = getenv("SSL_CERT_FILE");
	curl_easy_setopt(curl, CURLOPT_URL, sender->options.url);
	curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(curl, CURLOPT_POST, 1L);
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_MS);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, POST_MS);
	curl_easy_setopt(curl, CURLOPT_USERAGENT, "besace-gateway/" BESACE_VERSION);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_answer);
	curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
	curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, on_progress);
	curl_easy_setopt(curl, CURLOPT_XFERINFODATA, sender);
	if (authorities && *authorities) /* as OpenSSL itself and the curl tool read it */
		curl_easy_setopt(curl, CURLOPT_CAINFO, authorities);
	return curl;
}

static void release(struct sender *sender)
{
	if (sender->curl)
		curl_easy_cleanup(sender->curl);
	pthread_cond_destroy(&sender->stop_asked);
	pthread_mutex_destroy(&sender->lock);
	free(sender);
}

struct sender *sender_start(void *ctx, const struct sender_options *options, char **out_why)
{
	struct sender *sender = must(calloc(1, sizeof(*sender)));
	sender->options = *options;
	sender->max_events = MAX_BATCH_EVENTS;
	sender->max_bytes = MAX_BATCH_BYTES;
	sender->backoff = (struct backoff){.first_ms = RETRY_FIRST_MS, .cap_ms = MAX_RETRY_MS};
	atomic_store(&sender->until_ms, INT64_MAX);
	clock_cond_init(&sender->stop_asked);
	pthread_mutex_init(&sender->lock, NULL);
	sender->curl = make_curl(sender);
	if (!sender->curl || pthread_create(&sender->thread, NULL, run, sender) != 0) {
		*out_why = must(talloc_strdup(ctx, "cannot start the sending thread"));
		release(sender);
		return NULL;
	}
	return sender;
}

void sender_stop(struct sender **handle, int64_t until_ms)
{
	struct sender *sender = *handle;
	if (!sender)
		return;
	pthread_mutex_lock(&sender->lock);
	sender->stopping = true;
	atomic_store(&sender->until_ms, until_ms);
	pthread_cond_signal(&sender->stop_asked);
	pthread_mutex_unlock(&sender->lock);
	lookup_cancel(sender->options.lookup);
	spool_wake(sender->options.spool);
	pthread_join(sender->thread, NULL);
	release(sender);
	*handle = NULL;
}

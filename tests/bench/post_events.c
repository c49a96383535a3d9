/*
 * Posts signed batches of message events, as several shims do, and says how fast they were taken.
 *
 *	post_events URL MEMBERS BATCH SECONDS SHIMS RATE GUILDS [told]
 *
 * Each shim has a connection and posts a batch after the other; all together RATE events a second
 * (0: as many as are taken). Members, spread over GUILDS guilds, are numbered as in members.sql,
 * each batch has others. With `told`, each event tells of the roles of its member and of the
 *category of its channel. The batches are signed with the key of sign_requests, whose id is
 *"bench". Prints one line of JSON.
 */
#include <curl/curl.h>
#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <sodium.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* As in sign_requests.c. */
#define STRIDE 7919
#define FIRST_MEMBER INT64_C(300000000000000000)
#define FIRST_GUILD INT64_C(1151965647289979180)
#define DISCORD_EPOCH_MS INT64_C(1420070400000)

#define SHIMS_MAX 64
#define BATCH_MAX 1000
/* One event, with room to spare. */
#define EVENT_BYTES 384
#define STAMP_BYTES 24
/* Roles 1 to 3 are those of settings.sql. */
#define TOLD ",\"category_id\":\"1151965647295159688\",\"roles\":[\"1\",\"2\",\"3\"]"
#define ANSWER_BYTES 4096
#define TIMEOUT_S 30L

struct load {
	const char *url;
	int64_t members, batch, seconds, shims, rate, guilds;
	const char *told; /* of each event, as JSON */
	unsigned char secret_key[crypto_sign_SECRETKEYBYTES];
	int64_t began_ms, first_id;
	_Atomic int64_t next; /* number of the next event */
	_Atomic int64_t accepted, refused;
};

struct shim {
	struct load *load;
	int64_t number;
	pthread_t thread;
	CURL *curl;
	char text[STAMP_BYTES + BATCH_MAX * EVENT_BYTES];
	char answer[ANSWER_BYTES];
	size_t answered;
};

static int64_t now_ms(clockid_t clock)
{
	struct timespec now;
	clock_gettime(clock, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Writes the time and, behind it, a batch. Returns where that begins. */
static char *make_batch(struct shim *shim)
{
	struct load *load = shim->load;
	int64_t at = now_ms(CLOCK_REALTIME), first = atomic_fetch_add(&load->next, load->batch);
	char *out = shim->text, *end = shim->text + sizeof(shim->text);
	out += snprintf(out, STAMP_BYTES, "%" PRId64, at / 1000);
	char *body = out;
	out += snprintf(out, (size_t)(end - out), "{\"source\":\"bench/%" PRId64 "\",\"events\":[",
		shim->number);
	for (int64_t i = first; i < first + load->batch; i++) {
		int64_t place = i % load->members * STRIDE % load->members;
		int64_t member = FIRST_MEMBER + place, guild = FIRST_GUILD + place % load->guilds;
		out += snprintf(out, (size_t)(end - out),
			"%s{\"id\":\"m:%" PRId64 "\",\"type\":\"message\",\"at\":%" PRId64
			",\"guild_id\":\"%" PRId64 "\",\"channel_id\":"
			"\"1151965855034839396\",\"user\":{\"id\":\"%" PRId64
			"\",\"username\":\"%" PRId64 "\"}%s}",
			i == first ? "" : ",", load->first_id + i, at, guild, member, member,
			load->told);
	}
	snprintf(out, (size_t)(end - out), "]}");
	return body;
}

static struct curl_slist *make_headers(const struct shim *shim, const char *body)
{
	unsigned char signature[crypto_sign_BYTES];
	char hex[2 * sizeof(signature) + 1], line[256];
	crypto_sign_detached(signature, NULL, (const unsigned char *)shim->text, strlen(shim->text),
		shim->load->secret_key);
	sodium_bin2hex(hex, sizeof(hex), signature, sizeof(signature));
	snprintf(line, sizeof(line), "X-Signature-Ed25519: %s", hex);
	struct curl_slist *headers = curl_slist_append(NULL, line);
	snprintf(line, sizeof(line), "X-Signature-Timestamp: %.*s", (int)(body - shim->text),
		shim->text);
	headers = curl_slist_append(headers, line);
	headers = curl_slist_append(headers, "X-Besace-Key-Id: bench");
	headers = curl_slist_append(headers, "Content-Type: application/json");
	return curl_slist_append(headers, "Expect:");
}

static size_t keep_answer(char *data, size_t size, size_t count, void *user)
{
	struct shim *shim = user;
	if (shim->answered + size * count >= sizeof(shim->answer))
		return 0;
	memcpy(shim->answer + shim->answered, data, size * count);
	shim->answered += size * count;
	return size * count;
}

/* Posts one batch. A batch counts when all of its events were accepted. */
static void post(struct shim *shim)
{
	struct load *load = shim->load;
	const char *body = make_batch(shim);
	struct curl_slist *headers = make_headers(shim, body);
	char wanted[64];
	long status = 0;
	shim->answered = 0;
	curl_easy_setopt(shim->curl, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(shim->curl, CURLOPT_POSTFIELDS, body);
	CURLcode fault = curl_easy_perform(shim->curl);
	curl_easy_getinfo(shim->curl, CURLINFO_RESPONSE_CODE, &status);
	curl_slist_free_all(headers);
	shim->answer[shim->answered] = '\0';
	snprintf(wanted, sizeof(wanted), "{\"accepted\":%" PRId64 ",", load->batch);
	if (!fault && status == 200 && strncmp(shim->answer, wanted, strlen(wanted)) == 0)
		atomic_fetch_add(&load->accepted, load->batch);
	else
		atomic_fetch_add(&load->refused, load->batch);
}

/* Waits for the time of a shim's batch with that number. */
static void wait_for_turn(const struct shim *shim, int64_t number)
{
	const struct load *load = shim->load;
	if (load->rate == 0)
		return;
	int64_t place = number * load->shims + shim->number;
	int64_t due = load->began_ms + place * load->batch * 1000 / load->rate;
	struct timespec until = {due / 1000, due % 1000 * 1000000};
	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) == EINTR)
		;
}

static void *run(void *user)
{
	struct shim *shim = user;
	const struct load *load = shim->load;
	for (int64_t i = 0;; i++) {
		wait_for_turn(shim, i);
		if (now_ms(CLOCK_MONOTONIC) >= load->began_ms + load->seconds * 1000)
			return NULL;
		post(shim);
	}
}

static struct shim *start(struct load *load, int64_t number)
{
	struct shim *shim = calloc(1, sizeof(*shim));
	if (!shim || !(shim->curl = curl_easy_init()))
		abort();
	shim->load = load;
	shim->number = number;
	curl_easy_setopt(shim->curl, CURLOPT_URL, load->url);
	curl_easy_setopt(shim->curl, CURLOPT_PROXY, "");
	curl_easy_setopt(shim->curl, CURLOPT_TIMEOUT, TIMEOUT_S);
	curl_easy_setopt(shim->curl, CURLOPT_WRITEFUNCTION, keep_answer);
	curl_easy_setopt(shim->curl, CURLOPT_WRITEDATA, shim);
	if (pthread_create(&shim->thread, NULL, run, shim) != 0)
		abort();
	return shim;
}

static void finish(struct shim *shim)
{
	pthread_join(shim->thread, NULL);
	curl_easy_cleanup(shim->curl);
	free(shim);
}

static int64_t parse_number(const char *text, int64_t min, int64_t max)
{
	char *end;
	errno = 0;
	long long value = strtoll(text, &end, 10);
	return errno || *end || end == text || value < min || value > max ? -1 : value;
}

static int parse(struct load *load, char **argv)
{
	load->told = argv[8] ? TOLD : "";
	load->url = argv[1];
	load->members = parse_number(argv[2], 1, INT64_C(1000000000));
	load->batch = parse_number(argv[3], 1, BATCH_MAX);
	load->seconds = parse_number(argv[4], 1, 3600);
	load->shims = parse_number(argv[5], 1, SHIMS_MAX);
	load->rate = parse_number(argv[6], 0, INT64_C(100000000));
	load->guilds = parse_number(argv[7], 1, INT64_C(1000000));
	return load->members < 0 || load->batch < 0 || load->seconds < 0 || load->shims < 0 ||
	       load->rate < 0 || load->guilds < 0;
}

static void make_key(struct load *load)
{
	unsigned char seed[crypto_sign_SEEDBYTES], public_key[crypto_sign_PUBLICKEYBYTES];
	memset(seed, 0x2a, sizeof(seed));
	crypto_sign_seed_keypair(public_key, load->secret_key, seed);
}

int main(int argc, char **argv)
{
	struct load load = {0};
	struct shim *shims[SHIMS_MAX];
	if ((argc != 8 && argc != 9) || parse(&load, argv)) {
		fputs("post_events: URL MEMBERS BATCH SECONDS SHIMS RATE GUILDS [told]\n", stderr);
		return 2;
	}
	if (sodium_init() < 0 || curl_global_init(CURL_GLOBAL_DEFAULT))
		return EXIT_FAILURE;
	make_key(&load);
	load.first_id = (now_ms(CLOCK_REALTIME) - DISCORD_EPOCH_MS) << 22;
	load.began_ms = now_ms(CLOCK_MONOTONIC);
	for (int64_t i = 0; i < load.shims; i++)
		shims[i] = start(&load, i);
	for (int64_t i = 0; i < load.shims; i++)
		finish(shims[i]);
	int64_t took_ms = now_ms(CLOCK_MONOTONIC) - load.began_ms;
	printf("{\"events\":%" PRId64 ",\"seconds\":%.3f,\"refused\":%" PRId64 "}\n", load.accepted,
		(double)took_ms / 1000, load.refused);
	return fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* Gets pages by libcurl, one after the other. */
#include "fetch.h"

#include <curl/curl.h>
#include <inttypes.h>
#include <math.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <talloc.h>
#include <time.h>

#include "besace/base/memory.h"
#include "version.h"

/* A page of a thousand members has some 300 kB. */
#define PAGE_BYTES_MAX (16UL * 1024 * 1024)

/* A million members in pages of a hundred. */
#define PAGES_MAX 10000

/* Waits for a rate limit: so often for a page, so long at most. */
#define WAITS_MAX 20
#define WAIT_SECONDS_MAX 900

/* Of the value of a Retry-After header. */
#define RETRY_AFTER_ROOM 64

#define PAGE_MARK "{page}"

struct page {
	void *ctx;
	const atomic_int *interrupted; /* NULL: nothing interrupts */
	char *bytes;
	size_t length, room;
	bool too_large;
	long http;
	long retry_after_s; /* of a 429; FETCH_NOT_SAID */
};

static size_t got_bytes(char *bytes, size_t size, size_t count, void *arg)
{
	struct page *page = arg;
	size_t length = size * count;
	if (page->length + length > PAGE_BYTES_MAX) {
		page->too_large = true;
		return 0;
	}
	if (page->length + length > page->room) {
		page->room = 2 * (page->length + length);
		page->bytes = must(talloc_realloc_size(page->ctx, page->bytes, page->room));
	}
	memcpy(page->bytes + page->length, bytes, length);
	page->length += length;
	return length;
}

long fetch_retry_after_s(const char *line, size_t length)
{
	static const char name[] = "retry-after:";
	char value[RETRY_AFTER_ROOM];
	size_t from = sizeof(name) - 1;
	if (length < from || strncasecmp(line, name, from) != 0 || length - from >= sizeof(value))
		return FETCH_NOT_SAID;
	memcpy(value, line + from, length - from);
	value[length - from] = '\0';
	char *end;
	double s = strtod(value, &end);
	if (end == value || !(s >= 0))
		return FETCH_NOT_SAID;
	return s > WAIT_SECONDS_MAX ? WAIT_SECONDS_MAX + 1 : (long)ceil(s);
}

static size_t got_header(char *line, size_t size, size_t count, void *arg)
{
	struct page *page = arg;
	long s = fetch_retry_after_s(line, size * count);
	if (s != FETCH_NOT_SAID)
		page->retry_after_s = s;
	return size * count;
}

/* Other than 0 ends the transfer. */
static int got_progress(
	void *arg, curl_off_t total, curl_off_t got, curl_off_t to_send, curl_off_t sent)
{
	const struct page *page = arg;
	(void)total, (void)got, (void)to_send, (void)sent;
	return page->interrupted && *page->interrupted;
}

/* Waits S seconds; false when interrupted. */
static bool wait_s(const struct importing *importing, long s)
{
	const atomic_int *interrupted = importing->options->interrupted;
	for (; s > 0; s--) {
		const struct timespec second = {.tv_sec = 1};
		if (interrupted && *interrupted)
			return false;
		nanosleep(&second, NULL);
	}
	return !(interrupted && *interrupted);
}

static void set_up(
	CURL *curl, const char *url, long seconds, struct curl_slist *headers, struct page *page)
{
	curl_easy_setopt(curl, CURLOPT_URL, url);
	curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
	/* A token is for the address that the operator has read, and for no other. */
	curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT, seconds);
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_ACCEPT_ENCODING, "");
	curl_easy_setopt(curl, CURLOPT_USERAGENT, "besacectl/" BESACE_VERSION);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, got_bytes);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, page);
	curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, got_header);
	curl_easy_setopt(curl, CURLOPT_HEADERDATA, page);
	curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
	curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, got_progress);
	curl_easy_setopt(curl, CURLOPT_XFERINFODATA, page);
}

static enum status interrupted(struct importing *importing)
{
	importing->why = must(talloc_strdup(importing->ctx, "interrupted"));
	return STATUS_UNAVAILABLE;
}

static enum status get_once(
	struct importing *importing, CURL *curl, const char *url, struct page *page)
{
	const struct import_options *options = importing->options;
	struct curl_slist *headers = NULL;
	if (options->token) {
		char *header = must(talloc_asprintf(
			importing->ctx, "%s%s", options->mover->token_header, options->token));
		headers = must(curl_slist_append(NULL, header));
		talloc_free(header);
	}
	page->length = 0;
	page->retry_after_s = FETCH_NOT_SAID;
	set_up(curl, url, (long)options->page_seconds, headers, page);
	CURLcode code = curl_easy_perform(curl);
	curl_slist_free_all(headers);
	curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &page->http);
	if (page->too_large)
		return importing_invalid(importing, "%s: the page is larger than 16 MiB", url);
	if (code == CURLE_ABORTED_BY_CALLBACK)
		return interrupted(importing);
	if (code == CURLE_OPERATION_TIMEDOUT)
		return importing_invalid(importing,
			"%s: no whole page within %" PRId64 " s (--page-seconds)", url,
			options->page_seconds);
	if (code == CURLE_PARTIAL_FILE || code == CURLE_RECV_ERROR)
		return importing_invalid(
			importing, "%s: the page was cut short: %s", url, curl_easy_strerror(code));
	if (code != CURLE_OK)
		return importing_invalid(importing, "%s: %s", url, curl_easy_strerror(code));
	return STATUS_OK;
}

/* One page, with the waits that its API asks for. */
static enum status get(struct importing *importing, CURL *curl, const char *url, struct page *page)
{
	for (int waits = 0; waits < WAITS_MAX; waits++) {
		enum status status = get_once(importing, curl, url, page);
		if (status || page->http != 429)
			return status;
		long s = page->retry_after_s == FETCH_NOT_SAID ? 60 : page->retry_after_s;
		if (s > WAIT_SECONDS_MAX)
			return importing_invalid(importing,
				"%s: asks to wait for more than %d s; try again later", url,
				WAIT_SECONDS_MAX);
		if (!wait_s(importing, s))
			return interrupted(importing);
	}
	return importing_invalid(importing, "%s: asks to wait again and again", url);
}

/* The address of page NUMBER. */
static char *page_url(void *ctx, const char *url, const char *mark, int number)
{
	return mark ? must(talloc_asprintf(ctx, "%.*s%d%s", (int)(mark - url), url, number,
			      mark + strlen(PAGE_MARK)))
		    : must(talloc_strdup(ctx, url));
}

/* Reads what came; *out_more says whether it brought anybody. */
static enum status read_page(
	struct importing *importing, const char *url, const struct page *page, bool *out_more)
{
	struct input input;
	int64_t rows = importing->result->rows;
	input_of_bytes(url, page->bytes, page->length, &input);
	input.hash = &importing->hash;
	input.interrupted = importing->options->interrupted;
	importing->file = url;
	enum status status = importing->options->mover->read(importing, &input);
	*out_more = importing->result->rows > rows;
	return status;
}

/* STATUS_INVALID for what is no page; *out_is_end for what stands behind the last one. */
static enum status check_answer(struct importing *importing, const char *url,
	const struct page *page, bool is_first, bool *out_is_end)
{
	*out_is_end = !is_first && (page->http == 404 || page->http == 501);
	if (page->http == 200 || *out_is_end)
		return STATUS_OK;
	if (page->http >= 300 && page->http < 400)
		return importing_invalid(importing,
			"%s: leads to another address (HTTP status %ld), and none is followed", url,
			page->http);
	if (page->http == 401 || page->http == 403)
		return importing_invalid(importing,
			"%s: answers with HTTP status %ld: it wants another token (--token-file)",
			url, page->http);
	return importing_invalid(importing, "%s: answers with HTTP status %ld", url, page->http);
}

/* The pages of an address, one after the other. */
struct fetching {
	struct importing *importing;
	CURL *curl;
	int number;
	unsigned char last[crypto_generichash_BYTES]; /* hash of the page before */
	bool more; /* there may be a next one */
};

/* An API that does not count pages by what it is asked for would bring the same for ever. */
static enum status check_new(struct fetching *fetching, const char *url, const struct page *page)
{
	unsigned char hash[crypto_generichash_BYTES];
	crypto_generichash(
		hash, sizeof(hash), (const unsigned char *)page->bytes, page->length, NULL, 0);
	if (memcmp(hash, fetching->last, sizeof(hash)) == 0)
		return importing_invalid(fetching->importing,
			"%s: is the same as the page before; does it count pages by {page}?", url);
	memcpy(fetching->last, hash, sizeof(hash));
	return STATUS_OK;
}

static enum status get_page(struct fetching *fetching)
{
	struct importing *importing = fetching->importing;
	const char *url = importing->options->files[0], *mark = strstr(url, PAGE_MARK);
	char *address = page_url(importing->ctx, url, mark, fetching->number);
	struct page page = {.ctx = address, .interrupted = importing->options->interrupted};
	bool is_end = false, has_members = false;
	bool is_first = fetching->number == importing->options->mover->first_page;
	enum status status = get(importing, fetching->curl, address, &page);
	if (!status)
		status = check_answer(importing, address, &page, is_first, &is_end);
	if (!status && !is_end)
		status = check_new(fetching, address, &page);
	if (!status && !is_end)
		status = read_page(importing, address, &page, &has_members);
	fetching->more = mark && has_members;
	importing->file = NULL;
	talloc_free(address);
	return status;
}

static enum status get_all(struct fetching *fetching)
{
	struct importing *importing = fetching->importing;
	int first = importing->options->mover->first_page;
	for (fetching->number = first; fetching->more; fetching->number++) {
		if (fetching->number - first == PAGES_MAX)
			return importing_invalid(importing, "%s: has more than %d pages",
				importing->options->files[0], PAGES_MAX);
		enum status status = get_page(fetching);
		if (status)
			return status;
	}
	return STATUS_OK;
}

enum status fetch_pages(struct importing *importing)
{
	curl_global_init(CURL_GLOBAL_DEFAULT);
	struct fetching fetching = {
		.importing = importing, .curl = must(curl_easy_init()), .more = true};
	enum status status = get_all(&fetching);
	curl_easy_cleanup(fetching.curl);
	return status;
}

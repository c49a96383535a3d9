/* Gets pages by libcurl, one after the other. */
#include "fetch.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <talloc.h>
#include <time.h>

#include "besace/base/memory.h"
#include "version.h"

/* A page of a thousand members has some 300 kB. */
#define PAGE_BYTES_MAX (16UL * 1024 * 1024)
#define PAGE_SECONDS 60L

/* A million members in pages of a hundred. */
#define PAGES_MAX 10000

/* Waits for a rate limit: so often for a page, so long at most. */
#define WAITS_MAX 20
#define WAIT_SECONDS_MAX 900

#define PAGE_MARK "{page}"

struct page {
	void *ctx;
	char *bytes;
	size_t length;
	bool too_large;
	long http;
	long retry_after_s; /* of a 429; -1: it does not say */
};

static size_t got_bytes(char *bytes, size_t size, size_t count, void *arg)
{
	struct page *page = arg;
	size_t length = size * count;
	if (page->length + length > PAGE_BYTES_MAX) {
		page->too_large = true;
		return 0;
	}
	page->bytes = must(talloc_realloc_size(page->ctx, page->bytes, page->length + length + 1));
	memcpy(page->bytes + page->length, bytes, length);
	page->length += length;
	return length;
}

static size_t got_header(char *line, size_t size, size_t count, void *arg)
{
	static const char name[] = "retry-after:";
	struct page *page = arg;
	if (size * count > sizeof(name) && strncasecmp(line, name, sizeof(name) - 1) == 0)
		page->retry_after_s = (long)strtod(line + sizeof(name) - 1, NULL) + 1;
	return size * count;
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

static void set_up(CURL *curl, const char *url, struct curl_slist *headers, struct page *page)
{
	curl_easy_setopt(curl, CURLOPT_URL, url);
	curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(curl, CURLOPT_TIMEOUT, PAGE_SECONDS);
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_ACCEPT_ENCODING, "");
	curl_easy_setopt(curl, CURLOPT_USERAGENT, "besacectl/" BESACE_VERSION);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, got_bytes);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, page);
	curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, got_header);
	curl_easy_setopt(curl, CURLOPT_HEADERDATA, page);
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
	page->retry_after_s = -1;
	set_up(curl, url, headers, page);
	CURLcode code = curl_easy_perform(curl);
	curl_slist_free_all(headers);
	curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &page->http);
	if (page->too_large)
		return importing_invalid(importing, "%s: the page is larger than 16 MiB", url);
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
		long s = page->retry_after_s < 0 ? 60 : page->retry_after_s;
		if (s > WAIT_SECONDS_MAX)
			return importing_invalid(
				importing, "%s: asks to wait for %ld seconds", url, s);
		if (!wait_s(importing, s)) {
			importing->why = must(talloc_strdup(importing->ctx, "interrupted"));
			return STATUS_UNAVAILABLE;
		}
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

static enum status get_all(struct importing *importing, CURL *curl)
{
	const char *url = importing->options->files[0], *mark = strstr(url, PAGE_MARK);
	int first = importing->options->mover->first_page;
	bool more = true;
	for (int number = first; more && number < PAGES_MAX; number++) {
		char *address = page_url(importing->ctx, url, mark, number);
		struct page page = {.ctx = address};
		enum status status = get(importing, curl, address, &page);
		bool is_end = number > first && (page.http == 404 || page.http == 501);
		if (!status && !is_end && page.http != 200)
			status = importing_invalid(
				importing, "%s: answers with HTTP status %ld", address, page.http);
		more = mark != NULL;
		if (!status && !is_end)
			status =
				read_page(importing, address, &page, mark ? &more : &(bool){false});
		if (status)
			return status;
		more = more && !is_end;
		importing->file = NULL;
		talloc_free(address);
	}
	return STATUS_OK;
}

enum status fetch_pages(struct importing *importing)
{
	curl_global_init(CURL_GLOBAL_DEFAULT);
	CURL *curl = must(curl_easy_init());
	enum status status = get_all(importing, curl);
	curl_easy_cleanup(curl);
	return status;
}

/* Posts with libcurl's simple interface. */
#include "post.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <talloc.h>

#include "besace/base/memory.h"
#include "besace/discord/signature.h"
#include "besace/runtime/clock.h"
#include "version.h"

/* Discord itself would have given up after 3 s; a debugger may sit at the other end. */
#define CONNECT_MAX_MS 5000L
#define WAIT_MAX_MS 30000L

/* An answer that is longer is none of besace's. */
#define POST_MAX_ANSWER (4ul * 1024ul * 1024ul)

/* A part of URL, to be given to curl_free; NULL when it has none or is no URL. */
static char *part_of(const char *url, CURLUPart part)
{
	char *text = NULL;
	CURLU *parsed = must(curl_url());
	if (curl_url_set(parsed, CURLUPART_URL, url, 0) != CURLUE_OK ||
		curl_url_get(parsed, part, &text, 0) != CURLUE_OK)
		text = NULL;
	curl_url_cleanup(parsed);
	return text;
}

const char *post_url_fault(const char *url)
{
	char *scheme = part_of(url, CURLUPART_SCHEME);
	bool good = scheme && (strcmp(scheme, "http") == 0 || strcmp(scheme, "https") == 0);
	curl_free(scheme);
	return good ? NULL : "must start with http:// or https:// and name a host";
}

bool post_is_local(const char *url)
{
	char *host = part_of(url, CURLUPART_HOST);
	unsigned rest;
	char end;
	bool local =
		host && (strcmp(host, "localhost") == 0 || strcmp(host, "[::1]") == 0 ||
				sscanf(host, "127.%3u.%3u.%3u%c", &rest, &rest, &rest, &end) == 3);
	curl_free(host);
	return local;
}

static size_t on_body(char *bytes, size_t size, size_t count, void *arg)
{
	struct posted *posted = arg;
	size_t length = size * count;
	if (length > POST_MAX_ANSWER - posted->length)
		return 0; /* libcurl then ends the transfer */
	if (posted->length + length + 1 > talloc_get_size(posted->body))
		posted->body = must(talloc_realloc_size(talloc_parent(posted->body), posted->body,
			2 * (posted->length + length + 1)));
	memcpy(posted->body + posted->length, bytes, length);
	posted->length += length;
	posted->body[posted->length] = '\0';
	return length;
}

static void add_header(void *ctx, struct curl_slist **headers, const char *name, const char *value)
{
	char *line = must(talloc_asprintf(ctx, "%s: %s", name, value));
	*headers = must(curl_slist_append(*headers, line));
}

static struct curl_slist *make_headers(
	void *ctx, const struct http_post *post, const char *body, size_t length)
{
	char signature[129], timestamp[21];
	signature_make(post->secret, body, length, clock_wall_ms() / 1000, signature, timestamp);
	struct curl_slist *headers = must(curl_slist_append(NULL, "Expect:"));
	add_header(ctx, &headers, "Content-Type", "application/json");
	add_header(ctx, &headers, "X-Signature-Ed25519", signature);
	add_header(ctx, &headers, "X-Signature-Timestamp", timestamp);
	if (post->key_id)
		add_header(ctx, &headers, "X-Besace-Key-Id", post->key_id);
	return headers;
}

static void set_up(CURL *easy, const struct http_post *post)
{
	curl_easy_setopt(easy, CURLOPT_URL, post->url);
	curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(easy, CURLOPT_USERAGENT, "besacectl/" BESACE_VERSION);
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_MAX_MS);
	curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, WAIT_MAX_MS);
	if (post->unix_path)
		curl_easy_setopt(easy, CURLOPT_UNIX_SOCKET_PATH, post->unix_path);
	if (post->unix_path || post_is_local(post->url))
		curl_easy_setopt(easy, CURLOPT_NOPROXY, "*");
	if (post->ca_file)
		curl_easy_setopt(easy, CURLOPT_CAINFO, post->ca_file);
	if (post->insecure) {
		curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 0L);
		curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 0L);
	}
}

static enum status perform(void *ctx, CURL *easy, struct posted *out, char **out_why)
{
	char detail[CURL_ERROR_SIZE] = "";
	curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, detail);
	CURLcode result = curl_easy_perform(easy);
	if (result == CURLE_OK) {
		long http = 0;
		curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &http);
		out->http = (int)http;
		return STATUS_OK;
	}
	*out_why = must(talloc_strdup(ctx, result == CURLE_WRITE_ERROR ? "the answer is too large"
					   : *detail                   ? detail
						     : curl_easy_strerror(result)));
	return STATUS_FAILED;
}

enum status post_send(void *ctx, const struct http_post *post, const char *body, size_t length,
	struct posted *out, char **out_why)
{
	*out = (struct posted){.body = must(talloc_strdup(ctx, ""))};
	CURL *easy = curl_easy_init();
	if (!easy) {
		*out_why = must(talloc_strdup(ctx, "libcurl cannot be started"));
		return STATUS_FAILED;
	}
	struct curl_slist *headers = make_headers(ctx, post, body, length);
	set_up(easy, post);
	curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)length);
	curl_easy_setopt(easy, CURLOPT_POSTFIELDS, body);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, out);
	enum status status = perform(ctx, easy, out, out_why);
	curl_easy_cleanup(easy);
	curl_slist_free_all(headers);
	return status;
}

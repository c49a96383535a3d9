/* Downloads by libcurl's easy interface. */
#include "besace/rest/download.h"

#include <curl/curl.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "besace/base/compiler.h"
#include "easy.h"

/* Fewer bytes a second, for so long: nothing comes any more. */
#define STALL_BYTES 256L
#define STALL_S 20L
#define CONNECT_S 10L

struct sink {
	int fd;
	int64_t left;
	bool is_too_large;
	const atomic_int *interrupted;
};

static size_t got_bytes(char *bytes, size_t size, size_t count, void *arg)
{
	struct sink *sink = arg;
	size_t length = size * count, at = 0;
	sink->is_too_large = (int64_t)length > sink->left;
	if (sink->is_too_large)
		return 0; /* libcurl then ends the transfer */
	while (at < length) {
		ssize_t part = write(sink->fd, bytes + at, length - at);
		if (part <= 0)
			return 0;
		at += (size_t)part;
	}
	sink->left -= (int64_t)length;
	return length;
}

static int is_stopped(
	void *arg, curl_off_t total, curl_off_t now, curl_off_t up_total, curl_off_t up_now)
{
	(void)total;
	(void)now;
	(void)up_total;
	(void)up_now;
	const struct sink *sink = arg;
	return *sink->interrupted;
}

/* The PART of an address as libcurl itself reads it; the caller frees it. */
static char *part_of(CURLU *url, CURLUPart part)
{
	char *text = NULL;
	return curl_url_get(url, part, &text, CURLU_DEFAULT_PORT) == CURLUE_OK ? text : NULL;
}

/* Whether both say the same; names of hosts are compared in any case. */
static bool is_same(CURLU *one, CURLU *other, CURLUPart part)
{
	char *a = part_of(one, part), *b = part_of(other, part);
	bool same = a && b && curl_strequal(a, b);
	curl_free(a);
	curl_free(b);
	return same;
}

static bool has_user(CURLU *url)
{
	char *user = part_of(url, CURLUPART_USER), *password = part_of(url, CURLUPART_PASSWORD);
	bool has = user || password;
	curl_free(user);
	curl_free(password);
	return has;
}

static bool is_below(const char *url, const char *base)
{
	CURLU *one = curl_url(), *other = curl_url();
	bool below = one && other && curl_url_set(one, CURLUPART_URL, url, 0) == CURLUE_OK &&
		     curl_url_set(other, CURLUPART_URL, base, 0) == CURLUE_OK && !has_user(one) &&
		     is_same(one, other, CURLUPART_SCHEME) && is_same(one, other, CURLUPART_HOST) &&
		     is_same(one, other, CURLUPART_PORT);
	curl_url_cleanup(one);
	curl_url_cleanup(other);
	return below;
}

static void set_up(CURL *curl, const char *url, int64_t max, struct sink *sink)
{
	easy_begin(curl, url);
	curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, CONNECT_S);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT, (long)DOWNLOAD_S);
	curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, STALL_BYTES);
	curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, STALL_S);
	curl_easy_setopt(curl, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)max);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, got_bytes);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, sink);
	curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, is_stopped);
	curl_easy_setopt(curl, CURLOPT_XFERINFODATA, sink);
	curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
}

enum status download(
	const char *url, const char *base, int fd, int64_t max, const atomic_int *interrupted)
{
	struct sink sink = {.fd = fd, .left = max, .interrupted = interrupted};
	long http = 0;
	if (!is_below(url, base))
		return STATUS_DENIED;
	CURL *curl = curl_easy_init();
	if (!curl)
		return STATUS_UNAVAILABLE;
	set_up(curl, url, max, &sink);
	CURLcode code = curl_easy_perform(curl);
	curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &http);
	curl_easy_cleanup(curl);
	if (sink.is_too_large || code == CURLE_FILESIZE_EXCEEDED)
		return STATUS_TOO_LARGE;
	if (code != CURLE_OK || http >= 500 || http == 429)
		return STATUS_UNAVAILABLE;
	return http == 200 ? STATUS_OK : STATUS_NOT_FOUND;
}

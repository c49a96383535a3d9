/* Fuzzes the lines of headers of Discord's answers, dates among them. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "rest/bucket.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect(bool holds)
{
	if (!holds)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rate_headers headers;
	rate_headers_clear(&headers);
	const char *at = (const char *)data, *end = at + size;
	while (at < end) {
		const char *newline = memchr(at, '\n', (size_t)(end - at));
		size_t length = newline ? (size_t)(newline - at) + 1 : (size_t)(end - at);
		/* A copy of its own, so that a read behind it is seen. */
		char *line = malloc(length);
		memcpy(line, at, length);
		rate_headers_line(&headers, line, length);
		free(line);
		at += length;
	}
	expect(headers.remaining >= -1 && headers.reset_after_ms >= -1);
	expect(headers.retry_after_ms >= -1 && headers.date_ms >= 0);
	expect(strlen(headers.bucket) <= BUCKET_MAX_NAME);
	return 0;
}

/* Fuzzes what a browser asks of a page, a line each: its languages, a number, a search, an address;
 * and the header by which an API that is imported from asks to wait. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <talloc.h>

#include "besace/base/utf8.h"
#include "besace/store/pages.h"
#include "movers/fetch.h"
#include "web/leaderboard_page.h"
#include "web/query.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect(bool holds)
{
	if (!holds)
		abort();
}

/* The line in a block of exactly its size, so that a sanitizer sees a read past the end. */
static void read_header(const uint8_t *data, size_t size)
{
	char *line = malloc(size ? size : 1);
	memcpy(line, data, size);
	expect(fetch_retry_after_s(line, size) >= FETCH_NOT_SAID);
	free(line);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	void *ctx = talloc_new(NULL);
	char *text = talloc_strndup(ctx, (const char *)data, size);
	const char *accept = strsep(&text, "\n"), *number = strsep(&text, "\n"),
		   *search = strsep(&text, "\n"), *address = strsep(&text, "\n");
	expect(query_language(accept) < LANGUAGE_COUNT);
	int page = query_number(number);
	expect(page >= 1 && page <= PAGE_NUMBER_MAX);
	const char *sought = query_search(ctx, search);
	expect(!sought || (*sought && utf8_is_valid(sought, strlen(sought))));
	expect(!address || !page_address_is(address) ||
		strspn(address,
			"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") ==
			strlen(address));
	(void)page_metric_named(search);
	read_header(data, size);
	talloc_free(ctx);
	return 0;
}

/* Fuzzes what the address of a page says of who reads it: nobody makes one without the key. */
#include <sodium.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <talloc.h>

#include "besace/domain/card.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct link_key key;
	struct snowflake member;
	struct card card;
	if (sodium_init() < 0)
		abort();
	void *ctx = talloc_new(NULL);
	const char *link = talloc_strndup(ctx, (const char *)data, size);
	if (own_row_read(&key, "page", link, &member) &&
		strcmp(own_row_link(ctx, &key, "page", &member), link) != 0)
		abort();
	if (card_read(&key, link, &card) && !*card_address(ctx, &key, &card))
		abort();
	talloc_free(ctx);
	return 0;
}

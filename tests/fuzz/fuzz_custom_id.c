/* Fuzzes custom ids, which come back from whoever pressed: what is read is written again, and read
 * as the same. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <talloc.h>

#include "besace/engine/custom_id.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect(bool holds)
{
	if (!holds)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	void *ctx = talloc_new(NULL);
	struct custom_id id, again;
	if (custom_id_read(talloc_strndup(ctx, (const char *)data, size), &id)) {
		const char *text = custom_id_write(ctx, &id);
		expect(custom_id_read(text, &again));
		expect(strcmp(text, custom_id_write(ctx, &again)) == 0);
		expect(id.number == again.number && id.time == again.time);
		expect(strcmp(id.owner.text, again.owner.text) == 0);
		expect(strcmp(id.word.text, again.word.text) == 0);
	}
	talloc_free(ctx);
	return 0;
}

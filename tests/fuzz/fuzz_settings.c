/* Fuzzes files of settings: what is taken is valid, says the same when it is read again, and what
 * is refused is refused with a reason. */
#include <jansson.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <talloc.h>

#include "ctl/settings_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect(bool holds)
{
	if (!holds)
		abort();
}

static void read_again(void *ctx, json_t *read)
{
	char *why = NULL;
	json_t *file = json_pack("{s:s, s:O}", "format", SETTINGS_FILE_FORMAT, "settings", read);
	char *text = json_dumps(file, JSON_COMPACT);
	json_t *again = settings_file_read(ctx, text, strlen(text), &why);
	expect(again && json_equal(again, read));
	json_decref(again);
	json_decref(file);
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *why = NULL;
	void *ctx = talloc_new(NULL);
	json_t *read = settings_file_read(ctx, (const char *)data, size, &why);
	if (read)
		read_again(ctx, read);
	else
		expect(why && strlen(why) > 1 && why[strlen(why) - 1] == '\n');
	json_decref(read);
	talloc_free(ctx);
	return 0;
}

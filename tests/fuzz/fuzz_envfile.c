/* Fuzzes the files of systemd's EnvironmentFile: names and values come out of the text alone. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <talloc.h>

#include "besace/runtime/envfile.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* How many bytes there are left for names and values. */
static void count(void *arg, const char *name, const char *value)
{
	size_t *left = arg, length = strlen(name) + strlen(value);
	if (length > *left)
		abort();
	*left -= length;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t left = size;
	char *text = talloc_strndup(NULL, (const char *)data, size);
	envfile_read(text, count, &left);
	talloc_free(text);
	return 0;
}

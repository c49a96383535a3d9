/* Reads a body from where an argument says. */
#include "body.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <talloc.h>

#include "besace/base/memory.h"

/* What is asked of the system at once. */
#define CHUNK 65536u

static enum status read_stream(
	void *ctx, FILE *stream, const char *name, char **out, size_t *out_length, char **out_why)
{
	char *bytes = must(talloc_size(ctx, CHUNK));
	size_t length = 0, got;
	while ((got = fread(bytes + length, 1, talloc_get_size(bytes) - length, stream)) > 0) {
		length += got;
		if (length > BODY_MAX) {
			*out_why = must(talloc_asprintf(
				ctx, "%s holds more than %u bytes", name, BODY_MAX));
			return STATUS_TOO_LARGE;
		}
		if (length == talloc_get_size(bytes))
			bytes = must(talloc_realloc_size(ctx, bytes, 2 * length));
	}
	if (ferror(stream)) {
		*out_why = must(talloc_asprintf(ctx, "cannot read %s: %s", name, strerror(errno)));
		return STATUS_FAILED;
	}
	*out = bytes;
	*out_length = length;
	return STATUS_OK;
}

enum status body_read(
	void *ctx, const char *operand, char **out, size_t *out_length, char **out_why)
{
	if (strcmp(operand, "-") == 0)
		return read_stream(ctx, stdin, "standard input", out, out_length, out_why);
	if (*operand != '@') {
		*out = must(talloc_strdup(ctx, operand));
		*out_length = strlen(operand);
		return STATUS_OK;
	}
	char *name = must(talloc_asprintf(ctx, "\"%s\"", operand + 1));
	FILE *file = fopen(operand + 1, "re");
	if (!file) {
		*out_why = must(talloc_asprintf(ctx, "cannot read %s: %s", name, strerror(errno)));
		return STATUS_FAILED;
	}
	enum status status = read_stream(ctx, file, name, out, out_length, out_why);
	fclose(file);
	return status;
}

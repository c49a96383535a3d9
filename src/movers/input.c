/* Reads the files of an import. */
#include "input.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <strings.h>
#include <talloc.h>
#include <unistd.h>

#include "besace/base/memory.h"

enum status input_open(void *ctx, const char *name, struct input *out, char **out_why)
{
	*out = (struct input){.name = name, .fd = STDIN_FILENO};
	if (strcmp(name, "-") == 0) {
		out->name = "standard input";
		return STATUS_OK;
	}
	out->fd = open(name, O_RDONLY | O_CLOEXEC);
	if (out->fd >= 0)
		return STATUS_OK;
	*out_why = must(talloc_asprintf(ctx, "%s: %s", name, strerror(errno)));
	return STATUS_FAILED;
}

void input_of_bytes(const char *name, const char *bytes, size_t length, struct input *out)
{
	*out = (struct input){.name = name, .fd = -1, .bytes = bytes, .bytes_left = length};
}

void input_close(struct input *input)
{
	if (input->fd > STDERR_FILENO)
		close(input->fd);
	input->fd = -1;
}

/* Fills BUFFER as far as the file goes: the first bytes tell what it is. */
static bool fill(struct input *input, char *buffer, size_t size, size_t *out_got)
{
	size_t got = 0;
	if (input->fd < 0) {
		got = size < input->bytes_left ? size : input->bytes_left;
		if (got > 0)
			memcpy(buffer, input->bytes, got);
		input->bytes = got ? input->bytes + got : input->bytes;
		input->bytes_left -= got;
	}
	while (input->fd >= 0 && got < size) {
		ssize_t part = read(input->fd, buffer + got, size - got);
		if (part < 0 && errno == EINTR && !(input->interrupted && *input->interrupted))
			continue;
		if (part < 0)
			return false;
		if (part == 0)
			break;
		got += (size_t)part;
	}
	*out_got = got;
	return true;
}

static bool starts(const char *bytes, size_t length, const char *with, size_t with_length)
{
	return length >= with_length && memcmp(bytes, with, with_length) == 0;
}

/* What the first LENGTH bytes of a file are, when they are not text; NULL otherwise. */
static const char *find_fault(const char *bytes, size_t length)
{
	if (starts(bytes, length, "\xff\xfe", 2) || starts(bytes, length, "\xfe\xff", 2) ||
		(length >= 4 && !bytes[1] && !bytes[3]))
		return "is UTF-16; save it as UTF-8";
	if (starts(bytes, length, "\x1f\x8b", 2) || starts(bytes, length, "PK\3\4", 4))
		return "is compressed; unpack it first";
	size_t at = 0;
	while (at < length && isspace((unsigned char)bytes[at]))
		at++;
	if (at == length)
		return length < INPUT_CHUNK ? "is empty" : "begins with nothing but spaces";
	if (bytes[at] == '<')
		return "is a web page, not what a leaderboard is exported as";
	return NULL;
}

enum status input_read(
	void *ctx, struct input *input, char *buffer, size_t size, size_t *out_got, char **out_why)
{
	bool first = input->read == 0;
	*out_got = 0;
	if (input->ahead) {
		memcpy(buffer, input->ahead, input->ahead_length);
		*out_got = input->ahead_length;
		input->ahead = NULL;
		return STATUS_OK;
	}
	if (!fill(input, buffer, size, out_got)) {
		bool interrupted = errno == EINTR;
		*out_why = must(talloc_asprintf(
			ctx, "%s: %s", input->name, interrupted ? "interrupted" : strerror(errno)));
		return interrupted ? STATUS_UNAVAILABLE : STATUS_FAILED;
	}
	if (input->interrupted && *input->interrupted) {
		*out_why = must(talloc_strdup(ctx, "interrupted"));
		return STATUS_UNAVAILABLE;
	}
	input->read += *out_got;
	if (input->hash)
		crypto_hash_sha256_update(input->hash, (unsigned char *)buffer, *out_got);
	if (first && starts(buffer, *out_got, "\xef\xbb\xbf", 3)) {
		*out_got -= 3;
		memmove(buffer, buffer + 3, *out_got);
	}
	const char *fault = first ? find_fault(buffer, *out_got) : NULL;
	if (!fault)
		return STATUS_OK;
	*out_why = must(talloc_asprintf(ctx, "%s %s", input->name, fault));
	return STATUS_INVALID;
}

enum status input_peek(
	void *ctx, struct input *input, const char **out, size_t *out_length, char **out_why)
{
	char *ahead = must(talloc_size(ctx, INPUT_CHUNK));
	enum status status =
		input_read(ctx, input, ahead, INPUT_CHUNK, &input->ahead_length, out_why);
	input->ahead = ahead;
	*out = ahead;
	*out_length = input->ahead_length;
	return status;
}

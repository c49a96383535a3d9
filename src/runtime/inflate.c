/* Inflating the zlib-stream of a Gateway connection. */
#include "besace/runtime/inflate.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "besace/base/memory.h"

/* What stays allocated between payloads; larger buffers go back after use. */
#define KEEP_BYTES (256u * 1024u)
#define FIRST_BYTES (16u * 1024u)

struct buffer {
	unsigned char *bytes;
	size_t used, size;
};

struct inflater {
	z_stream stream;
	size_t max_bytes;
	struct buffer in;
	bool broken;
};

struct inflater *inflater_create(size_t max_bytes)
{
	struct inflater *inflater = must(calloc(1, sizeof(*inflater)));
	inflater->max_bytes = max_bytes;
	if (inflateInit(&inflater->stream) != Z_OK)
		abort(); /* out of memory, or another zlib than the one compiled for */
	return inflater;
}

void inflater_destroy(struct inflater **handle)
{
	struct inflater *inflater = *handle;
	if (!inflater)
		return;
	inflateEnd(&inflater->stream);
	free(inflater->in.bytes);
	free(inflater);
	*handle = NULL;
}

static void reserve(struct buffer *buffer, size_t need)
{
	if (need <= buffer->size)
		return;
	size_t size = buffer->size ? buffer->size : FIRST_BYTES;
	while (size < need)
		size *= 2;
	buffer->bytes = must(realloc(buffer->bytes, size));
	buffer->size = size;
}

/* Empties a buffer; one that grew for a rare large payload is given back. */
static void reset(struct buffer *buffer)
{
	if (buffer->size > KEEP_BYTES) {
		free(buffer->bytes);
		*buffer = (struct buffer){0};
	}
	buffer->used = 0;
}

enum status inflater_add(struct inflater *inflater, const void *bytes, size_t length)
{
	if (length > inflater->max_bytes - inflater->in.used)
		return STATUS_TOO_LARGE;
	reserve(&inflater->in, inflater->in.used + length);
	if (length > 0)
		memcpy(inflater->in.bytes + inflater->in.used, bytes, length);
	inflater->in.used += length;
	return STATUS_OK;
}

bool inflater_complete(const struct inflater *inflater)
{
	static const unsigned char end[] = {0x00, 0x00, 0xFF, 0xFF};
	return inflater->in.used >= sizeof(end) &&
	       memcmp(inflater->in.bytes + inflater->in.used - sizeof(end), end, sizeof(end)) == 0;
}

static enum status inflate_all(struct inflater *inflater, struct buffer *out)
{
	z_stream *stream = &inflater->stream;
	stream->next_in = inflater->in.bytes;
	stream->avail_in = (uInt)inflater->in.used;
	for (;;) {
		reserve(out, out->used + FIRST_BYTES);
		stream->next_out = out->bytes + out->used;
		stream->avail_out = (uInt)(out->size - out->used);
		int result = inflate(stream, Z_SYNC_FLUSH);
		out->used = out->size - stream->avail_out;
		if (out->used > inflater->max_bytes)
			return STATUS_TOO_LARGE;
		/* Z_BUF_ERROR: nothing left to do. The stream never ends before its connection. */
		if (result != Z_OK && result != Z_BUF_ERROR)
			return STATUS_INVALID;
		if (stream->avail_out > 0)
			return stream->avail_in == 0 ? STATUS_OK : STATUS_INVALID;
	}
}

/* The bytes of a buffer as a text of their size. */
static char *text_of(struct buffer *buffer, size_t *out_length)
{
	char *text = must(realloc(buffer->bytes, buffer->used + 1));
	text[buffer->used] = '\0';
	*out_length = buffer->used;
	*buffer = (struct buffer){0};
	return text;
}

enum status inflater_take(struct inflater *inflater, char **out_text, size_t *out_length)
{
	struct buffer out = {0};
	enum status status = inflater->broken ? STATUS_INVALID : inflate_all(inflater, &out);
	reset(&inflater->in);
	inflater->broken = status != STATUS_OK;
	if (status == STATUS_OK)
		*out_text = text_of(&out, out_length);
	else
		free(out.bytes);
	return status;
}

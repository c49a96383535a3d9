/* Writes PNG: a header, one block of compressed lines, an end. */
#include "png.h"

#include <endian.h>
#include <libdeflate.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <talloc.h>

#include "besace/base/memory.h"

/* Quickest: a higher level takes twice the time for a tenth of the bytes. */
#define LEVEL 1

#define CHANNELS 4
/* What stands around the data of a chunk: its length, its name, its check. */
#define CHUNK_EXTRA 12
#define HEADER_BYTES 13

/* No filter: what is flat stays a run, and shades of 178 lines are few. "Up" made the cards a
 * quarter larger and took half as long again. */
#define FILTER_NONE 0

static const unsigned char signature[8] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};

struct png_writer {
	unsigned width, height;
	struct libdeflate_compressor *compressor;
	unsigned char *lines; /* RGBA, each with its filter in front */
	unsigned char *file;
	size_t room; /* for compressed data */
};

struct png_writer *png_writer_create(unsigned width, unsigned height)
{
	struct png_writer *writer = must(talloc_zero(NULL, struct png_writer));
	size_t line = (size_t)width * CHANNELS;
	writer->width = width;
	writer->height = height;
	writer->compressor = must(libdeflate_alloc_compressor(LEVEL));
	writer->lines = must(talloc_size(writer, (line + 1) * height));
	writer->room = libdeflate_zlib_compress_bound(writer->compressor, (line + 1) * height);
	writer->file = must(talloc_size(
		writer, sizeof(signature) + 3 * CHUNK_EXTRA + HEADER_BYTES + writer->room));
	return writer;
}

void png_writer_destroy(struct png_writer **handle)
{
	if (!*handle)
		return;
	libdeflate_free_compressor((*handle)->compressor);
	talloc_free(*handle);
	*handle = NULL;
}

/* Premultiplied ARGB of the machine as RGBA in bytes. */
static void convert_line(const uint32_t *pixels, unsigned width, unsigned char *out)
{
	for (unsigned x = 0; x < width; x++, out += CHANNELS) {
		uint32_t pixel = pixels[x], alpha = pixel >> 24;
		uint32_t red = pixel >> 16 & 0xFF, green = pixel >> 8 & 0xFF, blue = pixel & 0xFF;
		if (alpha != 0xFF && alpha != 0) {
			red = (red * 0xFF + alpha / 2) / alpha;
			green = (green * 0xFF + alpha / 2) / alpha;
			blue = (blue * 0xFF + alpha / 2) / alpha;
		}
		out[0] = (unsigned char)red;
		out[1] = (unsigned char)green;
		out[2] = (unsigned char)blue;
		out[3] = (unsigned char)alpha;
	}
}

static void convert_lines(struct png_writer *writer, const unsigned char *pixels, size_t stride)
{
	unsigned char *out = writer->lines;
	for (unsigned y = 0; y < writer->height; y++) {
		*out++ = FILTER_NONE;
		convert_line(
			(const uint32_t *)(const void *)(pixels + y * stride), writer->width, out);
		out += (size_t)writer->width * CHANNELS;
	}
}

static unsigned char *put_word(unsigned char *at, uint32_t word)
{
	uint32_t big = htobe32(word);
	memcpy(at, &big, sizeof(big));
	return at + sizeof(big);
}

/* Closes the chunk NAME whose LENGTH bytes of data stand behind its first eight. */
static unsigned char *close_chunk(unsigned char *at, const char name[4], size_t length)
{
	put_word(at, (uint32_t)length);
	memcpy(at + 4, name, 4);
	return put_word(at + 8 + length, libdeflate_crc32(0, at + 4, length + 4));
}

static unsigned char *put_header(unsigned char *at, unsigned width, unsigned height)
{
	/* Eight bits a channel, RGBA, the only compression and filtering there are, no interlace.
	 */
	static const unsigned char format[] = {8, 6, 0, 0, 0};
	unsigned char *data = put_word(put_word(at + 8, width), height);
	memcpy(data, format, sizeof(format));
	return close_chunk(at, "IHDR", HEADER_BYTES);
}

const unsigned char *png_write(
	struct png_writer *writer, const unsigned char *pixels, size_t stride, size_t *out_size)
{
	convert_lines(writer, pixels, stride);
	size_t lines = ((size_t)writer->width * CHANNELS + 1) * writer->height;
	unsigned char *at = writer->file;
	memcpy(at, signature, sizeof(signature));
	at = put_header(at + sizeof(signature), writer->width, writer->height);
	size_t size = libdeflate_zlib_compress(
		writer->compressor, writer->lines, lines, at + 8, writer->room);
	at = close_chunk(at, "IDAT", size);
	at = close_chunk(at, "IEND", 0);
	*out_size = (size_t)(at - writer->file);
	return writer->file;
}

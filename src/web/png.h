/* Pictures as PNG, with libdeflate at its quickest level: cairo's own writer takes twice as long as
 * the drawing. */
#pragma once

#include <stddef.h>

struct png_writer;

/* For pictures of WIDTH × HEIGHT pixels. A writer serves one thread at a time. */
struct png_writer *png_writer_create(unsigned width, unsigned height);
void png_writer_destroy(struct png_writer **writer);

/* PIXELS, cairo's ARGB32 (premultiplied, in the machine's order) with STRIDE bytes a line, as a
 * PNG. It is the writer's until the next call; *out_size gets its bytes. */
const unsigned char *png_write(
	struct png_writer *writer, const unsigned char *pixels, size_t stride, size_t *out_size);

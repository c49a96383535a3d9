/* The zlib-stream: one stream a connection, payloads that end with 00 00 FF FF. */
#include "unit.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "besace/runtime/inflate.h"

#define MAX 100000

/* Discord's side. */
static size_t deflate_next(z_stream *stream, const char *text, unsigned char *out, size_t size)
{
	stream->next_in = (Bytef *)text;
	stream->avail_in = (uInt)strlen(text);
	stream->next_out = out;
	stream->avail_out = (uInt)size;
	assert_int_equal(deflate(stream, Z_SYNC_FLUSH), Z_OK);
	return size - stream->avail_out;
}

static void expect(struct inflater *inflater, const char *text)
{
	char *got;
	size_t length;
	assert_true(inflater_complete(inflater));
	assert_int_equal(inflater_take(inflater, &got, &length), STATUS_OK);
	assert_int_equal(length, strlen(text));
	assert_memory_equal(got, text, length + 1);
	free(got);
}

static void payloads_share_one_stream_however_they_are_cut(void **state)
{
	static const char *const texts[] = {"{\"op\":10}", "{\"op\":0,\"t\":\"READY\"}",
		"{\"op\":0,\"t\":\"READY\"}", "{}", "{\"op\":11}"};
	for (size_t cut = 1; cut < 40; cut++) {
		z_stream stream = {0};
		unsigned char out[512];
		struct inflater *inflater = inflater_create(MAX);
		assert_int_equal(deflateInit(&stream, 9), Z_OK);
		for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
			size_t length = deflate_next(&stream, texts[i], out, sizeof(out));
			for (size_t at = 0; at < length; at += cut) {
				size_t part = length - at < cut ? length - at : cut;
				assert_false(at > 0 && inflater_complete(inflater));
				assert_int_equal(inflater_add(inflater, out + at, part), STATUS_OK);
			}
			expect(inflater, texts[i]);
			assert_false(inflater_complete(inflater));
		}
		deflateEnd(&stream);
		inflater_destroy(&inflater);
	}
	(void)state;
}

static void what_is_no_zlib_breaks_the_stream_for_good(void **state)
{
	(void)state;
	static const unsigned char bad[] = "garbage\x00\x00\xFF\xFF";
	struct inflater *inflater = inflater_create(MAX);
	char *text;
	size_t length;
	assert_int_equal(inflater_add(inflater, bad, sizeof(bad) - 1), STATUS_OK);
	assert_true(inflater_complete(inflater));
	assert_int_equal(inflater_take(inflater, &text, &length), STATUS_INVALID);
	assert_int_equal(inflater_take(inflater, &text, &length), STATUS_INVALID);
	inflater_destroy(&inflater);
}

static void a_stream_that_ends_is_broken(void **state)
{
	(void)state;
	unsigned char out[256];
	uLongf length = sizeof(out);
	char *text;
	size_t text_length;
	struct inflater *inflater = inflater_create(MAX);
	assert_int_equal(compress(out, &length, (const Bytef *)"{}", 2), Z_OK);
	assert_int_equal(inflater_add(inflater, out, length), STATUS_OK);
	assert_int_equal(inflater_take(inflater, &text, &text_length), STATUS_INVALID);
	inflater_destroy(&inflater);
}

static void a_bomb_is_stopped_at_the_bound(void **state)
{
	z_stream stream = {0};
	size_t size = 50 * MAX;
	char *text = talloc_size(*state, size + 1);
	unsigned char *out = talloc_size(*state, size);
	struct inflater *inflater = inflater_create(MAX);
	char *got;
	size_t got_length;
	memset(text, ' ', size);
	text[size] = '\0';
	assert_int_equal(deflateInit(&stream, 9), Z_OK);
	size_t length = deflate_next(&stream, text, out, size);
	assert_true(length < MAX);
	assert_int_equal(inflater_add(inflater, out, length), STATUS_OK);
	assert_int_equal(inflater_take(inflater, &got, &got_length), STATUS_TOO_LARGE);
	deflateEnd(&stream);
	inflater_destroy(&inflater);
}

static void what_never_ends_is_stopped_at_the_bound(void **state)
{
	struct inflater *inflater = inflater_create(MAX);
	char *bytes = talloc_zero_size(*state, MAX);
	assert_int_equal(inflater_add(inflater, bytes, MAX), STATUS_OK);
	assert_int_equal(inflater_add(inflater, bytes, 1), STATUS_TOO_LARGE);
	inflater_destroy(&inflater);
}

static const struct CMUnitTest tests[] = {
	UNIT(payloads_share_one_stream_however_they_are_cut),
	UNIT(what_is_no_zlib_breaks_the_stream_for_good),
	UNIT(a_stream_that_ends_is_broken),
	UNIT(a_bomb_is_stopped_at_the_bound),
	UNIT(what_never_ends_is_stopped_at_the_bound),
};

UNIT_MAIN(tests)

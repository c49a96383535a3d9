/* Fetches, decodes and keeps members' pictures. */
#include "avatars.h"

#include <cairo.h>
#include <curl/curl.h>
#include <png.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <talloc.h>

#include "besace/base/memory.h"
#include "besace/runtime/clock.h"
#include "besace/runtime/metrics.h"
#include "version.h"

/* What is asked of the CDN, a power of two, and a little more than is drawn. */
#define ASKED_SIDE "256"
/* Pixels of a side that are decoded: what is asked for, with room for a CDN that gives more. */
#define SIDE_MAX 512
/* Bytes of a PNG of 256 × 256: noise has 260 kB. */
#define BYTES_MAX (384 * 1024)
/* Discord waits for a card for some seconds, and draws what it has by then. */
#define FETCH_MS 2000
#define CONNECT_MS 1000

/* Faces kept, 70 kB each. A member whose card is asked for several times is asked for in a row. */
#define KEPT_MAX 96
/* How long it is not asked again for a picture that was not there. */
#define ABSENT_MS 60000

struct kept {
	/* Its path at the CDN, but for ".png"; "": free. */
	char name[sizeof("guilds//users//avatars/") + 2 * SNOWFLAKE_MAX_DIGITS + AVATAR_HASH_ROOM];
	struct face_pixels *face; /* NULL: there is none */
	int64_t used_ms, fetched_ms;
};

struct avatars {
	char *url;
	int64_t keep_ms;
	pthread_t sweeper;
	pthread_mutex_t lock; /* guards what follows */
	pthread_cond_t changed; /* on the clock that clock_mono_ms reads */
	bool ending;
	struct kept kept[KEPT_MAX];
};

static void drop(struct kept *kept)
{
	if (kept->face)
		explicit_bzero(kept->face, sizeof(*kept->face)); /* malloc keeps what it is given */
	free(kept->face);
	*kept = (struct kept){0};
}

/* The lock is held. All of them, not only the one that is asked for: nobody may ask for it again.
 * Returns when the next one is old; INT64_MAX: there is none. */
static int64_t drop_old(struct avatars *avatars, int64_t now_ms)
{
	int64_t next_ms = INT64_MAX;
	for (int i = 0; i < KEPT_MAX; i++) {
		struct kept *kept = &avatars->kept[i];
		int64_t old_ms = kept->fetched_ms + avatars->keep_ms;
		if (!kept->name[0])
			continue;
		if (old_ms <= now_ms)
			drop(kept);
		else if (old_ms < next_ms)
			next_ms = old_ms;
	}
	return next_ms;
}

/* Drops what is old when it is, whether or not anybody asks for a picture. */
static void *sweep(void *arg)
{
	struct avatars *avatars = arg;
	pthread_mutex_lock(&avatars->lock);
	while (!avatars->ending) {
		int64_t next_ms = drop_old(avatars, clock_mono_ms());
		const struct timespec until = {
			.tv_sec = next_ms / 1000, .tv_nsec = next_ms % 1000 * 1000000};
		if (next_ms == INT64_MAX)
			pthread_cond_wait(&avatars->changed, &avatars->lock);
		else
			pthread_cond_timedwait(&avatars->changed, &avatars->lock, &until);
	}
	pthread_mutex_unlock(&avatars->lock);
	return NULL;
}

struct avatars *avatars_create(const char *url, int64_t keep_ms)
{
	struct avatars *avatars = must(talloc_zero(NULL, struct avatars));
	avatars->url = must(talloc_strdup(avatars, url));
	avatars->keep_ms = keep_ms;
	pthread_condattr_t monotonic;
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_mutex_init(&avatars->lock, NULL);
	pthread_cond_init(&avatars->changed, &monotonic);
	pthread_condattr_destroy(&monotonic);
	if (pthread_create(&avatars->sweeper, NULL, sweep, avatars) != 0)
		abort(); /* no thread at start: the machine is out of everything */
	return avatars;
}

void avatars_destroy(struct avatars **handle)
{
	struct avatars *avatars = *handle;
	if (!avatars)
		return;
	pthread_mutex_lock(&avatars->lock);
	avatars->ending = true;
	pthread_cond_signal(&avatars->changed);
	pthread_mutex_unlock(&avatars->lock);
	pthread_join(avatars->sweeper, NULL);
	for (int i = 0; i < KEPT_MAX; i++)
		drop(&avatars->kept[i]);
	pthread_cond_destroy(&avatars->changed);
	pthread_mutex_destroy(&avatars->lock);
	talloc_free(avatars);
	*handle = NULL;
}

static void name_of(const struct card *card, struct kept *out)
{
	if (*card->guild.text)
		snprintf(out->name, sizeof(out->name), "guilds/%s/users/%s/avatars/%s",
			card->guild.text, card->member.text, card->avatar);
	else
		snprintf(out->name, sizeof(out->name), "avatars/%s/%s", card->member.text,
			card->avatar);
}

/* The lock is held. */
static struct kept *find(struct avatars *avatars, const char *name)
{
	for (int i = 0; i < KEPT_MAX; i++)
		if (strcmp(avatars->kept[i].name, name) == 0)
			return &avatars->kept[i];
	return NULL;
}

bool avatars_look(
	struct avatars *avatars, const struct card *card, bool *out_found, struct face_pixels *out)
{
	struct kept wanted;
	name_of(card, &wanted);
	int64_t now_ms = clock_mono_ms();
	pthread_mutex_lock(&avatars->lock);
	drop_old(avatars, now_ms);
	struct kept *kept = find(avatars, wanted.name);
	bool is_known = kept && (kept->face || now_ms - kept->fetched_ms < ABSENT_MS);
	if (is_known) {
		kept->used_ms = now_ms;
		*out_found = kept->face != NULL;
		if (kept->face)
			*out = *kept->face;
	}
	pthread_mutex_unlock(&avatars->lock);
	return is_known;
}

void avatars_keep(struct avatars *avatars, const struct card *card, struct face_pixels *face)
{
	struct kept wanted;
	name_of(card, &wanted);
	const char *name = wanted.name;
	pthread_mutex_lock(&avatars->lock);
	struct kept *place = find(avatars, name);
	for (int i = 0; !place && i < KEPT_MAX; i++)
		if (!avatars->kept[i].name[0])
			place = &avatars->kept[i];
	if (!place) {
		place = &avatars->kept[0];
		for (int i = 1; i < KEPT_MAX; i++)
			if (avatars->kept[i].used_ms < place->used_ms)
				place = &avatars->kept[i];
	}
	drop(place);
	strcpy(place->name, name);
	place->face = face;
	place->used_ms = place->fetched_ms = clock_mono_ms();
	pthread_cond_signal(&avatars->changed);
	pthread_mutex_unlock(&avatars->lock);
}

int avatars_count(struct avatars *avatars)
{
	int count = 0;
	pthread_mutex_lock(&avatars->lock);
	for (int i = 0; i < KEPT_MAX; i++)
		count += avatars->kept[i].face != NULL;
	pthread_mutex_unlock(&avatars->lock);
	return count;
}

/* ---- Decoding */

/* Draws SOURCE, a square or not, to fill a face. */
static void scale(unsigned char *pixels, int width, int height, struct face_pixels *out)
{
	cairo_surface_t *source = cairo_image_surface_create_for_data(
		pixels, CAIRO_FORMAT_ARGB32, width, height, width * 4);
	cairo_surface_t *face = cairo_image_surface_create_for_data(
		out->bytes, CAIRO_FORMAT_ARGB32, FACE_SIDE, FACE_SIDE, FACE_SIDE * 4);
	cairo_t *cairo = cairo_create(face);
	double factor = (double)FACE_SIDE / (width < height ? width : height);
	cairo_translate(cairo, (FACE_SIDE - width * factor) / 2, (FACE_SIDE - height * factor) / 2);
	cairo_scale(cairo, factor, factor);
	cairo_set_source_surface(cairo, source, 0, 0);
	cairo_pattern_set_filter(cairo_get_source(cairo), CAIRO_FILTER_GOOD);
	cairo_pattern_set_extend(cairo_get_source(cairo), CAIRO_EXTEND_PAD);
	cairo_paint(cairo);
	cairo_destroy(cairo);
	cairo_surface_destroy(face);
	cairo_surface_destroy(source);
}

static void premultiply(unsigned char *pixels, size_t count)
{
	for (size_t i = 0; i < count; i++, pixels += 4)
		for (int channel = 0; channel < 3; channel++)
			pixels[channel] = (unsigned char)(pixels[channel] * pixels[3] / 255);
}

bool avatar_decode(const void *bytes, size_t size, struct face_pixels *out)
{
	png_image image = {.version = PNG_IMAGE_VERSION};
	if (size > BYTES_MAX || !png_image_begin_read_from_memory(&image, bytes, size))
		return false;
	bool good = image.width > 0 && image.width <= SIDE_MAX && image.height > 0 &&
		    image.height <= SIDE_MAX;
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	image.format = PNG_FORMAT_BGRA;
#else
	image.format = PNG_FORMAT_ARGB;
#endif
	unsigned char *pixels = good ? must(malloc(PNG_IMAGE_SIZE(image))) : NULL;
	good = good && png_image_finish_read(&image, NULL, pixels, 0, NULL);
	png_image_free(&image);
	if (good) {
		premultiply(pixels, (size_t)image.width * image.height);
		memset(out, 0, sizeof(*out));
		scale(pixels, (int)image.width, (int)image.height, out);
	}
	free(pixels);
	return good;
}

/* ---- Fetching */

struct download {
	unsigned char *bytes;
	size_t size;
};

static size_t receive(char *bytes, size_t unit, size_t count, void *arg)
{
	struct download *download = arg;
	size_t size = unit * count;
	if (size > BYTES_MAX - download->size)
		return 0; /* ends the transfer */
	download->bytes = must(realloc(download->bytes, download->size + size + 1));
	memcpy(download->bytes + download->size, bytes, size);
	download->size += size;
	return size;
}

/* Whether URL was answered 200 with a PNG by its name. */
static bool download(const char *url, struct download *out)
{
	CURL *curl = must(curl_easy_init());
	curl_easy_setopt(curl, CURLOPT_URL, url);
	curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)FETCH_MS);
	curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MS);
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_USERAGENT, "besace-web/" BESACE_VERSION);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, receive);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, out);
	long status = 0;
	char *type = NULL;
	bool done = curl_easy_perform(curl) == CURLE_OK &&
		    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status) == CURLE_OK &&
		    curl_easy_getinfo(curl, CURLINFO_CONTENT_TYPE, &type) == CURLE_OK;
	done = done && status == 200 && type && strcmp(type, "image/png") == 0;
	curl_easy_cleanup(curl);
	return done;
}

void avatars_fetch(struct avatars *avatars, const struct card *card)
{
	struct kept wanted;
	name_of(card, &wanted);
	/* A PNG of the moving ones as well: their first picture. */
	char *url = must(
		talloc_asprintf(NULL, "%s/%s.png?size=" ASKED_SIDE, avatars->url, wanted.name));
	struct download got = {0};
	struct face_pixels *face = must(malloc(sizeof(*face)));
	bool good = download(url, &got) && avatar_decode(got.bytes, got.size, face);
	metrics_add(METRIC_WEB_AVATARS, good ? WEB_AVATAR_FETCHED : WEB_AVATAR_ABSENT, 1);
	if (!good) {
		free(face);
		face = NULL;
	}
	avatars_keep(avatars, card, face);
	free(got.bytes);
	talloc_free(url);
}

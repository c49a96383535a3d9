/* /carte/DATA.SIGNATURE.png: draws what the address says. */
#include <string.h>
#include <talloc.h>

#include "avatars.h"
#include "besace/base/memory.h"
#include "besace/runtime/clock.h"
#include "besace/runtime/log.h"
#include "besace/runtime/metrics.h"
#include "besace/web/card_picture.h"
#include "site_parts.h"
#include "version.h"

#define PREFIX "/carte/"
#define SUFFIX ".png"

/* What the address says never changes; a picture that did not come may come the next time. */
#define CACHE_ALWAYS "public, max-age=31536000, immutable"
#define CACHE_SHORTLY "public, max-age=60"

/* What is drawn for a request. */
struct order {
	bool is_tag;
	struct tag tag; /* drawn when it is one */
	struct card card; /* drawn otherwise */
	char *etag;
	bool has_face, lacks_face;
	struct face_pixels face;
};

static enum status paint_order(struct card_painter *painter, const struct order *order,
	const unsigned char **out_png, size_t *out_size)
{
	if (order->is_tag)
		return tag_paint(painter, &order->tag, out_png, out_size);
	return card_paint(
		painter, &order->card, order->has_face ? &order->face : NULL, out_png, out_size);
}

static void paint(void *tools, void *arg)
{
	struct web_request *request = arg;
	struct order *order = request->state;
	const unsigned char *png;
	size_t size;
	int64_t begun_us = clock_mono_us();
	if (paint_order(tools, order, &png, &size)) {
		log_error(LOG_TEXT("a card cannot be drawn"),
			LOG_STR("why", card_painter_why(tools)));
		web_request_refuse(
			request, MHD_HTTP_INTERNAL_SERVER_ERROR, "the card cannot be drawn");
		return;
	}
	metrics_observe_us(METRIC_WEB_CARD_SECONDS, clock_mono_us() - begun_us);
	const struct answer answer = {.status = MHD_HTTP_OK,
		.type = "image/png",
		.cache = order->lacks_face ? CACHE_SHORTLY : CACHE_ALWAYS,
		.etag = order->lacks_face ? NULL : order->etag};
	web_request_answer(request, &answer, png, size);
}

static void look_for_face(struct web_request *request, struct order *order)
{
	bool is_found = false;
	(void)avatars_look(request->site->avatars, &order->card, &is_found, &order->face);
	order->has_face = is_found;
	order->lacks_face = !is_found;
}

static void fetch(void *tools, void *arg)
{
	(void)tools;
	struct web_request *request = arg;
	struct order *order = request->state;
	avatars_fetch(request->site->avatars, &order->card);
	look_for_face(request, order);
	web_request_pass_on(request, request->site->painters, paint);
}

/* The card or the tag that the request's address says; NULL when it is none of ours. */
static struct order *read_order(struct web_request *request)
{
	const char *address = request->url + strlen(PREFIX);
	size_t length = strlen(address), suffix = strlen(SUFFIX);
	if (length <= suffix || length > CARD_ADDRESS_MAX ||
		strcmp(address + length - suffix, SUFFIX) != 0)
		return NULL;
	struct order *order = must(talloc_zero(request->ctx, struct order));
	char *text = must(talloc_strndup(order, address, length - suffix));
	const struct link_key *key = &request->site->link_key;
	order->is_tag = tag_read(key, text, &order->tag);
	if (!order->is_tag && !card_read(key, text, &order->card))
		return NULL;
	order->etag =
		must(talloc_asprintf(order, "\"%s-" BESACE_VERSION "\"", strchr(text, '.') + 1));
	return order;
}

void card_handle(struct web_request *request)
{
	struct site *site = request->site;
	struct order *order = site->config->has_link_key ? read_order(request) : NULL;
	if (!order) {
		web_request_refuse(request, MHD_HTTP_NOT_FOUND, "no such card");
		return;
	}
	request->state = order;
	bool is_found = false;
	if (web_request_has(request, order->etag)) {
		/* Drawn once, held since: what it was made of is in the address. */
		const struct answer held = {
			.status = MHD_HTTP_OK, .cache = CACHE_ALWAYS, .etag = order->etag};
		web_request_answer(request, &held, "", 0);
	} else if (!*order->card.member.text) {
		web_request_wait(request, site->painters, paint);
	} else if (avatars_look(site->avatars, &order->card, &is_found, &order->face)) {
		order->has_face = is_found;
		order->lacks_face = !is_found;
		web_request_wait(request, site->painters, paint);
	} else {
		web_request_wait(request, site->fetchers, fetch);
	}
}

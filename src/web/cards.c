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

#define PREFIX "/carte/"
#define SUFFIX ".png"

/* What the address says never changes; a picture that did not come may come the next time. */
#define CACHE_ALWAYS "public, max-age=31536000, immutable"
#define CACHE_SHORTLY "public, max-age=60"

/* What is drawn for a visit. */
struct order {
	struct card card;
	char *etag;
	bool has_face, lacks_face;
	struct face_pixels face;
};

static void paint(void *tools, void *arg)
{
	struct visit *visit = arg;
	struct order *order = visit->state;
	const unsigned char *png;
	size_t size;
	int64_t begun_us = clock_mono_us();
	if (card_paint(tools, &order->card, order->has_face ? &order->face : NULL, &png, &size)) {
		log_error(LOG_TEXT("a card cannot be drawn"),
			LOG_STR("why", card_painter_why(tools)));
		visit_refuse(visit, MHD_HTTP_INTERNAL_SERVER_ERROR, "the card cannot be drawn");
		return;
	}
	metrics_observe_us(METRIC_WEB_CARD_SECONDS, clock_mono_us() - begun_us);
	const struct answer answer = {.status = MHD_HTTP_OK,
		.type = "image/png",
		.cache = order->lacks_face ? CACHE_SHORTLY : CACHE_ALWAYS,
		.etag = order->lacks_face ? NULL : order->etag};
	visit_answer(visit, &answer, png, size);
}

static void look_for_face(struct visit *visit, struct order *order)
{
	bool is_found = false;
	(void)avatars_look(visit->site->avatars, &order->card, &is_found, &order->face);
	order->has_face = is_found;
	order->lacks_face = !is_found;
}

static void fetch(void *tools, void *arg)
{
	(void)tools;
	struct visit *visit = arg;
	struct order *order = visit->state;
	avatars_fetch(visit->site->avatars, &order->card);
	look_for_face(visit, order);
	visit_pass_on(visit, visit->site->painters, paint);
}

/* The card that the visit's address says; NULL when it is none of ours. */
static struct order *read_order(struct visit *visit)
{
	const char *address = visit->url + strlen(PREFIX);
	size_t length = strlen(address), suffix = strlen(SUFFIX);
	if (length <= suffix || length > CARD_ADDRESS_MAX ||
		strcmp(address + length - suffix, SUFFIX) != 0)
		return NULL;
	struct order *order = must(talloc_zero(visit->ctx, struct order));
	char *text = must(talloc_strndup(order, address, length - suffix));
	if (!card_read(&visit->site->link_key, text, &order->card))
		return NULL;
	order->etag =
		must(talloc_asprintf(order, "\"%s-" BESACE_VERSION "\"", strchr(text, '.') + 1));
	return order;
}

void card_handle(struct visit *visit)
{
	struct site *site = visit->site;
	struct order *order = site->config->has_link_key ? read_order(visit) : NULL;
	if (!order) {
		visit_refuse(visit, MHD_HTTP_NOT_FOUND, "no such card");
		return;
	}
	visit->state = order;
	bool is_found = false;
	if (visit_has(visit, order->etag)) {
		/* Drawn once, held since: what it was made of is in the address. */
		const struct answer held = {
			.status = MHD_HTTP_OK, .cache = CACHE_ALWAYS, .etag = order->etag};
		visit_answer(visit, &held, "", 0);
	} else if (!*order->card.member.text) {
		visit_wait(visit, site->painters, paint);
	} else if (avatars_look(site->avatars, &order->card, &is_found, &order->face)) {
		order->has_face = is_found;
		order->lacks_face = !is_found;
		visit_wait(visit, site->painters, paint);
	} else {
		visit_wait(visit, site->fetchers, fetch);
	}
}

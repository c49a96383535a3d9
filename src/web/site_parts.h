/* What the routes of besace-web share. */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>

#include "besace/domain/card.h"
#include "besace/runtime/config.h"
#include "request.h"

struct avatars;
struct pages;

struct site {
	const struct config *config;
	struct link_key link_key; /* meaningful when config->has_link_key */
	struct crew *painters; /* draw cards; their tools are a card_painter */
	struct crew *fetchers; /* fetch members' pictures */
	struct avatars *avatars;
	struct pages *pages;
	atomic_uint requests; /* requests under way */
	atomic_bool draining; /* answers close their connection */
};

/* The handler of URL; NULL when nothing is there. */
typedef void web_request_handler_fn(struct web_request *request);
web_request_handler_fn *site_route(const char *url);

/* The handlers, each in its file: cards.c, statics.c, pages.c. */
void card_handle(struct web_request *request);
void healthz_handle_web(struct web_request *request);
void readyz_handle_web(struct web_request *request);
void robots_handle(struct web_request *request);
void style_handle(struct web_request *request);
void icon_handle(struct web_request *request);
void page_handle(struct web_request *request);

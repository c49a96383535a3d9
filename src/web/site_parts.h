/* What the routes of besace-web share. */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>

#include "besace/domain/card.h"
#include "besace/runtime/config.h"
#include "visit.h"

struct avatars;
struct pages;

struct site {
	const struct config *config;
	struct link_key link_key; /* meaningful when config->has_link_key */
	struct crew *painters; /* draw cards; their tools are a card_painter */
	struct crew *fetchers; /* fetch members' pictures */
	struct avatars *avatars;
	struct pages *pages;
	atomic_uint visits; /* requests under way */
	atomic_bool draining; /* answers close their connection */
};

/* The handler of URL; NULL when nothing is there. */
typedef void visit_handler_fn(struct visit *visit);
visit_handler_fn *site_route(const char *url);

/* The handlers, each in its file: cards.c, statics.c, pages.c. */
void card_handle(struct visit *visit);
void healthz_handle_web(struct visit *visit);
void readyz_handle_web(struct visit *visit);
void robots_handle(struct visit *visit);
void style_handle(struct visit *visit);
void icon_handle(struct visit *visit);
void page_handle(struct visit *visit);

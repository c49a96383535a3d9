/* The pages as HTML: what was read of the database, filled into the templates. No I/O. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "besace/domain/card.h"
#include "besace/store/pages.h"
#include "besace/text/catalogue.h"

/* Members on a page, and the pages that can be reached by their number: beyond them, the search. */
#define PAGE_ROWS 50
#define PAGE_NUMBER_MAX 200

/* What a page was asked for. */
struct page_wish {
	const char *address; /* token or name */
	enum page_metric metric;
	int number; /* of the page, from 1 */
	const char *search; /* NULL: none */
	const char *own_link; /* `moi` or `de` as it came, good; NULL: none */
	bool own_is_reader; /* `moi`: it is the reader's own row */
	enum language language;
};

/* What stands on it. */
struct page_content {
	const struct page_guild *guild;
	const struct page_member *members; /* the hidden ones among them */
	size_t count;
	bool has_more;
	int pages; /* that can be reached */
	const struct page_profile *own; /* the row of `own_link`; NULL: none */
	const char *public_url; /* NULL: none */
	const struct link_key *link_key; /* NULL: none */
};

/* `?type=` of METRIC. Static. */
const char *page_metric_word(enum page_metric metric);
/* The metric of WORD, level for NULL and any other. */
enum page_metric page_metric_named(const char *word);

/* HTML on CTX, and its size. */
char *leaderboard_page(void *ctx, const struct page_wish *wish, const struct page_content *content,
	size_t *out_size);
char *member_page(void *ctx, const struct page_wish *wish, const struct page_guild *guild,
	const struct page_profile *profile, const struct page_content *content, size_t *out_size);
char *notice_page(
	void *ctx, enum language language, enum text title, enum text why, size_t *out_size);

/* The style of all pages, on CTX; and its version, which stands in their links. */
char *page_style(void *ctx, size_t *out_size);
const char *page_style_version(void);

/* What the routes of pages keep: threads that read, pages of a moment ago, orders of minutes ago.
 */
#pragma once

struct pages;

struct pages *pages_create(const char *database_url);
/* The threads end first: see crew_destroy. */
void pages_stop(struct pages *pages);
void pages_destroy(struct pages **pages);

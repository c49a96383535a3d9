/* The pages of the panel, as rows: a page is a table and not a program. */
#pragma once

#include <stddef.h>

#include "besace/domain/settings.h"
#include "besace/text/catalogue.h"

/* Discord's most fields of a form, and sections for which a page has room. */
#define SECTION_FIELDS_MAX 5
#define PAGE_SECTIONS_MAX 9
/* Entries of a list on one page. */
#define LIST_ENTRIES 10

enum section_action {
	SECTION_FORM, /* opens a form of its fields */
	SECTION_SWITCH, /* turns its only field on or off */
};

/* A source or group of settings: its values in words, and a button. */
struct panel_section {
	const char *word; /* in custom ids */
	enum text text; /* its placeholders are settings */
	enum section_action action;
	enum setting_id fields[SECTION_FIELDS_MAX];
	size_t field_count;
	/* The switch of the whole section, a button below the page; else SETTING_COUNT. */
	enum setting_id toggle;
};

struct panel_page {
	enum text name; /* in the select, in titles */
	enum text home; /* what the first page says of it */
	const struct panel_section *sections;
	size_t section_count;
};

const struct panel_page *panel_page(enum settings_page page);

/* The section called WORD and its page, or NULL. */
const struct panel_section *panel_section(const char *word, enum settings_page *out_page);

/* The fields of each game's form. */
extern const enum game_setting game_fields[SECTION_FIELDS_MAX];

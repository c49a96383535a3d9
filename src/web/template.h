/*
 * Templates: the SVG and HTML of templates/, with places to fill.
 *
 *	{{name}}                    the value, escaped for text and attributes of HTML and XML
 *	{{#name}} … {{/name}}       once for each part that was added under the name
 *	{{^name}} … {{/name}}       when none was added
 *
 * A value is looked for in the part, then in the one around it, up to the page. There is no way to
 * fill in anything unescaped: markup stands in templates alone. Bytes that are no UTF-8 and
 * characters that XML does not allow become U+FFFD.
 */
#pragma once

#include <stddef.h>

#include "besace/base/compiler.h"

/* The files of templates/, compiled into the binary at build time. */
struct template_file {
	const char *path; /* relative to templates/: "card.svg" */
	const char *text;
};

/* Ends with a row whose path is NULL. */
extern const struct template_file template_files[];

/* The text of a file, which must exist. Static. */
const char *template_file_text(const char *path);

/* A template that was read; lasts as long as its context. */
struct template;

/* Reads TEXT, which must last as long. NULL with a sentence when its places are not well formed. */
struct template *template_parse(void *ctx, const char *text, char **out_why);

/* The template in the file PATH, read once for the whole process. It must be well formed. From any
 * thread. */
const struct template *template_of(const char *path);

/* What is filled in: values and parts. */
struct template_section;

struct template_section *part_create(void *ctx);
/* Values are copied, names are not: they last as long as the part, as those of the source do. NULL
 * counts as "". A second value of the same name takes the first's place. */
void part_set(struct template_section *part, const char *name, const char *value);
void part_set_number(struct template_section *part, const char *name, long long number);
/* Adds a part under NAME and returns it; it belongs to PART. */
struct template_section *part_add(struct template_section *part, const char *name);

/* The template filled with PART, on CTX; a talloc string, whose size is in *out_size without the
 * final NUL. A place without value stays empty and is logged: a defect of ours. */
char *template_fill(void *ctx, const struct template *template, const struct template_section *part,
	size_t *out_size);

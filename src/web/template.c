/* Reads templates and fills them in. */
#include "template.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <talloc.h>

#include "besace/base/memory.h"
#include "besace/base/utf8.h"
#include "besace/runtime/log.h"

/* Sections within sections: the templates have three. */
#define DEPTH_MAX 8

/* Templates in the tree: a handful. */
#define FILES_MAX 16

const char *template_file_text(const char *path)
{
	for (const struct template_file *file = template_files; file->path; file++)
		if (strcmp(file->path, path) == 0)
			return file->text;
	abort();
}

/* ---- Reading */

enum piece_type {
	PIECE_PLAIN, /* text that is copied */
	PIECE_VALUE, /* {{name}} */
	PIECE_EACH, /* {{#name}}, up to the piece number `end` */
	PIECE_NONE, /* {{^name}}, likewise */
	PIECE_END, /* {{/name}} */
};

struct template_piece {
	enum piece_type type;
	const char *text; /* plain text, not terminated; else the name */
	size_t length;
	size_t end;
};

struct template
{
	struct template_piece *pieces;
	size_t count;
};

static struct template_piece *add_piece(struct template *template, enum piece_type type)
{
	template->pieces = must(talloc_realloc_size(
		template, template->pieces, (template->count + 1) * sizeof(struct template_piece)));
	struct template_piece *piece = &template->pieces[template->count++];
	*piece = (struct template_piece){.type = type};
	return piece;
}

/* Adds the place whose name begins at AT and has LENGTH bytes with its mark. */
static void add_place(struct template *template, const char *at, size_t length)
{
	static const char marks[] = "#^/";
	const char *mark = length > 0 ? strchr(marks, *at) : NULL;
	struct template_piece *piece = add_piece(
		template, mark && *mark ? PIECE_EACH + (unsigned)(mark - marks) : PIECE_VALUE);
	size_t skip = mark && *mark ? 1 : 0;
	piece->text = must(talloc_strndup(template, at + skip, length - skip));
}

/* Connects the ends of sections with their beginnings. */
static char *pair_sections(struct template *template)
{
	size_t open[DEPTH_MAX], depth = 0;
	for (size_t i = 0; i < template->count; i++) {
		struct template_piece *piece = &template->pieces[i];
		if (piece->type == PIECE_EACH || piece->type == PIECE_NONE) {
			if (depth == DEPTH_MAX)
				return must(talloc_strdup(template, "too deep"));
			open[depth++] = i;
		} else if (piece->type == PIECE_END) {
			struct template_piece *begun =
				depth ? &template->pieces[open[--depth]] : NULL;
			if (!begun || strcmp(begun->text, piece->text) != 0)
				return must(talloc_asprintf(
					template, "{{/%s}} ends nothing", piece->text));
			begun->end = i;
		}
	}
	return depth ? must(talloc_asprintf(template, "{{/%s}} is missing",
			       template->pieces[open[depth - 1]].text))
		     : NULL;
}

struct template *template_parse(void *ctx, const char *text, char **out_why)
{
	struct template *template = must(talloc_zero(ctx, struct template));
	char *why = NULL;
	while (*text && !why) {
		const char *place = strstr(text, "{{");
		size_t plain = place ? (size_t)(place - text) : strlen(text);
		if (plain > 0) {
			struct template_piece *piece = add_piece(template, PIECE_PLAIN);
			piece->text = text;
			piece->length = plain;
		}
		text += plain;
		if (!place)
			break;
		size_t length = strcspn(place + 2, "{}\n ");
		if (length == 0 || strncmp(place + 2 + length, "}}", 2) != 0)
			why = must(
				talloc_asprintf(template, "\"%.20s\" is no place to fill", place));
		else
			add_place(template, place + 2, length);
		text = place + 2 + length + (why ? 0 : 2);
	}
	why = why ? why : pair_sections(template);
	if (!why)
		return template;
	*out_why = talloc_steal(ctx, why);
	talloc_free(template);
	return NULL;
}

const struct template *template_of(const char *path)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	static struct {
		const char *text;
		struct template *template;
	} known[FILES_MAX];
	const char *text = template_file_text(path);
	pthread_mutex_lock(&lock);
	int i = 0;
	while (i < FILES_MAX && known[i].text && known[i].text != text)
		i++;
	if (i == FILES_MAX)
		abort();
	if (!known[i].text) {
		char *why;
		known[i].template = must(template_parse(NULL, text, &why));
		known[i].text = text;
	}
	pthread_mutex_unlock(&lock);
	return known[i].template;
}

/* ---- Values */

struct value {
	const char *name;
	SLIST_ENTRY(value) next;
	char text[];
};

struct template_section {
	const char *name; /* under which it was added */
	const struct template_section *around;
	SLIST_HEAD(, value) values;
	STAILQ_HEAD(, template_section) parts;
	STAILQ_ENTRY(template_section) next;
};

struct template_section *part_create(void *ctx)
{
	struct template_section *part = must(talloc_zero(ctx, struct template_section));
	part->name = "";
	SLIST_INIT(&part->values);
	STAILQ_INIT(&part->parts);
	return part;
}

static const struct value *find_own(const struct template_section *part, const char *name)
{
	const struct value *value;
	SLIST_FOREACH(value, &part->values, next)
	if (*value->name == *name && strcmp(value->name, name) == 0)
		return value;
	return NULL;
}

/* The latest value stands in front and hides an earlier one of its name. */
void part_set(struct template_section *part, const char *name, const char *text)
{
	size_t size = text ? strlen(text) : 0;
	struct value *value = must(talloc_size(part, sizeof(*value) + size + 1));
	value->name = name;
	memcpy(value->text, text ? text : "", size + 1);
	SLIST_INSERT_HEAD(&part->values, value, next);
}

void part_set_number(struct template_section *part, const char *name, long long number)
{
	char text[24];
	snprintf(text, sizeof(text), "%lld", number);
	part_set(part, name, text);
}

struct template_section *part_add(struct template_section *part, const char *name)
{
	struct template_section *added = part_create(part);
	added->name = name;
	added->around = part;
	STAILQ_INSERT_TAIL(&part->parts, added, next);
	return added;
}

/* ---- Filling */

/* Text that grows by doubling. */
struct output {
	char *text;
	size_t length, room;
};

static void put(struct output *out, const char *bytes, size_t length)
{
	if (out->room - out->length <= length) {
		while (out->room - out->length <= length)
			out->room *= 2;
		out->text = must(talloc_realloc_size(NULL, out->text, out->room));
	}
	memcpy(out->text + out->length, bytes, length);
	out->length += length;
}

/* Whether C is of ASCII and stands for itself. */
static bool is_plain(char c)
{
	return (c >= ' ' && c < 0x7F && c != '&' && c != '<' && c != '>' && c != '"' &&
		       c != '\'') ||
	       c == '\t' || c == '\n';
}

/* What stands for a character of ASCII that is not plain. */
static const char *entity_of(char c)
{
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	case '\'':
		return "&#39;";
	default: /* a control character */
		return "\uFFFD";
	}
}

/* Characters beyond ASCII that neither XML nor HTML allows. */
static bool is_no_character(uint32_t point)
{
	return point == UTF8_REPLACEMENT || (point >= 0x80 && point < 0xA0) ||
	       (point & 0xFFFE) == 0xFFFE || (point >= 0xFDD0 && point <= 0xFDEF);
}

static void put_escaped(struct output *out, const char *text)
{
	while (*text) {
		const char *from = text;
		while (is_plain(*text))
			text++;
		put(out, from, (size_t)(text - from));
		from = text;
		if (*text && (unsigned char)*text < 0x80) {
			const char *entity = entity_of(*text++);
			put(out, entity, strlen(entity));
		} else if (*text) {
			bool is_bad = is_no_character(utf8_next(&text));
			put(out, is_bad ? "\uFFFD" : from, is_bad ? 3 : (size_t)(text - from));
		}
	}
}

static void put_value(struct output *out, const struct template_section *part, const char *name)
{
	for (const struct template_section *at = part; at; at = at->around) {
		const struct value *value = find_own(at, name);
		if (value) {
			put_escaped(out, value->text);
			return;
		}
	}
	log_error(LOG_TEXT("a place in a template has no value"), LOG_STR("name", name));
}

/* The first part called NAME from AT on. */
static const struct template_section *next_part(const struct template_section *at, const char *name)
{
	while (at && strcmp(at->name, name) != 0)
		at = STAILQ_NEXT(at, next);
	return at;
}

/* Fills pieces FROM up to END. Sections are the template's, so the depth is bounded by it. */
static void fill(struct output *out, const struct template *template, size_t from, size_t end,
	const struct template_section *part)
{
	for (size_t i = from; i < end; i++) {
		const struct template_piece *piece = &template->pieces[i];
		const struct template_section *first = STAILQ_FIRST(&part->parts);
		switch (piece->type) {
		case PIECE_PLAIN:
			put(out, piece->text, piece->length);
			break;
		case PIECE_VALUE:
			put_value(out, part, piece->text);
			break;
		case PIECE_EACH:
			for (first = next_part(first, piece->text); first;
				first = next_part(STAILQ_NEXT(first, next), piece->text))
				fill(out, template, i + 1, piece->end, first);
			i = piece->end;
			break;
		case PIECE_NONE:
			if (!next_part(first, piece->text))
				fill(out, template, i + 1, piece->end, part);
			i = piece->end;
			break;
		case PIECE_END:
			break;
		}
	}
}

char *template_fill(void *ctx, const struct template *template, const struct template_section *part,
	size_t *out_size)
{
	struct output out = {.room = 8192};
	out.text = must(talloc_size(ctx, out.room));
	fill(&out, template, 0, template->count, part);
	out.text[out.length] = '\0';
	*out_size = out.length;
	return out.text;
}

/* Texts with {variables}. */
#include "besace/domain/template.h"

#include <string.h>

#include "besace/base/compiler.h"

/* Names and what they stand for: our own, then those of other bots. */
static const struct {
	const char *name;
	enum template_variable variable;
} names[] = {
#define TEMPLATE_VARIABLE(variable, word) {word, TEMPLATE_##variable},
	TEMPLATE_VARIABLES(TEMPLATE_VARIABLE)
#undef TEMPLATE_VARIABLE
		{"user", TEMPLATE_MENTION},
	{"player", TEMPLATE_MENTION},
	{"level", TEMPLATE_LEVEL},
};

const char *template_variable_name(enum template_variable variable)
{
	return names[variable].name;
}

/* Bytes of the name that begins at NAME and is ended by a brace; 0: what is there is no name. */
static size_t name_length(const char *name)
{
	size_t length = strcspn(name, "{} \t\r\n");
	return name[length] == '}' ? length : 0;
}

static bool find(const char *name, size_t length, enum template_variable *out)
{
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (strlen(names[i].name) == length && memcmp(names[i].name, name, length) == 0) {
			*out = names[i].variable;
			return true;
		}
	return false;
}

bool template_next(const char **at, struct template_part *out)
{
	const char *from = *at;
	if (*from == '\0')
		return false;
	*out = (struct template_part){.text = from};
	size_t name = *from == '{' ? name_length(from + 1) : 0;
	if (name > 0 && find(from + 1, name, &out->variable)) {
		out->is_variable = true;
		out->length = name + 2;
	} else {
		out->length = 1 + strcspn(from + 1, "{");
	}
	*at = from + out->length;
	return true;
}

#define MIN(a, b) ((a) < (b) ? (a) : (b))

/* How many letters A and B have in common, in their order. */
static size_t common_letters(const char *a, const char *b)
{
	size_t b_length = strlen(b);
	size_t row[TEMPLATE_NAME_ROOM] = {0};
	for (size_t i = 0; a[i] != '\0'; i++) {
		size_t corner = 0;
		for (size_t j = 0; j < b_length; j++) {
			size_t above = row[j + 1];
			if (a[i] == b[j])
				row[j + 1] = corner + 1;
			else if (row[j] > above)
				row[j + 1] = row[j];
			corner = above;
		}
	}
	return row[b_length];
}

static size_t common_beginning(const char *a, const char *b)
{
	size_t length = 0;
	while (a[length] != '\0' && a[length] == b[length])
		length++;
	return length;
}

/* The known name that shares the most with NAME for the length of both: a short one is within a few
 * letters of any other. A common beginning counts a little more, as names are cut at their end. */
static const char *nearest(const char *name)
{
	const char *best = names[0].name;
	size_t best_shared = 0, best_length = 1;
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		const char *known = names[i].name;
		size_t shared = 4 * common_letters(name, known) + common_beginning(name, known);
		size_t length = strlen(name) + strlen(known);
		if (shared * best_length > best_shared * length) {
			best = known;
			best_shared = shared;
			best_length = length;
		}
	}
	return best;
}

/* NAME in small letters, cut. */
static void lower(const char *name, char out[TEMPLATE_NAME_ROOM])
{
	size_t i = 0;
	for (; name[i] != '\0'; i++)
		out[i] = (char)(name[i] >= 'A' && name[i] <= 'Z' ? name[i] - 'A' + 'a' : name[i]);
	out[i] = '\0';
}

static void describe(const char *name, size_t length, struct template_fault *out)
{
	char small[TEMPLATE_NAME_ROOM];
	size_t shown = MIN(length, sizeof(out->unknown) - 1);
	/* Not in the middle of a character. */
	while (shown < length && shown > 0 && ((unsigned char)name[shown] & 0xC0) == 0x80)
		shown--;
	memcpy(out->unknown, name, shown);
	out->unknown[shown] = '\0';
	lower(out->unknown, small);
	out->nearest = nearest(small);
}

bool template_check(const char *text, struct template_fault *out)
{
	enum template_variable variable;
	for (const char *at = strchr(text, '{'); at; at = strchr(at + 1, '{')) {
		size_t length = name_length(at + 1);
		if (length > 0 && !find(at + 1, length, &variable)) {
			describe(at + 1, length, out);
			return false;
		}
	}
	return true;
}

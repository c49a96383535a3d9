/* A character after the other, in the states of systemd's own reader. */
#include "besace/runtime/envfile.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "besace/base/memory.h"

enum place {
	BEFORE_NAME,
	IN_NAME,
	BEFORE_VALUE,
	IN_VALUE,
	IN_SINGLE_QUOTES,
	IN_DOUBLE_QUOTES,
	IN_COMMENT,
};

struct reading {
	const char *at;
	char *name, *value; /* as far as they are read; each has room for the whole text */
	size_t name_length, value_length;
	size_t value_kept; /* of the value: spaces behind it at the end of the line do not count */
	envfile_fn *fn;
	void *arg;
};

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static void add(struct reading *reading, char c)
{
	reading->value[reading->value_length++] = c;
	reading->value_kept = reading->value_length;
}

static enum place end_line(struct reading *reading)
{
	size_t length = reading->name_length;
	while (length > 0 && is_space(reading->name[length - 1]))
		length--;
	reading->name[length] = '\0';
	reading->value[reading->value_kept] = '\0';
	reading->fn(reading->arg, reading->name, reading->value);
	return BEFORE_NAME;
}

static enum place before_name(struct reading *reading, char c)
{
	if (c == '#' || c == ';')
		return IN_COMMENT;
	if (c == '\n' || is_space(c))
		return BEFORE_NAME;
	reading->value_length = reading->value_kept = 0;
	reading->name[0] = c;
	reading->name_length = 1;
	return IN_NAME;
}

static enum place in_name(struct reading *reading, char c)
{
	if (c == '=')
		return BEFORE_VALUE;
	if (c == '\n')
		return BEFORE_NAME;
	reading->name[reading->name_length++] = c;
	return IN_NAME;
}

/* A backslash joins this line and the next, or stands before a character that is meant. */
static enum place in_value(struct reading *reading, char c)
{
	if (c == '\n')
		return end_line(reading);
	if (c == '\\') {
		if (*reading->at != '\0' && *reading->at != '\n')
			add(reading, *reading->at);
		reading->at += *reading->at != '\0';
		return IN_VALUE;
	}
	if (!is_space(c))
		add(reading, c);
	else
		reading->value[reading->value_length++] = c;
	return IN_VALUE;
}

static enum place before_value(struct reading *reading, char c)
{
	if (c == '\'')
		return IN_SINGLE_QUOTES;
	if (c == '"')
		return IN_DOUBLE_QUOTES;
	if (is_space(c))
		return BEFORE_VALUE;
	return in_value(reading, c);
}

static enum place in_double_quotes(struct reading *reading, char c)
{
	if (c == '"')
		return BEFORE_VALUE;
	if (c != '\\' || *reading->at == '\0') {
		add(reading, c);
		return IN_DOUBLE_QUOTES;
	}
	char next = *reading->at++;
	if (!strchr("\"\\`$\n", next))
		add(reading, c);
	if (next != '\n')
		add(reading, next);
	return IN_DOUBLE_QUOTES;
}

static enum place read_character(struct reading *reading, enum place place, char c)
{
	switch (place) {
	case BEFORE_NAME:
		return before_name(reading, c);
	case IN_NAME:
		return in_name(reading, c);
	case BEFORE_VALUE:
		return before_value(reading, c);
	case IN_VALUE:
		return in_value(reading, c);
	case IN_DOUBLE_QUOTES:
		return in_double_quotes(reading, c);
	case IN_SINGLE_QUOTES:
		if (c == '\'')
			return BEFORE_VALUE;
		add(reading, c);
		return IN_SINGLE_QUOTES;
	case IN_COMMENT:
		break;
	}
	return c == '\n' ? BEFORE_NAME : IN_COMMENT;
}

void envfile_read(const char *text, envfile_fn *fn, void *arg)
{
	size_t room = strlen(text) + 1;
	struct reading reading = {.at = text,
		.name = must(malloc(room)),
		.value = must(malloc(room)),
		.fn = fn,
		.arg = arg};
	enum place place = BEFORE_NAME;
	while (*reading.at != '\0') {
		char c = *reading.at++;
		place = read_character(&reading, place, c);
	}
	if (place != BEFORE_NAME && place != IN_NAME && place != IN_COMMENT)
		end_line(&reading);
	free(reading.name);
	free(reading.value);
}

/* Lines for operators, on standard error. */
#include "besace/runtime/log.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "besace/runtime/clock.h"

static struct {
	enum log_level max;
	bool as_json;
} settings = {LOG_LEVEL_INFO, true};

static const char *const level_names[] = {"error", "warn", "info", "debug"};

void log_setup(enum log_level max, bool as_json)
{
	settings.max = max;
	settings.as_json = as_json;
}

bool log_enabled(enum log_level level)
{
	return level <= settings.max;
}

/* RFC 3339 in UTC with milliseconds. */
static void format_now(char out[static 40])
{
	int64_t now = clock_wall_ms();
	time_t seconds = (time_t)(now / 1000);
	struct tm utc;
	gmtime_r(&seconds, &utc);
	size_t used = strftime(out, 24, "%Y-%m-%dT%H:%M:%S", &utc);
	snprintf(out + used, 40 - used, ".%03dZ", (int)(now % 1000));
}

/* Writes the whole line; standard error may be a pipe that takes a part at a time. */
static void write_all(const char *text, size_t length)
{
	while (length > 0) {
		ssize_t n = write(STDERR_FILENO, text, length);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return; /* nowhere to complain */
		text += n;
		length -= (size_t)n;
	}
}

static json_t *field_value(const struct log_field *field)
{
	if (!field->text)
		return json_integer(field->number);
	json_t *text = json_string(field->text);
	return text ? text : json_string("(not UTF-8)");
}

static void write_json(enum log_level level, const struct log_field *fields)
{
	char now[40];
	format_now(now);
	json_t *line = json_object();
	json_object_set_new(line, "time", json_string(now));
	json_object_set_new(line, "level", json_string(level_names[level]));
	for (; fields->name; fields++)
		json_object_set_new(line, fields->name, field_value(fields));
	char *text = json_dumps(line, JSON_COMPACT);
	json_decref(line);
	if (!text)
		return;
	size_t length = strlen(text);
	text[length] = '\n'; /* in place of the final NUL */
	write_all(text, length + 1);
	free(text);
}

/* In quotes, so that a text can neither end its field nor its line. */
static void print_quoted(FILE *line, const char *text)
{
	fputc('"', line);
	for (const unsigned char *c = (const unsigned char *)text; *c; c++) {
		if (*c == '"' || *c == '\\')
			fprintf(line, "\\%c", *c);
		else if (*c == '\n')
			fputs("\\n", line);
		else if (*c < ' ' || *c == 0x7f)
			fprintf(line, "\\x%02x", *c);
		else
			fputc(*c, line);
	}
	fputc('"', line);
}

static void write_text(enum log_level level, const struct log_field *fields)
{
	char now[40];
	format_now(now);
	char *text = NULL;
	size_t length = 0;
	FILE *line = open_memstream(&text, &length);
	if (!line)
		return;
	fprintf(line, "%s %-5s %s", now, level_names[level], fields->text);
	for (fields++; fields->name; fields++) {
		if (fields->text) {
			fprintf(line, " %s=", fields->name);
			print_quoted(line, fields->text);
		} else {
			fprintf(line, " %s=%lld", fields->name, (long long)fields->number);
		}
	}
	fputc('\n', line);
	fclose(line);
	write_all(text, length);
	free(text);
}

void log_write(enum log_level level, const struct log_field *fields)
{
	if (!log_enabled(level))
		return;
	if (settings.as_json)
		write_json(level, fields);
	else
		write_text(level, fields);
}

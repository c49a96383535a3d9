/*
 * The log: one JSON object a line on standard error, or a readable line with
 * BESACE_LOG_FORMAT=text.
 *
 *	log_warn(LOG_TEXT("database lost"), LOG_STR("why", why), LOG_INT("retry_ms", delay));
 *
 * Never log a token, a key, a signature or what a member wrote. Ids, command names and outcomes
 * are what an operator needs. Lower layers return statuses and sentences; the edge logs, once.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARN, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };

/* A named value; the macros below make them. The first field of a line is LOG_TEXT, the last has
 * no name. */
struct log_field {
	const char *name;
	const char *text; /* NULL: the number counts */
	int64_t number;
};

#define LOG_TEXT(s) ((struct log_field){"msg", (s), 0})
#define LOG_STR(n, s) ((struct log_field){(n), log_text_or_empty(s), 0})
#define LOG_INT(n, i) ((struct log_field){(n), NULL, (i)})

static inline const char *log_text_or_empty(const char *text)
{
	return text ? text : "";
}

#define log_error(...) log_write(LOG_LEVEL_ERROR, (struct log_field[]){__VA_ARGS__, {0}})
#define log_warn(...) log_write(LOG_LEVEL_WARN, (struct log_field[]){__VA_ARGS__, {0}})
#define log_info(...) log_write(LOG_LEVEL_INFO, (struct log_field[]){__VA_ARGS__, {0}})
#define log_debug(...) log_write(LOG_LEVEL_DEBUG, (struct log_field[]){__VA_ARGS__, {0}})

/* Sets what is written, once, before any thread starts. Before that: info, as JSON. */
void log_setup(enum log_level max, bool as_json);

bool log_enabled(enum log_level level);

/* Writes one line with one write(2), so that lines of several threads never mix. A LOG_STR of
 * NULL is written as an empty text; in JSON, "(not UTF-8)" stands for a text that is none. */
void log_write(enum log_level level, const struct log_field *fields);

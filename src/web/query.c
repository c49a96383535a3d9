/* Reads what a reader's browser asks for. */
#include "query.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <talloc.h>

#include "besace/base/compiler.h"
#include "besace/base/memory.h"
#include "besace/base/utf8.h"
#include "leaderboard_page.h"
#include "lettering.h"

/* Characters of a search. */
#define SEARCH_CHARS 32

/* The quality value of an entry of Accept-Language, from AT to END, in thousandths: 1000 without
 * one, 0 for what is no number. */
static int quality_of(const char *at, const char *end)
{
	static const int worth[] = {1000, 100, 10, 1};
	at = memchr(at, ';', (size_t)(end - at));
	while (at && at < end && strchr("; \tqQ=", *at))
		at++;
	if (!at || at == end)
		return 1000;
	int quality = 0;
	for (size_t i = 0; i < ARRAY_LEN(worth) && at < end; at++)
		if (*at >= '0' && *at <= '9')
			quality += (*at - '0') * worth[i++];
		else if (*at != '.')
			break;
	return quality > 1000 ? 1000 : quality;
}

enum language query_language(const char *at)
{
	enum language preferred = LANGUAGE_DEFAULT;
	int best = 0;
	while (at && *at) {
		at += strspn(at, " ,");
		char locale[12];
		size_t length = strcspn(at, ",; ");
		const char *end = at + strcspn(at, ",");
		if (length > 0 && length < sizeof(locale)) {
			memcpy(locale, at, length);
			locale[length] = '\0';
			enum language language = text_language(locale);
			const char *code = text_language_code(language);
			int quality = quality_of(at, end);
			if (quality > best && strncasecmp(locale, code, strlen(code)) == 0) {
				preferred = language;
				best = quality;
			}
		}
		at = end;
	}
	return preferred;
}

int query_number(const char *text)
{
	char *end;
	long number = text ? strtol(text, &end, 10) : 1;
	return !text || *end != '\0' || number < 1 ? 1
	       : number > PAGE_NUMBER_MAX          ? PAGE_NUMBER_MAX
						   : (int)number;
}

const char *query_search(void *ctx, const char *text)
{
	if (!text || !*text || !utf8_is_valid(text, strlen(text)))
		return NULL;
	char *search = must(talloc_strndup(ctx, text, utf8_prefix(text, SEARCH_CHARS)));
	char *clean = lettering_clean(ctx, search);
	return strcmp(clean, "?") == 0 && strcmp(search, "?") != 0 ? NULL : clean;
}

/* Which resume addresses are Discord's. */
#include "besace/discord/resume_url.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

#define MAX_URL_BYTES 1024

/* The host of a ws:// or wss:// URL without user, query or spaces; NULL for any other. */
static const char *host_of(const char *url, size_t *out_length)
{
	const char *host = strncmp(url, "wss://", 6) == 0  ? url + 6
			   : strncmp(url, "ws://", 5) == 0 ? url + 5
							   : NULL;
	if (!host || strlen(url) > MAX_URL_BYTES || strpbrk(url, " @?#\\"))
		return NULL;
	*out_length = *host == '[' ? strcspn(host, "]") : strcspn(host, ":/");
	return host;
}

static bool is_host(const char *host, size_t length, const char *name)
{
	return length == strlen(name) && strncasecmp(host, name, length) == 0;
}

static bool is_discords(const char *host, size_t length)
{
	static const char end[] = ".discord.gg";
	size_t skip = length >= sizeof(end) - 1 ? length - (sizeof(end) - 1) : 0;
	return is_host(host, length, end + 1) || is_host(host + skip, length - skip, end);
}

static bool is_loopback(const char *host, size_t length)
{
	return is_host(host, length, "localhost") || is_host(host, length, "[::1") ||
	       (length > 4 && strncmp(host, "127.", 4) == 0);
}

bool resume_url_is_usable(const char *url, const char *opened)
{
	size_t length, known_length;
	const char *host = url ? host_of(url, &length) : NULL;
	const char *known = opened ? host_of(opened, &known_length) : NULL;
	if (!host)
		return false;
	if (strncmp(url, "ws:", 3) == 0 && (!known || strncmp(opened, "ws:", 3) != 0))
		return false;
	return is_discords(host, length) ||
	       (known && length == known_length && strncasecmp(host, known, length) == 0) ||
	       (known && is_loopback(host, length) && is_loopback(known, known_length));
}

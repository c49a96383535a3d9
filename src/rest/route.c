/* Making paths of templates and their parts. */
#include "route.h"

#include <string.h>
#include <talloc.h>

#include "besace/base/memory.h"
#include "besace/discord/interaction.h"
#include "besace/rest/client.h"

/* RFC 3986's unreserved characters; everything else is percent-encoded. */
static const char unreserved[] =
	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~";

/* Routes whose first parts are what Discord calls a top-level resource. */
static const struct {
	const char *prefix;
	unsigned parts;
} majors[] = {
	{"/channels/{", 1},
	{"/guilds/{", 1},
	{"/webhooks/{application}/{token}", 2},
	{"/interactions/{id}/{token}", 2},
};

bool route_has_token(const char *route)
{
	return strstr(route, "/{token}") != NULL;
}

static bool is_good(const char *param)
{
	if (!param || strcmp(param, ".") == 0 || strcmp(param, "..") == 0)
		return false;
	for (const char *c = param; *c; c++)
		if (*c <= ' ' || *c > '~')
			return false;
	return *param && strlen(param) <= INTERACTION_MAX_TOKEN;
}

static char *append_encoded(char *path, const char *param)
{
	while (*param) {
		size_t plain = strspn(param, unreserved);
		path = must(talloc_strndup_append_buffer(path, param, plain));
		param += plain;
		if (*param)
			path = must(talloc_asprintf_append_buffer(
				path, "%%%02X", (unsigned)(unsigned char)*param++));
	}
	return path;
}

char *route_encode(void *ctx, const char *text)
{
	return append_encoded(must(talloc_strdup(ctx, "")), text);
}

static unsigned major_parts(const char *route)
{
	for (size_t i = 0; i < ARRAY_LEN(majors); i++)
		if (strncmp(route, majors[i].prefix, strlen(majors[i].prefix)) == 0)
			return majors[i].parts;
	return 0;
}

enum status route_expand(
	void *ctx, const char *route, const char *const *params, char **out_path, char **out_major)
{
	char *path = must(talloc_strdup(ctx, ""));
	char *major = must(talloc_strdup(ctx, ""));
	unsigned used = 0, max = major_parts(route);
	for (const char *at = route; *at;) {
		size_t plain = strcspn(at, "{");
		path = must(talloc_strndup_append_buffer(path, at, plain));
		at += plain;
		if (!*at)
			break;
		if (used == REST_MAX_PARAMS || !is_good(params[used]))
			return STATUS_INVALID;
		path = append_encoded(path, params[used]);
		if (used < max)
			major = must(talloc_asprintf_append_buffer(major, "/%s", params[used]));
		used++;
		at += strcspn(at, "}") + 1;
	}
	if (used < REST_MAX_PARAMS && params[used])
		return STATUS_INVALID;
	*out_path = path;
	*out_major = major;
	return strlen(path) <= ROUTE_MAX_PATH ? STATUS_OK : STATUS_TOO_LARGE;
}

/* The unit of amounts in texts. */
#include "besace/base/unit.h"

#include <string.h>
#include <talloc.h>

#include "besace/base/memory.h"

struct unit unit_of(void *ctx, const char *name, const char *symbol)
{
	struct unit unit = {name, symbol, name};
	/* An emoji of the guild's own is "<:name:id>": text, where it is not drawn. */
	if (symbol && *symbol != '<')
		unit.plain =
			must(talloc_asprintf(ctx, "%s %s", name ? name : UNIT_DEFAULT, symbol));
	return unit;
}

const char *unit_put(void *ctx, const char *text, const char *unit)
{
	const char *mark = strchr(text, *UNIT_MARK);
	if (!mark)
		return text;
	char *put = must(talloc_strdup(ctx, ""));
	for (; mark; mark = strchr(text, *UNIT_MARK)) {
		put = must(talloc_strndup_append_buffer(put, text, (size_t)(mark - text)));
		put = must(talloc_strdup_append_buffer(put, unit ? unit : UNIT_DEFAULT));
		text = mark + 1;
	}
	return must(talloc_strdup_append_buffer(put, text));
}

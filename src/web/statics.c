/* What is the same for everybody: the icon, robots.txt, the probe. */
#include <string.h>

#include "site_parts.h"
#include "template.h"

static void answer_text(struct visit *visit, const char *type, const char *cache, const char *text)
{
	const struct answer answer = {.status = MHD_HTTP_OK, .type = type, .cache = cache};
	visit_answer(visit, &answer, text, strlen(text));
}

void healthz_handle_web(struct visit *visit)
{
	answer_text(visit, "application/json", NULL, "{\"status\":\"alive\"}");
}

void robots_handle(struct visit *visit)
{
	/* Pages say by themselves whether they are listed, and must be read for that; cards never
	 * are. */
	answer_text(visit, "text/plain; charset=utf-8", "public, max-age=86400",
		"User-agent: *\nDisallow: /carte/\n");
}

void icon_handle(struct visit *visit)
{
	answer_text(
		visit, "image/svg+xml", "public, max-age=86400", template_file_text("icon.svg"));
}

/* What is the same for everybody: the icon, robots.txt, the probe. */
#include <string.h>

#include "site_parts.h"
#include "template.h"

static void answer_text(
	struct web_request *request, const char *type, const char *cache, const char *text)
{
	const struct answer answer = {.status = MHD_HTTP_OK, .type = type, .cache = cache};
	web_request_answer(request, &answer, text, strlen(text));
}

void healthz_handle_web(struct web_request *request)
{
	answer_text(request, "application/json", NULL, "{\"status\":\"alive\"}");
}

void robots_handle(struct web_request *request)
{
	/* Pages say by themselves whether they are listed, and must be read for that; cards never
	 * are. */
	answer_text(request, "text/plain; charset=utf-8", "public, max-age=86400",
		"User-agent: *\nDisallow: /carte/\n");
}

void icon_handle(struct web_request *request)
{
	answer_text(
		request, "image/svg+xml", "public, max-age=86400", template_file_text("icon.svg"));
}

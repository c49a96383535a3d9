/* An answer of Discord's as a sentence. */
#include <talloc.h>

#include "besace/base/memory.h"
#include "besace/rest/client.h"
#include "besace/rest/guilds.h"
#include "besace/runtime/metrics.h"

#define CODE_UNKNOWN_CHANNEL 10003
#define CODE_MISSING_ACCESS 50001
#define CODE_MISSING_PERMISSIONS 50013

/* Faults named in one sentence; the first ones tell what to mend. */
#define MAX_FAULTS 8
/* Discord nests a fault under every key and index on the way to it. */
#define MAX_DEPTH 32

struct faults {
	char *text;
	unsigned count;
};

static void append_own(struct faults *faults, const char *path, const json_t *list)
{
	size_t i;
	json_t *fault;
	json_array_foreach (list, i, fault) {
		const char *message = json_string_value(json_object_get(fault, "message"));
		if (faults->count == MAX_FAULTS || !message)
			return;
		faults->text = must(talloc_asprintf_append_buffer(faults->text, "%s%s: %s",
			faults->count++ ? "; " : " — ", *path ? path : "body", message));
	}
}

/* ERRORS is {"key": {"0": {"_errors": [{"message": …}]}}}. */
static void append_faults(
	struct faults *faults, const char *path, const json_t *errors, unsigned depth)
{
	const char *key;
	json_t *value;
	if (depth == MAX_DEPTH)
		return;
	json_object_foreach ((json_t *)errors, key, value) {
		if (json_is_array(value)) {
			append_own(faults, path, value);
			continue;
		}
		char *longer =
			must(talloc_asprintf(faults->text, "%s%s%s", path, *path ? "." : "", key));
		append_faults(faults, longer, value, depth + 1);
		talloc_free(longer);
	}
}

static const char *without_answer(enum status status)
{
	switch (status) {
	case STATUS_OK:
		return "done";
	case STATUS_INVALID:
		return "the call cannot be written: an id or a text in it is not valid";
	case STATUS_TOO_LARGE:
		return "the call or its answer is too large";
	case STATUS_DENIED:
		return "no bot token, or Discord has refused it";
	case STATUS_UNKNOWN:
		return "no answer from Discord: it may or may not have been done";
	default:
		return "no answer from Discord: nothing was done";
	}
}

char *rest_summary(void *ctx, const struct rest_answer *answer)
{
	if (answer->http == 0)
		return must(talloc_strdup(ctx, without_answer(answer->status)));
	if (answer->code > 0)
		return must(talloc_asprintf(
			ctx, "Discord answered HTTP %d, code %d", answer->http, answer->code));
	return must(talloc_asprintf(ctx, "HTTP %d without a code of Discord's%s", answer->http,
		answer->status == STATUS_UNKNOWN ? ": it may or may not have been done" : ""));
}

char *rest_explain(void *ctx, const struct rest_answer *answer)
{
	if (answer->http == 0)
		return must(talloc_strdup(ctx, without_answer(answer->status)));
	struct faults faults = {
		must(talloc_asprintf(ctx, "Discord answered HTTP %d", answer->http)), 0};
	const char *message = json_string_value(json_object_get(answer->body, "message"));
	if (answer->code)
		faults.text =
			must(talloc_asprintf_append_buffer(faults.text, ", code %d", answer->code));
	if (message)
		faults.text = must(talloc_asprintf_append_buffer(faults.text, ": %s", message));
	append_faults(&faults, "", json_object_get(answer->body, "errors"), 0);
	if (answer->status == STATUS_TOO_LARGE && answer->http != 413)
		faults.text = must(talloc_strdup_append_buffer(
			faults.text, " with a body that is too large to read"));
	return faults.text;
}

unsigned rest_refused_label(int code)
{
	switch (code) {
	case CODE_MISSING_PERMISSIONS:
		return REFUSED_PERMISSION;
	case CODE_MISSING_ACCESS:
		return REFUSED_ACCESS;
	case CODE_UNKNOWN_CHANNEL:
	case REST_UNKNOWN_GUILD:
	case REST_UNKNOWN_ROLE:
		return REFUSED_GONE;
	default:
		return REFUSED_OTHER;
	}
}

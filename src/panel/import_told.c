/* Imports in the lists of what was done. */
#include "besace/panel/import_told.h"

#include <inttypes.h>
#include <talloc.h>

#include "besace/base/memory.h"
#include "besace/panel/import_page.h"
#include "besace/store/import_told.h"

char *import_told_line(
	void *ctx, enum language language, const json_t *json, const char *actor, int64_t at_s)
{
	static const enum text states[] = {[IMPORT_TOLD_APPLYING] = TEXT_IMPORT_TOLD_APPLYING,
		[IMPORT_TOLD_DONE] = TEXT_COUNT,
		[IMPORT_TOLD_UNDOING] = TEXT_IMPORT_TOLD_UNDOING,
		[IMPORT_TOLD_UNDONE] = TEXT_IMPORT_TOLD_UNDONE};
	struct import_told told;
	if (!import_told_read(json, &told))
		return must(talloc_strdup(ctx, "?"));
	enum text line = told.is_undo ? TEXT_IMPORT_TOLD_UNDO
				      : text_plural(language, told.members, TEXT_IMPORT_TOLD_ONE,
						TEXT_IMPORT_TOLD_MANY);
	const char *state = told.is_undo || states[told.state] == TEXT_COUNT
				    ? ""
				    : text_get(language, states[told.state]);
	return text_fill(ctx, language, line, "number",
		must(talloc_asprintf(ctx, "%" PRId64, told.number)), "source",
		import_source_label(told.source), "members",
		text_number(ctx, language, told.members), "state", state, "member", actor, "time",
		must(talloc_asprintf(ctx, "<t:%" PRId64 ":R>", at_s)), NULL);
}

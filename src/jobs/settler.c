/* Takes lounges through their settling. */
#include "besace/jobs/settler.h"

#include <talloc.h>

#include "besace/base/limits.h"
#include "besace/base/memory.h"

static enum settle_step look(struct settler *settler, struct db_call *out)
{
	talloc_free(settler->round);
	settler->round = must(talloc_new(settler->ctx));
	settler->visits = NULL;
	if (settler->rounds++ >= LIMIT_SETTLE_ROUNDS)
		return SETTLE_LATER;
	lounges_look_call(settler->source, out);
	return SETTLE_CALL;
}

void settler_start(struct settler *settler, void *ctx, const char *source, const char *channel,
	struct db_call *out)
{
	*settler = (struct settler){.ctx = ctx, .source = source, .channel = channel};
	(void)look(settler, out);
}

enum settle_step settler_resume(
	struct settler *settler, const struct db_rows *rows, struct db_call *out)
{
	/* Written, or somebody else was first: both lead to another look. */
	if (settler->visits)
		return look(settler, out);
	if (lounges_look_read(settler->round, rows, &settler->visits))
		return SETTLE_BROKEN;
	if (settler->visits->count == 0)
		return SETTLE_DONE;
	for (size_t i = 0; i < settler->visits->count; i++) {
		struct visit *visit = &settler->visits->visits[i];
		lounge_settle(&visit->lounge, &visit->log, &visit->settlement);
	}
	lounges_settle_call(settler->round, settler->visits, settler->channel, out);
	return SETTLE_CALL;
}

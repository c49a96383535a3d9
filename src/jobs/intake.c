/* Takes a batch through its steps. */
#include "intake.h"

#include <jansson.h>
#include <stdlib.h>
#include <talloc.h>

#include "besace/base/memory.h"
#include "besace/runtime/metrics.h"
#include "besace/store/events.h"

static enum intake_step apply(struct intake *intake, struct db_call *out)
{
	const struct batch *batch = intake->batch;
	if (batch->count == 0) {
		intake->is_applied = true;
		return INTAKE_DONE;
	}
	events_apply_call(intake->ctx, batch->source, batch->events, batch->count, out);
	return INTAKE_CALL;
}

enum intake_step intake_start(
	struct intake *intake, void *ctx, struct batch *batch, struct db_call *out)
{
	*intake = (struct intake){.ctx = ctx, .batch = batch};
	return apply(intake, out);
}

static enum intake_step applied(
	struct intake *intake, const struct db_rows *rows, struct db_call *out)
{
	struct events_applied outcome;
	if (events_apply_read(intake->ctx, rows, &outcome))
		return INTAKE_BROKEN;
	if (outcome.refused_count > 0) {
		/* Nothing was applied yet. Fewer events each time: this comes to an end. */
		batch_refuse(intake->ctx, intake->batch, outcome.refused, outcome.refused_count,
			"this server has removed Besace");
		return apply(intake, out);
	}
	intake->accepted = outcome.accepted;
	intake->is_applied = true;
	if (!outcome.due)
		return INTAKE_DONE;
	settler_start(&intake->settler, intake->ctx, intake->batch->source, out);
	return INTAKE_CALL;
}

enum intake_step intake_resume(
	struct intake *intake, const struct db_rows *rows, struct db_call *out)
{
	if (!intake->is_applied)
		return applied(intake, rows, out);
	switch (settler_resume(&intake->settler, rows, out)) {
	case SETTLE_CALL:
		return INTAKE_CALL;
	case SETTLE_BROKEN:
		return INTAKE_BROKEN;
	case SETTLE_DONE:
	case SETTLE_LATER:
		break;
	}
	return INTAKE_DONE;
}

bool intake_is_applied(const struct intake *intake)
{
	return intake->is_applied;
}

char *intake_answer(const struct intake *intake, void *ctx)
{
	const struct batch *batch = intake->batch;
	size_t duplicates = batch->count - intake->accepted;
	metrics_add(METRIC_EVENTS, EVENTS_ACCEPTED, (int64_t)intake->accepted);
	metrics_add(METRIC_EVENTS, EVENTS_DUPLICATE, (int64_t)duplicates);
	metrics_add(METRIC_EVENTS, EVENTS_REJECTED, (int64_t)batch->refusal_count);
	json_t *rejected = must(json_array());
	for (size_t i = 0; i < batch->refusal_count; i++)
		json_array_append_new(rejected,
			must(json_pack("{s:I, s:s}", "index", (json_int_t)batch->refusals[i].index,
				"reason", batch->refusals[i].reason)));
	json_t *answer = must(json_pack("{s:I, s:I, s:o}", "accepted", (json_int_t)intake->accepted,
		"duplicates", (json_int_t)duplicates, "rejected", rejected));
	char *text = must(json_dumps(answer, JSON_COMPACT));
	json_decref(answer);
	char *copy = must(talloc_strdup(ctx, text));
	free(text);
	return copy;
}

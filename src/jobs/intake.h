/*
 * Takes in a batch of events: applies it, then settles the voice that it made due.
 *
 *	step = intake_start(&intake, …, &call);
 *	while (step == INTAKE_CALL)
 *		step = intake_resume(&intake, rows of the call, &call);
 *	answer with intake_answer, if the batch is applied
 *
 * The batch is one transaction and counts as soon as it is applied. What settling does not get
 * done, because the database went away or there is too much of it, is done later by
 *jobs/periodic.h.
 */
#pragma once

#include <stdbool.h>

#include "batch.h"
#include "besace/base/compiler.h"
#include "besace/store/call.h"
#include "settler.h"

enum intake_step {
	INTAKE_CALL, /* the call was filled in: make it, then go on */
	INTAKE_DONE, /* the answer is complete */
	INTAKE_BROKEN, /* the rows make no sense: a defect */
};

struct intake {
	void *ctx;
	struct batch *batch;

	/* Its own. */
	bool is_applied;
	size_t accepted;
	struct settler settler;
};

/* Begins with BATCH, which, with CTX, must outlive the intake. */
MUST_CHECK enum intake_step intake_start(
	struct intake *intake, void *ctx, struct batch *batch, struct db_call *out);

/* Goes on with the rows of the call. */
MUST_CHECK enum intake_step intake_resume(
	struct intake *intake, const struct db_rows *rows, struct db_call *out);

/* Whether the batch counts, and can be answered, though a later call failed. */
bool intake_is_applied(const struct intake *intake);

/* `{"accepted":n,"duplicates":n,"rejected":[{"index":i,"reason":"…"}]}`, on CTX. Counts the events
 * in the metrics: call it once. */
char *intake_answer(const struct intake *intake, void *ctx);

/* The repository of work that is due, counted for the metrics. */
#pragma once

#include <stdint.h>

#include "besace/store/call.h"

/* The kinds of work, in the order of their rows. */
#define JOBS_WAITING_KINDS 7

/* Of one kind: how many are due, as far as 10,000, and for how many seconds the oldest. */
struct jobs_waiting {
	int64_t kind, waiting, seconds;
	/* The same in each row: what besacectl check found last, and when; 0: never. */
	int64_t faults, checked_s;
};

void jobs_waiting_call(void *ctx, struct db_call *out);

/* Row number ROW into *OUT; STATUS_FAILED when it is none. */
MUST_CHECK enum status jobs_waiting_read(
	const struct db_rows *rows, int row, struct jobs_waiting *out);

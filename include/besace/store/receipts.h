/* The repository of receipts, of which the routines make and read the single one. */
#pragma once

#include <stdint.h>

#include "besace/store/call.h"

/* Removes receipts older than a day, a bounded number of them. */
void receipts_sweep_call(void *ctx, struct db_call *out);

/* How many were. */
int64_t receipts_sweep_read(const struct db_rows *rows);

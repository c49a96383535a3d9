/* Calls about receipts. */
#include "besace/store/receipts.h"

void receipts_sweep_call(struct db_call *out)
{
	*out = (struct db_call){.query = QUERY_RECEIPTS_SWEEP, .changes = true};
}

int64_t receipts_sweep_read(const struct db_rows *rows)
{
	return db_integer(rows, 0, 0);
}

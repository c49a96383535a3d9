/* Calls about receipts. */
#include "besace/store/receipts.h"

struct receipts_sweep_row {
	int64_t swept;
};
DB_SHAPE(shape_receipts_sweep, DB_FIELD(receipts_sweep_row, swept));

void receipts_sweep_call(void *ctx, struct db_call *out)
{
	db_call_begin_change(ctx, QUERY_RECEIPTS_SWEEP, NULL, out);
}

int64_t receipts_sweep_read(const struct db_rows *rows)
{
	struct receipts_sweep_row row;
	return db_row_read(NULL, rows, 0, &shape_receipts_sweep, &row) ? 0 : row.swept;
}

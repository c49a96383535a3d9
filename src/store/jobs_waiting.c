/* The call that counts the work that is due. */
#include "besace/store/jobs_waiting.h"

DB_SHAPE(shape_jobs_waiting, DB_FIELD(jobs_waiting, kind), DB_FIELD(jobs_waiting, waiting),
	DB_FIELD(jobs_waiting, seconds), DB_FIELD(jobs_waiting, faults),
	DB_FIELD(jobs_waiting, checked_s));

void jobs_waiting_call(void *ctx, struct db_call *out)
{
	db_call_begin(ctx, QUERY_JOBS_WAITING, out);
}

enum status jobs_waiting_read(const struct db_rows *rows, int row, struct jobs_waiting *out)
{
	return db_row_read(NULL, rows, row, &shape_jobs_waiting, out);
}

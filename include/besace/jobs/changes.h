/* How changes went lately, over all loops: what /readyz says of a database that reads but does not
 * write. From any thread. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Counts a change that came back, or did not come back in time. */
void changes_count(bool succeeded, int64_t now_ms);

/* Whether most changes of the last 30 s failed. One or two may be about their member. */
bool changes_mostly_fail(int64_t now_ms);

/* The column that stands beside those of a shape. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Whether RESULT, a PGresult, has SHOWN columns and then that of a wording. */
bool wording_is_last(const void *result, size_t shown);

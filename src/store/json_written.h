/* The shapes of the JSON objects that the program writes. */
#pragma once

#include "besace/store/queries.h"
#include "besace/store/shape.h"

#define DECLARE_WRITTEN(shape) extern const struct db_shape shape;
JSON_WRITTEN(DECLARE_WRITTEN)
#undef DECLARE_WRITTEN

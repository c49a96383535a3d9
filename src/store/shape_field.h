/* What reading rows and reading outcomes share with reading JSON objects. */
#pragma once

#include "besace/store/shape.h"

/* Sets MEMBER, of FIELD's type, to NULL, 0, false or an empty id. */
void shape_field_clear(const struct db_field *field, void *member);

/* Keys of an object that are read elsewhere. */
struct shape_others {
	const char *const *names;
	size_t count;
};

/* As json_shape_read, of an object that may also have the keys OTHERS. */
MUST_CHECK bool shape_read_among(void *ctx, const json_t *object, const struct db_shape *shape,
	const struct shape_others *others, void *out, char **out_why);

/* PostgreSQL's text form of arrays, for parameters. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* TEXTS as an array of texts, on CTX; NULL among them is SQL's NULL. */
char *array_of_texts(void *ctx, const char *const *texts, size_t count);

/* NUMBERS as an array of integers, on CTX. */
char *array_of_numbers(void *ctx, const int64_t *numbers, size_t count);

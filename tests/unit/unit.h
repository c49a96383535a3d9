/* What every unit test includes: cmocka and what cmocka needs before it. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <talloc.h>

#include "besace/base/compiler.h"

/* Runs the tests of the array TESTS, each with a talloc context of its own in *state. */
#define UNIT_MAIN(tests)                                                                           \
	int main(void)                                                                             \
	{                                                                                          \
		return cmocka_run_group_tests_name(__FILE__, tests, NULL, NULL);                   \
	}

#define UNIT(test) cmocka_unit_test_setup_teardown(test, unit_open, unit_close)

static inline int unit_open(void **state)
{
	*state = talloc_new(NULL);
	return *state ? 0 : -1;
}

static inline int unit_close(void **state)
{
	return talloc_free(*state);
}

/* Shares of the processors. */
#include "unit.h"

#include <sys/wait.h>
#include <unistd.h>

#include "besace/runtime/autogroup.h"

static void a_step_is_a_quarter_more(void **state)
{
	(void)state;
	static const struct {
		unsigned sessions;
		int nice;
	} table[] = {{0, 0}, {1, 0}, {2, -3}, {3, -5}, {4, -6}, {8, -9}, {16, -12}, {64, -19},
		{86, -20}, {1000, -20}, {4294967295, -20}};
	for (size_t i = 0; i < ARRAY_LEN(table); i++)
		assert_int_equal(autogroup_nice(table[i].sessions), table[i].nice);
}

/* A child is in the session of its parent. */
static void a_session_of_others_is_left_alone(void **state)
{
	(void)state;
	int status;
	pid_t child = fork();
	if (child == 0)
		_exit(autogroup_weigh(8) == 0 ? 0 : 1);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static const struct CMUnitTest tests[] = {
	UNIT(a_step_is_a_quarter_more),
	UNIT(a_session_of_others_is_left_alone),
};

UNIT_MAIN(tests)

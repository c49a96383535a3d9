/*
 * What xp_scale makes of a base and three percents: XP_CASE(base, role, place, rate, xp). The
 * integration tests read these rows as well and hold besace_xp_scale to them.
 */
#define XP_CASES(XP_CASE)                                                                          \
	/* without factors */                                                                      \
	XP_CASE(0, 100, 100, 100, 0)                                                               \
	XP_CASE(1, 100, 100, 100, 1)                                                               \
	XP_CASE(1000, 100, 100, 100, 1000)                                                         \
	/* one factor, floored */                                                                  \
	XP_CASE(3, 150, 100, 100, 4)                                                               \
	XP_CASE(3, 100, 150, 100, 4)                                                               \
	XP_CASE(3, 100, 100, 150, 4)                                                               \
	XP_CASE(3, 100, 100, 130, 3)                                                               \
	XP_CASE(25, 100, 100, 110, 27)                                                             \
	XP_CASE(1, 100, 199, 100, 1)                                                               \
	/* all of them at once: floored once, at the end */                                        \
	XP_CASE(3, 150, 150, 150, 10)                                                              \
	XP_CASE(10, 33, 300, 100, 9)                                                               \
	XP_CASE(7, 50, 200, 100, 7)                                                                \
	/* at least 1 */                                                                           \
	XP_CASE(1, 10, 100, 100, 1)                                                                \
	XP_CASE(9, 10, 100, 100, 1)                                                                \
	XP_CASE(19, 10, 100, 100, 1)                                                               \
	XP_CASE(20, 10, 100, 100, 2)                                                               \
	XP_CASE(0, 1000, 1000, 1000, 0)                                                            \
	/* held to x0.01 and x20 */                                                                \
	XP_CASE(1000, 10, 10, 10, 10)                                                              \
	XP_CASE(1000, 10, 10, 100, 10)                                                             \
	XP_CASE(1000, 10, 11, 100, 11)                                                             \
	XP_CASE(10, 1000, 200, 100, 200)                                                           \
	XP_CASE(10, 1000, 201, 100, 200)                                                           \
	XP_CASE(1000, 1000, 1000, 1000, 20000)                                                     \
	/* it is the product of all three that is held */                                          \
	XP_CASE(1000, 10, 10, 1000, 100)                                                           \
	/* a role or a place that earns nothing */                                                 \
	XP_CASE(1000, 0, 1000, 1000, 0)                                                            \
	XP_CASE(1000, 1000, 0, 1000, 0)                                                            \
	XP_CASE(1, 0, 0, 100, 0)

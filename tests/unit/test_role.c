/* Which roles may be rewards. */
#include "unit.h"

#include "besace/domain/role.h"

/* clang-format off */
#define ID(text)                                                                                   \
	{                                                                                          \
		text                                                                               \
	}
/* clang-format on */

static const struct guild_role roles[] = {
	{ID("10"), 0, 0, false}, /* @everyone */
	{ID("50"), 5, 0, false},
	{ID("40"), 4, 0, false},
	{ID("51"), 5, 0, false},
	{ID("9"), 5, 0, false},
	{ID("60"), 6, 0, false},
	{ID("30"), 3, 0, true},
	{ID("20"), 2, UINT64_C(1) << 40, false},
	{ID("21"), 2, UINT64_C(1) << 11, false},
};

static const struct guild_roles known = {roles, ARRAY_LEN(roles), ID("10"), ID("50")};

static enum role_fault check(const char *id, const struct role_setter *setter)
{
	struct snowflake role;
	assert_true(snowflake_parse(id, &role));
	return role_check(&known, &role, setter);
}

static void test_faults(void **state)
{
	(void)state;
	static const struct {
		const char *role;
		enum role_fault fault;
	} cases[] = {
		{"40", ROLE_FINE},
		{"21", ROLE_FINE},
		{"51", ROLE_FINE}, /* the same position, a higher id: below */
		{"9", ROLE_ABOVE_BESACE}, /* a lower id, as a number: above */
		{"60", ROLE_ABOVE_BESACE},
		{"50", ROLE_ABOVE_BESACE},
		{"30", ROLE_MANAGED},
		{"20", ROLE_DANGEROUS},
		{"10", ROLE_EVERYONE},
		{"77", ROLE_UNKNOWN},
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		assert_int_equal(check(cases[i].role, NULL), cases[i].fault);
}

static void test_each_danger_is_refused(void **state)
{
	(void)state;
	for (int danger = 0; danger < ROLE_DANGER_COUNT; danger++) {
		const struct guild_role role = {
			ID("40"), 1, role_danger_bit((enum role_danger)danger), false};
		const struct guild_roles one = {&role, 1, ID("10"), ID("")};
		assert_int_equal(role_check(&one, &role.id, NULL), ROLE_DANGEROUS);
	}
	/* Administrator, Manage Server, Roles, Channels, Webhooks, Messages, Threads, Expressions,
	 * Kick, Ban, Moderate Members, Mention Everyone. */
	assert_true(role_dangers() == UINT64_C(1118570684478));
}

static void test_setters(void **state)
{
	(void)state;
	static const struct snowflake low[] = {ID("21"), ID("40")}, high[] = {ID("40"), ID("60")},
				      unknown[] = {ID("77")};
	const struct role_setter setter = {false, low, 2}, above = {false, high, 2},
				 nobody = {false, unknown, 1}, owner = {true, NULL, 0};
	assert_int_equal(check("21", &setter), ROLE_FINE);
	assert_int_equal(check("40", &setter), ROLE_ABOVE_SETTER); /* their own highest */
	assert_int_equal(check("51", &setter), ROLE_ABOVE_SETTER);
	assert_int_equal(check("51", &above), ROLE_FINE);
	assert_int_equal(check("40", &nobody), ROLE_ABOVE_SETTER);
	assert_int_equal(check("51", &owner), ROLE_FINE);
	assert_int_equal(check("60", &owner), ROLE_ABOVE_BESACE); /* whoever asks */
}

static void test_what_is_not_known_is_not_judged_by(void **state)
{
	(void)state;
	const struct guild_roles without = {roles, ARRAY_LEN(roles), ID("10"), ID("")};
	const struct snowflake role = ID("60");
	assert_int_equal(role_check(&without, &role, NULL), ROLE_FINE);
}

static const struct CMUnitTest tests[] = {
	UNIT(test_faults),
	UNIT(test_each_danger_is_refused),
	UNIT(test_setters),
	UNIT(test_what_is_not_known_is_not_judged_by),
};

UNIT_MAIN(tests)

/* Discord's time beside a host's: kept within what Discord has said, and a wrong clock is warned of
 * once. */
#include "unit.h"

#include "besace/rest/discord_clock.h"
#include "besace/runtime/log.h"

#define HOUR_MS 3600000
/* By the host when the clock is made. */
#define WALL_MS 1700000000000
#define MONO_MS 5000

static struct {
	unsigned warnings;
	int64_t behind_ms; /* by the last one */
} said;

void log_write(enum log_level level, const struct log_field *fields)
{
	assert_int_equal(level, LOG_LEVEL_WARN);
	assert_string_equal(fields[1].name, "behind_ms");
	said.warnings++;
	said.behind_ms = fields[1].number;
}

static int begin(void **state)
{
	said.warnings = 0;
	return unit_open(state);
}

/* An answer with Discord's Date, asked for and given at once at MONO_MS on the mono clock. */
static void answer(struct discord_clock *clock, int64_t date_ms, int64_t mono_ms)
{
	discord_clock_date(clock, date_ms, mono_ms, mono_ms);
}

static void a_clock_that_is_right_is_not_warned_of(void **state)
{
	(void)state;
	struct discord_clock clock;
	discord_clock_init(&clock, WALL_MS, MONO_MS);
	assert_false(discord_clock_is_known(&clock));
	for (int i = 0; i < 100; i++)
		answer(&clock, WALL_MS + i * 1000, MONO_MS + i * 1000);
	assert_true(discord_clock_is_known(&clock));
	assert_int_equal(discord_clock_ms(&clock, MONO_MS), WALL_MS);
	assert_int_equal(said.warnings, 0);
}

static void a_clock_that_is_wrong_is_warned_of_once(void **state)
{
	(void)state;
	struct discord_clock clock;
	discord_clock_init(&clock, WALL_MS, MONO_MS);
	for (int i = 0; i < 100; i++)
		answer(&clock, WALL_MS + HOUR_MS + i * 1000, MONO_MS + i * 1000);
	assert_int_equal(discord_clock_ms(&clock, MONO_MS), WALL_MS + HOUR_MS);
	assert_int_equal(said.warnings, 1);
	assert_int_equal(said.behind_ms, HOUR_MS);
}

/* A mono clock that stands still while the host sleeps, again and again: it is followed each time,
 * and still said once. */
static void a_clock_that_goes_wrong_again_is_not_warned_of_again(void **state)
{
	(void)state;
	struct discord_clock clock;
	discord_clock_init(&clock, WALL_MS, MONO_MS);
	for (int i = 0; i < 5; i++) {
		answer(&clock, WALL_MS + i * HOUR_MS, MONO_MS);
		assert_int_equal(discord_clock_ms(&clock, MONO_MS), WALL_MS + i * HOUR_MS);
	}
	discord_clock_id(&clock, WALL_MS + 4 * HOUR_MS + 900, MONO_MS);
	assert_int_equal(discord_clock_ms(&clock, MONO_MS), WALL_MS + 4 * HOUR_MS + 900);
	assert_int_equal(said.warnings, 1);
	assert_int_equal(said.behind_ms, HOUR_MS);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, begin, unit_close)

static const struct CMUnitTest tests[] = {
	TEST(a_clock_that_is_right_is_not_warned_of),
	TEST(a_clock_that_is_wrong_is_warned_of_once),
	TEST(a_clock_that_goes_wrong_again_is_not_warned_of_again),
};

UNIT_MAIN(tests)

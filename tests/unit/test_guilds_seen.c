/* What interactions tell of their guilds, with a pool that keeps what it is given. */
#include "support/outside.h"

#include <stdio.h>
#include <string.h>

#include "jobs/guilds_seen.h"

static struct guilds_seen *guilds;

static int begin(void **state)
{
	(void)state;
	outside_reset();
	guilds = guilds_seen_create(NULL, NULL, NULL);
	return 0;
}

static int end(void **state)
{
	(void)state;
	guilds_seen_give_up(guilds);
	assert_int_equal(guilds_seen_pending(guilds), 0);
	talloc_free(guilds);
	return 0;
}

/* An interaction in the channel CHANNEL of the guild NUMBER, which was made in a millisecond of its
 * own. */
static void tell_of(unsigned number, const char *channel, const char *above)
{
	struct guild_seen seen = {.locale = "fr"};
	snprintf(seen.guild.text, sizeof(seen.guild.text), "%llu",
		(1ULL << 60) + ((unsigned long long)number << SNOWFLAKE_TIME_SHIFT));
	strcpy(seen.channel.text, channel);
	strcpy(seen.above.text, above);
	guilds_seen_tell(guilds, &seen);
}

static void tell(unsigned number)
{
	tell_of(number, "", "");
}

static void guilds_seen_tell_says_the_same_once_a_minute(void **state)
{
	(void)state;
	tell(1);
	tell(1);
	assert_int_equal(outside.request_count, 1);
	outside.now_ms += 60000;
	tell(1);
	assert_int_equal(outside.request_count, 2);
}

static void guilds_seen_tell_says_where_each_channel_stands(void **state)
{
	(void)state;
	tell_of(1, "55", "9");
	tell_of(1, "56", "9");
	tell_of(1, "55", "9");
	assert_int_equal(outside.request_count, 2);
	tell_of(1, "55", "8");
	assert_int_equal(outside.request_count, 3);
}

static void guilds_seen_tell_tries_again_what_failed(void **state)
{
	(void)state;
	tell(1);
	answer_request(STATUS_UNAVAILABLE, NULL);
	tell(1);
	assert_int_equal(outside.request_count, 1);
	outside.pool_is_full = true;
	tell(2);
	assert_int_equal(guilds_seen_pending(guilds), 1);
	outside.pool_is_full = false;
	tell(2);
	assert_int_equal(outside.request_count, 2);
}

/* A queue full of them would refuse members' own commands. */
static void guilds_seen_tell_leaves_the_queue_to_members(void **state)
{
	(void)state;
	for (unsigned number = 0; number < 1000; number++)
		tell(number);
	unsigned under_way = outside.request_count;
	assert_in_range(under_way, 1, 32);
	assert_int_equal(guilds_seen_pending(guilds), under_way);
	answer_request(STATUS_UNAVAILABLE, NULL);
	tell(999); /* was left out: the next interaction tells it */
	assert_int_equal(outside.request_count, under_way);
	tell(998);
	assert_int_equal(outside.request_count, under_way);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test_setup_teardown(guilds_seen_tell_says_the_same_once_a_minute, begin, end),
	cmocka_unit_test_setup_teardown(
		guilds_seen_tell_says_where_each_channel_stands, begin, end),
	cmocka_unit_test_setup_teardown(guilds_seen_tell_tries_again_what_failed, begin, end),
	cmocka_unit_test_setup_teardown(guilds_seen_tell_leaves_the_queue_to_members, begin, end),
};

UNIT_MAIN(tests)

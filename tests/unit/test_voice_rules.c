/* Voice under the settings of a guild. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "besace/domain/voice.h"

#define MINUTE INT64_C(60000)
#define MEMBERS_MAX 4

/* A guild with its rules, in which COUNT members enter channel 8 at 0. */
struct room {
	struct voice_guild voice;
	struct voice_rules rules;
	int64_t clock_ms, midnight_ms;
	int64_t xp[MEMBERS_MAX + 1], xp_eve[MEMBERS_MAX + 1];
};

static struct snowflake number(int value)
{
	struct snowflake id = {{0}};
	snprintf(id.text, sizeof(id.text), "%d", value);
	return id;
}

static void settle(struct room *room, const struct voice_event *events, size_t count, int64_t to_ms)
{
	struct settlement out;
	const struct voice_log log = {.events = events,
		.event_count = count,
		.clock_ms = to_ms,
		.beat_ms = to_ms,
		.rules = &room->rules,
		.midnight_ms = room->midnight_ms};
	voice_settle(&room->voice, &log, &out);
	assert_int_equal(out.consumed, count);
	room->clock_ms = to_ms;
	for (size_t i = 0; i < room->voice.count; i++) {
		int user = atoi(room->voice.occupants[i].user.text);
		room->xp[user] += room->voice.occupants[i].xp;
		room->xp_eve[user] += room->voice.occupants[i].xp_eve;
	}
}

/* Settles minute by minute until MINUTES have passed. */
static void pass(struct room *room, int64_t minutes)
{
	for (int64_t i = 0; i < minutes; i++)
		settle(room, NULL, 0, room->clock_ms + MINUTE);
}

static void say(struct room *room, int user, int channel, bool muted)
{
	const struct voice_state state = {
		.user = number(user), .channel = number(channel), .counts = true, .muted = muted};
	const struct voice_event event = {
		.at_ms = room->clock_ms, .states = &state, .state_count = 1};
	settle(room, &event, 1, room->clock_ms);
}

static struct room open_room(int count)
{
	struct room room = {.rules = voice_rules_default};
	for (int user = 1; user <= count; user++)
		say(&room, user, 8, false);
	return room;
}

static void voice_rules_have_figures(void **state)
{
	(void)state;
	static const struct {
		int members, first, further, count_max, members_min;
		int64_t xp; /* of a tick */
	} rows[] = {{2, 1, 2, INT32_MAX, 2, 1}, {4, 1, 2, INT32_MAX, 2, 5},
		{4, 100, 20, INT32_MAX, 2, 140}, {4, 1, 2, 3, 2, 3}, {4, 1, 2, 2, 2, 1},
		{3, 1, 2, INT32_MAX, 4, 0}, {4, 1, 2, INT32_MAX, 4, 5}, {2, 0, 20, INT32_MAX, 2, 0},
		{3, 0, 20, INT32_MAX, 2, 20}, {4, 7, 0, INT32_MAX, 2, 7}};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct room room = open_room(rows[i].members);
		room.rules.first = rows[i].first;
		room.rules.further = rows[i].further;
		room.rules.count_max = rows[i].count_max;
		room.rules.members_min = rows[i].members_min;
		pass(&room, 2);
		assert_int_equal(room.xp[1], rows[i].xp);
		voice_release(&room.voice);
	}
}

static void voice_rules_off_pays_nothing(void **state)
{
	(void)state;
	struct room room = open_room(2);
	room.rules.on = false;
	pass(&room, 60);
	assert_int_equal(room.xp[1], 0);
	assert_int_equal(room.voice.occupants[0].run, 0);
	voice_release(&room.voice);
}

static void voice_rules_hour_counts_ticks_that_earned(void **state)
{
	(void)state;
	struct room room = open_room(2);
	room.rules.hour = 1000;
	pass(&room, 58);
	room.rules.first = 0;
	pass(&room, 20);
	assert_int_equal(room.xp[1], 29);
	room.rules.first = 1;
	pass(&room, 2);
	assert_int_equal(room.xp[1], 30 + 1000);
	voice_release(&room.voice);
}

static void voice_factors_scale_ticks_and_hour(void **state)
{
	(void)state;
	struct room room = open_room(3);
	struct voice_member members[] = {
		{number(1), 150, INT64_MAX, INT64_MAX}, {number(2), 0, INT64_MAX, INT64_MAX}};
	const struct voice_place places[] = {{number(8), 200}, {number(9), 0}};
	room.rules.members = members;
	room.rules.member_count = ARRAY_LEN(members);
	room.rules.places = places;
	room.rules.place_count = ARRAY_LEN(places);
	pass(&room, 2);
	assert_int_equal(room.xp[1], 9); /* 3 · 1.5 · 2 */
	assert_int_equal(room.xp[2], 0); /* earns nothing, and counts for the others */
	assert_int_equal(room.xp[3], 6);
	pass(&room, 58);
	assert_int_equal(room.xp[1], 30 * 9 + 75);
	assert_int_equal(room.xp[3], 30 * 6 + 50);
	for (int user = 1; user <= 3; user++)
		say(&room, user, 9, false);
	pass(&room, 10);
	assert_int_equal(room.xp[3], 30 * 6 + 50);
	voice_release(&room.voice);
}

static void voice_rate_ends_at_its_time(void **state)
{
	(void)state;
	struct room room = open_room(2);
	room.rules.rate_percent = 300;
	room.rules.rate_until_ms = 4 * MINUTE;
	pass(&room, 6);
	assert_int_equal(room.xp[1], 3 + 1 + 1); /* the tick at its very end is after it */
	voice_release(&room.voice);
}

static void voice_cap_cuts_each_day_for_itself(void **state)
{
	(void)state;
	struct room room = open_room(2);
	struct voice_member members[] = {{number(1), 100, 5, 2}};
	room.rules.members = members;
	room.rules.member_count = 1;
	room.midnight_ms = 10 * MINUTE;
	pass(&room, 30);
	assert_int_equal(room.xp_eve[1], 2); /* of ticks at 2, 4, 6, 8 */
	assert_int_equal(room.xp[1], 5); /* of ticks at 10, 12, …, 30 */
	assert_int_equal(room.xp_eve[2], 4);
	assert_int_equal(room.xp[2], 11);
	/* What was cut to nothing is no tick of the hour. */
	assert_int_equal(room.voice.occupants[0].run, 7);
	assert_int_equal(room.voice.occupants[1].run, 15);
	voice_release(&room.voice);
}

static void voice_muted_do_not_count_where_they_are_excluded(void **state)
{
	(void)state;
	struct room room = open_room(0);
	room.rules.muted_count = false;
	room.voice.muted_excluded = true;
	say(&room, 1, 8, false);
	say(&room, 2, 8, true);
	pass(&room, 3);
	assert_int_equal(room.xp[1], 0);
	say(&room, 2, 8, false); /* at 3: a session of its own */
	pass(&room, 1);
	assert_int_equal(room.xp[1], 1);
	assert_int_equal(room.xp[2], 0);
	pass(&room, 1);
	assert_int_equal(room.xp[2], 1);
	say(&room, 2, 8, true);
	pass(&room, 10);
	assert_int_equal(room.xp[1], 1);
	assert_int_equal(room.xp[2], 1);
	voice_release(&room.voice);
}

static void voice_muted_begin_and_end_when_the_rule_changes(void **state)
{
	(void)state;
	struct room room = open_room(2);
	say(&room, 2, 8, true);
	pass(&room, 2);
	assert_int_equal(room.xp[1], 1);
	assert_int_equal(room.xp[2], 1);
	room.rules.muted_count = false;
	pass(&room, 9);
	assert_int_equal(room.xp[1], 1);
	assert_int_equal(room.xp[2], 1);
	room.rules.muted_count = true; /* at 11 */
	pass(&room, 1);
	assert_int_equal(room.xp[1], 2);
	assert_int_equal(room.xp[2], 1);
	pass(&room, 1);
	assert_int_equal(room.xp[2], 2); /* its session began at 11 */
	voice_release(&room.voice);
}

static const struct CMUnitTest tests[] = {
	UNIT(voice_rules_have_figures),
	UNIT(voice_rules_off_pays_nothing),
	UNIT(voice_rules_hour_counts_ticks_that_earned),
	UNIT(voice_factors_scale_ticks_and_hour),
	UNIT(voice_rate_ends_at_its_time),
	UNIT(voice_cap_cuts_each_day_for_itself),
	UNIT(voice_muted_do_not_count_where_they_are_excluded),
	UNIT(voice_muted_begin_and_end_when_the_rule_changes),
};

UNIT_MAIN(tests)

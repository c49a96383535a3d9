/* Voice: what a log of events earns, by hand. */
#include "unit.h"

#include "support/voice_replay.h"

/* ---- A log, and settling it piece by piece. Times are in seconds. */

static void beats(struct replay *replay, int64_t from, int64_t to)
{
	for (int64_t at = from; at <= to; at += 30)
		take(replay, &(struct entry){.at = at, .kind = BEAT});
	settle(replay);
}

static void state(struct replay *replay, int64_t at, int user, int channel, bool counts)
{
	take(replay, &(struct entry){.at = at,
			     .kind = STATE,
			     .user = user,
			     .channel = channel,
			     .counts = counts});
	settle(replay);
}

static void snapshot(struct replay *replay, int64_t at, int a, int b)
{
	struct entry entry = {.at = at, .kind = SNAPSHOT};
	if (a)
		entry.shown[a].channel = entry.shown[a].counts = 1;
	if (b)
		entry.shown[b].channel = entry.shown[b].counts = 1;
	take(replay, &entry);
	settle(replay);
}

/* ---- By hand */

static void two_members_earn_one_each(void **s)
{
	(void)s;
	struct replay replay;
	replay_open(&replay);
	state(&replay, 0, 1, 8, true);
	state(&replay, 0, 2, 8, true);
	beats(&replay, 30, 90);
	assert_int_equal(replay.xp[1], 0);
	assert_int_equal(voice_due_ms(&replay.voice.occupants[0]), 120000);
	beats(&replay, 120, 120);
	assert_int_equal(replay.xp[1], 1);
	assert_int_equal(replay.xp[2], 1);
	assert_int_equal(replay.seconds[2], 120);
	assert_int_equal(voice_due_ms(&replay.voice.occupants[0]), 240000);
	replay_close(&replay);
}

static void four_members_earn_five_each(void **s)
{
	(void)s;
	struct replay replay;
	replay_open(&replay);
	for (int user = 1; user <= 4; user++)
		state(&replay, 10, user, 8, true);
	beats(&replay, 30, 150);
	for (int user = 1; user <= 4; user++)
		assert_int_equal(replay.xp[user], 5);
	replay_close(&replay);
}

static void alone_earns_nothing_but_time(void **s)
{
	(void)s;
	struct replay replay;
	replay_open(&replay);
	state(&replay, 0, 1, 8, true);
	state(&replay, 0, 2, 9, true); /* another channel */
	state(&replay, 0, 3, 8, false); /* deafened */
	beats(&replay, 30, 600);
	for (int user = 1; user <= 3; user++) {
		assert_int_equal(replay.xp[user], 0);
		assert_int_equal(replay.seconds[user], 600);
	}
	replay_close(&replay);
}

static void ticks_follow_each_session_s_own_start(void **s)
{
	(void)s;
	struct replay replay;
	replay_open(&replay);
	state(&replay, 0, 1, 8, true);
	state(&replay, 50, 2, 8, true);
	beats(&replay, 60, 150); /* 1 at 120 */
	assert_int_equal(replay.xp[1], 1);
	assert_int_equal(replay.xp[2], 0);
	state(&replay, 170, 1, 0, false); /* 2 ticks at 170, with 1 still there */
	assert_int_equal(replay.xp[2], 1);
	replay_close(&replay);
}

static void moving_goes_on_deafening_starts_anew(void **s)
{
	(void)s;
	struct replay replay;
	replay_open(&replay);
	state(&replay, 0, 1, 8, true);
	state(&replay, 0, 2, 9, true);
	beats(&replay, 30, 90);
	state(&replay, 100, 1, 9, true); /* moves: the tick at 120 pays */
	beats(&replay, 120, 120);
	assert_int_equal(replay.xp[1], 1);
	state(&replay, 130, 1, 9, false);
	state(&replay, 140, 1, 9, true); /* deafened for 10 s: ticks at 260, 380 */
	beats(&replay, 160, 250);
	assert_int_equal(replay.xp[1], 1);
	assert_int_equal(replay.xp[2], 2); /* at 120 and 240 */
	beats(&replay, 280, 280);
	assert_int_equal(replay.xp[1], 2);
	replay_close(&replay);
}

/* An absence of exactly a minute keeps the run; one second more starts it anew. */
static void the_hour_survives_a_minute_away(void **s)
{
	(void)s;
	for (int away = 60; away <= 61; away++) {
		struct replay replay;
		replay_open(&replay);
		state(&replay, 0, 1, 8, true);
		state(&replay, 0, 2, 8, true);
		beats(&replay, 30, 1800); /* 15 ticks */
		state(&replay, 1800, 1, 0, false);
		state(&replay, 1800 + away, 1, 8, true);
		beats(&replay, 1890, 3720); /* 15 ticks more */
		assert_int_equal(replay.xp[1], 30 + (away == 60 ? 25 : 0));
		beats(&replay, 3750, 5490); /* 30 of the second session */
		assert_int_equal(replay.xp[1], 45 + 25);
		replay_close(&replay);
	}
}

static void thirty_paid_ticks_bring_the_bonus(void **s)
{
	(void)s;
	struct replay replay;
	replay_open(&replay);
	state(&replay, 0, 1, 8, true);
	state(&replay, 0, 2, 8, true);
	beats(&replay, 30, 3570);
	assert_int_equal(replay.xp[1], 29);
	beats(&replay, 3600, 3600);
	assert_int_equal(replay.xp[1], 30 + 25);
	beats(&replay, 3630, 7200);
	assert_int_equal(replay.xp[1], 60 + 50);
	assert_int_equal(replay.seconds[1], 7200);
	replay_close(&replay);
}

static void an_outage_pays_nothing_and_the_snapshot_decides(void **s)
{
	(void)s;
	struct replay replay;
	replay_open(&replay);
	for (int user = 1; user <= 3; user++)
		state(&replay, 0, user, 8, true);
	beats(&replay, 30, 150); /* 3 each at 120 */
	beats(&replay, 300, 300); /* silence of 150 s */
	assert_true(replay.last.unresolved);
	assert_int_equal(replay.xp[1], 3);
	assert_int_equal(replay.seconds[1], 150);
	beats(&replay, 330, 390);
	snapshot(&replay, 400, 1, 2); /* the tick at 360 was watched: two were there */
	assert_false(replay.last.unresolved);
	assert_int_equal(replay.xp[1], 4);
	assert_int_equal(replay.xp[3], 3);
	assert_int_equal(replay.seconds[1], 250); /* to 150, and from 300 */
	assert_int_equal(replay.seconds[3], 150);
	beats(&replay, 420, 480); /* the session's own tick at 480 */
	assert_int_equal(replay.xp[1], 5);
	replay_close(&replay);
}

/* Two in voice from 0, watched until 150 and from 300: each has been paid at 120. */
static void open_with_outage(struct replay *replay)
{
	replay_open(replay);
	state(replay, 0, 1, 8, true);
	state(replay, 0, 2, 8, true);
	beats(replay, 30, 150);
	beats(replay, 300, 300);
	assert_true(replay->last.unresolved);
}

static void whoever_came_back_needs_no_snapshot(void **s)
{
	(void)s;
	struct replay replay;
	open_with_outage(&replay);
	state(&replay, 310, 1, 0, false);
	assert_true(replay.last.unresolved);
	state(&replay, 320, 2, 0, false);
	assert_false(replay.last.unresolved);
	assert_int_equal(replay.seconds[1], 150);
	assert_int_equal(replay.seconds[2], 150);
	state(&replay, 330, 1, 8, true);
	state(&replay, 340, 2, 8, true);
	beats(&replay, 360, 450);
	assert_int_equal(replay.xp[1], 2);
	assert_int_equal(replay.xp[2], 1); /* the next is at 460 */
	assert_int_equal(replay.seconds[1], 150 + 120);
	replay_close(&replay);
}

static void an_event_of_one_s_own_shows_what_a_snapshot_would(void **s)
{
	(void)s;
	struct replay replay;
	open_with_outage(&replay);
	state(&replay, 310, 1, 9, true);
	state(&replay, 310, 1, 9, true); /* still only one of them */
	state(&replay, 315, 3, 9, true); /* was not there at the outage */
	assert_true(replay.last.unresolved);
	state(&replay, 320, 2, 9, false);
	assert_false(replay.last.unresolved);
	assert_int_equal(replay.seconds[1], 150 + 10); /* both have stayed */
	assert_int_equal(replay.seconds[2], 150 + 20);
	beats(&replay, 350, 380);
	assert_int_equal(replay.xp[1], 2); /* goes on with its ticks, beside 3 */
	beats(&replay, 410, 470);
	assert_int_equal(replay.xp[2], 1); /* is deafened */
	replay_close(&replay);
}

static void the_last_event_of_one_s_own_is_what_shows(void **s)
{
	(void)s;
	struct replay replay;
	open_with_outage(&replay);
	state(&replay, 310, 1, 8, true);
	state(&replay, 320, 1, 0, false);
	state(&replay, 330, 2, 8, true);
	assert_false(replay.last.unresolved);
	assert_int_equal(replay.seconds[1], 150 + 10); /* left at the outage, came, left */
	assert_int_equal(replay.seconds[2], 150 + 30);
	replay_close(&replay);
}

static void whoever_says_nothing_keeps_the_guild_unresolved(void **s)
{
	(void)s;
	struct replay replay;
	open_with_outage(&replay);
	state(&replay, 310, 1, 0, false);
	state(&replay, 320, 1, 8, true);
	beats(&replay, 350, 440);
	assert_true(replay.last.unresolved);
	snapshot(&replay, 450, 1, 2); /* it tells of both, as if there had been no event */
	assert_false(replay.last.unresolved);
	assert_int_equal(replay.seconds[1], 150 + 10 + 130);
	assert_int_equal(replay.seconds[2], 150 + 150);
	assert_int_equal(replay.xp[2], 2); /* at 360 */
	assert_int_equal(replay.xp[1], 2); /* at 440 */
	replay_close(&replay);
}

static void a_unresolved_holds_back_no_time_that_was_watched(void **s)
{
	(void)s;
	struct replay replay;
	replay_open(&replay);
	take(&replay, &(struct entry){.kind = STATE, .user = 1, .channel = 8, .counts = true});
	take(&replay, &(struct entry){.kind = STATE, .user = 2, .channel = 8, .counts = true});
	take(&replay, &(struct entry){.at = 90, .kind = BEAT});
	take(&replay, &(struct entry){.at = 150, .kind = BEAT});
	beats(&replay, 300, 300); /* in one stretch with what was watched */
	assert_true(replay.last.unresolved);
	assert_int_equal(replay.xp[1], 1);
	assert_int_equal(replay.seconds[1], 150);
	snapshot(&replay, 310, 1, 0);
	assert_int_equal(replay.seconds[1], 150 + 10);
	assert_int_equal(replay.seconds[2], 150);
	replay_close(&replay);
}

static void ninety_seconds_are_no_outage(void **s)
{
	(void)s;
	struct replay replay;
	replay_open(&replay);
	state(&replay, 0, 1, 8, true);
	state(&replay, 0, 2, 8, true);
	beats(&replay, 90, 90);
	beats(&replay, 180, 180);
	assert_int_equal(replay.xp[1], 1);
	assert_int_equal(replay.seconds[1], 180);
	replay_close(&replay);
}

static void a_snapshot_without_outage_ends_and_begins_stays(void **s)
{
	(void)s;
	struct replay replay;
	replay_open(&replay);
	state(&replay, 0, 1, 1, true);
	state(&replay, 0, 2, 1, true);
	beats(&replay, 30, 60);
	snapshot(&replay, 70, 1, 3);
	beats(&replay, 90, 150);
	beats(&replay, 190, 190);
	assert_int_equal(replay.seconds[2], 70);
	assert_int_equal(replay.xp[1], 1); /* at 120, with 3 */
	assert_int_equal(replay.xp[3], 1); /* at 190 */
	replay_close(&replay);
}

static void without_a_snapshot_nobody_has_stayed(void **s)
{
	(void)s;
	struct replay replay;
	replay_open(&replay);
	state(&replay, 0, 1, 1, true);
	state(&replay, 0, 2, 1, true);
	beats(&replay, 60, 60);
	beats(&replay, 300, 300 + 24 * 3600);
	assert_true(replay.last.unresolved);
	beats(&replay, 300 + 24 * 3600 + 1, 300 + 24 * 3600 + 1);
	assert_false(replay.last.unresolved);
	assert_int_equal(replay.voice.count, 0);
	assert_int_equal(replay.xp[1], 0);
	assert_int_equal(replay.seconds[1], 60);
	replay_close(&replay);
}

static void an_event_credits_its_member_alone(void **s)
{
	(void)s;
	struct replay replay;
	replay_open(&replay);
	state(&replay, 0, 1, 8, true);
	state(&replay, 0, 2, 8, true);
	beats(&replay, 30, 60);
	state(&replay, 70, 2, 0, false);
	assert_int_equal(replay.seconds[1], 60);
	assert_int_equal(replay.seconds[2], 70);
	snapshot(&replay, 80, 1, 3); /* in another channel */
	assert_int_equal(replay.seconds[1], 80);
	state(&replay, 85, 2, 1, true);
	assert_int_equal(replay.seconds[1], 80);
	beats(&replay, 90, 90);
	assert_int_equal(replay.seconds[1], 90);
	assert_int_equal(replay.seconds[3], 10);
	replay_close(&replay);
}

static void any_event_is_a_beat_after_half_a_minute(void **s)
{
	(void)s;
	struct replay replay;
	replay_open(&replay);
	state(&replay, 0, 1, 8, true);
	beats(&replay, 30, 30);
	take(&replay, &(struct entry){.at = 59, .kind = OTHER});
	settle(&replay);
	assert_int_equal(replay.seconds[1], 30);
	take(&replay, &(struct entry){.at = 60, .kind = OTHER});
	settle(&replay);
	assert_int_equal(replay.seconds[1], 60);
	replay_close(&replay);
}

static void an_event_at_the_tick_comes_after_it(void **s)
{
	(void)s;
	struct replay replay;
	replay_open(&replay);
	state(&replay, 0, 1, 8, true);
	state(&replay, 0, 2, 8, true);
	beats(&replay, 60, 60);
	state(&replay, 120, 2, 0, false);
	state(&replay, 120, 3, 8, true);
	state(&replay, 120, 4, 8, true);
	assert_int_equal(replay.xp[1], 1);
	assert_int_equal(replay.xp[2], 1);
	replay_close(&replay);
}

/* ---- By chance: the same log in pieces, and against a second that knows the whole log */

/* 1 and 3 are there at the outage, then 2 comes and goes, and once 3 has an event. */
static void a_thousand_events_later_only_those_told_of_have_stayed(void **s)
{
	(void)s;
	struct voice_guild voice = {0};
	static struct voice_event events[VOICE_UNRESOLVED_EVENTS + 1];
	static struct voice_state states[VOICE_UNRESOLVED_EVENTS + 1];
	struct voice_state first[] = {state_of(1, 8, true), state_of(3, 8, true)};
	struct outage outage = {1000, 200000};
	for (size_t i = 0; i < ARRAY_LEN(events); i++) {
		states[i] = state_of(i == 5 ? 3 : 2, 8, true);
		events[i] = (struct voice_event){
			.at_ms = 200000 + (int64_t)i, .states = &states[i], .state_count = 1};
	}
	events[0] = (struct voice_event){.states = first, .state_count = 2};
	struct voice_log log = {.events = events,
		.event_count = VOICE_UNRESOLVED_EVENTS,
		.outages = &outage,
		.outage_count = 1,
		.clock_ms = 201000,
		.rules = &voice_rules_default};
	struct settlement out;
	voice_settle(&voice, &log, &out);
	assert_true(out.unresolved);
	assert_int_equal(out.consumed, 1);
	log.events++;
	voice_settle(&voice, &log, &out);
	assert_false(out.unresolved);
	assert_int_equal(out.consumed, VOICE_UNRESOLVED_EVENTS);
	assert_int_equal(voice.count, 3);
	assert_true(voice.occupants[0].gone);
	assert_int_equal(voice.occupants[0].left_ms, 1000);
	assert_int_equal(voice.occupants[1].since_ms, 200001);
	assert_int_equal(voice.occupants[2].since_ms, 0);
	voice_release(&voice);
}

static const struct CMUnitTest tests[] = {
	UNIT(two_members_earn_one_each),
	UNIT(four_members_earn_five_each),
	UNIT(alone_earns_nothing_but_time),
	UNIT(ticks_follow_each_session_s_own_start),
	UNIT(moving_goes_on_deafening_starts_anew),
	UNIT(the_hour_survives_a_minute_away),
	UNIT(thirty_paid_ticks_bring_the_bonus),
	UNIT(an_outage_pays_nothing_and_the_snapshot_decides),
	UNIT(whoever_came_back_needs_no_snapshot),
	UNIT(an_event_of_one_s_own_shows_what_a_snapshot_would),
	UNIT(the_last_event_of_one_s_own_is_what_shows),
	UNIT(whoever_says_nothing_keeps_the_guild_unresolved),
	UNIT(a_unresolved_holds_back_no_time_that_was_watched),
	UNIT(ninety_seconds_are_no_outage),
	UNIT(a_snapshot_without_outage_ends_and_begins_stays),
	UNIT(without_a_snapshot_nobody_has_stayed),
	UNIT(an_event_credits_its_member_alone),
	UNIT(any_event_is_a_beat_after_half_a_minute),
	UNIT(an_event_at_the_tick_comes_after_it),
	UNIT(a_thousand_events_later_only_those_told_of_have_stayed),
};

UNIT_MAIN(tests)

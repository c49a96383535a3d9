/* Voice: what a log of events earns, by hand, and the same whichever way it is cut. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "besace/base/memory.h"
#include "besace/domain/voice.h"

#define USERS 6
#define LOG_MAX 400

/* ---- A log, and settling it piece by piece. Times are in seconds. */

enum kind { BEAT, STATE, SNAPSHOT, OTHER };

struct entry {
	int64_t at;
	enum kind kind;
	int user, channel; /* STATE; channel 0: none */
	bool counts;
	struct {
		int channel;
		bool counts;
	} shown[USERS + 1]; /* SNAPSHOT */
};

struct replay {
	struct voice_guild voice;
	struct voice_event pending[LOG_MAX];
	struct voice_state states[LOG_MAX][USERS];
	size_t pending_count;
	struct outage outages[LOG_MAX];
	size_t outage_count;
	int64_t clock, beat; /* ms; -1: no sign of life yet */
	int64_t xp[USERS + 1], seconds[USERS + 1];
	struct settlement last;
};

static struct snowflake number(int value)
{
	struct snowflake id = {{0}};
	if (value)
		snprintf(id.text, sizeof(id.text), "%d", value);
	return id;
}

static struct voice_state state_of(int user, int channel, bool counts)
{
	return (struct voice_state){
		.user = number(user), .channel = number(channel), .counts = counts && channel};
}

static void replay_open(struct replay *replay)
{
	*replay = (struct replay){.clock = -1};
}

static void replay_close(struct replay *replay)
{
	voice_release(&replay->voice);
}

/* What the intake does with an event. */
static void take(struct replay *replay, const struct entry *entry)
{
	int64_t at = entry->at * 1000;
	if (replay->clock >= 0 && at - replay->clock > VOICE_WATCH_MS)
		replay->outages[replay->outage_count++] = (struct outage){replay->clock, at};
	replay->clock = at;
	if (entry->kind == BEAT || at - replay->beat >= VOICE_BEAT_MS)
		replay->beat = at;
	if (entry->kind != STATE && entry->kind != SNAPSHOT)
		return;
	size_t place = replay->pending_count++;
	struct voice_event *event = &replay->pending[place];
	*event = (struct voice_event){.at_ms = at, .whole = entry->kind == SNAPSHOT};
	if (entry->kind == STATE)
		replay->states[place][event->state_count++] =
			state_of(entry->user, entry->channel, entry->counts);
	for (int user = 1; event->whole && user <= USERS; user++)
		if (entry->shown[user].channel)
			replay->states[place][event->state_count++] = state_of(
				user, entry->shown[user].channel, entry->shown[user].counts);
	if (replay->voice.count == 0 && place == 0 && replay->voice.clock_ms < at &&
		replay->last.unresolved == false)
		replay->voice.clock_ms = at; /* a voice is made at its first event */
}

static void forget(struct replay *replay)
{
	size_t kept = 0;
	for (size_t i = 0; i < replay->voice.count; i++)
		if (!replay->voice.occupants[i].gone)
			replay->voice.occupants[kept++] = replay->voice.occupants[i];
	replay->voice.count = kept;
	size_t consumed = replay->last.consumed;
	replay->pending_count -= consumed;
	memmove(replay->pending, replay->pending + consumed,
		replay->pending_count * sizeof(replay->pending[0]));
	memmove(replay->states, replay->states + consumed,
		replay->pending_count * sizeof(replay->states[0]));
}

static void settle(struct replay *replay)
{
	for (size_t i = 0; i < replay->pending_count; i++)
		replay->pending[i].states = replay->states[i];
	size_t first = 0;
	while (first < replay->outage_count &&
		replay->outages[first].to_ms <= replay->voice.clock_ms)
		first++;
	struct voice_log log = {.events = replay->pending,
		.event_count = replay->pending_count,
		.outages = replay->outages + first,
		.outage_count = replay->outage_count - first,
		.clock_ms = replay->clock,
		.beat_ms = replay->beat,
		.rules = &voice_rules_default};
	voice_settle(&replay->voice, &log, &replay->last);
	for (size_t i = 0; i < replay->voice.count; i++) {
		const struct occupant *occupant = &replay->voice.occupants[i];
		int user = atoi(occupant->user.text);
		assert_true(occupant->changed || (!occupant->xp && !occupant->seconds));
		replay->xp[user] += occupant->xp;
		replay->seconds[user] += occupant->seconds;
		if (!replay->last.unresolved && occupant->channel.text[0])
			assert_true(replay->clock - occupant->credited_ms < VOICE_BEAT_MS);
	}
	forget(replay);
}

static void run(struct replay *replay, const struct entry *entries, size_t count)
{
	replay_open(replay);
	for (size_t i = 0; i < count; i++) {
		take(replay, &entries[i]);
		settle(replay);
	}
}

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

static unsigned long seed;

static int chance(int bound)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (int)((seed >> 33) % (unsigned long)bound);
}

static void fill_shown(struct entry *entry, const struct entry *before, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (before[i].kind == SNAPSHOT)
			memcpy(entry->shown, before[i].shown, sizeof(entry->shown));
		if (before[i].kind != STATE)
			continue;
		entry->shown[before[i].user].channel = before[i].channel;
		entry->shown[before[i].user].counts = before[i].counts;
	}
	for (int user = 1; user <= USERS; user++) /* some of it has changed unseen */
		if (chance(4) == 0) {
			entry->shown[user].channel = chance(3);
			entry->shown[user].counts = entry->shown[user].channel && chance(5) > 0;
		}
}

static size_t make_log(struct entry *entries)
{
	static const int steps[] = {
		0, 0, 1, 3, 10, 20, 30, 30, 45, 59, 60, 61, 89, 90, 91, 119, 120, 121, 400};
	size_t count = (size_t)chance(LOG_MAX - 20) + 10;
	int64_t at = 0;
	for (size_t i = 0; i < count; i++) {
		int step = steps[chance(ARRAY_LEN(steps))];
		at += chance(3) ? step % 90 : step;
		struct entry *entry = &entries[i];
		*entry = (struct entry){.at = at, .kind = (enum kind)chance(4)};
		if (entry->kind == STATE) {
			entry->user = 1 + chance(USERS);
			entry->channel = chance(3);
			entry->counts = entry->channel && chance(5) > 0;
		} else if (entry->kind == SNAPSHOT && chance(4) == 0) {
			fill_shown(entry, entries, i);
		} else if (entry->kind == SNAPSHOT) {
			entry->kind = BEAT;
		}
	}
	entries[count] = (struct entry){.at = at + 30, .kind = SNAPSHOT};
	fill_shown(&entries[count], entries, count);
	entries[count + 1] = (struct entry){.at = at + 60, .kind = BEAT};
	/* All time is credited at a heartbeat, and at an event in voice as well. */
	return count + 1 + (size_t)chance(2);
}

/* Somebody in voice, second by second. */
struct foreseen {
	int channel;
	bool counts;
	int64_t since, left, xp, seconds;
	int run;
};

static void occupant_leave(struct foreseen *occupant, int64_t at)
{
	if (occupant->channel)
		occupant->left = at;
	occupant->channel = 0;
	occupant->counts = false;
}

static void occupant_sit(struct foreseen *occupant, int channel, bool counts, int64_t at)
{
	if (!channel) {
		occupant_leave(occupant, at);
		return;
	}
	if (!occupant->channel && at - occupant->left > 60)
		occupant->run = 0;
	if (counts && !occupant->counts)
		occupant->since = at;
	occupant->channel = channel;
	occupant->counts = counts;
}

/* The outage begins at entry I: which members does the next snapshot still show? It is one as well
 * when everybody who was there has told of themselves. */
static void foresee(struct foreseen *occupants, const struct entry *entries, size_t count, size_t i)
{
	struct entry shown = {0};
	int unknown = 0;
	for (int user = 1; user <= USERS; user++)
		unknown += occupants[user].channel != 0;
	bool told[USERS + 1] = {false};
	for (size_t next = i + 1; next < count && unknown > 0; next++) {
		const struct entry *entry = &entries[next];
		if (entry->kind == SNAPSHOT) {
			shown = *entry;
			break;
		}
		if (entry->kind != STATE)
			continue;
		shown.shown[entry->user].channel = entry->channel;
		shown.shown[entry->user].counts = entry->channel && entry->counts;
		unknown -= occupants[entry->user].channel && !told[entry->user];
		told[entry->user] = true;
	}
	for (int user = 1; user <= USERS; user++)
		if (!shown.shown[user].channel)
			occupant_leave(&occupants[user], entries[i].at);
		else if (!shown.shown[user].counts)
			occupants[user].counts = false;
}

static void tick_occupants(struct foreseen *occupants, int64_t now)
{
	for (int user = 1; user <= USERS; user++) {
		struct foreseen *occupant = &occupants[user];
		if (!occupant->counts || now == occupant->since || (now - occupant->since) % 120)
			continue;
		int company = 0;
		for (int other = 1; other <= USERS; other++)
			company += occupants[other].counts &&
				   occupants[other].channel == occupant->channel;
		if (company < 2)
			continue;
		occupant->xp += 1 + 2 * (company - 2);
		if (++occupant->run == 30) {
			occupant->run = 0;
			occupant->xp += 25;
		}
	}
}

static void oracle(struct foreseen *occupants, const struct entry *entries, size_t count)
{
	memset(occupants, 0, (USERS + 1) * sizeof(*occupants));
	size_t i = 0;
	for (int64_t now = 0; now <= entries[count - 1].at; now++) {
		bool watched = i > 0 && entries[i].at - entries[i - 1].at <= 90;
		if (watched) {
			for (int user = 1; user <= USERS; user++)
				occupants[user].seconds += occupants[user].channel != 0;
			tick_occupants(occupants, now);
		}
		for (; i < count && entries[i].at == now; i++) {
			const struct entry *entry = &entries[i];
			if (entry->kind == STATE)
				occupant_sit(&occupants[entry->user], entry->channel, entry->counts,
					now);
			for (int user = 1; entry->kind == SNAPSHOT && user <= USERS; user++)
				occupant_sit(&occupants[user], entry->shown[user].channel,
					entry->shown[user].counts, now);
			if (i + 1 < count && entries[i + 1].at - now > 90)
				foresee(occupants, entries, count, i);
		}
	}
}

static void assert_same(const struct replay *a, const struct replay *b)
{
	for (int user = 1; user <= USERS; user++) {
		assert_int_equal(a->xp[user], b->xp[user]);
		assert_int_equal(a->seconds[user], b->seconds[user]);
	}
	assert_int_equal(a->voice.count, b->voice.count);
	for (size_t i = 0; i < a->voice.count; i++) {
		const struct occupant *x = &a->voice.occupants[i], *y = &b->voice.occupants[i];
		assert_string_equal(x->user.text, y->user.text);
		assert_string_equal(x->channel.text, y->channel.text);
		assert_int_equal(x->counts, y->counts);
		assert_int_equal(x->run, y->run);
		assert_int_equal(x->credited_ms, y->credited_ms);
		if (x->counts)
			assert_int_equal(x->since_ms, y->since_ms);
	}
}

static void however_it_is_cut_the_log_earns_the_same(void **s)
{
	(void)s;
	static struct entry entries[LOG_MAX];
	static struct replay whole, pieces;
	int64_t earned = 0;
	for (unsigned long round = 0; round < 400; round++) {
		seed = round;
		size_t count = make_log(entries);
		replay_open(&whole);
		for (size_t i = 0; i < count; i++)
			take(&whole, &entries[i]);
		settle(&whole);
		for (int cut = 1; cut < 6; cut++) {
			replay_open(&pieces);
			for (size_t i = 0; i < count; i++) {
				take(&pieces, &entries[i]);
				if (chance(cut * cut) == 0)
					settle(&pieces);
			}
			settle(&pieces);
			assert_same(&whole, &pieces);
			replay_close(&pieces);
		}
		earned += whole.xp[1];
		replay_close(&whole);
	}
	assert_true(earned > 1000);
}

static void the_log_earns_what_the_rules_say(void **s)
{
	(void)s;
	static struct entry entries[LOG_MAX];
	static struct replay replay;
	for (unsigned long round = 1000; round < 1400; round++) {
		seed = round;
		size_t count = make_log(entries);
		struct foreseen occupants[USERS + 1];
		oracle(occupants, entries, count);
		run(&replay, entries, count);
		for (int user = 1; user <= USERS; user++) {
			assert_int_equal(replay.xp[user], occupants[user].xp);
			assert_int_equal(replay.seconds[user], occupants[user].seconds);
		}
		replay_close(&replay);
	}
}

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
	UNIT(however_it_is_cut_the_log_earns_the_same),
	UNIT(the_log_earns_what_the_rules_say),
	UNIT(a_thousand_events_later_only_those_told_of_have_stayed),
};

UNIT_MAIN(tests)

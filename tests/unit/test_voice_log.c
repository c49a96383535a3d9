/* Voice: logs by chance earn the same whichever way they are cut, and what a second reading of the
 * rules foresees. */
#include "unit.h"

#include <string.h>

#include "support/voice_replay.h"

static void run(struct replay *replay, const struct entry *entries, size_t count)
{
	replay_open(replay);
	for (size_t i = 0; i < count; i++) {
		take(replay, &entries[i]);
		settle(replay);
	}
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

static const struct CMUnitTest tests[] = {
	UNIT(however_it_is_cut_the_log_earns_the_same),
	UNIT(the_log_earns_what_the_rules_say),
};

UNIT_MAIN(tests)

/* Who earned what in a voice. */
#include "besace/domain/voice.h"

#include <stdlib.h>
#include <string.h>

#include "besace/base/memory.h"

static bool is_in(const struct occupant *occupant)
{
	return occupant->channel.text[0] != '\0';
}

static int by_user(const void *a, const void *b)
{
	return strcmp(
		((const struct occupant *)a)->user.text, ((const struct occupant *)b)->user.text);
}

static void sort(struct voice_guild *voice)
{
	if (voice->count > 1)
		qsort(voice->occupants, voice->count, sizeof(*voice->occupants), by_user);
}

/* Among the first COUNT occupants, which are sorted. */
static struct occupant *find(
	const struct voice_guild *voice, size_t count, const struct snowflake *user)
{
	if (count == 0)
		return NULL;
	struct occupant key = {.user = *user};
	return bsearch(&key, voice->occupants, count, sizeof(key), by_user);
}

static struct occupant *add(struct voice_guild *voice, const struct snowflake *user)
{
	if (voice->count == voice->room) {
		voice->room = voice->room ? 2 * voice->room : 16;
		voice->occupants = must(
			reallocarray(voice->occupants, voice->room, sizeof(*voice->occupants)));
	}
	struct occupant *occupant = &voice->occupants[voice->count++];
	*occupant = (struct occupant){.user = *user, .changed = true};
	return occupant;
}

void voice_release(struct voice_guild *voice)
{
	free(voice->occupants);
	*voice = (struct voice_guild){0};
}

/* ---- Time in voice */

static void credit(struct occupant *occupant, int64_t until_ms)
{
	if (until_ms <= occupant->credited_ms)
		return;
	int64_t ms = until_ms - occupant->credited_ms + occupant->rest_ms;
	occupant->seconds += ms / 1000;
	occupant->rest_ms = (int)(ms % 1000);
	occupant->credited_ms = until_ms;
	occupant->changed = true;
}

static void credit_all(struct voice_guild *voice, int64_t until_ms)
{
	for (size_t i = 0; i < voice->count; i++)
		if (is_in(&voice->occupants[i]))
			credit(&voice->occupants[i], until_ms);
}

/* ---- Ticks */

/* Ticks of a session in (since, AT_MS]. */
static int64_t ticks_until(const struct occupant *occupant, int64_t at_ms)
{
	return (at_ms - occupant->since_ms) / VOICE_TICK_MS;
}

static int64_t ticks_between(const struct occupant *occupant, int64_t from_ms, int64_t to_ms)
{
	return occupant->counts ? ticks_until(occupant, to_ms) - ticks_until(occupant, from_ms) : 0;
}

static void pay_ticks(struct occupant *occupant, int64_t ticks, int64_t company)
{
	if (company < 2)
		return;
	int64_t run = occupant->run + ticks;
	occupant->xp += ticks * (1 + 2 * (company - 2)) + run / VOICE_BONUS_TICKS * VOICE_BONUS_XP;
	occupant->run = (int)(run % VOICE_BONUS_TICKS);
	occupant->changed = true;
}

static int by_channel(const void *a, const void *b)
{
	return strcmp((*(struct occupant *const *)a)->channel.text,
		(*(struct occupant *const *)b)->channel.text);
}

/* Pays what falls in (clock, TO_MS] to the COUNT occupants of one channel who count. */
static void tick_channel(
	const struct voice_guild *voice, struct occupant **occupants, size_t count, int64_t to_ms)
{
	for (size_t i = 0; i < count; i++) {
		struct occupant *occupant = occupants[i];
		int64_t ticks = ticks_between(occupant, voice->clock_ms, to_ms);
		if (ticks == 0)
			continue;
		pay_ticks(occupant, ticks, (int64_t)count);
		credit(occupant, occupant->since_ms + ticks_until(occupant, to_ms) * VOICE_TICK_MS);
	}
}

static bool has_ticks(const struct voice_guild *voice, int64_t to_ms)
{
	for (size_t i = 0; i < voice->count; i++)
		if (ticks_between(&voice->occupants[i], voice->clock_ms, to_ms) > 0)
			return true;
	return false;
}

/* Nothing happens in (clock, TO_MS) but ticks, and all of it was watched. */
static void advance(struct voice_guild *voice, int64_t to_ms)
{
	if (has_ticks(voice, to_ms)) {
		struct occupant **counting = must(malloc(voice->count * sizeof(*counting)));
		size_t count = 0;
		for (size_t i = 0; i < voice->count; i++)
			if (voice->occupants[i].counts)
				counting[count++] = &voice->occupants[i];
		qsort(counting, count, sizeof(*counting), by_channel);
		for (size_t first = 0, end; first < count; first = end) {
			for (end = first + 1;
				end < count && by_channel(&counting[first], &counting[end]) == 0;)
				end++;
			tick_channel(voice, &counting[first], end - first, to_ms);
		}
		free(counting);
	}
	if (to_ms > voice->clock_ms)
		voice->clock_ms = to_ms;
}

/* ---- Events */

static void leave(struct occupant *occupant, int64_t at_ms)
{
	credit(occupant, at_ms);
	occupant->channel.text[0] = '\0';
	occupant->counts = false;
	occupant->left_ms = at_ms;
	occupant->rest_ms = 0;
	occupant->changed = true;
}

static void sit(struct occupant *occupant, const struct voice_state *state, int64_t at_ms)
{
	if (is_in(occupant)) {
		credit(occupant, at_ms);
	} else {
		if (at_ms - occupant->left_ms > VOICE_ABSENCE_MS)
			occupant->run = 0;
		occupant->credited_ms = at_ms;
	}
	if (state->counts && !occupant->counts)
		occupant->since_ms = at_ms;
	occupant->channel = state->channel;
	occupant->counts = state->counts;
	occupant->changed = true;
}

/* Whoever a snapshot does not show has left. */
static void leave_unshown(struct voice_guild *voice, const struct voice_event *event)
{
	bool *shown = must(calloc(voice->count + 1, sizeof(*shown)));
	for (size_t i = 0; i < event->state_count; i++) {
		const struct occupant *occupant = find(voice, voice->count, &event->states[i].user);
		if (occupant)
			shown[occupant - voice->occupants] = true;
	}
	for (size_t i = 0; i < voice->count; i++)
		if (!shown[i] && is_in(&voice->occupants[i]))
			leave(&voice->occupants[i], event->at_ms);
	free(shown);
}

static void apply(struct voice_guild *voice, const struct voice_event *event)
{
	if (event->whole)
		leave_unshown(voice, event);
	size_t known = voice->count;
	for (size_t i = 0; i < event->state_count; i++) {
		const struct voice_state *state = &event->states[i];
		struct occupant *occupant = find(voice, known, &state->user);
		bool in = state->channel.text[0] != '\0';
		if (occupant && !in && is_in(occupant))
			leave(occupant, event->at_ms);
		else if (in)
			sit(occupant ? occupant : add(voice, &state->user), state, event->at_ms);
	}
	if (voice->count > known)
		sort(voice);
}

/* ---- Outages */

static size_t count_in(const struct voice_guild *voice)
{
	size_t count = 0;
	for (size_t i = 0; i < voice->count; i++)
		count += is_in(&voice->occupants[i]);
	return count;
}

/* Puts what EVENT says of those in voice into SHOWN, one for each occupant. Returns of how many it
 * is the first to tell. */
static size_t show(const struct voice_guild *voice, const struct voice_event *event,
	const struct voice_state **shown)
{
	size_t news = 0;
	for (size_t i = 0; i < event->state_count; i++) {
		const struct occupant *occupant = find(voice, voice->count, &event->states[i].user);
		if (!occupant || !is_in(occupant))
			continue;
		const struct voice_state **place = &shown[occupant - voice->occupants];
		news += *place == NULL;
		*place = &event->states[i];
	}
	return news;
}

/* Finds in what is left of the log how those who were in voice at OUTAGE are shown after it: by a
 * snapshot, by events of their own, or not at all (NULL). False when that may still come. */
static bool find_shown(const struct voice_guild *voice, const struct voice_log *log, size_t next,
	const struct outage *outage, const struct voice_state **shown)
{
	int64_t until_ms = outage->to_ms + VOICE_UNRESOLVED_MS;
	size_t unknown = count_in(voice);
	for (size_t i = next; unknown > 0 && i - next < VOICE_UNRESOLVED_EVENTS; i++) {
		const struct voice_event *event = i < log->event_count ? &log->events[i] : NULL;
		if (!event)
			return log->clock_ms > until_ms;
		if (event->at_ms > until_ms)
			return true;
		if (event->whole) {
			memset(shown, 0, voice->count * sizeof(*shown));
			show(voice, event, shown);
			return true;
		}
		unknown -= show(voice, event, shown);
	}
	return true;
}

/* Takes somebody in voice over OUTAGE. */
static void stay_or_leave(
	struct occupant *occupant, const struct outage *outage, const struct voice_state *shown)
{
	if (!shown || shown->channel.text[0] == '\0') {
		leave(occupant, outage->from_ms);
		return;
	}
	if (!shown->counts)
		occupant->counts = false;
	occupant->credited_ms = outage->to_ms;
	occupant->changed = true;
}

/* Goes to the end of OUTAGE; false when it is not known yet who has stayed. */
static bool cross(struct voice_guild *voice, const struct voice_log *log, size_t next,
	const struct outage *outage)
{
	const struct voice_state **shown = must(calloc(voice->count + 1, sizeof(*shown)));
	bool known = find_shown(voice, log, next, outage, shown);
	for (size_t i = 0; known && i < voice->count; i++)
		if (is_in(&voice->occupants[i]))
			stay_or_leave(&voice->occupants[i], outage, shown[i]);
	free(shown);
	if (known)
		voice->clock_ms = outage->to_ms;
	return known;
}

/* ---- The whole */

/* Goes through the log. Returns the outage at which it is stuck, or NULL. */
static const struct outage *walk(
	struct voice_guild *voice, const struct voice_log *log, size_t *out_consumed)
{
	size_t next = 0, ahead = 0;
	for (;;) {
		const struct voice_event *event =
			next < log->event_count ? &log->events[next] : NULL;
		int64_t until_ms = event ? event->at_ms : log->clock_ms;
		while (ahead < log->outage_count && log->outages[ahead].to_ms <= voice->clock_ms)
			ahead++;
		const struct outage *outage =
			ahead < log->outage_count ? &log->outages[ahead] : NULL;
		*out_consumed = next;
		if (outage && outage->from_ms < until_ms) {
			advance(voice, outage->from_ms);
			/* Whoever has left did so at the outage: until then all were there. Not to
			 * wait for the end of a doubt: it depends on how the log is cut. */
			credit_all(voice, outage->from_ms);
			if (!cross(voice, log, next, outage))
				return outage;
			continue;
		}
		advance(voice, until_ms);
		if (!event)
			return NULL;
		credit_all(voice, until_ms);
		apply(voice, event);
		next++;
	}
}

/* Forgets whoever is away with nothing to come back to. */
static void forget_gone(struct voice_guild *voice)
{
	for (size_t i = 0; i < voice->count; i++) {
		struct occupant *occupant = &voice->occupants[i];
		occupant->gone = !is_in(occupant) &&
				 (occupant->run == 0 ||
					 voice->clock_ms - occupant->left_ms > VOICE_ABSENCE_MS);
		if (occupant->gone)
			occupant->changed = true;
	}
}

static int64_t next_due(const struct voice_guild *voice)
{
	int64_t due_ms = INT64_MAX;
	for (size_t i = 0; i < voice->count; i++) {
		const struct occupant *occupant = &voice->occupants[i];
		int64_t at_ms = INT64_MAX;
		if (occupant->counts)
			at_ms = occupant->since_ms +
				(ticks_until(occupant, voice->clock_ms) + 1) * VOICE_TICK_MS;
		else if (!occupant->gone && !is_in(occupant))
			at_ms = occupant->left_ms + VOICE_ABSENCE_MS + 1;
		if (at_ms < due_ms)
			due_ms = at_ms;
	}
	return due_ms;
}

void voice_settle(struct voice_guild *voice, const struct voice_log *log, struct settlement *out)
{
	sort(voice);
	for (size_t i = 0; i < voice->count; i++) {
		struct occupant *occupant = &voice->occupants[i];
		occupant->changed = occupant->gone = false;
		occupant->xp = occupant->seconds = 0;
	}
	const struct outage *stuck = walk(voice, log, &out->consumed);
	out->unresolved = stuck != NULL;
	if (!stuck)
		credit_all(voice, log->beat_ms);
	out->occupied = !stuck && count_in(voice) > 0;
	forget_gone(voice);
	out->due_ms = stuck ? stuck->to_ms + VOICE_UNRESOLVED_MS + 1 : next_due(voice);
}

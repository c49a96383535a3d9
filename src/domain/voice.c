/* Who earned what in a voice. */
#include "besace/domain/voice.h"

#include <stdlib.h>
#include <string.h>

#include "besace/base/memory.h"
#include "besace/domain/earning.h"

const struct voice_rules voice_rules_default = {.on = true,
	.first = 1,
	.further = 2,
	.count_max = INT32_MAX,
	.members_min = 2,
	.muted_count = true,
	.hour = 25,
	.rate_percent = 100,
	.rate_until_ms = INT64_MAX};

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
	for (size_t i = 0; i < voice->channel_count; i++)
		free(voice->channels[i].counts);
	free(voice->channels);
	*voice = (struct voice_guild){0};
}

/* ---- How many count in a channel. A guild has few channels in which somebody is. */

static struct voice_channel *find_channel(
	const struct voice_guild *voice, const struct snowflake *id)
{
	for (size_t i = 0; i < voice->channel_count; i++)
		if (snowflake_equal(&voice->channels[i].id, id))
			return &voice->channels[i];
	return NULL;
}

static struct voice_channel *add_channel(struct voice_guild *voice, const struct snowflake *id)
{
	if (voice->channel_count == voice->channel_room) {
		voice->channel_room = voice->channel_room ? 2 * voice->channel_room : 8;
		voice->channels = must(reallocarray(
			voice->channels, voice->channel_room, sizeof(*voice->channels)));
	}
	struct voice_channel *channel = &voice->channels[voice->channel_count++];
	*channel = (struct voice_channel){.id = *id};
	return channel;
}

/* Counts CHANGE more in the channel from AT_MS on. */
static void count_from(
	struct voice_guild *voice, const struct snowflake *id, int64_t at_ms, int change)
{
	struct voice_channel *channel = find_channel(voice, id);
	if (!channel)
		channel = add_channel(voice, id);
	struct voice_count *last = channel->used ? &channel->counts[channel->used - 1] : NULL;
	if (last && last->at_ms >= at_ms) {
		last->count += change;
		last->changed = true;
		return;
	}
	int before = last ? last->count : 0;
	if (channel->used == channel->room) {
		channel->room = channel->room ? 2 * channel->room : 8;
		channel->counts = must(
			reallocarray(channel->counts, channel->room, sizeof(*channel->counts)));
	}
	channel->counts[channel->used++] =
		(struct voice_count){.at_ms = at_ms, .count = before + change, .changed = true};
}

/* How many count at a tick. */
static int count_at(const struct voice_channel *channel, int64_t tick_ms)
{
	size_t low = 0, high = channel ? channel->used : 0;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (channel->counts[middle].at_ms < tick_ms)
			low = middle + 1;
		else
			high = middle;
	}
	return low > 0 ? channel->counts[low - 1].count : 0;
}

/* ---- Ticks and time in voice */

/* Ticks of a session in (since, AT_MS]. */
static int64_t ticks_until(const struct occupant *occupant, int64_t at_ms)
{
	return (at_ms - occupant->since_ms) / VOICE_TICK_MS;
}

static int64_t tick_ms(const struct occupant *occupant, int64_t number)
{
	return occupant->since_ms + number * VOICE_TICK_MS;
}

static int by_member_id(const void *a, const void *b)
{
	return strcmp(((const struct voice_member *)a)->user.text,
		((const struct voice_member *)b)->user.text);
}

static int by_place_id(const void *a, const void *b)
{
	return strcmp(((const struct voice_place *)a)->channel.text,
		((const struct voice_place *)b)->channel.text);
}

/* Whose ticks are paid, and where. */
struct tick_payee {
	const struct voice_log *log;
	struct occupant *occupant;
	struct voice_member *member; /* NULL: no factor and no cap */
	int place_percent;
};

static struct tick_payee payee_of(const struct voice_log *log, struct occupant *occupant)
{
	const struct voice_rules *rules = log->rules;
	struct voice_member member = {.user = occupant->user};
	struct voice_place place = {.channel = occupant->channel};
	struct tick_payee payee = {.log = log, .occupant = occupant, .place_percent = 100};
	if (rules->member_count > 0)
		payee.member = bsearch(
			&member, rules->members, rules->member_count, sizeof(member), by_member_id);
	const struct voice_place *found =
		rules->place_count > 0 ? bsearch(&place, rules->places, rules->place_count,
						 sizeof(place), by_place_id)
				       : NULL;
	if (found)
		payee.place_percent = found->percent;
	return payee;
}

/* Pays what BASE is worth at AT_MS, as far as the cap of the day leaves it. Returns how much. */
static int64_t pay(const struct tick_payee *payee, int32_t base, int64_t at_ms)
{
	const struct voice_rules *rules = payee->log->rules;
	struct voice_member *member = payee->member;
	bool eve = at_ms < payee->log->midnight_ms;
	int64_t xp = xp_scale(base, member ? member->percent : 100, payee->place_percent,
		at_ms < rules->rate_until_ms ? rules->rate_percent : 100);
	if (member) {
		int64_t *left = eve ? &member->left_eve : &member->left;
		if (xp > *left)
			xp = *left;
		*left -= xp;
	}
	*(eve ? &payee->occupant->xp_eve : &payee->occupant->xp) += xp;
	return xp;
}

static void pay_tick(const struct tick_payee *payee, int company, int64_t at_ms)
{
	const struct voice_rules *rules = payee->log->rules;
	if (!rules->on || company < rules->members_min)
		return;
	int32_t counted = company < rules->count_max ? company : rules->count_max;
	if (pay(payee, rules->first + rules->further * (counted - 2), at_ms) == 0 ||
		++payee->occupant->run < VOICE_BONUS_TICKS)
		return;
	payee->occupant->run = 0;
	pay(payee, rules->hour, at_ms);
}

/* Pays a member in voice the ticks and the time in (credited, UNTIL_MS], all of it watched and
 * without a change of their state. */
static void credit(const struct voice_guild *voice, const struct voice_log *log,
	struct occupant *occupant, int64_t until_ms)
{
	if (until_ms <= occupant->credited_ms)
		return;
	if (occupant->counts) {
		const struct voice_channel *channel = find_channel(voice, &occupant->channel);
		const struct tick_payee payee = payee_of(log, occupant);
		int64_t last = ticks_until(occupant, until_ms);
		for (int64_t i = ticks_until(occupant, occupant->credited_ms) + 1; i <= last; i++)
			pay_tick(&payee, count_at(channel, tick_ms(occupant, i)),
				tick_ms(occupant, i));
	}
	int64_t ms = until_ms - occupant->credited_ms + occupant->rest_ms;
	occupant->seconds += ms / 1000;
	occupant->rest_ms = (int)(ms % 1000);
	occupant->credited_ms = until_ms;
	occupant->changed = true;
}

static void credit_all(struct voice_guild *voice, const struct voice_log *log, int64_t until_ms)
{
	for (size_t i = 0; i < voice->count; i++)
		if (is_in(&voice->occupants[i]))
			credit(voice, log, &voice->occupants[i], until_ms);
}

/* Pays what is due at the end of the stretch, to a slice of those who are given. */
static void credit_due(struct voice_guild *voice, const struct voice_log *log)
{
	size_t left = VOICE_SLICE;
	for (size_t i = 0; i < voice->count && left > 0; i++) {
		struct occupant *occupant = &voice->occupants[i];
		int64_t until_ms = log->beat_ms;
		if (!is_in(occupant))
			continue;
		if (occupant->counts) {
			int64_t last_ms = tick_ms(occupant, ticks_until(occupant, voice->clock_ms));
			if (last_ms > until_ms)
				until_ms = last_ms;
		}
		left -= until_ms > occupant->credited_ms;
		credit(voice, log, occupant, until_ms);
	}
}

/* ---- Events */

/* Whoever counts in a channel no longer does, from AT_MS on. */
static void stop_counting(struct voice_guild *voice, struct occupant *occupant, int64_t at_ms)
{
	if (occupant->counts)
		count_from(voice, &occupant->channel, at_ms, -1);
	occupant->counts = false;
	occupant->changed = true;
}

static void leave(struct voice_guild *voice, const struct voice_log *log, struct occupant *occupant,
	int64_t at_ms)
{
	credit(voice, log, occupant, at_ms);
	stop_counting(voice, occupant, at_ms);
	occupant->channel.text[0] = '\0';
	occupant->left_ms = at_ms;
	occupant->rest_ms = 0;
}

/* Whether a member in STATE counts. */
static bool state_counts(const struct voice_log *log, const struct voice_state *state)
{
	return state->counts && (!state->muted || log->rules->muted_count);
}

/* Keeps what STATE says, for when it matters otherwise. */
static void keep_state(struct occupant *occupant, const struct voice_state *state)
{
	occupant->changed |= occupant->able != state->counts || occupant->muted != state->muted;
	occupant->able = state->counts;
	occupant->muted = state->muted;
}

static void enter(struct voice_guild *voice, const struct voice_log *log, struct occupant *occupant,
	const struct voice_state *state, int64_t at_ms)
{
	bool counted = occupant->counts, counts = state_counts(log, state);
	keep_state(occupant, state);
	if (is_in(occupant)) {
		if (counted == counts && snowflake_equal(&occupant->channel, &state->channel))
			return; /* nothing that matters here has changed */
		credit(voice, log, occupant, at_ms);
		stop_counting(voice, occupant, at_ms);
	} else {
		if (at_ms - occupant->left_ms > VOICE_ABSENCE_MS)
			occupant->run = 0;
		occupant->credited_ms = at_ms;
	}
	if (counts && !counted)
		occupant->since_ms = at_ms;
	occupant->channel = state->channel;
	occupant->counts = counts;
	occupant->changed = true;
	if (counts)
		count_from(voice, &state->channel, at_ms, 1);
}

/* Whoever a snapshot does not show has left. */
static void leave_unshown(
	struct voice_guild *voice, const struct voice_log *log, const struct voice_event *event)
{
	bool *shown = must(calloc(voice->count + 1, sizeof(*shown)));
	for (size_t i = 0; i < event->state_count; i++) {
		const struct occupant *occupant = find(voice, voice->count, &event->states[i].user);
		if (occupant)
			shown[occupant - voice->occupants] = true;
	}
	for (size_t i = 0; i < voice->count; i++)
		if (!shown[i] && is_in(&voice->occupants[i]))
			leave(voice, log, &voice->occupants[i], event->at_ms);
	free(shown);
}

static void apply(
	struct voice_guild *voice, const struct voice_log *log, const struct voice_event *event)
{
	if (event->whole)
		leave_unshown(voice, log, event);
	size_t known = voice->count;
	for (size_t i = 0; i < event->state_count; i++) {
		const struct voice_state *state = &event->states[i];
		struct occupant *occupant = find(voice, known, &state->user);
		bool in = state->channel.text[0] != '\0';
		if (occupant && !in && is_in(occupant))
			leave(voice, log, occupant, event->at_ms);
		else if (in)
			enter(voice, log, occupant ? occupant : add(voice, &state->user), state,
				event->at_ms);
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
static void stay_or_leave(struct voice_guild *voice, const struct voice_log *log,
	struct occupant *occupant, const struct outage *outage, const struct voice_state *shown)
{
	if (!shown || shown->channel.text[0] == '\0') {
		leave(voice, log, occupant, outage->from_ms);
		return;
	}
	if (!state_counts(log, shown))
		stop_counting(voice, occupant, outage->from_ms);
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
			stay_or_leave(voice, log, &voice->occupants[i], outage, shown[i]);
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
			/* Whoever has left did so at the outage: until then all were there. Not to
			 * wait until it is resolved: that depends on how the log is cut. */
			credit_all(voice, log, outage->from_ms);
			if (outage->from_ms > voice->clock_ms)
				voice->clock_ms = outage->from_ms;
			if (!cross(voice, log, next, outage))
				return outage;
			continue;
		}
		if (until_ms > voice->clock_ms)
			voice->clock_ms = until_ms;
		if (!event)
			return NULL;
		apply(voice, log, event);
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

/* The muted count from now on, or no longer do. */
static void restate(struct voice_guild *voice, const struct voice_log *log)
{
	for (size_t i = 0; i < voice->count; i++) {
		struct occupant *occupant = &voice->occupants[i];
		const struct voice_state state = {
			occupant->user, occupant->channel, occupant->able, occupant->muted};
		if (is_in(occupant))
			enter(voice, log, occupant, &state, voice->clock_ms);
	}
	voice->muted_excluded = !log->rules->muted_count;
}

int64_t voice_due_ms(const struct occupant *occupant)
{
	if (occupant->counts)
		return tick_ms(occupant, ticks_until(occupant, occupant->credited_ms) + 1);
	return is_in(occupant) ? INT64_MAX : occupant->left_ms + VOICE_ABSENCE_MS + 1;
}

void voice_settle(struct voice_guild *voice, const struct voice_log *log, struct settlement *out)
{
	sort(voice);
	for (size_t i = 0; i < voice->count; i++) {
		struct occupant *occupant = &voice->occupants[i];
		occupant->changed = occupant->gone = false;
		occupant->xp = occupant->xp_eve = occupant->seconds = 0;
	}
	for (size_t i = 0; i < voice->channel_count; i++)
		for (size_t j = 0; j < voice->channels[i].used; j++)
			voice->channels[i].counts[j].changed = false;
	if (voice->muted_excluded == log->rules->muted_count)
		restate(voice, log);
	const struct outage *stuck = walk(voice, log, &out->consumed);
	out->unresolved = stuck != NULL;
	if (!stuck)
		credit_due(voice, log);
	forget_gone(voice);
	out->due_ms = stuck ? stuck->to_ms + VOICE_UNRESOLVED_MS + 1 : 0;
}

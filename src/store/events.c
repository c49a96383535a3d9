/* Calls about events. */
#include "besace/store/events.h"

#include <stdlib.h>
#include <string.h>
#include <talloc.h>

#include "besace/base/memory.h"
#include "besace/domain/earning.h"
#include "besace/store/array.h"
#include "routine.h"

/* A member whom an event names. */
struct named {
	struct snowflake guild, user;
	const char *name; /* NULL: not known */
	int64_t seen_ms;
};

/* A message that was reacted to. */
struct post {
	struct snowflake guild, message, author;
};

/* What the routine is told beside the events themselves. */
struct extract {
	struct named *members; /* in the order of guild and user, nobody twice */
	size_t member_count;
	struct post *posts; /* likewise */
	size_t post_count;
};

static int by_member(const void *a, const void *b)
{
	const struct named *left = a, *right = b;
	int order = strcmp(left->guild.text, right->guild.text);
	return order != 0 ? order : strcmp(left->user.text, right->user.text);
}

/* The newest name of a member comes first. */
static int by_member_and_age(const void *a, const void *b)
{
	const struct named *left = a, *right = b;
	int order = by_member(a, b);
	if (order != 0)
		return order;
	if (!left->name != !right->name)
		return left->name ? -1 : 1;
	return (left->seen_ms < right->seen_ms) - (left->seen_ms > right->seen_ms);
}

static int by_post(const void *a, const void *b)
{
	const struct post *left = a, *right = b;
	int order = strcmp(left->guild.text, right->guild.text);
	if (order == 0)
		order = strcmp(left->message.text, right->message.text);
	return order != 0 ? order : strcmp(left->author.text, right->author.text);
}

/* Drops what equals its predecessor; returns how many are left. */
static size_t drop_repeats(
	void *array, size_t count, size_t size, int (*compare)(const void *, const void *))
{
	char *items = array;
	size_t kept = 0;
	for (size_t i = 0; i < count; i++)
		if (kept == 0 || compare(items + (kept - 1) * size, items + i * size) != 0)
			memmove(items + kept++ * size, items + i * size, size);
	return kept;
}

static void gather_members(void *ctx, const struct event *events, size_t count, struct extract *out)
{
	size_t max = count;
	for (size_t i = 0; i < count; i++)
		max += events[i].state_count;
	struct named *members = must(talloc_array(ctx, struct named, (unsigned)max));
	size_t used = 0;
	for (size_t i = 0; i < count; i++) {
		const struct event *event = &events[i];
		if (event->user.text[0] != '\0')
			members[used++] = (struct named){event->guild, event->user, event->name,
				event->name ? event->at_ms : 0};
		for (size_t j = 0; j < event->state_count; j++)
			members[used++] = (struct named){event->guild, event->states[j].user,
				event->state_names[j], event->at_ms};
	}
	qsort(members, used, sizeof(*members), by_member_and_age);
	out->members = members;
	out->member_count = drop_repeats(members, used, sizeof(*members), by_member);
}

static void gather_posts(void *ctx, const struct event *events, size_t count, struct extract *out)
{
	struct post *posts = must(talloc_array(ctx, struct post, (unsigned)count));
	size_t used = 0;
	for (size_t i = 0; i < count; i++)
		if (events[i].type == EVENT_REACTION)
			posts[used++] =
				(struct post){events[i].guild, events[i].message, events[i].user};
	qsort(posts, used, sizeof(*posts), by_post);
	out->posts = posts;
	out->post_count = drop_repeats(posts, used, sizeof(*posts), by_post);
}

/* Places count from 1, as SQL's. */
static int64_t place_of_member(
	const struct extract *extract, const struct snowflake *guild, const struct snowflake *user)
{
	struct named key = {.guild = *guild, .user = *user};
	const struct named *found =
		bsearch(&key, extract->members, extract->member_count, sizeof(key), by_member);
	return found ? found - extract->members + 1 : 0;
}

static int64_t place_of_post(const struct extract *extract, const struct event *event)
{
	struct post key = {event->guild, event->message, event->user};
	const struct post *found =
		bsearch(&key, extract->posts, extract->post_count, sizeof(key), by_post);
	return found ? found - extract->posts + 1 : 0;
}

static int64_t value_of(const struct extract *extract, const struct event *event)
{
	if (event->type == EVENT_MESSAGE)
		return event->xp;
	return event->type == EVENT_REACTION ? place_of_post(extract, event) : 0;
}

/* Parameters 2 to 6. */
static void put_events(void *ctx, const struct event *events, size_t count,
	const struct extract *extract, const char **params)
{
	static const char *const types[] = {[EVENT_MESSAGE] = "m",
		[EVENT_REACTION] = "r",
		[EVENT_VOICE] = "v",
		[EVENT_HEARTBEAT] = "h"};
	const char **texts = must(talloc_array(ctx, const char *, (unsigned)count));
	int64_t *numbers = must(talloc_array(ctx, int64_t, (unsigned)count));
	for (size_t i = 0; i < count; i++)
		texts[i] = events[i].id;
	params[0] = array_of_texts(ctx, texts, count);
	for (size_t i = 0; i < count; i++)
		texts[i] = types[events[i].type];
	params[1] = array_of_texts(ctx, texts, count);
	for (size_t i = 0; i < count; i++)
		numbers[i] = events[i].at_ms;
	params[2] = array_of_numbers(ctx, numbers, count);
	for (size_t i = 0; i < count; i++)
		numbers[i] = value_of(extract, &events[i]);
	params[3] = array_of_numbers(ctx, numbers, count);
	for (size_t i = 0; i < count; i++)
		numbers[i] = place_of_member(extract, &events[i].guild, &events[i].user);
	params[4] = array_of_numbers(ctx, numbers, count);
}

/* Parameters 7 to 10. */
static void put_members(void *ctx, const struct extract *extract, const char **params)
{
	size_t count = extract->member_count;
	const char **texts = must(talloc_array(ctx, const char *, (unsigned)count));
	int64_t *numbers = must(talloc_array(ctx, int64_t, (unsigned)count));
	for (size_t i = 0; i < count; i++)
		texts[i] = extract->members[i].guild.text;
	params[0] = array_of_texts(ctx, texts, count);
	for (size_t i = 0; i < count; i++)
		texts[i] = extract->members[i].user.text;
	params[1] = array_of_texts(ctx, texts, count);
	for (size_t i = 0; i < count; i++)
		texts[i] = extract->members[i].name;
	params[2] = array_of_texts(ctx, texts, count);
	for (size_t i = 0; i < count; i++)
		numbers[i] = extract->members[i].seen_ms;
	params[3] = array_of_numbers(ctx, numbers, count);
}

/* Parameters 11 and 12. */
static void put_posts(void *ctx, const struct extract *extract, const char **params)
{
	size_t count = extract->post_count;
	const char **texts = must(talloc_array(ctx, const char *, (unsigned)count));
	int64_t *numbers = must(talloc_array(ctx, int64_t, (unsigned)count));
	for (size_t i = 0; i < count; i++) {
		texts[i] = extract->posts[i].message.text;
		numbers[i] = place_of_member(
			extract, &extract->posts[i].guild, &extract->posts[i].author);
	}
	params[0] = array_of_texts(ctx, texts, count);
	params[1] = array_of_numbers(ctx, numbers, count);
}

static json_t *states_json(const struct event *event)
{
	json_t *states = must(json_array());
	for (size_t i = 0; i < event->state_count; i++) {
		const struct voice_state *state = &event->states[i];
		const char *channel = state->channel.text[0] ? state->channel.text : NULL;
		json_array_append_new(states,
			must(json_pack("[s, s?, b]", state->user.text, channel, state->counts)));
	}
	return states;
}

/* Parameter 13. */
static const char *voice_json(void *ctx, const struct event *events, size_t count)
{
	json_t *voice = must(json_array());
	for (size_t i = 0; i < count; i++)
		if (events[i].type == EVENT_VOICE)
			json_array_append_new(voice,
				must(json_pack("{s:I, s:s, s:b, s:o}", "place", (json_int_t)i + 1,
					"guild", events[i].guild.text, "whole", events[i].whole,
					"states", states_json(&events[i]))));
	return routine_json(ctx, voice);
}

void events_apply_call(void *ctx, const char *source, const struct event *events, size_t count,
	struct db_call *out)
{
	static const int64_t figures[] = {VOICE_WATCH_MS, MESSAGE_COOLDOWN_MS, REACTION_XP,
		REACTION_XP_MAX, VOICE_UNRESOLVED_EVENTS, VOICE_BEAT_MS};
	struct extract extract;
	*out = (struct db_call){.query = QUERY_EVENTS_APPLY, .changes = true};
	db_call_set_source(out, source);
	void *scratch = must(talloc_new(ctx)); /* its texts are parameters: it stays */
	gather_members(scratch, events, count, &extract);
	gather_posts(scratch, events, count, &extract);
	out->params[0] = must(talloc_strdup(ctx, source));
	put_events(scratch, events, count, &extract, &out->params[1]);
	put_members(scratch, &extract, &out->params[6]);
	put_posts(scratch, &extract, &out->params[10]);
	out->params[12] = voice_json(ctx, events, count);
	out->params[13] = array_of_numbers(ctx, figures, ARRAY_LEN(figures));
}

enum status events_apply_read(const struct db_rows *rows, size_t *out_accepted, bool *out_due)
{
	json_t *outcome = routine_outcome(rows);
	const json_t *accepted = json_object_get(outcome, "accepted");
	bool good = json_is_integer(accepted);
	if (good) {
		*out_accepted = (size_t)json_integer_value(accepted);
		*out_due = json_is_true(json_object_get(outcome, "due"));
	}
	json_decref(outcome);
	return good ? STATUS_OK : STATUS_FAILED;
}

void events_sweep_call(struct db_call *out)
{
	*out = (struct db_call){.query = QUERY_EVENTS_SWEEP, .changes = true};
}

/* Calls about events. */
#include "besace/store/events.h"

#include <stdlib.h>
#include <string.h>
#include <talloc.h>

#include "besace/base/memory.h"
#include "besace/domain/earning.h"
#include "besace/runtime/log.h"
#include "json_written.h"

/* A member that an event names. */
struct named {
	struct snowflake guild, user;
	struct member_facts facts;
	int64_t seen_ms; /* 0: nothing is known */
	bool is_there; /* themselves; else somebody reacted to what they once wrote */
};

/* A message that was reacted to. */
struct post {
	struct snowflake guild, message, author;
};

/* A channel in which something happened. */
struct channel_place {
	struct snowflake guild, channel;
	const char *parent, *category; /* as in struct event */
};

/* The roles that an event shows of its member. */
struct role_set {
	struct snowflake guild;
	const char *roles;
};

/* What the routine is told beside the events themselves. */
struct extract {
	struct named *members; /* in the order of guild and user, nobody twice */
	size_t member_count;
	struct post *posts; /* likewise */
	size_t post_count;
	struct channel_place *channels;
	size_t channel_count;
	struct role_set *role_sets;
	size_t role_set_count;
};

static int by_member(const void *a, const void *b)
{
	const struct named *left = a, *right = b;
	int order = strcmp(left->guild.text, right->guild.text);
	return order != 0 ? order : strcmp(left->user.text, right->user.text);
}

/* What a member did comes before what was done to them, and the newest facts come first. */
static int by_member_and_age(const void *a, const void *b)
{
	const struct named *left = a, *right = b;
	int order = by_member(a, b);
	if (order != 0)
		return order;
	if (left->is_there != right->is_there)
		return left->is_there ? -1 : 1;
	if (!left->facts.name != !right->facts.name)
		return left->facts.name ? -1 : 1;
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

/* NULL comes first. */
static int by_text(const char *a, const char *b)
{
	if (!a || !b)
		return (a != NULL) - (b != NULL);
	return strcmp(a, b);
}

static int by_channel(const void *a, const void *b)
{
	const struct channel_place *left = a, *right = b;
	int order = strcmp(left->guild.text, right->guild.text);
	if (order == 0)
		order = strcmp(left->channel.text, right->channel.text);
	if (order == 0)
		order = by_text(left->parent, right->parent);
	return order != 0 ? order : by_text(left->category, right->category);
}

static int by_roles(const void *a, const void *b)
{
	const struct role_set *left = a, *right = b;
	int order = strcmp(left->guild.text, right->guild.text);
	return order != 0 ? order : strcmp(left->roles, right->roles);
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
			members[used++] = (struct named){event->guild, event->user, event->facts,
				event->facts.name ? event->at_ms : 0,
				event->type != EVENT_REACTION};
		for (size_t j = 0; j < event->state_count; j++)
			members[used++] = (struct named){event->guild, event->states[j].user,
				event->state_facts[j], event->at_ms, true};
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

static bool happens_in_a_channel(const struct event *event)
{
	return event->type == EVENT_MESSAGE || event->type == EVENT_REACTION;
}

static struct channel_place channel_of(const struct event *event)
{
	return (struct channel_place){event->guild, event->channel, event->parent, event->category};
}

/* Those of messages and reactions, and the voice channels of which an event tells more. */
static void gather_channels(
	void *ctx, const struct event *events, size_t count, struct extract *out)
{
	size_t max = count, used = 0;
	for (size_t i = 0; i < count; i++)
		max += events[i].state_count;
	struct channel_place *channels =
		must(talloc_array(ctx, struct channel_place, (unsigned)max));
	for (size_t i = 0; i < count; i++) {
		const struct event *event = &events[i];
		if (happens_in_a_channel(event))
			channels[used++] = channel_of(event);
		for (size_t j = 0; j < event->state_count; j++)
			if (event->state_facts[j].category && event->states[j].channel.text[0])
				channels[used++] = (struct channel_place){event->guild,
					event->states[j].channel, NULL,
					event->state_facts[j].category};
	}
	qsort(channels, used, sizeof(*channels), by_channel);
	out->channels = channels;
	out->channel_count = drop_repeats(channels, used, sizeof(*channels), by_channel);
}

static void gather_roles(void *ctx, const struct event *events, size_t count, struct extract *out)
{
	struct role_set *sets = must(talloc_array(ctx, struct role_set, (unsigned)count));
	size_t used = 0;
	for (size_t i = 0; i < count; i++)
		if (events[i].type == EVENT_MESSAGE && events[i].facts.roles)
			sets[used++] = (struct role_set){events[i].guild, events[i].facts.roles};
	qsort(sets, used, sizeof(*sets), by_roles);
	out->role_sets = sets;
	out->role_set_count = drop_repeats(sets, used, sizeof(*sets), by_roles);
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

static int64_t place_of_channel(const struct extract *extract, const struct event *event)
{
	if (!happens_in_a_channel(event))
		return 0;
	struct channel_place key = channel_of(event);
	const struct channel_place *found =
		bsearch(&key, extract->channels, extract->channel_count, sizeof(key), by_channel);
	return found ? found - extract->channels + 1 : 0;
}

static int64_t place_of_roles(const struct extract *extract, const struct event *event)
{
	if (event->type != EVENT_MESSAGE || !event->facts.roles)
		return 0;
	struct role_set key = {event->guild, event->facts.roles};
	const struct role_set *found =
		bsearch(&key, extract->role_sets, extract->role_set_count, sizeof(key), by_roles);
	return found ? found - extract->role_sets + 1 : 0;
}

static int64_t value_of(const struct extract *extract, const struct event *event)
{
	if (event->type == EVENT_MESSAGE)
		return event->draw;
	return event->type == EVENT_REACTION ? place_of_post(extract, event) : 0;
}

/* ---- Binding */

/* Arrays of the length of what is bound: filled, bound, filled anew. */
struct columns {
	const char **texts;
	int64_t *numbers;
	size_t count;
};

static struct columns columns_make(void *ctx, size_t count)
{
	return (struct columns){.texts = must(talloc_array(ctx, const char *, (unsigned)count)),
		.numbers = must(talloc_array(ctx, int64_t, (unsigned)count)),
		.count = count};
}

static void bind_texts(struct db_call *call, const char *name, const struct columns *columns)
{
	db_set_texts(call, name, columns->texts, columns->count);
}

static void bind_numbers(struct db_call *call, const char *name, const struct columns *columns)
{
	db_set_integers(call, name, columns->numbers, columns->count);
}

static void bind_event_texts(
	struct db_call *call, const struct event *events, struct columns *columns)
{
	static const char *const types[] = {[EVENT_MESSAGE] = "m",
		[EVENT_REACTION] = "r",
		[EVENT_VOICE] = "v",
		[EVENT_HEARTBEAT] = "h",
		[EVENT_JOIN] = "j",
		[EVENT_GUILD] = "g"};
	for (size_t i = 0; i < columns->count; i++)
		columns->texts[i] = events[i].id;
	bind_texts(call, "ids", columns);
	for (size_t i = 0; i < columns->count; i++)
		columns->texts[i] = types[events[i].type];
	bind_texts(call, "types", columns);
	for (size_t i = 0; i < columns->count; i++)
		columns->texts[i] = events[i].guild.text;
	bind_texts(call, "event_guilds", columns);
}

static void bind_event_numbers(struct db_call *call, const struct event *events,
	const struct extract *extract, struct columns *columns)
{
	for (size_t i = 0; i < columns->count; i++)
		columns->numbers[i] = events[i].at_ms;
	bind_numbers(call, "ats", columns);
	for (size_t i = 0; i < columns->count; i++)
		columns->numbers[i] = events[i].sent_ms;
	bind_numbers(call, "sents", columns);
	for (size_t i = 0; i < columns->count; i++)
		columns->numbers[i] = value_of(extract, &events[i]);
	bind_numbers(call, "values", columns);
	for (size_t i = 0; i < columns->count; i++)
		columns->numbers[i] = place_of_member(extract, &events[i].guild, &events[i].user);
	bind_numbers(call, "members", columns);
	for (size_t i = 0; i < columns->count; i++)
		columns->numbers[i] = place_of_channel(extract, &events[i]);
	bind_numbers(call, "places", columns);
	for (size_t i = 0; i < columns->count; i++)
		columns->numbers[i] = place_of_roles(extract, &events[i]);
	bind_numbers(call, "role_set", columns);
}

static void bind_members(void *ctx, struct db_call *call, const struct extract *extract)
{
	const struct named *members = extract->members;
	struct columns columns = columns_make(ctx, extract->member_count);
	for (size_t i = 0; i < columns.count; i++)
		columns.texts[i] = members[i].guild.text;
	bind_texts(call, "guilds", &columns);
	for (size_t i = 0; i < columns.count; i++)
		columns.texts[i] = members[i].user.text;
	bind_texts(call, "users", &columns);
	for (size_t i = 0; i < columns.count; i++)
		columns.texts[i] = members[i].facts.name;
	bind_texts(call, "names", &columns);
	for (size_t i = 0; i < columns.count; i++)
		columns.numbers[i] = members[i].is_there ? members[i].seen_ms : -members[i].seen_ms;
	bind_numbers(call, "seen", &columns);
	for (size_t i = 0; i < columns.count; i++)
		columns.texts[i] = members[i].facts.roles;
	bind_texts(call, "roles", &columns);
	for (size_t i = 0; i < columns.count; i++)
		columns.numbers[i] = members[i].facts.joined_ms;
	bind_numbers(call, "joined", &columns);
	for (size_t i = 0; i < columns.count; i++)
		columns.numbers[i] = members[i].facts.pending;
	bind_numbers(call, "pending", &columns);
}

static void bind_posts(void *ctx, struct db_call *call, const struct extract *extract)
{
	struct columns columns = columns_make(ctx, extract->post_count);
	for (size_t i = 0; i < columns.count; i++) {
		const struct post *post = &extract->posts[i];
		columns.texts[i] = post->message.text;
		columns.numbers[i] = place_of_member(extract, &post->guild, &post->author);
	}
	bind_texts(call, "posts", &columns);
	bind_numbers(call, "authors", &columns);
}

static void bind_channels(void *ctx, struct db_call *call, const struct extract *extract)
{
	const struct channel_place *channels = extract->channels;
	struct columns columns = columns_make(ctx, extract->channel_count);
	for (size_t i = 0; i < columns.count; i++)
		columns.texts[i] = channels[i].guild.text;
	bind_texts(call, "channel_guilds", &columns);
	for (size_t i = 0; i < columns.count; i++)
		columns.texts[i] = channels[i].channel.text;
	bind_texts(call, "channels", &columns);
	for (size_t i = 0; i < columns.count; i++)
		columns.texts[i] = channels[i].parent;
	bind_texts(call, "parents", &columns);
	for (size_t i = 0; i < columns.count; i++)
		columns.texts[i] = channels[i].category;
	bind_texts(call, "categories", &columns);
}

/* Each with its guild in front: "guild:role,role,…". */
static void bind_role_sets(void *ctx, struct db_call *call, const struct extract *extract)
{
	struct columns columns = columns_make(ctx, extract->role_set_count);
	for (size_t i = 0; i < columns.count; i++)
		columns.texts[i] = must(talloc_asprintf(ctx, "%s:%s",
			extract->role_sets[i].guild.text, extract->role_sets[i].roles));
	bind_texts(call, "role_sets", &columns);
}

static json_t *states_json(const struct event *event)
{
	json_t *states = must(json_array());
	for (size_t i = 0; i < event->state_count; i++) {
		const struct voice_state *state = &event->states[i];
		const char *channel = state->channel.text[0] ? state->channel.text : NULL;
		json_array_append_new(states, must(json_pack("[s, s?, b, b]", state->user.text,
						      channel, state->counts, state->muted)));
	}
	return states;
}

static json_t *voice_json(const struct event *events, size_t count)
{
	json_t *voice = must(json_array());
	for (size_t i = 0; i < count; i++)
		if (events[i].type == EVENT_VOICE)
			json_array_append_new(voice,
				must(json_pack("{s:I, s:s, s:b, s:o}", "place", (json_int_t)i + 1,
					"guild", events[i].guild.text, "whole", events[i].whole,
					"states", states_json(&events[i]))));
	return voice;
}

static json_t *facts_json(const struct event *events, size_t count)
{
	json_t *facts = must(json_array());
	for (size_t i = 0; i < count; i++) {
		if (events[i].type != EVENT_GUILD)
			continue;
		json_t *fact = must(json_loads(events[i].fact, 0, NULL));
		json_object_set_new(fact, "place", json_integer((json_int_t)i + 1));
		json_array_append_new(facts, fact);
	}
	return facts;
}

static const struct db_shape *shape_of_fact(const json_t *fact)
{
	static const struct {
		const char *fact;
		const struct db_shape *shape;
	} shapes[] = {{"guild", &json_fact_guild}, {"guilds", &json_fact_guilds},
		{"gone", &json_fact_gone}, {"roles", &json_fact_roles}};
	const char *name = json_string_value(json_object_get(fact, "fact"));
	for (size_t i = 0; name && i < ARRAY_LEN(shapes); i++)
		if (strcmp(shapes[i].fact, name) == 0)
			return shapes[i].shape;
	return &shape_none; /* which has no keys */
}

static void bind_json(struct db_call *call, const struct event *events, size_t count)
{
	json_t *voice = voice_json(events, count), *facts = facts_json(events, count), *object;
	size_t i;
	json_array_foreach (voice, i, object)
		db_check_json(call, &json_voice_event, object);
	json_array_foreach (facts, i, object)
		db_check_json(call, shape_of_fact(object), object);
	db_set_json(call, "voice", voice);
	db_set_json(call, "facts", facts);
}

void events_apply_call(void *ctx, const char *source, const struct event *events, size_t count,
	struct db_call *out)
{
	static const int64_t figures[] = {VOICE_WATCH_MS, VOICE_UNRESOLVED_EVENTS, VOICE_BEAT_MS};
	struct extract extract;
	void *scratch = must(talloc_new(ctx));
	struct columns columns = columns_make(scratch, count);
	gather_members(scratch, events, count, &extract);
	gather_posts(scratch, events, count, &extract);
	gather_channels(scratch, events, count, &extract);
	gather_roles(scratch, events, count, &extract);
	db_call_begin_change(ctx, QUERY_EVENTS_APPLY, NULL, out);
	db_call_set_source(out, source);
	db_set_text(out, "source", source);
	bind_event_texts(out, events, &columns);
	bind_event_numbers(out, events, &extract, &columns);
	bind_members(scratch, out, &extract);
	bind_posts(scratch, out, &extract);
	bind_channels(scratch, out, &extract);
	bind_role_sets(scratch, out, &extract);
	bind_json(out, events, count);
	db_set_integers(out, "figures", figures, ARRAY_LEN(figures));
	talloc_free(scratch);
}

struct events_applied_row {
	const json_t *outcome;
};
DB_SHAPE(shape_events_applied, DB_FIELD(events_applied_row, outcome));

struct applied_json {
	int32_t accepted;
	bool due;
	const json_t *refused;
};
DB_SHAPE(json_events_applied, DB_FIELD(applied_json, accepted), DB_FIELD(applied_json, due),
	DB_FIELD(applied_json, refused));

enum status events_apply_read(void *ctx, const struct db_rows *rows, struct events_applied *out)
{
	struct events_applied_row row;
	struct applied_json json;
	char *why;
	*out = (struct events_applied){0};
	if (db_row_read(ctx, rows, 0, &shape_events_applied, &row))
		return STATUS_FAILED;
	if (!json_shape_read(ctx, row.outcome, &json_events_applied, &json, &why)) {
		log_error(LOG_TEXT("events_apply"), LOG_STR("why", why));
		return STATUS_FAILED;
	}
	out->accepted = (size_t)json.accepted;
	out->due = json.due;
	out->refused_count = json_array_size(json.refused);
	out->refused = must(talloc_array(ctx, int64_t, (unsigned)out->refused_count));
	for (size_t i = 0; i < out->refused_count; i++)
		out->refused[i] = json_integer_value(json_array_get(json.refused, i));
	return STATUS_OK;
}

struct events_sweep_row {
	bool swept;
};
DB_SHAPE(shape_events_sweep, DB_FIELD(events_sweep_row, swept));

void events_sweep_call(void *ctx, struct db_call *out)
{
	db_call_begin_change(ctx, QUERY_EVENTS_SWEEP, NULL, out);
}

bool events_sweep_read(const struct db_rows *rows)
{
	struct events_sweep_row row;
	return db_row_read(NULL, rows, 0, &shape_events_sweep, &row) == STATUS_OK && row.swept;
}

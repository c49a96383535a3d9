/* Calls about voice. */
#include "besace/store/voice.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <talloc.h>

#include "besace/base/memory.h"
#include "routine.h"

/* Members in voice who are settled together: some 50 ms of work for PostgreSQL. One guild may have
 * more. */
#define SETTLE_MAX_MEMBERS 2000

/* Events of a guild that are settled together. One more is loaded: it tells that there are more. */
#define EVENTS_MAX VOICE_UNRESOLVED_EVENTS

/* Columns of voice_load. */
enum {
	SOURCE,
	SOURCE_CLOCK,
	SOURCE_BEAT,
	GUILD,
	VERSION,
	CLOCK,
	OCCUPANTS,
	EVENTS,
	OUTAGES,
	CHANNELS,
	SETTINGS,
	DAY,
	MIDNIGHT,
	MUTED_EXCLUDED,
	RULES,
	MEMBERS,
	PLACES
};

void voice_load_call(void *ctx, const char *source, struct db_call *out)
{
	db_call_begin(ctx, QUERY_VOICE_LOAD, out);
	db_set_text_or_null(out, "source", source);
	db_set_integer(out, "members", SETTLE_MAX_MEMBERS);
	db_set_integer(out, "events", EVENTS_MAX + 1);
	db_set_integer(out, "slice", VOICE_SLICE);
}

/* ---- Reading */

static int64_t get_number(const json_t *array, size_t place)
{
	return json_integer_value(json_array_get(array, place));
}

/* An id, or an empty one for null. False for what is neither. */
static bool get_id(const json_t *array, size_t place, struct snowflake *out)
{
	const json_t *value = json_array_get(array, place);
	*out = (struct snowflake){{0}};
	return json_is_null(value) || snowflake_parse(json_string_value(value), out);
}

static int release(struct voice_tasks *tasks)
{
	for (size_t i = 0; i < tasks->count; i++)
		voice_release(&tasks->tasks[i].voice);
	return 0;
}

static bool read_occupants(const json_t *array, struct voice_guild *out)
{
	size_t i;
	const json_t *row;
	out->room = json_array_size(array);
	out->occupants = must(calloc(out->room + 1, sizeof(*out->occupants)));
	json_array_foreach (array, i, row) {
		struct occupant *occupant = &out->occupants[i];
		if (!get_id(row, 0, &occupant->user) || !get_id(row, 1, &occupant->channel))
			return false;
		occupant->counts = json_is_true(json_array_get(row, 2));
		occupant->since_ms = get_number(row, 3);
		occupant->left_ms = get_number(row, 4);
		occupant->credited_ms = get_number(row, 5);
		occupant->rest_ms = (int)get_number(row, 6);
		occupant->run = (int)get_number(row, 7);
		occupant->able = json_is_true(json_array_get(row, 8));
		occupant->muted = json_is_true(json_array_get(row, 9));
		out->count++;
	}
	return true;
}

static bool read_channels(const json_t *array, struct voice_guild *out)
{
	size_t i, j;
	const json_t *row, *pair;
	out->channel_room = json_array_size(array);
	out->channels = must(calloc(out->channel_room + 1, sizeof(*out->channels)));
	json_array_foreach (array, i, row) {
		const json_t *counts = json_array_get(row, 1);
		struct voice_channel *channel = &out->channels[out->channel_count++];
		if (!get_id(row, 0, &channel->id))
			return false;
		channel->room = json_array_size(counts);
		channel->counts = must(calloc(channel->room + 1, sizeof(*channel->counts)));
		json_array_foreach (counts, j, pair)
			channel->counts[channel->used++] = (struct voice_count){
				.at_ms = get_number(pair, 0), .count = (int)get_number(pair, 1)};
	}
	return true;
}

static bool read_states(void *ctx, const json_t *array, struct voice_event *out)
{
	size_t i;
	const json_t *row;
	struct voice_state *states =
		must(talloc_array(ctx, struct voice_state, (unsigned)json_array_size(array)));
	json_array_foreach (array, i, row) {
		if (!get_id(row, 0, &states[i].user) || !get_id(row, 1, &states[i].channel))
			return false;
		states[i].counts = json_is_true(json_array_get(row, 2));
		states[i].muted = json_is_true(json_array_get(row, 3));
	}
	out->states = states;
	out->state_count = json_array_size(array);
	return true;
}

static bool read_events(void *ctx, const json_t *array, struct voice_task *out)
{
	size_t i, count = json_array_size(array);
	const json_t *row;
	struct voice_event *events =
		must(talloc_zero_array(ctx, struct voice_event, (unsigned)count));
	out->positions = must(talloc_array(ctx, int64_t, (unsigned)count));
	json_array_foreach (array, i, row) {
		out->positions[i] = get_number(row, 0);
		events[i].at_ms = get_number(row, 1);
		events[i].whole = json_is_true(json_array_get(row, 2));
		if (!read_states(ctx, json_array_get(row, 3), &events[i]))
			return false;
	}
	out->log.events = events;
	out->log.event_count = count;
	return true;
}

static void read_outages(void *ctx, const json_t *array, struct voice_log *out)
{
	size_t i, count = json_array_size(array);
	const json_t *row;
	struct outage *outages = must(talloc_array(ctx, struct outage, (unsigned)count));
	json_array_foreach (array, i, row) {
		outages[i] = (struct outage){get_number(row, 0), get_number(row, 1)};
	}
	out->outages = outages;
	out->outage_count = count;
}

struct voice_rules_json {
	bool on, muted_count;
	int32_t first, further, count_max, members_min, hour, rate_percent;
	int64_t rate_until;
};
DB_SHAPE(json_voice_rules, DB_FIELD(voice_rules_json, on), DB_FIELD(voice_rules_json, first),
	DB_FIELD(voice_rules_json, further), DB_FIELD_OR_NULL(voice_rules_json, count_max),
	DB_FIELD(voice_rules_json, members_min), DB_FIELD(voice_rules_json, muted_count),
	DB_FIELD(voice_rules_json, hour), DB_FIELD(voice_rules_json, rate_percent),
	DB_FIELD_OR_NULL(voice_rules_json, rate_until));

/* NULL, or an empty array, is no factor at all. */
static bool read_members(void *ctx, const json_t *array, struct voice_rules *out)
{
	size_t i;
	const json_t *row;
	out->members =
		must(talloc_array(ctx, struct voice_member, (unsigned)json_array_size(array)));
	json_array_foreach (array, i, row) {
		struct voice_member *member = &out->members[out->member_count++];
		if (!get_id(row, 0, &member->user))
			return false;
		member->percent = (int)get_number(row, 1);
		member->left = get_number(row, 2) > 0 ? get_number(row, 2) : 0;
		member->left_eve = get_number(row, 3) > 0 ? get_number(row, 3) : 0;
	}
	return true;
}

static bool read_places(void *ctx, const json_t *array, struct voice_rules *out)
{
	size_t i;
	const json_t *row;
	struct voice_place *places =
		must(talloc_array(ctx, struct voice_place, (unsigned)json_array_size(array)));
	json_array_foreach (array, i, row) {
		if (!get_id(row, 0, &places[i].channel))
			return false;
		places[i].percent = (int)get_number(row, 1);
	}
	out->places = places;
	out->place_count = json_array_size(array);
	return true;
}

/* The rules of a guild that has settings. */
static bool read_rules(void *ctx, const struct db_rows *rows, int row, struct voice_rules *out)
{
	struct voice_rules_json in;
	char *why;
	json_t *rules = json_loads(db_text(rows, row, RULES), 0, NULL);
	json_t *members = json_loads(db_text(rows, row, MEMBERS), 0, NULL);
	json_t *places = json_loads(db_text(rows, row, PLACES), 0, NULL);
	bool good = json_shape_read(ctx, rules, &json_voice_rules, &in, &why);
	*out = voice_rules_default;
	if (good)
		*out = (struct voice_rules){.on = in.on,
			.first = in.first,
			.further = in.further,
			.count_max = in.count_max ? in.count_max : INT32_MAX,
			.members_min = in.members_min,
			.muted_count = in.muted_count,
			.hour = in.hour,
			.rate_percent = in.rate_percent,
			.rate_until_ms = in.rate_until ? in.rate_until : INT64_MAX};
	good = good && read_members(ctx, members, out) && read_places(ctx, places, out);
	json_decref(rules);
	json_decref(members);
	json_decref(places);
	return good;
}

/* What the guild's settings say of the stretch. */
static bool read_settings(void *ctx, const struct db_rows *rows, int row, struct voice_task *out)
{
	out->settings = db_integer(rows, row, SETTINGS);
	out->day = must(talloc_strdup(ctx, db_text(rows, row, DAY)));
	out->voice.muted_excluded = db_bool(rows, row, MUTED_EXCLUDED);
	out->log.midnight_ms = db_integer(rows, row, MIDNIGHT);
	out->log.rules = &voice_rules_default;
	if (db_is_null(rows, row, RULES))
		return true;
	struct voice_rules *rules = must(talloc(ctx, struct voice_rules));
	out->log.rules = rules;
	return read_rules(ctx, rows, row, rules);
}

/* When there are more events than are looked at, the stretch ends with the last that is. */
static void cut(struct voice_log *log)
{
	if (log->event_count <= EVENTS_MAX)
		return;
	log->event_count = EVENTS_MAX;
	log->clock_ms = log->events[EVENTS_MAX - 1].at_ms;
	if (log->beat_ms > log->clock_ms)
		log->beat_ms = log->clock_ms;
}

static bool read_task(void *ctx, const struct db_rows *rows, int row, struct voice_task *out)
{
	json_t *occupants = json_loads(db_text(rows, row, OCCUPANTS), 0, NULL);
	json_t *events = json_loads(db_text(rows, row, EVENTS), 0, NULL);
	json_t *outages = json_loads(db_text(rows, row, OUTAGES), 0, NULL);
	json_t *channels = json_loads(db_text(rows, row, CHANNELS), 0, NULL);
	out->version = db_integer(rows, row, VERSION);
	out->voice.clock_ms = db_integer(rows, row, CLOCK);
	out->log.clock_ms = db_integer(rows, row, SOURCE_CLOCK);
	out->log.beat_ms = db_integer(rows, row, SOURCE_BEAT);
	bool good = occupants && events && outages && channels &&
		    snowflake_parse(db_text(rows, row, GUILD), &out->guild) &&
		    read_occupants(occupants, &out->voice) &&
		    read_channels(channels, &out->voice) && read_events(ctx, events, out);
	good = good && read_settings(ctx, rows, row, out);
	if (good)
		read_outages(ctx, outages, &out->log);
	cut(&out->log);
	json_decref(occupants);
	json_decref(events);
	json_decref(outages);
	json_decref(channels);
	return good;
}

enum status voice_load_read(void *ctx, const struct db_rows *rows, struct voice_tasks **out)
{
	size_t count = (size_t)db_rows_count(rows);
	struct voice_tasks *tasks = must(talloc_zero(ctx, struct voice_tasks));
	tasks->tasks = must(talloc_zero_array(tasks, struct voice_task, (unsigned)count));
	talloc_set_destructor(tasks, release);
	for (; tasks->count < count; tasks->count++) {
		struct voice_task *task = &tasks->tasks[tasks->count];
		if (!read_task(tasks, rows, (int)tasks->count, task)) {
			voice_release(&task->voice);
			talloc_free(tasks);
			return STATUS_FAILED;
		}
	}
	if (count > 0)
		tasks->source = must(talloc_strdup(tasks, db_text(rows, 0, SOURCE)));
	*out = tasks;
	return STATUS_OK;
}

/* ---- Writing */

/* What a member earned. */
struct earner {
	const char *guild, *user;
	const char *place; /* NULL: nobody asks */
	int64_t xp, xp_eve, seconds;
};

static json_t *occupant_json(const struct occupant *occupant)
{
	const char *channel = occupant->channel.text[0] ? occupant->channel.text : NULL;
	int64_t due_ms = voice_due_ms(occupant);
	json_t *due = due_ms == INT64_MAX ? json_null() : json_integer((json_int_t)due_ms);
	return must(json_pack("[s, s?, b, I, I, I, i, i, o, b, b]", occupant->user.text, channel,
		occupant->counts, (json_int_t)occupant->since_ms, (json_int_t)occupant->left_ms,
		(json_int_t)occupant->credited_ms, occupant->rest_ms, occupant->run, due,
		occupant->able, occupant->muted));
}

/* The position up to which the first COUNT events of TASK reach; 0: no event. */
static json_int_t position_after(const struct voice_task *task, size_t count)
{
	return count > 0 ? (json_int_t)task->positions[count - 1] : 0;
}

static json_t *counts_json(const struct voice_guild *voice)
{
	json_t *array = must(json_array());
	for (size_t i = 0; i < voice->channel_count; i++)
		for (size_t j = 0; j < voice->channels[i].used; j++) {
			const struct voice_count *each = &voice->channels[i].counts[j];
			if (each->changed)
				json_array_append_new(array,
					must(json_pack("[s, I, i]", voice->channels[i].id.text,
						(json_int_t)each->at_ms, each->count)));
		}
	return array;
}

static json_t *task_json(const struct voice_task *task)
{
	const struct settlement *settled = &task->settlement;
	json_t *occupants = must(json_array()), *gone = must(json_array());
	for (size_t i = 0; i < task->voice.count; i++) {
		const struct occupant *occupant = &task->voice.occupants[i];
		if (occupant->gone)
			json_array_append_new(gone, json_string(occupant->user.text));
		else if (occupant->changed)
			json_array_append_new(occupants, occupant_json(occupant));
	}
	return must(json_pack(
		"{s:s, s:I, s:s, s:b, s:I, s:I, s:I, s:I, s:I, s:I, s:b, s:o, s:o, s:o}", "guild",
		task->guild.text, "settings", (json_int_t)task->settings, "day", task->day,
		"muted_excluded", task->voice.muted_excluded, "version", (json_int_t)task->version,
		"seen", position_after(task, task->log.event_count), "consumed",
		position_after(task, settled->consumed), "clock", (json_int_t)task->voice.clock_ms,
		"due", (json_int_t)settled->due_ms, "beat", (json_int_t)task->log.beat_ms,
		"unresolved", settled->unresolved, "occupants", occupants, "gone", gone, "counts",
		counts_json(&task->voice)));
}

static int by_earner(const void *a, const void *b)
{
	const struct earner *left = a, *right = b;
	int order = strcmp(left->guild, right->guild);
	return order != 0 ? order : strcmp(left->user, right->user);
}

static struct earner earner_of(const struct voice_task *task, const struct occupant *occupant)
{
	bool asked = task->log.rules != &voice_rules_default && occupant->channel.text[0];
	return (struct earner){.guild = task->guild.text,
		.user = occupant->user.text,
		.place = asked ? occupant->channel.text : NULL,
		.xp = occupant->xp,
		.xp_eve = occupant->xp_eve,
		.seconds = occupant->seconds};
}

/* Everybody who earned something, nobody twice. Returns how many. */
static size_t add_up(void *ctx, const struct voice_tasks *tasks, struct earner **out)
{
	size_t max = 0, used = 0, kept = 0;
	for (size_t i = 0; i < tasks->count; i++)
		max += tasks->tasks[i].voice.count;
	struct earner *earners = must(talloc_array(ctx, struct earner, (unsigned)max));
	for (size_t i = 0; i < tasks->count; i++)
		for (size_t j = 0; j < tasks->tasks[i].voice.count; j++) {
			const struct occupant *each = &tasks->tasks[i].voice.occupants[j];
			if (each->xp > 0 || each->xp_eve > 0 || each->seconds > 0)
				earners[used++] = earner_of(&tasks->tasks[i], each);
		}
	qsort(earners, used, sizeof(*earners), by_earner);
	for (size_t i = 0; i < used; i++)
		if (kept > 0 && by_earner(&earners[kept - 1], &earners[i]) == 0) {
			earners[kept - 1].xp += earners[i].xp;
			earners[kept - 1].xp_eve += earners[i].xp_eve;
			earners[kept - 1].seconds += earners[i].seconds;
		} else {
			earners[kept++] = earners[i];
		}
	*out = earners;
	return kept;
}

static void bind_earners(void *ctx, struct db_call *call, const struct voice_tasks *tasks)
{
	struct earner *earners;
	size_t count = add_up(ctx, tasks, &earners);
	const char **ids = must(talloc_array(ctx, const char *, (unsigned)count));
	int64_t *numbers = must(talloc_array(ctx, int64_t, (unsigned)count));
	for (size_t i = 0; i < count; i++)
		ids[i] = earners[i].guild;
	db_set_texts(call, "guilds", ids, count);
	for (size_t i = 0; i < count; i++)
		ids[i] = earners[i].user;
	db_set_texts(call, "users", ids, count);
	for (size_t i = 0; i < count; i++)
		numbers[i] = earners[i].xp;
	db_set_integers(call, "xp", numbers, count);
	for (size_t i = 0; i < count; i++)
		numbers[i] = earners[i].xp_eve;
	db_set_integers(call, "xp_eve", numbers, count);
	for (size_t i = 0; i < count; i++)
		ids[i] = earners[i].place;
	db_set_texts(call, "earned_in", ids, count);
	for (size_t i = 0; i < count; i++)
		numbers[i] = earners[i].seconds;
	db_set_integers(call, "seconds", numbers, count);
}

void voice_settle_call(void *ctx, const struct voice_tasks *tasks, struct db_call *out)
{
	json_t *array = must(json_array());
	for (size_t i = 0; i < tasks->count; i++)
		json_array_append_new(array, task_json(&tasks->tasks[i]));
	db_call_begin_change(ctx, QUERY_VOICE_SETTLE, NULL, out);
	db_call_set_source(out, tasks->source);
	db_set_text(out, "source", tasks->source);
	db_set_json(out, "tasks", array);
	bind_earners(ctx, out, tasks);
}

void voice_sweep_call(struct db_call *out)
{
	*out = (struct db_call){.query = QUERY_VOICE_SWEEP, .changes = true};
}

/* Calls about voice. */
#include "besace/store/voice.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <talloc.h>

#include "besace/base/memory.h"
#include "besace/runtime/log.h"
#include "routine.h"

/* Members in voice who are settled together: some 50 ms of work for PostgreSQL. One guild may have
 * more. */
#define SETTLE_MAX_MEMBERS 2000

/* Members who are paid where they are settled. What more have earned, of a snapshot or an outage,
 * is owed to them and paid slice by slice, so that a change of theirs waits for a slice. */
#define PAY_MAX_MEMBERS 1000
#define PAY_SLICE 250

/* The longest that a guild is set aside. */
#define ASIDE_MAX_S 3600

/* Events of a guild that are settled together. One more is loaded: it tells that there are more. */
#define EVENTS_MAX VOICE_UNRESOLVED_EVENTS

/* A guild of one shim, which all rows name. */
struct voice_load_row {
	const char *source;
	int64_t source_clock_ms, source_beat_ms;
	struct snowflake guild_id;
	int64_t version, clock_ms;
	const json_t *occupants, *events, *outages, *channels;
	int64_t settings; /* their version; 0: none */
	const char *day;
	int64_t midnight_ms;
	bool muted_excluded;
	const json_t *rules, *members, *places; /* NULL: of a guild without settings */
};
DB_SHAPE(shape_voice_load, DB_FIELD(voice_load_row, source),
	DB_FIELD(voice_load_row, source_clock_ms), DB_FIELD(voice_load_row, source_beat_ms),
	DB_FIELD(voice_load_row, guild_id), DB_FIELD(voice_load_row, version),
	DB_FIELD(voice_load_row, clock_ms), DB_FIELD(voice_load_row, occupants),
	DB_FIELD(voice_load_row, events), DB_FIELD(voice_load_row, outages),
	DB_FIELD(voice_load_row, channels), DB_FIELD(voice_load_row, settings),
	DB_FIELD(voice_load_row, day), DB_FIELD(voice_load_row, midnight_ms),
	DB_FIELD(voice_load_row, muted_excluded), DB_FIELD_OR_NULL(voice_load_row, rules),
	DB_FIELD_OR_NULL(voice_load_row, members), DB_FIELD_OR_NULL(voice_load_row, places));

void voice_load_call(void *ctx, const char *source, bool alone, struct db_call *out)
{
	db_call_begin(ctx, QUERY_VOICE_LOAD, out);
	db_set_text_or_null(out, "source", source);
	db_set_integer(out, "members", alone ? 1 : SETTLE_MAX_MEMBERS);
	db_set_integer(out, "events", EVENTS_MAX + 1);
	db_set_integer(out, "slice", VOICE_SLICE);
}

/* ---- Reading */

static bool is_of_type(const json_t *value, char type)
{
	switch (type) {
	case 'I':
		return json_is_integer(value);
	case 'i':
		return json_is_integer(value) || json_is_null(value);
	case 'b':
		return json_is_boolean(value);
	case 's':
		return json_is_string(value) || json_is_null(value);
	default:
		return json_is_array(value);
	}
}

/* Whether ROW is a list of what TYPES says: I an integer, i one or null, b a boolean, s an id or
 * null, l a list. A row of another length or type is a defect of the routine that wrote it. */
static bool is_list(const json_t *row, const char *types)
{
	size_t i;
	const json_t *value;
	if (!json_is_array(row) || json_array_size(row) != strlen(types))
		return false;
	json_array_foreach (row, i, value)
		if (!is_of_type(value, types[i]))
			return false;
	return true;
}

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
		if (!is_list(row, "ssbIIIIIbb") || !get_id(row, 0, &occupant->user) ||
			!get_id(row, 1, &occupant->channel))
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
		if (!is_list(row, "sl") || !get_id(row, 0, &channel->id))
			return false;
		channel->room = json_array_size(counts);
		channel->counts = must(calloc(channel->room + 1, sizeof(*channel->counts)));
		json_array_foreach (counts, j, pair) {
			if (!is_list(pair, "II"))
				return false;
			channel->counts[channel->used++] = (struct voice_count){
				.at_ms = get_number(pair, 0), .count = (int)get_number(pair, 1)};
		}
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
		if (!is_list(row, "ssbb") || !get_id(row, 0, &states[i].user) ||
			!get_id(row, 1, &states[i].channel))
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
		if (!is_list(row, "IIbl") || !read_states(ctx, json_array_get(row, 3), &events[i]))
			return false;
	}
	out->log.events = events;
	out->log.event_count = count;
	return true;
}

static bool read_outages(void *ctx, const json_t *array, struct voice_log *out)
{
	size_t i, count = json_array_size(array);
	const json_t *row;
	struct outage *outages = must(talloc_array(ctx, struct outage, (unsigned)count));
	json_array_foreach (array, i, row) {
		if (!is_list(row, "II"))
			return false;
		outages[i] = (struct outage){get_number(row, 0), get_number(row, 1)};
	}
	out->outages = outages;
	out->outage_count = count;
	return true;
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
		if (!is_list(row, "siii") || !get_id(row, 0, &member->user))
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
		if (!is_list(row, "si") || !get_id(row, 0, &places[i].channel))
			return false;
		places[i].percent = (int)get_number(row, 1);
	}
	out->places = places;
	out->place_count = json_array_size(array);
	return true;
}

/* The rules of a guild that has settings. */
static bool read_rules(void *ctx, const struct voice_load_row *row, struct voice_rules *out)
{
	struct voice_rules_json in;
	char *why;
	if (!json_shape_read(ctx, row->rules, &json_voice_rules, &in, &why)) {
		log_error(LOG_TEXT("voice cannot be read"), LOG_STR("why", why));
		return false;
	}
	*out = (struct voice_rules){.on = in.on,
		.first = in.first,
		.further = in.further,
		.count_max = in.count_max ? in.count_max : INT32_MAX,
		.members_min = in.members_min,
		.muted_count = in.muted_count,
		.hour = in.hour,
		.rate_percent = in.rate_percent,
		.rate_until_ms = in.rate_until ? in.rate_until : INT64_MAX};
	return read_members(ctx, row->members, out) && read_places(ctx, row->places, out);
}

/* What the guild's settings say of the stretch. */
static bool read_settings(void *ctx, const struct voice_load_row *row, struct voice_task *out)
{
	out->settings = row->settings;
	out->day = must(talloc_strdup(ctx, row->day));
	out->voice.muted_excluded = row->muted_excluded;
	out->log.midnight_ms = row->midnight_ms;
	out->log.rules = &voice_rules_default;
	if (!row->rules)
		return true;
	struct voice_rules *rules = must(talloc(ctx, struct voice_rules));
	out->log.rules = rules;
	return read_rules(ctx, row, rules);
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

static bool read_task(void *ctx, const struct voice_load_row *row, struct voice_task *out)
{
	out->guild = row->guild_id;
	out->version = row->version;
	out->voice.clock_ms = row->clock_ms;
	out->log.clock_ms = row->source_clock_ms;
	out->log.beat_ms = row->source_beat_ms;
	if (!read_occupants(row->occupants, &out->voice) ||
		!read_channels(row->channels, &out->voice) || !read_events(ctx, row->events, out) ||
		!read_settings(ctx, row, out) || !read_outages(ctx, row->outages, &out->log))
		return false;
	cut(&out->log);
	return true;
}

enum status voice_load_read(void *ctx, const struct db_rows *rows, struct voice_tasks **out)
{
	size_t count = (size_t)db_rows_count(rows);
	struct voice_tasks *tasks = must(talloc_zero(ctx, struct voice_tasks));
	tasks->tasks = must(talloc_zero_array(tasks, struct voice_task, (unsigned)count));
	talloc_set_destructor(tasks, release);
	void *scratch = must(talloc_new(tasks)); /* of the rows' JSON */
	bool good = true;
	for (size_t i = 0; good && i < count; i++) {
		struct voice_load_row row;
		good = db_row_read(scratch, rows, (int)i, &shape_voice_load, &row) == STATUS_OK;
		tasks->count += good;
		good = good && read_task(tasks, &row, &tasks->tasks[i]);
		if (good && i == 0)
			tasks->source = must(talloc_strdup(tasks, row.source));
	}
	talloc_free(scratch);
	if (!good) {
		talloc_free(tasks);
		return STATUS_FAILED;
	}
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

struct voice_task_json {
	struct snowflake guild;
	const char *day;
	int64_t settings, version, seen, consumed, clock, due, beat;
	bool unresolved, muted_excluded;
	json_t *occupants, *gone, *counts;
};
DB_SHAPE(json_voice_task, DB_FIELD(voice_task_json, guild), DB_FIELD(voice_task_json, settings),
	DB_FIELD(voice_task_json, day), DB_FIELD(voice_task_json, muted_excluded),
	DB_FIELD(voice_task_json, version), DB_FIELD(voice_task_json, seen),
	DB_FIELD(voice_task_json, consumed), DB_FIELD(voice_task_json, clock),
	DB_FIELD(voice_task_json, due), DB_FIELD(voice_task_json, beat),
	DB_FIELD(voice_task_json, unresolved), DB_FIELD(voice_task_json, occupants),
	DB_FIELD(voice_task_json, gone), DB_FIELD(voice_task_json, counts));

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
	const struct voice_task_json in = {
		.guild = task->guild,
		.settings = task->settings,
		.day = task->day,
		.muted_excluded = task->voice.muted_excluded,
		.version = task->version,
		.seen = position_after(task, task->log.event_count),
		.consumed = position_after(task, settled->consumed),
		.clock = task->voice.clock_ms,
		.due = settled->due_ms,
		.beat = task->log.beat_ms,
		.unresolved = settled->unresolved,
		.occupants = occupants,
		.gone = gone,
		.counts = counts_json(&task->voice),
	};
	return json_shape_write(&json_voice_task, &in);
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

void voice_settle_call(
	void *ctx, const struct voice_tasks *tasks, bool pay_later, struct db_call *out)
{
	json_t *array = must(json_array());
	for (size_t i = 0; i < tasks->count; i++)
		json_array_append_new(array, task_json(&tasks->tasks[i]));
	db_call_begin_change(ctx, QUERY_VOICE_SETTLE, NULL, out);
	db_call_set_source(out, tasks->source);
	db_set_text(out, "source", tasks->source);
	db_set_json(out, "tasks", array);
	db_set_integer(out, "at_once", pay_later ? 0 : PAY_MAX_MEMBERS);
	bind_earners(ctx, out, tasks);
}

struct voice_set_aside_row {
	struct snowflake guild_id;
	const char *source;
	int32_t failures;
};
DB_SHAPE(shape_voice_set_aside, DB_FIELD_OR_NULL(voice_set_aside_row, guild_id),
	DB_FIELD_OR_NULL(voice_set_aside_row, source),
	DB_FIELD_OR_NULL(voice_set_aside_row, failures));

void voice_set_aside_call(void *ctx, const char *source, const char *guild, struct db_call *out)
{
	db_call_begin_change(ctx, QUERY_VOICE_SET_ASIDE, NULL, out);
	db_set_text_or_null(out, "source", source);
	db_set_text_or_null(out, "guild_id", guild);
	db_set_integer(out, "seconds_max", ASIDE_MAX_S);
}

enum status voice_set_aside_read(void *ctx, const struct db_rows *rows, struct voice_aside *out)
{
	struct voice_set_aside_row row;
	if (db_row_read(ctx, rows, 0, &shape_voice_set_aside, &row))
		return STATUS_FAILED;
	*out = (struct voice_aside){row.guild_id, row.source, row.failures};
	return STATUS_OK;
}

struct voice_owed_pay_row {
	int32_t paid;
};
DB_SHAPE(shape_voice_owed_pay, DB_FIELD(voice_owed_pay_row, paid));

void voice_owed_pay_call(void *ctx, struct db_call *out)
{
	db_call_begin_change(ctx, QUERY_VOICE_OWED_PAY, NULL, out);
	db_set_integer(out, "members", PAY_SLICE);
}

bool voice_owed_pay_read(const struct db_rows *rows)
{
	struct voice_owed_pay_row row;
	return db_row_read(NULL, rows, 0, &shape_voice_owed_pay, &row) == STATUS_OK && row.paid > 0;
}

struct voice_sweep_row {
	int64_t rows;
};
DB_SHAPE(shape_voice_sweep, DB_FIELD(voice_sweep_row, rows));

void voice_sweep_call(void *ctx, struct db_call *out)
{
	db_call_begin_change(ctx, QUERY_VOICE_SWEEP, NULL, out);
}

int64_t voice_sweep_read(const struct db_rows *rows)
{
	struct voice_sweep_row row;
	return db_row_read(NULL, rows, 0, &shape_voice_sweep, &row) ? 0 : row.rows;
}

/* Calls about lounges. */
#include "besace/store/lounges.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <talloc.h>

#include "besace/base/limits.h"
#include "besace/base/memory.h"
#include "besace/store/array.h"
#include "routine.h"

/* Events of a lounge that are looked at together. One more is asked for: it tells that there are
 * more. */
#define EVENTS_MOST LOUNGE_DOUBT_EVENTS
#define EVENTS_ASKED "1001"
static_assert(EVENTS_MOST == 1000, "EVENTS_ASKED is one more");

/* Columns of lounges_look. */
enum { SOURCE, SOURCE_CLOCK, SOURCE_BEAT, GUILD, VERSION, CLOCK, OCCUPANTS, EVENTS, OUTAGES };

void lounges_look_call(const char *source, struct db_call *out)
{
	*out = (struct db_call){.query = QUERY_LOUNGES_LOOK,
		.params = {source, LITERAL(LIMIT_SETTLE_MEMBERS), EVENTS_ASKED}};
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

static int release(struct visits *visits)
{
	for (size_t i = 0; i < visits->count; i++)
		lounge_release(&visits->visits[i].lounge);
	return 0;
}

static bool read_occupants(const json_t *array, struct lounge *out)
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
		out->count++;
	}
	return true;
}

static bool read_seats(void *ctx, const json_t *array, struct lounge_event *out)
{
	size_t i;
	const json_t *row;
	struct seat *seats = must(talloc_array(ctx, struct seat, (unsigned)json_array_size(array)));
	json_array_foreach (array, i, row) {
		if (!get_id(row, 0, &seats[i].user) || !get_id(row, 1, &seats[i].channel))
			return false;
		seats[i].counts = json_is_true(json_array_get(row, 2));
	}
	out->seats = seats;
	out->seat_count = json_array_size(array);
	return true;
}

static bool read_events(void *ctx, const json_t *array, struct visit *out)
{
	size_t i, count = json_array_size(array);
	const json_t *row;
	struct lounge_event *events =
		must(talloc_zero_array(ctx, struct lounge_event, (unsigned)count));
	out->positions = must(talloc_array(ctx, int64_t, (unsigned)count));
	json_array_foreach (array, i, row) {
		out->positions[i] = get_number(row, 0);
		events[i].at_ms = get_number(row, 1);
		events[i].whole = json_is_true(json_array_get(row, 2));
		if (!read_seats(ctx, json_array_get(row, 3), &events[i]))
			return false;
	}
	out->log.events = events;
	out->log.event_count = count;
	return true;
}

static void read_outages(void *ctx, const json_t *array, struct lounge_log *out)
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

/* When there are more events than are looked at, the stretch ends with the last that is. */
static void cut(struct lounge_log *log)
{
	if (log->event_count <= EVENTS_MOST)
		return;
	log->event_count = EVENTS_MOST;
	log->clock_ms = log->events[EVENTS_MOST - 1].at_ms;
	if (log->beat_ms > log->clock_ms)
		log->beat_ms = log->clock_ms;
}

static bool read_visit(void *ctx, const struct db_rows *rows, int row, struct visit *out)
{
	json_t *occupants = json_loads(db_text(rows, row, OCCUPANTS), 0, NULL);
	json_t *events = json_loads(db_text(rows, row, EVENTS), 0, NULL);
	json_t *outages = json_loads(db_text(rows, row, OUTAGES), 0, NULL);
	out->version = db_integer(rows, row, VERSION);
	out->lounge.clock_ms = db_integer(rows, row, CLOCK);
	out->log.clock_ms = db_integer(rows, row, SOURCE_CLOCK);
	out->log.beat_ms = db_integer(rows, row, SOURCE_BEAT);
	bool good = occupants && events && outages &&
		    snowflake_parse(db_text(rows, row, GUILD), &out->guild) &&
		    read_occupants(occupants, &out->lounge) && read_events(ctx, events, out);
	if (good)
		read_outages(ctx, outages, &out->log);
	cut(&out->log);
	json_decref(occupants);
	json_decref(events);
	json_decref(outages);
	return good;
}

enum status lounges_look_read(void *ctx, const struct db_rows *rows, struct visits **out)
{
	size_t count = (size_t)db_rows_count(rows);
	struct visits *visits = must(talloc_zero(ctx, struct visits));
	visits->visits = must(talloc_zero_array(visits, struct visit, (unsigned)count));
	talloc_set_destructor(visits, release);
	for (; visits->count < count; visits->count++) {
		struct visit *visit = &visits->visits[visits->count];
		if (!read_visit(visits, rows, (int)visits->count, visit)) {
			lounge_release(&visit->lounge);
			talloc_free(visits);
			return STATUS_FAILED;
		}
	}
	if (count > 0)
		visits->source = must(talloc_strdup(visits, db_text(rows, 0, SOURCE)));
	*out = visits;
	return STATUS_OK;
}

/* ---- Writing */

/* What a member earned in one lounge or, added up, in several. */
struct earner {
	const char *id;
	int64_t xp, seconds;
};

static json_t *occupant_json(const struct occupant *occupant)
{
	const char *channel = occupant->channel.text[0] ? occupant->channel.text : NULL;
	return must(json_pack("[s, s?, b, I, I, I, i, i]", occupant->user.text, channel,
		occupant->counts, (json_int_t)occupant->since_ms, (json_int_t)occupant->left_ms,
		(json_int_t)occupant->credited_ms, occupant->rest_ms, occupant->run));
}

/* The position up to which the first COUNT events of VISIT reach; 0: no event. */
static json_int_t position_after(const struct visit *visit, size_t count)
{
	return count > 0 ? (json_int_t)visit->positions[count - 1] : 0;
}

static json_t *visit_json(const struct visit *visit)
{
	const struct settlement *settled = &visit->settlement;
	json_t *occupants = must(json_array()), *gone = must(json_array());
	for (size_t i = 0; i < visit->lounge.count; i++) {
		const struct occupant *occupant = &visit->lounge.occupants[i];
		if (occupant->gone)
			json_array_append_new(gone, json_string(occupant->user.text));
		else if (occupant->changed)
			json_array_append_new(occupants, occupant_json(occupant));
	}
	json_int_t weight = (json_int_t)(visit->lounge.count - json_array_size(gone));
	return must(json_pack("{s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:o, s:b, s:o, s:o}", "guild",
		visit->guild.text, "version", (json_int_t)visit->version, "seen",
		position_after(visit, visit->log.event_count), "consumed",
		position_after(visit, settled->consumed), "clock",
		(json_int_t)visit->lounge.clock_ms, "due", (json_int_t)settled->due_ms, "weight",
		weight, "beat", settled->occupied ? json_integer(visit->log.beat_ms) : json_null(),
		"in_doubt", settled->in_doubt, "occupants", occupants, "gone", gone));
}

static int by_earner(const void *a, const void *b)
{
	return strcmp(((const struct earner *)a)->id, ((const struct earner *)b)->id);
}

/* Everybody who earned something, nobody twice. Returns how many. */
static size_t add_up(void *ctx, const struct visits *visits, struct earner **out)
{
	size_t most = 0, used = 0, kept = 0;
	for (size_t i = 0; i < visits->count; i++)
		most += visits->visits[i].lounge.count;
	struct earner *earners = must(talloc_array(ctx, struct earner, (unsigned)most));
	for (size_t i = 0; i < visits->count; i++)
		for (size_t j = 0; j < visits->visits[i].lounge.count; j++) {
			const struct occupant *each = &visits->visits[i].lounge.occupants[j];
			if (each->xp > 0 || each->seconds > 0)
				earners[used++] =
					(struct earner){each->user.text, each->xp, each->seconds};
		}
	qsort(earners, used, sizeof(*earners), by_earner);
	for (size_t i = 0; i < used; i++)
		if (kept > 0 && by_earner(&earners[kept - 1], &earners[i]) == 0) {
			earners[kept - 1].xp += earners[i].xp;
			earners[kept - 1].seconds += earners[i].seconds;
		} else {
			earners[kept++] = earners[i];
		}
	*out = earners;
	return kept;
}

/* Parameters 3 to 5. */
static void put_earners(void *ctx, const struct visits *visits, const char **params)
{
	struct earner *earners;
	size_t count = add_up(ctx, visits, &earners);
	const char **ids = must(talloc_array(ctx, const char *, (unsigned)count));
	int64_t *numbers = must(talloc_array(ctx, int64_t, (unsigned)count));
	for (size_t i = 0; i < count; i++)
		ids[i] = earners[i].id;
	params[0] = array_of_texts(ctx, ids, count);
	for (size_t i = 0; i < count; i++)
		numbers[i] = earners[i].xp;
	params[1] = array_of_numbers(ctx, numbers, count);
	for (size_t i = 0; i < count; i++)
		numbers[i] = earners[i].seconds;
	params[2] = array_of_numbers(ctx, numbers, count);
}

void lounges_settle_call(
	void *ctx, const struct visits *visits, const char *channel, struct db_call *out)
{
	json_t *array = must(json_array());
	for (size_t i = 0; i < visits->count; i++)
		json_array_append_new(array, visit_json(&visits->visits[i]));
	*out = (struct db_call){.query = QUERY_LOUNGES_SETTLE, .changes = true};
	db_call_set_source(out, visits->source);
	out->params[0] = visits->source;
	out->params[1] = routine_json(ctx, array);
	put_earners(ctx, visits, &out->params[2]);
	out->params[5] = channel;
}

void lounges_sweep_call(struct db_call *out)
{
	*out = (struct db_call){.query = QUERY_LOUNGES_SWEEP, .changes = true};
}

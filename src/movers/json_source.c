/* Reads JSON for a source, and says what is wrong when it is none of its. */
#include "json_source.h"

#include <stdio.h>
#include <string.h>
#include <talloc.h>

#include "besace/base/memory.h"

/* Places of a source, and those of an API's message behind them. */
#define PATHS_MAX 24

struct json_source_reading {
	struct importing *importing;
	const struct json_source *source;
	size_t own; /* places of the source; those behind them are of messages */
	char message[120];
};

static const char *const messages[] = {"error", "message", "detail"};

/* {"error": "…"}, {"error": {"message": "…"}}. */
static void keep_message(struct json_source_reading *reading, const struct json_value *value)
{
	const char *text = json_value_scalar(value);
	if (!text)
		text = json_value_text(value, "message");
	if (text && !*reading->message)
		snprintf(reading->message, sizeof(reading->message), "%s", text);
	for (char *c = reading->message; *c; c++)
		*c = *c < ' ' || *c > '~' ? '?' : *c;
}

static enum status got_record(void *arg, const struct json_record *record)
{
	struct json_source_reading *reading = arg;
	if (record->place >= reading->own) {
		if (record->value)
			keep_message(reading, record->value);
		return STATUS_OK;
	}
	if (record->value)
		return reading->source->record(reading->importing, record);
	struct entry *entry = entry_begin(reading->importing, record->line);
	entry_refuse(entry, REFUSAL_SHAPE, "too large");
	return entry_end(entry);
}

enum status json_source_read(
	struct importing *importing, struct input *input, const struct json_source *source)
{
	struct json_path places[PATHS_MAX] = {{0}};
	struct json_source_reading reading = {.importing = importing, .source = source};
	unsigned found = 0;
	char *why = NULL;
	for (; source->places[reading.own].where; reading.own++)
		places[reading.own] = source->places[reading.own];
	for (size_t i = 0; i < ARRAY_LEN(messages); i++)
		places[reading.own + i].where = messages[i];
	const struct json_reading json = {places, got_record, &reading};
	enum status status = json_records_read(importing->ctx, input, &json, &found, &why);
	if (why)
		importing->why = why;
	if (status || (found & source->wanted))
		return status;
	return importing_invalid(importing, "%s: line 1: it has no %s%s%s", input->name,
		source->wants, *reading.message ? "; it says: " : "", reading.message);
}

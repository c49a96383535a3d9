/* Fuzzes the readers of imports: no file may crash one, or make figures that do not hold. The first
 * byte says which. */
#include <sodium.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <talloc.h>

#include "besace/base/utf8.h"
#include "movers/importing.h"
#include "movers/report.h"

static void expect(bool holds)
{
	if (!holds)
		abort();
}

static void check_result(const struct importing *importing, enum status status)
{
	const struct import_result *result = importing->result;
	const struct entry *entry = &importing->entry;
	expect(!status || importing->why);
	expect(!importing->why || utf8_is_valid(importing->why, strlen(importing->why)));
	for (int i = 0; i < FIGURE_COUNT; i++)
		expect(entry->figures[i] >= FIGURE_ABSENT &&
			(entry->refusal || entry->figures[i] <= INT32_MAX));
	int64_t refused = 0;
	for (int i = 1; i < REFUSAL_FIRST_CHANGE; i++)
		refused += result->refusals[i];
	expect(refused <= result->rows);
	for (size_t i = 0; i < result->setting_count; i++)
		expect(result->settings[i].text &&
			(!result->settings[i].key || result->settings[i].value));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size == 0)
		return 0;
	const struct mover *mover = movers_at(data[0] % movers_count());
	if (mover->is_database)
		return 0;
	void *ctx = talloc_new(NULL);
	char *why = NULL;
	struct snowflake guild = {"1"};
	const struct import_options options = {.mover = mover,
		.guild = &guild,
		.curve = CURVE_LINEAR,
		.factor = 1.5,
		.by_level = data[0] & 0x40,
		.minimum_level = data[0] & 0x80 ? 3 : 0};
	struct importing *importing = talloc_zero(ctx, struct importing);
	struct input input;
	importing->ctx = ctx;
	importing->options = &options;
	importing->result = talloc_zero(ctx, struct import_result);
	expect(report_open(ctx, NULL, &importing->report, &why) == STATUS_OK);
	input_of_bytes("file", (const char *)data + 1, size - 1, &input);
	check_result(importing, mover->read(importing, &input));
	talloc_free(ctx);
	return 0;
}

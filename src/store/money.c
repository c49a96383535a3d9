/* Calls that move money. */
#include "besace/store/money.h"

#include <jansson.h>
#include <string.h>
#include <talloc.h>

#include "besace/base/memory.h"
#include "besace/domain/money.h"

/* The first four parameters of every change. */
static void start(void *ctx, enum query query, const struct snowflake *interaction,
	const struct sighting *who, struct db_call *out)
{
	*out = (struct db_call){.query = query,
		.params = {interaction->text, who->id.text, who->username,
			call_number(ctx, who->seen_ms)},
		.changes = true,
		.member = who->id};
}

void transfer_call(void *ctx, const struct snowflake *interaction, const struct transfer *transfer,
	const struct snowflake *nonce, struct db_call *out)
{
	start(ctx, QUERY_TRANSFER, interaction, transfer->from, out);
	out->params[4] = must(talloc_strdup(ctx, transfer->to.text));
	out->params[5] = transfer->to_name;
	out->params[6] = call_number(ctx, transfer->amount);
	out->params[7] = nonce ? must(talloc_strdup(ctx, nonce->text)) : NULL;
}

void transfer_cancel_call(void *ctx, const struct snowflake *interaction,
	const struct sighting *from, const struct snowflake *nonce, struct db_call *out)
{
	start(ctx, QUERY_TRANSFER_CANCEL, interaction, from, out);
	out->params[4] = must(talloc_strdup(ctx, nonce->text));
}

void gift_call(void *ctx, const struct snowflake *interaction, const struct sighting *who,
	struct db_call *out)
{
	start(ctx, QUERY_GIFT, interaction, who, out);
	out->params[4] = call_number(ctx, GIFT_AMOUNT);
	out->params[5] = call_number(ctx, GIFT_EVERY_S);
}

/* Reads {"done": …, "refusal": …}: 0 when done, else where the refusal stands in NAMES. */
static enum status read_result(
	const json_t *row, const char *const *names, unsigned count, unsigned *out)
{
	*out = 0;
	if (json_is_true(json_object_get(row, "done")))
		return STATUS_OK;
	const char *refusal = json_string_value(json_object_get(row, "refusal"));
	for (unsigned i = 1; refusal && i < count; i++)
		if (strcmp(names[i], refusal) == 0) {
			*out = i;
			return STATUS_OK;
		}
	return STATUS_FAILED;
}

static json_t *load(const struct db_rows *rows)
{
	return db_rows_count(rows) > 0 ? json_loads(db_text(rows, 0, 0), 0, NULL) : NULL;
}

enum status transfer_read(void *ctx, const struct db_rows *rows, struct transfer_outcome *out)
{
	static const char *const refusals[] = {[TRANSFER_SELF] = "self",
		[TRANSFER_SHORT] = "short",
		[TRANSFER_RECEIVER_FULL] = "receiver_full",
		[TRANSFER_RECEIVER_GONE] = "receiver_gone",
		[TRANSFER_ALREADY_DONE] = "already_done",
		[TRANSFER_CANCELLED] = "cancelled"};
	*out = (struct transfer_outcome){0};
	json_t *row = load(rows);
	unsigned result;
	enum status status = read_result(row, refusals, ARRAY_LEN(refusals), &result);
	const char *receiver = json_string_value(json_object_get(row, "receiver"));
	out->result = result;
	out->balance = (int32_t)json_integer_value(json_object_get(row, "balance"));
	out->receiver = receiver ? must(talloc_strdup(ctx, receiver)) : NULL;
	json_decref(row);
	return status;
}

enum status gift_read(const struct db_rows *rows, struct gift_outcome *out)
{
	static const char *const refusals[] = {
		[GIFT_TOO_EARLY] = "too_early", [GIFT_PURSE_FULL] = "purse_full"};
	*out = (struct gift_outcome){0};
	json_t *row = load(rows);
	unsigned result;
	enum status status = read_result(row, refusals, ARRAY_LEN(refusals), &result);
	out->result = result;
	out->balance = (int32_t)json_integer_value(json_object_get(row, "balance"));
	out->next_s = json_integer_value(json_object_get(row, "next"));
	json_decref(row);
	return status;
}

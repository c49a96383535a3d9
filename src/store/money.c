/* Calls that move money. */
#include "besace/store/money.h"

#include <talloc.h>

#include "besace/base/memory.h"
#include "besace/domain/money.h"
#include "routine.h"

void transfer_call(void *ctx, const struct snowflake *interaction, const struct transfer *transfer,
	const struct snowflake *nonce, struct db_call *out)
{
	routine_call(ctx, QUERY_TRANSFER, interaction, transfer->from, out);
	out->params[4] = must(talloc_strdup(ctx, transfer->to.text));
	out->params[5] = transfer->to_name;
	out->params[6] = call_number(ctx, transfer->amount);
	out->params[7] = nonce ? must(talloc_strdup(ctx, nonce->text)) : NULL;
}

void transfer_cancel_call(void *ctx, const struct snowflake *interaction,
	const struct sighting *from, const struct snowflake *nonce, struct db_call *out)
{
	routine_call(ctx, QUERY_TRANSFER_CANCEL, interaction, from, out);
	out->params[4] = must(talloc_strdup(ctx, nonce->text));
}

void gift_call(void *ctx, const struct snowflake *interaction, const struct sighting *who,
	struct db_call *out)
{
	routine_call(ctx, QUERY_GIFT, interaction, who, out);
	out->params[4] = call_number(ctx, GIFT_AMOUNT);
	out->params[5] = call_number(ctx, GIFT_EVERY_S);
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
	json_t *outcome = routine_outcome(rows);
	unsigned result;
	enum status status = routine_refusal(outcome, refusals, ARRAY_LEN(refusals), &result);
	const char *receiver = json_string_value(json_object_get(outcome, "receiver"));
	out->result = result;
	out->balance = routine_number(outcome, "balance");
	out->receiver = receiver ? must(talloc_strdup(ctx, receiver)) : NULL;
	json_decref(outcome);
	return status;
}

enum status gift_read(const struct db_rows *rows, struct gift_outcome *out)
{
	static const char *const refusals[] = {
		[GIFT_TOO_EARLY] = "too_early", [GIFT_PURSE_FULL] = "purse_full"};
	*out = (struct gift_outcome){0};
	json_t *outcome = routine_outcome(rows);
	unsigned result;
	enum status status = routine_refusal(outcome, refusals, ARRAY_LEN(refusals), &result);
	out->result = result;
	out->balance = routine_number(outcome, "balance");
	out->next_s = json_integer_value(json_object_get(outcome, "next"));
	json_decref(outcome);
	return status;
}

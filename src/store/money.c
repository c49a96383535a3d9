/* Calls that move money. */
#include "besace/store/money.h"

#include <talloc.h>

#include "besace/base/memory.h"
#include "besace/domain/money.h"
#include "routine.h"

void transfer_call(void *ctx, const struct snowflake *interaction, const struct transfer *transfer,
	const struct snowflake *nonce, struct db_call *out)
{
	routine_begin(ctx, QUERY_TRANSFER, interaction, transfer->from, out);
	db_set_text(out, "to_id", must(talloc_strdup(ctx, transfer->to.text)));
	db_set_text_or_null(out, "to_name", transfer->to_name);
	db_set_integer(out, "amount", transfer->amount);
	db_set_text_or_null(out, "nonce", nonce ? must(talloc_strdup(ctx, nonce->text)) : NULL);
}

void transfer_cancel_call(void *ctx, const struct snowflake *interaction,
	const struct member_seen *from, const struct snowflake *nonce, struct db_call *out)
{
	routine_begin(ctx, QUERY_TRANSFER_CANCEL, interaction, from, out);
	db_set_text(out, "nonce", must(talloc_strdup(ctx, nonce->text)));
}

void gift_call(void *ctx, const struct snowflake *interaction, const struct member_seen *member,
	struct db_call *out)
{
	routine_begin(ctx, QUERY_GIFT, interaction, member, out);
	db_set_integer(out, "seconds", GIFT_EVERY_S);
}

struct transfer_json {
	int32_t amount, balance, left;
	const char *receiver;
};
DB_SHAPE(json_transferred, DB_FIELD(transfer_json, amount), DB_FIELD(transfer_json, balance),
	DB_FIELD(transfer_json, receiver));
DB_SHAPE(json_transfer_refused, DB_FIELD(transfer_json, balance),
	DB_FIELD_OPTIONAL(transfer_json, left));

static const char *const transfer_refusals[] = {[TRANSFER_SELF] = "self",
	[TRANSFER_SHORT] = "short",
	[TRANSFER_RECEIVER_FULL] = "receiver_full",
	[TRANSFER_RECEIVER_GONE] = "receiver_gone",
	[TRANSFER_ALREADY_DONE] = "already_done",
	[TRANSFER_CANCELLED] = "cancelled",
	[TRANSFER_OFF] = "off",
	[TRANSFER_DAY_MAX] = "day_max"};

static enum status read_transfer(void *ctx, const struct db_rows *rows,
	const struct outcome_format *format, struct transfer_outcome *out)
{
	struct transfer_json outcome = {0};
	unsigned refusal;
	enum status status = routine_outcome_read(ctx, rows, format, &refusal, &outcome);
	*out = (struct transfer_outcome){.result = refusal,
		.balance = outcome.balance,
		.left = outcome.left,
		.receiver = outcome.receiver};
	return status;
}

enum status transfer_read(void *ctx, const struct db_rows *rows, struct transfer_outcome *out)
{
	const struct outcome_format format = {&json_transferred, &json_transfer_refused,
		transfer_refusals, ARRAY_LEN(transfer_refusals)};
	return read_transfer(ctx, rows, &format, out);
}

DB_SHAPE(json_transfer_cancelled, DB_FIELD_OPTIONAL(transfer_json, balance));

enum status transfer_cancel_read(
	void *ctx, const struct db_rows *rows, struct transfer_outcome *out)
{
	const struct outcome_format format = {&json_transfer_cancelled, &json_transfer_cancelled,
		transfer_refusals, ARRAY_LEN(transfer_refusals)};
	return read_transfer(ctx, rows, &format, out);
}

struct gift_json {
	int32_t amount, balance;
	int64_t next;
};
DB_SHAPE(json_gift_given, DB_FIELD(gift_json, amount), DB_FIELD(gift_json, balance),
	DB_FIELD(gift_json, next));
DB_SHAPE(json_gift_refused, DB_FIELD_OR_NULL(gift_json, next));

enum status gift_read(void *ctx, const struct db_rows *rows, struct gift_outcome *out)
{
	static const char *const refusals[] = {[GIFT_TOO_EARLY] = "too_early",
		[GIFT_BALANCE_FULL] = "balance_full",
		[GIFT_OFF] = "off"};
	const struct outcome_format format = {
		&json_gift_given, &json_gift_refused, refusals, ARRAY_LEN(refusals)};
	struct gift_json outcome = {0};
	unsigned refusal;
	enum status status = routine_outcome_read(ctx, rows, &format, &refusal, &outcome);
	*out = (struct gift_outcome){.result = refusal,
		.amount = outcome.amount,
		.balance = outcome.balance,
		.next_s = outcome.next};
	return status;
}

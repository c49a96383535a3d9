/* Calls about a member's rows of the ledger. */
#include "besace/store/ledger.h"

#include <string.h>

/* Looked at and summarised in one transaction: some tens of ms of work each. */
#define SWEEP_MEMBERS 1000
#define SWEEP_ROWS 1000

struct ledger_page_row {
	int32_t id;
	int64_t at;
	const char *transaction_type;
	int32_t amount;
	const char *other_username, *game_type;
	int32_t level, balance;
};
DB_SHAPE(shape_ledger_page, DB_FIELD_OR_NULL(ledger_page_row, id),
	DB_FIELD_OR_NULL(ledger_page_row, at), DB_FIELD_OR_NULL(ledger_page_row, transaction_type),
	DB_FIELD_OR_NULL(ledger_page_row, amount),
	DB_FIELD_OR_NULL(ledger_page_row, other_username),
	DB_FIELD_OR_NULL(ledger_page_row, game_type), DB_FIELD_OR_NULL(ledger_page_row, level),
	DB_FIELD(ledger_page_row, balance));

struct ledger_sweep_row {
	bool more;
};
DB_SHAPE(shape_ledger_sweep, DB_FIELD(ledger_sweep_row, more));

void ledger_call(
	void *ctx, const struct member_seen *member, int64_t after, bool newer, struct db_call *out)
{
	db_call_begin(ctx, QUERY_LEDGER_PAGE, out);
	members_bind(out, member);
	if (after)
		db_set_integer(out, "after", after);
	else
		db_set_null(out, "after");
	db_set_bool(out, "newer", newer && after);
}

static enum ledger_type read_type(const char *name)
{
	static const char *const names[LEDGER_TYPE_OTHER] = {[LEDGER_TYPE_TRANSFER] = "transfer",
		[LEDGER_TYPE_GIFT] = "daily_gift",
		[LEDGER_TYPE_LEVEL_UP] = "level_up",
		[LEDGER_TYPE_JACKPOT] = "jackpot_reward",
		[LEDGER_TYPE_BET] = "bet",
		[LEDGER_TYPE_WIN] = "game_win",
		[LEDGER_TYPE_REFUND] = "refund",
		[LEDGER_TYPE_ADMIN] = "admin_adjust",
		[LEDGER_TYPE_OPENING] = "opening"};
	int type = 0;
	while (type < LEDGER_TYPE_OTHER && strcmp(names[type], name) != 0)
		type++;
	return (enum ledger_type)type;
}

bool ledger_read(const struct db_rows *rows, int64_t after, bool newer, struct ledger_page *out)
{
	int count = db_rows_count(rows);
	struct ledger_page_row row;
	*out = (struct ledger_page){0};
	if (count == 0)
		return false;
	bool up = newer && after, more = count > LEDGER_PAGE;
	/* The row that tells of another page is at the end that the page goes towards. */
	for (int i = up && more ? 1 : 0; i < count && out->count < LEDGER_PAGE; i++) {
		if (db_row_read(NULL, rows, i, &shape_ledger_page, &row))
			return false;
		out->balance = row.balance;
		if (!row.transaction_type)
			break; /* no row of the ledger: the member's columns alone */
		out->rows[out->count++] = (struct ledger_row){.id = row.id,
			.at_s = row.at,
			.type = read_type(row.transaction_type),
			.amount = row.amount,
			.other = row.other_username,
			.game = row.game_type,
			.level = row.level};
	}
	out->newer = up ? more : after != 0;
	out->older = up || more;
	return true;
}

void ledger_sweep_call(void *ctx, int days, struct db_call *out)
{
	db_call_begin_change(ctx, QUERY_LEDGER_SWEEP, NULL, out);
	db_set_integer(out, "days", days);
	db_set_integer(out, "members", SWEEP_MEMBERS);
	db_set_integer(out, "rows", SWEEP_ROWS);
}

bool ledger_sweep_read(const struct db_rows *rows)
{
	struct ledger_sweep_row row;
	return db_row_read(NULL, rows, 0, &shape_ledger_sweep, &row) == STATUS_OK && row.more;
}

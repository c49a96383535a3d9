/* Calls about a member's movements. */
#include "besace/store/ledger.h"

#include <string.h>

void ledger_call(
	void *ctx, const struct sighting *who, int64_t after, bool newer, struct db_call *out)
{
	*out = (struct db_call){.query = newer && after ? QUERY_LEDGER_NEWER : QUERY_LEDGER_OLDER,
		.params = {who->id.text, who->username, call_number(ctx, who->seen_ms),
			after ? call_number(ctx, after) : NULL}};
}

static enum movement_type read_type(const char *name)
{
	static const char *const names[MOVEMENT_OTHER] = {[MOVEMENT_TRANSFER] = "transfer",
		[MOVEMENT_GIFT] = "daily_gift",
		[MOVEMENT_LEVEL_UP] = "level_up",
		[MOVEMENT_JACKPOT] = "jackpot_reward",
		[MOVEMENT_BET] = "bet",
		[MOVEMENT_WIN] = "game_win",
		[MOVEMENT_REFUND] = "refund",
		[MOVEMENT_ADMIN] = "admin_adjust",
		[MOVEMENT_OPENING] = "opening"};
	int type = 0;
	while (type < MOVEMENT_OTHER && strcmp(names[type], name) != 0)
		type++;
	return (enum movement_type)type;
}

static const char *text_or_null(const struct db_rows *rows, int row, int column)
{
	return db_is_null(rows, row, column) ? NULL : db_text(rows, row, column);
}

static struct movement read_movement(const struct db_rows *rows, int row)
{
	return (struct movement){.id = db_integer(rows, row, 0),
		.type = read_type(db_text(rows, row, 1)),
		.amount = db_integer(rows, row, 2),
		.other = text_or_null(rows, row, 3),
		.game = text_or_null(rows, row, 4),
		.at_s = db_integer(rows, row, 5)};
}

bool ledger_read(const struct db_rows *rows, int64_t after, bool newer, struct ledger_page *out,
	bool *out_found)
{
	int count = db_rows_count(rows);
	*out = (struct ledger_page){0};
	*out_found = count > 0;
	if (!*out_found)
		return false;
	if (db_is_null(rows, 0, 0))
		count = 0; /* no movement: the member's columns alone */
	bool up = newer && after, more = count > LEDGER_PAGE;
	int first = up && more ? 1 : 0; /* the row that tells of another page is at its end */
	for (int row = first; row < count && out->count < LEDGER_PAGE; row++)
		out->movements[out->count++] = read_movement(rows, row);
	out->newer = up ? more : after != 0;
	out->older = up || more;
	out->balance = (int32_t)db_integer(rows, 0, 6);
	return db_bool(rows, 0, 7);
}

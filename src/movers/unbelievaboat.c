/*
 * UnbelievaBoat: the leaderboard of its API, a page or the bare list.
 *
 *	{"users": [{"user_id": "…", "cash": 10, "bank": 5, "total": 15}], "totalPages": 1}
 *
 * Both accounts are one balance here. Infinite balances exist there.
 */
#include "json_source.h"

#include <inttypes.h>
#include <stdio.h>

enum { USERS, BARE };

/* Cash and bank together, each a whole number that may be negative; `total` when they are not
 * there. */
static void read_balance(struct entry *entry, const struct json_value *user)
{
	const char *cash = json_value_text(user, "cash"), *bank = json_value_text(user, "bank");
	const char *total = json_value_text(user, "total");
	int64_t in_cash = 0, in_bank = 0;
	char sum[24];
	enum refusal refusal = REFUSAL_NONE;
	if (!cash && !bank) {
		entry_figure(entry, FIGURE_BALANCE, total);
		return;
	}
	if (cash && (refusal = figure_parse(cash, false, &in_cash)))
		entry_figure(entry, FIGURE_BALANCE, cash);
	else if (bank && (refusal = figure_parse(bank, false, &in_bank)))
		entry_figure(entry, FIGURE_BALANCE, bank);
	if (refusal)
		return;
	snprintf(sum, sizeof(sum), "%" PRId64, in_cash + in_bank);
	entry_figure(entry, FIGURE_BALANCE, sum);
}

static enum status got_record(struct importing *importing, const struct json_record *record)
{
	const struct json_value *user = record->value;
	struct entry *entry = entry_begin(importing, record->line);
	entry_id(entry, json_value_text(user, "user_id"));
	read_balance(entry, user);
	entry->bot = json_value_is_true(user, "bot");
	return entry_end(entry);
}

static enum status read_unbelievaboat(struct importing *importing, struct input *input)
{
	static const struct json_path places[] = {{"users[]"}, {"[]"}, {NULL}};
	static const struct json_source source = {
		places, 1U << USERS | 1U << BARE, "users", got_record};
	return json_source_read(importing, input, &source);
}

const struct mover mover_unbelievaboat = {.name = "unbelievaboat",
	.description = "the leaderboard of its API; cash and bank are one balance here",
	.first_page = 1,
	.token_header = "Authorization: ",
	.read = read_unbelievaboat};

/* Makes normalised rows of what stands in the predecessor's tables. */
#include "predecessor.h"

#include <string.h>
#include <talloc.h>

#include "besace/base/memory.h"
#include "besace/base/utf8.h"

/* Descriptions are for reading; a longer one is cut. */
#define DESCRIPTION_CHARS_MAX 1000

#define NEW_BALANCE "25"
#define MULTIPLIER_GAMES 2

static const char *or_default(const char *text, const char *fallback)
{
	return text ? text : fallback;
}

enum {
	USER_ID,
	USERNAME,
	BALANCE,
	XP,
	LEVEL,
	INVITES,
	MESSAGES,
	VOICE,
	LAST_MESSAGE,
	LAST_GIFT,
	CREATED,
	HIDDEN
};

/* NULL stands where a default did. The level follows from the XP, whatever stands there. */
enum status predecessor_user(struct importing *importing, uint64_t line, const char *const *columns)
{
	struct entry *entry = entry_begin(importing, line);
	entry_id(entry, columns[USER_ID]);
	entry_name(entry, columns[USERNAME]);
	entry_figure(entry, FIGURE_BALANCE, or_default(columns[BALANCE], NEW_BALANCE));
	entry_figure(entry, FIGURE_XP, or_default(columns[XP], "0"));
	if (importing->options->by_level)
		entry_figure(entry, FIGURE_LEVEL, or_default(columns[LEVEL], "1"));
	entry_figure(entry, FIGURE_INVITES, or_default(columns[INVITES], "0"));
	entry_figure(entry, FIGURE_MESSAGES, or_default(columns[MESSAGES], "0"));
	entry_figure(entry, FIGURE_VOICE, or_default(columns[VOICE], "0"));
	entry->last_message_at = columns[LAST_MESSAGE];
	entry->last_gift_at = columns[LAST_GIFT];
	entry->created_at = columns[CREATED];
	entry->hidden = columns[HIDDEN] && columns[HIDDEN][0] == 't';
	return entry_end(entry);
}

/* ---- Rows beside members */

struct history_row {
	struct importing *importing;
	uint64_t line;
	const char *user;
	bool refused;
};

/* The first fault of a row counts. */
static void refuse(
	struct history_row *row, enum refusal refusal, const char *what, const char *value)
{
	if (row->refused)
		return;
	const struct refusal_note note = {refusal, row->line, row->user, what, value};
	importing_refuse(row->importing, &note);
	row->refused = refusal < REFUSAL_FIRST_CHANGE;
}

bool predecessor_is_account(const struct importing *importing, const char *text)
{
	struct snowflake id;
	return snowflake_parse(text, &id) || (importing->options->mover == &mover_besace && text &&
						     strcmp(text, CLOSED_ACCOUNT) == 0);
}

/* The id of somebody; refuses what is none. */
static const char *read_user(struct history_row *row, const char *text, const char *what)
{
	if (predecessor_is_account(row->importing, text))
		return text;
	refuse(row, REFUSAL_NOBODY, what, NULL);
	return NULL;
}

/* TEXT, or FALLBACK for NULL, as 0 or more. */
static int64_t read_number(
	struct history_row *row, const char *text, int64_t fallback, const char *what)
{
	int64_t number = fallback;
	enum refusal refusal = text ? figure_parse(text, false, &number) : REFUSAL_NONE;
	if (refusal)
		refuse(row, refusal, what, text);
	else if (number < 0)
		refuse(row, REFUSAL_NEGATIVE, what, text);
	return refusal || number < 0 ? 0 : number;
}

static enum status end_row(struct history_row *row, enum status status)
{
	struct staging *staging = &row->importing->staging;
	if (!status)
		status = staging_end_row(staging);
	if (status)
		row->importing->why = staging->why;
	return status;
}

/* The table is chosen and the row begun with its line. */
static enum status begin_row(struct history_row *row, enum staged table)
{
	struct staging *staging = &row->importing->staging;
	enum status status = staging_into(staging, table);
	if (status)
		row->importing->why = staging->why;
	else
		staging_put_number(staging, (int64_t)row->line);
	return status;
}

/* ---- Items */

/* The later name of the jackpot is its own, too. */
static const char *find_item(const char *type)
{
	static const struct {
		const char *theirs, *ours;
	} items[] = {{"jackpot", "jackpot"}, {"tresor", "jackpot"},
		{"multiplier_x2", "multiplier_x2"}, {"multiplier_x3", "multiplier_x3"}};
	for (size_t i = 0; type && i < ARRAY_LEN(items); i++)
		if (strcmp(items[i].theirs, type) == 0)
			return items[i].ours;
	return NULL;
}

enum { ITEM_USER, ITEM_TYPE, ITEM_QUANTITY };

enum status predecessor_item(struct importing *importing, uint64_t line, const char *const *columns)
{
	struct history_row row = {importing, line, columns[ITEM_USER], false};
	const char *type = find_item(columns[ITEM_TYPE]);
	const char *user = read_user(&row, columns[ITEM_USER], "the row of user_inventory");
	if (!type && !row.refused)
		refuse(&row, REFUSAL_UNKNOWN_TYPE, "the item", columns[ITEM_TYPE]);
	int64_t quantity = read_number(&row, columns[ITEM_QUANTITY], 0, "the quantity");
	if (row.refused)
		return STATUS_OK;
	enum status status = begin_row(&row, STAGED_ITEMS);
	if (!status) {
		staging_put(&importing->staging, user);
		staging_put(&importing->staging, type);
		staging_put_number(&importing->staging, quantity);
	}
	return end_row(&row, status);
}

enum { MULTIPLIER_USER, MULTIPLIER_TYPE, MULTIPLIER_VALUE, MULTIPLIER_LEFT, MULTIPLIER_AT };

/* 2 or 3, by the value or else by the type; 0: neither. */
static int64_t multiplier_of(const char *type, const char *value)
{
	if (value && (strcmp(value, "2") == 0 || strcmp(value, "3") == 0))
		return value[0] - '0';
	const char *item = value ? NULL : find_item(type);
	return item && strcmp(item, "multiplier_x2") == 0   ? 2
	       : item && strcmp(item, "multiplier_x3") == 0 ? 3
							    : 0;
}

enum status predecessor_multiplier(
	struct importing *importing, uint64_t line, const char *const *columns)
{
	struct history_row row = {importing, line, columns[MULTIPLIER_USER], false};
	const char *user =
		read_user(&row, columns[MULTIPLIER_USER], "the row of active_multipliers");
	int64_t value = multiplier_of(columns[MULTIPLIER_TYPE], columns[MULTIPLIER_VALUE]);
	if (value == 0 && !row.refused)
		refuse(&row, REFUSAL_UNKNOWN_TYPE, "the multiplier",
			or_default(columns[MULTIPLIER_VALUE], columns[MULTIPLIER_TYPE]));
	int64_t games =
		read_number(&row, columns[MULTIPLIER_LEFT], MULTIPLIER_GAMES, "games_remaining");
	if (row.refused || games == 0)
		return STATUS_OK; /* one that is used up is over */
	enum status status = begin_row(&row, STAGED_MULTIPLIERS);
	if (!status) {
		staging_put(&importing->staging, user);
		staging_put_number(&importing->staging, value);
		staging_put_number(&importing->staging, games);
		staging_put(&importing->staging, columns[MULTIPLIER_AT]);
	}
	return end_row(&row, status);
}

/* ---- The ledger */

static bool is_ledger_type(const char *type)
{
	static const char *const types[] = {"transfer", "daily_gift", "level_up", "jackpot_reward",
		"bet", "game_win", "refund", "admin_adjust", "opening"};
	for (size_t i = 0; type && i < ARRAY_LEN(types); i++)
		if (strcmp(types[i], type) == 0)
			return true;
	return false;
}

/* What is kept of a text that may be no UTF-8, on CTX; NULL for NULL. */
static char *clean_text(void *ctx, const char *text)
{
	if (!text || !utf8_is_valid(text, strlen(text)))
		return NULL;
	return must(talloc_strndup(ctx, text, utf8_prefix(text, DESCRIPTION_CHARS_MAX)));
}

enum {
	LEDGER_FROM,
	LEDGER_TO,
	LEDGER_AMOUNT,
	LEDGER_TYPE,
	LEDGER_DESCRIPTION,
	LEDGER_AT,
	LEDGER_MATCH
};

/* A match is called by the interaction that opened it. */
static void put_match_id(struct staging *staging, const char *text)
{
	struct snowflake id;
	staging_put(staging, snowflake_parse(text, &id) ? id.text : NULL);
}

static void put_ledger(struct history_row *row, const char *const *columns, int64_t amount)
{
	struct staging *staging = &row->importing->staging;
	void *ctx = must(talloc_new(row->importing->ctx));
	const char *type = clean_text(ctx, columns[LEDGER_TYPE]);
	const char *description = clean_text(ctx, columns[LEDGER_DESCRIPTION]);
	bool known = is_ledger_type(type);
	if (!known) {
		refuse(row, REFUSAL_RETYPED, "the type", type);
		description =
			must(talloc_asprintf(ctx, "%s%s%s", or_default(type, "without a type"),
				description ? ": " : "", or_default(description, "")));
	}
	staging_put(staging, columns[LEDGER_FROM]);
	staging_put(staging, columns[LEDGER_TO]);
	staging_put_number(staging, amount);
	staging_put(staging, known ? type : "opening");
	staging_put(staging, description);
	staging_put(staging, columns[LEDGER_AT]);
	put_match_id(staging, columns[LEDGER_MATCH]);
	talloc_free(ctx);
}

enum status predecessor_ledger(
	struct importing *importing, uint64_t line, const char *const *columns)
{
	const char *from = columns[LEDGER_FROM], *to = columns[LEDGER_TO];
	struct history_row row = {importing, line, or_default(to, from), false};
	int64_t amount = 0;
	if ((!from && !to) || (from && to && strcmp(from, to) == 0))
		refuse(&row, REFUSAL_AMOUNT, "the row of transactions", NULL);
	if (!row.refused && from)
		read_user(&row, from, "the row of transactions");
	if (!row.refused && to)
		read_user(&row, to, "the row of transactions");
	enum refusal refusal = columns[LEDGER_AMOUNT]
				       ? figure_parse(columns[LEDGER_AMOUNT], false, &amount)
				       : REFUSAL_AMOUNT;
	if (!row.refused && (refusal || amount < 1))
		refuse(&row, refusal ? refusal : REFUSAL_AMOUNT, "the row of transactions",
			columns[LEDGER_AMOUNT]);
	if (row.refused)
		return STATUS_OK;
	enum status status = begin_row(&row, STAGED_LEDGER);
	if (!status)
		put_ledger(&row, columns, amount);
	return end_row(&row, status);
}

/* ---- Matches */

static const char *find_result(const char *result)
{
	static const struct {
		const char *theirs, *ours;
	} results[] = {{"win", "win"}, {"loss", "loss"}, {"push", "push"}, {"lose", "loss"},
		{"lost", "loss"}, {"won", "win"}, {"draw", "push"}, {"tie", "push"}};
	for (size_t i = 0; result && i < ARRAY_LEN(results); i++)
		if (strcmp(results[i].theirs, result) == 0)
			return results[i].ours;
	return NULL;
}

static bool is_game_type(const char *type)
{
	static const char *const types[] = {
		"roue", "blackjack", "machine", "duel", "roulette", "pfc", "007", "c21"};
	for (size_t i = 0; type && i < ARRAY_LEN(types); i++)
		if (strcmp(types[i], type) == 0)
			return true;
	return false;
}

enum {
	MATCH_TYPE,
	MATCH_PLAYER,
	MATCH_OPPONENT,
	MATCH_BET,
	MATCH_RESULT,
	MATCH_WINNINGS,
	MATCH_AT,
	MATCH_ID
};

enum status predecessor_match(
	struct importing *importing, uint64_t line, const char *const *columns)
{
	struct history_row row = {importing, line, columns[MATCH_PLAYER], false};
	struct staging *staging = &importing->staging;
	const char *player = read_user(&row, columns[MATCH_PLAYER], "the row of game_history");
	const char *result = find_result(columns[MATCH_RESULT]);
	if (!row.refused && !is_game_type(columns[MATCH_TYPE]))
		refuse(&row, REFUSAL_UNKNOWN_TYPE, "the match", columns[MATCH_TYPE]);
	else if (!row.refused && !result)
		refuse(&row, REFUSAL_UNKNOWN_TYPE, "the result", columns[MATCH_RESULT]);
	int64_t bet = read_number(&row, columns[MATCH_BET], 0, "bet_amount");
	int64_t winnings = read_number(&row, columns[MATCH_WINNINGS], 0, "winnings");
	if (row.refused)
		return STATUS_OK;
	enum status status = begin_row(&row, STAGED_MATCHES);
	if (!status) {
		staging_put(staging, columns[MATCH_TYPE]);
		staging_put(staging, player);
		staging_put(staging, predecessor_is_account(importing, columns[MATCH_OPPONENT])
					     ? columns[MATCH_OPPONENT]
					     : NULL);
		staging_put_number(staging, bet);
		staging_put(staging, result);
		staging_put_number(staging, winnings);
		staging_put(staging, columns[MATCH_AT]);
		put_match_id(staging, columns[MATCH_ID]);
	}
	return end_row(&row, status);
}

/* besacectl member: what an operator needs when a member complains. */
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <talloc.h>

#include "arguments.h"
#include "besace/base/memory.h"
#include "besace/base/snowflake.h"
#include "besace/store/db.h"
#include "besace/store/query.h"
#include "settings.h"
#include "store_session.h"
#include "subcommands.h"

static const char *text(const json_t *row, const char *key)
{
	const char *value = json_string_value(json_object_get(row, key));
	return value ? value : "-";
}

static json_int_t number(const json_t *row, const char *key)
{
	return json_integer_value(json_object_get(row, key));
}

/* A moment as an operator reads it: the database has it to the microsecond, and everything in UTC.
 */
struct moment {
	char text[24];
};

static struct moment moment(const json_t *row, const char *key)
{
	struct moment moment;
	const char *value = json_string_value(json_object_get(row, key));
	if (value && strlen(value) >= 19)
		snprintf(moment.text, sizeof(moment.text), "%.10s %.8s UTC", value, value + 11);
	else
		snprintf(moment.text, sizeof(moment.text), "never");
	return moment;
}

/* ---- Figures */

/* Why the latest message earned what it did; the words of users.message_why. */
static const char *why_of(const char *word)
{
	static const struct {
		const char *word, *text;
	} words[] = {{"paid", "paid"}, {"levels", "levels are off in this server"},
		{"off", "messages earn nothing in this server"},
		{"place", "nothing is earned in that channel"},
		{"role", "a role of theirs earns nothing"},
		{"cooldown", "cooldown: too soon after the last one that was paid"},
		{"cap", "the most of a day was reached"}, {"zero", "the rate made it nothing"}};
	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (strcmp(words[i].word, word) == 0)
			return words[i].text;
	return "no message was seen";
}

static void show_member(const json_t *row)
{
	printf("%s (%s): level %" JSON_INTEGER_FORMAT ", %" JSON_INTEGER_FORMAT
	       " XP, %" JSON_INTEGER_FORMAT " LC with what is staked\n",
		text(row, "username"), text(row, "user_id"), number(row, "level"),
		number(row, "xp"), number(row, "balance"));
	printf("  rewarded up to level %" JSON_INTEGER_FORMAT "; %" JSON_INTEGER_FORMAT
	       " messages, %" JSON_INTEGER_FORMAT " s in voice, %" JSON_INTEGER_FORMAT " invites\n",
		number(row, "level_rewarded"), number(row, "messages"),
		number(row, "voice_seconds"), number(row, "invites"));
	printf("  member since %s", moment(row, "created_at").text);
	if (json_is_string(json_object_get(row, "left_at")))
		printf(", left %s", moment(row, "left_at").text);
	printf("; last gift: %s", moment(row, "last_gift_at").text);
	if (json_is_string(json_object_get(row, "gift_from")))
		printf(", none before %s", moment(row, "gift_from").text);
	putchar('\n');
	printf("today (%s): %" JSON_INTEGER_FORMAT " XP, %" JSON_INTEGER_FORMAT " the day before\n",
		text(row, "xp_day"), number(row, "xp_today"), number(row, "xp_eve"));
	printf("  latest message: %" JSON_INTEGER_FORMAT " XP (%s); last paid: %s, in %s\n",
		number(row, "message_xp"), why_of(text(row, "message_why")),
		moment(row, "last_message_at").text, text(row, "place_id"));
	if (json_is_integer(json_object_get(row, "loss_day_max")))
		printf("  own limit of losses a day: %" JSON_INTEGER_FORMAT "\n",
			number(row, "loss_day_max"));
}

static void show_item(const json_t *row)
{
	printf("  %s: %" JSON_INTEGER_FORMAT "\n", text(row, "item"), number(row, "quantity"));
}

static void show_multiplier(const json_t *row)
{
	printf("  x%" JSON_INTEGER_FORMAT " for %" JSON_INTEGER_FORMAT " won games, since %s\n",
		number(row, "multiplier"), number(row, "games"), moment(row, "activated_at").text);
}

/* ---- Rows */

static void show_entry(const json_t *row, const char *member)
{
	bool gave = strcmp(text(row, "from"), member) == 0;
	const char *other = text(row, gave ? "to" : "from");
	printf("  %s %+" JSON_INTEGER_FORMAT " %s %s %s%s%s%s%s\n", moment(row, "at").text,
		gave ? -number(row, "amount") : number(row, "amount"), text(row, "type"),
		gave ? "to" : "from", strcmp(other, "-") == 0 ? "the house" : other,
		json_is_string(json_object_get(row, "match_id")) ? ", game " : "",
		json_is_string(json_object_get(row, "match_id")) ? text(row, "match_id") : "",
		json_is_string(json_object_get(row, "description")) ? ": " : "",
		json_is_string(json_object_get(row, "description")) ? text(row, "description")
								    : "");
}

static void show_match(const json_t *row)
{
	printf("  %s %s for %" JSON_INTEGER_FORMAT ": %s, paid %" JSON_INTEGER_FORMAT
	       ", against %s\n",
		moment(row, "at").text, text(row, "game"), number(row, "bet"), text(row, "result"),
		number(row, "winnings"), text(row, "opponent"));
}

static void show_act(const json_t *row)
{
	printf("  %s %s %+" JSON_INTEGER_FORMAT " %s on %s by %s: %s\n", moment(row, "at").text,
		text(row, "act"), number(row, "amount"), text(row, "what"), text(row, "target"),
		json_is_string(json_object_get(row, "actor")) ? text(row, "actor") : "the operator",
		text(row, "reason"));
}

static void show_passing(const json_t *row)
{
	printf("  %s %s %s\n", text(row, "what"), moment(row, "at").text, text(row, "detail"));
}

struct member_part {
	const char *kind, *title;
	void (*show)(const json_t *row);
};

static void show_rows(const json_t *file, const struct member_part *part)
{
	const json_t *rows = json_object_get(file, part->kind), *row;
	size_t at;
	if (json_array_size(rows) == 0)
		return;
	if (*part->title)
		printf("%s\n", part->title);
	json_array_foreach (rows, at, row)
		part->show(row);
}

static void show_file(const json_t *file, const char *member)
{
	static const struct member_part parts[] = {{"members", "", show_member},
		{"bag", "bag", show_item}, {"multipliers", "active multiplier", show_multiplier}};
	static const struct member_part rest[] = {{"matches", "latest games", show_match},
		{"acts", "latest acts of administrators", show_act},
		{"passing", "receipts of a day, messages, jobs, voice, roles", show_passing}};
	const json_t *row;
	size_t at;
	for (size_t i = 0; i < ARRAY_LEN(parts); i++)
		show_rows(file, &parts[i]);
	printf("latest movements\n");
	json_array_foreach (json_object_get(file, "ledger"), at, row)
		show_entry(row, member);
	for (size_t i = 0; i < ARRAY_LEN(rest); i++)
		show_rows(file, &rest[i]);
}

static int fail(const char *why)
{
	ctl_say("cannot show the member: %s", why);
	return CTL_FAILED;
}

static int show(void *ctx, PGconn *conn, const char *guild, const char *member)
{
	char *why = NULL;
	PGresult *result = NULL;
	const struct db_named_query query = {"member_file", must(query_find(ctx, "member_file")),
		{{"guild_id", guild}, {"member_id", member}}};
	if (store_session_enter(ctx, conn, &why) || db_exec_query(ctx, conn, &query, &result, &why))
		return fail(why);
	json_t *file = json_loads(PQgetvalue(result, 0, 0), 0, NULL);
	PQclear(result);
	int status = CTL_DONE;
	if (json_array_size(json_object_get(file, "members")) == 0)
		status = fail("nothing is kept of them there");
	else
		show_file(file, member);
	json_decref(file);
	return status;
}

static int run(int argc, char **argv)
{
	void *ctx = must(talloc_new(NULL));
	const char *guild = NULL, *member = NULL;
	struct snowflake id;
	const struct argument rows[] = {{"guild", "ID", "the server", .text = &guild}};
	struct arguments arguments = {
		.ctx = ctx,
		.synopsis = "ID --guild ID",
		.description =
			"Shows what is known of a member when they complain: figures, why their "
			"latest message earned what\nit did, bag, latest movements, games and "
			"acts, "
			"receipts, messages and jobs. Times are UTC. Reads\nDATABASE_URL.",
		.rows = rows,
		.count = ARRAY_LEN(rows),
		.operands_max = 1,
	};
	int status = CTL_DONE;
	if (arguments_read(&arguments, argc, argv)) {
		PGconn *conn = NULL;
		member = arguments.operand_count > 0 ? arguments.operands[0] : NULL;
		if (!member)
			arguments_fault(&arguments, "ID: is required");
		else if (!snowflake_parse(member, &id))
			arguments_fault(&arguments, "ID: must be a Discord id, got \"%s\"", member);
		arguments_id(&arguments, "guild", guild, true, &id);
		status = arguments_are_bad(&arguments) ? CTL_USAGE : settings_connect(ctx, &conn);
		if (conn) {
			status = show(ctx, conn, guild, member);
			PQfinish(conn);
		}
	}
	talloc_free(ctx);
	return status;
}

const struct subcommand subcommand_member = {"member", "show what is known of a member", run};

/* besacectl undo: reverses an administrator's act by one of the opposite amount. */
#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <talloc.h>

#include "arguments.h"
#include "besace/base/memory.h"
#include "besace/base/snowflake.h"
#include "besace/store/build.h"
#include "besace/store/db.h"
#include "besace/store/migrate.h"
#include "besace/store/query.h"
#include "settings.h"
#include "subcommands.h"
#include "undo_import.h"

/* The number of an act: 1 to 2^63 − 1. False otherwise. */
static bool is_audit_id(const char *text)
{
	errno = 0;
	return *text >= '1' && *text <= '9' && strspn(text, "0123456789") == strlen(text) &&
	       strtoll(text, NULL, 10) > 0 && errno == 0;
}

static int64_t number(const json_t *outcome, const char *key)
{
	return json_integer_value(json_object_get(outcome, key));
}

/* Says why ID is not undone. */
static int refuse(const json_t *outcome, const char *id)
{
	const char *refusal = json_string_value(json_object_get(outcome, "refusal"));
	if (refusal && strcmp(refusal, "unknown") == 0)
		ctl_say("there is no act %s", id);
	else if (refusal && strcmp(refusal, "undone") == 0)
		ctl_say("act %s was undone already, by act %" PRId64, id,
			number(outcome, "undone_by"));
	else if (refusal && strcmp(refusal, "is_undo") == 0)
		ctl_say("act %s is an undoing itself; use /admin to do it again", id);
	else if (refusal && strcmp(refusal, "short") == 0)
		ctl_say("act %s cannot be undone: %" PRId64
			" %s would have to be taken, and there are %" PRId64,
			id, -number(outcome, "amount"),
			json_string_value(json_object_get(outcome, "what")),
			number(outcome, "before"));
	else if (refusal && strcmp(refusal, "full") == 0)
		ctl_say("act %s cannot be undone: the member would have more than %d %s", id,
			INT32_MAX, json_string_value(json_object_get(outcome, "what")));
	else
		ctl_say("act %s: the answer of the database makes no sense", id);
	return CTL_FAILED;
}

static void say_done(const json_t *outcome, const char *id, bool dry)
{
	printf("act %s %s: %s (%s) %s %" PRId64 " %s instead of %" PRId64, id,
		dry ? "would be undone" : "is undone",
		json_string_value(json_object_get(outcome, "username")),
		json_string_value(json_object_get(outcome, "target")), dry ? "would have" : "has",
		number(outcome, "now"), json_string_value(json_object_get(outcome, "what")),
		number(outcome, "before"));
	if (dry)
		printf("; nothing was changed\n");
	else
		printf(" (act %" PRId64 ")\n", number(outcome, "audit"));
}

/* The act and its undoing are one transaction, ended by END. */
static enum status ask(void *ctx, PGconn *conn, const struct db_named_query *query, const char *end,
	json_t **out, char **out_why)
{
	PGresult *result = NULL;
	*out = NULL;
	enum status status = db_exec(ctx, conn, "BEGIN", NULL, out_why);
	if (!status)
		status = db_exec_query(ctx, conn, query, &result, out_why);
	if (!status)
		*out = json_loads(PQgetvalue(result, 0, 0), 0, NULL);
	PQclear(result);
	return status ? status : db_exec(ctx, conn, end, NULL, out_why);
}

static int undo(void *ctx, PGconn *conn, const char *guild, const char *id, bool dry)
{
	char *why = NULL;
	enum schema schema;
	if (migrate_look(ctx, conn, &schema, &why) || schema != SCHEMA_CURRENT) {
		ctl_say("the schema is not this program's: %s", why);
		return CTL_FAILED;
	}
	json_t *outcome = NULL;
	const struct db_named_query query = {"admin_undo", must(query_find(ctx, "admin_undo")),
		{{"guild_id", guild}, {"audit_id", id}}};
	enum status status = build_enter(ctx, conn, &why);
	if (!status)
		status = ask(ctx, conn, &query, dry ? "ROLLBACK" : "COMMIT", &outcome, &why);
	int code = CTL_DONE;
	if (status) {
		ctl_say("cannot undo: %s%s", why,
			status == STATUS_UNKNOWN && !dry
				? "; it may or may not have been done: run it again"
				: "");
		code = CTL_FAILED;
	} else if (json_is_true(json_object_get(outcome, "done"))) {
		say_done(outcome, id, dry);
	} else {
		code = refuse(outcome, id);
	}
	json_decref(outcome);
	return code;
}

struct undo_words {
	const char *guild;
	struct snowflake guild_id;
	bool dry;
	bool is_import;
	const char *number; /* of the act, or of the import */
};

/* "AUDIT_ID", or "import NUMBER": an import's number names its server too. */
static void read_words(struct arguments *arguments, struct undo_words *words)
{
	size_t count = arguments->operand_count;
	words->is_import = count > 0 && strcmp(arguments->operands[0], "import") == 0;
	size_t at = words->is_import ? 1 : 0;
	words->number = count > at ? arguments->operands[at] : NULL;
	if (count > at + 1 && count <= arguments->operands_max)
		arguments_fault(
			arguments, "%s: is one argument too many", arguments->operands[at + 1]);
	if (!words->guild && !words->is_import)
		arguments_fault(arguments, "--guild: is required");
	else
		arguments_id(arguments, "guild", words->guild, false, &words->guild_id);
	const char *name = words->is_import ? "NUMBER" : "AUDIT_ID";
	if (!words->number)
		arguments_fault(arguments, "%s: is required", name);
	else if (!is_audit_id(words->number))
		arguments_fault(arguments, "%s: must be the number of an %s", name,
			words->is_import ? "import" : "act");
}

static int obey(void *ctx, PGconn *conn, const struct undo_words *words)
{
	if (!words->is_import)
		return undo(ctx, conn, words->guild, words->number, words->dry);
	struct undo_options options = {
		.number = words->number, .guild = words->guild, .dry_run = words->dry};
	return undo_import(ctx, conn, &options);
}

static int run(int argc, char **argv)
{
	void *ctx = must(talloc_new(NULL));
	struct undo_words words = {0};
	const struct argument rows[] = {
		{"guild", "ID", "the server in which it was done", .text = &words.guild},
		{.name = "dry-run",
			.description = "say what would be done, and do nothing",
			.on = &words.dry},
	};
	struct arguments arguments = {
		.ctx = ctx,
		.synopsis = "--guild ID AUDIT_ID | import NUMBER",
		.description =
			"Reverses an act of /admin: by an act of the opposite amount, which is "
			"written to the\nledger and to the audit table like any other. An act "
			"is undone once, and only if the\nmember still has what is to be taken. "
			"Rewards of levels stay.\n\nWith import, takes back what an import "
			"brought, also from members who went on since;\nwho no longer has it "
			"keeps it and is named, and the exit status is 1. Reads DATABASE_URL.",
		.rows = rows,
		.count = ARRAY_LEN(rows),
		.operands_max = 2,
	};
	int status = CTL_DONE;
	if (arguments_read(&arguments, argc, argv)) {
		PGconn *conn = NULL;
		read_words(&arguments, &words);
		status = arguments_are_bad(&arguments) ? CTL_USAGE : settings_connect(ctx, &conn);
		if (conn) {
			status = obey(ctx, conn, &words);
			PQfinish(conn);
		}
	}
	talloc_free(ctx);
	return status;
}

const struct subcommand subcommand_undo = {
	"undo", "reverse an administrator's act, or an import", run};

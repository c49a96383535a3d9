/* besacectl settings: shows, exports and imports the settings of a guild. */
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <talloc.h>

#include "arguments.h"
#include "besace/base/memory.h"
#include "besace/store/build.h"
#include "besace/store/db.h"
#include "besace/store/migrate.h"
#include "besace/store/query.h"
#include "besace/store/settings.h"
#include "body.h"
#include "settings.h"
#include "settings_file.h"
#include "subcommands.h"

/* ---- The database */

static int fail(const char *why)
{
	ctl_say("%s", why);
	return CTL_FAILED;
}

/* Runs the query NAME, which returns one JSON value. NULL when it failed, which has been said. */
static json_t *ask(void *ctx, PGconn *conn, const char *name, const char *const *params, int count)
{
	char *why = NULL;
	PGresult *result = NULL;
	json_t *json = NULL;
	char *sql = must(query_find(ctx, name));
	if (db_exec_params(ctx, conn, sql, count, params, &result, &why))
		ctl_say("the database says: %s", why);
	else
		json = must(json_loads(PQgetvalue(result, 0, 0), JSON_DECODE_ANY, NULL));
	PQclear(result);
	return json;
}

/* ---- Values as text */

static void print_range(const struct setting *setting)
{
	switch (setting->type) {
	case SETTING_IS_SWITCH:
		printf("true or false");
		break;
	case SETTING_IS_NUMBER:
		printf("%" PRId64 " to %" PRId64, setting->min, setting->max);
		if (setting->step > 1)
			printf(" in steps of %" PRId64, setting->step);
		break;
	case SETTING_IS_CHOICE:
		for (int i = 0; setting->choices[i]; i++)
			printf("%s%s", i ? ", " : "", setting->choices[i]);
		break;
	case SETTING_IS_TEXT:
		printf("a text of up to %" PRId64 " characters", setting->max);
		break;
	case SETTING_IS_ID:
		printf("an id");
		break;
	case SETTING_IS_IDS:
		printf("up to %" PRId64 " ids", setting->max);
		break;
	}
}

static void print_value(const struct setting *setting, const struct setting_value *value)
{
	switch (setting->type) {
	case SETTING_IS_SWITCH:
		printf("%s", value->number ? "true" : "false");
		break;
	case SETTING_IS_NUMBER:
		if (value->number == SETTING_NONE)
			printf("none");
		else
			printf("%" PRId64, value->number);
		break;
	case SETTING_IS_CHOICE:
		printf("%s", setting->choices[value->number]);
		break;
	case SETTING_IS_TEXT:
		printf("%s", value->text ? value->text : "none");
		break;
	case SETTING_IS_ID:
	case SETTING_IS_IDS:
		for (size_t i = 0; i < value->id_count; i++)
			printf("%s%s", i ? "," : "", value->ids[i].text);
		printf("%s", value->id_count ? "" : "none");
		break;
	}
}

/* "* " marks what differs from the default. */
static void print_row(
	const char *key, const struct setting *setting, const struct setting_value *value)
{
	printf("%s%-22s ", value->changed ? "* " : "  ", key);
	print_value(setting, value);
	printf("  (");
	print_range(setting);
	printf(")\n");
}

static void print_game(enum game game, const struct setting_value *values)
{
	for (int i = 0; i < GAME_SETTING_COUNT; i++) {
		struct setting_key key = {
			.type = KEY_GAME, .game = game, .game_setting = (enum game_setting)i};
		char text[SETTING_KEY_ROOM];
		setting_key_write(&key, text);
		print_row(text, game_setting_get((enum game_setting)i), &values[i]);
	}
}

static void print_zone(const struct zone *zone)
{
	printf("* zone.%s%s %s", zone->is_role ? "@" : "", zone->id.text,
		zone_effect_name(zone->effect));
	if (zone->effect == ZONE_FACTOR)
		printf(" %d %%", zone->percent);
	printf("\n");
}

static void print_state(const struct settings_state *state)
{
	for (int i = 0; i < SETTING_COUNT; i++) {
		const struct setting *setting = setting_get((enum setting_id)i);
		print_row(setting->key, setting, &state->values[i]);
	}
	for (int game = 0; game < GAME_COUNT; game++)
		print_game((enum game)game, state->games[game]);
	for (size_t i = 0; i < state->zone_count; i++)
		print_zone(&state->zones[i]);
	for (size_t i = 0; i < state->reward_count; i++)
		printf("* reward.%s level %d, %s\n", state->rewards[i].role.text,
			state->rewards[i].level, reward_mode_name(state->rewards[i].mode));
}

/* ---- Doing it */

static int show(void *ctx, PGconn *conn, const char *guild)
{
	struct settings_state state;
	json_t *changed = ask(ctx, conn, "settings_changed", &guild, 1);
	if (!changed)
		return CTL_FAILED;
	char *faults = settings_file_state(ctx, changed, &state);
	if (*faults)
		ctl_say_lines(faults);
	else
		print_state(&state);
	json_decref(changed);
	return *faults ? CTL_FAILED : CTL_DONE;
}

static int export(void *ctx, PGconn *conn, const char *guild)
{
	json_t *changed = ask(ctx, conn, "settings_changed", &guild, 1);
	if (!changed)
		return CTL_FAILED;
	json_t *file =
		must(json_pack("{s:s, s:o}", "format", SETTINGS_FILE_FORMAT, "settings", changed));
	json_dumpf(file, stdout, JSON_INDENT(2) | JSON_SORT_KEYS);
	putchar('\n');
	json_decref(file);
	return CTL_DONE;
}

/* What an import puts in the place of everything, or NULL with its faults said. */
static json_t *read_file(void *ctx, const char *operand)
{
	char *bytes, *why;
	size_t length;
	if (body_read(ctx, operand, &bytes, &length, &why)) {
		ctl_say("%s", why);
		return NULL;
	}
	json_t *read = settings_file_read(ctx, bytes, length, &why);
	if (!read)
		ctl_say_lines(why);
	return read;
}

static const char *refusal_sentence(const char *refusal)
{
	static const struct {
		const char *word, *sentence;
	} rows[] = {{"min_above_max", "the least is above the most"},
		{"channel_missing", "announcements in a channel need one"},
		{"everyone", "everybody has @everyone: it says nothing of a member"},
		{"zones_full", "a server has 50 places and 50 roles"},
		{"rewards_full", "a server has 100 roles by level"},
		{"level_full", "a level has 5 roles"},
		{"name_taken", "another server's page has this name"},
		{"no_zone", "there is no such time zone"}};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (refusal && strcmp(rows[i].word, refusal) == 0)
			return rows[i].sentence;
	return "the answer of the database makes no sense";
}

static int import(void *ctx, PGconn *conn, const char *guild, const char *operand)
{
	json_t *state = read_file(ctx, operand);
	if (!state)
		return CTL_FAILED;
	char *text = must(json_dumps(state, JSON_COMPACT));
	json_t *outcome = ask(ctx, conn, "settings_replace", (const char *const[]){guild, text}, 2);
	bool done = json_is_true(json_object_get(outcome, "done"));
	if (done)
		printf("%zu settings were changed\n",
			json_array_size(json_object_get(outcome, "changes")));
	else if (outcome)
		ctl_say("%s: %s; nothing was changed",
			json_string_value(json_object_get(outcome, "key")),
			refusal_sentence(json_string_value(json_object_get(outcome, "refusal"))));
	json_decref(outcome);
	json_decref(state);
	free(text);
	return done ? CTL_DONE : CTL_FAILED;
}

static int obey(void *ctx, PGconn *conn, const char *guild, const struct arguments *arguments)
{
	char *why = NULL;
	enum schema schema;
	const char *verb = arguments->operands[0];
	if (migrate_look(ctx, conn, &schema, &why) || schema != SCHEMA_CURRENT ||
		build_enter(ctx, conn, &why))
		return fail(
			must(talloc_asprintf(ctx, "the database is not this program's: %s", why)));
	if (strcmp(verb, "show") == 0)
		return show(ctx, conn, guild);
	if (strcmp(verb, "export") == 0)
		return export(ctx, conn, guild);
	return import(
		ctx, conn, guild, arguments->operand_count > 1 ? arguments->operands[1] : "-");
}

static bool is_verb(const char *word)
{
	return strcmp(word, "show") == 0 || strcmp(word, "export") == 0 ||
	       strcmp(word, "import") == 0;
}

static int run(int argc, char **argv)
{
	void *ctx = must(talloc_new(NULL));
	const char *guild = NULL;
	struct snowflake guild_id;
	const struct argument rows[] = {
		{"guild", "ID", "the server", .text = &guild},
	};
	struct arguments arguments = {
		.ctx = ctx,
		.synopsis = "--guild ID show | export | import [JSON | @FILE | -]",
		.description =
			"Shows the settings of a server with their ranges (* marks what was "
			"changed), writes what\nwas changed as JSON, or puts such JSON in the "
			"place of everything: unknown settings and\nvalues out of range are "
			"refused, all of them at once, and nothing is changed then.\nReads "
			"DATABASE_URL.",
		.rows = rows,
		.count = ARRAY_LEN(rows),
		.operands_max = 2,
	};
	int status = CTL_DONE;
	if (arguments_read(&arguments, argc, argv)) {
		PGconn *conn = NULL;
		arguments_id(&arguments, "guild", guild, true, &guild_id);
		if (arguments.operand_count == 0 || !is_verb(arguments.operands[0]))
			arguments_fault(&arguments, "show, export or import: one is required");
		else if (arguments.operand_count > 1 &&
			 strcmp(arguments.operands[0], "import") != 0)
			arguments_fault(&arguments, "%s: only import reads anything",
				arguments.operands[1]);
		status = arguments_are_bad(&arguments) ? CTL_USAGE : settings_connect(ctx, &conn);
		if (conn) {
			status = obey(ctx, conn, guild, &arguments);
			PQfinish(conn);
		}
	}
	talloc_free(ctx);
	return status;
}

const struct subcommand subcommand_settings = {
	"settings", "show, export or import the settings of a server", run};

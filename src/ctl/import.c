/* besacectl import: brings members over from another bot. */
#include "besace/movers/import.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <talloc.h>

#include "arguments.h"
#include "besace/base/memory.h"
#include "import_show.h"
#include "interrupt.h"
#include "progress.h"
#include "settings.h"
#include "store_session.h"
#include "subcommands.h"

/* Tokens of APIs have some tens of characters. */
#define TOKEN_BYTES_MAX 1024

/* Pages of one leaderboard. */
#define FILES_MAX 1000

/* A page of a thousand members has some 300 kB. */
#define PAGE_SECONDS 60
#define PAGE_SECONDS_MAX 3600

struct import_words {
	const char *guild, *merge, *by, *minimum_level, *leavers, *curve, *factor, *time_zone,
		*report, *url, *token_file, *page_seconds;
	bool dry_run, rewards, json;
};

struct import_command {
	struct import_words words;
	struct import_options options;
	struct snowflake guild;
	struct progress_line progress;
};

/* ---- Arguments */

/* The index of WORD among CHOICES, whose first is the default; a fault otherwise. */
static int choose(struct arguments *arguments, const char *option, const char *word,
	const char *const *choices)
{
	char *list = must(talloc_strdup(arguments->ctx, ""));
	for (int i = 0; choices[i]; i++) {
		if (!word || strcmp(choices[i], word) == 0)
			return i;
		list = must(talloc_asprintf_append(list, "%s%s", i ? ", " : "", choices[i]));
	}
	arguments_fault(arguments, "--%s: must be one of %s, got \"%s\"", option, list, word);
	return 0;
}

static void read_choices(struct arguments *arguments, struct import_command *command)
{
	static const char *const merges[] = {"highest", "replace", "add", NULL};
	static const char *const figures[] = {"xp", "level", NULL};
	static const char *const leavers[] = {"keep", "skip", NULL};
	static const char *const curves[] = {"", "linear", "exponential", "flat", NULL};
	const struct import_words *words = &command->words;
	struct import_options *options = &command->options;
	options->merge = (enum import_merge)choose(arguments, "merge", words->merge, merges);
	options->by_level = choose(arguments, "by", words->by, figures) == 1;
	options->skip_leavers = choose(arguments, "leavers", words->leavers, leavers) == 1;
	if (words->curve)
		options->curve = (enum import_curve)(
			choose(arguments, "curve", words->curve, curves + 1) + CURVE_LINEAR);
}

static void read_numbers(struct arguments *arguments, struct import_command *command)
{
	const struct import_words *words = &command->words;
	struct import_options *options = &command->options;
	char *end = NULL;
	if (words->minimum_level &&
		(figure_parse(words->minimum_level, false, &options->minimum_level) ||
			options->minimum_level < 1))
		arguments_fault(arguments, "--minimum-level: must be a level from 1 on, got \"%s\"",
			words->minimum_level);
	options->factor = words->factor ? strtod(words->factor, &end) : 1;
	if (words->factor && (*end || !(options->factor >= 0.01 && options->factor <= 100)))
		arguments_fault(arguments,
			"--factor: must be a number from 0.01 to 100, got \"%s\"", words->factor);
	options->page_seconds = PAGE_SECONDS;
	if (words->page_seconds &&
		(figure_parse(words->page_seconds, false, &options->page_seconds) ||
			options->page_seconds < 1 || options->page_seconds > PAGE_SECONDS_MAX))
		arguments_fault(arguments, "--page-seconds: must be from 1 to %d, got \"%s\"",
			PAGE_SECONDS_MAX, words->page_seconds);
}

static bool is_web_address(const char *url)
{
	return strncasecmp(url, "https://", 8) == 0 || strncasecmp(url, "http://", 7) == 0;
}

static void check_url(struct arguments *arguments, const struct import_command *command)
{
	const struct import_words *words = &command->words;
	if (words->url && command->options.file_count > 0)
		arguments_fault(arguments, "--url: stands in place of a file");
	if (words->url && !is_web_address(words->url))
		arguments_fault(arguments, "--url: must begin with https:// or http://, got \"%s\"",
			words->url);
	if (words->token_file && !words->url)
		arguments_fault(arguments, "--token-file: is for --url");
	if (words->page_seconds && !words->url)
		arguments_fault(arguments, "--page-seconds: is for --url");
}

/* Whether the options fit the source. */
static void check_source(struct arguments *arguments, struct import_command *command)
{
	const struct import_words *words = &command->words;
	const struct mover_facts facts = mover_facts(command->options.mover);
	if (facts.wants_curve && !words->curve)
		arguments_fault(arguments,
			"--curve: is required for %s: linear, exponential or flat", facts.name);
	if (!facts.wants_curve && (words->curve || words->factor))
		arguments_fault(arguments, "--curve, --factor: %s has no use for them", facts.name);
	if (words->url && !facts.has_url)
		arguments_fault(
			arguments, "--url: nothing is fetched for %s; give a file", facts.name);
	if (words->time_zone && !facts.is_database)
		arguments_fault(arguments, "--timezone: is for the source postgres");
	if (facts.is_database && command->options.file_count > 1)
		arguments_fault(
			arguments, "%s: is one argument too many", command->options.files[1]);
}

static void read_operands(struct arguments *arguments, struct import_command *command)
{
	struct import_options *options = &command->options;
	const struct import_words *words = &command->words;
	if (arguments->operand_count == 0) {
		arguments_fault(arguments, "SOURCE: is required");
		return;
	}
	options->mover = mover_find(arguments->operands[0]);
	options->files = (const char *const *)arguments->operands + 1;
	options->file_count = arguments->operand_count - 1;
	if (!options->mover)
		arguments_fault(
			arguments, "SOURCE: there is no source \"%s\"", arguments->operands[0]);
	else
		check_source(arguments, command);
	if (!words->url && options->file_count == 0)
		arguments_fault(arguments, "FILE: is required; - is standard input");
	check_url(arguments, command);
	if (words->url) {
		options->files = &command->words.url;
		options->file_count = 1;
		options->from_url = true;
	}
}

/* The token of an API, the only line of FILE. */
static void read_token(struct arguments *arguments, struct import_command *command)
{
	const char *path = command->words.token_file;
	char line[TOKEN_BYTES_MAX] = "";
	errno = 0;
	FILE *file = path ? fopen(path, "re") : NULL;
	if (!path)
		return;
	if (!file || !fgets(line, sizeof(line), file))
		arguments_fault(arguments, "--token-file: %s: %s", path,
			errno ? strerror(errno) : "is empty");
	if (file)
		fclose(file);
	line[strcspn(line, "\r\n")] = '\0';
	command->options.token = must(talloc_strdup(arguments->ctx, line));
}

static void read_words(struct arguments *arguments, struct import_command *command)
{
	const struct import_words *words = &command->words;
	struct import_options *options = &command->options;
	arguments_id(arguments, "guild", words->guild, true, &command->guild);
	options->guild = &command->guild;
	options->dry_run = words->dry_run;
	options->rewards = words->rewards;
	options->report = words->report;
	options->time_zone = words->time_zone;
	read_choices(arguments, command);
	read_numbers(arguments, command);
	read_operands(arguments, command);
	read_token(arguments, command);
}

/* ---- The import */

static void got_progress(void *arg, enum import_phase phase, int64_t done, int64_t total)
{
	static const char *const names[] = {[PHASE_READING] = "reading",
		[PHASE_MEMBERS] = "members",
		[PHASE_HISTORY] = "history",
		[PHASE_UNDOING] = "members"};
	struct import_command *command = arg;
	progress_say(&command->progress, names[phase], done, total);
}

static void got_plan(void *arg, const struct import_result *result)
{
	struct import_command *command = arg;
	progress_end(&command->progress);
	if (command->words.json)
		return;
	import_show_plan(result);
	fflush(stdout);
}

static void show_end(const struct import_command *command, const struct import_result *result)
{
	const char *state = result->was_done         ? "done"
			    : command->words.dry_run ? "planned"
						     : "imported";
	if (command->words.json) {
		json_t *json = import_show_json(result, state);
		json_dumpf(json, stdout, JSON_COMPACT);
		putchar('\n');
		json_decref(json);
		return;
	}
	if (result->erased > 0)
		printf("\nleft out meanwhile: %" PRId64 " (%s)\n", result->erased,
			refusal_text(REFUSAL_ERASED));
	if (result->was_done)
		printf("this file was imported already, as number %" PRId64
		       "; nothing was changed\n",
			result->number);
	else if (command->words.dry_run)
		printf("\nnothing was changed: without --dry-run it is imported\n");
	else
		printf("\n%simported as number %" PRId64 "; besacectl undo import %" PRId64
		       " takes it back\n",
			result->was_continued ? "continued and " : "", result->number,
			result->number);
}

static int import(void *ctx, PGconn *conn, struct import_command *command)
{
	const struct import_listener listener = {got_progress, got_plan, command};
	struct import_result *result = must(talloc_zero(ctx, struct import_result));
	char *why = NULL;
	if (store_session_enter(ctx, conn, &why)) {
		ctl_say("cannot import: %s", why);
		return CTL_FAILED;
	}
	command->options.interrupted = interrupt_watch();
	progress_begin(&command->progress, command->words.json);
	enum status status = import_run(ctx, conn, &command->options, &listener, result);
	progress_end(&command->progress);
	if (status == STATUS_OK) {
		show_end(command, result);
		return CTL_DONE;
	}
	ctl_say("%s%s", result->why,
		status == STATUS_UNKNOWN
			? "; the connection was lost: the same call goes on where it was"
			: "");
	return result->fault == IMPORT_FAULT_OPTION ? CTL_USAGE : CTL_FAILED;
}

/* "mee6, amari, …", each with what it is. */
static char *list_sources(void *ctx)
{
	char *text = must(talloc_strdup(ctx, ""));
	for (size_t i = 0; i < movers_count(); i++) {
		const struct mover_facts facts = mover_facts(movers_at(i));
		const char *line = facts.description;
		text = must(talloc_asprintf_append(text, "\n  %-14s", facts.name));
		for (size_t length; *line; line += length + (line[length] == '\n')) {
			length = strcspn(line, "\n");
			text = must(talloc_asprintf_append(text, "%s%.*s",
				line == facts.description ? "" : "\n                ", (int)length,
				line));
		}
	}
	return text;
}

static int obey(struct arguments *arguments, struct import_command *command)
{
	PGconn *conn = NULL;
	read_words(arguments, command);
	if (arguments_are_bad(arguments))
		return CTL_USAGE;
	int status = settings_connect(arguments->ctx, &conn);
	if (!conn)
		return status;
	status = import(arguments->ctx, conn, command);
	PQfinish(conn);
	return status;
}

static int run(int argc, char **argv)
{
	void *ctx = must(talloc_new(NULL));
	struct import_command command = {0};
	struct import_words *words = &command.words;
	const struct argument rows[] = {
		{"guild", "ID", "the server", .text = &words->guild},
		{.name = "dry-run",
			.description = "say what would be done, and do nothing",
			.on = &words->dry_run},
		{"merge", "HOW",
			"of members who are here already: highest (each figure by\n"
			"itself, the default), replace or add",
			.text = &words->merge},
		{"by", "FIGURE", "xp (the default), or level: the start of that level on our curve",
			.text = &words->by},
		{"minimum-level", "N", "leave out members below", .text = &words->minimum_level},
		{"leavers", "HOW", "keep (the default) or skip those known to have left",
			.text = &words->leavers},
		{.name = "rewards",
			.description = "pay the rewards of the levels that are reached",
			.on = &words->rewards},
		{"curve", "NAME", "for arcane: linear, exponential or flat", .text = &words->curve},
		{"factor", "X", "for arcane: by which its levels cost more",
			.text = &words->factor},
		{"timezone", "ZONE", "for postgres: of its times (UTC)", .text = &words->time_zone},
		{"report", "FILE", "write every refusal there, a line each",
			.text = &words->report},
		{"url", "URL", "fetch in place of a file; {page} in it counts pages",
			.text = &words->url},
		{"token-file", "FILE", "the token of that API", .text = &words->token_file},
		{"page-seconds", "N", "that one of its pages may take (60)",
			.text = &words->page_seconds},
		{.name = "json", .description = "print one JSON object", .on = &words->json},
	};
	struct arguments arguments = {
		.ctx = ctx,
		.synopsis = "SOURCE FILE|- --guild ID [--dry-run] [OPTION…]",
		.description = must(talloc_asprintf(ctx,
			"Brings members over from another bot, as one batch that besacectl undo "
			"import takes back.\nAnnounces nothing and pings nobody; a level that is "
			"reached so is not paid, now or later,\nwithout --rewards. What cannot be "
			"imported is reported, the rest goes on; the same file\nwith the same "
			"options is imported once. Reads DATABASE_URL.\n\nExit status: 0 imported, "
			"1 nothing was or it was cut short, 2 bad usage.\n\nSources:%s",
			list_sources(ctx))),
		.rows = rows,
		.count = ARRAY_LEN(rows),
		.operands_max = FILES_MAX + 1,
	};
	int status = arguments_read(&arguments, argc, argv) ? obey(&arguments, &command) : CTL_DONE;
	talloc_free(ctx);
	return status;
}

const struct subcommand subcommand_import = {"import", "bring members over from another bot", run};

/* besacectl register: makes Discord's list of our commands equal to ours. */
#include <stdio.h>
#include <talloc.h>

#include "application.h"
#include "arguments.h"
#include "besace/base/memory.h"
#include "besace/discord/interaction.h"
#include "besace/engine/registration.h"
#include "besace/rest/commands.h"
#include "besace/store/command_ids.h"
#include "settings.h"
#include "store_session.h"
#include "subcommands.h"

/* Discord's code: the new commands that it takes in a day are used up. */
#define CODE_DAILY_LIMIT 30034

struct register_order {
	const char *guild; /* NULL: everywhere */
	bool dry_run, print;
};

/* What the operator can do about a refusal. */
static const char *advice(const struct rest_answer *answer, const struct register_order *order)
{
	if (answer->http == 401)
		return "; is DISCORD_BOT_TOKEN the token of today?";
	if (answer->http == 403 && order->guild)
		return "; is the application in that guild, and does the token belong to "
		       "DISCORD_APPLICATION_ID?";
	if (answer->http == 403 || answer->http == 404)
		return "; does the token belong to DISCORD_APPLICATION_ID?";
	if (answer->code == CODE_DAILY_LIMIT)
		return "; Discord takes 200 new commands a day: try again tomorrow";
	if (answer->status == STATUS_UNKNOWN)
		return "; running this again is safe";
	return "";
}

/* One call; false when it failed, which has been said. The body is the caller's. */
static bool call(void *ctx, const struct config *config, const struct register_order *order,
	struct rest_request request, struct rest_answer *out)
{
	const struct rest_options options = {
		.api_url = config->api_url, .bot_token = config->bot_token};
	request.within_ms = REST_TERMINAL_MS;
	*out = (struct rest_answer){0};
	if (rest_run(&options, &request, 1, out)) {
		ctl_say("libcurl cannot be started");
		return false;
	}
	if (out->status == STATUS_OK)
		return true;
	ctl_say("cannot %s the commands: %s%s", request.body ? "write" : "read",
		rest_explain(ctx, out), advice(out, order));
	return false;
}

static void print_line(const struct command_difference *difference)
{
	static const char *const changes[COMMAND_CHANGES] = {
		[COMMAND_UNCHANGED] = "= unchanged",
		[COMMAND_CREATED] = "+ created  ",
		[COMMAND_CHANGED] = "~ changed  ",
		[COMMAND_DELETED] = "- deleted  ",
		[COMMAND_CARRIED] = "= kept     ",
	};
	static const char *const types[] = {
		[COMMAND_CHAT_INPUT] = "command     ",
		[COMMAND_USER] = "user command",
		[COMMAND_MESSAGE] = "message command",
	};
	int type = difference->type;
	printf("%s  %s  %s\n", changes[difference->change],
		type >= COMMAND_CHAT_INPUT && type <= COMMAND_MESSAGE ? types[type] : "entry point",
		difference->name);
}

static void print_diff(const struct commands_diff *diff, bool dry_run)
{
	for (size_t i = 0; i < diff->count; i++)
		print_line(&diff->commands[i]);
	printf("%zu created, %zu changed, %zu deleted, %zu unchanged%s\n",
		diff->count_of[COMMAND_CREATED], diff->count_of[COMMAND_CHANGED],
		diff->count_of[COMMAND_DELETED],
		diff->count_of[COMMAND_UNCHANGED] + diff->count_of[COMMAND_CARRIED],
		dry_run ? " (dry run: nothing was written)" : "");
}

/* Keeps the ids of LIST, by which /aide names commands. Without a database there is nothing to keep
 * them in, which is said. */
static bool keep_ids(void *ctx, const struct register_order *order, const json_t *list)
{
	PGconn *conn;
	char *why = NULL;
	if (!settings_have_database()) {
		ctl_say("DATABASE_URL is not set: commands in /aide cannot be pressed");
		return true;
	}
	if (settings_connect(ctx, &conn))
		return false;
	bool kept = store_session_enter(ctx, conn, &why) == STATUS_OK &&
		    command_ids_keep(ctx, conn, order->guild, list, &why) == STATUS_OK;
	PQfinish(conn);
	if (!kept)
		ctl_say("the commands are registered, but their ids could not be kept: %s; run "
			"this "
			"again",
			why);
	return kept;
}

/* Writes OURS unless Discord has them already, then prints what that changed. */
static bool bring_over(void *ctx, const struct config *config, const struct register_order *order,
	const json_t *theirs, const json_t *ours)
{
	struct commands_diff diff;
	if (commands_diff(ctx, theirs, ours, order->guild != NULL, &diff)) {
		ctl_say("Discord's answer is no list of commands");
		return false;
	}
	bool same = diff.count_of[COMMAND_UNCHANGED] + diff.count_of[COMMAND_CARRIED] == diff.count;
	if (!same && !order->dry_run) {
		struct rest_answer answer;
		json_t *all = commands_with_entry_point(theirs, ours);
		bool done = call(ctx, config, order,
			commands_put(config->application_id.text, order->guild, all), &answer);
		json_decref(all);
		if (done)
			print_diff(&diff, false);
		done = done && keep_ids(ctx, order, answer.body);
		json_decref((json_t *)answer.body);
		return done;
	}
	print_diff(&diff, order->dry_run);
	return order->dry_run || keep_ids(ctx, order, theirs);
}

static int bring(void *ctx, const struct register_order *order, const json_t *ours)
{
	struct config *config = must(talloc(ctx, struct config));
	int status = settings_discord(ctx, config);
	if (status)
		return status;
	struct rest_answer answer;
	bool done = call(ctx, config, order,
			    commands_get(config->application_id.text, order->guild), &answer) &&
		    bring_over(ctx, config, order, answer.body, ours);
	json_decref((json_t *)answer.body);
	if (done)
		application_warn_if_public(ctx, config);
	return done ? CTL_DONE : CTL_FAILED;
}

static int obey(void *ctx, const struct register_order *order)
{
	json_t *ours = registration_build(order->guild == NULL);
	int status = CTL_DONE;
	if (order->print) {
		json_dumpf(ours, stdout, JSON_INDENT(2));
		putchar('\n');
	} else {
		status = bring(ctx, order, ours);
	}
	json_decref(ours);
	return status;
}

static int run(int argc, char **argv)
{
	void *ctx = must(talloc_new(NULL));
	struct register_order order = {0};
	const struct argument rows[] = {
		{"guild", "ID", "register in this guild only, where it takes effect at once",
			.text = &order.guild},
		{"dry-run", NULL, "say what would change, and write nothing", .on = &order.dry_run},
		{"print", NULL, "print our list as JSON; asks nobody and needs no setting",
			.on = &order.print},
	};
	struct arguments arguments = {
		.ctx = ctx,
		.synopsis = "[--guild ID] [--dry-run | --print]",
		.description =
			"Registers our commands with Discord: reads the list it has and, when it "
			"differs,\nreplaces it by ours. Prints a line for each command. Reads "
			"DISCORD_APPLICATION_ID,\nDISCORD_BOT_TOKEN, DISCORD_API_URL and, to warn "
			"when anybody "
			"can add the application\nto their server, BESACE_GUILDS.",
		.rows = rows,
		.count = ARRAY_LEN(rows),
	};
	int status = CTL_DONE;
	if (arguments_read(&arguments, argc, argv)) {
		struct snowflake guild;
		arguments_id(&arguments, "guild", order.guild, false, &guild);
		if (order.dry_run && order.print)
			arguments_fault(&arguments, "--print: cannot be had with --dry-run");
		status = arguments_are_bad(&arguments) ? CTL_USAGE : obey(ctx, &order);
	}
	talloc_free(ctx);
	return status;
}

const struct subcommand subcommand_register = {
	"register", "tell Discord our commands, if it has others", run};

/* besace-gateway: reads its settings and runs the shim. */
#include <getopt.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <talloc.h>
#include <unistd.h>

#include "besace/base/memory.h"
#include "besace/discord/gateway.h"
#include "besace/gateway/shim.h"
#include "besace/runtime/config.h"
#include "besace/runtime/log.h"
#include "besace/runtime/metrics.h"
#include "version.h"

/* The exit codes of the contract. */
enum { EXIT_GOOD = 0, EXIT_FAILED = 1, EXIT_USAGE = 2 };

static const char usage[] =
	"Usage: besace-gateway [--help | --version]\n"
	"\n"
	"Holds the connection to Discord's Gateway and forwards messages, reactions and voice\n"
	"states to the service as signed batches. It runs in the foreground until SIGTERM and\n"
	"reads its settings from the environment:\n"
	"\n"
	"  BESACE_EVENTS_URL        the service's /events address (required)\n"
	"  BESACE_EVENT_KEY_ID      what the service calls our key (required)\n"
	"  BESACE_EVENT_SECRET_KEY  the key, as besacectl keygen writes it; or ..._FILE "
	"(required)\n"
	"  DISCORD_BOT_TOKEN        or DISCORD_BOT_TOKEN_FILE (required)\n"
	"  DISCORD_GATEWAY_URL      ws:// or wss://; by default Discord is asked\n"
	"  DISCORD_API_URL          default https://discord.com/api/v10\n"
	"  BESACE_SPOOL_DIR         default /var/lib/besace/spool; one for each shard\n"
	"  BESACE_SHARD             id/count, default 0/1\n"
	"  BESACE_METRICS_LISTEN    default 127.0.0.1:9465; empty turns it off\n"
	"  BESACE_LOG               error, warn, info (default) or debug\n"
	"  BESACE_LOG_FORMAT        json (default) or text\n"
	"\n"
	"Exit status: 0 after a clean end, 1 on failure, 2 on bad usage or settings.\n";

/* Handles the options. Returns an exit code, or -1 to go on. */
static int read_options(int argc, char **argv)
{
	static const struct option options[] = {{"help", no_argument, NULL, 'h'},
		{"version", no_argument, NULL, 'v'}, {NULL, 0, NULL, 0}};
	int option = getopt_long(argc, argv, "h", options, NULL);
	if (option == 'h' || option == 'v') {
		fputs(option == 'h' ? usage : "besace-gateway " BESACE_VERSION "\n", stdout);
		return fflush(stdout) == 0 ? EXIT_GOOD : EXIT_FAILED;
	}
	if (option != -1) { /* getopt has said why */
		fputs("Try: besace-gateway --help\n", stderr);
		return EXIT_USAGE;
	}
	if (optind < argc) {
		fprintf(stderr, "besace-gateway: takes no argument, got \"%s\"\n", argv[optind]);
		return EXIT_USAGE;
	}
	return -1;
}

/* Prints "besace-gateway: " before each line of FAULTS. */
static void print_faults(char *faults)
{
	char *rest = faults, *line;
	while ((line = strsep(&rest, "\n")))
		if (*line)
			fprintf(stderr, "besace-gateway: %s\n", line);
}

/* The token must fit into an IDENTIFY. */
static char *token_fault(void *ctx, const char *token)
{
	if (strlen(token) <= GATEWAY_MAX_TOKEN)
		return NULL;
	return must(talloc_asprintf(
		ctx, "is longer than %d bytes, so it is no token", GATEWAY_MAX_TOKEN));
}

/* The query of the address is ours to add. */
static char *url_fault(void *ctx, const char *url)
{
	return strpbrk(url, "?#")
		       ? must(talloc_strdup(ctx, "must not hold ? or #: the shim adds them"))
		       : NULL;
}

static int run(void *ctx)
{
	static const struct config_check checks[] = {{"DISCORD_BOT_TOKEN", token_fault},
		{"DISCORD_GATEWAY_URL", url_fault}, {NULL, NULL}};
	struct config config;
	char *why = NULL;
	if (config_load(ctx, PROGRAM_GATEWAY, config_environment, checks, &config, &why) !=
		STATUS_OK) {
		print_faults(why);
		return EXIT_USAGE;
	}
	log_setup(config.log_level, config.log_json);
	char *unknown = config_unknown(ctx, environ);
	if (unknown)
		log_warn(LOG_TEXT("settings that no program knows"), LOG_STR("names", unknown));
	metrics_begin(METRICS_OF_SHIM, BESACE_VERSION,
		must(talloc_asprintf(ctx, "%d/%d", config.shard_id, config.shard_count)));
	enum status status = shim_run(ctx, &config, &why);
	sodium_memzero(config.event_secret_key, sizeof(config.event_secret_key));
	if (status == STATUS_OK)
		return EXIT_GOOD;
	log_error(LOG_TEXT("besace-gateway ends"), LOG_STR("why", why));
	return EXIT_FAILED;
}

int main(int argc, char **argv)
{
	int code = read_options(argc, argv);
	if (code >= 0)
		return code;
	if (sodium_init() < 0)
		return EXIT_FAILED;
	void *ctx = must(talloc_new(NULL));
	code = run(ctx);
	talloc_free(ctx);
	return code;
}

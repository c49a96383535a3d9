/* besace-gateway: reads its settings and runs the shim. */
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <talloc.h>

#include "besace/app/program.h"
#include "besace/base/memory.h"
#include "besace/discord/gateway.h"
#include "besace/gateway/shim.h"
#include "besace/runtime/config.h"
#include "besace/runtime/log.h"
#include "besace/runtime/metrics.h"
#include "version.h"

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
		program_print_faults("besace-gateway", why);
		return PROGRAM_MISUSED;
	}
	program_begin_log(ctx, &config);
	metrics_begin(METRICS_OF_SHIM, BESACE_VERSION,
		must(talloc_asprintf(ctx, "%d/%d", config.shard_id, config.shard_count)));
	enum status status = shim_run(ctx, &config, &why);
	sodium_memzero(config.event_secret_key, sizeof(config.event_secret_key));
	if (status == STATUS_OK)
		return PROGRAM_DONE;
	log_error(LOG_TEXT("besace-gateway ends"), LOG_STR("why", why));
	return PROGRAM_FAILED;
}

int main(int argc, char **argv)
{
	int code = program_read_options(argc, argv, "besace-gateway", usage);
	if (code >= 0)
		return code;
	if (sodium_init() < 0)
		return PROGRAM_FAILED;
	void *ctx = must(talloc_new(NULL));
	code = run(ctx);
	talloc_free(ctx);
	return code;
}

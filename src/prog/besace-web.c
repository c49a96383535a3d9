/* besace-web: reads its settings and serves pages and pictures. */
#include <curl/curl.h>
#include <sodium.h>
#include <stdio.h>
#include <talloc.h>

#include "besace/app/program.h"
#include "besace/base/memory.h"
#include "besace/runtime/config.h"
#include "besace/runtime/log.h"
#include "besace/runtime/metrics.h"
#include "besace/store/db.h"
#include "besace/web/site.h"
#include "version.h"

static const char help[] =
	"Usage: besace-web\n"
	"\n"
	"Shows level cards and leaderboards to everybody. Takes its settings from the environment\n"
	"(`besacectl config --program besace-web` shows them, README.md explains them) and runs "
	"in\n"
	"the foreground until SIGTERM or SIGINT.\n"
	"\n"
	"      --help     show this text\n"
	"      --version  show the version\n";

static int run(void *ctx)
{
	static const struct config_check checks[] = {{"DATABASE_URL", db_url_fault}, {0}};
	struct config config;
	char *why;
	if (config_load(ctx, PROGRAM_WEB, config_environment, checks, &config, &why)) {
		program_print_faults("besace-web", why);
		return PROGRAM_MISUSED;
	}
	program_begin_log(ctx, &config);
	if (!config.has_link_key)
		log_info(LOG_TEXT("BESACE_LINK_KEY is not set"), LOG_STR("off", "cards"));
	metrics_begin(METRICS_OF_WEB, BESACE_VERSION, NULL);
	enum status status = site_run(ctx, &config, &why);
	sodium_memzero(config.link_key, sizeof(config.link_key));
	if (!status)
		return PROGRAM_DONE;
	log_error(LOG_TEXT("cannot serve"), LOG_STR("why", why));
	return PROGRAM_FAILED;
}

int main(int argc, char **argv)
{
	int code = program_read_options(argc, argv, "besace-web", help);
	if (code >= 0)
		return code;
	if (sodium_init() < 0 || curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
		fputs("besace-web: the cryptographic libraries cannot start\n", stderr);
		return PROGRAM_FAILED;
	}
	void *ctx = must(talloc_new(NULL));
	code = run(ctx);
	talloc_free(ctx);
	curl_global_cleanup();
	return code;
}

/* The service: reads its settings and runs until it is told to end. */
#include <curl/curl.h>
#include <sodium.h>
#include <stdio.h>
#include <talloc.h>

#include "besace/app/program.h"
#include "besace/app/service.h"
#include "besace/base/memory.h"
#include "besace/runtime/config.h"
#include "besace/runtime/log.h"
#include "besace/runtime/metrics.h"
#include "besace/runtime/tls.h"
#include "besace/store/db.h"
#include "version.h"

static const char help[] =
	"Usage: besace\n"
	"\n"
	"Answers Discord's interactions from PostgreSQL. Takes its settings from the environment\n"
	"(`besacectl config` shows them, README.md explains them) and runs in the foreground "
	"until\n"
	"SIGTERM or SIGINT.\n"
	"\n"
	"      --help     show this text\n"
	"      --version  show the version\n";

static int run(void *ctx)
{
	static const struct config_check checks[] = {{"DATABASE_URL", db_url_fault}, {0}};
	struct config config;
	char *why;
	enum status status =
		config_load(ctx, PROGRAM_BESACE, config_environment, checks, &config, &why);
	if (status)
		program_print_faults("besace", why);
	char *tls = tls_faults(ctx, &config);
	if (tls)
		program_print_faults("besace", tls);
	if (status || tls)
		return PROGRAM_MISUSED;
	program_begin_log(ctx, &config);
	metrics_begin(METRICS_OF_BESACE, BESACE_VERSION, NULL);
	status = service_run(ctx, &config, &why);
	if (!status)
		return PROGRAM_DONE;
	log_error(LOG_TEXT("cannot serve"), LOG_STR("why", why));
	return status == STATUS_INVALID ? PROGRAM_MISUSED : PROGRAM_FAILED;
}

int main(int argc, char **argv)
{
	int code = program_read_options(argc, argv, "besace", help);
	if (code >= 0)
		return code;
	if (sodium_init() < 0 || curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
		fputs("besace: the cryptographic libraries cannot start\n", stderr);
		return PROGRAM_FAILED;
	}
	void *ctx = must(talloc_new(NULL));
	code = run(ctx);
	talloc_free(ctx);
	curl_global_cleanup();
	return code;
}

/* besace-web: reads its settings and serves pages and pictures. */
#include <curl/curl.h>
#include <getopt.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <talloc.h>
#include <unistd.h>

#include "besace/base/memory.h"
#include "besace/runtime/config.h"
#include "besace/runtime/log.h"
#include "besace/runtime/metrics.h"
#include "besace/store/db.h"
#include "besace/web/site.h"
#include "version.h"

/* Exit codes of the public contract. */
enum { EXIT_FAULTY_USE = 2 };

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

static int parse_arguments(int argc, char **argv, bool *out_done)
{
	static const struct option options[] = {
		{"help", no_argument, NULL, 'h'}, {"version", no_argument, NULL, 'v'}, {0}};
	*out_done = true;
	switch (getopt_long(argc, argv, "", options, NULL)) {
	case 'h':
		fputs(help, stdout);
		return fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
	case 'v':
		puts("besace-web " BESACE_VERSION);
		return fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
	case -1:
		if (optind == argc) {
			*out_done = false;
			return EXIT_SUCCESS;
		}
		fprintf(stderr, "besace-web: takes no arguments, got \"%s\"; see --help\n",
			argv[optind]);
		return EXIT_FAULTY_USE;
	default:
		return EXIT_FAULTY_USE; /* getopt has said what is wrong */
	}
}

/* Prints "besace-web: " before each line of FAULTS. */
static void print_faults(char *faults)
{
	char *rest = faults, *line;
	while ((line = strsep(&rest, "\n")))
		if (*line)
			fprintf(stderr, "besace-web: %s\n", line);
}

static int run(void *ctx)
{
	static const struct config_check checks[] = {{"DATABASE_URL", db_url_fault}, {0}};
	struct config config;
	char *why;
	if (config_load(ctx, PROGRAM_WEB, config_environment, checks, &config, &why)) {
		print_faults(why);
		return EXIT_FAULTY_USE;
	}
	log_setup(config.log_level, config.log_json);
	char *unknown = config_unknown(ctx, environ);
	if (unknown)
		log_warn(LOG_TEXT("unknown settings"), LOG_STR("names", unknown));
	if (!config.has_link_key)
		log_info(LOG_TEXT("BESACE_LINK_KEY is not set"), LOG_STR("off", "cards"));
	metrics_begin(METRICS_OF_WEB, BESACE_VERSION, NULL);
	enum status status = site_run(ctx, &config, &why);
	sodium_memzero(config.link_key, sizeof(config.link_key));
	if (!status)
		return EXIT_SUCCESS;
	log_error(LOG_TEXT("cannot serve"), LOG_STR("why", why));
	return EXIT_FAILURE;
}

int main(int argc, char **argv)
{
	bool done;
	int code = parse_arguments(argc, argv, &done);
	if (done)
		return code;
	if (sodium_init() < 0 || curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
		fputs("besace-web: the cryptographic libraries cannot start\n", stderr);
		return EXIT_FAILURE;
	}
	void *ctx = must(talloc_new(NULL));
	code = run(ctx);
	talloc_free(ctx);
	curl_global_cleanup();
	return code;
}

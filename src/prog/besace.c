/* The service: reads its settings and runs until it is told to end. */
#include <curl/curl.h>
#include <getopt.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <talloc.h>
#include <unistd.h>

#include "besace/app/service.h"
#include "besace/base/memory.h"
#include "besace/runtime/config.h"
#include "besace/runtime/log.h"
#include "besace/runtime/metrics.h"
#include "besace/runtime/tls.h"
#include "besace/store/db.h"
#include "version.h"

/* Exit codes of the public contract. */
enum { EXIT_FAULTY_USE = 2 };

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

static int parse_arguments(int argc, char **argv, bool *out_done)
{
	static const struct option options[] = {
		{"help", no_argument, NULL, 'h'}, {"version", no_argument, NULL, 'v'}, {0}};
	*out_done = true;
	switch (getopt_long(argc, argv, "", options, NULL)) {
	case 'h':
		fputs(help, stdout);
		return EXIT_SUCCESS;
	case 'v':
		puts("besace " BESACE_VERSION);
		return EXIT_SUCCESS;
	case -1:
		if (optind == argc) {
			*out_done = false;
			return EXIT_SUCCESS;
		}
		fprintf(stderr, "besace: takes no arguments, got \"%s\"; see --help\n",
			argv[optind]);
		return EXIT_FAULTY_USE;
	default:
		return EXIT_FAULTY_USE; /* getopt has said what is wrong */
	}
}

/* Prints "besace: " before each line of FAULTS. */
static void print_faults(char *faults)
{
	char *rest = faults, *line;
	while ((line = strsep(&rest, "\n")))
		if (*line)
			fprintf(stderr, "besace: %s\n", line);
}

static int run(void *ctx)
{
	static const struct config_check checks[] = {{"DATABASE_URL", db_url_fault}, {0}};
	struct config config;
	char *why;
	enum status status =
		config_load(ctx, PROGRAM_BESACE, config_environment, checks, &config, &why);
	if (status)
		print_faults(why);
	char *tls = tls_faults(ctx, &config);
	if (tls)
		print_faults(tls);
	if (status || tls)
		return EXIT_FAULTY_USE;
	log_setup(config.log_level, config.log_json);
	char *unknown = config_unknown(ctx, environ);
	if (unknown)
		log_warn(LOG_TEXT("unknown settings"), LOG_STR("names", unknown));
	metrics_begin(METRICS_OF_BESACE, BESACE_VERSION, NULL);
	status = service_run(ctx, &config, &why);
	if (!status)
		return EXIT_SUCCESS;
	log_error(LOG_TEXT("cannot serve"), LOG_STR("why", why));
	return status == STATUS_INVALID ? EXIT_FAULTY_USE : EXIT_FAILURE;
}

int main(int argc, char **argv)
{
	bool done;
	int code = parse_arguments(argc, argv, &done);
	if (done)
		return code;
	if (sodium_init() < 0 || curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
		fputs("besace: the cryptographic libraries cannot start\n", stderr);
		return EXIT_FAILURE;
	}
	void *ctx = must(talloc_new(NULL));
	code = run(ctx);
	talloc_free(ctx);
	curl_global_cleanup();
	return code;
}

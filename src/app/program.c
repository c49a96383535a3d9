/* Begins the programs that run in the foreground. */
#include "besace/app/program.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "besace/runtime/log.h"
#include "version.h"

/* A pipe that is closed, or a disk that is full, is a failure. */
static int printed(void)
{
	return fflush(stdout) == 0 ? PROGRAM_DONE : PROGRAM_FAILED;
}

int program_read_options(int argc, char **argv, const char *name, const char *help)
{
	static const struct option options[] = {
		{"help", no_argument, NULL, 'h'}, {"version", no_argument, NULL, 'v'}, {0}};
	switch (getopt_long(argc, argv, "", options, NULL)) {
	case 'h':
		fputs(help, stdout);
		return printed();
	case 'v':
		printf("%s %s\n", name, BESACE_VERSION);
		return printed();
	case -1:
		if (optind == argc)
			return -1;
		fprintf(stderr, "%s: takes no arguments, got \"%s\"; see --help\n", name,
			argv[optind]);
		return PROGRAM_MISUSED;
	default:
		return PROGRAM_MISUSED; /* getopt has said what is wrong */
	}
}

void program_print_faults(const char *name, char *faults)
{
	char *rest = faults, *line;
	while ((line = strsep(&rest, "\n")))
		if (*line)
			fprintf(stderr, "%s: %s\n", name, line);
}

void program_begin_log(void *ctx, const struct config *config)
{
	log_setup(config->log_level, config->log_json);
	char *unknown = config_unknown(ctx, environ);
	if (unknown)
		log_warn(LOG_TEXT("unknown settings"), LOG_STR("names", unknown));
}

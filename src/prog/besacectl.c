/* besacectl: finds the subcommand and runs it. */
#include <errno.h>
#include <sodium.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "besace/ctl/ctl.h"
#include "version.h"

static void print_usage(FILE *out)
{
	fputs("Usage: besacectl COMMAND [ARGUMENT…]\n\n", out);
	for (size_t i = 0; subcommands[i]; i++)
		fprintf(out, "  %-10s  %s\n", subcommands[i]->name, subcommands[i]->description);
	fputs("\nFor root, settings that the environment lacks come from /etc/besace/besace.env "
	      "with the secrets of\n/etc/credstore, as the service has them, and the database "
	      "is reached as the service's user:\n`sudo besacectl check` needs nothing else.\n",
		out);
	fputs("\nbesacectl COMMAND --help says more. Exit status: 0 done, 1 failed (for check: "
	      "faults found),\n2 bad usage or configuration.\n",
		out);
}

static int refuse(const char *word)
{
	fprintf(stderr, "besacectl: %s: is no %s; besacectl --help lists them\n", word,
		*word == '-' ? "option" : "command");
	return CTL_USAGE;
}

static int obey(int argc, char **argv)
{
	if (argc < 2) {
		print_usage(stderr);
		return CTL_USAGE;
	}
	if (strcmp(argv[1], "--help") == 0) {
		print_usage(stdout);
		return CTL_DONE;
	}
	if (strcmp(argv[1], "--version") == 0) {
		puts("besacectl " BESACE_VERSION);
		return CTL_DONE;
	}
	const struct subcommand *subcommand = subcommand_find(argv[1]);
	return subcommand ? subcommand->run(argc - 1, argv + 1) : refuse(argv[1]);
}

/* An answer that nobody could read is no success. */
static bool all_was_written(void)
{
	errno = 0;
	if (fflush(stdout) == 0 && !ferror(stdout) && fclose(stdout) == 0)
		return true;
	fprintf(stderr, "besacectl: cannot write to standard output: %s\n",
		errno ? strerror(errno) : "it is closed");
	return false;
}

int main(int argc, char **argv)
{
	if (sodium_init() < 0) {
		fputs("besacectl: libsodium finds no source of random numbers\n", stderr);
		return CTL_FAILED;
	}
	int status = obey(argc, argv);
	return all_was_written() || status != CTL_DONE ? status : CTL_FAILED;
}

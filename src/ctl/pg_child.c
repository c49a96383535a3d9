/* Runs pg_dump and pg_restore. */
#include "pg_child.h"

#include <errno.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <talloc.h>
#include <unistd.h>

#include "besace/base/memory.h"

/* Interval between two looks at how far it has come. */
#define LOOK_US 100000

/* Variables of the environment, at most: ours and libpq's. */
#define ENVIRONMENT_MAX 512

/* Whether the variable ENTRY is one that libpq reads. */
static bool is_libpq(const char *entry)
{
	return strncmp(entry, "PG", 2) == 0;
}

/* The environment in which the child connects as CONN did: a password never stands in its
 * arguments, which everybody can read. */
static char **make_environment(const struct pg_child *child)
{
	char **environment = must(talloc_zero_array(child->ctx, char *, ENVIRONMENT_MAX + 1));
	PQconninfoOption *options = must(PQconninfo(child->conn));
	int count = 0;
	for (char **entry = environ; *entry && count < ENVIRONMENT_MAX / 2; entry++)
		if (!is_libpq(*entry) || strncmp(*entry, "PGSYSCONFDIR=", 13) == 0)
			environment[count++] = *entry;
	for (const PQconninfoOption *option = options; option->keyword; option++) {
		bool is_database = strcmp(option->keyword, "dbname") == 0;
		const char *value = is_database && child->database ? child->database : option->val;
		if (!option->envvar || !value || !*value || count == ENVIRONMENT_MAX ||
			strcmp(option->keyword, "application_name") == 0)
			continue;
		environment[count++] =
			must(talloc_asprintf(environment, "%s=%s", option->envvar, value));
	}
	PQconninfoFree(options);
	return environment;
}

static void tell(const struct pg_child *child)
{
	struct stat file;
	if (child->growing && stat(child->growing, &file) == 0)
		progress_say(child->progress, child->what, (int64_t)file.st_size, 0);
}

/* Waits for PID; sends SIGTERM once when the operator wants to stop. */
static int wait_for(const struct pg_child *child, pid_t pid)
{
	int status = 0;
	bool told = false;
	pid_t ended = 0;
	while ((ended = waitpid(pid, &status, WNOHANG)) == 0 || (ended < 0 && errno == EINTR)) {
		if (child->interrupted && *child->interrupted && !told)
			told = kill(pid, SIGTERM) == 0;
		tell(child);
		usleep(LOOK_US);
	}
	return ended == pid ? status : -1;
}

enum status pg_child_run(const struct pg_child *child, char **out_why)
{
	pid_t pid;
	char **environment = make_environment(child);
	char **argv = must(talloc_zero_array(child->ctx, char *, 32));
	for (int i = 0; child->argv[i] && i < 31; i++)
		argv[i] = must(talloc_strdup(argv, child->argv[i]));
	int fault = posix_spawnp(&pid, argv[0], NULL, NULL, argv, environment);
	if (fault) {
		*out_why = must(talloc_asprintf(child->ctx,
			"%s cannot be run: %s; it comes with Debian's postgresql-client", argv[0],
			strerror(fault)));
		return STATUS_FAILED;
	}
	int status = wait_for(child, pid);
	if (status == 0)
		return STATUS_OK;
	bool stopped = child->interrupted && *child->interrupted;
	*out_why = must(stopped ? talloc_strdup(child->ctx, "interrupted")
				: talloc_asprintf(child->ctx, "%s failed", argv[0]));
	return stopped ? STATUS_UNAVAILABLE : STATUS_FAILED;
}

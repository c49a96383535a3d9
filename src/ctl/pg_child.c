/* Runs pg_dump and pg_restore. */
#include "pg_child.h"

#include <dirent.h>
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

/* Where the descriptor NAME of the process PID stands; negative when nobody can say. */
static int64_t position_of(pid_t pid, const char *name)
{
	char path[64], line[64];
	long long at = -1;
	snprintf(path, sizeof(path), "/proc/%d/fdinfo/%.20s", pid, name);
	FILE *info = fopen(path, "re");
	if (!info)
		return -1;
	while (at < 0 && fgets(line, sizeof(line), info))
		if (sscanf(line, "pos: %lld", &at) != 1)
			at = -1;
	fclose(info);
	return at;
}

/* How far PID has read the file at PATH; negative when it has not opened it. */
static int64_t read_of(pid_t pid, const char *path)
{
	char folder[32];
	struct stat wanted, found;
	int64_t at = -1;
	snprintf(folder, sizeof(folder), "/proc/%d/fd", pid);
	DIR *list = stat(path, &wanted) == 0 ? opendir(folder) : NULL;
	if (!list)
		return -1;
	for (const struct dirent *entry = readdir(list); at < 0 && entry; entry = readdir(list))
		if (fstatat(dirfd(list), entry->d_name, &found, 0) == 0 &&
			found.st_ino == wanted.st_ino && found.st_dev == wanted.st_dev)
			at = position_of(pid, entry->d_name);
	closedir(list);
	return at;
}

static void tell(const struct pg_child *child, pid_t pid)
{
	struct stat file;
	int64_t at = child->reading ? read_of(pid, child->reading) : -1;
	if (child->growing && stat(child->growing, &file) == 0)
		progress_say(child->progress, child->what, (int64_t)file.st_size, 0);
	if (at >= 0)
		progress_say(child->progress, child->what, at < child->total ? at : child->total,
			child->total);
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
		tell(child, pid);
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

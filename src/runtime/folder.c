/* Folders that one process at a time works in. */
#include "besace/runtime/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <talloc.h>
#include <unistd.h>

#include "besace/base/memory.h"

static bool make_folders(char *path)
{
	for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		int made = mkdir(path, 0755);
		bool there = made == 0 || errno == EEXIST;
		*slash = '/';
		if (!there)
			return false;
	}
	return mkdir(path, 0700) == 0 || errno == EEXIST;
}

int folder_open(const char *path, const char *name, int flags)
{
	char *file = must(talloc_asprintf(NULL, "%s/%s", path, name));
	int fd = open(file, flags | O_CREAT | O_CLOEXEC, 0600);
	talloc_free(file);
	return fd;
}

char *folder_take(void *ctx, const char *path, int *out_lock)
{
	char *folder = must(talloc_strdup(ctx, path));
	if (!make_folders(folder))
		return must(talloc_asprintf(ctx, "cannot make the folder: %s", strerror(errno)));
	int lock = folder_open(path, "lock", O_RDWR);
	if (lock < 0)
		return must(talloc_asprintf(ctx, "cannot write in it: %s", strerror(errno)));
	if (flock(lock, LOCK_EX | LOCK_NB) < 0) {
		close(lock);
		return must(talloc_strdup(
			ctx, "another process uses it (each needs a folder of its own)"));
	}
	*out_lock = lock;
	return NULL;
}

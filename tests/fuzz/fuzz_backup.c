/* Fuzzes the line behind a backup: a file with it is taken only if it is whole. */
#include <sodium.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <talloc.h>
#include <unistd.h>

#include "ctl/backup_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static int fd = -1;
	char path[64], *why = NULL;
	json_t *manifest = NULL;
	if (fd < 0)
		fd = memfd_create("backup", MFD_CLOEXEC);
	if (fd < 0 || sodium_init() < 0 || ftruncate(fd, 0) < 0 ||
		pwrite(fd, data, size, 0) != (ssize_t)size)
		abort();
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	void *ctx = talloc_new(NULL);
	enum status status = backup_file_open(ctx, path, &manifest, &why);
	if ((status == STATUS_OK) != (manifest != NULL) || (status == STATUS_OK) != (why == NULL))
		abort();
	json_decref(manifest);
	talloc_free(ctx);
	return 0;
}

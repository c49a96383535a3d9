/* A disk that is full while the file named by BESACE_FULL exists: what is there can be read and
   overwritten, but no regular file grows. For drills by users who may not mount a small disk. */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

/* Whether FD is a regular file that would grow by writing up to END on the full disk. */
static bool refuses(int fd, off_t end)
{
	int before = errno;
	const char *flag = getenv("BESACE_FULL");
	struct stat found;
	bool is_full = flag != NULL && access(flag, F_OK) == 0 && fstat(fd, &found) == 0 &&
		       S_ISREG(found.st_mode) && end > found.st_size;

	errno = is_full ? ENOSPC : before;
	return is_full;
}

/* The end of LENGTH bytes from where FD stands; appending begins at the end of the file. */
static off_t end_here(int fd, size_t length)
{
	int before = errno;
	int flags = fcntl(fd, F_GETFL);
	struct stat found;
	off_t at = lseek(fd, 0, SEEK_CUR);

	if (flags >= 0 && (flags & O_APPEND) != 0 && fstat(fd, &found) == 0)
		at = found.st_size;
	errno = before;
	return at < 0 ? 0 : at + (off_t)length;
}

static size_t total(const struct iovec *pieces, int count)
{
	size_t bytes = 0;

	for (int i = 0; i < count; i++)
		bytes += pieces[i].iov_len;
	return bytes;
}

/* The function of that name that stands behind ours. */
#define BEHIND(name) (__extension__(__typeof__(&(name))) dlsym(RTLD_NEXT, #name))

ssize_t write(int fd, const void *data, size_t length)
{
	return refuses(fd, end_here(fd, length)) ? -1 : BEHIND(write)(fd, data, length);
}

ssize_t writev(int fd, const struct iovec *pieces, int count)
{
	return refuses(fd, end_here(fd, total(pieces, count))) ? -1
							       : BEHIND(writev)(fd, pieces, count);
}

ssize_t pwrite(int fd, const void *data, size_t length, off_t at)
{
	return refuses(fd, at + (off_t)length) ? -1 : BEHIND(pwrite)(fd, data, length, at);
}

ssize_t pwrite64(int fd, const void *data, size_t length, off_t at)
{
	return refuses(fd, at + (off_t)length) ? -1 : BEHIND(pwrite64)(fd, data, length, at);
}

ssize_t pwritev(int fd, const struct iovec *pieces, int count, off_t at)
{
	return refuses(fd, at + (off_t)total(pieces, count))
		       ? -1
		       : BEHIND(pwritev)(fd, pieces, count, at);
}

ssize_t pwritev64(int fd, const struct iovec *pieces, int count, off_t at)
{
	return refuses(fd, at + (off_t)total(pieces, count))
		       ? -1
		       : BEHIND(pwritev64)(fd, pieces, count, at);
}

int posix_fallocate(int fd, off_t at, off_t length)
{
	return refuses(fd, at + length) ? ENOSPC : BEHIND(posix_fallocate)(fd, at, length);
}

int posix_fallocate64(int fd, off_t at, off_t length)
{
	return refuses(fd, at + length) ? ENOSPC : BEHIND(posix_fallocate64)(fd, at, length);
}

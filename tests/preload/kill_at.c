/*
 * Kills its process just before the Nth I/O call after a test armed it: kill -9 between two steps.
 *
 * BESACE_KILL_AT names a file of three 32-bit numbers that the test and the process share: how many
 * calls were counted, the one at which to die (0: not armed), and how many threads are just about
 * to count: a test that disarmed it and sees none of them knows whether the process dies. Calls on
 * sockets, pipes and epoll are counted, from all threads. The system is called directly, so that
 * neither a sanitizer's nor libc's own wrappers count twice.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

struct shared {
	_Atomic uint32_t counted;
	_Atomic uint32_t deadly;
	_Atomic uint32_t inside;
};

static struct shared *shared;

__attribute__((constructor)) static void map_shared(void)
{
	const char *path = getenv("BESACE_KILL_AT");
	int fd = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
	if (fd < 0)
		return;
	void *memory = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	if (memory == MAP_FAILED)
		return;
	shared = memory;
	atomic_store(&shared->inside, 0); /* those of the process that was killed before */
}

static void step(void)
{
	if (!shared)
		return;
	atomic_fetch_add(&shared->inside, 1);
	uint32_t deadly = atomic_load(&shared->deadly);
	if (deadly && atomic_fetch_add(&shared->counted, 1) + 1 == deadly)
		syscall(SYS_kill, getpid(), SIGKILL);
	atomic_fetch_sub(&shared->inside, 1);
}

ssize_t send(int fd, const void *buffer, size_t length, int flags)
{
	step();
	return syscall(SYS_sendto, fd, buffer, length, flags, NULL, 0);
}

/* glibc's own type: it takes any of the socket addresses. */
ssize_t sendto(int fd, const void *buffer, size_t length, int flags, __CONST_SOCKADDR_ARG to,
	socklen_t to_length)
{
	step();
	return syscall(SYS_sendto, fd, buffer, length, flags, to.__sockaddr__, to_length);
}

ssize_t sendmsg(int fd, const struct msghdr *message, int flags)
{
	step();
	return syscall(SYS_sendmsg, fd, message, flags);
}

ssize_t recv(int fd, void *buffer, size_t length, int flags)
{
	step();
	return syscall(SYS_recvfrom, fd, buffer, length, flags, NULL, NULL);
}

ssize_t recvfrom(int fd, void *restrict buffer, size_t length, int flags, __SOCKADDR_ARG from,
	socklen_t *restrict from_length)
{
	step();
	return syscall(SYS_recvfrom, fd, buffer, length, flags, from.__sockaddr__, from_length);
}

ssize_t recvmsg(int fd, struct msghdr *message, int flags)
{
	step();
	return syscall(SYS_recvmsg, fd, message, flags);
}

ssize_t read(int fd, void *buffer, size_t length)
{
	step();
	return syscall(SYS_read, fd, buffer, length);
}

ssize_t write(int fd, const void *buffer, size_t length)
{
	step();
	return syscall(SYS_write, fd, buffer, length);
}

ssize_t readv(int fd, const struct iovec *parts, int count)
{
	step();
	return syscall(SYS_readv, fd, parts, count);
}

ssize_t writev(int fd, const struct iovec *parts, int count)
{
	step();
	return syscall(SYS_writev, fd, parts, count);
}

int epoll_wait(int fd, struct epoll_event *events, int max, int timeout_ms)
{
	step();
	return (int)syscall(SYS_epoll_pwait, fd, events, max, timeout_ms, NULL, 0);
}

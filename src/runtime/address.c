/* Parsing listen addresses and opening their sockets. */
#include "besace/runtime/address.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <talloc.h>
#include <unistd.h>

#include "besace/base/memory.h"

#define BACKLOG 1024

static enum status parse_unix(void *ctx, const char *path, struct address *out, char **out_why)
{
	if (path[0] != '/' || strlen(path) >= sizeof(((struct sockaddr_un *)0)->sun_path)) {
		*out_why = must(talloc_asprintf(ctx,
			"a Unix socket needs an absolute path under %zu bytes, got \"%s\"",
			sizeof(((struct sockaddr_un *)0)->sun_path), path));
		return STATUS_INVALID;
	}
	out->unix_path = must(talloc_strdup(ctx, path));
	return STATUS_OK;
}

enum status address_parse(void *ctx, const char *text, struct address *out, char **out_why)
{
	*out = (struct address){0};
	if (strncmp(text, "unix:", 5) == 0)
		return parse_unix(ctx, text + 5, out, out_why);
	const char *colon = strrchr(text, ':');
	const char *host = text;
	size_t host_length = colon ? (size_t)(colon - text) : 0;
	bool v6 = host_length > 2 && text[0] == '[' && colon[-1] == ']';
	if (v6) {
		host++;
		host_length -= 2;
	}
	char *end = NULL;
	errno = 0;
	unsigned long port =
		colon && colon[1] >= '0' && colon[1] <= '9' ? strtoul(colon + 1, &end, 10) : 65536;
	/* A v6 address without brackets, or brackets around none. */
	bool broken = !v6 && strcspn(host, ":[]") < host_length;
	if (host_length == 0 || broken || port > 65535 || *end != '\0') {
		*out_why = must(talloc_asprintf(
			ctx, "must be host:port, [v6]:port or unix:/path, got \"%s\"", text));
		return STATUS_INVALID;
	}
	out->host = must(talloc_strndup(ctx, host, host_length));
	out->port = must(talloc_strdup(ctx, colon + 1));
	return STATUS_OK;
}

static int fail(void *ctx, int fd, const char *what, char **out_why)
{
	*out_why = must(talloc_asprintf(ctx, "%s: %s", what, strerror(errno)));
	if (fd >= 0)
		close(fd);
	return -1;
}

/* Whether somebody accepts connections on the socket file. */
static bool answers(const struct sockaddr_un *address)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return true; /* not known: leave the file alone */
	bool alive = connect(fd, (const struct sockaddr *)address, sizeof(*address)) == 0 ||
		     (errno != ECONNREFUSED && errno != ENOENT);
	close(fd);
	return alive;
}

static int listen_unix(void *ctx, const char *path, char **out_why)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	strcpy(address.sun_path, path); /* its length was checked by address_parse */
	struct stat found;
	if (lstat(path, &found) == 0) {
		if (!S_ISSOCK(found.st_mode) || answers(&address)) {
			*out_why = must(talloc_asprintf(ctx, "%s is in use", path));
			return -1;
		}
		unlink(path);
	}
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return fail(ctx, fd, "socket", out_why);
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 || chmod(path, 0660) < 0 ||
		listen(fd, BACKLOG) < 0)
		return fail(ctx, fd, path, out_why);
	return fd;
}

static int listen_on(const struct addrinfo *info)
{
	int one = 1;
	int fd = socket(info->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	if (bind(fd, info->ai_addr, info->ai_addrlen) == 0 && listen(fd, BACKLOG) == 0)
		return fd;
	int saved = errno;
	close(fd);
	errno = saved;
	return -1;
}

int address_listen(void *ctx, const struct address *address, char **out_why)
{
	if (address->unix_path)
		return listen_unix(ctx, address->unix_path, out_why);
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE}, *found;
	int error = getaddrinfo(address->host, address->port, &hints, &found);
	if (error) {
		*out_why = must(talloc_asprintf(
			ctx, "cannot resolve %s: %s", address->host, gai_strerror(error)));
		return -1;
	}
	int fd = -1;
	for (const struct addrinfo *info = found; info && fd < 0; info = info->ai_next)
		fd = listen_on(info);
	freeaddrinfo(found);
	if (fd < 0)
		*out_why = must(talloc_asprintf(ctx, "cannot listen on %s port %s: %s",
			address->host, address->port, strerror(errno)));
	return fd;
}

int address_port(int fd)
{
	struct sockaddr_storage address = {0};
	socklen_t size = sizeof(address);
	if (getsockname(fd, (struct sockaddr *)&address, &size) < 0)
		return 0;
	if (address.ss_family == AF_INET)
		return ntohs(((struct sockaddr_in *)&address)->sin_port);
	if (address.ss_family == AF_INET6)
		return ntohs(((struct sockaddr_in6 *)&address)->sin6_port);
	return 0;
}

int address_inherited(void)
{
	const char *process = getenv("LISTEN_PID"), *count = getenv("LISTEN_FDS");
	/* Others inherit the variables as well; only this process the sockets. */
	if (!process || !count || strtol(process, NULL, 10) != (long)getpid() ||
		strtol(count, NULL, 10) < 1)
		return -1;
	const int first = 3; /* SD_LISTEN_FDS_START */
	int flags = fcntl(first, F_GETFL);
	if (flags < 0 || fcntl(first, F_SETFL, flags | O_NONBLOCK) != 0 ||
		fcntl(first, F_SETFD, FD_CLOEXEC) != 0)
		return -1;
	return first;
}

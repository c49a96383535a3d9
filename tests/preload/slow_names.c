/* A name server that takes BESACE_SLOW_NAMES_MS to answer: threads that wait for it cannot be
 * ended. */
#include <dlfcn.h>
#include <netdb.h>
#include <stdlib.h>
#include <time.h>

int getaddrinfo(const char *restrict node, const char *restrict service,
	const struct addrinfo *restrict hints, struct addrinfo **restrict out)
{
	static int (*real)(const char *, const char *, const struct addrinfo *, struct addrinfo **);
	const char *text = getenv("BESACE_SLOW_NAMES_MS");
	long ms = text ? strtol(text, NULL, 10) : 0;
	struct timespec wait = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
	if (!real)
		*(void **)&real = dlsym(RTLD_NEXT, "getaddrinfo");
	nanosleep(&wait, NULL);
	return real(node, service, hints, out);
}

/* Asks, waits for the answer or the end, tells, rests. */
#include "pulse.h"

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <talloc.h>
#include <unistd.h>

#include "besace/base/memory.h"
#include "besace/runtime/clock.h"
#include "besace/runtime/notify.h"
#include "besace/runtime/watchdog.h"

static const char question[] = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n";

struct pulse {
	int fd; /* our end; -1: nobody asks to be told */
	int64_t interval_ms;
};

struct pulse *pulse_create(struct MHD_Daemon *daemon)
{
	struct pulse *pulse = must(talloc_zero(NULL, struct pulse));
	int ends[2];
	pulse->fd = -1;
	pulse->interval_ms = watchdog_interval_ms();
	if (pulse->interval_ms <= 0)
		return pulse;
	const struct sockaddr_un nobody = {.sun_family = AF_UNIX};
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) < 0) {
		talloc_free(pulse);
		return NULL;
	}
	pulse->fd = ends[0];
	/* Its end of it belongs to the daemon, whatever comes of this. */
	if (MHD_add_connection(daemon, ends[1], (const struct sockaddr *)&nobody,
		    sizeof(nobody.sun_family)) != MHD_YES)
		pulse_destroy(&pulse);
	return pulse;
}

/* Waits for OURS (-1: for time alone) or FD until UNTIL_MS. False when FD can be read. */
static bool wait_for(int ours, int fd, int64_t until_ms)
{
	struct pollfd polled[] = {{.fd = fd, .events = POLLIN}, {.fd = ours, .events = POLLIN}};
	int64_t left_ms;
	while ((left_ms = until_ms - clock_mono_ms()) > 0) {
		if (poll(polled, 2, (int)left_ms) <= 0)
			continue;
		return !polled[0].revents;
	}
	return true;
}

/* What came is thrown away: that it came is what counts. False at the end of the connection. */
static bool take_answer(const struct pulse *pulse, bool *out_some)
{
	char bytes[4096];
	ssize_t length;
	while ((length = recv(pulse->fd, bytes, sizeof(bytes), MSG_DONTWAIT)) > 0)
		*out_some = true;
	return length < 0;
}

static void wait_forever(int fd)
{
	struct pollfd polled = {.fd = fd, .events = POLLIN};
	while (poll(&polled, 1, -1) <= 0)
		;
}

void pulse_wait(struct pulse *pulse, int fd)
{
	bool goes_on = pulse->fd >= 0;
	while (goes_on) {
		bool answered = false;
		goes_on = send(pulse->fd, question, strlen(question), MSG_NOSIGNAL) ==
			  (ssize_t)strlen(question);
		while (goes_on && !answered) {
			if (!wait_for(pulse->fd, fd, clock_mono_ms() + pulse->interval_ms))
				return;
			goes_on = take_answer(pulse, &answered);
		}
		if (answered)
			notify_systemd("WATCHDOG=1");
		if (goes_on && !wait_for(-1, fd, clock_mono_ms() + pulse->interval_ms))
			return;
	}
	/* Not asked, or never answered again: then systemd does what it does. */
	wait_forever(fd);
}

void pulse_destroy(struct pulse **pulse)
{
	if (!*pulse)
		return;
	if ((*pulse)->fd >= 0)
		close((*pulse)->fd);
	talloc_free(*pulse);
	*pulse = NULL;
}

/* The watchdog: systemd hears of it while all loops turn, and of nothing once one hangs. */
#include "unit.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "besace/runtime/loop.h"
#include "besace/runtime/watchdog.h"

/* As often is looked at what systemd heard, and waited for it at most. */
#define LOOK_MS 10
#define LOOKS_MAX 3000

struct bench;
/* Called at each look; returns whether the test is over. */
typedef bool look_fn(struct bench *bench);

/* Systemd's end of the socket, and a loop in a thread that can be made to hang. */
struct bench {
	int manager;
	struct loop *loop, *watched;
	pthread_t thread;
	pthread_mutex_t held;
	struct watchdog *watchdog;
	struct timer timer;
	look_fn *look;
	int heard, looks; /* since they were set to 0 */
	int hanging; /* 0: not yet; 1: now; 2: not any more */
};

static void *run_watched(void *arg)
{
	loop_run(arg);
	return NULL;
}

static void hang(void *arg)
{
	pthread_mutex_t *held = arg;
	pthread_mutex_lock(held);
	pthread_mutex_unlock(held);
}

static void look(void *arg)
{
	struct bench *bench = arg;
	char text[64] = "";
	while (recv(bench->manager, text, sizeof(text) - 1, MSG_DONTWAIT) > 0) {
		assert_string_equal(text, "WATCHDOG=1");
		bench->heard++;
	}
	bench->looks++;
	if (bench->look(bench) || bench->looks > LOOKS_MAX)
		loop_stop(bench->loop);
	else
		loop_timer_set(bench->loop, &bench->timer, loop_now_ms(bench->loop) + LOOK_MS);
}

static void run_with(struct bench *bench, look_fn *fn)
{
	bench->look = fn;
	bench->timer = (struct timer){.fn = look, .arg = bench};
	loop_timer_set(bench->loop, &bench->timer, loop_now_ms(bench->loop) + LOOK_MS);
	loop_run(bench->loop);
}

/* Systemd asks the process PID; NULL: this one. */
static void open_bench(struct bench *bench, const char *pid)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	snprintf(address.sun_path, sizeof(address.sun_path), "/tmp/besace-watchdog-%d",
		(int)getpid());
	unlink(address.sun_path);
	bench->manager = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(bench->manager, (struct sockaddr *)&address, sizeof(address)), 0);
	setenv("NOTIFY_SOCKET", address.sun_path, 1);
	setenv("WATCHDOG_USEC", "30000", 1);
	if (pid)
		setenv("WATCHDOG_PID", pid, 1);
	pthread_mutex_init(&bench->held, NULL);
	bench->loop = loop_create();
	bench->watched = loop_create();
	pthread_create(&bench->thread, NULL, run_watched, bench->watched);
	bench->watchdog = watchdog_create(bench->loop, &bench->watched, 1);
}

static void close_bench(struct bench *bench)
{
	loop_stop(bench->watched);
	pthread_join(bench->thread, NULL);
	watchdog_destroy(&bench->watchdog);
	loop_destroy(&bench->watched);
	loop_destroy(&bench->loop);
	pthread_mutex_destroy(&bench->held);
	close(bench->manager);
	unlink(getenv("NOTIFY_SOCKET"));
	unsetenv("NOTIFY_SOCKET");
	unsetenv("WATCHDOG_USEC");
	unsetenv("WATCHDOG_PID");
}

/* Lets the watched loop hang once systemd has heard three times, for thirty looks. */
static bool hang_for_a_while(struct bench *bench)
{
	if (bench->hanging == 0 && bench->heard >= 3) {
		pthread_mutex_lock(&bench->held);
		loop_post(bench->watched, hang, &bench->held);
		bench->hanging = 1;
		bench->heard = bench->looks = 0;
	} else if (bench->hanging == 1 && bench->looks == 30) {
		/* What was asked before it hung may be answered, and nothing after that. */
		assert_in_range(bench->heard, 0, 2);
		pthread_mutex_unlock(&bench->held);
		bench->hanging = 2;
		bench->heard = bench->looks = 0;
	}
	return bench->hanging == 2 && bench->heard >= 3;
}

static void a_loop_that_hangs_is_not_answered_for(void **state)
{
	(void)state;
	struct bench bench = {0};
	open_bench(&bench, NULL);
	run_with(&bench, hang_for_a_while);
	assert_int_equal(bench.hanging, 2);
	assert_in_range(bench.heard, 3, LOOKS_MAX);
	close_bench(&bench);
}

static bool ten_looks(struct bench *bench)
{
	return bench->looks == 10;
}

static void systemd_that_does_not_ask_hears_nothing(void **state)
{
	(void)state;
	struct bench bench = {0};
	open_bench(&bench, "1");
	run_with(&bench, ten_looks);
	assert_int_equal(bench.heard, 0);
	close_bench(&bench);
}

static const struct CMUnitTest tests[] = {
	UNIT(a_loop_that_hangs_is_not_answered_for),
	UNIT(systemd_that_does_not_ask_hears_nothing),
};

UNIT_MAIN(tests)

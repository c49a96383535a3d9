/* The event loop: timers, descriptors, tasks from other threads. */
#include "unit.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "besace/runtime/loop.h"

/* What happened, in order, a letter each. */
static char seen[64];

static void note(char letter)
{
	size_t length = strlen(seen);
	assert_true(length + 1 < sizeof(seen));
	seen[length] = letter;
	seen[length + 1] = '\0';
}

static struct loop *start(void)
{
	seen[0] = '\0';
	struct loop *loop = loop_create();
	assert_non_null(loop);
	return loop;
}

struct named {
	struct timer timer;
	char letter;
	struct loop *stops; /* the loop to stop when it fires, or NULL */
};

static void fire(void *arg)
{
	struct named *named = arg;
	note(named->letter);
	if (named->stops)
		loop_stop(named->stops);
}

static struct named *set(void *ctx, struct loop *loop, char letter, int64_t in_ms)
{
	struct named *named = talloc_zero(ctx, struct named);
	named->letter = letter;
	named->timer.fn = fire;
	named->timer.arg = named;
	loop_timer_set(loop, &named->timer, loop_now_ms(loop) + in_ms);
	return named;
}

static void timers_fire_in_the_order_of_their_times(void **state)
{
	struct loop *loop = start();
	set(*state, loop, 'd', 20)->stops = loop;
	set(*state, loop, 'b', 6);
	set(*state, loop, 'a', -5);
	set(*state, loop, 'c', 12);
	loop_run(loop);
	assert_string_equal(seen, "abcd");
	loop_destroy(&loop);
	assert_null(loop);
}

static void a_cancelled_timer_does_not_fire_and_a_moved_one_fires_once(void **state)
{
	struct loop *loop = start();
	struct named *gone = set(*state, loop, 'x', 2), *moved = set(*state, loop, 'm', 1);
	set(*state, loop, 'z', 15)->stops = loop;
	loop_timer_cancel(loop, &gone->timer);
	loop_timer_cancel(loop, &gone->timer); /* twice is nothing */
	loop_timer_set(loop, &moved->timer, loop_now_ms(loop) + 8);
	loop_run(loop);
	assert_string_equal(seen, "mz");
	loop_destroy(&loop);
}

/* Sets 500 timers, cancels every third, and sees the rest in order. */
static int64_t last_at;
static int fired;

static void fire_ordered(void *arg)
{
	struct timer *timer = arg;
	assert_true(timer->at_ms >= last_at);
	last_at = timer->at_ms;
	fired++;
}

static void many_timers_keep_their_order_through_cancelling(void **state)
{
	struct loop *loop = start();
	struct timer *timers = talloc_zero_array(*state, struct timer, 500);
	last_at = 0;
	fired = 0;
	for (int i = 0; i < 500; i++) {
		timers[i].fn = fire_ordered;
		timers[i].arg = &timers[i];
		loop_timer_set(loop, &timers[i], loop_now_ms(loop) + (i * 7919) % 30);
	}
	for (int i = 0; i < 500; i += 3)
		loop_timer_cancel(loop, &timers[i]);
	set(*state, loop, 'z', 40)->stops = loop;
	loop_run(loop);
	assert_int_equal(fired, 500 - 167);
	loop_destroy(&loop);
}

struct again {
	struct timer timer;
	struct loop *loop;
	int left;
};

static void fire_again(void *arg)
{
	struct again *again = arg;
	note('t');
	if (--again->left == 0)
		loop_stop(again->loop);
	else
		loop_timer_set(again->loop, &again->timer, loop_now_ms(again->loop) + 1);
}

static void a_timer_may_set_itself_again(void **state)
{
	(void)state;
	struct loop *loop = start();
	struct again again = {.loop = loop, .left = 3};
	again.timer.fn = fire_again;
	again.timer.arg = &again;
	loop_timer_set(loop, &again.timer, loop_now_ms(loop));
	loop_run(loop);
	assert_string_equal(seen, "ttt");
	loop_destroy(&loop);
}

struct pipes {
	struct loop *loop;
	int ends[2][2];
	struct watch *watches[2];
};

/* Both pipes are readable in one turn; whoever is called first removes both watches. */
static void read_and_remove(void *arg, uint32_t events)
{
	struct pipes *pipes = arg;
	assert_true(events & EPOLLIN);
	note('r');
	watch_remove(&pipes->watches[0]);
	watch_remove(&pipes->watches[1]);
	watch_remove(&pipes->watches[1]); /* NULL is nothing */
	loop_stop(pipes->loop);
}

static void a_watch_removed_in_a_callback_is_not_called_in_that_turn(void **state)
{
	(void)state;
	struct loop *loop = start();
	struct pipes pipes = {.loop = loop};
	for (int i = 0; i < 2; i++) {
		assert_int_equal(pipe(pipes.ends[i]), 0);
		assert_int_equal(write(pipes.ends[i][1], "x", 1), 1);
		pipes.watches[i] =
			loop_watch(loop, pipes.ends[i][0], EPOLLIN, read_and_remove, &pipes);
	}
	loop_run(loop);
	assert_string_equal(seen, "r");
	loop_destroy(&loop);
	for (int i = 0; i < 4; i++)
		close(pipes.ends[i / 2][i % 2]);
}

static char letters[] = "123";

static void post_letter(void *arg)
{
	note(*(const char *)arg);
}

static void post_stop(void *arg)
{
	loop_stop(arg);
}

static void *post_from_thread(void *arg)
{
	loop_post(arg, post_letter, &letters[0]);
	loop_post(arg, post_letter, &letters[1]);
	loop_post(arg, post_letter, &letters[2]);
	loop_post(arg, post_stop, arg);
	return NULL;
}

static void tasks_of_another_thread_run_in_the_order_posted(void **state)
{
	(void)state;
	struct loop *loop = start();
	pthread_t thread;
	assert_int_equal(pthread_create(&thread, NULL, post_from_thread, loop), 0);
	loop_run(loop);
	pthread_join(thread, NULL);
	assert_string_equal(seen, "123");
	loop_destroy(&loop);
}

#define POSTERS 4
#define POSTS 2000
static int posts;

static void count_post(void *arg)
{
	if (++posts == POSTERS * POSTS)
		loop_stop(arg);
}

static void *post_many(void *arg)
{
	for (int i = 0; i < POSTS; i++)
		loop_post(arg, count_post, arg);
	return NULL;
}

static void no_task_of_many_threads_is_lost(void **state)
{
	(void)state;
	struct loop *loop = start();
	pthread_t threads[POSTERS];
	posts = 0;
	for (int i = 0; i < POSTERS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, post_many, loop), 0);
	loop_run(loop);
	for (int i = 0; i < POSTERS; i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(posts, POSTERS * POSTS);
	loop_destroy(&loop);
}

static void tasks_left_at_the_end_are_dropped(void **state)
{
	(void)state;
	struct loop *loop = start();
	loop_post(loop, post_letter, letters);
	loop_destroy(&loop);
	assert_string_equal(seen, "");
}

static int64_t turn(void *arg)
{
	note('T');
	if (strlen(seen) > 2)
		loop_stop(arg);
	return 1; /* sleep a millisecond at most */
}

static void a_turn_can_ask_for_a_short_sleep(void **state)
{
	(void)state;
	struct loop *loop = start();
	loop_set_turn(loop, turn, loop);
	loop_run(loop);
	assert_string_equal(seen, "TTT");
	loop_destroy(&loop);
}

static const struct CMUnitTest tests[] = {
	UNIT(timers_fire_in_the_order_of_their_times),
	UNIT(a_cancelled_timer_does_not_fire_and_a_moved_one_fires_once),
	UNIT(many_timers_keep_their_order_through_cancelling),
	UNIT(a_timer_may_set_itself_again),
	UNIT(a_watch_removed_in_a_callback_is_not_called_in_that_turn),
	UNIT(tasks_of_another_thread_run_in_the_order_posted),
	UNIT(no_task_of_many_threads_is_lost),
	UNIT(tasks_left_at_the_end_are_dropped),
	UNIT(a_turn_can_ask_for_a_short_sleep),
};

UNIT_MAIN(tests)

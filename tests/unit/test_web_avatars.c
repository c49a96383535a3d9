/* Members' pictures: kept for a while, and not longer. */
#include "unit.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "besace/domain/card.h"
#include "besace/runtime/clock.h"
#include "web/avatars.h"

/* How long it is not asked again for a picture that was not there. */
#define ABSENT_MS 60000

static atomic_llong ahead_ms; /* of the clock */

int64_t clock_mono_ms(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000 + ahead_ms;
}

/* Threads wait by the true clock: other tests go by that. */
static int set_clock_right(void **state)
{
	ahead_ms = 0;
	return unit_close(state);
}

static struct card card_of(const char *member)
{
	struct card card = {0};
	snprintf(card.member.text, sizeof(card.member.text), "%s", member);
	snprintf(card.avatar, sizeof(card.avatar), "0123456789abcdef0123456789abcdef");
	return card;
}

static void keep(struct avatars *avatars, const struct card *card, unsigned char byte)
{
	struct face_pixels *face = calloc(1, sizeof(*face));
	assert_non_null(face);
	face->bytes[0] = byte;
	avatars_keep(avatars, card, face);
}

static void a_picture_is_kept_for_a_while(void **state)
{
	(void)state;
	struct avatars *avatars = avatars_create("http://127.0.0.1:1", AVATARS_KEEP_MS);
	const struct card one = card_of("42"), other = card_of("43");
	struct face_pixels face = {0};
	bool found = false;
	keep(avatars, &one, 7);
	assert_true(avatars_look(avatars, &one, &found, &face));
	assert_true(found);
	assert_int_equal(face.bytes[0], 7);
	assert_false(avatars_look(avatars, &other, &found, &face));
	avatars_keep(avatars, &other, NULL);
	assert_true(avatars_look(avatars, &other, &found, &face));
	assert_false(found);
	avatars_destroy(&avatars);
}

/* Discord is asked once a minute at most for a picture that is not there, and then again: it may
 * have been away. A look in between puts nothing off. */
static void what_was_not_there_is_asked_for_again_after_a_minute(void **state)
{
	(void)state;
	struct avatars *avatars = avatars_create("http://127.0.0.1:1", AVATARS_KEEP_MS);
	const struct card one = card_of("42"), other = card_of("43");
	struct face_pixels face = {0};
	bool found = true;
	avatars_keep(avatars, &one, NULL);
	keep(avatars, &other, 8);
	for (int i = 0; i < 2; i++) {
		ahead_ms += ABSENT_MS / 2 - 10000;
		assert_true(avatars_look(avatars, &one, &found, &face));
		assert_false(found);
	}
	ahead_ms += 20000;
	assert_false(avatars_look(avatars, &one, &found, &face));
	assert_true(avatars_look(avatars, &other, &found, &face));
	assert_true(found);
	keep(avatars, &one, 7);
	assert_true(avatars_look(avatars, &one, &found, &face));
	assert_true(found);
	avatars_destroy(&avatars);
}

/* So the picture of a member who was erased is not shown for ever; ten minutes are what the README
 * says. */
static void what_is_old_must_be_fetched_again(void **state)
{
	(void)state;
	struct avatars *avatars = avatars_create("http://127.0.0.1:1", 0);
	const struct card one = card_of("42"), other = card_of("43");
	struct face_pixels face = {0};
	bool found = false;
	keep(avatars, &one, 7);
	keep(avatars, &other, 8);
	assert_false(avatars_look(avatars, &one, &found, &face));
	assert_false(avatars_look(avatars, &other, &found, &face));
	assert_int_equal(face.bytes[0], 0);
	assert_int_equal(AVATARS_KEEP_MS, 10 * 60 * 1000);
	avatars_destroy(&avatars);
}

/* Neither looked for nor displaced, they are gone: the thread that drops them is waited for, and
 * not the ten minutes. */
static void what_is_old_goes_though_nobody_asks(void **state)
{
	(void)state;
	struct avatars *avatars = avatars_create("http://127.0.0.1:1", 1);
	const struct card one = card_of("42"), other = card_of("43");
	keep(avatars, &one, 7);
	keep(avatars, &other, 8);
	const int64_t until_ms = clock_mono_ms() + 30000;
	const struct timespec look = {.tv_nsec = 1000000};
	while (avatars_count(avatars) > 0 && clock_mono_ms() < until_ms)
		nanosleep(&look, NULL);
	assert_int_equal(avatars_count(avatars), 0);
	avatars_destroy(&avatars);
}

static void what_is_not_old_stays(void **state)
{
	(void)state;
	struct avatars *avatars = avatars_create("http://127.0.0.1:1", AVATARS_KEEP_MS);
	const struct card one = card_of("42"), other = card_of("43");
	keep(avatars, &one, 7);
	keep(avatars, &other, 8);
	keep(avatars, &one, 9);
	avatars_keep(avatars, &other, NULL);
	assert_int_equal(avatars_count(avatars), 1);
	avatars_destroy(&avatars);
}

/* All places are taken: whoever was looked at longest ago makes room, not who came first. */
static void the_picture_that_nobody_looks_at_makes_room(void **state)
{
	(void)state;
	struct avatars *avatars = avatars_create("http://127.0.0.1:1", AVATARS_KEEP_MS);
	struct face_pixels face = {0};
	bool found = false;
	char member[12];
	int count = 0;
	do {
		snprintf(member, sizeof(member), "%d", 1000 + count++);
		const struct card card = card_of(member);
		keep(avatars, &card, 7);
	} while (avatars_count(avatars) == count); /* until one has made room */
	const struct card second = card_of("1001"), third = card_of("1002"), newest = card_of("9");
	const int64_t from_ms = clock_mono_ms();
	while (clock_mono_ms() <= from_ms + 1)
		;
	assert_true(avatars_look(avatars, &second, &found, &face));
	keep(avatars, &newest, 8);
	assert_true(avatars_look(avatars, &second, &found, &face));
	assert_false(avatars_look(avatars, &third, &found, &face));
	avatars_destroy(&avatars);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT(a_picture_is_kept_for_a_while),
		cmocka_unit_test_setup_teardown(
			what_was_not_there_is_asked_for_again_after_a_minute, unit_open,
			set_clock_right),
		UNIT(what_is_old_must_be_fetched_again),
		UNIT(what_is_old_goes_though_nobody_asks),
		UNIT(what_is_not_old_stays),
		UNIT(the_picture_that_nobody_looks_at_makes_room),
	};
	return cmocka_run_group_tests_name(__FILE__, tests, NULL, NULL);
}

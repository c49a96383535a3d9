/* The spool: events come out once and in order, within its bound. */
#include "unit.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "support/spool_bench.h"

#define SMALL_BYTES (400u * 1024u)

static void events_come_out_in_order_and_once(void **state)
{
	struct bench *bench = bench_create(*state);
	for (int i = 1; i <= 500; i++) {
		append(bench, i);
		if (i % 13 == 0)
			commit(bench);
	}
	commit(bench);
	expect_all(bench, 1, 500);
	expect_all(bench, 1, 0);
}

static void what_is_taken_is_removed_by_the_next_commit(void **state)
{
	struct bench *bench = bench_create(*state);
	append_all(bench, 1, 500);
	expect_all(bench, 1, 500);
	assert_true(spool_pending(bench->spool));
	commit(bench);
	assert_false(spool_pending(bench->spool));
	assert_int_equal(number_in(bench, "SELECT count(*) FROM events"), 0);
	/* Numbers go on: what comes next is not taken for what was. */
	append_all(bench, 501, 502);
	reopen(bench);
	expect_all(bench, 501, 502);
}

/* How often TEXT stands in the file NAME of the spool. */
static size_t count_in_file(
	void **state, const struct bench *bench, const char *name, const char *text)
{
	size_t found = 0, length = 0;
	const char *bytes = read_file(*state, path_of(bench, name), &length);
	for (size_t i = 0; i + strlen(text) <= length; i++)
		found += memcmp(bytes + i, text, strlen(text)) == 0;
	return found;
}

/* Events as they are, of one member, in many pages. */
static void what_is_taken_leaves_no_trace_in_the_files(void **state)
{
	static const char *const traces[] = {"Zoé", "300000000000000007"};
	struct bench *bench = bench_create(*state);
	char json[128];
	for (int i = 0; i < 500; i++) {
		int length = snprintf(json, sizeof(json),
			"{\"id\":\"m:%d\",\"user\":\"%s\",\"name\":\"%s\"}", i, traces[1],
			traces[0]);
		spool_append(bench->spool, json, (size_t)length, true);
	}
	commit(bench);
	assert_true(count_in_file(state, bench, "spool.db-wal", traces[0]) >= 500);
	struct spool_batch batch;
	spool_read(bench->spool, *state, 10000, 1u << 20, &batch);
	assert_int_equal(batch.count, 500);
	spool_take(bench->spool, &batch);
	append(bench, 1);
	commit(bench);
	for (size_t i = 0; i < ARRAY_LEN(traces); i++) {
		assert_int_equal(count_in_file(state, bench, "spool.db", traces[i]), 0);
		assert_int_equal(count_in_file(state, bench, "spool.db-wal", traces[i]), 0);
	}
	assert_int_equal(count_in_file(state, bench, "spool.db", "m:1\""), 1);
}

static void what_is_not_committed_is_not_read(void **state)
{
	struct bench *bench = bench_create(*state);
	append(bench, 1);
	assert_true(spool_pending(bench->spool));
	assert_false(spool_has_more(bench->spool));
	expect_all(bench, 1, 0);
	commit(bench);
	assert_true(spool_has_more(bench->spool));
	assert_false(spool_pending(bench->spool));
	expect_all(bench, 1, 1);
}

static void reading_again_gives_the_same_until_it_is_taken(void **state)
{
	struct bench *bench = bench_create(*state);
	struct spool_batch one, two;
	append_all(bench, 1, 20);
	spool_read(bench->spool, *state, 5, 100000, &one);
	spool_read(bench->spool, *state, 5, 100000, &two);
	assert_int_equal(one.count, 5);
	assert_int_equal(one.last, two.last);
	assert_memory_equal(one.events[4].json, two.events[4].json, one.events[4].length);
	one.count = 3;
	one.last = one.events[2].number;
	spool_take(bench->spool, &one);
	expect_all(bench, 4, 20);
}

/* The damaged ones alone: what stands behind them is read the next time. */
static void a_batch_that_is_all_damaged_is_passed_and_no_more(void **state)
{
	struct bench *bench = bench_create(*state);
	struct spool_batch batch;
	append_all(bench, 1, 5);
	sqlite_execute(
		spool_sqlite(bench->spool), "UPDATE events SET sum = sum + 1 WHERE number <= 2");
	commit(bench);
	spool_read(bench->spool, *state, 2, 100000, &batch);
	assert_int_equal(batch.count, 0);
	assert_true(spool_has_more(bench->spool));
	expect_all(bench, 3, 5);
}

static void a_batch_respects_its_bytes_but_has_one_event(void **state)
{
	struct bench *bench = bench_create(*state);
	struct spool_batch batch;
	append_all(bench, 1, 20);
	spool_read(bench->spool, *state, 100, 100, &batch);
	assert_true(batch.count >= 2 && batch.count <= 5);
	spool_read(bench->spool, *state, 100, 1, &batch);
	assert_int_equal(batch.count, 1);
}

static void an_event_of_megabytes_passes(void **state)
{
	struct bench *bench = bench_create(*state);
	struct spool_batch batch;
	size_t length = 3000000;
	char *json = talloc_size(*state, length);
	memset(json, 'x', length);
	append(bench, 1);
	spool_append(bench->spool, json, length, true);
	append(bench, 2);
	commit(bench);
	spool_read(bench->spool, *state, 1, 4000000, &batch);
	spool_take(bench->spool, &batch);
	spool_read(bench->spool, *state, 1, 4000000, &batch);
	assert_int_equal(batch.events[0].length, length);
	assert_memory_equal(batch.events[0].json, json, length);
	spool_take(bench->spool, &batch);
	expect_all(bench, 2, 2);
}

static void another_run_finds_events_session_and_place(void **state)
{
	struct bench *bench = bench_create(*state);
	struct session_identity identity;
	spool_set_session(bench->spool, &session_one);
	char *salt = talloc_strdup(bench, spool_salt(bench->spool));
	for (int i = 1; i <= 100; i++) {
		append(bench, i);
		spool_set_seq(bench->spool, i + 1);
		commit(bench);
	}
	struct spool_batch batch;
	spool_read(bench->spool, *state, 10, 100000, &batch);
	spool_take(bench->spool, &batch);
	reopen(bench);
	spool_session(bench->spool, &identity);
	assert_string_equal(identity.id, "0012"); /* a text, however much it looks like a number */
	assert_string_equal(identity.resume_url, "wss://x");
	assert_int_equal(identity.seq, 101);
	assert_int_equal(strlen(salt), 16);
	assert_string_equal(spool_salt(bench->spool), salt);
	expect_all(bench, 1 + (int)batch.count, 100);
	bench->settings.source = "1/2"; /* it is no session of this shard */
	reopen(bench);
	spool_session(bench->spool, &identity);
	assert_null(identity.id);
	bench->settings.source = "0/1";
	spool_set_session(bench->spool, &(struct session_identity){.seq = -1});
	reopen(bench);
	spool_session(bench->spool, &identity);
	assert_null(identity.id);
	assert_int_equal(identity.seq, -1);
}

static void a_session_that_begins_anew_has_another_salt(void **state)
{
	struct bench *bench = bench_create(*state);
	assert_string_equal(spool_salt(bench->spool), "");
	spool_set_session(bench->spool, &session_one);
	char *salt = talloc_strdup(bench, spool_salt(bench->spool));
	spool_set_session(bench->spool, &session_one);
	assert_string_not_equal(spool_salt(bench->spool), salt);
}

static void above_the_bound_the_oldest_are_dropped_and_counted(void **state)
{
	struct bench *bench = bench_create(*state);
	bench->settings.max_bytes = SMALL_BYTES;
	reopen(bench);
	int64_t before = metrics_get(METRIC_SHIM_EVENTS, SHIM_EVENT_DROPPED);
	for (int i = 1; i <= 30000; i += 100)
		append_all(bench, i, i + 99);
	int64_t pages =
		number_in(bench, "PRAGMA page_count") - number_in(bench, "PRAGMA freelist_count");
	assert_true(pages * 4096 <= SMALL_BYTES);
	int64_t dropped = metrics_get(METRIC_SHIM_EVENTS, SHIM_EVENT_DROPPED) - before;
	assert_true(dropped > 10000 && dropped < 30000);
	assert_true(spool_lost(bench->spool));
	assert_false(spool_lost(bench->spool)); /* it has been said */
	expect_all(bench, (int)dropped + 1, 30000);
}

static void a_batch_that_was_dropped_takes_nothing_else_along(void **state)
{
	struct bench *bench = bench_create(*state);
	bench->settings.max_bytes = SMALL_BYTES;
	reopen(bench);
	struct spool_batch old, next, again;
	append_all(bench, 1, 1);
	spool_read(bench->spool, *state, 10, 100000, &old);
	for (int i = 2; i <= 30000; i += 100)
		append_all(bench, i, i + 99);
	spool_read(bench->spool, *state, 1, 100000, &next);
	assert_true(next.last > old.last + 1);
	spool_take(bench->spool, &old);
	commit(bench);
	spool_read(bench->spool, *state, 1, 100000, &again);
	assert_int_equal(next.last, again.last);
}

static void a_spool_that_was_full_gives_the_disk_back(void **state)
{
	struct bench *bench = bench_create(*state);
	char *json = talloc_size(*state, 4000);
	memset(json, 'x', 4000);
	for (int i = 0; i < 8000; i++)
		spool_append(bench->spool, json, 4000, true);
	commit(bench);
	int64_t full = number_in(bench, "PRAGMA page_count");
	struct spool_batch batch = {.last = 8000};
	spool_take(bench->spool, &batch);
	for (int i = 0; i < 10; i++) {
		append(bench, 1);
		commit(bench);
	}
	assert_true(number_in(bench, "PRAGMA page_count") < full / 2);
}

/* ---- The rest */

static void what_is_kept_is_for_nobody_else(void **state)
{
	struct bench *bench = bench_create(*state);
	static const char *const names[] = {"spool.db", "spool.db-wal", "spool.db-shm", "lock"};
	struct stat found;
	append_all(bench, 1, 1);
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		assert_int_equal(stat(path_of(bench, names[i]), &found), 0);
		assert_int_equal(found.st_mode & 0777, 0600);
	}
	assert_int_equal(chmod(path_of(bench, "spool.db"), 0644), 0);
	reopen(bench);
	assert_int_equal(stat(path_of(bench, "spool.db"), &found), 0);
	assert_int_equal(found.st_mode & 0777, 0600);
}

static void one_process_at_a_time_uses_a_spool(void **state)
{
	struct bench *bench = bench_create(*state);
	char *why = NULL;
	assert_null(spool_open(*state, &bench->settings, &why));
	assert_non_null(strstr(why, "another process"));
}

static void a_folder_that_cannot_be_is_said(void **state)
{
	struct spool_settings settings = {.folder = "/proc/nowhere/spool", .source = "0/1"};
	char *why = NULL;
	assert_null(spool_open(*state, &settings, &why));
	assert_non_null(strstr(why, "/proc/nowhere/spool"));
}

static void refused_events_are_kept_for_operators(void **state)
{
	struct bench *bench = bench_create(*state);
	struct spool_event event = {.json = "{\"id\":\"m:1\"}", .length = 12};
	size_t length;
	assert_int_equal(spool_set_aside(bench->spool, &event, "because"), STATUS_OK);
	assert_int_equal(spool_set_aside(bench->spool, &event, "because"), STATUS_OK);
	assert_string_equal(read_file(*state, path_of(bench, "refused"), &length),
		"{\"reason\":\"because\",\"event\":\"{\\\"id\\\":\\\"m:1\\\"}\"}\n"
		"{\"reason\":\"because\",\"event\":\"{\\\"id\\\":\\\"m:1\\\"}\"}\n");
}

static void identifies_are_kept_on_disk(void **state)
{
	struct bench *bench = bench_create(*state);
	struct identify_history history = {0}, read_back;
	spool_load_identifies(bench->spool, &read_back);
	assert_int_equal(read_back.count, 0);
	for (int64_t i = 0; i < 2 * IDENTIFY_MAX_KEPT; i++)
		identify_add(&history, 1800000000000 + i);
	assert_int_equal(history.count, IDENTIFY_MAX_KEPT);
	spool_save_identifies(bench->spool, &history);
	commit(bench);
	reopen(bench);
	spool_load_identifies(bench->spool, &read_back);
	assert_memory_equal(&history, &read_back, sizeof(history));
}

static const struct CMUnitTest tests[] = {
	UNIT(events_come_out_in_order_and_once),
	UNIT(what_is_taken_is_removed_by_the_next_commit),
	UNIT(what_is_taken_leaves_no_trace_in_the_files),
	UNIT(what_is_not_committed_is_not_read),
	UNIT(reading_again_gives_the_same_until_it_is_taken),
	UNIT(a_batch_that_is_all_damaged_is_passed_and_no_more),
	UNIT(a_batch_respects_its_bytes_but_has_one_event),
	UNIT(an_event_of_megabytes_passes),
	UNIT(another_run_finds_events_session_and_place),
	UNIT(a_session_that_begins_anew_has_another_salt),
	UNIT(above_the_bound_the_oldest_are_dropped_and_counted),
	UNIT(a_batch_that_was_dropped_takes_nothing_else_along),
	UNIT(a_spool_that_was_full_gives_the_disk_back),
	UNIT(what_is_kept_is_for_nobody_else),
	UNIT(one_process_at_a_time_uses_a_spool),
	UNIT(a_folder_that_cannot_be_is_said),
	UNIT(refused_events_are_kept_for_operators),
	UNIT(identifies_are_kept_on_disk),
};

UNIT_MAIN(tests)

/* The spool: what is committed stays, whatever ends the process, and whatever becomes of the disk.
 */
#include "unit.h"

#include <errno.h>
#include <glob.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/spool_bench.h"

static int sync_or_fail(long call, int fd)
{
	if (atomic_load(&syncs_fail)) {
		errno = EIO;
		return -1;
	}
	return (int)syscall(call, fd);
}

int fsync(int fd)
{
	return sync_or_fail(SYS_fsync, fd);
}

int fdatasync(int fd)
{
	return sync_or_fail(SYS_fdatasync, fd);
}

static void write_file(const char *path, const char *bytes, size_t length)
{
	FILE *file = fopen(path, "w");
	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, length, file), length);
	fclose(file);
}

/* Cut off anywhere, as a power cut may: if the number is there, so is the event, and the guild. */
static void the_number_never_runs_ahead_of_the_events(void **state)
{
	struct bench *bench = bench_create(*state);
	struct session_identity identity;
	size_t whole, logged;
	spool_set_session(bench->spool, &session_one);
	commit(bench);
	reopen(bench); /* all of that is in the file itself */
	append(bench, 1);
	guild_reset(bench->guilds, 900, 0);
	spool_set_seq(bench->spool, 2);
	commit(bench);
	char *file = read_file(*state, path_of(bench, "spool.db"), &whole);
	char *log = read_file(*state, path_of(bench, "spool.db-wal"), &logged);
	size_t seen = 0;
	for (size_t step = 0; step <= logged; step += step < 32 ? 1 : 661) {
		size_t length = step + 661 > logged ? logged : step;
		close_spool(bench);
		write_file(path_of(bench, "spool.db"), file, whole);
		write_file(path_of(bench, "spool.db-wal"), log, length);
		unlink(path_of(bench, "spool.db-shm"));
		open_spool(bench);
		struct spool_batch batch;
		spool_session(bench->spool, &identity);
		spool_read(bench->spool, *state, 10, 100000, &batch);
		/* And if it is not, the event is not there either: Discord repeats it. */
		assert_int_equal(batch.count, identity.seq == 2);
		assert_int_equal(
			guilds_find(bench->guilds, GUILD_KNOWN, 900) != 0, identity.seq == 2);
		seen += batch.count;
		append(bench, 2); /* and writing goes on behind the cut */
		commit(bench);
	}
	assert_true(logged > 4096 && seen > 0);
}

/* Bytes of the file that say "THIS" say "THAT", of the same length. */
static void falsify(struct bench *bench, const char *this, const char *that)
{
	size_t length;
	close_spool(bench); /* the log goes into the file */
	char *bytes = read_file(bench, path_of(bench, "spool.db"), &length);
	char *at = memmem(bytes, length, this, strlen(this));
	assert_non_null(at);
	memcpy(at, that, strlen(that));
	write_file(path_of(bench, "spool.db"), bytes, length);
}

static void damage_of_an_event_costs_that_event(void **state)
{
	struct bench *bench = bench_create(*state);
	int64_t before = metrics_get(METRIC_SHIM_EVENTS, SHIM_EVENT_DROPPED);
	append_all(bench, 1, 3);
	falsify(bench, "m:2", "x:2");
	open_spool(bench);
	struct spool_batch batch;
	spool_read(bench->spool, *state, 10, 100000, &batch);
	assert_int_equal(batch.count, 2);
	assert_memory_equal(batch.events[1].json, "{\"id\":\"m:3\"", 11);
	assert_int_equal(metrics_get(METRIC_SHIM_EVENTS, SHIM_EVENT_DROPPED), before + 1);
}

static size_t count_files(const struct bench *bench, const char *pattern, char **out_first)
{
	glob_t found;
	size_t count = glob(path_of(bench, pattern), 0, NULL, &found) == 0 ? found.gl_pathc : 0;
	if (out_first)
		*out_first = count > 0 ? talloc_strdup(bench, found.gl_pathv[0]) : NULL;
	globfree(&found);
	return count;
}

static void a_spool_that_cannot_be_read_is_set_aside_and_not_emptied(void **state)
{
	static const struct {
		const char *this, *that;
	} rows[] = {{"SQLite format 3", "SQLite format 9"},
		{"CREATE TABLE events", "CREATE TABLE xxxxxx"},
		{"INTEGER NOT NULL", "integer nonsense"}};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct bench *bench = bench_create(*state);
		char *aside;
		size_t length;
		spool_set_session(bench->spool, &session_one);
		append_all(bench, 1, 3);
		falsify(bench, rows[i].this, rows[i].that);
		if (i == 2) { /* and a page that leads nowhere */
			char *bytes = read_file(bench, path_of(bench, "spool.db"), &length);
			memset(bytes + 16384, 0xee, 4096);
			write_file(path_of(bench, "spool.db"), bytes, length);
		}
		open_spool(bench);
		expect_all(bench, 1, 0);
		append_all(bench, 4, 5);
		expect_all(bench, 4, 5);
		assert_int_equal(count_files(bench, "spool.db.damaged-*", &aside), 1);
		char *bytes = read_file(bench, aside, &length);
		assert_non_null(memmem(bytes, length, "m:3", 3));
		struct stat found;
		assert_int_equal(stat(aside, &found), 0);
		assert_int_equal(found.st_mode & 0777, 0600);
	}
}

static void a_spool_of_another_version_is_set_aside(void **state)
{
	struct bench *bench = bench_create(*state);
	append(bench, 1);
	sqlite_execute(spool_sqlite(bench->spool), "PRAGMA user_version = 99");
	commit(bench);
	reopen(bench);
	expect_all(bench, 1, 0);
	assert_int_equal(count_files(bench, "spool.db.damaged-*", NULL), 1);
}

/* Whoever has read it ends, however often it asks: it is never told that a commit went well. */
static void damage_that_is_seen_while_it_is_open_is_never_forgotten(void **state)
{
	struct bench *bench = bench_create(*state);
	struct spool_batch batch;
	size_t length;
	append_all(bench, 1, 500);
	reopen(bench); /* the log goes into the file */
	char *bytes = read_file(bench, path_of(bench, "spool.db"), &length);
	assert_true(length > 20480);
	memset(bytes + 16384, 0xee, length - 16384);
	write_file(path_of(bench, "spool.db"), bytes, length);
	sqlite_execute(spool_sqlite(bench->spool), "PRAGMA shrink_memory");
	spool_read(bench->spool, *state, 500, 100000, &batch);
	assert_true(batch.count < 500);
	for (int i = 0; i < 3; i++) {
		assert_true(spool_pending(bench->spool));
		assert_int_equal(spool_commit(bench->spool), STATUS_FAILED);
	}
	reopen(bench);
	assert_int_equal(count_files(bench, "spool.db.damaged-*", NULL), 1);
}

/* ---- Disks that fail */

static void limit_files(rlim_t bytes)
{
	struct rlimit limit;
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	limit.rlim_cur = bytes;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void fill_disk(bool full)
{
	limit_files(full ? 1 : RLIM_INFINITY);
}

static void fail_syncs(bool fail)
{
	atomic_store(&syncs_fail, fail);
}

/* Event, guild and number stay together: what the disk did not take is gone, and asked for again.
 */
static void lose_a_commit(void *ctx, void (*break_disk)(bool))
{
	struct bench *bench = bench_create(ctx);
	struct session_identity identity;
	spool_set_session(bench->spool, &session_one);
	append_all(bench, 1, 1);
	break_disk(true);
	append(bench, 2);
	guild_reset(bench->guilds, 900, 0);
	spool_set_seq(bench->spool, 2);
	assert_int_equal(spool_commit(bench->spool), STATUS_UNAVAILABLE);
	assert_int_equal(spool_commit(bench->spool), STATUS_UNAVAILABLE); /* it has looked again */
	spool_session(bench->spool, &identity);
	assert_int_equal(identity.seq, 1);
	assert_false(guilds_find(bench->guilds, GUILD_KNOWN, 900));
	expect_all(bench, 1, 1);
	break_disk(false);
	commit(bench);
	append(bench, 2);
	spool_set_seq(bench->spool, 2);
	commit(bench);
	expect_all(bench, 2, 2);
	reopen(bench);
	spool_session(bench->spool, &identity);
	assert_int_equal(identity.seq, 2);
}

static void a_full_disk_loses_a_commit_whole(void **state)
{
	signal(SIGXFSZ, SIG_IGN);
	lose_a_commit(*state, fill_disk);
}

static void a_sync_that_fails_loses_a_commit_whole(void **state)
{
	lose_a_commit(*state, fail_syncs);
}

/* What the service has is removed again after a commit that did not take place. */
static void what_is_taken_is_removed_behind_a_failing_disk_too(void **state)
{
	struct bench *bench = bench_create(*state);
	append_all(bench, 1, 3);
	expect_all(bench, 1, 3);
	fail_syncs(true);
	append(bench, 4);
	assert_int_equal(spool_commit(bench->spool), STATUS_UNAVAILABLE);
	fail_syncs(false);
	commit(bench);
	commit(bench);
	assert_int_equal(number_in(bench, "SELECT count(*) FROM events"), 0);
	assert_false(spool_has_more(bench->spool));
	reopen(bench);
	expect_all(bench, 1, 0);
}

/* Numbers that were not committed are given again: nothing seems to wait that is not there. */
static void numbers_that_the_disk_did_not_take_are_given_again(void **state)
{
	struct bench *bench = bench_create(*state);
	append_all(bench, 1, 1);
	fail_syncs(true);
	for (int i = 2; i <= 5; i++)
		append(bench, i);
	assert_int_equal(spool_commit(bench->spool), STATUS_UNAVAILABLE);
	fail_syncs(false);
	commit(bench);
	append_all(bench, 2, 2);
	expect_all(bench, 1, 2);
	assert_false(spool_has_more(bench->spool));
}

/* The number of the session before does not become that of the new one. */
static void a_new_session_has_its_own_number(void **state)
{
	struct bench *bench = bench_create(*state);
	struct session_identity identity;
	spool_set_session(bench->spool, &session_one);
	commit(bench);
	spool_set_seq(bench->spool, 500);
	spool_set_session(bench->spool, &session_one);
	commit(bench);
	spool_session(bench->spool, &identity);
	assert_int_equal(identity.seq, 1);
}

static void an_event_that_cannot_be_synced_is_not_set_aside(void **state)
{
	struct bench *bench = bench_create(*state);
	const struct spool_event event = {.json = "{}", .length = 2};
	fail_syncs(true);
	assert_int_equal(spool_set_aside(bench->spool, &event, "why"), STATUS_UNAVAILABLE);
	fail_syncs(false);
	assert_int_equal(spool_set_aside(bench->spool, &event, "why"), STATUS_OK);
}

/* A dispatch may cause more than one commit; its number must not follow one that failed. */
static void a_commit_within_a_dispatch_that_fails_fails_the_whole(void **state)
{
	struct bench *bench = bench_create(*state);
	struct session_identity identity;
	char *json = talloc_size(*state, 600000);
	memset(json, 'x', 600000);
	spool_set_session(bench->spool, &session_one);
	commit(bench);
	fail_syncs(true);
	spool_append(bench->spool, json, 600000, true);
	spool_append(bench->spool, json, 600000, true);
	fail_syncs(false);
	append(bench, 3);
	guild_reset(bench->guilds, 900, 0);
	spool_set_seq(bench->spool, 2);
	assert_int_equal(spool_commit(bench->spool), STATUS_UNAVAILABLE);
	commit(bench);
	spool_session(bench->spool, &identity);
	assert_int_equal(identity.seq, 1);
	assert_false(guilds_find(bench->guilds, GUILD_KNOWN, 900));
	expect_all(bench, 1, 0);
}

/* A child appends and commits and says what is committed, until it is killed. */
static void write_until_killed(struct bench *bench, int pipe_fd, int first)
{
	open_spool(bench);
	for (int i = first;; i++) {
		append(bench, i);
		if (i % 3 == 0 && spool_commit(bench->spool) == STATUS_OK &&
			write(pipe_fd, &i, sizeof(i)) != sizeof(i))
			break;
	}
	_exit(1);
}

static void kill_9_loses_nothing_that_was_committed(void **state)
{
	struct bench *bench = bench_create(*state);
	int next = 1;
	for (int attempt = 0; attempt < 8; attempt++) {
		int fds[2], committed = next - 1, told;
		close_spool(bench);
		assert_int_equal(pipe(fds), 0);
		pid_t child = fork();
		if (child == 0)
			write_until_killed(bench, fds[1], next);
		close(fds[1]);
		for (int i = 0; i < 5 + attempt * 5; i++)
			assert_int_equal(
				read(fds[0], &committed, sizeof(committed)), sizeof(committed));
		kill(child, SIGKILL);
		waitpid(child, NULL, 0);
		while (read(fds[0], &told, sizeof(told)) == sizeof(told))
			committed = told;
		close(fds[0]);
		open_spool(bench);
		int seen = next - 1;
		struct spool_batch batch;
		do {
			void *ctx = talloc_new(NULL);
			spool_read(bench->spool, ctx, 50, 100000, &batch);
			for (size_t i = 0; i < batch.count; i++)
				assert_int_equal(atoi(batch.events[i].json + 9), ++seen);
			if (batch.count > 0)
				spool_take(bench->spool, &batch);
			talloc_free(ctx);
		} while (batch.count > 0);
		assert_true(seen >= committed);
		next = seen + 1;
	}
}

static const struct CMUnitTest tests[] = {
	UNIT(the_number_never_runs_ahead_of_the_events),
	UNIT(damage_of_an_event_costs_that_event),
	UNIT(a_spool_that_cannot_be_read_is_set_aside_and_not_emptied),
	UNIT(a_spool_of_another_version_is_set_aside),
	UNIT(damage_that_is_seen_while_it_is_open_is_never_forgotten),
	UNIT(a_full_disk_loses_a_commit_whole),
	UNIT(an_event_that_cannot_be_synced_is_not_set_aside),
	UNIT(a_new_session_has_its_own_number),
	UNIT(numbers_that_the_disk_did_not_take_are_given_again),
	UNIT(what_is_taken_is_removed_behind_a_failing_disk_too),
	UNIT(a_sync_that_fails_loses_a_commit_whole),
	UNIT(a_commit_within_a_dispatch_that_fails_fails_the_whole),
	UNIT(kill_9_loses_nothing_that_was_committed),
};

UNIT_MAIN(tests)

/* The spool: what is committed stays, whatever ends the process, and comes out once and in order.
 */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
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

#include "besace/runtime/metrics.h"
#include "gateway/guilds.h"
#include "gateway/spool.h"

#define SMALL_BYTES (400u * 1024u)

/* The disk's syncs fail while this is set: SQLite calls ours instead of libc's. */
static atomic_bool syncs_fail;

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

/* A spool in a folder of its own. */
struct bench {
	char *folder;
	struct spool_settings settings;
	struct spool *spool;
	struct guilds *guilds;
};

static void open_spool(struct bench *bench)
{
	char *why = NULL;
	bench->spool = spool_open(bench, &bench->settings, &why);
	if (!bench->spool)
		fail_msg("%s", why);
	bench->guilds = guilds_create(spool_sqlite(bench->spool));
}

static void close_spool(struct bench *bench)
{
	guilds_destroy(&bench->guilds);
	spool_close(&bench->spool);
}

static int release_bench(struct bench *bench)
{
	atomic_store(&syncs_fail, false);
	close_spool(bench);
	char *command = talloc_asprintf(bench, "rm -rf '%s'", bench->folder);
	return system(command) == 0 ? 0 : -1;
}

static struct bench *bench_create(void *ctx)
{
	struct bench *bench = talloc_zero(ctx, struct bench);
	bench->folder = talloc_strdup(bench, "/tmp/besace-spool-XXXXXX");
	assert_non_null(mkdtemp(bench->folder));
	bench->settings = (struct spool_settings){
		.folder = bench->folder, .source = "0/1", .max_bytes = 64u * 1024u * 1024u};
	talloc_set_destructor(bench, release_bench);
	open_spool(bench);
	return bench;
}

static void reopen(struct bench *bench)
{
	close_spool(bench);
	open_spool(bench);
}

static char *path_of(const struct bench *bench, const char *name)
{
	return talloc_asprintf(bench, "%s/%s", bench->folder, name);
}

static void append(struct bench *bench, int number)
{
	char json[64];
	int length = snprintf(json, sizeof(json), "{\"id\":\"m:%d\",\"at\":5}", number);
	spool_append(bench->spool, json, (size_t)length, number % 7 != 0);
}

static void commit(struct bench *bench)
{
	assert_int_equal(spool_commit(bench->spool), STATUS_OK);
}

static void append_all(struct bench *bench, int first, int last)
{
	for (int i = first; i <= last; i++)
		append(bench, i);
	commit(bench);
}

/* Reads and takes all; they must be FIRST to LAST, in order. */
static void expect_all(struct bench *bench, int first, int last)
{
	int next = first;
	for (;;) {
		struct spool_batch batch;
		void *ctx = talloc_new(NULL);
		spool_read(bench->spool, ctx, 10, 100000, &batch);
		size_t count = batch.count;
		for (size_t i = 0; i < count; i++, next++) {
			char json[64];
			snprintf(json, sizeof(json), "{\"id\":\"m:%d\",\"at\":5}", next);
			assert_int_equal(batch.events[i].length, strlen(json));
			assert_memory_equal(batch.events[i].json, json, strlen(json));
			assert_int_equal(batch.events[i].complete, next % 7 != 0);
		}
		if (count > 0)
			spool_take(bench->spool, &batch);
		talloc_free(ctx);
		if (count == 0)
			break;
	}
	assert_int_equal(next, last + 1);
}

/* What the file itself holds. */
static int64_t number_in(struct bench *bench, const char *query)
{
	return sqlite_number(spool_sqlite(bench->spool), query);
}

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

static const struct session_identity session_one = {
	.id = "0012", .resume_url = "wss://x", .seq = 1};

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

static char *read_file(void *ctx, const char *path, size_t *out_length)
{
	struct stat found;
	assert_int_equal(stat(path, &found), 0);
	char *bytes = talloc_zero_size(ctx, (size_t)found.st_size + 1);
	FILE *file = fopen(path, "r");
	*out_length = fread(bytes, 1, (size_t)found.st_size, file);
	fclose(file);
	return bytes;
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
	UNIT(what_is_not_committed_is_not_read),
	UNIT(reading_again_gives_the_same_until_it_is_taken),
	UNIT(a_batch_respects_its_bytes_but_has_one_event),
	UNIT(an_event_of_megabytes_passes),
	UNIT(another_run_finds_events_session_and_place),
	UNIT(a_session_that_begins_anew_has_another_salt),
	UNIT(the_number_never_runs_ahead_of_the_events),
	UNIT(damage_of_an_event_costs_that_event),
	UNIT(a_spool_that_cannot_be_read_is_set_aside_and_not_emptied),
	UNIT(a_spool_of_another_version_is_set_aside),
	UNIT(above_the_bound_the_oldest_are_dropped_and_counted),
	UNIT(a_batch_that_was_dropped_takes_nothing_else_along),
	UNIT(a_spool_that_was_full_gives_the_disk_back),
	UNIT(a_full_disk_loses_a_commit_whole),
	UNIT(an_event_that_cannot_be_synced_is_not_set_aside),
	UNIT(a_new_session_has_its_own_number),
	UNIT(numbers_that_the_disk_did_not_take_are_given_again),
	UNIT(what_is_taken_is_removed_behind_a_failing_disk_too),
	UNIT(a_sync_that_fails_loses_a_commit_whole),
	UNIT(a_commit_within_a_dispatch_that_fails_fails_the_whole),
	UNIT(kill_9_loses_nothing_that_was_committed),
	UNIT(what_is_kept_is_for_nobody_else),
	UNIT(one_process_at_a_time_uses_a_spool),
	UNIT(a_folder_that_cannot_be_is_said),
	UNIT(refused_events_are_kept_for_operators),
	UNIT(identifies_are_kept_on_disk),
};

UNIT_MAIN(tests)

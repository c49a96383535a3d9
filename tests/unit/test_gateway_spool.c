/* The spool: what is committed stays, whatever ends the process, and comes out once and in order.
 */
#include "unit.h"

#include <fcntl.h>
#include <glob.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "besace/runtime/metrics.h"
#include "gateway/identify.h"
#include "gateway/spool.h"

/* Small segments, so that there are many. */
static const struct spool_limits small = {
	.segment_bytes = 2000, .total_bytes = 1000000, .memory_bytes = 5000};

/* A spool in a folder of its own, and a voice cache that is a text. */
struct bench {
	char *folder;
	const char *source;
	struct spool *spool;
	char recalled[4096];
	size_t recalls; /* how often it was given something */
	const char *voice; /* what the voice cache says of a guild; NULL: nothing */
	int guilds; /* that it says it of, beside the first */
};

static void recall(void *arg, const char *json, size_t length)
{
	struct bench *bench = arg;
	size_t used = strlen(bench->recalled);
	bench->recalls += json != NULL;
	if (!json)
		bench->recalled[0] = '\0';
	else
		snprintf(bench->recalled + used, sizeof(bench->recalled) - used, "%.*s;",
			(int)length, json);
}

static void save(void *arg, struct spool_save *to)
{
	struct bench *bench = arg;
	for (int i = 0; bench->voice && i <= bench->guilds; i++)
		spool_save_voice(to, bench->voice, strlen(bench->voice));
}

static void open_spool(struct bench *bench, const struct spool_limits *limits)
{
	struct spool_owner owner = {
		.recall = recall, .save = save, .arg = bench, .source = bench->source};
	char *why = NULL;
	bench->recalled[0] = '\0';
	bench->recalls = 0;
	bench->spool = spool_open(bench, bench->folder, limits, &owner, &why);
	if (!bench->spool)
		fail_msg("%s", why);
}

static int release_bench(struct bench *bench)
{
	spool_close(&bench->spool);
	char *command = talloc_asprintf(bench, "rm -rf '%s'", bench->folder);
	return system(command) == 0 ? 0 : -1;
}

static struct bench *bench_create(void *ctx, const struct spool_limits *limits)
{
	struct bench *bench = talloc_zero(ctx, struct bench);
	bench->source = "0/1";
	bench->folder = talloc_strdup(bench, "/tmp/besace-spool-XXXXXX");
	assert_non_null(mkdtemp(bench->folder));
	talloc_set_destructor(bench, release_bench);
	open_spool(bench, limits);
	return bench;
}

static void reopen(struct bench *bench, const struct spool_limits *limits)
{
	spool_close(&bench->spool);
	open_spool(bench, limits);
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
			assert_int_equal(batch.events[i].author_known, next % 7 != 0);
		}
		if (count > 0)
			spool_take(bench->spool, &batch);
		talloc_free(ctx);
		if (count == 0)
			break;
	}
	assert_int_equal(next, last + 1);
}

static size_t segments(const struct bench *bench)
{
	char pattern[256];
	glob_t found;
	snprintf(pattern, sizeof(pattern), "%s/*.log", bench->folder);
	size_t count = glob(pattern, 0, NULL, &found) == 0 ? found.gl_pathc : 0;
	globfree(&found);
	return count;
}

static char *newest(const struct bench *bench)
{
	char pattern[256];
	glob_t found;
	snprintf(pattern, sizeof(pattern), "%s/*.log", bench->folder);
	assert_int_equal(glob(pattern, 0, NULL, &found), 0);
	char *path = talloc_strdup(bench, found.gl_pathv[found.gl_pathc - 1]);
	globfree(&found);
	return path;
}

static void events_come_out_in_order_and_once(void **state)
{
	struct bench *bench = bench_create(*state, &small);
	for (int i = 1; i <= 500; i++) {
		append(bench, i);
		if (i % 13 == 0)
			commit(bench);
	}
	commit(bench);
	assert_true(segments(bench) > 5);
	expect_all(bench, 1, 500);
	expect_all(bench, 1, 0);
}

static void what_is_taken_is_removed(void **state)
{
	struct bench *bench = bench_create(*state, &small);
	for (int i = 1; i <= 500; i++) {
		append(bench, i);
		commit(bench);
	}
	expect_all(bench, 1, 500);
	assert_true(segments(bench) <= 2);
	assert_true(spool_bytes(bench->spool) < 2 * small.segment_bytes);
}

static void what_is_not_committed_is_not_read(void **state)
{
	struct bench *bench = bench_create(*state, &small);
	append(bench, 1);
	assert_true(spool_pending(bench->spool));
	expect_all(bench, 1, 0);
	commit(bench);
	assert_false(spool_pending(bench->spool));
	expect_all(bench, 1, 1);
}

static void reading_again_gives_the_same_until_it_is_taken(void **state)
{
	struct bench *bench = bench_create(*state, &spool_default_limits);
	struct spool_batch one, two;
	for (int i = 1; i <= 20; i++)
		append(bench, i);
	commit(bench);
	spool_read(bench->spool, *state, 5, 100000, &one);
	spool_read(bench->spool, *state, 5, 100000, &two);
	assert_int_equal(one.count, 5);
	assert_int_equal(one.offset, two.offset);
	assert_memory_equal(one.events[4].json, two.events[4].json, one.events[4].length);
	one.count = 3;
	one.offset = one.events[2].end;
	spool_take(bench->spool, &one);
	expect_all(bench, 4, 20);
}

static void a_batch_respects_its_bytes_but_has_one_event(void **state)
{
	struct bench *bench = bench_create(*state, &spool_default_limits);
	struct spool_batch batch;
	for (int i = 1; i <= 20; i++)
		append(bench, i);
	commit(bench);
	spool_read(bench->spool, *state, 100, 100, &batch);
	assert_true(batch.count >= 2 && batch.count <= 5);
	spool_read(bench->spool, *state, 100, 1, &batch);
	assert_int_equal(batch.count, 1);
}

static void an_event_of_megabytes_passes(void **state)
{
	struct bench *bench = bench_create(*state, &spool_default_limits);
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

/* A million members make a voice cache of a hundred MiB, which the reader passes by. */
static void passing_a_large_voice_cache_takes_little_memory(void **state)
{
	struct spool_limits roomy = small;
	roomy.total_bytes = 100000000;
	struct bench *bench = bench_create(*state, &roomy);
	char *voice = talloc_zero_size(bench, 200001);
	memset(voice, 'x', 200000);
	bench->voice = voice;
	bench->guilds = 100;
	for (int i = 1; spool_bytes(bench->spool) < 20000000; i++) {
		assert_true(i < 1000);
		append(bench, i);
		commit(bench);
	}
	append(bench, 1000);
	commit(bench);
	for (bool any = true; any;) {
		struct spool_batch batch;
		void *ctx = talloc_new(*state);
		spool_read(bench->spool, ctx, 100, 100000, &batch);
		assert_true(talloc_total_size(ctx) < 2000000);
		any = batch.count > 0;
		if (any)
			spool_take(bench->spool, &batch);
		talloc_free(ctx);
	}
}

static void another_run_finds_events_session_and_place(void **state)
{
	struct bench *bench = bench_create(*state, &small);
	struct session_identity identity = {.id = "abc", .resume_url = "wss://x", .seq = 1};
	spool_note_session(bench->spool, &identity);
	for (int i = 1; i <= 100; i++) {
		append(bench, i);
		spool_note_seq(bench->spool, i + 1);
		commit(bench);
	}
	struct spool_batch batch;
	spool_read(bench->spool, *state, 10, 100000, &batch);
	size_t count = batch.count;
	spool_take(bench->spool, &batch);
	reopen(bench, &small);
	spool_session(bench->spool, &identity);
	assert_string_equal(identity.id, "abc");
	assert_string_equal(identity.resume_url, "wss://x");
	assert_int_equal(identity.seq, 101);
	expect_all(bench, 1 + (int)count, 100);
	bench->source = "1/2"; /* it is no session of this shard */
	reopen(bench, &small);
	spool_session(bench->spool, &identity);
	assert_null(identity.id);
	bench->source = "0/1";
	spool_note_session(bench->spool, &(struct session_identity){.seq = -1});
	reopen(bench, &small);
	spool_session(bench->spool, &identity);
	assert_null(identity.id);
	assert_int_equal(identity.seq, -1);
}

static void the_number_never_runs_ahead_of_the_events(void **state)
{
	struct bench *bench = bench_create(*state, &small);
	struct session_identity identity = {.id = "abc", .resume_url = "wss://x", .seq = 1};
	spool_note_session(bench->spool, &identity);
	append(bench, 1);
	spool_note_seq(bench->spool, 2);
	commit(bench);
	char *path = newest(bench);
	struct stat full;
	assert_int_equal(stat(path, &full), 0);
	char *whole = talloc_size(*state, (size_t)full.st_size);
	FILE *file = fopen(path, "r");
	assert_int_equal(fread(whole, 1, (size_t)full.st_size, file), full.st_size);
	fclose(file);
	/* Cut off anywhere, as a power cut may: if the number is there, so is the event. */
	for (off_t length = 0; length <= full.st_size; length++) {
		spool_close(&bench->spool);
		file = fopen(path, "w");
		fwrite(whole, 1, (size_t)length, file);
		fclose(file);
		open_spool(bench, &small);
		struct spool_batch batch;
		spool_session(bench->spool, &identity);
		spool_read(bench->spool, *state, 10, 100000, &batch);
		/* And if it is not, the event is not there either: Discord repeats it. */
		assert_int_equal(batch.count, identity.seq == 2);
		append(bench, 2); /* and writing goes on behind the cut */
		commit(bench);
		spool_read(bench->spool, *state, 10, 100000, &batch);
		assert_memory_equal(batch.events[batch.count - 1].json, "{\"id\":\"m:2\"", 11);
	}
}

static void damage_costs_only_the_damaged_record(void **state)
{
	struct bench *bench = bench_create(*state, &spool_default_limits);
	for (int i = 1; i <= 3; i++)
		append(bench, i);
	spool_note_seq(bench->spool, 77);
	commit(bench);
	char *path = newest(bench);
	char text[4096] = {0};
	FILE *file = fopen(path, "r+");
	assert_true(fread(text, 1, sizeof(text) - 1, file) > 0);
	long at = strstr(text, "m:2") - text;
	fseek(file, at, SEEK_SET);
	fputc('x', file);
	fclose(file);
	struct spool_batch batch;
	spool_read(bench->spool, *state, 10, 100000, &batch);
	assert_int_equal(batch.count, 2);
	assert_memory_equal(batch.events[1].json, "{\"id\":\"m:3\"", 11);
	/* Another run sees the same, and does not believe the number behind the damage. */
	reopen(bench, &spool_default_limits);
	struct session_identity identity;
	spool_session(bench->spool, &identity);
	assert_int_equal(identity.seq, -1);
	spool_read(bench->spool, *state, 10, 100000, &batch);
	assert_int_equal(batch.count, 2);
	assert_memory_equal(batch.events[1].json, "{\"id\":\"m:3\"", 11);
}

static void the_voice_cache_survives_the_removal_of_its_events(void **state)
{
	struct bench *bench = bench_create(*state, &small);
	const char *voice = "{\"id\":\"v:1:2\",\"type\":\"voice\"}";
	spool_append(bench->spool, voice, strlen(voice), true);
	commit(bench);
	reopen(bench, &small);
	assert_string_equal(bench->recalled, "{\"id\":\"v:1:2\",\"type\":\"voice\"};");
	bench->voice = "the cache";
	for (int i = 1; i <= 500; i++) {
		append(bench, i);
		commit(bench);
	}
	struct spool_batch batch;
	do {
		spool_read(bench->spool, *state, 100, 100000, &batch);
		if (batch.count > 0)
			spool_take(bench->spool, &batch);
	} while (batch.count > 0);
	assert_true(segments(bench) <= 3);
	reopen(bench, &small);
	assert_string_equal(bench->recalled, "the cache;");
}

static void append_voice(struct bench *bench, int number)
{
	char json[64];
	int length = snprintf(json, sizeof(json), "{\"id\":\"v:1:%d\",\"type\":\"voice\"}", number);
	spool_append(bench->spool, json, (size_t)length, true);
	spool_note_seq(bench->spool, number);
	commit(bench);
}

static void only_what_follows_the_newest_voice_cache_is_recalled(void **state)
{
	struct bench *bench = bench_create(*state, &small);
	struct session_identity identity = {.id = "abc", .resume_url = "wss://x", .seq = 1};
	spool_note_session(bench->spool, &identity);
	bench->voice = "the cache";
	for (int i = 1; i <= 500; i++)
		append_voice(bench, i);
	assert_true(segments(bench) > 10);
	reopen(bench, &small);
	assert_true(bench->recalls < 100);
	assert_memory_equal(bench->recalled, "the cache;", 10);
	static const char end[] = ";{\"id\":\"v:1:500\",\"type\":\"voice\"};";
	assert_string_equal(bench->recalled + strlen(bench->recalled) - strlen(end), end);
	spool_session(bench->spool, &identity);
	assert_int_equal(identity.seq, 500);
	/* No event of the older segments is missing. */
	size_t count = 0;
	for (size_t read = 1; read > 0; count += read) {
		struct spool_batch batch;
		void *ctx = talloc_new(*state);
		spool_read(bench->spool, ctx, 100, 100000, &batch);
		read = batch.count;
		if (read > 0)
			spool_take(bench->spool, &batch);
		talloc_free(ctx);
	}
	assert_int_equal(count, 500);
}

/* Bytes of PATH that say "THIS" say "THAT", of the same length. */
static void falsify(const char *path, const char *this, const char *that)
{
	char text[8192] = {0};
	FILE *file = fopen(path, "r+");
	assert_true(fread(text, 1, sizeof(text) - 1, file) > 0);
	const char *at = strstr(text, this);
	assert_non_null(at);
	fseek(file, at - text, SEEK_SET);
	fputs(that, file);
	fclose(file);
}

static void a_damaged_voice_cache_supersedes_nothing(void **state)
{
	struct bench *bench = bench_create(*state, &small);
	bench->voice = "the first cache";
	int i = 1;
	for (; segments(bench) < 2; i++)
		append_voice(bench, i);
	bench->voice = "the second cache";
	for (; segments(bench) < 3; i++)
		append_voice(bench, i);
	append_voice(bench, i);
	falsify(newest(bench), " K \n", " k \n");
	reopen(bench, &small);
	/* The older one and what followed it; and what can be read of the damaged one. */
	assert_memory_equal(bench->recalled, "the first cache;{\"id\":\"v:1:", 25);
	assert_non_null(strstr(bench->recalled, ";the second cache;"));
}

static void a_half_made_segment_is_as_if_it_were_not_there(void **state)
{
	struct bench *bench = bench_create(*state, &small);
	append(bench, 1);
	commit(bench);
	char *draft = talloc_asprintf(*state, "%s/draft", bench->folder);
	FILE *file = fopen(draft, "w");
	fputs("half a seg", file);
	fclose(file);
	reopen(bench, &small);
	expect_all(bench, 1, 1);
}

static void above_the_bound_the_oldest_are_dropped_and_counted(void **state)
{
	struct spool_limits tight = small;
	tight.total_bytes = 10000;
	struct bench *bench = bench_create(*state, &tight);
	int64_t before = metrics_get(METRIC_SHIM_EVENTS, SHIM_EVENT_DROPPED);
	for (int i = 1; i <= 1000; i++) {
		append(bench, i);
		commit(bench);
	}
	assert_true(spool_bytes(bench->spool) <= tight.total_bytes + tight.segment_bytes);
	int64_t dropped = metrics_get(METRIC_SHIM_EVENTS, SHIM_EVENT_DROPPED) - before;
	assert_true(dropped > 500 && dropped < 1000);
	assert_true(spool_lost(bench->spool));
	assert_false(spool_lost(bench->spool)); /* it has been said */
	expect_all(bench, (int)dropped + 1, 1000);
	assert_false(spool_lost(bench->spool));
}

static void a_batch_whose_segment_was_dropped_takes_nothing_else_along(void **state)
{
	struct spool_limits tight = small;
	tight.total_bytes = 6000;
	struct bench *bench = bench_create(*state, &tight);
	struct spool_batch old, next;
	append(bench, 1);
	commit(bench);
	spool_read(bench->spool, *state, 10, 100000, &old);
	for (int i = 2; i <= 500; i++) {
		append(bench, i);
		commit(bench);
	}
	spool_read(bench->spool, *state, 1, 100000, &next);
	spool_take(bench->spool, &old);
	struct spool_batch again;
	spool_read(bench->spool, *state, 1, 100000, &again);
	assert_int_equal(next.segment, again.segment);
	assert_int_equal(next.offset, again.offset);
}

static void limit_files(rlim_t bytes)
{
	struct rlimit limit;
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	limit.rlim_cur = bytes;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void a_full_disk_holds_events_in_memory_and_loses_none(void **state)
{
	struct bench *bench = bench_create(*state, &small);
	signal(SIGXFSZ, SIG_IGN);
	append(bench, 1);
	commit(bench);
	struct stat now;
	assert_int_equal(stat(newest(bench), &now), 0);
	limit_files((rlim_t)now.st_size + 10);
	int i = 2;
	for (; spool_has_room(bench->spool); i++) {
		append(bench, i);
		assert_int_equal(spool_commit(bench->spool), STATUS_UNAVAILABLE);
		assert_true(i < 1000);
	}
	assert_true(spool_pending(bench->spool));
	expect_all(bench, 1, 1);
	limit_files(RLIM_INFINITY);
	commit(bench);
	assert_true(spool_has_room(bench->spool));
	append(bench, i);
	commit(bench);
	expect_all(bench, 2, i);
}

static void memory_stays_bounded_when_nobody_asks_for_room(void **state)
{
	struct bench *bench = bench_create(*state, &small);
	signal(SIGXFSZ, SIG_IGN);
	int64_t before = metrics_get(METRIC_SHIM_EVENTS, SHIM_EVENT_DROPPED);
	limit_files(1);
	append(bench, 1);
	assert_int_equal(spool_commit(bench->spool), STATUS_UNAVAILABLE);
	for (int i = 2; i <= 5000; i++)
		append(bench, i);
	limit_files(RLIM_INFINITY);
	int64_t dropped = metrics_get(METRIC_SHIM_EVENTS, SHIM_EVENT_DROPPED) - before;
	assert_true(dropped > 4000);
	assert_true(spool_lost(bench->spool));
	commit(bench);
	expect_all(bench, 1, 5000 - (int)dropped);
}

/* A child appends and commits and says what is committed, until it is killed. */
static void write_until_killed(const char *folder, int pipe_fd, int first)
{
	struct spool_owner owner = {.recall = recall, .save = save, .source = "0/1"};
	struct bench bench = {0};
	char *why;
	owner.arg = &bench;
	bench.spool = spool_open(NULL, folder, &small, &owner, &why);
	for (int i = first; bench.spool; i++) {
		append(&bench, i);
		if (i % 3 == 0 && spool_commit(bench.spool) == STATUS_OK &&
			write(pipe_fd, &i, sizeof(i)) != sizeof(i))
			break;
	}
	_exit(1);
}

static void kill_9_loses_nothing_that_was_committed(void **state)
{
	struct bench *bench = bench_create(*state, &small);
	int next = 1;
	for (int round = 0; round < 15; round++) {
		int fds[2], committed = next - 1, told;
		spool_close(&bench->spool);
		assert_int_equal(pipe(fds), 0);
		/* However long this process is kept waiting, the child is not so far ahead of it
		 * that the spool drops what is old. */
		assert_true(fcntl(fds[1], F_SETPIPE_SZ, 4096) >= 4096);
		pid_t child = fork();
		if (child == 0)
			write_until_killed(bench->folder, fds[1], next);
		close(fds[1]);
		for (int i = 0; i < 20 + round * 7; i++)
			assert_int_equal(
				read(fds[0], &committed, sizeof(committed)), sizeof(committed));
		kill(child, SIGKILL);
		waitpid(child, NULL, 0);
		while (read(fds[0], &told, sizeof(told)) == sizeof(told))
			committed = told;
		close(fds[0]);
		open_spool(bench, &small);
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

static void one_process_at_a_time_uses_a_spool(void **state)
{
	struct bench *bench = bench_create(*state, &small);
	struct spool_owner owner = {.recall = recall, .save = save, .arg = bench};
	char *why = NULL;
	assert_null(spool_open(*state, bench->folder, &small, &owner, &why));
	assert_non_null(strstr(why, "another shim"));
}

static void a_folder_that_cannot_be_is_said(void **state)
{
	struct spool_owner owner = {.recall = recall, .save = save};
	char *why = NULL;
	assert_null(spool_open(*state, "/proc/nowhere/spool", &small, &owner, &why));
	assert_non_null(strstr(why, "/proc/nowhere/spool"));
}

static void waiting_ends_with_an_event_or_a_wake(void **state)
{
	struct bench *bench = bench_create(*state, &small);
	expect_all(bench, 1, 0); /* passes what every segment begins with */
	assert_false(spool_wait(bench->spool, 1));
	spool_wake(bench->spool);
	assert_false(spool_wait(bench->spool, 60000));
	append(bench, 1);
	commit(bench);
	assert_true(spool_wait(bench->spool, 60000));
}

static void refused_events_are_kept_for_people(void **state)
{
	struct bench *bench = bench_create(*state, &small);
	struct spool_event event = {.json = "{\"id\":\"m:1\"}", .length = 12};
	assert_int_equal(spool_set_aside(bench->spool, &event, "because"), STATUS_OK);
	assert_int_equal(spool_set_aside(bench->spool, &event, "because"), STATUS_OK);
	char text[256] = {0};
	FILE *file = fopen(talloc_asprintf(*state, "%s/refused", bench->folder), "r");
	assert_non_null(file);
	assert_true(fread(text, 1, sizeof(text) - 1, file) > 0);
	fclose(file);
	assert_string_equal(text,
		"{\"reason\":\"because\",\"event\":\"{\\\"id\\\":\\\"m:1\\\"}\"}\n"
		"{\"reason\":\"because\",\"event\":\"{\\\"id\\\":\\\"m:1\\\"}\"}\n");
}

static void identifies_are_kept_on_disk(void **state)
{
	struct bench *bench = bench_create(*state, &small);
	char *path = talloc_asprintf(*state, "%s/identifies", bench->folder);
	struct identify_history history = {0}, read_back;
	identify_load(path, &read_back);
	assert_int_equal(read_back.count, 0);
	for (int64_t i = 0; i < 2 * LIMIT_IDENTIFIES; i++)
		identify_add(&history, 1800000000000 + i);
	assert_int_equal(history.count, LIMIT_IDENTIFIES);
	assert_int_equal(identify_save(path, &history), STATUS_OK);
	identify_load(path, &read_back);
	assert_memory_equal(&history, &read_back, sizeof(history));
	assert_int_equal(identify_save("/proc/nowhere/identifies", &history), STATUS_UNAVAILABLE);
}

static const struct CMUnitTest tests[] = {
	UNIT(events_come_out_in_order_and_once),
	UNIT(what_is_taken_is_removed),
	UNIT(what_is_not_committed_is_not_read),
	UNIT(reading_again_gives_the_same_until_it_is_taken),
	UNIT(a_batch_respects_its_bytes_but_has_one_event),
	UNIT(an_event_of_megabytes_passes),
	UNIT(passing_a_large_voice_cache_takes_little_memory),
	UNIT(another_run_finds_events_session_and_place),
	UNIT(the_number_never_runs_ahead_of_the_events),
	UNIT(damage_costs_only_the_damaged_record),
	UNIT(the_voice_cache_survives_the_removal_of_its_events),
	UNIT(only_what_follows_the_newest_voice_cache_is_recalled),
	UNIT(a_damaged_voice_cache_supersedes_nothing),
	UNIT(a_half_made_segment_is_as_if_it_were_not_there),
	UNIT(above_the_bound_the_oldest_are_dropped_and_counted),
	UNIT(a_batch_whose_segment_was_dropped_takes_nothing_else_along),
	UNIT(a_full_disk_holds_events_in_memory_and_loses_none),
	UNIT(memory_stays_bounded_when_nobody_asks_for_room),
	UNIT(kill_9_loses_nothing_that_was_committed),
	UNIT(one_process_at_a_time_uses_a_spool),
	UNIT(a_folder_that_cannot_be_is_said),
	UNIT(waiting_ends_with_an_event_or_a_wake),
	UNIT(refused_events_are_kept_for_people),
	UNIT(identifies_are_kept_on_disk),
};

UNIT_MAIN(tests)

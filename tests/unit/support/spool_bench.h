/* A spool in a folder of its own. */
#pragma once

#include "unit.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "besace/runtime/metrics.h"
#include "gateway/guilds.h"
#include "gateway/spool.h"

/* The disk's syncs fail while this is set: SQLite calls ours instead of libc's. */
static atomic_bool syncs_fail;

struct bench {
	char *folder;
	struct spool_settings settings;
	struct spool *spool;
	struct guilds *guilds;
};

static inline void open_spool(struct bench *bench)
{
	char *why = NULL;
	bench->spool = spool_open(bench, &bench->settings, &why);
	if (!bench->spool)
		fail_msg("%s", why);
	bench->guilds = guilds_create(spool_sqlite(bench->spool));
}

static inline void close_spool(struct bench *bench)
{
	guilds_destroy(&bench->guilds);
	spool_close(&bench->spool);
}

static inline int release_bench(struct bench *bench)
{
	atomic_store(&syncs_fail, false);
	close_spool(bench);
	char *command = talloc_asprintf(bench, "rm -rf '%s'", bench->folder);
	return system(command) == 0 ? 0 : -1;
}

static inline struct bench *bench_create(void *ctx)
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

static inline void reopen(struct bench *bench)
{
	close_spool(bench);
	open_spool(bench);
}

static inline char *path_of(const struct bench *bench, const char *name)
{
	return talloc_asprintf(bench, "%s/%s", bench->folder, name);
}

static inline void append(struct bench *bench, int number)
{
	char json[64];
	int length = snprintf(json, sizeof(json), "{\"id\":\"m:%d\",\"at\":5}", number);
	spool_append(bench->spool, json, (size_t)length, number % 7 != 0);
}

static inline void commit(struct bench *bench)
{
	assert_int_equal(spool_commit(bench->spool), STATUS_OK);
}

static inline void append_all(struct bench *bench, int first, int last)
{
	for (int i = first; i <= last; i++)
		append(bench, i);
	commit(bench);
}

/* Reads and takes all; they must be FIRST to LAST, in order. */
static inline void expect_all(struct bench *bench, int first, int last)
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
static inline int64_t number_in(struct bench *bench, const char *query)
{
	return sqlite_number(spool_sqlite(bench->spool), query);
}

static const struct session_identity session_one = {
	.id = "0012", .resume_url = "wss://x", .seq = 1};

static inline char *read_file(void *ctx, const char *path, size_t *out_length)
{
	struct stat found;
	assert_int_equal(stat(path, &found), 0);
	char *bytes = talloc_zero_size(ctx, (size_t)found.st_size + 1);
	FILE *file = fopen(path, "r");
	*out_length = fread(bytes, 1, (size_t)found.st_size, file);
	fclose(file);
	return bytes;
}

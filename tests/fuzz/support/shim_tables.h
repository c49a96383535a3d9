/*
 * The shim's tables, to fuzz what writes into them: made once, in a folder of their own that goes
 * at the end. Each input ends with a rollback.
 */
#pragma once

#include <stdio.h>
#include <stdlib.h>
#include <talloc.h>
#include <unistd.h>

#include "gateway/guilds.h"
#include "gateway/spool.h"

static char tables_folder[] = "/tmp/besace-fuzz-XXXXXX";
static struct spool *tables_spool;
static struct guilds *tables_guilds;

static inline void tables_remove(void)
{
	static const char *const names[] = {"spool.db", "spool.db-wal", "spool.db-shm", "lock"};
	char path[64];
	guilds_destroy(&tables_guilds);
	spool_close(&tables_spool);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", tables_folder, names[i]);
		unlink(path);
	}
	rmdir(tables_folder);
}

/* The guilds; the first call makes the tables. */
static inline struct guilds *tables_open(void)
{
	if (tables_spool)
		return tables_guilds;
	char *why;
	void *ctx = talloc_new(NULL);
	struct spool_settings settings = {
		.source = "0/1", .max_bytes = SPOOL_MAX_BYTES, .folder = mkdtemp(tables_folder)};
	tables_spool = spool_open(ctx, &settings, &why);
	if (!tables_spool)
		abort();
	talloc_free(ctx);
	atexit(tables_remove);
	tables_guilds = guilds_create(spool_sqlite(tables_spool));
	return tables_guilds;
}

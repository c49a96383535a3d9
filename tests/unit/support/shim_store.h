/* The shim's spool and its tables of guilds, in a folder of a test's own. */
#pragma once

#include "unit.h"

#include <stdlib.h>

#include "gateway/guilds.h"
#include "gateway/spool.h"

struct shim_store {
	char *folder;
	struct spool *spool;
	struct guilds *guilds;
};

static inline void shim_store_open(struct shim_store *store, void *ctx)
{
	char *why = NULL;
	store->folder = talloc_strdup(ctx, "/tmp/besace-shim-XXXXXX");
	assert_non_null(mkdtemp(store->folder));
	struct spool_settings settings = {
		.folder = store->folder, .source = "0/1", .max_bytes = SPOOL_MAX_BYTES};
	store->spool = spool_open(ctx, &settings, &why);
	if (!store->spool)
		fail_msg("%s", why);
	store->guilds = guilds_create(spool_sqlite(store->spool));
}

/* Fits a talloc destructor: returns 0 if the folder is gone. */
static inline int shim_store_close(struct shim_store *store)
{
	guilds_destroy(&store->guilds);
	spool_close(&store->spool);
	char *command = talloc_asprintf(NULL, "rm -rf '%s'", store->folder);
	int status = system(command);
	talloc_free(command);
	return status == 0 ? 0 : -1;
}

/* The user ID is known as KIND; NAME, where one is given, is its name. */
static inline void expect_user(
	struct guilds *guilds, uint64_t id, enum user_kind kind, const char *name)
{
	char *found;
	void *ctx = talloc_new(NULL);
	assert_int_equal(user_find(guilds, ctx, id, &found), kind);
	if (name)
		assert_string_equal(found, name);
	talloc_free(ctx);
}

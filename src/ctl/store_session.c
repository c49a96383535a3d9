/* Enters the build's schema after a look at it. */
#include "store_session.h"

#include <talloc.h>

#include "besace/base/memory.h"
#include "besace/store/build.h"
#include "besace/store/migrate.h"

enum status store_session_enter(void *ctx, PGconn *conn, char **out_why)
{
	enum schema schema;
	char *why = NULL;
	enum status status = migrate_look(ctx, conn, &schema, &why);
	if (!status && schema == SCHEMA_CURRENT)
		return build_enter(ctx, conn, out_why);
	*out_why = must(talloc_asprintf(ctx, "the schema is not this program's: %s", why));
	return STATUS_FAILED;
}

/* besacectl migrate: brings the database to this program's schema. */
#include "besace/store/migrate.h"

#include <stdio.h>
#include <talloc.h>

#include "arguments.h"
#include "besace/base/memory.h"
#include "settings.h"
#include "subcommands.h"

static void tell(void *arg, const char *name)
{
	unsigned *steps = arg;
	printf("applied %s\n", name);
	fflush(stdout); /* the next one may take long */
	(*steps)++;
}

static int apply(void *ctx, PGconn *conn)
{
	unsigned steps = 0;
	char *why = NULL;
	enum status status = migrate_apply(ctx, conn, tell, &steps, &why);
	if (status == STATUS_OK) {
		printf("%s: the schema is at migration %d\n", steps ? "done" : "up to date",
			migrate_newest());
		return CTL_DONE;
	}
	ctl_say("%s%s", why ? why : "the connection to the database was lost",
		status == STATUS_UNKNOWN ? "; it may or may not have been done: run it again" : "");
	return CTL_FAILED;
}

static int run(int argc, char **argv)
{
	void *ctx = must(talloc_new(NULL));
	struct arguments arguments = {
		.ctx = ctx,
		.synopsis = "",
		.about = "Applies the migrations that are pending to the database of DATABASE_URL, "
			 "each in a\ntransaction of its own. Safe while the service runs and when "
			 "several run it at once.\nA database that is newer than this program, or "
			 "whose history was changed, is refused.",
	};
	int status = CTL_DONE;
	if (arguments_read(&arguments, argc, argv)) {
		PGconn *conn = NULL;
		status = arguments_are_bad(&arguments) ? CTL_USAGE : settings_connect(ctx, &conn);
		if (conn) {
			status = apply(ctx, conn);
			PQfinish(conn);
		}
	}
	talloc_free(ctx);
	return status;
}

const struct subcommand subcommand_migrate = {
	"migrate", "bring the database to this program's schema", run};

/* besacectl migrate: brings the database to this program's schema. */
#include "besace/store/migrate.h"

#include <stdio.h>
#include <string.h>
#include <talloc.h>

#include "arguments.h"
#include "besace/base/memory.h"
#include "besace/store/build.h"
#include "settings.h"
#include "subcommands.h"

static void tell(void *arg, const char *name)
{
	unsigned *steps = arg;
	printf("applied %s\n", name);
	fflush(stdout); /* the next one may take long */
	(*steps)++;
}

static void tell_dropped(void *arg, const char *schema)
{
	(void)arg;
	printf("dropped %s: no build has used it for a day\n", schema);
}

static int apply(void *ctx, PGconn *conn, const struct roles *roles)
{
	unsigned steps = 0;
	char *why = NULL;
	enum status status = migrate_apply(ctx, conn, tell, &steps, &why);
	if (!status && (roles->service || roles->reader))
		status = migrate_grant(ctx, conn, roles, &why);
	if (!status)
		status = build_note_use(ctx, conn, &why);
	if (!status)
		status = build_sweep(ctx, conn, tell_dropped, NULL, &why);
	if (status == STATUS_OK) {
		printf("%s: the schema is at migration %d\n", steps ? "done" : "up to date",
			migrate_newest());
		return CTL_DONE;
	}
	ctl_say("%s%s", why ? why : "the connection to the database was lost",
		status == STATUS_UNKNOWN ? "; it may or may not have been done: run it again" : "");
	return CTL_FAILED;
}

/* "SERVICE,READER" or "SERVICE". False when it is neither. */
static bool read_roles(void *ctx, const char *text, struct roles *out)
{
	size_t length = strcspn(text, ",");
	const char *reader = text[length] ? text + length + 1 : NULL;
	if (length == 0 || (reader && (!*reader || strchr(reader, ','))))
		return false;
	*out = (struct roles){must(talloc_strndup(ctx, text, length)), reader};
	return true;
}

static int run(int argc, char **argv)
{
	void *ctx = must(talloc_new(NULL));
	const char *names = NULL;
	struct roles roles = {0};
	const struct argument rows[] = {
		{"roles", "SERVICE,READER",
			"grant the service's role its rows, and the reader's the views of\n"
			"besace_reader, now and after each migration to come",
			.text = &names},
	};
	struct arguments arguments = {
		.ctx = ctx,
		.synopsis = "[--roles SERVICE,READER]",
		.description =
			"Applies the migrations that are pending to the database of DATABASE_URL, "
			"each in a\ntransaction of its own, installs this build's routines beside "
			"those of others, and drops\nthose that no build has used for a day. Safe "
			"while services run, of this build and of others,\nand when several run it "
			"at once. A database that is not for this program, or whose history\nwas "
			"changed, is refused.",
		.rows = rows,
		.count = ARRAY_LEN(rows),
	};
	int status = CTL_DONE;
	if (arguments_read(&arguments, argc, argv)) {
		PGconn *conn = NULL;
		if (names && !read_roles(ctx, names, &roles))
			arguments_fault(&arguments,
				"--roles: must be SERVICE,READER or SERVICE, got \"%s\"", names);
		status = arguments_are_bad(&arguments) ? CTL_USAGE : settings_connect(ctx, &conn);
		if (conn) {
			status = apply(ctx, conn, &roles);
			PQfinish(conn);
		}
	}
	talloc_free(ctx);
	return status;
}

const struct subcommand subcommand_migrate = {
	"migrate", "bring the database to this program's schema", run};

/* Reads the unit's settings into the environment, and changes the user. */
#include "host.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <talloc.h>
#include <unistd.h>

#include "besace/base/memory.h"
#include "besace/runtime/config.h"
#include "besace/runtime/envfile.h"
#include "setup.h"
#include "subcommands.h"

/* As in scripts/systemd. */
#define USER "besace"

/* Settings are a page of text. */
#define FILE_MAX 65536

static const char suffix[] = "_FILE";

struct host_setting {
	const char *name, *value;
};

struct finding {
	void *ctx;
	const char *program;
	host_reads_fn *reads;
	struct host_setting *found; /* in the order of the file */
	unsigned count;
};

/* Where the file system begins: "", but for tests. */
static const char *root_folder(void)
{
	const char *root = getenv("BESACECTL_TEST_ROOT");
	return root ? root : "";
}

static bool is_asked(void)
{
	return geteuid() == 0 || *root_folder() != '\0';
}

static bool is_there(const char *path)
{
	return access(path, F_OK) == 0;
}

bool host_is_set(const char *name)
{
	const char *value = getenv(name);
	return value && *value != '\0';
}

/* The path of the secret that VALUE names: a credential by its bare name or where the unit finds it
 * is looked for where it comes from, which is what the next start reads; failing that, where the
 * running service has it. Other paths are what they are. */
static char *secret_path(const struct finding *finding, const char *value)
{
	static const char *const stores[] = {SETUP_SECRETS, "/run/credstore", "/usr/lib/credstore"};
	char *passed = must(talloc_asprintf(
		finding->ctx, "%s/run/credentials/%s.service/", root_folder(), finding->program));
	const char *unrooted = passed + strlen(root_folder()), *name = value;
	if (strncmp(value, unrooted, strlen(unrooted)) == 0)
		name = value + strlen(unrooted);
	if (strchr(name, '/'))
		return must(talloc_strdup(finding->ctx, value));
	for (size_t i = 0; i < ARRAY_LEN(stores); i++) {
		char *path = must(
			talloc_asprintf(finding->ctx, "%s%s/%s", root_folder(), stores[i], name));
		if (is_there(path))
			return path;
	}
	return must(talloc_strdup_append(passed, name));
}

/* The variable for which NAME stands: X for X_FILE; *OUT_FILE says which of both it is. */
static char *subject(void *ctx, const char *name, bool *out_file)
{
	size_t length = strlen(name), n = strlen(suffix);
	*out_file = length > n && strcmp(name + length - n, suffix) == 0;
	return must(talloc_strndup(ctx, name, *out_file ? length - n : length));
}

/* Notes what the file says of a variable that the caller did not set, nor its file. The environment
 * changes only behind the last line: its own earlier ones do not count as the caller's. */
static void note(void *arg, const char *name, const char *value)
{
	struct finding *finding = arg;
	bool is_file;
	char *variable = subject(finding->ctx, name, &is_file);
	if (!finding->reads(variable) || host_is_set(variable) ||
		host_is_set(must(talloc_asprintf(finding->ctx, "%s%s", variable, suffix))))
		return;
	finding->found = must(talloc_realloc(
		finding->ctx, finding->found, struct host_setting, finding->count + 1));
	finding->found[finding->count++] = (struct host_setting){
		.name = must(talloc_strdup(finding->ctx, name)),
		.value = is_file && *value != '\0' ? secret_path(finding, value)
						   : must(talloc_strdup(finding->ctx, value)),
	};
}

static void put(const char *name, const char *value)
{
	if (setenv(name, value, 1) < 0)
		(void)must(NULL);
}

/* What the shim's unit passes by itself. */
static void note_passed(struct finding *finding)
{
	static const char *const passed[][2] = {
		{"DISCORD_BOT_TOKEN_FILE", "besace.discord-bot-token"},
		{"BESACE_EVENT_SECRET_KEY_FILE", "besace.event-secret-key"},
	};
	if (strcmp(finding->program, "besace-gateway") != 0)
		return;
	for (size_t i = 0; i < ARRAY_LEN(passed); i++)
		note(finding, passed[i][0], passed[i][1]);
}

bool host_take_settings(void *ctx, const char *program, host_reads_fn *reads)
{
	struct finding finding = {.ctx = ctx, .program = program, .reads = reads};
	char *why = NULL;
	char *path =
		must(talloc_asprintf(ctx, "%s" SETUP_FOLDER "/%s.env", root_folder(), program));
	if (!is_asked() || !is_there(path))
		return false;
	const char *text = config_read_file(ctx, path, FILE_MAX, &why);
	if (!text) {
		ctl_say("warning: %s", why);
		return false;
	}
	note_passed(&finding);
	envfile_read(text, note, &finding);
	for (unsigned i = 0; i < finding.count; i++)
		put(finding.found[i].name, finding.found[i].value);
	return finding.count > 0;
}

/* A capability is lost with root's id unless it is asked to stay, for children (pg_dump) too.
 * Where root lacks it as well, opening says so. */
static void keep_opening_files(void)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3] = {{0}};
	uint32_t bit = 1u << CAP_DAC_OVERRIDE;
	sets[0] = (struct __user_cap_data_struct){bit, bit, bit};
	if (syscall(SYS_capset, &header, sets) == 0)
		prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_DAC_OVERRIDE, 0, 0);
}

int host_become_user(void)
{
	const char *name = getenv("BESACECTL_TEST_USER");
	if (!name || *root_folder() == '\0')
		name = USER;
	if (geteuid() != 0)
		return CTL_DONE;
	const struct passwd *user = getpwnam(name);
	if (!user) {
		ctl_say("there is no user %s, as which the service runs; systemd-sysusers makes it",
			name);
		return CTL_FAILED;
	}
	if (initgroups(name, user->pw_gid) < 0 || prctl(PR_SET_KEEPCAPS, 1) < 0 ||
		setresgid(user->pw_gid, user->pw_gid, user->pw_gid) < 0 ||
		setresuid(user->pw_uid, user->pw_uid, user->pw_uid) < 0) {
		ctl_say("cannot become the user %s: %s", name, strerror(errno));
		return CTL_FAILED;
	}
	keep_opening_files();
	/* Where libpq looks for certificates and passwords. */
	put("HOME", user->pw_dir);
	return CTL_DONE;
}

const char *host_settings_of_root(void)
{
	static const char path[] = SETUP_FOLDER "/besace.env";
	if (is_asked() || (!is_there(path) && errno != EACCES))
		return NULL;
	return path;
}

/*
 * The service of this machine, for `sudo besacectl …`: its settings, its secrets, its user.
 *
 * For root, what the environment does not say comes from /etc/besace/besace.env, as the unit takes
 * it; a secret that it names as one of systemd's credentials is the file of that name in
 * /etc/credstore, or what the running service was given. Whoever then connects or calls does so as
 * the service's user, for peer authentication by PostgreSQL. For anybody else nothing is read
 * and nothing changes.
 *
 * Tests lay the files in a folder of their own, which BESACECTL_TEST_ROOT names: then they are
 * read for everybody, and BESACECTL_TEST_USER is the service's user.
 */
#pragma once

#include <stdbool.h>

#include "besace/base/compiler.h"

/* Whether a subcommand reads the variable NAME (X_FILE stands for X). */
typedef bool host_reads_fn(const char *name);

/* Whether the environment has NAME, and not as an empty text. */
bool host_is_set(const char *name);

/*
 * Takes from the file of PROGRAM ("besace") what READS asks for into the environment; a variable
 * that is there, or its file, stays. True when anything was taken. A file that cannot be read is
 * said and counts as empty: what is missing then is named by who needs it.
 */
bool host_take_settings(void *ctx, const char *program, host_reads_fn *reads);

/*
 * Makes the process the service's user, for good; of root's rights it keeps the one to open any
 * file, because those that the operator names may be anywhere. Nothing for anybody but root. An
 * exit status; a fault has been said.
 */
MUST_CHECK int host_become_user(void);

/* Where root would find the settings, when this machine has some and the caller is not root; else
 * NULL. */
const char *host_settings_of_root(void);

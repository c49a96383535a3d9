/* What the roles beside the owner may do, recorded in besace_roles and granted anew after each
 * migration. */
#pragma once

#include <libpq-fe.h>

#include "besace/base/compiler.h"
#include "besace/base/status.h"
#include "besace/store/migrate.h"

#define CREATE_ROLES                                                                               \
	"CREATE TABLE IF NOT EXISTS besace_roles (kind VARCHAR(20) PRIMARY KEY, "                  \
	"role_name VARCHAR(63) NOT NULL)"

/* Records ROLES in place of those that were, and grants. */
MUST_CHECK enum status grants_set(
	void *ctx, PGconn *conn, const struct roles *roles, char **out_why);

/* Grants to the recorded roles, if there are any. */
MUST_CHECK enum status grants_renew(void *ctx, PGconn *conn, char **out_why);

/* Drops the reader's views. */
MUST_CHECK enum status grants_drop_views(void *ctx, PGconn *conn, char **out_why);

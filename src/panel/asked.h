/* What Discord is asked before a request goes on: roles that the shim has not told, and channels
 * that are tested. */
#pragma once

#include "state.h"

/* Asks for the guild's roles, and Besace's own; what it says is put into the state and kept in the
 * database, whose rows come as STAGE_ROLES_KEPT. Without an answer, or when the guild has had
 * Discord asked too often, the change is judged by what was kept last. */
enum step ask_for_roles(struct invocation *invocation, struct panel *panel);

/* The same, with every channel that is set. */
enum step ask_for_all(struct invocation *invocation, struct panel *panel);

/* Adds to LIST, a line each, what is wrong with the channels that were asked for, and what could
 * not be asked. */
char *asked_problems(const struct invocation *invocation, const struct panel *panel, char *list);

/* /admin journal, and the button that reverses an act. */
#pragma once

#include "besace/engine/command.h"

/* The `button_prefix` of /admin. */
#define ADMIN_PREFIX "admin"

extern const struct command admin_journal;

/* Its buttons. */
ask_fn admin_press_ask;
answer_fn admin_press_answer;

/* The button that reverses the act AUDIT. */
struct button admin_undo_button(struct invocation *invocation, int64_t audit, const char *from);

/* "LC", "XP" or the name of an item. */
const char *admin_name_of(enum language language, const char *what);

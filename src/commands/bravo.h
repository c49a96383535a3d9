/* The button of an announcement that congratulates its member; its custom ids are /annonces'. */
#pragma once

#include "besace/engine/command.h"
#include "besace/engine/custom_id.h"

/* Whether ID is that of such a button. */
bool bravo_is(const struct custom_id *id);

enum step bravo_ask(struct invocation *invocation, const struct custom_id *id, struct db_call *out);
enum step bravo_answer(
	struct invocation *invocation, const struct custom_id *id, const struct db_rows *rows);

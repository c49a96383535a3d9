/*
 * What a match was, or will be, drawn from: the private answer to the button 🔎. Anybody may press
 * it who sees the message; nothing is written.
 *
 * While a match is open that is the commitment of its seed; once it has ended, all that the draw is
 * made again from, and the buttons to reveal a member's seed for their own plays of the casino.
 */
#pragma once

#include <jansson.h>

#include "besace/base/compiler.h"
#include "besace/engine/command.h"
#include "besace/engine/custom_id.h"

/* The button's action; its subject is the match, its owner who opened that. */
#define PROOF_ACTION "proof"

/* Whether BUTTON is such a one. */
bool proof_is_asked(const struct custom_id *button);

/* The answer to a press on it, by flow_answer. */
enum step proof_ask(
	struct invocation *invocation, const struct custom_id *button, struct db_call *out);

/* flow_answer's. */
enum step proof_answer(struct invocation *invocation, const struct db_rows *rows);

/* Puts into END, of who opened the match, what is to be kept of FACTS as its proof. Nothing when
 * nothing was drawn. */
void proof_put(json_t *end, const json_t *facts);

/* ---- A member's seeds of the casino (commands/hasard.c) */

#define SEEDS_PREFIX "hasard"
#define SEEDS_REVEAL "reveal"
#define SEEDS_CHANGE "change"

/* Adds the buttons of OWNER's seeds to reveal the secret one, if REVEALS, and to choose their own.
 */
void seeds_add_buttons(struct invocation *invocation, enum language language,
	const struct snowflake *owner, bool reveals);

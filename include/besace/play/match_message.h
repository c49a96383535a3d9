/* Messages of matches that expired, for the job that edits them. */
#pragma once

#include "besace/base/compiler.h"
#include "besace/base/status.h"
#include "besace/discord/reply.h"
#include "besace/text/catalogue.h"

/* Makes *out of OUTCOME, the JSON text of besace_match_edits.outcome, on CTX. STATUS_FAILED when it
 * is none. */
MUST_CHECK enum status game_end_message(
	void *ctx, const char *outcome, enum language language, struct reply *out);

/* Why a play or a press was refused, as a private sentence. */
#pragma once

#include "besace/engine/invocation.h"
#include "besace/store/matches.h"

/* Makes invocation->reply the refusal that OUTCOME tells. */
enum step match_refuse(struct invocation *invocation, const struct match_outcome *outcome);

/* Where an interaction takes place, as earning sees it. */
#pragma once

#include "besace/engine/command.h"
#include "besace/store/earnings.h"

/* The channel of INVOCATION and the roles of who asks, on its context; a call may borrow it. */
const struct earning_place *earning_place_here(const struct invocation *invocation);

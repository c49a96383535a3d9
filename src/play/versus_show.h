/* Messages of the games against another member: the challenge, and how it ended. */
#pragma once

#include "besace/play/face.h"

/* A challenge that was not accepted, or not yet. */
void versus_show_challenge(struct show *show);

/* A match of two that was played, or let pass, to its end. */
void versus_show_end(struct show *show);

/* Suggesting stakes, for every game that has an option "mise". */
#pragma once

#include "match.h"

/* For complete_ask of a command of GAME: looks at the member's balance. The answer is
 * stake_complete_answer. */
enum step stake_complete(struct run *run, enum game game, struct db_call *out);
enum step stake_complete_answer(struct run *run, const struct db_rows *rows);

/* Suggesting stakes, for every game that has an option "mise". */
#pragma once

#include "match.h"

/* The complete_ask and complete_answer of such a command. */
enum step stake_complete_ask(struct run *run, struct db_call *out);
enum step stake_complete_answer(struct run *run, const struct db_rows *rows);

/*
 * The wheel (roue): 37 pockets, a colour each.
 *
 * Draws: one number below 37, the pocket. 0 is green, odd ones are red, the other even ones black.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "besace/domain/draws.h"
#include "besace/domain/odds.h"

#define WHEEL_POCKETS 37

enum wheel_colour { WHEEL_GREEN, WHEEL_RED, WHEEL_BLACK, WHEEL_COLOURS };

/* As the option of the command has it: "vert", "rouge", "noir". */
const char *wheel_colour_name(enum wheel_colour colour);
bool wheel_colour_parse(const char *name, enum wheel_colour *out);

/* 0 to 36. */
int wheel_spin(struct draws *draws);

enum wheel_colour wheel_colour_of(int pocket);

/* What STAKE on BET turns into when the ball lies in POCKET: 36× on green, 2× on the others. */
int32_t wheel_credit(enum wheel_colour bet, int pocket, int32_t stake);

/* Of a bet on BET: the row of a win, its colour in `what`, and the row of a loss. */
void wheel_odds(enum wheel_colour bet, struct odds *out);

/*
 * Where the games take their chance from.
 *
 * Every rule that draws takes a struct draws and asks it for uniform numbers: of a committed seed
 * (domain/fair), of a plain source, or fixed ones in a test. The rules say how many numbers they
 * take, below what, and in what order; that is part of the public formula of domain/fair.
 */
#pragma once

#include <stdint.h>

#include "besace/domain/bag.h"

/* Embedded as the first member by each kind of source. */
struct draws {
	uint32_t (*below)(struct draws *draws, uint32_t bound);
};

/* A uniform number from 0 to BOUND − 1. BOUND from 1; below 1 there is only 0, which takes
 * nothing from the source. */
uint32_t draws_below(struct draws *draws, uint32_t bound);

/* Numbers of a plain function: randombytes_uniform, or a test's own. */
struct plain_draws {
	struct draws draws;
	draw_fn *draw;
};

/* What nobody has to verify is drawn from &draws_plain(draw).draws. */
struct plain_draws draws_plain(draw_fn *draw);

/* The numbers of moving money. Amounts are LC. */
#pragma once

#include <stdint.h>

/* A balance is an INTEGER column: 0 to 2^31 − 1. */
#define BALANCE_MAX INT32_MAX

/* How long after a daily gift the next can be had, by the database's clock, where it does not come
 * at midnight. */
#define GIFT_EVERY_S (24 * 60 * 60)

/* A transfer above this is confirmed first. */
#define TRANSFER_QUIET_MAX 1000

/* How long a confirmation can be pressed. Well under a day, for which receipts are kept: they make
 * it pay once. */
#define TRANSFER_CONFIRM_MS (15 * 60 * 1000)

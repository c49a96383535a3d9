/* The numbers of moving money. Amounts are LC. */
#pragma once

#include <stdint.h>

/* A balance is an INTEGER column: 0 to 2^31 − 1. */
#define BALANCE_MOST INT32_MAX

/* The daily gift, and how long after one the next can be had: rolling, by the database's clock. */
#define GIFT_AMOUNT 25
#define GIFT_EVERY_S (24 * 60 * 60)

/* A transfer above this is confirmed first. */
#define TRANSFER_QUIET_MOST 1000

/* How long a confirmation can be pressed. Well under a day, for which receipts are kept: they make
 * it pay once. */
#define TRANSFER_CONFIRM_MS (15 * 60 * 1000)

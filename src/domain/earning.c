/* The arithmetic of earning. */
#include "besace/domain/earning.h"

#define LEVEL_LC 25

int32_t xp_scale(int32_t base, int role_percent, int place_percent, int rate_percent)
{
	int64_t factor = (int64_t)role_percent * place_percent * rate_percent;
	if (base < 1 || role_percent == 0 || place_percent == 0)
		return 0;
	if (factor < XP_FACTOR_MIN)
		factor = XP_FACTOR_MIN;
	if (factor > XP_FACTOR_MAX)
		factor = XP_FACTOR_MAX;
	int64_t xp = base * factor / 1000000;
	return xp > 1 ? (int32_t)xp : 1;
}

int32_t message_xp(int32_t min, int32_t max, uint32_t draw)
{
	return min + (int32_t)((uint64_t)draw * (uint64_t)(max - min + 1) / XP_DRAWS);
}

bool message_is_paid(int64_t last_ms, int64_t at_ms, int64_t cooldown_ms)
{
	return last_ms < 0 || at_ms - last_ms >= cooldown_ms;
}

struct level_reward level_reward(int64_t level)
{
	struct level_reward reward = {0};
	if (level % 5 != 0) {
		reward.lc = (int32_t)(LEVEL_LC * (level - 1 - level / 5));
		return reward;
	}
	reward.items[ITEM_JACKPOT] = true;
	reward.items[ITEM_X2] = level % 10 == 0 && level % 20 != 0;
	reward.items[ITEM_X3] = level % 20 == 0;
	return reward;
}

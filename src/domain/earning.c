/* The arithmetic of earning. */
#include "besace/domain/earning.h"

#define MESSAGE_XP_MAX 3
#define LEVEL_LC 25

int message_xp(draw_fn *draw)
{
	return 1 + (int)draw(MESSAGE_XP_MAX);
}

bool message_is_paid(int64_t last_ms, int64_t at_ms)
{
	return last_ms < 0 || at_ms - last_ms >= MESSAGE_COOLDOWN_MS;
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

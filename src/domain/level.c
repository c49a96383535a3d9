/* The arithmetic of levels. */
#include "besace/domain/level.h"

#define XP_PER_LEVEL 100

int64_t level_start(int64_t level)
{
	return XP_PER_LEVEL / 2 * level * (level - 1);
}

/* The greatest level that starts at XP or before: by bisection, in integers. The highest level
 * that fits an INTEGER of XP is 6554. */
static int64_t level_of(int64_t xp)
{
	int64_t low = 1, high = 6555; /* low starts at or before XP, high after it */
	while (high - low > 1) {
		int64_t middle = (low + high) / 2;
		if (level_start(middle) <= xp)
			low = middle;
		else
			high = middle;
	}
	return low;
}

struct progress level_progress(int64_t xp)
{
	struct progress progress = {.level = level_of(xp)};
	progress.into = xp - level_start(progress.level);
	progress.need = XP_PER_LEVEL * progress.level;
	progress.percent = (int)(100 * progress.into / progress.need);
	progress.filled = progress.percent / (100 / LEVEL_BAR_CELLS);
	return progress;
}

/* Says how long a member was in voice. */
#include "time_spent.h"

#include <stddef.h>

char *time_spent(void *ctx, enum language language, int32_t seconds)
{
	int32_t hours = seconds / 3600;
	enum text text = hours == 0    ? TEXT_STATS_TIME_MINUTES
			 : hours < 100 ? TEXT_STATS_TIME
				       : TEXT_STATS_TIME_HOURS;
	return text_fill(ctx, language, text, "hours", text_number(ctx, language, hours), "minutes",
		text_number(ctx, language, seconds / 60 % 60), NULL);
}

/* Reading Discord's ids. */
#include "besace/base/snowflake.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

bool snowflake_parse(const char *text, struct snowflake *out)
{
	if (!text)
		return false;
	size_t length = strspn(text, "0123456789");
	if (length == 0 || length > SNOWFLAKE_MAX_DIGITS || text[length] != '\0' || text[0] == '0')
		return false;
	errno = 0;
	strtoull(text, NULL, 10);
	if (errno == ERANGE)
		return false;
	memcpy(out->text, text, length + 1);
	return true;
}

int64_t snowflake_time_ms(const struct snowflake *id)
{
	return (int64_t)(strtoull(id->text, NULL, 10) >> SNOWFLAKE_TIME_SHIFT) + SNOWFLAKE_EPOCH_MS;
}

bool snowflake_equal(const struct snowflake *a, const struct snowflake *b)
{
	return strcmp(a->text, b->text) == 0;
}

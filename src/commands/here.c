/* Reads the place of an interaction. */
#include "here.h"

#include <talloc.h>

#include "besace/base/memory.h"

static bool is_thread(int64_t type)
{
	return type == CHANNEL_NEWS_THREAD || type == CHANNEL_PUBLIC_THREAD ||
	       type == CHANNEL_PRIVATE_THREAD;
}

/* A thread stands below its channel, whose category is the one last seen; a channel says its own.
 */
const struct earning_place *earning_place_here(const struct invocation *invocation)
{
	const struct interaction *in = invocation->in;
	bool thread = is_thread(in->channel.type), known = *in->channel.id.text != '\0';
	struct earning_place *place = must(talloc(invocation->ctx, struct earning_place));
	*place = (struct earning_place){.channel = in->channel_id,
		.parent = !known   ? NULL
			  : thread ? in->channel.parent_id.text
				   : "",
		.category = known && !thread ? in->channel.parent_id.text : NULL,
		.roles = in->roles,
		.role_count = in->role_count};
	return place;
}

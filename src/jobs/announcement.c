/* Writes the messages that announce level-ups. */
#include "announcement.h"

#include "besace/engine/level_message.h"

json_t *announcement_message(void *ctx, const struct announcement *announcement)
{
	struct level_message message = {.language = text_language(announcement->locale),
		.unit = announcement->unit,
		.template = announcement->template,
		.member = announcement->member,
		.name = announcement->name,
		.old = announcement->old,
		.level = announcement->level,
		.xp = announcement->xp,
		.lc = announcement->lc,
		.roles = announcement->roles,
		.role_count = announcement->role_count,
		.guild = announcement->guild_name,
		.channel = announcement->place};
	for (int item = 0; item < ITEM_COUNT; item++)
		message.items[item] = announcement->items[item];
	return level_message_json(ctx, &message, announcement->ping);
}

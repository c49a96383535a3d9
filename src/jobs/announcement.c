/* Writes the messages that announce level-ups. */
#include "announcement.h"

#include "besace/base/memory.h"
#include "besace/discord/reply.h"
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
	return must(json_pack("{s:[{s:i, s:s}], s:i, s:o}", "components", "type", 10, "content",
		level_message_content(ctx, &message), "flags", REPLY_FLAG_V2, "allowed_mentions",
		level_message_mentions(&announcement->member, announcement->ping)));
}

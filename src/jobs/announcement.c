/* Writes the messages that announce level-ups. */
#include "announcement.h"

#include "besace/engine/level_message.h"

json_t *announcement_message(void *ctx, const struct announcement *announcement,
	const char *public_url, const struct link_key *key)
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
		.brings_items = announcement->brings_items,
		.above = announcement->above,
		.public_url = public_url,
		.link_key = key,
		.theme = announcement->theme,
		.guild = announcement->guild_name,
		.channel = announcement->place,
		.id = announcement->id};
	if (!snowflake_parse(announcement->guild_id, &message.guild_id))
		message.id =
			0; /* no guild of Discord's has such an id, and no press comes from it */
	for (int item = 0; item < ITEM_COUNT; item++)
		message.items[item] = announcement->items[item];
	return level_message_json(ctx, &message, announcement->ping);
}

/* Permissions in a channel. */
#include "besace/domain/channel_permissions.h"

#include <string.h>

static bool holds(const struct role_holder *holder, const struct snowflake *role)
{
	for (size_t i = 0; i < holder->role_count; i++)
		if (snowflake_equal(&holder->roles[i], role))
			return true;
	return false;
}

/* The id of @everyone is the guild's. */
static uint64_t base_permissions(const struct guild_roles *known, const struct role_holder *holder)
{
	uint64_t granted = 0;
	for (size_t i = 0; i < known->count; i++)
		if (snowflake_equal(&known->roles[i].id, &known->guild) ||
			holds(holder, &known->roles[i].id))
			granted |= known->roles[i].permissions;
	return granted;
}

uint64_t channel_permissions(const struct guild_roles *known, const struct role_holder *holder,
	const struct channel_overwrite *overwrites, size_t count)
{
	uint64_t granted = base_permissions(known, holder);
	struct channel_overwrite everyone = {0}, roles = {0}, own = {0};
	if (granted & role_danger_bit(ROLE_DANGER_ADMINISTRATOR))
		return UINT64_MAX;
	for (size_t i = 0; i < count; i++) {
		const struct channel_overwrite *each = &overwrites[i];
		if (!each->is_role && snowflake_equal(&each->id, &holder->user)) {
			own = *each;
		} else if (each->is_role && snowflake_equal(&each->id, &known->guild)) {
			everyone = *each;
		} else if (each->is_role && holds(holder, &each->id)) {
			roles.allow |= each->allow;
			roles.deny |= each->deny;
		}
	}
	granted = (granted & ~everyone.deny) | everyone.allow;
	granted = (granted & ~roles.deny) | roles.allow;
	return (granted & ~own.deny) | own.allow;
}

/* Which roles may be rewards. */
#include "besace/domain/role.h"

#include <string.h>

static const unsigned bits[] = {
#define ROLE_DANGER(name, bit) bit,
	ROLE_DANGERS(ROLE_DANGER)
#undef ROLE_DANGER
};

uint64_t role_danger_bit(enum role_danger danger)
{
	return UINT64_C(1) << bits[danger];
}

uint64_t role_dangers(void)
{
	uint64_t all = 0;
	for (int danger = 0; danger < ROLE_DANGER_COUNT; danger++)
		all |= role_danger_bit((enum role_danger)danger);
	return all;
}

static const struct guild_role *find(const struct guild_roles *known, const struct snowflake *role)
{
	for (size_t i = 0; i < known->count; i++)
		if (strcmp(known->roles[i].id.text, role->text) == 0)
			return &known->roles[i];
	return NULL;
}

/* Ids as numbers: decimal digits without zeros in front. */
static bool id_is_lower(const struct snowflake *a, const struct snowflake *b)
{
	size_t a_length = strlen(a->text), b_length = strlen(b->text);
	return a_length != b_length ? a_length < b_length : strcmp(a->text, b->text) < 0;
}

bool role_is_above(const struct guild_role *a, const struct guild_role *b)
{
	return a->position != b->position ? a->position > b->position : id_is_lower(&a->id, &b->id);
}

static bool is_below_setter(const struct guild_roles *known, const struct guild_role *role,
	const struct role_setter *setter)
{
	for (size_t i = 0; i < setter->role_count; i++) {
		const struct guild_role *own = find(known, &setter->roles[i]);
		if (own && role_is_above(own, role))
			return true;
	}
	return setter->is_owner;
}

enum role_fault role_check(const struct guild_roles *known, const struct snowflake *role,
	const struct role_setter *setter)
{
	if (strcmp(role->text, known->guild.text) == 0)
		return ROLE_EVERYONE;
	const struct guild_role *chosen = find(known, role);
	if (!chosen)
		return ROLE_UNKNOWN;
	if (chosen->managed)
		return ROLE_MANAGED;
	if (chosen->permissions & role_dangers())
		return ROLE_DANGEROUS;
	const struct guild_role *own = find(known, &known->own);
	if (own && !role_is_above(own, chosen))
		return ROLE_ABOVE_BESACE;
	if (setter && !is_below_setter(known, chosen, setter))
		return ROLE_ABOVE_SETTER;
	return ROLE_FINE;
}

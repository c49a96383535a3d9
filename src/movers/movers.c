/* The table of the sources. */
#include <string.h>

#include "besace/base/compiler.h"
#include "importing.h"

static const struct mover *const movers[] = {&mover_mee6, &mover_amari, &mover_polaris,
	&mover_lurkr, &mover_experienced, &mover_levelup, &mover_tatsu, &mover_arcane,
	&mover_unbelievaboat, &mover_csv, &mover_postgres, &mover_besace};

size_t movers_count(void)
{
	return ARRAY_LEN(movers);
}

const struct mover *movers_at(size_t index)
{
	return movers[index];
}

struct mover_facts mover_facts(const struct mover *mover)
{
	return (struct mover_facts){.name = mover->name,
		.description = mover->description,
		.is_database = mover->is_database,
		.wants_curve = mover->wants_curve,
		.has_url = mover->token_header != NULL};
}

const struct mover *mover_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(movers); i++)
		if (strcmp(movers[i]->name, name) == 0)
			return movers[i];
	return NULL;
}

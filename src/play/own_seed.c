/* Makes and draws from the seed of one game. */
#include "besace/play/own_seed.h"

#include <talloc.h>

#include "besace/base/memory.h"

/* A game draws once. */
#define COUNTER 0

void own_seed_make(json_t *facts, const char *member)
{
	struct fair_seed server;
	fair_seed_make(&server);
	json_object_set_new(facts, "server", json_string(fair_seed_show(&server).text));
	json_object_set_new(facts, "members", must(json_pack("[s]", member)));
}

void own_seed_join(json_t *facts, const char *member)
{
	json_array_append_new(json_object_get(facts, "members"), json_string(member));
}

bool own_seed_read(const json_t *facts, struct fair_seed *out)
{
	const char *server = json_string_value(json_object_get(facts, "server"));
	return server && fair_seed_read(server, out);
}

bool own_seed_draws(void *ctx, const json_t *facts, size_t min, size_t max, struct fair_draws *out)
{
	struct fair_seed server;
	const json_t *list = json_object_get(facts, "members");
	size_t count = json_array_size(list);
	if (!own_seed_read(facts, &server) || count < min || count > max)
		return false;
	const char **members = must(talloc_array(ctx, const char *, (unsigned)count));
	for (size_t i = 0; i < count; i++)
		if (!(members[i] = json_string_value(json_array_get(list, i))))
			return false;
	fair_draws_start(out, &server, members, count, COUNTER);
	return true;
}

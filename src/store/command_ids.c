/* Keeps the ids that Discord has given our commands. */
#include "besace/store/command_ids.h"

#include <stdlib.h>
#include <talloc.h>

#include "besace/base/memory.h"
#include "besace/store/db.h"
#include "besace/store/query.h"

#define TYPE_CHAT_INPUT 1

/* {name: id} of those of LIST that are typed; a new reference. */
static json_t *ids_of(const json_t *list)
{
	json_t *ids = must(json_object()), *command;
	size_t i;
	json_array_foreach (list, i, command) {
		const char *name = json_string_value(json_object_get(command, "name"));
		json_t *id = json_object_get(command, "id");
		if (name && json_is_string(id) &&
			json_integer_value(json_object_get(command, "type")) == TYPE_CHAT_INPUT)
			json_object_set(ids, name, id);
	}
	return ids;
}

enum status command_ids_keep(
	void *ctx, PGconn *conn, const char *guild, const json_t *list, char **out_why)
{
	json_t *ids = ids_of(list);
	char *text = must(json_dumps(ids, JSON_COMPACT));
	const struct db_named_query query = {"command_ids_keep",
		must(query_find(ctx, "command_ids_keep")),
		{{"guild_id", guild ? guild : "0"}, {"ids", text}}};
	enum status status = db_exec_query(ctx, conn, &query, NULL, out_why);
	free(text);
	json_decref(ids);
	return status;
}

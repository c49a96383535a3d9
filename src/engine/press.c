/* Custom ids of the command that is invoked. */
#include <string.h>

#include "besace/engine/invocation.h"

char *invocation_custom_id(const struct invocation *invocation, struct custom_id id)
{
	if (!invocation->in->in_guild)
		id.guild = invocation->guild;
	return custom_id_write(invocation->ctx, &id);
}

bool invocation_read_custom_id(const struct invocation *invocation, struct custom_id *out)
{
	const char *prefix = invocation->command->button_prefix, *text = invocation->in->custom_id;
	struct custom_id id;
	if (!text || !prefix || !custom_id_read(text, &id) || strcmp(id.command.text, prefix) != 0)
		return false;
	*out = id;
	return true;
}

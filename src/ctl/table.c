/* The table of besacectl's subcommands. */
#include <string.h>

#include "subcommands.h"

const struct subcommand *const subcommands[] = {
	&subcommand_setup,
	&subcommand_keygen,
	&subcommand_sign,
	&subcommand_send,
	&subcommand_play,
	&subcommand_register,
	&subcommand_invite,
	&subcommand_migrate,
	&subcommand_check,
	&subcommand_member,
	&subcommand_config,
	&subcommand_settings,
	&subcommand_import,
	&subcommand_export,
	&subcommand_erase,
	&subcommand_backup,
	&subcommand_restore,
	&subcommand_verify_backup,
	&subcommand_undo,
	&subcommand_verify,
	&subcommand_card,
	NULL,
};

const struct subcommand *subcommand_find(const char *name)
{
	for (size_t i = 0; subcommands[i]; i++)
		if (strcmp(subcommands[i]->name, name) == 0)
			return subcommands[i];
	return NULL;
}

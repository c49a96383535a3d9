/* Writes the custom ids of matches. */
#include "besace/play/match_button.h"

bool match_game(const struct invocation *invocation, enum game *out)
{
	return invocation->command->button_prefix &&
	       game_parse(invocation->command->button_prefix, out);
}

char *match_button_id(void *ctx, const struct match *match, const char *action, int64_t round)
{
	struct custom_id id = custom_id_make(game_rules(match->game)->type, action);
	id.subject = match->id;
	id.number = round;
	return custom_id_write(ctx, &id);
}

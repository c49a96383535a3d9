/* Makes the buttons that open commands. */
#include "besace/engine/door.h"

#include <string.h>

#include "besace/engine/invocation.h"

/* `command` is the command's button_prefix. */
static const struct {
	const char *command, *emoji;
	enum text label;
	enum button_style style;
} doors[DOOR_COUNT] = {
	[DOOR_LEVEL] = {"niveau", "⭐", TEXT_DOOR_LEVEL, BUTTON_SECONDARY},
	[DOOR_BAG] = {"sac", "🎒", TEXT_DOOR_BAG, BUTTON_SECONDARY},
	[DOOR_STATS] = {"stats", "📊", TEXT_DOOR_STATS, BUTTON_SECONDARY},
	[DOOR_LEADERBOARD] = {"classement", "🏆", TEXT_DOOR_LEADERBOARD, BUTTON_SECONDARY},
	[DOOR_EARNINGS] = {"gains", "💡", TEXT_DOOR_EARNINGS, BUTTON_SECONDARY},
	[DOOR_REWARDS] = {"recompenses", "🏅", TEXT_DOOR_REWARDS, BUTTON_SECONDARY},
	[DOOR_GIFT] = {"cadeau", "🎁", TEXT_DOOR_GIFT, BUTTON_SUCCESS},
};

struct button door_button(void *ctx, enum language language, enum door door)
{
	/* The gift's action is its own: it changes something. */
	const struct custom_id id =
		custom_id_make(doors[door].command, door == DOOR_GIFT ? "take" : DOOR_ACTION);
	return (struct button){.style = doors[door].style,
		.label = text_get(language, doors[door].label),
		.emoji = doors[door].emoji,
		.custom_id = custom_id_write(ctx, &id)};
}

bool door_opens(struct invocation *invocation)
{
	struct custom_id id;
	if (!invocation_read_custom_id(invocation, &id) || strcmp(id.action.text, DOOR_ACTION) != 0)
		return false;
	invocation_answer_anew(invocation);
	invocation->ephemeral = true;
	return true;
}

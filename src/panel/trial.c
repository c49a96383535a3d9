/* Shows what an announcement would look like. */
#include <string.h>
#include <talloc.h>

#include "besace/base/memory.h"
#include "besace/domain/earning.h"
#include "besace/domain/level.h"
#include "besace/engine/level_message.h"
#include "state.h"

/* The level of the example where no reward offers a better one: it brings items as well. */
#define TRIAL_LEVEL 10

/* What the example's level brings, as the guild has set it. */
static void add_rewards(const struct settings_state *state, struct level_message *message)
{
	struct level_reward reward = level_reward(message->level);
	message->lc = reward.lc * state->values[SETTING_LEVEL_REWARD].number / 100;
	for (int item = 0; item < ITEM_COUNT; item++)
		message->items[item] =
			state->values[SETTING_LEVEL_REWARD_ITEMS].number && reward.items[item];
}

/* The roles of the level. */
static void add_roles(void *ctx, const struct settings_state *state, struct level_message *message)
{
	struct snowflake *roles =
		must(talloc_array(ctx, struct snowflake, (unsigned)state->reward_count + 1));
	for (size_t i = 0; i < state->reward_count; i++)
		if (state->rewards[i].level == message->level &&
			state->rewards[i].state == REWARD_ACTIVE)
			roles[message->role_count++] = state->rewards[i].role;
	message->roles = roles;
}

/* Where it would be said: the channel that is set, else this one. */
static const char *find_channel(
	const struct invocation *invocation, const struct settings_state *state)
{
	const struct setting_value *channel = &state->values[SETTING_ANNOUNCE_CHANNEL];
	return channel->id_count ? channel->ids[0].text : invocation->in->channel_id.text;
}

void trial_show(struct invocation *invocation, const struct panel *panel)
{
	const struct settings_state *state = panel->state;
	const struct user *user = &invocation->in->user;
	struct level_message message = {.language = invocation_public_language(invocation),
		.template = state->values[SETTING_ANNOUNCE_TEXT].text,
		.member = user->id,
		.name = *user->display ? user->display : user->username,
		.brings_items = state->values[SETTING_LEVEL_REWARD_ITEMS].number,
		.above = -1,
		.public_url = invocation->world.public_url,
		.link_key = invocation->world.link_key,
		.theme = (enum card_theme)state->values[SETTING_THEME].number,
		.level = state->reward_count ? state->rewards[0].level : TRIAL_LEVEL,
		.guild = state->name ? state->name : "",
		.channel = find_channel(invocation, state)};
	message.old = message.level - 1;
	message.xp = level_start(message.level);
	message.unit =
		unit_of(invocation->ctx, invocation->wording.currency, invocation->wording.symbol);
	add_rewards(state, &message);
	add_roles(invocation->ctx, state, &message);
	panel_open_reply(invocation);
	if (level_message_is_box(&message))
		level_message_add_box(invocation->ctx, &message, &invocation->reply);
	else
		reply_add_text(
			&invocation->reply, level_message_content(invocation->ctx, &message));
	reply_add_text(
		&invocation->reply, text_get(invocation_own_language(invocation), TEXT_TRIAL_NOTE));
}

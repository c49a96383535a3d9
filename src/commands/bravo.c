/* Congratulates the member of an announcement, and shows it with one more. */
#include "bravo.h"

#include <string.h>

#include "besace/engine/invocation.h"
#include "besace/engine/level_message.h"
#include "besace/store/outbox.h"

bool bravo_is(const struct custom_id *id)
{
	return strcmp(id->action.text, CHEER_ACTION) == 0;
}

enum step bravo_ask(struct invocation *invocation, const struct custom_id *id, struct db_call *out)
{
	if (id->number <= 0 || *id->guild.text == '\0')
		return invocation_refuse_text(invocation, TEXT_UNKNOWN_BUTTON);
	cheer_call(invocation->ctx, &invocation->in->id, &invocation->asker, id->number, out);
	return STEP_CALL;
}

/* The announcement as it was sent; the button alone is another. */
static void show(struct invocation *invocation, const struct custom_id *id,
	const struct announcement *announcement)
{
	struct level_message message = {.language = text_language(announcement->locale),
		.member = announcement->member,
		.old = announcement->old,
		.level = announcement->level,
		.lc = announcement->lc,
		.roles = announcement->roles,
		.role_count = announcement->role_count,
		.above = announcement->above,
		.public_url = invocation->world.public_url,
		.link_key = invocation->world.link_key,
		.theme = announcement->theme,
		.guild_id = invocation->guild,
		.id = id->number,
		.cheers = announcement->cheers};
	for (int item = 0; item < ITEM_COUNT; item++)
		message.items[item] = announcement->items[item];
	invocation_open_reply(invocation, false);
	invocation->reply.kind = REPLY_UPDATE;
	level_message_fill(invocation->ctx, &message, &invocation->reply);
}

enum step bravo_answer(
	struct invocation *invocation, const struct custom_id *id, const struct db_rows *rows)
{
	static const enum text whys[CHEER_COUNT] = {[CHEER_GONE] = TEXT_CHEER_GONE,
		[CHEER_OWN] = TEXT_CHEER_OWN,
		[CHEER_AGAIN] = TEXT_CHEER_AGAIN};
	enum cheer_result result;
	struct announcement announcement;
	if (cheer_read(invocation->ctx, rows, &result, &announcement))
		return STEP_BROKEN;
	if (result != CHEER_DONE) {
		invocation_refuse_text(invocation, whys[result]);
		return STEP_REFUSED;
	}
	show(invocation, id, &announcement);
	return STEP_REPLY;
}

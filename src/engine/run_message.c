/* Writes how far giving roles is. */
#include "besace/engine/run_message.h"

#include "besace/engine/custom_id.h"

/* The prefix of the panel's buttons, and the page of rewards in them. */
#define PANEL_PREFIX "reglages"
#define REWARDS_WORD "rewards"

static void add_button(
	void *ctx, struct reply *reply, const char *action, const char *word, const char *label)
{
	struct custom_id id = custom_id_make(PANEL_PREFIX, action);
	id.number = 0;
	id.word = custom_id_word(word);
	reply_add_button(reply, (struct button){.style = BUTTON_SECONDARY,
					.label = label,
					.custom_id = custom_id_write(ctx, &id)});
}

void run_message(void *ctx, enum language language, const struct role_run *run, struct reply *out)
{
	static const enum text texts[] = {[ROLE_RUN_NEVER] = TEXT_RUN_ENDED,
		[ROLE_RUN_UNDER_WAY] = TEXT_RUN_PROGRESS,
		[ROLE_RUN_STOPPED] = TEXT_RUN_STOPPED,
		[ROLE_RUN_ENDED] = TEXT_RUN_ENDED};
	*out = (struct reply){.kind = REPLY_UPDATE, .ephemeral = true, .colour = COLOUR_LEATHER};
	reply_add_text(out, text_fill(ctx, language, TEXT_PANEL_TITLE, "page",
				    text_get(language, TEXT_PAGE_REWARDS), NULL));
	reply_add_text(out, text_fill(ctx, language, texts[run->state], "done",
				    text_number(ctx, language, run->done), "total",
				    text_number(ctx, language, run->total), NULL));
	if (run->state == ROLE_RUN_UNDER_WAY)
		add_button(ctx, out, "run", "stop", text_get(language, TEXT_RUN_STOP));
	add_button(ctx, out, "open", REWARDS_WORD, text_get(language, TEXT_PAGE_REWARDS));
}

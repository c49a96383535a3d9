/* Writes announcements of level-ups. */
#include "announcement.h"

#include <talloc.h>

#include "besace/base/memory.h"
#include "besace/text/catalogue.h"

/* Appends REWARD to the LIST of rewards. */
static char *add_reward(char *list, const char *reward)
{
	return must(
		talloc_asprintf_append_buffer(list, "%s%s", *list != '\0' ? " · " : "", reward));
}

static const char *item_text(void *ctx, enum language language, enum item item, int32_t quantity)
{
	static const enum text names[ITEM_COUNT] = {[ITEM_JACKPOT] = TEXT_ITEM_JACKPOT,
		[ITEM_X2] = TEXT_ITEM_X2,
		[ITEM_X3] = TEXT_ITEM_X3};
	const char *name = text_get(language, names[item]);
	if (quantity == 1)
		return name;
	return text_fill(ctx, language, TEXT_LEVEL_UP_ITEMS, "item", name, "count",
		text_number(ctx, language, quantity), NULL);
}

static char *list_rewards(
	void *ctx, enum language language, const struct announcement *announcement)
{
	char *list = must(talloc_strdup(ctx, ""));
	if (announcement->lc > 0)
		list = add_reward(list, must(talloc_asprintf(ctx, "**%s LC**",
						text_number(ctx, language, announcement->lc))));
	for (int item = 0; item < ITEM_COUNT; item++)
		if (announcement->items[item] > 0)
			list = add_reward(list, item_text(ctx, language, (enum item)item,
							announcement->items[item]));
	return list;
}

json_t *announcement_message(void *ctx, const struct announcement *announcement)
{
	enum language language = text_language(announcement->locale);
	char *mention = must(talloc_asprintf(ctx, "<@%s>", announcement->member.text));
	char *content = text_fill(ctx, language, TEXT_LEVEL_UP, "member", mention, "level",
		text_number(ctx, language, announcement->level), NULL);
	char *rewards = list_rewards(ctx, language, announcement);
	if (*rewards != '\0')
		content = must(talloc_asprintf(ctx, "%s\n%s", content,
			text_fill(ctx, language, TEXT_LEVEL_UP_REWARDS, "rewards", rewards, NULL)));
	json_t *mentions = announcement->ping ? json_pack("{s:[], s:[s]}", "parse", "users",
							announcement->member.text)
					      : json_pack("{s:[]}", "parse");
	return must(
		json_pack("{s:s, s:o}", "content", content, "allowed_mentions", must(mentions)));
}

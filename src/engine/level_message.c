/* Writes announcements of level-ups. */
#include "besace/engine/level_message.h"

#include <string.h>
#include <talloc.h>

#include "besace/base/memory.h"
#include "besace/base/utf8.h"
#include "besace/discord/markdown.h"
#include "besace/discord/reply.h"
#include "besace/domain/earning.h"
#include "besace/domain/template.h"
#include "besace/engine/custom_id.h"
#include "besace/engine/door.h"

/* Appends ITEM to LIST, behind SEPARATOR unless it is the first. */
static char *add(char *list, const char *separator, const char *item)
{
	return must(
		talloc_asprintf_append_buffer(list, "%s%s", *list != '\0' ? separator : "", item));
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

static char *add_items(
	void *ctx, char *list, const char *separator, const struct level_message *message)
{
	for (int item = 0; item < ITEM_COUNT; item++)
		if (message->items[item] > 0)
			list = add(list, separator,
				item_text(ctx, message->language, (enum item)item,
					message->items[item]));
	return list;
}

/* Discord shows the name of a role that is mentioned; nobody is pinged by it. */
static char *add_roles(
	void *ctx, char *list, const char *separator, const struct level_message *message)
{
	for (size_t i = 0; i < message->role_count; i++)
		list = add(list, separator,
			must(talloc_asprintf(ctx, "<@&%s>", message->roles[i].text)));
	return list;
}

static const char *mention(void *ctx, const struct level_message *message)
{
	return must(talloc_asprintf(ctx, "<@%s>", message->member.text));
}

static char *empty(void *ctx)
{
	return must(talloc_strdup(ctx, ""));
}

/* ---- Ours */

/* Every fifth level brings more than LC: it is a moment, not a line. */
#define BOX_LEVELS 5

bool level_message_is_box(const struct level_message *message)
{
	return !message->template && message->level / BOX_LEVELS > message->old / BOX_LEVELS;
}

/* "🎁 **un jackpot** et ✨ **un multiplicateur ×2**". */
static const char *list_bag(void *ctx, enum language language, const int32_t items[ITEM_COUNT])
{
	static const enum text names[ITEM_COUNT][2] = {
		[ITEM_JACKPOT] = {TEXT_LEVEL_UP_JACKPOT_ONE, TEXT_LEVEL_UP_JACKPOT_MANY},
		[ITEM_X2] = {TEXT_LEVEL_UP_X2_ONE, TEXT_LEVEL_UP_X2_MANY},
		[ITEM_X3] = {TEXT_LEVEL_UP_X3_ONE, TEXT_LEVEL_UP_X3_MANY}};
	const char *list = "", *last = "";
	for (int item = 0; item < ITEM_COUNT; item++) {
		if (items[item] <= 0)
			continue;
		if (*last != '\0')
			list = *list != '\0' ? must(talloc_asprintf(ctx, "%s, %s", list, last))
					     : last;
		last = text_fill(ctx, language, names[item][items[item] > 1], "count",
			text_number(ctx, language, items[item]), NULL);
	}
	return *list != '\0' ? text_fill(ctx, language, TEXT_LEVEL_UP_AND, "items", list, "item",
				       last, NULL)
			     : last;
}

/* What the next level will put into the bag; NULL: nothing. */
static const char *next_bag(void *ctx, const struct level_message *message)
{
	struct level_reward reward = level_reward((int64_t)message->level + 1);
	int32_t items[ITEM_COUNT];
	for (int item = 0; item < ITEM_COUNT; item++)
		items[item] = message->brings_items && reward.items[item];
	const char *list = list_bag(ctx, message->language, items);
	if (*list == '\0')
		return NULL;
	return message->level + 1 == BOX_LEVELS
		       ? text_get(message->language, TEXT_LEVEL_UP_FIRST)
		       : text_fill(ctx, message->language, TEXT_LEVEL_UP_NEXT, "items", list, NULL);
}

/* How few have climbed higher. */
static const char *feat(void *ctx, const struct level_message *message)
{
	enum text text = message->above == 0
				 ? TEXT_LEVEL_UP_ABOVE_NONE
				 : text_plural(message->language, message->above,
					   TEXT_LEVEL_UP_ABOVE_ONE, TEXT_LEVEL_UP_ABOVE_MANY);
	return text_fill(ctx, message->language, text, "count",
		text_number(ctx, message->language, message->above), NULL);
}

static char *our_content(void *ctx, const struct level_message *message)
{
	enum language language = message->language;
	bool box = level_message_is_box(message);
	enum text head = box               ? TEXT_LEVEL_UP_BOX
			 : message->lc > 0 ? TEXT_LEVEL_UP_LC
					   : TEXT_LEVEL_UP;
	char *amount = text_number(ctx, language, message->lc),
	     *roles = add_roles(ctx, empty(ctx), " · ", message);
	const char *bag = list_bag(ctx, language, message->items),
		   *next = box ? NULL : next_bag(ctx, message);
	char *content = text_fill(ctx, language, head, "member", mention(ctx, message), "level",
		text_number(ctx, language, message->level), "amount", amount, NULL);
	if (next)
		content = add(content, " ", next);
	if (*bag != '\0')
		content = add(content, "\n",
			text_fill(ctx, language, TEXT_LEVEL_UP_BAG, "items", bag, NULL));
	if (box && message->lc > 0)
		content = add(content, "\n",
			text_fill(ctx, language, TEXT_LEVEL_UP_MONEY, "amount", amount, NULL));
	if (*roles != '\0')
		content = add(content, "\n",
			text_fill(ctx, language, TEXT_LEVEL_UP_ROLES, "roles", roles, NULL));
	if (box && message->above >= 0)
		content = add(content, "\n", feat(ctx, message));
	return content;
}

/* ---- The guild's */

static const char *value_of(
	void *ctx, enum template_variable variable, const struct level_message *message)
{
	switch (variable) {
	case TEMPLATE_MEMBER:
		return markdown_escape(ctx, message->name, message->member.text);
	case TEMPLATE_MENTION:
		return mention(ctx, message);
	case TEMPLATE_LEVEL:
		return text_number(ctx, message->language, message->level);
	case TEMPLATE_OLD:
		return text_number(ctx, message->language, message->old);
	case TEMPLATE_XP:
		return text_number(ctx, message->language, message->xp);
	case TEMPLATE_LC:
		return text_number(ctx, message->language, message->lc);
	case TEMPLATE_ITEMS:
		return add_items(ctx, empty(ctx), ", ", message);
	case TEMPLATE_ROLE:
		return add_roles(ctx, empty(ctx), ", ", message);
	case TEMPLATE_GUILD:
		return markdown_escape(ctx, message->guild, "");
	case TEMPLATE_CHANNEL:
		return must(talloc_asprintf(ctx, "<#%s>", message->channel));
	case TEMPLATE_VARIABLE_COUNT:
		break;
	}
	return "";
}

/* A value that has no room is left out whole, and with it what follows: half a mention is noise. */
static char *guild_content(void *ctx, const struct level_message *message)
{
	char *content = empty(ctx);
	size_t room = LEVEL_MESSAGE_MAX;
	struct template_part part;
	for (const char *at = message->template; template_next(&at, &part);) {
		const char *text = part.is_variable
					   ? value_of(ctx, part.variable, message)
					   : must(talloc_strndup(ctx, part.text, part.length));
		size_t length = utf8_length(text);
		if (length > room && part.is_variable)
			break;
		content =
			must(talloc_strndup_append_buffer(content, text, utf8_prefix(text, room)));
		if (length > room)
			break;
		room -= length;
	}
	return content;
}

/* White space alone Discord refuses. */
static bool shows_something(const char *content)
{
	return content[strspn(content, " \t\r\n")] != '\0';
}

char *level_message_content(void *ctx, const struct level_message *message)
{
	char *content = message->template ? guild_content(ctx, message) : NULL;
	if (content && shows_something(content))
		return content;
	content = our_content(ctx, message);
	return must(talloc_strdup(ctx, unit_put(ctx, content, markdown_unit(ctx, &message->unit))));
}

json_t *level_message_mentions(const struct snowflake *member, bool ping)
{
	return must(ping ? json_pack("{s:[], s:[s]}", "parse", "users", member->text)
			 : json_pack("{s:[]}", "parse"));
}

static struct picture tag_of(void *ctx, const struct level_message *message)
{
	enum language language = message->language;
	struct tag tag = {.theme = message->theme, .level = message->level};
	strcpy(tag.language, text_language_code(language));
	return (struct picture){
		.url = must(talloc_asprintf(ctx, "%s/carte/%s.png", message->public_url,
			tag_address(ctx, message->link_key, &tag))),
		.description = text_fill(ctx, language, TEXT_LEVEL_UP_TAG, "level",
			text_number(ctx, language, message->level), NULL)};
}

void level_message_add_box(void *ctx, const struct level_message *message, struct reply *out)
{
	const char *content = our_content(ctx, message);
	if (message->public_url)
		reply_add_section(out,
			(struct section){.texts = {content}, .thumbnail = tag_of(ctx, message)});
	else
		reply_add_text(out, content);
}

/* Whoever presses it is counted, once. */
static struct button cheer_button(void *ctx, const struct level_message *message)
{
	enum language language = message->language;
	struct custom_id id = custom_id_make(CHEER_COMMAND, CHEER_ACTION);
	id.guild = message->guild_id;
	id.number = message->id;
	return (struct button){.style = BUTTON_SECONDARY,
		.label = message->cheers == 0
				 ? text_get(language, TEXT_LEVEL_UP_CHEER)
				 : text_fill(ctx, language, TEXT_LEVEL_UP_CHEERS, "count",
					   text_number(ctx, language, message->cheers), NULL),
		.emoji = "👏",
		.custom_id = custom_id_write(ctx, &id)};
}

/* The member opens the bag from there. */
void level_message_fill(void *ctx, const struct level_message *message, struct reply *out)
{
	struct button bag = door_button(ctx, message->language, DOOR_BAG);
	bag.style = BUTTON_SUCCESS;
	bag.label = text_get(message->language, TEXT_LEVEL_UP_OPEN);
	out->colour = COLOUR_LEATHER;
	level_message_add_box(ctx, message, out);
	reply_add_button(out, bag);
	if (message->id > 0)
		reply_add_button(out, cheer_button(ctx, message));
}

json_t *level_message_json(void *ctx, const struct level_message *message, bool ping)
{
	if (!level_message_is_box(message))
		return must(json_pack("{s:[{s:i, s:s}], s:i, s:o}", "components", "type", 10,
			"content", level_message_content(ctx, message), "flags", REPLY_FLAG_V2,
			"allowed_mentions", level_message_mentions(&message->member, ping)));
	struct reply reply = {.kind = REPLY_MESSAGE,
		.unit = message->unit,
		.notified = ping ? message->member.text : NULL};
	level_message_fill(ctx, message, &reply);
	struct content content = reply_message(ctx, &reply, true);
	return must(json_loadb(content.bytes, content.length, 0, NULL));
}

/* The pieces that messages of games are made of. */
#include <talloc.h>

#include "besace/base/defect.h"
#include "besace/base/memory.h"
#include "besace/engine/custom_id.h"
#include "besace/play/face.h"
#include "besace/play/facts.h"
#include "besace/play/match_button.h"
#include "besace/play/proof.h"

/* ---- Texts */

void show_title(struct show *show, const char *title)
{
	show->reply->title = must(
		talloc_asprintf(show->ctx, "%s %s", game_face(show->match->game)->emoji, title));
}

static const char *add_line(void *ctx, const char *before, const char *line)
{
	return before ? must(talloc_asprintf(ctx, "%s\n%s", before, line)) : line;
}

void show_line(struct show *show, const char *line)
{
	show->lines = add_line(show->ctx, show->lines, line);
}

void show_below(struct show *show, const char *line)
{
	show->below = add_line(show->ctx, show->below, line);
}

const char *show_joined(const struct show *show, const char *line, const char *part)
{
	return line ? must(talloc_asprintf(show->ctx, "%s · %s", line, part)) : part;
}

const char *show_name(const struct show *show, const struct snowflake *user)
{
	return match_name(show->match, user);
}

const char *show_mention(const struct show *show, const struct snowflake *user)
{
	return must(talloc_asprintf(show->ctx, "<@%s>", user->text));
}

char *show_number(const struct show *show, int64_t number)
{
	return text_number(show->ctx, show->language, number);
}

const char *show_fact(const struct show *show, const char *key)
{
	return match_fact(show->match, key);
}

const char *show_due(const struct show *show)
{
	return must(talloc_asprintf(show->ctx, "<t:%lld:R>", (long long)show->match->expires_at));
}

/* ---- What a match that is over brought */

int64_t show_gain(const struct match_end *end)
{
	return (int64_t)end->paid - end->stake;
}

static enum text end_text(const struct match_end *end)
{
	/* A balance that was filled up while the game was open took less than what was due. */
	if (!end->played || end->result == RESULT_PUSH)
		return end->paid < end->stake ? TEXT_MATCH_BACK_FULL : TEXT_MATCH_BACK;
	if (end->result == RESULT_LOSS)
		return TEXT_MATCH_LOST;
	return end->paid > end->stake ? TEXT_MATCH_WON : TEXT_MATCH_WON_FULL;
}

const char *show_wins_left(const struct show *show, const struct match_end *end)
{
	if (end->games_left == 0)
		return text_get(show->language, TEXT_MATCH_BOOST_LAST);
	return text_fill(show->ctx, show->language,
		text_plural(show->language, end->games_left, TEXT_MATCH_BOOST_ONE,
			TEXT_MATCH_BOOST_MANY),
		"games", show_number(show, end->games_left), NULL);
}

/* What a multiplier of the net gain has made of it. */
static void show_multiplier(struct show *show, const struct match_end *end)
{
	if (!end->multiplier || show_gain(end) <= 0)
		return;
	show_below(show, text_fill(show->ctx, show->language, TEXT_MATCH_BOOST, "value",
				 show_number(show, end->multiplier), "before",
				 show_number(show, show_gain(end) / end->multiplier), "after",
				 show_number(show, show_gain(end)), "left",
				 show_wins_left(show, end), NULL));
}

/* "🎁 un jackpot, 🔥 un ×2"; NULL when the level brought none. */
static char *gained_items(const struct show *show, const struct level_gain *gain)
{
	static const struct {
		enum text one, many;
	} names[ITEM_COUNT] = {
		[ITEM_JACKPOT] = {TEXT_MATCH_ITEM_JACKPOT_ONE, TEXT_MATCH_ITEM_JACKPOT_MANY},
		[ITEM_X2] = {TEXT_MATCH_ITEM_X2_ONE, TEXT_MATCH_ITEM_X2_MANY},
		[ITEM_X3] = {TEXT_MATCH_ITEM_X3_ONE, TEXT_MATCH_ITEM_X3_MANY}};
	char *items = NULL;
	for (int i = 0; i < ITEM_COUNT; i++) {
		if (gain->items[i] <= 0)
			continue;
		const char *item =
			gain->items[i] == 1
				? text_get(show->language, names[i].one)
				: text_fill(show->ctx, show->language, names[i].many, "count",
					  show_number(show, gain->items[i]), NULL);
		items = items ? must(talloc_asprintf_append_buffer(items, ", %s", item))
			      : must(talloc_strdup(show->ctx, item));
	}
	return items;
}

void show_level(struct show *show, const struct match_end *end)
{
	const struct level_gain *gain = &end->gained;
	if (!gain->level)
		return;
	const char *line = text_fill(show->ctx, show->language, TEXT_MATCH_LEVEL, "member",
		show_name(show, &end->user), "level", show_number(show, gain->level), NULL);
	const char *items = gained_items(show, gain);
	if (gain->lc > 0)
		line = show_joined(show, line,
			text_fill(show->ctx, show->language, TEXT_MATCH_LEVEL_LC, "amount",
				show_number(show, gain->lc), NULL));
	if (items)
		line = show_joined(show, line,
			text_fill(show->ctx, show->language, TEXT_MATCH_LEVEL_ITEMS, "items", items,
				NULL));
	show_below(show, line);
}

void show_end(struct show *show, const struct match_end *end, int32_t streak)
{
	int64_t gain = show_gain(end);
	const char *line = text_fill(show->ctx, show->language, end_text(end), "member",
		show_name(show, &end->user), "gain", show_number(show, gain < 0 ? -gain : gain),
		"paid", show_number(show, end->paid), NULL);
	if (end->xp > 0)
		line = show_joined(show, line,
			text_fill(show->ctx, show->language, TEXT_MATCH_XP, "xp",
				show_number(show, end->xp), NULL));
	if (streak > 1)
		line = show_joined(show, line,
			text_fill(show->ctx, show->language, TEXT_MATCH_STREAK, "count",
				show_number(show, streak), NULL));
	show_below(show, line);
	show_multiplier(show, end);
	show_level(show, end);
}

/* ---- Buttons */

void show_any_button(struct show *show, struct button button)
{
	if (show->button_count == SHOW_BUTTONS_MAX) {
		DEFECT("a message of a game has too many buttons");
		return;
	}
	show->buttons[show->button_count++] = button;
}

void show_button(
	struct show *show, const struct show_button *look, const char *action, int64_t round)
{
	show_any_button(
		show, (struct button){.style = look->style,
			      .label = text_get(show->language, look->label),
			      .emoji = look->emoji,
			      .custom_id = match_button_id(show->ctx, show->match, action, round)});
}

void show_proof_button(struct show *show)
{
	struct custom_id id = custom_id_make(game_rules(show->match->game)->type, PROOF_ACTION);
	id.owner = show->match->owner;
	id.subject = show->match->id;
	show_any_button(show, (struct button){.style = BUTTON_SECONDARY,
				      .emoji = "🔎",
				      .custom_id = custom_id_write(show->ctx, &id)});
}

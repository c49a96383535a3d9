/* /niveau and "Voir le niveau": a member's level and the way to the next. */
#include <string.h>
#include <talloc.h>

#include "besace/base/memory.h"
#include "besace/domain/card.h"
#include "besace/domain/level.h"
#include "besace/engine/command.h"
#include "besace/engine/door.h"
#include "besace/engine/invocation.h"

static enum step ask(struct invocation *invocation, struct db_call *out)
{
	enum step step = invocation_target(invocation);
	if (step == STEP_CALL)
		members_standing_call(
			invocation->ctx, &invocation->target, &invocation->asker, out);
	return step;
}

static enum step press_ask(struct invocation *invocation, struct db_call *out)
{
	if (!door_opens(invocation))
		return invocation_refuse_text(invocation, TEXT_UNKNOWN_BUTTON);
	return ask(invocation, out);
}

/* FILLED full cells, the rest empty. */
static char *draw_bar(void *ctx, int filled)
{
	char *bar = must(talloc_strdup(ctx, ""));
	for (int i = 0; i < LEVEL_BAR_CELLS; i++)
		bar = must(talloc_strdup_append_buffer(bar, i < filled ? "█" : "░"));
	return bar;
}

/* Levels between two jackpots: include/besace/domain/earning.h. */
#define JACKPOT_LEVELS 5

static int64_t next_jackpot(int64_t level)
{
	return (level / JACKPOT_LEVELS + 1) * JACKPOT_LEVELS;
}

/* TEXT with every fact that there is to tell. */
static char *say(struct invocation *invocation, enum language language, enum text text,
	const struct standing *standing, const char *member)
{
	void *ctx = invocation->ctx;
	struct progress progress = level_progress(standing->xp);
	/* A picture's words are read aloud: raised letters would be spelled out. */
	char *place = text == TEXT_LEVEL_CARD_ALT
			      ? must(talloc_asprintf(ctx, "%s%s",
					text_number(ctx, language, standing->rank),
					text_ordinal(language, standing->rank)))
			      : text_rank(ctx, language, standing->rank);
	int64_t jackpot = next_jackpot(progress.level);
	bool early = text == TEXT_LEVEL_NEWCOMER;
	int64_t left = early ? level_start(jackpot) - standing->xp : progress.need - progress.into;
	return text_fill(ctx, language, text, "member", member, "level",
		text_number(ctx, language, progress.level), "into",
		text_number(ctx, language, progress.into), "need",
		text_number(ctx, language, progress.need), "percent",
		text_percent(ctx, language, progress.percent, 0), "place", place, "members",
		text_number(ctx, language, standing->members), "left",
		early ? text_number(ctx, language, left)
		      : must(talloc_asprintf(ctx, "%s XP", text_number(ctx, language, left))),
		"next", text_number(ctx, language, progress.level + 1), "xp",
		text_number(ctx, language, standing->xp), "jackpot",
		text_number(ctx, language, jackpot), "balance",
		text_number(ctx, language, standing->balance), NULL);
}

/* What the card shows, in words. */
static char *describe(struct invocation *invocation, enum language language,
	const struct standing *standing, const char *name)
{
	void *ctx = invocation->ctx;
	char *text = say(invocation, language, TEXT_LEVEL_CARD_ALT, standing, name);
	if (standing->games_left > 0)
		text = must(talloc_strdup_append(text,
			text_fill(ctx, language,
				text_plural(language, standing->games_left, TEXT_LEVEL_CARD_ALT_ONE,
					TEXT_LEVEL_CARD_ALT_MANY),
				"value", text_number(ctx, language, standing->multiplier), "games",
				text_number(ctx, language, standing->games_left), NULL)));
	return text;
}

/* The card as a picture that says in words what it shows. */
static void add_card(
	struct invocation *invocation, enum language language, const struct standing *standing)
{
	void *ctx = invocation->ctx;
	const struct wording *wording = &invocation->wording;
	const struct user *user = invocation->target_user;
	const char *name = *user->display ? user->display : user->username;
	struct unit unit = unit_of(ctx, wording->currency, wording->symbol);
	struct card card = {.theme = standing->theme,
		.xp = standing->xp,
		.balance = standing->balance,
		.rank = (int32_t)standing->rank,
		.members = (int32_t)standing->members,
		.multiplier = standing->multiplier,
		.games_left = standing->games_left};
	strcpy(card.language, text_language_code(language));
	card_set_name(&card, name);
	if (!card_set_guild_avatar(&card, &invocation->guild, &user->id, user->guild_avatar))
		card_set_avatar(&card, &user->id, user->avatar);
	card_set_unit(&card, unit.plain ? unit.plain : UNIT_DEFAULT);
	struct picture *picture = must(talloc(ctx, struct picture));
	picture->url = must(talloc_asprintf(ctx, "%s/carte/%s.png", invocation->world.public_url,
		card_address(ctx, invocation->world.link_key, &card)));
	picture->description =
		unit_put(ctx, describe(invocation, language, standing, name), unit.plain);
	reply_add_gallery(&invocation->reply, picture, 1);
}

static void add_words(
	struct invocation *invocation, enum language language, const struct standing *standing)
{
	struct progress progress = level_progress(standing->xp);
	invocation->reply.title = text_fill(invocation->ctx, language, TEXT_LEVEL_TITLE, "member",
		invocation_shown_name(invocation, invocation->target_user), NULL);
	invocation->reply.description = must(talloc_asprintf(invocation->ctx, "%s\n%s",
		say(invocation, language, TEXT_LEVEL_LINE, standing, ""),
		draw_bar(invocation->ctx, progress.filled)));
}

static void add_doors(struct invocation *invocation, enum language language, bool is_new)
{
	const bool own = snowflake_equal(&invocation->target.id, &invocation->asker.id);
	const enum door doors[] = {is_new ? DOOR_EARNINGS : DOOR_LEADERBOARD,
		is_new ? DOOR_LEADERBOARD : DOOR_BAG, DOOR_STATS};
	for (size_t i = 0; i < ARRAY_LEN(doors); i++)
		if (own || doors[i] == DOOR_LEADERBOARD || doors[i] == DOOR_EARNINGS)
			reply_add_button(&invocation->reply,
				door_button(invocation->ctx, language, doors[i]));
}

static void render(struct invocation *invocation, const struct standing *standing)
{
	enum language language = invocation_open_reply(invocation, invocation->ephemeral);
	bool has_card = invocation->world.public_url && !invocation->ephemeral;
	bool is_new = standing->brings_items && level_progress(standing->xp).level < JACKPOT_LEVELS;
	enum text facts[2][2] = {{TEXT_LEVEL_XP, TEXT_LEVEL_XP_JACKPOT},
		{TEXT_LEVEL_FACTS, TEXT_LEVEL_FACTS_JACKPOT}};
	invocation->reply.colour = COLOUR_LEATHER;
	if (has_card)
		add_card(invocation, language, standing);
	else
		add_words(invocation, language, standing);
	if (is_new)
		reply_add_text(&invocation->reply,
			say(invocation, language, TEXT_LEVEL_NEWCOMER, standing, ""));
	invocation->reply.footer = say(invocation, language,
		facts[has_card][standing->brings_items && !is_new], standing, "");
	add_doors(invocation, language, is_new);
}

static enum step answer(struct invocation *invocation, const struct db_rows *rows)
{
	struct standing standing;
	enum step step = invocation_judge(invocation, members_standing_read(rows, &standing));
	if (step == STEP_REPLY)
		render(invocation, &standing);
	return step;
}

static const struct command_option options[] = {
	{.name = TEXT_LEVEL_MEMBER_NAME,
		.description = TEXT_LEVEL_MEMBER_DESCRIPTION,
		.type = OPTION_USER},
};

const struct command command_niveau = {
	.type = COMMAND_CHAT_INPUT,
	.name = TEXT_LEVEL_NAME,
	.description = TEXT_LEVEL_DESCRIPTION,
	.options = options,
	.option_count = 1,
	.ask = ask,
	.answer = answer,
	.button_prefix = "niveau",
	.press_ask = press_ask,
	.press_answer = answer,
};

const struct command command_see_level = {
	.type = COMMAND_USER,
	.name = TEXT_SEE_LEVEL_NAME,
	.description = TEXT_SEE_LEVEL_DESCRIPTION,
	.ephemeral = true,
	.ask = ask,
	.answer = answer,
};

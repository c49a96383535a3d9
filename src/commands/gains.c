/* /gains: what the member who asks would earn here and now, and why. */
#include <inttypes.h>
#include <string.h>
#include <talloc.h>

#include "besace/base/memory.h"
#include "besace/engine/command.h"
#include "besace/engine/door.h"
#include "besace/engine/invocation.h"
#include "besace/store/earnings.h"
#include "here.h"

static enum step ask(struct invocation *invocation, struct db_call *out)
{
	earnings_call(invocation->ctx, &invocation->asker, earning_place_here(invocation), out);
	return STEP_CALL;
}

/* What the lines are made with. */
struct lines {
	void *ctx;
	enum language language;
	const struct earnings *earnings;
	char *text;
};

static void add(struct lines *lines, const char *line)
{
	lines->text =
		must(talloc_asprintf_append(lines->text, "%s%s", *lines->text ? "\n" : "", line));
}

static char *number(const struct lines *lines, int64_t value)
{
	return text_number(lines->ctx, lines->language, value);
}

static char *factor(const struct lines *lines, int32_t percent)
{
	if (percent % 100 == 0)
		return number(lines, percent / 100);
	return percent % 10 == 0 ? text_decimal(lines->ctx, lines->language, percent / 10, 1)
				 : text_decimal(lines->ctx, lines->language, percent, 2);
}

static void add_message(struct lines *lines)
{
	const struct earnings *e = lines->earnings;
	char *time = must(talloc_asprintf(lines->ctx, "<t:%" PRId64 ":R>", e->next_ms / 1000));
	const char *next = e->next_ms ? text_fill(lines->ctx, lines->language, TEXT_GAINS_NEXT_AT,
						"time", time, NULL)
				      : text_get(lines->language, TEXT_GAINS_NEXT_NOW);
	char *min = number(lines, e->message_min), *max = number(lines, e->message_max);
	add(lines, text_fill(lines->ctx, lines->language, TEXT_GAINS_MESSAGE, "xp",
			   e->message_min == e->message_max
				   ? min
				   : text_fill(lines->ctx, lines->language, TEXT_GAINS_RANGE, "min",
					     min, "max", max, NULL),
			   "next", next, NULL));
}

static void add_voice(struct lines *lines)
{
	const struct earnings *e = lines->earnings;
	enum text text = e->voice_from == 2 ? TEXT_GAINS_VOICE : TEXT_GAINS_VOICE_FROM;
	add(lines,
		text_fill(lines->ctx, lines->language, text, "first", number(lines, e->voice_first),
			"next", number(lines, e->voice_next), "hour", number(lines, e->voice_hour),
			"from", number(lines, e->voice_from), "more",
			number(lines, e->voice_from + 1), NULL));
}

static void add_sources(struct lines *lines)
{
	const struct earnings *e = lines->earnings;
	if (e->message)
		add_message(lines);
	else
		add(lines, text_get(lines->language, TEXT_GAINS_OFF_MESSAGE));
	if (e->reaction)
		add(lines, text_fill(lines->ctx, lines->language, TEXT_GAINS_REACTION, "xp",
				   number(lines, e->reaction_xp), "max",
				   number(lines, e->reaction_xp_max), NULL));
	else
		add(lines, text_get(lines->language, TEXT_GAINS_OFF_REACTION));
	if (e->voice)
		add_voice(lines);
	else
		add(lines, text_get(lines->language, TEXT_GAINS_OFF_VOICE));
	if (e->game)
		add(lines, text_fill(lines->ctx, lines->language,
				   e->game_push ? TEXT_GAINS_GAME_PUSH : TEXT_GAINS_GAME, "win",
				   number(lines, e->game_win), "loss", number(lines, e->game_loss),
				   "push", number(lines, e->game_push), NULL));
	else
		add(lines, text_get(lines->language, TEXT_GAINS_OFF_GAME));
}

static void add_place(struct lines *lines)
{
	const struct earnings *e = lines->earnings;
	char *entry = must(talloc_asprintf(lines->ctx, "<#%s>", e->place_id.text));
	if (*e->place_id.text == '\0') {
		if (e->place_percent == 0)
			add(lines, text_get(lines->language, TEXT_GAINS_PLACE_ELSEWHERE));
		return;
	}
	add(lines, text_fill(lines->ctx, lines->language,
			   e->place_percent ? TEXT_GAINS_PLACE : TEXT_GAINS_PLACE_NONE, "factor",
			   factor(lines, e->place_percent), "entry", entry, NULL));
}

static void add_role(struct lines *lines)
{
	const struct earnings *e = lines->earnings;
	char *entry = must(talloc_asprintf(lines->ctx, "<@&%s>", e->role_id.text));
	if (*e->role_id.text == '\0') {
		if (e->role_percent == 0)
			add(lines, text_get(lines->language, TEXT_GAINS_ROLE_MISSING));
		return;
	}
	add(lines, text_fill(lines->ctx, lines->language,
			   e->role_percent ? TEXT_GAINS_ROLE : TEXT_GAINS_ROLE_NONE, "factor",
			   factor(lines, e->role_percent), "entry", entry, NULL));
}

static void add_rate(struct lines *lines)
{
	if (lines->earnings->rate_percent != 100)
		add(lines, text_fill(lines->ctx, lines->language, TEXT_GAINS_RATE, "factor",
				   factor(lines, lines->earnings->rate_percent), NULL));
}

/* Whether the cap of the day leaves nothing. */
static bool is_capped(const struct earnings *earnings)
{
	return earnings->day_xp_max && earnings->today >= earnings->day_xp_max;
}

static void add_today(struct lines *lines)
{
	const struct earnings *e = lines->earnings;
	enum text text = is_capped(e)    ? TEXT_GAINS_TODAY_ALL
			 : e->day_xp_max ? TEXT_GAINS_TODAY_OF
					 : TEXT_GAINS_TODAY;
	add(lines, text_fill(lines->ctx, lines->language, text, "xp", number(lines, e->today),
			   "max", number(lines, e->day_xp_max), NULL));
}

static void add_why(struct lines *lines)
{
	static const struct {
		const char *why;
		enum text text;
	} rows[] = {{"paid", TEXT_GAINS_WHY_PAID}, {"levels", TEXT_GAINS_WHY_LEVELS},
		{"off", TEXT_GAINS_WHY_OFF}, {"place", TEXT_GAINS_WHY_PLACE},
		{"role", TEXT_GAINS_WHY_ROLE}, {"cooldown", TEXT_GAINS_WHY_COOLDOWN},
		{"cap", TEXT_GAINS_WHY_CAP}, {"zero", TEXT_GAINS_WHY_ZERO}};
	enum text text = TEXT_GAINS_WHY_NEVER;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (strcmp(rows[i].why, lines->earnings->why) == 0)
			text = rows[i].text;
	add(lines, text_fill(lines->ctx, lines->language, text, "xp",
			   number(lines, lines->earnings->why_xp), NULL));
}

/* The lines that ADDERS add, in one text. */
static char *gather(const struct lines *base, void (*const *adders)(struct lines *), size_t count)
{
	struct lines lines = *base;
	lines.text = must(talloc_strdup(lines.ctx, ""));
	for (size_t i = 0; i < count; i++)
		adders[i](&lines);
	return lines.text;
}

static void add_part(struct invocation *invocation, const char *text)
{
	if (*text == '\0')
		return;
	reply_add_separator(&invocation->reply);
	reply_add_text(&invocation->reply, text);
}

/* What is earned, and what decides; where nothing is, only why. */
static void show(struct invocation *invocation, const struct lines *lines)
{
	static void (*const sources[])(struct lines *) = {add_sources};
	static void (*const factors[])(struct lines *) = {add_place, add_role, add_rate};
	static void (*const day[])(struct lines *) = {add_today, add_why};
	const struct earnings *e = lines->earnings;
	bool blocked = e->place_percent == 0 || e->role_percent == 0;
	/* The rate, which comes last, multiplies nothing where nothing is earned. */
	char *decides = gather(lines, factors, ARRAY_LEN(factors) - blocked);
	invocation->reply.description =
		blocked ? decides : gather(lines, sources, ARRAY_LEN(sources));
	if (!blocked)
		add_part(invocation, decides);
	if (blocked || is_capped(e))
		invocation->reply.colour = COLOUR_WAITING;
	add_part(invocation, gather(lines, day, ARRAY_LEN(day)));
}

static enum step answer(struct invocation *invocation, const struct db_rows *rows)
{
	static const enum door doors[] = {DOOR_LEVEL, DOOR_LEADERBOARD, DOOR_REWARDS};
	struct earnings earnings;
	if (earnings_read(invocation->ctx, rows, &earnings))
		return STEP_BROKEN;
	enum language language = invocation_open_reply(invocation, true);
	const struct lines lines = {
		.ctx = invocation->ctx, .language = language, .earnings = &earnings};
	invocation->reply.colour = COLOUR_LEATHER;
	invocation->reply.title = text_get(language, TEXT_GAINS_TITLE);
	if (earnings.levels)
		show(invocation, &lines);
	else
		invocation->reply.description = text_get(language, TEXT_GAINS_LEVELS_OFF);
	for (size_t i = 0; i < ARRAY_LEN(doors); i++)
		reply_add_button(
			&invocation->reply, door_button(invocation->ctx, language, doors[i]));
	return STEP_REPLY;
}

static enum step press_ask(struct invocation *invocation, struct db_call *out)
{
	if (!door_opens(invocation))
		return invocation_refuse_text(invocation, TEXT_UNKNOWN_BUTTON);
	return ask(invocation, out);
}

const struct command command_gains = {
	.type = COMMAND_CHAT_INPUT,
	.name = TEXT_GAINS_NAME,
	.description = TEXT_GAINS_DESCRIPTION,
	.ephemeral = true,
	.guild_only = true,
	.ask = ask,
	.answer = answer,
	.button_prefix = "gains",
	.press_ask = press_ask,
	.press_answer = answer,
};

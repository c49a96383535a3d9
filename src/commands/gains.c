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
	return percent % 100 ? text_decimal(lines->ctx, lines->language, percent, 2)
			     : number(lines, percent / 100);
}

static void add_message(struct lines *lines)
{
	const struct earnings *e = lines->earnings;
	char *time = must(talloc_asprintf(lines->ctx, "<t:%" PRId64 ":R>", e->next_ms / 1000));
	const char *next = e->next_ms ? text_fill(lines->ctx, lines->language, TEXT_GAINS_NEXT_AT,
						"time", time, NULL)
				      : text_get(lines->language, TEXT_GAINS_NEXT_NOW);
	add(lines, text_fill(lines->ctx, lines->language, TEXT_GAINS_MESSAGE, "min",
			   number(lines, e->message_min), "max", number(lines, e->message_max),
			   "next", next, NULL));
}

static void add_voice(struct lines *lines)
{
	const struct earnings *e = lines->earnings;
	add(lines, text_fill(lines->ctx, lines->language, TEXT_GAINS_VOICE, "two",
			   number(lines, e->voice_two), "three", number(lines, e->voice_three),
			   "hour", number(lines, e->voice_hour), NULL));
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
		add(lines, text_fill(lines->ctx, lines->language, TEXT_GAINS_GAME, "win",
				   number(lines, e->game_win), "loss", number(lines, e->game_loss),
				   NULL));
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
	if (e->role_percent != 100)
		add(lines, text_fill(lines->ctx, lines->language,
				   e->role_percent ? TEXT_GAINS_ROLE : TEXT_GAINS_ROLE_NONE,
				   "factor", factor(lines, e->role_percent), "entry", entry, NULL));
}

static void add_today(struct lines *lines)
{
	const struct earnings *e = lines->earnings;
	add(lines, text_fill(lines->ctx, lines->language,
			   e->day_xp_max ? TEXT_GAINS_TODAY_OF : TEXT_GAINS_TODAY, "xp",
			   number(lines, e->today), "max", number(lines, e->day_xp_max), NULL));
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

static enum step answer(struct invocation *invocation, const struct db_rows *rows)
{
	struct earnings earnings;
	if (earnings_read(invocation->ctx, rows, &earnings))
		return STEP_BROKEN;
	struct lines lines = {.ctx = invocation->ctx,
		.language = invocation_open_reply(invocation, true),
		.earnings = &earnings,
		.text = must(talloc_strdup(invocation->ctx, ""))};
	if (!earnings.levels) {
		add(&lines, text_get(lines.language, TEXT_GAINS_LEVELS_OFF));
	} else {
		add_sources(&lines);
		add_place(&lines);
		add_role(&lines);
		if (earnings.rate_percent != 100)
			add(&lines, text_fill(lines.ctx, lines.language, TEXT_GAINS_RATE, "factor",
					    factor(&lines, earnings.rate_percent), NULL));
		add_today(&lines);
		add_why(&lines);
	}
	invocation->reply.colour = COLOUR_LEATHER;
	invocation->reply.title = text_get(lines.language, TEXT_GAINS_TITLE);
	invocation->reply.description = lines.text;
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

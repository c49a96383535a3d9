/* /stats: all there is to tell of a member. */
#include <inttypes.h>
#include <talloc.h>

#include "besace/base/memory.h"
#include "besace/domain/level.h"
#include "besace/engine/command.h"
#include "besace/engine/door.h"
#include "besace/engine/invocation.h"
#include "besace/store/stats.h"
#include "time_spent.h"

static enum step ask(struct invocation *invocation, struct db_call *out)
{
	enum step step = invocation_target(invocation);
	if (step == STEP_CALL)
		stats_call(invocation->ctx, &invocation->target, &invocation->asker, out);
	return step;
}

static enum step press_ask(struct invocation *invocation, struct db_call *out)
{
	if (!door_opens(invocation))
		return invocation_refuse_text(invocation, TEXT_UNKNOWN_BUTTON);
	return ask(invocation, out);
}

static void add(
	struct invocation *invocation, enum language language, enum text name, const char *value)
{
	char *line = must(
		talloc_asprintf(invocation->ctx, "**%s** · %s", text_get(language, name), value));
	const char *before = invocation->reply.description;
	invocation->reply.description =
		before ? must(talloc_asprintf(invocation->ctx, "%s\n%s", before, line)) : line;
}

static char *counted(struct invocation *invocation, enum language language, int64_t count,
	enum text one, enum text many)
{
	return text_fill(invocation->ctx, language, text_plural(language, count, one, many),
		"games", text_number(invocation->ctx, language, count), NULL);
}

static char *games(struct invocation *invocation, enum language language, const struct stats *stats)
{
	return must(talloc_asprintf(invocation->ctx, "%s, %s",
		counted(invocation, language, stats->played, TEXT_STATS_PLAYED_ONE,
			TEXT_STATS_PLAYED_MANY),
		counted(invocation, language, stats->won, TEXT_STATS_WON_ONE,
			TEXT_STATS_WON_MANY)));
}

static void render(struct invocation *invocation, const struct stats *stats)
{
	void *ctx = invocation->ctx;
	enum language language = invocation_open_reply(invocation, invocation->ephemeral);
	invocation->reply.title = text_fill(ctx, language, TEXT_STATS_TITLE, "member",
		invocation_shown_name(invocation, invocation->target_user), NULL);
	add(invocation, language, TEXT_STATS_BALANCE,
		text_fill(ctx, language, TEXT_STATS_LC, "amount",
			text_number(ctx, language, stats->balance), NULL));
	add(invocation, language, TEXT_STATS_LEVEL,
		text_fill(ctx, language, TEXT_STATS_LEVEL_LINE, "level",
			text_number(ctx, language, level_progress(stats->xp).level), "xp",
			text_number(ctx, language, stats->xp), NULL));
	add(invocation, language, TEXT_STATS_MESSAGES, text_number(ctx, language, stats->messages));
	add(invocation, language, TEXT_STATS_VOICE, time_spent(ctx, language, stats->voice_s));
	add(invocation, language, TEXT_STATS_GAMES, games(invocation, language, stats));
	if (stats->invites > 0) /* never counted here: an import brought them */
		add(invocation, language, TEXT_STATS_INVITES,
			text_number(ctx, language, stats->invites));
	if (stats->since_s)
		add(invocation, language, TEXT_STATS_SINCE,
			must(talloc_asprintf(ctx, "<t:%" PRId64 ":D>", stats->since_s)));
}

static enum step answer(struct invocation *invocation, const struct db_rows *rows)
{
	struct stats stats;
	enum step step = invocation_judge(invocation, stats_read(rows, &stats));
	if (step == STEP_REPLY)
		render(invocation, &stats);
	return step;
}

static const struct command_option options[] = {
	{.name = TEXT_STATS_MEMBER_NAME,
		.description = TEXT_STATS_MEMBER_DESCRIPTION,
		.type = OPTION_USER},
};

const struct command command_stats = {
	.type = COMMAND_CHAT_INPUT,
	.name = TEXT_STATS_NAME,
	.description = TEXT_STATS_DESCRIPTION,
	.options = options,
	.option_count = ARRAY_LEN(options),
	.ask = ask,
	.answer = answer,
	.button_prefix = "stats",
	.press_ask = press_ask,
	.press_answer = answer,
};

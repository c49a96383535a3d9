/* /stats: all there is to tell of a member. */
#include <inttypes.h>
#include <talloc.h>

#include "besace/base/memory.h"
#include "besace/domain/level.h"
#include "besace/engine/command.h"
#include "besace/engine/run.h"
#include "besace/store/stats.h"

static enum step ask(struct run *run, struct db_call *out)
{
	enum step step = run_about(run);
	if (step == STEP_CALL)
		stats_call(run->ctx, &run->who, &run->asker, out);
	return step;
}

static void add(struct run *run, enum language language, enum text name, const char *value)
{
	reply_add_field(&run->reply, text_get(language, name), value, true);
}

static char *spoken(struct run *run, enum language language, int32_t seconds)
{
	return text_fill(run->ctx, language, TEXT_STATS_TIME, "hours",
		text_number(run->ctx, language, seconds / 3600), "minutes",
		text_number(run->ctx, language, seconds / 60 % 60), NULL);
}

static char *counted(
	struct run *run, enum language language, int64_t count, enum text one, enum text many)
{
	return text_fill(run->ctx, language, text_plural(language, count, one, many), "games",
		text_number(run->ctx, language, count), NULL);
}

static char *games(struct run *run, enum language language, const struct stats *stats)
{
	return must(talloc_asprintf(run->ctx, "%s, %s",
		counted(run, language, stats->played, TEXT_STATS_PLAYED_ONE,
			TEXT_STATS_PLAYED_MANY),
		counted(run, language, stats->won, TEXT_STATS_WON_ONE, TEXT_STATS_WON_MANY)));
}

static void render(struct run *run, const struct stats *stats)
{
	void *ctx = run->ctx;
	enum language language = run_open_reply(run, false);
	run->reply.title = text_fill(
		ctx, language, TEXT_STATS_TITLE, "member", run_shown_name(run, run->about), NULL);
	add(run, language, TEXT_STATS_BALANCE,
		text_fill(ctx, language, TEXT_STATS_LC, "amount",
			text_number(ctx, language, stats->balance), NULL));
	add(run, language, TEXT_STATS_LEVEL,
		text_fill(ctx, language, TEXT_STATS_LEVEL_LINE, "level",
			text_number(ctx, language, level_progress(stats->xp).level), "xp",
			text_number(ctx, language, stats->xp), NULL));
	add(run, language, TEXT_STATS_MESSAGES, text_number(ctx, language, stats->messages));
	add(run, language, TEXT_STATS_VOICE, spoken(run, language, stats->voice_s));
	add(run, language, TEXT_STATS_GAMES, games(run, language, stats));
	add(run, language, TEXT_STATS_INVITES, text_number(ctx, language, stats->invites));
	if (stats->since_s)
		add(run, language, TEXT_STATS_SINCE,
			must(talloc_asprintf(ctx, "<t:%" PRId64 ":D>", stats->since_s)));
}

static enum step answer(struct run *run, const struct db_rows *rows)
{
	struct stats stats;
	enum step step = run_judge(stats_read(rows, &stats));
	if (step == STEP_REPLY)
		render(run, &stats);
	return step;
}

static const struct command_option options[] = {
	{.name = TEXT_STATS_MEMBER_NAME, .about = TEXT_STATS_MEMBER_ABOUT, .type = OPTION_USER},
};

const struct command command_stats = {
	.type = COMMAND_CHAT_INPUT,
	.name = TEXT_STATS_NAME,
	.about = TEXT_STATS_ABOUT,
	.options = options,
	.option_count = ARRAY_LEN(options),
	.ask = ask,
	.answer = answer,
};

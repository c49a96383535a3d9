/* Checks and stages what a source's reader finds. */
#include "importing.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <talloc.h>

#include "besace/base/memory.h"
#include "besace/base/utf8.h"
#include "besace/domain/level.h"
#include "report.h"

/* The listener hears of reading every so many rows. */
#define TELL_ROWS 4096

struct entry *entry_begin(struct importing *importing, uint64_t line)
{
	struct entry *entry = &importing->entry;
	*entry = (struct entry){.importing = importing, .line = line};
	for (int i = 0; i < FIGURE_COUNT; i++)
		entry->figures[i] = FIGURE_ABSENT;
	return entry;
}

/* TEXT without the spaces around it, if there is anything left; NULL otherwise. */
static const char *trimmed(const char *text, char *buffer, size_t size)
{
	if (!text)
		return NULL;
	while (isspace((unsigned char)*text))
		text++;
	size_t length = strlen(text);
	while (length > 0 && isspace((unsigned char)text[length - 1]))
		length--;
	if (length == 0)
		return NULL;
	snprintf(buffer, size, "%.*s", (int)(length < size ? length : size - 1), text);
	return buffer;
}

/* What was refused, as the report shows it: a short text without what a terminal obeys. */
static void keep_refused(struct entry *entry, const char *text)
{
	size_t used = 0;
	for (const char *at = text; *at && used + 1 < sizeof(entry->refused_text); at++)
		entry->refused_text[used++] = *at >= ' ' && *at <= '~' ? *at : '?';
	entry->refused_text[used] = '\0';
}

void entry_refuse(struct entry *entry, enum refusal refusal, const char *text)
{
	if (entry->refusal)
		return;
	entry->refusal = refusal;
	entry->refused = FIGURE_COUNT;
	keep_refused(entry, text ? text : "");
}

void entry_id(struct entry *entry, const char *text)
{
	char buffer[64];
	const char *id = trimmed(text, buffer, sizeof(buffer));
	if (!id || !snowflake_parse(id, &entry->user))
		entry_refuse(entry, REFUSAL_NO_ID, id);
}

static void note(struct entry *entry, enum refusal refusal, const char *what, const char *value)
{
	const struct refusal_note note = {refusal, entry->line, entry->user.text, what, value};
	importing_refuse(entry->importing, &note);
}

void entry_name(struct entry *entry, const char *text)
{
	if (!text || !*text)
		return;
	if (!utf8_is_valid(text, strlen(text))) {
		note(entry, REFUSAL_NAME, "the name", NULL);
		return;
	}
	size_t length = utf8_prefix(text, MEMBER_MAX_NAME);
	memcpy(entry->username, text, length);
	entry->username[length] = '\0';
}

static void put_figure(struct entry *entry, enum figure figure, const char *text, bool cut)
{
	char buffer[400];
	const char *number = trimmed(text, buffer, sizeof(buffer));
	int64_t value;
	if (!number)
		return;
	enum refusal refusal = figure_parse(number, cut, &value);
	if (refusal) {
		entry_refuse(entry, refusal, number);
		entry->refused = figure;
		return;
	}
	if (value < 0)
		note(entry, REFUSAL_NEGATIVE, figure_name(figure), number);
	entry->figures[figure] = value < 0 ? 0 : value;
}

void entry_figure(struct entry *entry, enum figure figure, const char *text)
{
	put_figure(entry, figure, text, false);
}

void entry_figure_cut(struct entry *entry, enum figure figure, const char *text)
{
	put_figure(entry, figure, text, true);
}

/* ---- The end of an entry */

/* What XP the member gets, by the options; refuses those who have none. */
static void settle_xp(struct entry *entry, const struct import_options *options)
{
	int64_t *xp = &entry->figures[FIGURE_XP], level = entry->figures[FIGURE_LEVEL];
	if (options->by_level && level == FIGURE_ABSENT && *xp != FIGURE_ABSENT) {
		entry_refuse(entry, REFUSAL_NO_LEVEL, NULL);
		return;
	}
	if (level != FIGURE_ABSENT && (options->by_level || *xp == FIGURE_ABSENT)) {
		/* Other curves begin at level 0. Beyond this one a level's XP is none. */
		*xp = level_start(level < 1 ? 1 : level > 100000 ? 100000 : level);
		if (*xp > XP_MAX)
			entry_refuse(entry, REFUSAL_TOO_LARGE, "the level");
	}
	int64_t reached = level != FIGURE_ABSENT ? level
			  : *xp != FIGURE_ABSENT ? level_progress(*xp).level
						 : 1;
	if (reached < options->minimum_level)
		entry_refuse(entry, REFUSAL_BELOW_LEVEL, NULL);
}

static void judge(struct entry *entry, const struct import_options *options)
{
	if (entry->bot)
		entry_refuse(entry, REFUSAL_BOT, NULL);
	if (entry->left && options->skip_leavers)
		entry_refuse(entry, REFUSAL_LEFT, NULL);
	if (!entry->refusal)
		settle_xp(entry, options);
}

static void put_figures(struct entry *entry, struct staging *staging)
{
	static const enum figure order[] = {FIGURE_BALANCE, FIGURE_XP, FIGURE_MESSAGES,
		FIGURE_VOICE, FIGURE_INVITES, FIGURE_JACKPOTS, FIGURE_X2, FIGURE_X3};
	for (size_t i = 0; i < ARRAY_LEN(order); i++)
		if (entry->figures[order[i]] == FIGURE_ABSENT)
			staging_put(staging, NULL);
		else
			staging_put_number(staging, entry->figures[order[i]]);
}

static enum status stage(struct entry *entry)
{
	struct staging *staging = &entry->importing->staging;
	enum status status = staging_into(staging, STAGED_MEMBERS);
	if (!status) {
		staging_put_number(staging, (int64_t)entry->line);
		staging_put(staging, entry->user.text);
		staging_put(staging, *entry->username ? entry->username : NULL);
		put_figures(entry, staging);
		staging_put(staging, entry->hidden ? "t" : "f");
		staging_put(staging, entry->last_message_at);
		staging_put(staging, entry->last_gift_at);
		staging_put(staging, entry->created_at);
		status = staging_end_row(staging);
	}
	if (status)
		entry->importing->why = staging->why;
	return status;
}

enum status entry_end(struct entry *entry)
{
	struct importing *importing = entry->importing;
	importing->result->rows++;
	importing_tell(importing);
	judge(entry, importing->options);
	if (!entry->refusal)
		return stage(entry);
	const char *what = entry->refused < FIGURE_COUNT ? figure_name(entry->refused)
			   : entry->refusal == REFUSAL_SHAPE || entry->refusal == REFUSAL_NO_ID
				   ? "the row"
				   : "the member";
	note(entry, entry->refusal, what, entry->refused_text);
	return STATUS_OK;
}

/* ---- Beside members */

void importing_refuse(struct importing *importing, const struct refusal_note *note)
{
	report_note(importing->report, importing->result, importing->file, note);
}

void importing_tell(struct importing *importing)
{
	const struct import_listener *listener = importing->listener;
	if (++importing->records % TELL_ROWS == 0 && listener && listener->progress)
		listener->progress(listener->arg, PHASE_READING, importing->result->rows, 0);
}

enum status importing_invalid(struct importing *importing, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	importing->why = must(talloc_vasprintf(importing->ctx, format, args));
	va_end(args);
	return STATUS_INVALID;
}

static char *copy(struct importing *importing, const char *text)
{
	return text ? must(talloc_strdup(importing->ctx, text)) : NULL;
}

void importing_setting(
	struct importing *importing, const char *key, const char *value, const char *text)
{
	struct import_result *result = importing->result;
	for (size_t i = 0; i < result->setting_count; i++)
		if (key && result->settings[i].key && strcmp(result->settings[i].key, key) == 0)
			return; /* several pages say the same */
	for (size_t i = 0; i < result->setting_count; i++)
		if (strcmp(result->settings[i].text, text) == 0)
			return;
	if (result->setting_count == FOUND_SETTINGS_MAX)
		return;
	result->settings[result->setting_count++] =
		(struct found_setting){.key = copy(importing, key),
			.value = copy(importing, value),
			.text = copy(importing, text)};
}

static bool is_whole(const char *text, int64_t *out)
{
	return text && figure_parse(text, false, out) == REFUSAL_NONE;
}

/* The levels at which a role can be a reward; see settings.md. */
#define REWARD_LEVEL_MIN 2
#define REWARD_LEVEL_MAX 6553

void importing_reward(
	struct importing *importing, const char *level, const char *role, bool is_single)
{
	void *ctx = must(talloc_new(importing->ctx));
	struct snowflake id;
	int64_t number = 0;
	bool fits = snowflake_parse(role, &id) && is_whole(level, &number) &&
		    number >= REWARD_LEVEL_MIN && number <= REWARD_LEVEL_MAX;
	char *text = must(
		talloc_asprintf(ctx, "role %.40s at level %.20s%s", role ? role : "without an id",
			level ? level : "?", is_single ? ", in place of lower ones" : ""));
	char *key = fits ? must(talloc_asprintf(ctx, "reward.%s", id.text)) : NULL;
	char *value = must(talloc_asprintf(ctx, "{\"level\": %lld, \"mode\": \"%s\"}",
		(long long)number, is_single ? "single" : "stack"));
	importing_setting(importing, key, value, text);
	talloc_free(ctx);
}

void importing_zone(struct importing *importing, const char *id, bool is_role, const char *factor)
{
	void *ctx = must(talloc_new(importing->ctx));
	struct snowflake zone;
	double times = factor ? strtod(factor, NULL) : -1;
	bool none = times == 0,
	     fits = snowflake_parse(id, &zone) && (none || (times >= 0.1 && times <= 10));
	char *text = must(talloc_asprintf(ctx, "%s %.40s earns %.20s times as much",
		is_role ? "role" : "channel", id ? id : "without an id", factor ? factor : "?"));
	char *key = fits ? must(talloc_asprintf(ctx, "zone.%s%s", is_role ? "@" : "", zone.text))
			 : NULL;
	char *value =
		none ? must(talloc_strdup(ctx, "{\"effect\": \"none\"}"))
		     : must(talloc_asprintf(ctx, "{\"effect\": \"factor\", \"factor_percent\": %d}",
			       fits ? (int)(times * 100 + 0.5) : 0));
	importing_setting(importing, key, value, text);
	talloc_free(ctx);
}

void importing_number(
	struct importing *importing, const struct found_range *range, const char *text)
{
	int64_t number = 0;
	if (!text)
		return;
	void *ctx = must(talloc_new(importing->ctx));
	bool fits = is_whole(text, &number) && number % range->divisor == 0;
	number /= range->divisor;
	fits = fits && number >= range->min && number <= range->max;
	char *value = must(talloc_asprintf(ctx, "%lld", (long long)number));
	char *description =
		must(talloc_asprintf(ctx, "%s: %.40s", range->what, fits ? value : text));
	importing_setting(importing, fits ? range->key : NULL, value, description);
	talloc_free(ctx);
}

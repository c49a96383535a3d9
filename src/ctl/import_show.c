/* Prints plans of imports. */
#include "import_show.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static void show_totals(const struct import_result *result)
{
	printf("%" PRId64 " rows read, %" PRId64 " members: %" PRId64 " new, %" PRId64
	       " changed, %" PRId64 " as they are\n",
		result->rows, result->members, result->created, result->changed,
		result->members - result->created - result->changed);
	printf("%+" PRId64 " XP, %" PRId64 " LC %s than members have or begin with\n", result->xp,
		(int64_t)llabs(result->balance), result->balance < 0 ? "fewer" : "more");
	if (result->ledger || result->matches)
		printf("history: %" PRId64 " movements, %" PRId64 " matches\n", result->ledger,
			result->matches);
}

static void show_largest(const struct import_result *result)
{
	if (result->largest_count > 0)
		printf("\nthe largest changes:\n");
	for (int i = 0; i < result->largest_count; i++) {
		const struct plan_change *change = &result->largest[i];
		printf("  %s (%s): XP %" PRId64 " → %" PRId64, change->username, change->user,
			change->xp, change->new_xp);
		if (change->balance != change->new_balance)
			printf(", LC %" PRId64 " → %" PRId64, change->balance, change->new_balance);
		putchar('\n');
	}
}

static void show_refusals(const struct import_result *result)
{
	for (int kind = 1; kind < REFUSAL_COUNT; kind++) {
		int64_t count = result->refusals[kind];
		if (count == 0)
			continue;
		printf("\n%s: %" PRId64 " (%s)\n",
			kind < REFUSAL_FIRST_CHANGE ? "refused" : "changed", count,
			refusal_text((enum refusal)kind));
		for (int i = 0; i < REPORT_LINES_KEPT && i < count; i++)
			printf("  %s\n", result->refused[kind][i]);
		if (count > REPORT_LINES_KEPT)
			printf("  … and %" PRId64 " more; --report FILE has them all\n",
				count - REPORT_LINES_KEPT);
	}
}

enum setting_fate { SETTING_MADE, SETTING_STAYS, SETTING_UNKNOWN };

static enum setting_fate fate_of(const struct found_setting *setting)
{
	return setting->is_made ? SETTING_MADE : setting->key ? SETTING_STAYS : SETTING_UNKNOWN;
}

static void show_settings(const struct import_result *result, enum setting_fate fate)
{
	static const char *const titles[] = {[SETTING_MADE] = "settings that are made:",
		[SETTING_STAYS] = "settings that stay as they are here:",
		[SETTING_UNKNOWN] = "what the source has and Besace does not take:"};
	bool any = false;
	for (size_t i = 0; i < result->setting_count; i++) {
		if (fate_of(&result->settings[i]) != fate)
			continue;
		if (!any)
			printf("\n%s\n", titles[fate]);
		any = true;
		printf("  %s\n", result->settings[i].text);
	}
}

void import_show_plan(const struct import_result *result)
{
	show_totals(result);
	show_largest(result);
	show_refusals(result);
	show_settings(result, SETTING_MADE);
	show_settings(result, SETTING_STAYS);
	show_settings(result, SETTING_UNKNOWN);
	if (result->cut_short)
		printf("\nnote: %s\n", result->cut_short);
}

static json_t *refusals_json(const struct import_result *result)
{
	json_t *all = json_object();
	for (int kind = 1; kind < REFUSAL_COUNT; kind++) {
		if (result->refusals[kind] == 0)
			continue;
		json_t *lines = json_array();
		for (int i = 0; i < REPORT_LINES_KEPT && i < result->refusals[kind]; i++)
			json_array_append_new(lines, json_string(result->refused[kind][i]));
		json_object_set_new(all, refusal_word(kind),
			json_pack("{s:I, s:o}", "count", (json_int_t)result->refusals[kind],
				"lines", lines));
	}
	return all;
}

static json_t *largest_json(const struct import_result *result)
{
	json_t *all = json_array();
	for (int i = 0; i < result->largest_count; i++) {
		const struct plan_change *change = &result->largest[i];
		json_array_append_new(all,
			json_pack("{s:s, s:s, s:I, s:I, s:I, s:I}", "id", change->user, "username",
				change->username, "xp", (json_int_t)change->xp, "new_xp",
				(json_int_t)change->new_xp, "balance", (json_int_t)change->balance,
				"new_balance", (json_int_t)change->new_balance));
	}
	return all;
}

static json_t *settings_json(const struct import_result *result)
{
	json_t *all = json_array();
	for (size_t i = 0; i < result->setting_count; i++) {
		const struct found_setting *setting = &result->settings[i];
		json_array_append_new(all, json_pack("{s:s?, s:s, s:b, s:b}", "key", setting->key,
						   "text", setting->text, "fits",
						   setting->key != NULL, "made", setting->is_made));
	}
	return all;
}

json_t *import_show_json(const struct import_result *result, const char *state)
{
	json_t *json = json_pack("{s:I, s:s, s:I, s:I, s:I, s:I, s:I, s:I}", "import",
		(json_int_t)result->number, "state", state, "rows", (json_int_t)result->rows,
		"members", (json_int_t)result->members, "created", (json_int_t)result->created,
		"changed", (json_int_t)result->changed, "xp", (json_int_t)result->xp, "balance",
		(json_int_t)result->balance);
	json_object_set_new(json, "movements", json_integer(result->ledger));
	json_object_set_new(json, "matches", json_integer(result->matches));
	json_object_set_new(json, "largest", largest_json(result));
	json_object_set_new(json, "refused", refusals_json(result));
	json_object_set_new(json, "settings", settings_json(result));
	json_object_set_new(json, "cut_short",
		result->cut_short ? json_string(result->cut_short) : json_null());
	return json;
}

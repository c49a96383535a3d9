/* The page of imports. */
#include "besace/panel/import_page.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <talloc.h>

#include "besace/base/memory.h"
#include "besace/base/utf8.h"
#include "besace/discord/markdown.h"
#include "besace/engine/custom_id.h"
#include "besace/store/panel_imports.h"
#include "state.h"

#define FORM "form"
#define YES "yes"
#define NO "no"
#define SUBMIT "file"
#define SOURCE_INPUT "source"
#define FILE_INPUT "file"

/* Characters of a refusal, of which ten stand on the page. */
#define REFUSAL_MAX 120

/* The sources that are files; what an import of our own export brings beside figures (settings,
 * acts of administrators) is the operator's. A job knows them by the same names. */
static const struct select_option sources[] = {
	{.label = "MEE6", .value = "mee6"},
	{.label = "Amari", .value = "amari"},
	{.label = "Polaris", .value = "polaris"},
	{.label = "Lurkr", .value = "lurkr"},
	{.label = "Experienced", .value = "experienced"},
	{.label = "LevelUp (Red)", .value = "levelup"},
	{.label = "Tatsu", .value = "tatsu"},
	{.label = "Arcane (linear)", .value = "arcane linear"},
	{.label = "Arcane (exponential)", .value = "arcane exponential"},
	{.label = "Arcane (flat)", .value = "arcane flat"},
	{.label = "UnbelievaBoat", .value = "unbelievaboat"},
	{.label = "CSV", .value = "csv"},
};

enum act { ACT_SHOW, ACT_FORM, ACT_FILE, ACT_YES, ACT_NO };

struct import_page {
	enum act act;
	enum { STAGE_ACCESS, STAGE_ACT, STAGE_VIEW } stage;
	struct snowflake upload; /* that is answered to */
	struct panel_import_file file; /* that is brought */
	enum text fault; /* of the form, said to those who may import; TEXT_COUNT: none */
};

static enum step begin(
	struct invocation *invocation, const struct import_page *page, struct db_call *out)
{
	invocation->own = must(talloc_memdup(invocation->ctx, page, sizeof(*page)));
	invocation->ephemeral = true;
	invocation->opens_modal = page->act == ACT_FORM;
	settings_read_call(invocation->ctx, &invocation->guild, out);
	return STEP_CALL;
}

enum step panel_import_ask(struct invocation *invocation, struct db_call *out)
{
	return begin(invocation, &(struct import_page){.fault = TEXT_COUNT}, out);
}

enum step panel_import_press_ask(struct invocation *invocation, struct db_call *out)
{
	static const struct {
		const char *action;
		enum act act;
	} rows[] = {{PANEL_IMPORT_OPEN, ACT_SHOW}, {FORM, ACT_FORM}, {YES, ACT_YES}, {NO, ACT_NO}};
	struct custom_id id;
	if (invocation_read_custom_id(invocation, &id))
		for (size_t i = 0; i < ARRAY_LEN(rows); i++)
			if (strcmp(rows[i].action, id.action.text) == 0 &&
				(rows[i].act < ACT_YES || *id.subject.text))
				return begin(invocation,
					&(struct import_page){.act = rows[i].act,
						.upload = id.subject,
						.fault = TEXT_COUNT},
					out);
	return invocation_refuse_text(invocation, TEXT_UNKNOWN_BUTTON);
}

/* ---- The form */

static const char *known_source(const struct submitted_input *input)
{
	for (size_t i = 0; input && input->values.count == 1 && i < ARRAY_LEN(sources); i++)
		if (strcmp(sources[i].value, input->values.texts[0]) == 0)
			return sources[i].value;
	return NULL;
}

static const struct resolved_attachment *sent_file(const struct interaction *in)
{
	const struct submitted_input *input = interaction_field(in, FILE_INPUT);
	struct snowflake id;
	if (!input || input->values.count != 1 || !snowflake_parse(input->values.texts[0], &id))
		return NULL;
	return interaction_attachment(in, &id);
}

enum step panel_import_submit_ask(struct invocation *invocation, struct db_call *out)
{
	const struct resolved_attachment *file = sent_file(invocation->in);
	struct import_page page = {.act = ACT_FILE, .fault = TEXT_COUNT};
	struct custom_id id;
	if (!invocation_read_custom_id(invocation, &id) || strcmp(id.action.text, SUBMIT) != 0)
		return invocation_refuse_text(invocation, TEXT_UNKNOWN_BUTTON);
	page.file.source = known_source(interaction_field(invocation->in, SOURCE_INPUT));
	if (!file || !page.file.source || !*file->url || strlen(file->url) > 2048) {
		page.fault = TEXT_IMPORT_NO_FILE;
	} else {
		size_t length = utf8_prefix(file->filename, 100);
		page.file.filename = must(talloc_strndup(invocation->ctx, file->filename, length));
		page.file.url = file->url;
		if (file->size > PANEL_IMPORT_FILE_MAX)
			page.fault = TEXT_IMPORT_TOO_LARGE;
	}
	return begin(invocation, &page, out);
}

static enum step show_form(struct invocation *invocation)
{
	enum language language = invocation_own_language(invocation);
	struct reply *reply = &invocation->reply;
	*reply = (struct reply){.kind = REPLY_MODAL};
	reply->title = text_get(language, TEXT_IMPORT_FORM_TITLE);
	reply->custom_id =
		invocation_custom_id(invocation, custom_id_make(PANEL_IMPORT_PREFIX, SUBMIT));
	reply_add_label(reply, (struct label){.type = INPUT_SELECT,
				       .label = text_get(language, TEXT_IMPORT_FORM_SOURCE),
				       .select = {.type = SELECT_TEXT,
					       .custom_id = SOURCE_INPUT,
					       .min = 1,
					       .max = 1,
					       .options = sources,
					       .option_count = ARRAY_LEN(sources)}});
	reply_add_label(
		reply, (struct label){.type = INPUT_FILES,
			       .label = text_get(language, TEXT_IMPORT_FORM_FILE),
			       .description = text_get(language, TEXT_IMPORT_FORM_FILE_HINT),
			       .select = {.custom_id = FILE_INPUT, .min = 1, .max = 1}});
	return STEP_REPLY;
}

/* ---- The page */

static void add_button(struct invocation *invocation, enum button_style style, enum text label,
	const char *action, const struct snowflake *upload)
{
	struct custom_id id = custom_id_make(PANEL_IMPORT_PREFIX, action);
	if (upload)
		id.subject = *upload;
	reply_add_button(&invocation->reply,
		(struct button){.style = style,
			.label = text_get(invocation_own_language(invocation), label),
			.custom_id = invocation_custom_id(invocation, id)});
}

/* Why a row was refused or changed, by refusal_word of the reader. */
static enum text why_refused(const char *word)
{
	static const struct {
		const char *word;
		enum text text;
	} rows[] = {{"no_id", TEXT_IMPORT_NO_ID}, {"not_integer", TEXT_IMPORT_NOT_INTEGER},
		{"too_large", TEXT_IMPORT_NUMBER_TOO_LARGE}, {"nan", TEXT_IMPORT_NAN},
		{"bot", TEXT_IMPORT_BOT}, {"no_level", TEXT_IMPORT_NO_LEVEL},
		{"duplicate", TEXT_IMPORT_DUPLICATE}, {"below_level", TEXT_IMPORT_BELOW_LEVEL},
		{"left", TEXT_IMPORT_LEFT}, {"negative", TEXT_IMPORT_NEGATIVE},
		{"name", TEXT_IMPORT_NAME}};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (strcmp(rows[i].word, word) == 0)
			return rows[i].text;
	return TEXT_IMPORT_SHAPE;
}

/* "ligne 12 · 123 · `xp` : …": the figure by the name of its column. */
static char *refusal_line(void *ctx, enum language language, const json_t *refused)
{
	const char *why = json_string_value(json_object_get(refused, "why"));
	const char *user = json_string_value(json_object_get(refused, "user"));
	const char *what = json_string_value(json_object_get(refused, "what"));
	const char *value = json_string_value(json_object_get(refused, "value"));
	bool is_figure = what && !strchr(what, ' ');
	char *cut =
		value ? must(talloc_strndup(ctx, value, utf8_prefix(value, REFUSAL_MAX))) : NULL;
	return text_fill(ctx, language, TEXT_IMPORT_REFUSED_LINE, "line",
		text_number(ctx, language, json_integer_value(json_object_get(refused, "line"))),
		"user", user ? must(talloc_asprintf(ctx, " · %s", user)) : "", "what",
		is_figure ? must(talloc_asprintf(ctx, " · `%s`", what)) : "", "why",
		text_get(language, why_refused(why ? why : "")), "value",
		is_figure && cut
			? must(talloc_asprintf(ctx, " (%s)", markdown_escape(ctx, cut, "—")))
			: "",
		NULL);
}

static void add_plan(struct invocation *invocation, const struct panel_import_plan *plan)
{
	void *ctx = invocation->ctx;
	enum language language = invocation_own_language(invocation);
	char *lines = must(talloc_strdup(ctx, ""));
	const json_t *refused;
	size_t at;
	/* XP never falls: the higher one stays. Newcomers may bring less than one begins with here.
	 */
	const char *change = text_fill(ctx, language,
		plan->balance < 0 ? TEXT_IMPORT_PLAN_LESS : TEXT_IMPORT_PLAN_MORE, "xp",
		text_number(ctx, language, plan->xp), "balance",
		text_number(ctx, language, llabs(plan->balance)), NULL);
	reply_add_text(&invocation->reply,
		text_fill(ctx, language, TEXT_IMPORT_PLAN, "members",
			text_number(ctx, language, plan->members), "rows",
			text_number(ctx, language, plan->rows), "created",
			text_number(ctx, language, plan->created), "changed",
			text_number(ctx, language, plan->changed), "change", change, NULL));
	json_array_foreach (plan->refused, at, refused) {
		lines = must(talloc_asprintf_append(
			lines, "%s• %s", at ? "\n" : "", refusal_line(ctx, language, refused)));
	}
	if (plan->refused_count > 0)
		reply_add_text(
			&invocation->reply, text_fill(ctx, language, TEXT_IMPORT_REFUSED, "count",
						    text_number(ctx, language, plan->refused_count),
						    "lines", lines, NULL));
	if (plan->erased > 0)
		reply_add_text(&invocation->reply,
			text_fill(ctx, language, TEXT_IMPORT_ERASED, "count",
				text_number(ctx, language, plan->erased), NULL));
	if (plan->was_done)
		reply_add_text(&invocation->reply, text_get(language, TEXT_IMPORT_WAS_DONE));
}

/* WHY is one of the words of the job, with a line of the file behind it where it has one. */
static const char *why_words(const struct invocation *invocation, const char *why)
{
	static const struct {
		const char *word;
		enum text text;
	} rows[] = {{"@host", TEXT_IMPORT_WHY_HOST}, {"@large", TEXT_IMPORT_TOO_LARGE},
		{"@fetch", TEXT_IMPORT_WHY_FETCH}, {"@file", TEXT_IMPORT_WHY_FILE},
		{"@source", TEXT_IMPORT_NO_FILE}, {"@shape", TEXT_IMPORT_WHY_SHAPE},
		{"@empty", TEXT_IMPORT_WHY_EMPTY}, {"@refused", TEXT_IMPORT_WHY_REFUSED},
		{"@undoing", TEXT_IMPORT_WHY_UNDOING}};
	size_t length = strcspn(why, " ");
	enum language language = invocation_own_language(invocation);
	enum text text = TEXT_IMPORT_WHY_FAILED;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (strncmp(rows[i].word, why, length) == 0 && rows[i].word[length] == '\0')
			text = rows[i].text;
	return text_fill(invocation->ctx, language, text, "line",
		text_number(invocation->ctx, language, strtoll(why + length, NULL, 10)), NULL);
}

/* What is said of the state of IMPORT. */
static const char *state_words(
	const struct invocation *invocation, const struct panel_import *import)
{
	void *ctx = invocation->ctx;
	enum language language = invocation_own_language(invocation);
	char *time = must(talloc_asprintf(ctx, "<t:%" PRId64 ":R>", import->changed_s));
	switch (import->state) {
	case PANEL_IMPORT_NONE:
	case PANEL_IMPORT_PLANNED:
		break;
	case PANEL_IMPORT_FETCHING:
		return text_get(language, TEXT_IMPORT_FETCHING);
	case PANEL_IMPORT_PLANNING:
		return text_get(language, TEXT_IMPORT_PLANNING);
	case PANEL_IMPORT_RUNNING:
		return text_fill(ctx, language, TEXT_IMPORT_RUNNING, "done",
			text_number(ctx, language, import->done), "total",
			/* Until a process has begun, only the plan knows. */
			text_number(ctx, language,
				import->total > 0 ? import->total : import->plan.members),
			NULL);
	case PANEL_IMPORT_IMPORTED:
		return text_fill(ctx, language, TEXT_IMPORT_IMPORTED, "time", time, "number",
			must(talloc_asprintf(ctx, "%" PRId64, import->number)), NULL);
	case PANEL_IMPORT_FAILED:
		return text_fill(ctx, language, TEXT_IMPORT_FAILED, "why",
			why_words(invocation, import->why), NULL);
	case PANEL_IMPORT_CANCELLED:
		return text_fill(ctx, language, TEXT_IMPORT_CANCELLED, "time", time, NULL);
	}
	return NULL;
}

const char *import_source_label(const char *source)
{
	for (size_t i = 0; i < ARRAY_LEN(sources); i++)
		if (strcmp(sources[i].value, source) == 0)
			return sources[i].label;
	return source;
}

/* The file's own line. */
static char *file_words(const struct invocation *invocation, const struct panel_import *import)
{
	void *ctx = invocation->ctx;
	/* In a code span only a backtick ends it. */
	char *file = must(talloc_strdup(ctx, import->filename));
	for (char *at = file; *at; at++)
		if (*at == '`' || (unsigned char)*at < ' ')
			*at = '_';
	bool is_erased = strcmp(import->actor, "0") == 0;
	return text_fill(ctx, invocation_own_language(invocation), TEXT_IMPORT_OF, "file",
		*file ? file : "—", "source", import_source_label(import->source), "member",
		is_erased ? "—" : must(talloc_asprintf(ctx, "<@%s>", import->actor)), NULL);
}

static bool is_running(enum panel_import_state state)
{
	return state == PANEL_IMPORT_FETCHING || state == PANEL_IMPORT_PLANNING ||
	       state == PANEL_IMPORT_RUNNING;
}

static void add_buttons(struct invocation *invocation, const struct panel_import *import)
{
	if (is_running(import->state)) {
		add_button(
			invocation, BUTTON_PRIMARY, TEXT_IMPORT_REFRESH, PANEL_IMPORT_OPEN, NULL);
	} else if (import->state == PANEL_IMPORT_PLANNED) {
		add_button(invocation, BUTTON_SUCCESS, TEXT_IMPORT_YES, YES, &import->upload);
		add_button(invocation, BUTTON_SECONDARY, TEXT_CANCEL, NO, &import->upload);
	} else {
		add_button(invocation, BUTTON_PRIMARY, TEXT_IMPORT_CHOOSE, FORM, NULL);
	}
	struct custom_id home = custom_id_make(PANEL_PREFIX, "open");
	home.number = 0;
	home.word = custom_id_word("home");
	reply_add_button(&invocation->reply,
		(struct button){.style = BUTTON_SECONDARY,
			.label = text_get(invocation_own_language(invocation), TEXT_PAGE_HOME),
			.custom_id = invocation_custom_id(invocation, home)});
}

static enum step show(struct invocation *invocation, const struct db_rows *rows)
{
	enum language language = invocation_own_language(invocation);
	struct panel_import import;
	if (panel_import_view_read(invocation->ctx, rows, &import))
		return STEP_BROKEN;
	panel_open_reply(invocation);
	reply_add_text(&invocation->reply, text_get(language, TEXT_IMPORT_TITLE));
	reply_add_text(&invocation->reply, text_get(language, TEXT_IMPORT_INTRO));
	if (import.state != PANEL_IMPORT_NONE)
		reply_add_text(&invocation->reply, file_words(invocation, &import));
	if (import.has_plan)
		add_plan(invocation, &import.plan);
	const char *state = state_words(invocation, &import);
	if (state)
		reply_add_text(&invocation->reply, state);
	add_buttons(invocation, &import);
	return STEP_REPLY;
}

/* ---- The flow */

static enum step view(struct invocation *invocation, struct import_page *page)
{
	page->stage = STAGE_VIEW;
	panel_import_view_call(invocation->ctx, &invocation->guild, &invocation->call);
	return STEP_CALL;
}

static enum step act(struct invocation *invocation, struct import_page *page)
{
	if (page->fault != TEXT_COUNT)
		return invocation_refuse_text(invocation, page->fault);
	page->stage = STAGE_ACT;
	switch (page->act) {
	case ACT_SHOW:
		return view(invocation, page);
	case ACT_FORM:
		return show_form(invocation);
	case ACT_FILE:
		panel_import_start_call(invocation->ctx, &invocation->in->id, &invocation->asker,
			&page->file, &invocation->call);
		break;
	case ACT_YES:
	case ACT_NO:
		panel_import_answer_call(invocation->ctx, &invocation->in->id, &invocation->asker,
			&page->upload, page->act == ACT_YES, &invocation->call);
		break;
	}
	return STEP_CALL;
}

static enum step check_access(
	struct invocation *invocation, struct import_page *page, const struct db_rows *rows)
{
	struct panel panel = {0};
	enum text refusal;
	if (settings_read(invocation->ctx, rows, &panel.state))
		return STEP_BROKEN;
	if (!access_check(invocation, &panel, &refusal))
		return invocation_refuse_text(invocation, refusal);
	return act(invocation, page);
}

enum step panel_import_step(struct invocation *invocation, const struct db_rows *rows)
{
	struct import_page *page = invocation->own;
	enum panel_import_result result;
	switch (page->stage) {
	case STAGE_ACCESS:
		return check_access(invocation, page, rows);
	case STAGE_ACT:
		if (panel_import_outcome_read(invocation->ctx, rows, &result))
			return STEP_BROKEN;
		if (result != PANEL_IMPORT_DONE)
			return invocation_refuse_text(invocation,
				result == PANEL_IMPORT_REFUSED_GONE ? TEXT_IMPORT_GONE
								    : TEXT_IMPORT_IS_RUNNING);
		return view(invocation, page);
	case STAGE_VIEW:
		break;
	}
	return show(invocation, rows);
}

/* What administrators did, and undoing it. */
#include "admin_journal.h"

#include <inttypes.h>
#include <string.h>
#include <talloc.h>

#include "besace/base/memory.h"
#include "besace/discord/markdown.h"
#include "besace/engine/invocation.h"
#include "besace/panel/import_told.h"
#include "besace/store/admin.h"

#define PAGE_ACTS 10

/* Where a button that reverses an act stands: afterwards the journal is shown, or a sentence. */
#define FROM_JOURNAL "journal"

/* A press under way. */
struct journal {
	int64_t before; /* which page; 0: the latest */
	const char *notice; /* above it, or NULL */
};

struct button admin_undo_button(struct invocation *invocation, int64_t audit, const char *from)
{
	struct custom_id id = custom_id_make(ADMIN_PREFIX, "undo");
	id.number = audit;
	id.word = custom_id_word(from);
	return (struct button){.style = BUTTON_SECONDARY,
		.label = text_get(invocation_own_language(invocation), TEXT_ADMIN_JOURNAL_UNDO),
		.emoji = "↩️",
		.custom_id = invocation_custom_id(invocation, id)};
}

static void ask_page(struct invocation *invocation, int64_t before, struct db_call *out)
{
	struct journal *journal = invocation->own;
	if (!journal)
		journal = must(talloc_zero(invocation->ctx, struct journal));
	journal->before = before;
	invocation->own = journal;
	admin_journal_call(invocation->ctx, &invocation->guild, before, PAGE_ACTS + 1, out);
}

static enum step ask(struct invocation *invocation, struct db_call *out)
{
	ask_page(invocation, 0, out);
	return STEP_CALL;
}

static char *signed_number(void *ctx, enum language language, int64_t amount)
{
	char *digits = text_number(ctx, language, amount < 0 ? -amount : amount);
	return must(talloc_asprintf(ctx, "%s%s", amount < 0 ? "−" : "+", digits));
}

/* Why it was done. An act that reverses another has no reason of its own. */
static char *reason_of(void *ctx, enum language language, const struct admin_entry *entry)
{
	if (!entry->undoes)
		return markdown_escape(ctx, entry->reason, "?");
	return text_fill(ctx, language, TEXT_ADMIN_JOURNAL_UNDOES, "audit",
		must(talloc_asprintf(ctx, "%" PRId64, entry->undoes)), NULL);
}

static char *line_of(
	struct invocation *invocation, enum language language, const struct admin_entry *entry)
{
	void *ctx = invocation->ctx;
	const char *actor = entry->actor_name ? markdown_escape(ctx, entry->actor_name, "?")
					      : text_get(language, TEXT_PANEL_OPERATOR);
	if (entry->import)
		return import_told_line(ctx, language, entry->import, actor, entry->at_s);
	return text_fill(ctx, language, TEXT_ADMIN_JOURNAL_LINE, "target",
		markdown_escape(ctx, entry->target_name, entry->target.text), "amount",
		signed_number(ctx, language, entry->amount), "what",
		admin_name_of(language, entry->what), "audit",
		must(talloc_asprintf(ctx, "%" PRId64, entry->audit)), "actor", actor, "time",
		must(talloc_asprintf(ctx, "<t:%" PRId64 ":R>", entry->at_s)), "reason",
		reason_of(ctx, language, entry), NULL);
}

static void add_entries(struct invocation *invocation, enum language language,
	const struct admin_entry *entries, size_t count)
{
	for (size_t i = 0; i < count && i < PAGE_ACTS; i++) {
		if (entries[i].import) { /* taken back by besacectl alone */
			reply_add_text(
				&invocation->reply, line_of(invocation, language, &entries[i]));
			continue;
		}
		struct button button =
			admin_undo_button(invocation, entries[i].audit, FROM_JOURNAL);
		button.emoji = NULL;
		button.disabled =
			entries[i].undone || entries[i].undoes || !*entries[i].target.text;
		if (entries[i].undone)
			button.label = text_get(language, TEXT_ADMIN_JOURNAL_UNDONE);
		reply_add_section(&invocation->reply,
			(struct section){.texts = {line_of(invocation, language, &entries[i])},
				.button = button});
	}
	if (count <= PAGE_ACTS)
		return;
	struct custom_id id = custom_id_make(ADMIN_PREFIX, "journal");
	id.number = entries[PAGE_ACTS - 1].audit;
	reply_add_button(
		&invocation->reply, (struct button){.style = BUTTON_SECONDARY,
					    .label = text_get(language, TEXT_ADMIN_JOURNAL_OLDER),
					    .custom_id = invocation_custom_id(invocation, id)});
}

static enum step answer(struct invocation *invocation, const struct db_rows *rows)
{
	const struct journal *journal = invocation->own;
	struct admin_entry *entries;
	size_t count;
	if (admin_journal_read(invocation->ctx, rows, &entries, &count))
		return STEP_BROKEN;
	bool pressed = invocation->pressed;
	enum language language = invocation_open_reply(invocation, true);
	const char *below = journal->notice ? journal->notice
			    : count == 0    ? text_get(language, TEXT_ADMIN_JOURNAL_EMPTY)
					    : "";
	if (pressed)
		invocation->reply.kind = REPLY_UPDATE;
	invocation->reply.colour = COLOUR_LEATHER;
	reply_add_text(&invocation->reply,
		must(talloc_asprintf(invocation->ctx, "%s%s%s",
			text_get(language, TEXT_ADMIN_JOURNAL_TITLE), *below ? "\n" : "", below)));
	add_entries(invocation, language, entries, count);
	return STEP_REPLY;
}

/* ---- Presses */

enum step admin_press_ask(struct invocation *invocation, struct db_call *out)
{
	struct custom_id id;
	if (!invocation_read_custom_id(invocation, &id) || id.number < 1)
		return invocation_refuse_text(invocation, TEXT_UNKNOWN_BUTTON);
	if (strcmp(id.action.text, "journal") == 0) {
		invocation->answer = answer;
		ask_page(invocation, id.number, out);
		return STEP_CALL;
	}
	if (strcmp(id.action.text, "undo") != 0)
		return invocation_refuse_text(invocation, TEXT_UNKNOWN_BUTTON);
	admin_undo_call(invocation->ctx, &invocation->in->id, &invocation->asker, id.number, out);
	return STEP_CALL;
}

static char *undone_words(
	const struct invocation *invocation, const struct admin_undone *undone, int64_t audit)
{
	void *ctx = invocation->ctx;
	enum language language = invocation_own_language(invocation);
	return text_fill(ctx, language, TEXT_ADMIN_UNDO_DONE, "audit",
		must(talloc_asprintf(ctx, "%" PRId64, audit)), "target",
		markdown_escape(ctx, undone->username, "?"), "now",
		text_number(ctx, language, undone->now), "what",
		admin_name_of(language, undone->what), NULL);
}

enum step admin_press_answer(struct invocation *invocation, const struct db_rows *rows)
{
	static const enum text refusals[ADMIN_UNDO_COUNT] = {
		[ADMIN_UNDO_UNKNOWN] = TEXT_ADMIN_UNDO_UNKNOWN_TEXT,
		[ADMIN_UNDO_UNDONE] = TEXT_ADMIN_UNDO_UNDONE_TEXT,
		[ADMIN_UNDO_IS_UNDO] = TEXT_ADMIN_UNDO_IS_UNDO_TEXT,
		[ADMIN_UNDO_SHORT] = TEXT_ADMIN_UNDO_SHORT_TEXT,
		[ADMIN_UNDO_FULL] = TEXT_ADMIN_UNDO_FULL_TEXT};
	struct custom_id id;
	struct admin_undone undone;
	if (!invocation_read_custom_id(invocation, &id) ||
		admin_undo_read(invocation->ctx, rows, &undone))
		return STEP_BROKEN;
	if (undone.result != ADMIN_UNDO_DONE)
		return invocation_refuse_text(invocation, refusals[undone.result]);
	char *words = undone_words(invocation, &undone, id.number);
	if (strcmp(id.word.text, FROM_JOURNAL) == 0) {
		struct journal *journal = must(talloc_zero(invocation->ctx, struct journal));
		journal->notice = must(talloc_asprintf(journal, "✅ %s", words));
		invocation->own = journal;
		invocation->answer = answer;
		ask_page(invocation, 0, &invocation->call);
		return STEP_CALL;
	}
	enum language language = invocation_open_reply(invocation, true);
	invocation->reply.kind = REPLY_UPDATE;
	invocation->reply.colour = COLOUR_SUCCESS;
	invocation->reply.title = text_get(language, TEXT_ADMIN_UNDO_TITLE);
	invocation->reply.description = words;
	return STEP_REPLY;
}

const struct command admin_journal = {
	.type = COMMAND_CHAT_INPUT,
	.name = TEXT_ADMIN_JOURNAL_NAME,
	.description = TEXT_ADMIN_JOURNAL_DESCRIPTION,
	.ephemeral = true,
	.ask = ask,
	.answer = answer,
};

/* /mes-donnees: what is kept of a member, as a file, and forgetting them after a question. */
#include <inttypes.h>
#include <string.h>
#include <talloc.h>

#include "besace/base/memory.h"
#include "besace/engine/command.h"
#include "besace/engine/custom_id.h"
#include "besace/engine/invocation.h"
#include "besace/store/my_data.h"

/* Custom ids: the owner is who asked, the time when the question was put. */
#define PREFIX "donnees"
#define ASK "ask"
#define YES "yes"
#define NO "no"

/* How old a question may be that is answered by Yes: as long as a private message can be changed.
 */
#define QUESTION_S 900

static struct button button(const struct invocation *invocation, enum button_style style,
	enum text label, const char *action)
{
	struct custom_id id = custom_id_make(PREFIX, action);
	id.owner = invocation->in->user.id;
	if (strcmp(action, YES) == 0)
		id.time = invocation->seen_ms / 1000;
	return (struct button){.style = style,
		.label = text_get(invocation_own_language(invocation), label),
		.custom_id = invocation_custom_id(invocation, id)};
}

/* ---- The file */

static enum step ask(struct invocation *invocation, struct db_call *out)
{
	my_data_call(invocation->ctx, &invocation->asker, out);
	return STEP_CALL;
}

static enum step answer(struct invocation *invocation, const struct db_rows *rows)
{
	struct my_data data;
	if (my_data_read(invocation->ctx, rows, &data))
		return STEP_BROKEN;
	if (!data.file) {
		invocation_refuse_text(invocation, TEXT_DATA_NOTHING);
		return STEP_REFUSED;
	}
	enum language language = invocation_open_reply(invocation, true);
	struct reply *reply = &invocation->reply;
	reply->colour = COLOUR_LEATHER;
	reply->title = text_get(language, TEXT_DATA_TITLE);
	reply->description = text_get(language, TEXT_DATA_TEXT);
	reply->file = (struct attachment){
		text_get(language, TEXT_DATA_FILE), {data.file, strlen(data.file), CONTENT_JSON}};
	if (!data.is_whole)
		reply_add_text(reply, text_get(language, TEXT_DATA_PART));
	reply_add_button(reply, button(invocation, BUTTON_DANGER, TEXT_DATA_ERASE, ASK));
	return STEP_REPLY;
}

/* ---- Forgetting */

/* The action of the press; NULL when it is none of this command's, and "" when it is not theirs. */
static const char *action_of(const struct invocation *invocation, int64_t *out_time)
{
	static const char *const actions[] = {ASK, YES, NO};
	struct custom_id id;
	if (!invocation_read_custom_id(invocation, &id) || !*id.owner.text)
		return NULL;
	if (!snowflake_equal(&id.owner, &invocation->in->user.id))
		return "";
	*out_time = id.time;
	for (size_t i = 0; i < ARRAY_LEN(actions); i++)
		if (strcmp(actions[i], id.action.text) == 0)
			return actions[i];
	return NULL;
}

static enum step keep(struct invocation *invocation)
{
	enum language language = invocation_open_reply(invocation, true);
	invocation->reply.kind = REPLY_UPDATE;
	invocation->reply.title = text_get(language, TEXT_DATA_KEPT_TITLE);
	invocation->reply.description = text_get(language, TEXT_DATA_KEPT);
	return STEP_REPLY;
}

static enum step press_ask(struct invocation *invocation, struct db_call *out)
{
	int64_t asked_s;
	const char *action = action_of(invocation, &asked_s);
	invocation->ephemeral = true;
	if (!action)
		return invocation_refuse_text(invocation, TEXT_UNKNOWN_BUTTON);
	if (!*action)
		return invocation_refuse_text(invocation, TEXT_NOT_YOURS);
	if (strcmp(action, NO) == 0)
		return keep(invocation);
	if (strcmp(action, ASK) == 0) {
		invocation_answer_anew(invocation);
		leave_view_call(invocation->ctx, &invocation->asker, out);
		return STEP_CALL;
	}
	/* By the seconds alone, which are signed: a replay gets the same answer. */
	if (asked_s < 0 || invocation->seen_ms / 1000 - asked_s > QUESTION_S)
		return invocation_refuse_text(invocation, TEXT_DATA_TOO_LATE);
	leave_call(invocation->ctx, &invocation->in->id, &invocation->asker, out);
	return STEP_CALL;
}

/* What is said of backups. */
static char *backups(const struct invocation *invocation, enum language language, int64_t until_s)
{
	if (!until_s)
		return must(
			talloc_strdup(invocation->ctx, text_get(language, TEXT_DATA_NO_BACKUPS)));
	return text_fill(invocation->ctx, language, TEXT_DATA_BACKUPS, "date",
		must(talloc_asprintf(invocation->ctx, "<t:%" PRId64 ":D>", until_s)), NULL);
}

static enum step answer_question(struct invocation *invocation, const struct db_rows *rows)
{
	void *ctx = invocation->ctx;
	struct leave_view view;
	bool is_known;
	if (leave_view_read(ctx, rows, &view, &is_known))
		return STEP_BROKEN;
	if (!is_known || view.is_open) {
		invocation_refuse_text(invocation, is_known ? TEXT_DATA_OPEN : TEXT_DATA_NOTHING);
		return STEP_REFUSED;
	}
	enum language language = invocation_open_reply(invocation, true);
	struct reply *reply = &invocation->reply;
	reply->colour = COLOUR_WAITING;
	reply->title = text_get(language, TEXT_DATA_ASK_TITLE);
	reply->description = must(talloc_asprintf(ctx, "%s\n\n%s\n%s",
		text_fill(ctx, language, TEXT_DATA_ASK, "amount",
			text_number(ctx, language, view.balance), "level",
			text_number(ctx, language, view.level), "xp",
			text_number(ctx, language, view.xp), "items",
			text_number(ctx, language, view.items), NULL),
		text_fill(ctx, language, TEXT_DATA_ASK_MORE, NULL),
		backups(invocation, language, view.until_s)));
	reply_add_button(reply, button(invocation, BUTTON_DANGER, TEXT_DATA_YES, YES));
	reply_add_button(reply, button(invocation, BUTTON_SECONDARY, TEXT_DATA_NO, NO));
	return STEP_REPLY;
}

static enum step press_answer(struct invocation *invocation, const struct db_rows *rows)
{
	void *ctx = invocation->ctx;
	int64_t asked_s;
	const char *action = action_of(invocation, &asked_s);
	struct left left;
	if (!action)
		return STEP_BROKEN;
	if (strcmp(action, ASK) == 0)
		return answer_question(invocation, rows);
	if (leave_read(ctx, rows, &left))
		return STEP_BROKEN;
	if (left.result != LEAVE_DONE) {
		invocation_refuse_text(
			invocation, left.result == LEAVE_OPEN ? TEXT_DATA_OPEN : TEXT_DATA_NOTHING);
		return STEP_REFUSED;
	}
	enum language language = invocation_open_reply(invocation, true);
	invocation->reply.kind = REPLY_UPDATE;
	invocation->reply.colour = COLOUR_SUCCESS;
	invocation->reply.title = text_get(language, TEXT_DATA_GONE_TITLE);
	invocation->reply.description = must(talloc_asprintf(ctx, "%s\n%s",
		text_get(language, TEXT_DATA_GONE), backups(invocation, language, left.until_s)));
	return STEP_REPLY;
}

const struct command command_mes_donnees = {
	.type = COMMAND_CHAT_INPUT,
	.name = TEXT_DATA_NAME,
	.description = TEXT_DATA_DESCRIPTION,
	.ephemeral = true,
	.ask = ask,
	.answer = answer,
	.button_prefix = PREFIX,
	.press_ask = press_ask,
	.press_answer = press_answer,
};

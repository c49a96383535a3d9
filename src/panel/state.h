/* A request under way. */
#pragma once

#include "besace/domain/channel_permissions.h"
#include "besace/panel/panel.h"
#include "besace/store/roles.h"
#include "words.h"

/* The call whose rows come next. */
enum panel_stage {
	STAGE_STATE, /* before anything is done */
	STAGE_UNDO, /* what would come back */
	STAGE_OUTCOME, /* of a change */
	STAGE_CHANGED, /* the state after it */
	STAGE_LATEST, /* the latest change, for the first page */
	STAGE_HISTORY,
	STAGE_RUN, /* how far giving roles is, for the page of rewards */
	STAGE_RUN_OUTCOME,
	STAGE_RETRIED, /* rewards that were blocked */
	STAGE_LEFT, /* the message that followed a run shows something else */
	STAGE_ENTITLED, /* who has the level of a reward that was added */
	STAGE_ROLES_KEPT, /* what Discord told when it was asked */
	STAGE_RENEWED, /* the web page has another address */
};

struct panel {
	struct panel_request request;
	enum panel_stage stage;
	struct settings_state *state;
	struct settings_history undo; /* what would come back, of PANEL_UNDO */
	struct settings_outcome outcome;
	struct role_run run; /* of the page of rewards */
	struct snowflake entitled_role; /* the reward that was added; empty: none */
	int32_t entitled; /* members who have its level already */
	struct question *questions; /* for Discord, with their answers; NULL: it was not asked */
	size_t question_count;
	bool roles_told; /* and put into the state, with Besace's own: */
	struct role_holder self;
	struct snowflake *left_out; /* channels that were not asked for: there were too many */
	size_t left_out_count;
	const char *notice; /* above the page, or NULL */
};

/* What setting_words and its like need, in the member's language. */
struct words panel_words(const struct invocation *invocation, const struct panel *panel);

/* The custom id of a button. */
struct custom_id panel_id(const struct panel *panel, const char *action, const char *word);

/* Starts invocation->reply: the panel's message, or its update. */
void panel_open_reply(struct invocation *invocation);

/* Writes what is requested: a change, or one that is taken back. */
enum step panel_change(struct invocation *invocation, struct panel *panel);

/* ---- What a page shows */

/* Makes the page of the request; HISTORY is that of the latest change, for the first page. */
void page_show(struct invocation *invocation, const struct panel *panel,
	const struct settings_history *history);

/* Adds the buttons that lead to the guild's web page and give it another address. */
void add_web_page(struct invocation *invocation, const struct panel *panel);

/* Goes on when it has one. */
enum step web_page_renewed(
	struct invocation *invocation, struct panel *panel, const struct db_rows *rows);

/* Makes the form of the request's section. False when there is none. */
bool form_show(struct invocation *invocation, const struct panel *panel);

/* Reads a form that was sent into REQUEST. False when it is none. */
bool form_read(
	const struct invocation *invocation, const char *word, struct panel_request *request);

/* The changes that RESET makes, or says that there are none. */
void reset_show(struct invocation *invocation, const struct panel *panel);

/* Shows the announcement of an example as the guild has set it, to the member who asks alone. */
void trial_show(struct invocation *invocation, const struct panel *panel);

void history_show(struct invocation *invocation, const struct panel *panel,
	const struct settings_history *history);

/* "✅ setting: old → new", a line a change. */
char *changes_words(const struct words *words, const struct settings_outcome *outcome);

/* ---- Checks */

/* Whether the member may do what is requested; else says why not in *out. */
bool access_check(const struct invocation *invocation, const struct panel *panel, enum text *out);

/* Whether the member owns the guild, as far as that is known. */
bool is_owner(const struct invocation *invocation, const struct panel *panel);

/* Whether a reward is added, or brought back. */
bool adds_reward(const struct panel *panel);

/* What is wrong with the rewards among the changes, or NULL. */
const char *rewards_fault(const struct invocation *invocation, const struct panel *panel);

/* A sentence for whatever does not work, a line each; "" when all does. */
char *problems(const struct words *words, const struct snowflake *guild);

/* Adds PROBLEM to LIST. */
char *add_problem(const struct words *words, char *list, const char *problem);

/* The most problems of one kind that are said in full: a role of Besace's that was moved down is a
 * problem of each reward, and a message takes 4,000 characters. */
#define PROBLEMS_OF_A_KIND 6

/* Adds PROBLEM, the NUMBERth of its kind from 1 on, if so many are said. */
char *add_problem_of(const struct words *words, char *list, size_t number, const char *problem);

/* Adds how many of the COUNT problems of a kind were not said. */
char *add_rest(const struct words *words, char *list, size_t count);

/* The page on which ID stands as a channel or place; SETTINGS_PAGE_COUNT: on none. */
enum settings_page page_of_channel(const struct settings_state *state, const struct snowflake *id);

/* Whether somebody told that ID, which is set, was deleted. */
bool is_known_gone(const struct settings_state *state, const struct snowflake *id);

/* Why the change was refused. */
char *refusal_words(const struct words *words, const struct settings_outcome *outcome);

/* VALUE's JSON as a change of it. */
json_t *changes_json(const struct panel_request *request);

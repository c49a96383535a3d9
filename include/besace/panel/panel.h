/*
 * The panel of settings: one private message whose state is in its ids and the database alone.
 *
 * Whatever is asked of it (a sub-command, a press, a select, a form) becomes a request; the flow is
 * the same for all: read the whole state, check who asks, do, and show the page anew. What a page
 * shows and changes is rows (panel/table.h).
 */
#pragma once

#include <stdint.h>

#include "besace/domain/settings.h"
#include "besace/engine/invocation.h"
#include "besace/store/settings.h"

/* The `button_prefix` of its command. */
#define PANEL_PREFIX "reglages"

/* The first page, beside those of enum settings_page. */
#define PANEL_HOME SETTINGS_PAGE_COUNT

/* The most changes of a request: /reglages acces and the fields of a form have five. */
#define PANEL_CHANGES_MAX 8

/* The most days of a rate that ends. */
#define RATE_DAYS_MAX 365

enum panel_act {
	PANEL_SHOW, /* page */
	PANEL_FORM, /* section */
	PANEL_CHANGE, /* changes */
	PANEL_RESET_ASK, /* page */
	PANEL_RESET, /* page */
	PANEL_UNDO, /* audit */
	PANEL_HISTORY, /* list */
	PANEL_CHECK,
	PANEL_APPLY, /* gives the rewards to whoever has their level */
	PANEL_STOP, /* stops that */
	PANEL_TRY, /* shows an announcement */
	PANEL_RENEW, /* gives the guild's web page another address */
};

/* A setting and what it shall become. */
struct panel_change {
	struct setting_key key;
	struct setting_value value; /* KEY_SETTING, KEY_GAME */
	struct zone zone; /* KEY_ZONE */
	struct role_reward reward; /* KEY_REWARD */
	bool removed; /* zones and rewards: it shall not be there */
};

struct panel_request {
	enum panel_act act;
	enum settings_page page;
	int64_t list; /* page of a list, from 0; PANEL_HISTORY: before this change, 0: the latest */
	int64_t version; /* under which the form was opened */
	int64_t audit;
	struct snowflake role; /* PANEL_APPLY: that alone; empty: all rewards */
	bool to_history; /* PANEL_UNDO: the history is shown then, not the page */
	const char *section; /* its word, or that of a game's type */
	struct panel_change changes[PANEL_CHANGES_MAX];
	size_t change_count;
	/* What is wrong with the request itself, told only to those who may change settings. */
	const char *refusal;
};

/* Begins REQUEST, which is copied. STEP_CALL. */
enum step panel_ask(
	struct invocation *invocation, const struct panel_request *request, struct db_call *out);

/* Goes on; the `answer` of all of them. */
answer_fn panel_answer;

/* Its buttons and selects, and its forms. */
ask_fn panel_press_ask;
ask_fn panel_submit_ask;

/* Adds a change to REQUEST; a value that is not in its range becomes its refusal. */
void panel_add(const struct invocation *invocation, struct panel_request *request,
	const struct panel_change *change);

/* A change of SETTING to a number. */
struct panel_change panel_number(enum setting_id setting, int64_t number);

/* The chosen channel CHANNEL as the place of announcements: what is wrong with it, or NULL. */
const char *panel_channel_fault(
	const struct invocation *invocation, const struct snowflake *channel);

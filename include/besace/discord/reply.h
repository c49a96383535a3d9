/*
 * What is answered to an interaction, and the JSON of it.
 *
 * A reply is plain data that commands fill in; rendering enforces Discord's limits (texts that are
 * too long are cut, with an ellipsis) and adds what every reply carries: no mention pings anybody
 * but `notified`. The same reply always renders to the same bytes.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Discord's numbers of the callback types. */
enum reply_kind {
	REPLY_PONG = 1,
	REPLY_MESSAGE = 4, /* a new message */
	REPLY_DEFERRED = 5, /* "is thinking…": the message follows */
	REPLY_DEFERRED_UPDATE = 6, /* nothing visible: the update follows */
	REPLY_UPDATE = 7, /* the message that was pressed on changes */
	REPLY_CHOICES = 8, /* autocomplete */
	REPLY_MODAL = 9, /* a form; must be the first answer, so only `ask` may give it */
};

/* Colours of rules.md. Never the only sign of a state. */
enum colour {
	COLOUR_NEUTRAL = 0x5865F2,
	COLOUR_SUCCESS = 0x57F287,
	COLOUR_FAILURE = 0xED4245,
	COLOUR_WAITING = 0xFEE75C,
	COLOUR_GOLD = 0xFFD700,
	COLOUR_MONEY = 0x3498DB,
};

enum button_style { BUTTON_PRIMARY = 1, BUTTON_SECONDARY, BUTTON_SUCCESS, BUTTON_DANGER };

struct button {
	enum button_style style;
	const char *label; /* cut at 80 characters */
	const char *emoji; /* one Unicode emoji, or NULL */
	const char *custom_id; /* at most LIMIT_CUSTOM_ID characters, none twice in a message */
	bool disabled;
	bool new_row; /* starts a row, even if the one before has room */
};

struct field {
	const char *name; /* cut at 256 */
	const char *value; /* cut at 1024 */
	bool beside; /* shown beside the previous one */
};

/* One value that autocomplete suggests. */
struct choice {
	const char *name; /* shown; cut at 100 */
	const char *text; /* the value of a STRING, at most 100 characters; NULL: the number is */
	int64_t number;
};

/* One text field of a modal. */
struct text_input {
	const char *custom_id; /* at most LIMIT_CUSTOM_ID characters */
	const char *label; /* cut at 45 */
	const char *about; /* cut at 100, or NULL */
	const char *placeholder; /* cut at 100, or NULL */
	const char *value; /* what stands in it at first, or NULL */
	unsigned least, most; /* characters, up to 4000; most 0: Discord's own limit */
	bool paragraph; /* several lines */
	bool optional;
};

/* Discord's most buttons in a row, rows of a message, and both together. */
#define REPLY_ROW_BUTTONS_MOST 5
#define REPLY_ROWS_MOST 5
#define REPLY_BUTTONS_MOST (REPLY_ROW_BUTTONS_MOST * REPLY_ROWS_MOST)
/* Discord's most values that autocomplete suggests. */
#define REPLY_CHOICES_MOST 25
/* Discord's most fields of a modal. */
#define REPLY_INPUTS_MOST 5
/* Discord's most fields of an embed. */
#define REPLY_FIELDS_MOST 25

/* One embed and its buttons, or a modal, or choices. All texts are borrowed and must outlive the
 * rendering. */
struct reply {
	enum reply_kind kind;
	bool is_private; /* ephemeral: only the one who asked sees it */
	/* The id of the only member whom the message mentions and notifies, or NULL. Discord
	 * notifies for new messages only. */
	const char *notified;
	const char *title; /* cut at 256; a modal's at 45 */
	/* Cut at 4096, and where the embed's texts together would pass 6000. */
	const char *description;
	enum colour colour;
	size_t field_count;
	struct field fields[REPLY_FIELDS_MOST];
	const char *footer; /* cut at 2048 */
	size_t button_count;
	struct button buttons[REPLY_BUTTONS_MOST];

	/* REPLY_CHOICES only. */
	size_t choice_count;
	struct choice choices[REPLY_CHOICES_MOST];

	/* REPLY_MODAL only: its custom id is as a button's, its title is the reply's. */
	const char *custom_id;
	size_t input_count;
	struct text_input inputs[REPLY_INPUTS_MOST];
};

/* Beyond a maximum above, or with a custom id or a value that is too long or empty, these add
 * nothing and note a defect (base/defect.h): what a command adds is bounded by its rules. */
void reply_add_field(struct reply *reply, const char *name, const char *value, bool beside);
/* In rows of five, or from a new row on where the button says so. */
void reply_add_button(struct reply *reply, struct button button);
void reply_add_choice(struct reply *reply, struct choice choice);
void reply_add_input(struct reply *reply, struct text_input input);

/* The whole callback, `{"type":…,"data":…}`, as compact JSON on CTX. Notes a defect when Discord
 * would refuse it all the same: the title, fields and footer of the embed pass 6000 characters. */
char *reply_render(void *ctx, const struct reply *reply);

/* {"content", "allowed_mentions"}: a message that mentions and notifies USER_ID and says nothing
 * else; the caller owns the reference. */
json_t *reply_notification(const char *user_id);

/* Only the message part, for a follow-up or an edit by REST; the caller owns the reference. An
 * edit must not carry the ephemeral flag, a new follow-up may. */
json_t *reply_message(const struct reply *reply, bool with_flags);

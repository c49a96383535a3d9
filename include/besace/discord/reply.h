/*
 * What is answered to an interaction, and the JSON of it.
 *
 * A reply is plain data that commands fill in; rendering enforces Discord's limits (texts that are
 * too long are cut, with an ellipsis) and adds what every reply carries: no mention pings anybody
 * but `notified`. The same reply always renders to the same bytes.
 *
 * Every message is of Components V2: one container whose accent colour is the reply's. In it stand
 * the title and the description, the parts in the order in which they were added, and the footer,
 * below all but the rows of buttons at the end. Texts are Discord's Markdown: what members wrote is
 * escaped by who adds it (discord/markdown.h).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "besace/base/content.h"
#include "besace/base/snowflake.h"
#include "besace/base/unit.h"

/* Discord's limit for the custom id of a component or a modal. */
#define CUSTOM_ID_MAX_CHARS 100

/* Discord's bit of a message of Components V2: every message has it, deferrals do not. */
#define REPLY_FLAG_V2 32768

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
	COLOUR_LEATHER = 0xE9A653, /* of the bag: panels, cards */
};

enum button_style {
	BUTTON_PRIMARY = 1,
	BUTTON_SECONDARY,
	BUTTON_SUCCESS,
	BUTTON_DANGER,
	BUTTON_LINK, /* opens `url` and sends no interaction */
};

struct button {
	enum button_style style;
	const char *label; /* cut at 80 characters; NULL beside an emoji that says it all */
	const char *emoji; /* one Unicode emoji, or NULL */
	const char *custom_id; /* at most CUSTOM_ID_MAX_CHARS characters, none twice in a message */
	const char *url; /* of BUTTON_LINK, instead of a custom id; at most 512 characters */
	bool disabled;
	bool new_row; /* starts a row, even if the one before has room */
};

/* One value that autocomplete suggests. */
struct choice {
	const char *name; /* shown; cut at 100 */
	const char *text; /* the value of a STRING, at most 100 characters; NULL: the number is */
	int64_t number;
};

/* Discord's numbers of the types of selects. */
enum select_type { SELECT_TEXT = 3, SELECT_USER = 5, SELECT_ROLE = 6, SELECT_CHANNEL = 8 };

/* Bits of select.channel_types: 1 << Discord's number of the type. */
#define CHANNEL_BIT(type) (UINT32_C(1) << (type))

/* One of the values of a SELECT_TEXT, of a radio group or of checkboxes. */
struct select_option {
	const char *label; /* cut at 100 */
	const char *value; /* at most 100 characters, none twice */
	const char *description; /* cut at 100, or NULL */
	const char *emoji; /* one Unicode emoji, or NULL */
	bool chosen; /* at first */
};

struct select {
	enum select_type type;
	const char *custom_id; /* as a button's */
	const char *placeholder; /* cut at 150, or NULL */
	unsigned min, max; /* how many are chosen; max 0: 1 */
	bool disabled; /* not in a modal */
	const struct select_option *options; /* SELECT_TEXT: at least one */
	size_t option_count;
	const struct snowflake *chosen; /* the others: at first; at most `max` */
	size_t chosen_count;
	uint32_t channel_types; /* SELECT_CHANNEL: CHANNEL_BITs; 0: all */
};

/* A picture of a gallery, or at the right of a section. */
struct picture {
	const char *url;
	const char *description; /* what it shows, in words; cut at 1,024, or NULL */
};

/* Discord's most texts of a section and pictures of a gallery. */
#define REPLY_SECTION_TEXTS_MAX 3
#define REPLY_PICTURES_MAX 10

/* Texts beside one button or picture. */
struct section {
	const char *texts[REPLY_SECTION_TEXTS_MAX]; /* NULL after the last */
	struct button button;
	struct picture thumbnail; /* instead of the button when its url is there */
};

enum part_type {
	PART_TEXT,
	PART_BLOCK, /* a text under a heading */
	PART_SECTION,
	PART_SEPARATOR,
	PART_GALLERY,
	PART_ROW, /* of buttons */
	PART_SELECT,
};

/* A component in the container of a message; made by reply_add_… */
struct part {
	enum part_type type;
	const char *texts[REPLY_SECTION_TEXTS_MAX]; /* TEXT: the first; BLOCK: heading, text */
	const struct picture *pictures; /* GALLERY */
	size_t picture_count;
	size_t first; /* SECTION, ROW, SELECT: among reply.buttons or reply.selects */
	size_t count; /* of the buttons of a ROW; SECTION: 0 beside a thumbnail */
	struct picture thumbnail; /* SECTION */
};

/* One text field of a modal. */
struct text_input {
	const char *custom_id; /* at most CUSTOM_ID_MAX_CHARS characters */
	const char *label; /* cut at 45 */
	const char *description; /* cut at 100, or NULL */
	const char *placeholder; /* cut at 100, or NULL */
	const char *value; /* what stands in it at first, or NULL */
	unsigned min, max; /* characters, up to 4000; max 0: Discord's own limit */
	bool paragraph; /* several lines */
	bool optional;
};

/* Discord's numbers of the inputs of a modal; a select's is its own type. */
enum input_type {
	INPUT_TEXT = 4,
	INPUT_SELECT = 0,
	INPUT_FILES = 19,
	INPUT_RADIO = 21, /* one of 2 to 10 */
	INPUT_CHECKBOXES = 22, /* some of 1 to 10 */
	INPUT_CHECKBOX = 23,
};

/* An input of a modal, with its label. */
struct label {
	enum input_type type;
	const char *label; /* cut at 45 */
	const char *description; /* cut at 100, or NULL */
	bool optional;
	struct text_input text; /* INPUT_TEXT: but for its label, description and `optional` */
	/* SELECT. RADIO, CHECKBOXES: its custom id, options, min and max. CHECKBOX, FILES: its
	 * custom id; FILES: min and max. */
	struct select select;
	bool checked; /* INPUT_CHECKBOX */
};

/* Discord's most buttons in a row. */
#define REPLY_ROW_BUTTONS_MAX 5
/* Discord's most values that autocomplete suggests. */
#define REPLY_CHOICES_MAX 25
/* Discord's most fields of a modal. */
#define REPLY_INPUTS_MAX 5
/* Discord's most components of a message, nested ones too, and characters of all its texts. */
#define REPLY_COMPONENTS_MAX 40
#define REPLY_TEXT_MAX 4000
/* Discord's most options of a select. */
#define REPLY_OPTIONS_MAX 25
/* Selects of a message: no panel has more. */
#define REPLY_SELECTS_MAX 5

/* A message, or a modal, or choices. All texts are borrowed and must outlive the rendering. */
struct reply {
	enum reply_kind kind;
	bool ephemeral; /* only the member who asked sees it */
	/* The id of the only member that a mention in a text ("<@id>") notifies, or NULL. Discord
	 * notifies for new messages only. */
	const char *notified;
	const char *title; /* a heading, on one line; a modal's is cut at 45 */
	const char *description; /* under the title */
	enum colour colour;
	struct unit unit; /* of amounts: stands for each UNIT_MARK of the texts */
	const char *footer; /* small, below all else; may have several lines */
	/* A file, shown below the parts. Such a message never goes inline: Discord takes files by
	 * REST alone, so that it follows a deferral. */
	struct attachment file;
	size_t button_count;
	struct button buttons[REPLY_COMPONENTS_MAX];
	size_t part_count;
	struct part parts[REPLY_COMPONENTS_MAX];
	size_t select_count;
	struct select selects[REPLY_SELECTS_MAX];

	/* REPLY_CHOICES only. */
	size_t choice_count;
	struct choice choices[REPLY_CHOICES_MAX];

	/* REPLY_MODAL only: its custom id is as a button's, its title is the reply's. */
	const char *custom_id;
	size_t label_count;
	struct label labels[REPLY_INPUTS_MAX];
};

/* Beyond a maximum above, with an empty text, or with a custom id or a value that is too long or
 * empty, these add nothing and note a defect (base/defect.h): what a command adds is bounded by its
 * rules. */
void reply_add_text(struct reply *reply, const char *text);
/* HEADING in bold, TEXT on the lines below. */
void reply_add_block(struct reply *reply, const char *heading, const char *text);
void reply_add_section(struct reply *reply, struct section section);
void reply_add_separator(struct reply *reply);
void reply_add_gallery(struct reply *reply, const struct picture *pictures, size_t count);
/* In the row that was added last while it has room, unless the button says to start one. */
void reply_add_button(struct reply *reply, struct button button);
void reply_add_select(struct reply *reply, struct select select);

void reply_add_choice(struct reply *reply, struct choice choice);
void reply_add_input(struct reply *reply, struct text_input input);
void reply_add_label(struct reply *reply, struct label label);

/* The whole callback, `{"type":…,"data":…}`, as compact JSON on CTX. Notes a defect when Discord
 * would refuse it all the same: a message that shows nothing, or with too many components. */
struct content reply_render(void *ctx, const struct reply *reply);

/* The message part alone, on CTX, for a follow-up or an edit by REST; the same holds. An edit must
 * not carry the ephemeral flag (IS_NEW false), a new message may. */
struct content reply_message(void *ctx, const struct reply *reply, bool is_new);

/* On CTX: a message that mentions and notifies USER_ID and says nothing else. */
struct content reply_notification(void *ctx, const char *user_id);

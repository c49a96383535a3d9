/*
 * The level card and the tag of a level as their addresses say them, and the signatures of
 * addresses.
 *
 * The address of a card holds everything that stands on the card: drawing it needs no lookup,
 * and what was drawn once may be kept for ever. So that nobody has pictures drawn that Besace did
 * not make, an address is signed: DATA.SIGNATURE, both in base64url without padding, where DATA is
 * struct card, or struct tag, in bytes and SIGNATURE a keyed BLAKE2b of 16 bytes over a purpose and
 * DATA.
 *
 * The same key signs the link to one's own row of a leaderboard, under another purpose.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "besace/base/compiler.h"
#include "besace/base/snowflake.h"

/* BESACE_LINK_KEY: 64 hexadecimal digits. */
#define LINK_KEY_BYTES 32
struct link_key {
	unsigned char bytes[LINK_KEY_BYTES];
};

/* Characters of a name that a card carries: far more than its box of 470 pixels shows. */
#define CARD_NAME_CHARS 48
/* Characters of a unit: the bound of a currency's name, and room for a space and an emoji. */
#define CARD_UNIT_CHARS 32
/* Bytes of a character of UTF-8. */
#define CARD_CHAR_BYTES 4

/* An address never has more bytes: name, unit, avatar and figures in base64, and the signature. */
#define CARD_ADDRESS_MAX 704

/* The looks that a server chooses from. Values stand in addresses and in the database. */
enum card_theme { THEME_COGNAC, THEME_FORET, THEME_NUIT, THEME_SABLE, THEME_COUNT };

/* The theme's name in settings: "cognac". Static. */
const char *card_theme_name(enum card_theme theme);
/* The theme called NAME, cognac for any other name and for NULL. */
enum card_theme card_theme_named(const char *name);

/* Discord's hash of a picture: 32 hexadecimal digits, "a_" in front when it moves. */
#define AVATAR_HASH_ROOM 35

struct card {
	char name[CARD_NAME_CHARS * CARD_CHAR_BYTES + 1];
	char unit[CARD_UNIT_CHARS * CARD_CHAR_BYTES + 1]; /* of the balance: "LC" */
	char language[3]; /* a code of two letters: "fr" */
	enum card_theme theme;
	struct snowflake member; /* with a picture; empty without */
	char avatar[AVATAR_HASH_ROOM]; /* likewise */
	struct snowflake guild; /* in which the member has that picture; empty: everywhere */
	int32_t xp, balance; /* 0 or more */
	int32_t rank, members; /* rank of members; 0: not known, and not shown */
	int32_t multiplier, games_left; /* 2 or 3 for so many won games; 0: none runs */
};

/* The leather tag of a level: what hangs at the right of the card, by itself. */
struct tag {
	char language[3]; /* as the card's */
	enum card_theme theme;
	int32_t level; /* 1 or more */
};

/* Sets the name or the unit, cut to what a card carries; what is no UTF-8 becomes U+FFFD. */
void card_set_name(struct card *card, const char *name);
void card_set_unit(struct card *card, const char *unit);

/* Sets the picture. False, and no picture, when HASH (may be NULL) is none of Discord's. */
bool card_set_avatar(struct card *card, const struct snowflake *member, const char *hash);
/* The same with the picture that the member has in GUILD alone. */
bool card_set_guild_avatar(struct card *card, const struct snowflake *guild,
	const struct snowflake *member, const char *hash);

/* DATA.SIGNATURE of CARD, on CTX. The same card has the same address. */
char *card_address(void *ctx, const struct link_key *key, const struct card *card);

/* Reads DATA.SIGNATURE. False when the signature is not KEY's or the data is no card's. */
MUST_CHECK bool card_read(const struct link_key *key, const char *address, struct card *out);

/* The same of a tag. No address is that of a card and of a tag. */
char *tag_address(void *ctx, const struct link_key *key, const struct tag *tag);
MUST_CHECK bool tag_read(const struct link_key *key, const char *address, struct tag *out);

/* MEMBER.SIGNATURE: names the row of MEMBER on the page PAGE (the token or name of its address) as
 * the reader's own, on CTX. */
char *own_row_link(
	void *ctx, const struct link_key *key, const char *page, const struct snowflake *member);

/* Reads it back. False when it is not signed by KEY for that page. */
MUST_CHECK bool own_row_read(const struct link_key *key, const char *page, const char *link,
	struct snowflake *out_member);

/* The address of a card: a struct in bytes, in base64, with its signature. */
#include "besace/domain/card.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <talloc.h>

#include "besace/base/memory.h"
#include "besace/base/utf8.h"

/* The first byte: what is drawn. Another form of the data gets another number. */
enum { FORM_CARD = 1, FORM_TAG };

#define SIGNATURE_BYTES 16
#define BASE64 sodium_base64_VARIANT_URLSAFE_NO_PADDING
#define DATA_MAX 400
#define HASH_BYTES 16

/* The avatar's byte: one of these, and AVATAR_OF_GUILD when the guild's id stands in front of the
 * member's. */
enum { AVATAR_NONE, AVATAR_STILL, AVATAR_MOVING, AVATAR_OF_GUILD };

static const char *const themes[THEME_COUNT] = {"cognac", "foret", "nuit", "sable"};

const char *card_theme_name(enum card_theme theme)
{
	return themes[theme];
}

enum card_theme card_theme_named(const char *name)
{
	for (int i = 0; name && i < THEME_COUNT; i++)
		if (strcmp(themes[i], name) == 0)
			return (enum card_theme)i;
	return THEME_COGNAC;
}

/* Copies at most CHARS characters of TEXT; OUT has room for them. */
static void set_text(char *out, const char *text, size_t chars)
{
	size_t length = 0;
	for (size_t i = 0; i < chars && *text; i++) {
		const char *from = text;
		bool is_replaced = utf8_next(&text) == UTF8_REPLACEMENT;
		size_t size = is_replaced ? 3 : (size_t)(text - from);
		memcpy(out + length, is_replaced ? "\uFFFD" : from, size);
		length += size;
	}
	out[length] = '\0';
}

void card_set_name(struct card *card, const char *name)
{
	set_text(card->name, name, CARD_NAME_CHARS);
}

void card_set_unit(struct card *card, const char *unit)
{
	set_text(card->unit, unit, CARD_UNIT_CHARS);
}

/* The bytes of an avatar's hash and its flag; AVATAR_NONE when it is none. */
static int hash_bytes(const char *hash, unsigned char out[HASH_BYTES])
{
	bool moves = strncmp(hash, "a_", 2) == 0;
	const char *hex = moves ? hash + 2 : hash;
	size_t length;
	if (strlen(hex) != 2 * (size_t)HASH_BYTES ||
		strspn(hex, "0123456789abcdef") != 2 * (size_t)HASH_BYTES ||
		sodium_hex2bin(out, HASH_BYTES, hex, 2 * (size_t)HASH_BYTES, NULL, &length, NULL))
		return AVATAR_NONE;
	return moves ? AVATAR_MOVING : AVATAR_STILL;
}

bool card_set_avatar(struct card *card, const struct snowflake *member, const char *hash)
{
	unsigned char bytes[HASH_BYTES];
	card->member.text[0] = card->guild.text[0] = card->avatar[0] = '\0';
	if (!hash || hash_bytes(hash, bytes) == AVATAR_NONE)
		return false;
	card->member = *member;
	strcpy(card->avatar, hash);
	return true;
}

bool card_set_guild_avatar(struct card *card, const struct snowflake *guild,
	const struct snowflake *member, const char *hash)
{
	bool set = card_set_avatar(card, member, hash);
	if (set)
		card->guild = *guild;
	return set;
}

/* ---- Bytes */

struct card_writer {
	unsigned char bytes[DATA_MAX];
	size_t length;
};

static void put_byte(struct card_writer *writer, unsigned byte)
{
	if (writer->length == DATA_MAX)
		abort(); /* DATA_MAX holds the longest card */
	writer->bytes[writer->length++] = (unsigned char)byte;
}

/* Seven bits a byte, the lowest first; the highest bit says that more follow. */
static void put_number(struct card_writer *writer, uint64_t number)
{
	for (; number > 0x7F; number >>= 7)
		put_byte(writer, 0x80 | (number & 0x7F));
	put_byte(writer, (unsigned)number);
}

static void put_bytes(struct card_writer *writer, const void *bytes, size_t length)
{
	for (size_t i = 0; i < length; i++)
		put_byte(writer, ((const unsigned char *)bytes)[i]);
}

static void put_text(struct card_writer *writer, const char *text)
{
	put_number(writer, strlen(text));
	put_bytes(writer, text, strlen(text));
}

struct card_reader {
	const unsigned char *at, *end;
	bool failed;
};

static unsigned take_byte(struct card_reader *reader)
{
	reader->failed |= reader->at == reader->end;
	return reader->failed ? 0 : *reader->at++;
}

static uint64_t take_number(struct card_reader *reader)
{
	uint64_t number = 0;
	for (unsigned shift = 0; shift < 63; shift += 7) {
		uint64_t byte = take_byte(reader);
		number |= (byte & 0x7F) << shift;
		if (byte < 0x80)
			return number;
	}
	/* The tenth byte holds bit 63 alone. */
	uint64_t last = take_byte(reader);
	reader->failed |= last > 1;
	return number | last << 63;
}

static int32_t take_int(struct card_reader *reader)
{
	uint64_t number = take_number(reader);
	reader->failed |= number > INT32_MAX;
	return reader->failed ? 0 : (int32_t)number;
}

static const unsigned char *take_bytes(struct card_reader *reader, size_t length)
{
	reader->failed |= (size_t)(reader->end - reader->at) < length;
	if (reader->failed)
		return NULL;
	reader->at += length;
	return reader->at - length;
}

static void take_text(struct card_reader *reader, char *out, size_t room, size_t chars)
{
	uint64_t length = take_number(reader);
	reader->failed |= length >= room;
	const unsigned char *bytes = reader->failed ? NULL : take_bytes(reader, (size_t)length);
	*out = '\0';
	if (!bytes)
		return;
	memcpy(out, bytes, (size_t)length);
	out[length] = '\0';
	reader->failed |= strlen(out) != length || !utf8_is_valid(out, (size_t)length) ||
			  utf8_length(out) > chars;
}

static void put_avatar(struct card_writer *writer, const struct card *card)
{
	unsigned char hash[HASH_BYTES];
	int flag = *card->member.text ? hash_bytes(card->avatar, hash) : AVATAR_NONE;
	bool of_guild = flag != AVATAR_NONE && *card->guild.text;
	put_byte(writer, (unsigned)(of_guild ? AVATAR_OF_GUILD + flag - AVATAR_STILL : flag));
	if (flag == AVATAR_NONE)
		return;
	if (of_guild)
		put_number(writer, strtoull(card->guild.text, NULL, 10));
	put_number(writer, strtoull(card->member.text, NULL, 10));
	put_bytes(writer, hash, HASH_BYTES);
}

static void take_id(struct card_reader *reader, struct snowflake *out)
{
	char id[SNOWFLAKE_MAX_DIGITS + 1];
	snprintf(id, sizeof(id), "%llu", (unsigned long long)take_number(reader));
	reader->failed |= !snowflake_parse(id, out);
}

static void take_avatar(struct card_reader *reader, struct card *out)
{
	unsigned flag = take_byte(reader);
	bool of_guild = flag >= AVATAR_OF_GUILD;
	if (of_guild)
		flag -= AVATAR_OF_GUILD - AVATAR_STILL;
	reader->failed |= flag > AVATAR_MOVING;
	if (reader->failed || flag == AVATAR_NONE)
		return;
	if (of_guild)
		take_id(reader, &out->guild);
	take_id(reader, &out->member);
	const unsigned char *hash = take_bytes(reader, HASH_BYTES);
	if (!hash)
		return;
	char hex[2 * HASH_BYTES + 1];
	sodium_bin2hex(hex, sizeof(hex), hash, HASH_BYTES);
	snprintf(out->avatar, sizeof(out->avatar), "%s%s", flag == AVATAR_MOVING ? "a_" : "", hex);
}

static void put_look(
	struct card_writer *writer, int form, enum card_theme theme, const char *language)
{
	put_byte(writer, (unsigned)form);
	put_byte(writer, theme);
	put_bytes(writer, language, 2);
}

static void take_look(
	struct card_reader *reader, unsigned form, enum card_theme *theme, char language[2])
{
	reader->failed |= take_byte(reader) != form;
	unsigned number = take_byte(reader);
	reader->failed |= number >= THEME_COUNT;
	*theme = reader->failed ? THEME_COGNAC : (enum card_theme)number;
	for (int i = 0; i < 2; i++) {
		unsigned letter = take_byte(reader);
		reader->failed |= letter < 'a' || letter > 'z';
		language[i] = (char)letter;
	}
}

static void write_card(struct card_writer *writer, const struct card *card)
{
	put_look(writer, FORM_CARD, card->theme, card->language);
	const int32_t numbers[] = {card->xp, card->balance, card->rank, card->members,
		card->multiplier, card->games_left};
	for (size_t i = 0; i < ARRAY_LEN(numbers); i++)
		put_number(writer, (uint64_t)numbers[i]);
	put_avatar(writer, card);
	put_text(writer, card->unit);
	put_text(writer, card->name);
}

/* Whether DATA is exactly one card. */
static bool read_card(const unsigned char *data, size_t length, struct card *out)
{
	struct card_reader reader = {data, data + length, false};
	*out = (struct card){0};
	take_look(&reader, FORM_CARD, &out->theme, out->language);
	int32_t *const numbers[] = {&out->xp, &out->balance, &out->rank, &out->members,
		&out->multiplier, &out->games_left};
	for (size_t i = 0; i < ARRAY_LEN(numbers); i++)
		*numbers[i] = take_int(&reader);
	take_avatar(&reader, out);
	take_text(&reader, out->unit, sizeof(out->unit), CARD_UNIT_CHARS);
	take_text(&reader, out->name, sizeof(out->name), CARD_NAME_CHARS);
	return !reader.failed && reader.at == reader.end;
}

static void write_tag(struct card_writer *writer, const struct tag *tag)
{
	put_look(writer, FORM_TAG, tag->theme, tag->language);
	put_number(writer, (uint64_t)tag->level);
}

/* Whether DATA is exactly one tag. */
static bool read_tag(const unsigned char *data, size_t length, struct tag *out)
{
	struct card_reader reader = {data, data + length, false};
	*out = (struct tag){0};
	take_look(&reader, FORM_TAG, &out->theme, out->language);
	out->level = take_int(&reader);
	return !reader.failed && out->level > 0 && reader.at == reader.end;
}

/* ---- Signatures */

static void sign(const struct link_key *key, const char *purpose, const void *data, size_t length,
	unsigned char out[SIGNATURE_BYTES])
{
	crypto_generichash_state state;
	crypto_generichash_init(&state, key->bytes, sizeof(key->bytes), SIGNATURE_BYTES);
	/* With its final NUL: no purpose is the beginning of another one's data. */
	crypto_generichash_update(&state, (const unsigned char *)purpose, strlen(purpose) + 1);
	crypto_generichash_update(&state, data, length);
	crypto_generichash_final(&state, out, SIGNATURE_BYTES);
}

/* BYTES in base64, on CTX. */
static char *encode(void *ctx, const unsigned char *bytes, size_t length)
{
	size_t room = sodium_base64_ENCODED_LEN(length, BASE64);
	char *text = must(talloc_size(ctx, room));
	return sodium_bin2base64(text, room, bytes, length, BASE64);
}

/* The LENGTH characters at TEXT, all of which must be base64. */
static bool decode(const char *text, size_t length, unsigned char *out, size_t room, size_t *size)
{
	return sodium_base642bin(out, room, text, length, NULL, size, NULL, BASE64) == 0;
}

/* Whether TEXT is the signature. */
static bool is_signed(const struct link_key *key, const char *purpose, const void *data,
	size_t length, const char *text)
{
	unsigned char given[SIGNATURE_BYTES], right[SIGNATURE_BYTES];
	size_t size;
	if (!decode(text, strlen(text), given, sizeof(given), &size) || size != sizeof(given))
		return false;
	sign(key, purpose, data, length, right);
	return sodium_memcmp(given, right, sizeof(right)) == 0;
}

static const char card_purpose[] = "besace card";

/* DATA.SIGNATURE of what was written. */
static char *address_of(void *ctx, const struct link_key *key, const struct card_writer *writer)
{
	unsigned char signature[SIGNATURE_BYTES];
	sign(key, card_purpose, writer->bytes, writer->length, signature);
	char *data = encode(ctx, writer->bytes, writer->length);
	char *mark = encode(data, signature, sizeof(signature));
	char *address = must(talloc_asprintf(ctx, "%s.%s", data, mark));
	talloc_free(data);
	return address;
}

/* The data of ADDRESS, when its signature is KEY's. */
static bool read_address(const struct link_key *key, const char *address,
	unsigned char out[DATA_MAX], size_t *out_length)
{
	if (strnlen(address, CARD_ADDRESS_MAX + 1) > CARD_ADDRESS_MAX)
		return false;
	size_t text = strcspn(address, ".");
	return address[text] == '.' && decode(address, text, out, DATA_MAX, out_length) &&
	       is_signed(key, card_purpose, out, *out_length, address + text + 1);
}

char *card_address(void *ctx, const struct link_key *key, const struct card *card)
{
	struct card_writer writer = {.length = 0};
	write_card(&writer, card);
	return address_of(ctx, key, &writer);
}

bool card_read(const struct link_key *key, const char *address, struct card *out)
{
	unsigned char data[DATA_MAX];
	size_t length;
	return read_address(key, address, data, &length) && read_card(data, length, out);
}

char *tag_address(void *ctx, const struct link_key *key, const struct tag *tag)
{
	struct card_writer writer = {.length = 0};
	write_tag(&writer, tag);
	return address_of(ctx, key, &writer);
}

bool tag_read(const struct link_key *key, const char *address, struct tag *out)
{
	unsigned char data[DATA_MAX];
	size_t length;
	return read_address(key, address, data, &length) && read_tag(data, length, out);
}

/* What is signed of a link to one's own row: page and member, on CTX. */
static char *own_row_data(void *ctx, const char *page, const char *member)
{
	return must(talloc_asprintf(ctx, "%s/%s", page, member));
}

static const char row_purpose[] = "besace own row";

char *own_row_link(
	void *ctx, const struct link_key *key, const char *page, const struct snowflake *member)
{
	unsigned char signature[SIGNATURE_BYTES];
	char *data = own_row_data(ctx, page, member->text);
	sign(key, row_purpose, data, strlen(data), signature);
	char *mark = encode(data, signature, sizeof(signature));
	char *link = must(talloc_asprintf(ctx, "%s.%s", member->text, mark));
	talloc_free(data);
	return link;
}

bool own_row_read(const struct link_key *key, const char *page, const char *link,
	struct snowflake *out_member)
{
	char id[SNOWFLAKE_MAX_DIGITS + 1];
	struct snowflake member;
	size_t length = strcspn(link, ".");
	if (link[length] != '.' || length >= sizeof(id))
		return false;
	memcpy(id, link, length);
	id[length] = '\0';
	if (!snowflake_parse(id, &member))
		return false;
	char *data = own_row_data(NULL, page, id);
	bool good = is_signed(key, row_purpose, data, strlen(data), link + length + 1);
	talloc_free(data);
	if (good)
		*out_member = member;
	return good;
}

/* Names of members, roles, channels and servers that exist in a local play only. */
#include "play_names.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <talloc.h>

#include "besace/base/memory.h"

/* Made-up ids stand after those that besacectl uses when nothing is named (…000 to …099), and have
 * as many digits. */
#define FIRST_ID UINT64_C(1400000000000001000)
#define IDS UINT64_C(90000000000000000)

struct play_names *play_names_create(void *ctx)
{
	return must(talloc_zero(ctx, struct play_names));
}

/* The id that NAME has in every play. */
static struct snowflake make_named_id(enum name_kind kind, const char *name)
{
	struct snowflake id = {""};
	uint64_t hash;
	unsigned char digest[crypto_generichash_BYTES];
	crypto_generichash_state state;
	unsigned char salt = (unsigned char)kind;
	crypto_generichash_init(&state, NULL, 0, sizeof(digest));
	crypto_generichash_update(&state, &salt, 1);
	crypto_generichash_update(&state, (const unsigned char *)name, strlen(name));
	crypto_generichash_final(&state, digest, sizeof(digest));
	memcpy(&hash, digest, sizeof(hash));
	snprintf(id.text, sizeof(id.text), "%" PRIu64, FIRST_ID + hash % IDS);
	return id;
}

static struct play_name *lookup(struct play_names *names, enum name_kind kind, const char *name)
{
	for (size_t i = 0; i < names->count; i++)
		if (names->items[i].kind == kind && strcmp(names->items[i].name, name) == 0)
			return &names->items[i];
	return NULL;
}

void play_names_keep(struct play_names *names, const struct play_name *name)
{
	struct play_name *known = lookup(names, name->kind, name->name);
	if (known)
		known->id = name->id;
	else if (names->count < PLAY_MAX_NAMES)
		names->items[names->count++] = *name;
}

bool play_names_find(
	struct play_names *names, enum name_kind kind, const char *text, struct play_name *out)
{
	struct play_name found = {.kind = kind};
	size_t digits = strspn(text, "0123456789");
	const char *name = text;
	if (*text == '\0')
		return false;
	if (digits > 0 && (text[digits] == ':' || text[digits] == '\0')) {
		char *id = must(talloc_strndup(names, text, digits));
		if (!snowflake_parse(id, &found.id) || text[digits + (text[digits] == ':')] == ' ')
			return false;
		const char *known = play_names_of(names, id);
		name = text[digits] == ':' && text[digits + 1] ? text + digits + 1
		       : known                                 ? known
							       : id;
	} else {
		const struct play_name *known = lookup(names, kind, text);
		found.id = known ? known->id : make_named_id(kind, text);
	}
	found.name = must(talloc_strdup(names, name));
	*out = found;
	return true;
}

const char *play_names_of(const struct play_names *names, const char *id)
{
	for (size_t i = 0; i < names->count; i++)
		if (strcmp(names->items[i].id.text, id) == 0)
			return names->items[i].name;
	return NULL;
}

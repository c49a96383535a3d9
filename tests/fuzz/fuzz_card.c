/* Fuzzes the data of a card's or a tag's address behind a good signature: whatever is read is one
 * of the two, and has an address of its own. */
#include <sodium.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <talloc.h>

#include "besace/domain/card.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect(bool holds)
{
	if (!holds)
		abort();
}

/* BYTES as a signed address, as src/domain/card.c makes it. */
static char *address_of(void *ctx, const struct link_key *key, const uint8_t *bytes, size_t size)
{
	static const unsigned char purpose[] = "besace card";
	unsigned char mark[16];
	crypto_generichash_state state;
	crypto_generichash_init(&state, key->bytes, sizeof(key->bytes), sizeof(mark));
	crypto_generichash_update(&state, purpose, sizeof(purpose));
	crypto_generichash_update(&state, bytes, size);
	crypto_generichash_final(&state, mark, sizeof(mark));
	char *text = talloc_size(ctx, size * 2 + 64);
	sodium_bin2base64(
		text, size * 2 + 32, bytes, size, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
	size_t length = strlen(text);
	text[length++] = '.';
	sodium_bin2base64(
		text + length, 32, mark, sizeof(mark), sodium_base64_VARIANT_URLSAFE_NO_PADDING);
	return text;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct link_key key;
	if (sodium_init() < 0 || size > 4096)
		return 0;
	void *ctx = talloc_new(NULL);
	struct card card, again;
	struct tag tag, tag_again;
	const char *address = address_of(ctx, &key, data, size);
	bool is_tag = tag_read(&key, address, &tag);
	if (is_tag) {
		expect(tag_read(&key, tag_address(ctx, &key, &tag), &tag_again));
		expect(tag.level > 0 && tag.level == tag_again.level &&
			tag.theme == tag_again.theme &&
			strcmp(tag.language, tag_again.language) == 0);
	}
	if (card_read(&key, address, &card)) {
		expect(!is_tag);
		expect(card_read(&key, card_address(ctx, &key, &card), &again));
		expect(strcmp(card.name, again.name) == 0 && card.xp == again.xp &&
			strcmp(card.avatar, again.avatar) == 0 && card.theme == again.theme);
	}
	talloc_free(ctx);
	return 0;
}

/* Fuzzes what members and administrators type: amounts, texts with variables, seeds; and the
 * headers that say who signed. */
#include <sodium.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <talloc.h>

#include "besace/base/snowflake.h"
#include "besace/base/utf8.h"
#include "besace/discord/signature.h"
#include "besace/domain/amount.h"
#include "besace/domain/fair.h"
#include "besace/domain/settings.h"
#include "besace/domain/template.h"

#define BALANCE 12345
#define STAKE_MAX 1000

static void expect(bool holds)
{
	if (!holds)
		abort();
}

static void read_amount(const char *text)
{
	int32_t amount;
	struct suggestion suggestions[SUGGESTIONS_MAX];
	if (amount_parse(text, BALANCE, STAKE_MAX, &amount) == AMOUNT_READ)
		expect(amount >= 0 && amount <= AMOUNT_MAX);
	size_t count = amount_suggest(text, BALANCE, 5, STAKE_MAX, suggestions);
	expect(count > 0 && count <= SUGGESTIONS_MAX);
	for (size_t i = 0; i < count; i++)
		expect(suggestions[i].amount >= 5 && suggestions[i].amount <= STAKE_MAX);
}

/* The parts of a text are the text. */
static void read_template(const char *text)
{
	struct template_fault fault;
	struct template_part part;
	const char *at = text;
	size_t length = 0;
	if (!template_check(text, &fault))
		expect(fault.nearest && utf8_is_valid(fault.unknown, strlen(fault.unknown)));
	while (template_next(&at, &part)) {
		expect(part.text == text + length && part.length > 0);
		length += part.length;
	}
	expect(length == strlen(text));
}

static void read_words(const char *text)
{
	struct snowflake id;
	struct fair_seed seed;
	struct setting_key key;
	char room[SETTING_KEY_ROOM];
	if (snowflake_parse(text, &id))
		expect(strcmp(id.text, text) == 0 && snowflake_time_ms(&id) >= 0);
	if (fair_seed_read(text, &seed))
		expect(strcasecmp(fair_seed_show(&seed).text, text) == 0);
	if (setting_key_parse(text, &key)) {
		setting_key_write(&key, room);
		expect(strcmp(room, text) == 0);
	}
}

/* The first line as a signature, the second as a time, the rest as a body. */
static void read_headers(char *text)
{
	static const struct public_key nobody;
	const char *signature = strsep(&text, "\n"), *time = strsep(&text, "\n");
	unsigned char body[SIGNATURE_TIMESTAMP_MAX + 8] = {0};
	expect(signature_check(&nobody, 1, signature, time, body + SIGNATURE_TIMESTAMP_MAX, 8,
		       1800000000, 300) != SIGNATURE_GOOD);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (sodium_init() < 0)
		abort();
	void *ctx = talloc_new(NULL);
	char *text = talloc_strndup(ctx, (const char *)data, size);
	read_words(text);
	if (utf8_is_valid(text, strlen(text))) { /* as whatever comes as JSON is */
		read_amount(text);
		read_template(text);
	}
	read_headers(text);
	talloc_free(ctx);
	return 0;
}

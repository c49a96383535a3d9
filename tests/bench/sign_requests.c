/*
 * Writes signed interactions for the load generator, one a line: signature, timestamp and body
 * with tabs between them.
 *
 *	sign_requests KIND COUNT MEMBERS [GUILDS]	KIND: sac, niveau, lc, mixed, jackpot
 *							or machine
 *	sign_requests key			prints the public key that verifies them
 *
 * Members are numbered as in members.sql; their usernames are their ids; each is in the guild of
 * the remainder of their number by GUILDS. The bodies have the fields, and about the size, of what
 *Discord sends from a server.
 */
#include <errno.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* A number prime to all counts of members that are used, so that successive requests are of
 * members from all over the table. */
#define STRIDE 7919

#define FIRST_MEMBER INT64_C(300000000000000000)

/* Discord counts milliseconds from the first second of 2015; the low 22 bits are free. */
#define DISCORD_EPOCH_MS INT64_C(1420070400000)

#define FIRST_GUILD INT64_C(1151965647289979180)
#define GUILD_DIGITS 24
#define CHANNEL "1151965855034839396"
#define APPLICATION "1478077197040164173"

/* Made by Discord for each interaction: "aW50ZXJhY3Rpb246" and about 200 more characters. */
#define TOKEN_START "aW50ZXJhY3Rpb246"
#define TOKEN_BYTES 146

/* The largest body, with room to spare. */
#define BODY_MAX 8192

static const char *const commands[] = {"sac", "niveau", "lc"};

static const char user_format[] =
	"{\"avatar\":\"f019a121d149a9c9c807e17b7ce0b4a1\",\"avatar_decoration_data\":null,"
	"\"clan\":null,\"collectibles\":null,\"discriminator\":\"0\","
	"\"display_name_styles\":null,\"global_name\":\"Lou %" PRId64 " 🌷\",\"id\":\"%" PRId64
	"\",\"primary_guild\":null,\"public_flags\":0,\"username\":\"%" PRId64 "\"}";

/* What all interactions of a server have: takes its id four times with the data behind the
 * second, the id, the user object, an extra member of the object (or nothing), the token and the
 * type. */
static const char body_format[] =
	"{\"app_permissions\":\"633630354689088\",\"application_id\":\"" APPLICATION "\","
	"\"attachment_size_limit\":10485760,\"authorizing_integration_owners\":"
	"{\"0\":\"%s\"},\"channel\":{\"flags\":0,\"guild_id\":\"%s\","
	"\"id\":\"" CHANNEL "\",\"last_message_id\":\"1534894101293025679\","
	"\"name\":\"🎲・jeux\",\"nsfw\":false,\"parent_id\":\"1151965647295159688\","
	"\"permissions\":\"1799804002094657\",\"position\":3,\"rate_limit_per_user\":0,"
	"\"topic\":null,\"type\":0},\"channel_id\":\"" CHANNEL "\",\"context\":0,\"data\":%s,"
	"\"entitlement_sku_ids\":[],\"entitlements\":[],\"guild\":{\"features\":[\"COMMUNITY\","
	"\"NEWS\",\"GUILD_ONBOARDING\"],\"id\":\"%s\",\"locale\":\"fr\"},"
	"\"guild_id\":\"%s\",\"guild_locale\":\"fr\",\"id\":\"%" PRId64 "\","
	"\"locale\":\"fr\",\"member\":{\"avatar\":null,\"banner\":null,\"collectibles\":null,"
	"\"communication_disabled_until\":null,\"deaf\":false,\"display_name_styles\":null,"
	"\"flags\":2,\"joined_at\":\"2024-02-11T21:07:33.481000+00:00\",\"mute\":false,"
	"\"nick\":null,\"pending\":false,\"permissions\":\"1799804002094657\","
	"\"premium_since\":null,\"roles\":[\"1152151820698591616\"],"
	"\"unusual_dm_activity_until\":null,\"user\":%s},%s\"token\":\"%s\",\"type\":%d,"
	"\"version\":1}";

/* The bag's message that carries the pressed button: takes the id of the member in base 36, twice,
 * that of the guild and the user object. */
static const char message_format[] =
	"\"message\":{\"application_id\":\"" APPLICATION "\",\"attachments\":[],\"author\":"
	"{\"avatar\":null,\"bot\":true,\"discriminator\":\"4821\",\"global_name\":null,"
	"\"id\":\"" APPLICATION "\",\"public_flags\":524288,\"username\":\"Besace\"},"
	"\"channel_id\":\"" CHANNEL "\",\"components\":[{\"components\":[{\"custom_id\":"
	"\"sac:3:jackpot:o%s\",\"emoji\":{\"name\":\"🎁\"},\"id\":2,\"label\":"
	"\"Ouvrir\",\"style\":3,\"type\":2},{\"custom_id\":\"sac:3:multiplier_x2:o%s\","
	"\"emoji\":{\"name\":\"✨\"},\"id\":3,\"label\":\"Activer\",\"style\":1,\"type\":2}],"
	"\"id\":1,\"type\":1}],\"content\":\"\",\"edited_timestamp\":null,\"embeds\":[{"
	"\"color\":5793266,\"content_scan_version\":4,\"fields\":[{\"inline\":true,\"name\":"
	"\"🎁 Jackpot\",\"value\":\"×3\"},{\"inline\":true,\"name\":\"✨ Multiplicateur\","
	"\"value\":\"×1\"}],\"title\":\"Sac\",\"type\":\"rich\"}],\"flags\":0,"
	"\"id\":\"1534894101292467736\",\"interaction_metadata\":{"
	"\"authorizing_integration_owners\":{\"0\":\"%s\"},\"command_type\":1,"
	"\"id\":\"1534894099329577398\",\"name\":\"sac\",\"type\":2,\"user\":%s},"
	"\"mention_everyone\":false,\"mention_roles\":[],\"mentions\":[],\"pinned\":false,"
	"\"position\":0,\"timestamp\":\"2026-08-06T12:01:10.701000+00:00\",\"tts\":false,"
	"\"type\":20,\"webhook_id\":\"" APPLICATION "\"},";

/* The data of `/casino machine mise:5`. */
static const char machine_data[] =
	"{\"id\":\"1478089506817832123\",\"name\":\"casino\",\"options\":[{\"name\":\"machine\","
	"\"options\":[{\"name\":\"mise\",\"type\":4,\"value\":5}],\"type\":1}],\"type\":1}";

static void make_token(int64_t id, char out[static 256])
{
	unsigned char seed[randombytes_SEEDBYTES] = {0}, bytes[TOKEN_BYTES];
	memcpy(seed, &id, sizeof(id));
	randombytes_buf_deterministic(bytes, sizeof(bytes), seed);
	size_t start = strlen(TOKEN_START);
	memcpy(out, TOKEN_START, start);
	sodium_bin2base64(out + start, 256 - start, bytes, sizeof(bytes),
		sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

/* A 63-bit number has 13 digits in base 36. */
#define BASE36_ROOM 14

/* NUMBER as custom ids have it. */
static void write_base36(int64_t number, char out[static BASE36_ROOM])
{
	static const char digits[] = "0123456789abcdefghijklmnopqrstuvwxyz";
	char text[BASE36_ROOM] = "";
	size_t start = sizeof(text) - 1;
	do
		text[--start] = digits[number % 36];
	while (number /= 36);
	memcpy(out, text + start, sizeof(text) - start);
}

/* What the requests are like. */
struct load {
	const char *kind;
	int64_t members, guilds;
};

static int make_body(const struct load *load, int64_t i, int64_t id, char *out)
{
	const char *kind = load->kind;
	int64_t number = i % load->members * STRIDE % load->members, member = FIRST_MEMBER + number;
	char guild[GUILD_DIGITS];
	char token[256], user[512], data[256], message[BODY_MAX / 2] = "";
	char owner[BASE36_ROOM];
	make_token(id, token);
	snprintf(guild, sizeof(guild), "%" PRId64, FIRST_GUILD + number % load->guilds);
	write_base36(member, owner);
	snprintf(user, sizeof(user), user_format, number, member, member);
	bool is_press = strcmp(kind, "jackpot") == 0;
	if (is_press) {
		snprintf(message, sizeof(message), message_format, owner, owner, guild, user);
		snprintf(data, sizeof(data),
			"{\"component_type\":2,\"custom_id\":\"sac:3:jackpot:o%s\",\"id\":2}",
			owner);
	} else if (strcmp(kind, "machine") == 0) {
		snprintf(data, sizeof(data), "%s", machine_data);
	} else {
		const char *name = strcmp(kind, "mixed") == 0 ? commands[i % 3] : kind;
		snprintf(data, sizeof(data),
			"{\"id\":\"1478089506817832122\",\"name\":\"%s\",\"type\":1}", name);
	}
	return snprintf(out, BODY_MAX, body_format, guild, guild, data, guild, guild, id, user,
		message, token, is_press ? 3 : 2);
}

static void make_keys(unsigned char public_key[static crypto_sign_PUBLICKEYBYTES],
	unsigned char secret_key[static crypto_sign_SECRETKEYBYTES])
{
	unsigned char seed[crypto_sign_SEEDBYTES];
	memset(seed, 0x2a, sizeof(seed));
	crypto_sign_seed_keypair(public_key, secret_key, seed);
}

static void write_request(
	const struct load *load, int64_t i, int64_t id, const unsigned char *secret_key, time_t now)
{
	char text[BODY_MAX + 32];
	int digits = snprintf(text, 32, "%lld", (long long)now);
	int length = make_body(load, i, id, text + digits);
	unsigned char signature[crypto_sign_BYTES];
	char hex[2 * sizeof(signature) + 1];
	crypto_sign_detached(signature, NULL, (const unsigned char *)text,
		(unsigned long long)(digits + length), secret_key);
	sodium_bin2hex(hex, sizeof(hex), signature, sizeof(signature));
	printf("%s\t%.*s\t%s\n", hex, digits, text, text + digits);
}

static int64_t parse_number(const char *text)
{
	char *end;
	errno = 0;
	long long value = strtoll(text, &end, 10);
	return errno || *end || end == text || value < 1 ? -1 : value;
}

static bool is_kind(const char *kind)
{
	static const char *const kinds[] = {"sac", "niveau", "lc", "mixed", "jackpot", "machine"};
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		if (strcmp(kinds[i], kind) == 0)
			return true;
	return false;
}

static void print_key(const unsigned char *public_key)
{
	char hex[2 * crypto_sign_PUBLICKEYBYTES + 1];
	puts(sodium_bin2hex(hex, sizeof(hex), public_key, crypto_sign_PUBLICKEYBYTES));
}

int main(int argc, char **argv)
{
	unsigned char public_key[crypto_sign_PUBLICKEYBYTES];
	unsigned char secret_key[crypto_sign_SECRETKEYBYTES];
	if (sodium_init() < 0)
		return EXIT_FAILURE;
	make_keys(public_key, secret_key);
	if (argc == 2 && strcmp(argv[1], "key") == 0) {
		print_key(public_key);
		return EXIT_SUCCESS;
	}
	bool is_usage = argc == 4 || argc == 5;
	int64_t count = is_usage ? parse_number(argv[2]) : -1;
	struct load load = {.guilds = argc == 5 ? parse_number(argv[4]) : 1};
	if (is_usage) {
		load.kind = argv[1];
		load.members = parse_number(argv[3]);
	}
	if (count < 0 || load.members < 1 || load.guilds < 1 || !is_kind(load.kind)) {
		fputs("sign_requests: KIND COUNT MEMBERS [GUILDS], or key\n", stderr);
		return 2;
	}
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	int64_t now_ms = (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
	int64_t first_id = (now_ms - DISCORD_EPOCH_MS) << 22;
	for (int64_t i = 0; i < count; i++)
		write_request(&load, i, first_id + i, secret_key, now.tv_sec);
	return fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* Settings: what each variable takes, what it refuses, and which defaults hold. */
#include "unit.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "besace/runtime/config.h"

#define KEY "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
/* RFC 8032, test 1: the seed and its public key. */
#define SECRET "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60" KEY

/* The environment of a test: name, value, name, value. */
static const char *variables[32];

static const char *get(const char *name)
{
	for (size_t i = 0; i + 1 < ARRAY_LEN(variables) && variables[i]; i += 2)
		if (strcmp(variables[i], name) == 0)
			return variables[i + 1];
	return NULL;
}

static void set(const char *name, const char *value)
{
	size_t i = 0;
	while (variables[i] && strcmp(variables[i], name) != 0)
		i += 2;
	variables[i] = name;
	variables[i + 1] = value;
}

/* What besace cannot do without. */
static void start(void)
{
	memset(variables, 0, sizeof(variables));
	set("DATABASE_URL", "postgresql:///besace");
	set("DISCORD_PUBLIC_KEY", KEY);
}

static char *faults_of(void *ctx, enum program program, struct config *out)
{
	char *faults = NULL;
	enum status status = config_load(ctx, program, get, NULL, out, &faults);
	assert_int_equal(status, faults ? STATUS_INVALID : STATUS_OK);
	return faults;
}

static void defaults_are_those_of_the_contract(void **state)
{
	start();
	struct config config;
	assert_null(faults_of(*state, PROGRAM_BESACE, &config));
	assert_string_equal(config.api_url, "https://discord.com/api/v10");
	assert_string_equal(config.listen.host, "127.0.0.1");
	assert_string_equal(config.listen.port, "8080");
	assert_true(config.metrics_on);
	assert_string_equal(config.metrics_listen.port, "9464");
	assert_int_equal(config.pool_size, 16);
	assert_true(config.migrate);
	assert_int_equal(config.max_skew_s, 300);
	assert_int_equal(config.log_level, LOG_LEVEL_INFO);
	assert_true(config.log_json);
	assert_null(config.bot_token);
	assert_string_equal(config.application_id.text, "");
	assert_int_equal(config.event_key_count, 0);
	assert_int_equal(config.public_key_count, 1);
}

static void the_defaults_of_the_shim_are_its_own(void **state)
{
	start();
	set("DISCORD_BOT_TOKEN", "t.o.k");
	set("BESACE_EVENTS_URL", "http://127.0.0.1/events");
	set("BESACE_EVENT_KEY_ID", "shim");
	set("BESACE_EVENT_SECRET_KEY", SECRET);
	struct config config;
	assert_null(faults_of(*state, PROGRAM_GATEWAY, &config));
	assert_string_equal(config.metrics_listen.port, "9465");
	assert_string_equal(config.spool_dir, "/var/lib/besace/spool");
	assert_int_equal(config.shard_id, 0);
	assert_int_equal(config.shard_count, 1);
}

static const struct {
	enum program program;
	const char *name, *value;
} good[] = {
	{PROGRAM_BESACE, "DISCORD_PUBLIC_KEY", KEY "," KEY},
	{PROGRAM_BESACE, "DISCORD_APPLICATION_ID", "1478077197040164173"},
	{PROGRAM_BESACE, "DISCORD_BOT_TOKEN", "MTk4NjIy.Cl2FMQ.ZnCjm1XVW7vRze4b7Cq4se7kKWs"},
	{PROGRAM_BESACE, "DISCORD_API_URL", "http://127.0.0.1:9/api/v10/"},
	{PROGRAM_BESACE, "BESACE_LISTEN", "unix:/run/besace.sock"},
	{PROGRAM_BESACE, "BESACE_LISTEN", "[::1]:8080"},
	{PROGRAM_BESACE, "BESACE_METRICS_LISTEN", ""},
	{PROGRAM_BESACE, "BESACE_GUILDS", "1,18446744073709551615"},
	{PROGRAM_BESACE, "BESACE_EVENT_KEYS", "a:" KEY ",b-2_c.d:" KEY},
	{PROGRAM_BESACE, "BESACE_EVENT_KEYS", "a/0/1:" KEY ",b/eu:west:" KEY},
	{PROGRAM_BESACE, "BESACE_GUILDS", "1478077197040164173,7"},
	{PROGRAM_BESACE, "BESACE_KEEP_DAYS", "0"},
	{PROGRAM_BESACE, "BESACE_LEDGER_DAYS", "36500"},
	{PROGRAM_BESACE, "BESACE_POOL_SIZE", "1"},
	{PROGRAM_BESACE, "BESACE_POOL_SIZE", "512"},
	{PROGRAM_BESACE, "BESACE_MIGRATE", "off"},
	{PROGRAM_BESACE, "BESACE_MAX_SKEW", "43200"},
	{PROGRAM_BESACE, "BESACE_LOG", "debug"},
	{PROGRAM_BESACE, "BESACE_LOG_FORMAT", "text"},
	{PROGRAM_BESACE, "BESACE_POOL_SIZE", ""}, /* empty counts as absent */
	{PROGRAM_BESACE, "BESACE_PUBLIC_URL", "https://besace.example.org/"},
	{PROGRAM_WEB, "BESACE_PUBLIC_URL", "http://127.0.0.1:8081"},
	{PROGRAM_WEB, "BESACE_PUBLIC_URL", "http://localhost"},
	{PROGRAM_WEB, "BESACE_WEB_LISTEN", "unix:/run/besace-web.sock"},
	{PROGRAM_WEB, "DISCORD_CDN_URL", "http://127.0.0.1:9"},
	{PROGRAM_GATEWAY, "DISCORD_GATEWAY_URL", "wss://gateway.discord.gg"},
	{PROGRAM_GATEWAY, "BESACE_SHARD", "3/4"},
	{PROGRAM_GATEWAY, "BESACE_SPOOL_DIR", "/tmp/spool"},
};

static const struct {
	enum program program;
	const char *name, *value;
} wrong[] = {
	{PROGRAM_BESACE, "DISCORD_PUBLIC_KEY", "abc"},
	{PROGRAM_BESACE, "DISCORD_PUBLIC_KEY", KEY "0"},
	{PROGRAM_BESACE, "DISCORD_PUBLIC_KEY", KEY ","},
	{PROGRAM_BESACE, "DISCORD_PUBLIC_KEY", "," KEY},
	{PROGRAM_BESACE, "DISCORD_PUBLIC_KEY", KEY ", " KEY},
	{PROGRAM_BESACE, "DISCORD_PUBLIC_KEY",
		KEY "," KEY "," KEY "," KEY "," KEY "," KEY "," KEY "," KEY "," KEY},
	{PROGRAM_BESACE, "DISCORD_APPLICATION_ID", "0"},
	{PROGRAM_BESACE, "DISCORD_APPLICATION_ID", "besace"},
	{PROGRAM_BESACE, "DISCORD_BOT_TOKEN", "Bot"},
	{PROGRAM_BESACE, "DISCORD_BOT_TOKEN", "Bot a.b.c"},
	{PROGRAM_BESACE, "DISCORD_BOT_TOKEN", "a\nb"},
	{PROGRAM_BESACE, "DISCORD_API_URL", "discord.com"},
	{PROGRAM_BESACE, "DISCORD_API_URL", "ftp://discord.com"},
	{PROGRAM_BESACE, "DISCORD_API_URL", "https://"},
	{PROGRAM_BESACE, "DISCORD_API_URL", "https:///api"},
	{PROGRAM_BESACE, "DISCORD_API_URL", "https://a b"},
	{PROGRAM_BESACE, "BESACE_LISTEN", "8080"},
	{PROGRAM_BESACE, "BESACE_LISTEN", "host:http"},
	{PROGRAM_BESACE, "BESACE_TLS_CERT", "/nonexistent/cert.pem"},
	{PROGRAM_BESACE, "BESACE_TLS_KEY", "/nonexistent/key.pem"},
	{PROGRAM_BESACE, "BESACE_METRICS_LISTEN", "9464"},
	{PROGRAM_BESACE, "BESACE_GUILDS", "1,"},
	{PROGRAM_BESACE, "BESACE_GUILDS", "1, 2"},
	{PROGRAM_BESACE, "BESACE_GUILDS", "besace"},
	{PROGRAM_BESACE, "BESACE_EVENT_KEYS", KEY},
	{PROGRAM_BESACE, "BESACE_EVENT_KEYS", ":" KEY},
	{PROGRAM_BESACE, "BESACE_EVENT_KEYS", "a:" KEY ",a:" KEY},
	{PROGRAM_BESACE, "BESACE_EVENT_KEYS", "a b:" KEY},
	{PROGRAM_BESACE, "BESACE_EVENT_KEYS", "a:" KEY ","},
	{PROGRAM_BESACE, "BESACE_EVENT_KEYS", "a/:" KEY},
	{PROGRAM_BESACE, "BESACE_EVENT_KEYS", "/0:" KEY},
	{PROGRAM_BESACE, "BESACE_GUILDS", "7,"},
	{PROGRAM_BESACE, "BESACE_GUILDS", "tavern"},
	{PROGRAM_BESACE, "BESACE_KEEP_DAYS", "-1"},
	{PROGRAM_BESACE, "BESACE_LEDGER_DAYS", "36501"},
	{PROGRAM_BESACE, "BESACE_LEDGER_DAYS", "a year"},
	{PROGRAM_BESACE, "BESACE_POOL_SIZE", "0"},
	{PROGRAM_BESACE, "BESACE_POOL_SIZE", "513"},
	{PROGRAM_BESACE, "BESACE_POOL_SIZE", "-1"},
	{PROGRAM_BESACE, "BESACE_POOL_SIZE", " 4"},
	{PROGRAM_BESACE, "BESACE_POOL_SIZE", "4x"},
	{PROGRAM_BESACE, "BESACE_POOL_SIZE", "99999999999999999999"},
	{PROGRAM_BESACE, "BESACE_MIGRATE", "yes"},
	{PROGRAM_BESACE, "BESACE_MAX_SKEW", "0"},
	{PROGRAM_BESACE, "BESACE_MAX_SKEW", "43201"},
	{PROGRAM_BESACE, "BESACE_LEVEL_CHANNEL_ID", "general"},
	{PROGRAM_BESACE, "BESACE_LOG", "verbose"},
	{PROGRAM_BESACE, "BESACE_LOG_FORMAT", "xml"},
	{PROGRAM_WEB, "BESACE_PUBLIC_URL", "http://besace.example.org"},
	{PROGRAM_WEB, "BESACE_PUBLIC_URL", "http://127.0.0.1.example.org"},
	{PROGRAM_WEB, "BESACE_PUBLIC_URL", "http://127.0.0.1@example.org"},
	{PROGRAM_WEB, "BESACE_PUBLIC_URL", "besace.example.org"},
	{PROGRAM_WEB, "BESACE_PUBLIC_URL", "https://besace.example.org/?a=b"},
	{PROGRAM_WEB, "BESACE_PUBLIC_URL", "https://besace.example.org/#a"},
	{PROGRAM_WEB, "BESACE_LINK_KEY", "abc"},
	{PROGRAM_WEB, "BESACE_LINK_KEY", KEY "00"},
	{PROGRAM_WEB, "BESACE_WEB_LISTEN", "8081"},
	{PROGRAM_WEB, "DISCORD_CDN_URL", "cdn.discordapp.com"},
	{PROGRAM_GATEWAY, "DISCORD_GATEWAY_URL", "https://gateway.discord.gg"},
	{PROGRAM_GATEWAY, "BESACE_EVENTS_URL", "besace"},
	{PROGRAM_GATEWAY, "BESACE_EVENT_KEY_ID", "a:b"},
	{PROGRAM_GATEWAY, "BESACE_EVENT_SECRET_KEY", KEY},
	{PROGRAM_GATEWAY, "BESACE_EVENT_SECRET_KEY", KEY KEY},
	{PROGRAM_GATEWAY, "BESACE_SPOOL_DIR", "spool"},
	{PROGRAM_GATEWAY, "BESACE_SHARD", "1"},
	{PROGRAM_GATEWAY, "BESACE_SHARD", "1/1"},
	{PROGRAM_GATEWAY, "BESACE_SHARD", "-1/2"},
	{PROGRAM_GATEWAY, "BESACE_SHARD", "0/2 "},
	{PROGRAM_GATEWAY, "BESACE_SHARD", "0/0"},
};

static void start_for(enum program program)
{
	start();
	set("BESACE_LINK_KEY", KEY);
	if (program != PROGRAM_GATEWAY)
		return;
	set("DISCORD_BOT_TOKEN", "t.o.k");
	set("BESACE_EVENTS_URL", "http://127.0.0.1/events");
	set("BESACE_EVENT_KEY_ID", "shim");
	set("BESACE_EVENT_SECRET_KEY", SECRET);
}

static void a_public_address_needs_the_key_of_its_links(void **state)
{
	static const enum program programs[] = {PROGRAM_BESACE, PROGRAM_WEB};
	for (size_t i = 0; i < ARRAY_LEN(programs); i++) {
		start();
		set("BESACE_PUBLIC_URL", "https://besace.example.org/");
		struct config config;
		char *faults = faults_of(*state, programs[i], &config);
		assert_non_null(faults);
		assert_ptr_equal(strstr(faults, "BESACE_LINK_KEY"), faults);
		set("BESACE_LINK_KEY", KEY);
		assert_null(faults_of(*state, programs[i], &config));
		assert_true(config.has_link_key);
		assert_string_equal(config.public_url, "https://besace.example.org");
	}
}

static void the_pages_have_defaults_of_their_own(void **state)
{
	start();
	struct config config;
	assert_null(faults_of(*state, PROGRAM_WEB, &config));
	assert_string_equal(config.listen.port, "8081");
	assert_string_equal(config.metrics_listen.port, "9466");
	assert_string_equal(config.cdn_url, "https://cdn.discordapp.com");
	assert_null(config.bot_token);
}

static void good_values_are_taken(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		start_for(good[i].program);
		set(good[i].name, good[i].value);
		struct config config;
		char *faults = faults_of(*state, good[i].program, &config);
		if (faults)
			fail_msg("%s=%s: %s", good[i].name, good[i].value, faults);
	}
}

static void wrong_values_are_one_fault_that_names_the_variable(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
		start_for(wrong[i].program);
		set(wrong[i].name, wrong[i].value);
		struct config config;
		char *faults = faults_of(*state, wrong[i].program, &config);
		if (!faults)
			fail_msg("%s=%s was taken", wrong[i].name, wrong[i].value);
		size_t length = strlen(wrong[i].name);
		assert_memory_equal(faults, wrong[i].name, length);
		assert_memory_equal(faults + length, ": ", 2);
		assert_ptr_equal(strchr(faults, '\n'), faults + strlen(faults) - 1);
	}
}

static void all_faults_are_told_at_once(void **state)
{
	start();
	set("DATABASE_URL", NULL);
	set("DISCORD_PUBLIC_KEY", "x");
	set("BESACE_LISTEN", "x");
	set("BESACE_LOG", "x");
	struct config config;
	char *faults = faults_of(*state, PROGRAM_BESACE, &config);
	assert_non_null(faults);
	assert_non_null(strstr(faults, "DATABASE_URL: is required (or DATABASE_URL_FILE)\n"));
	assert_non_null(strstr(faults, "DISCORD_PUBLIC_KEY: "));
	assert_non_null(strstr(faults, "BESACE_LISTEN: "));
	assert_non_null(strstr(faults, "BESACE_LOG: "));
}

static void secrets_are_never_repeated(void **state)
{
	start_for(PROGRAM_GATEWAY);
	set("DISCORD_BOT_TOKEN", "sesame open");
	set("BESACE_EVENT_SECRET_KEY", "sesame");
	struct config config;
	char *faults = faults_of(*state, PROGRAM_GATEWAY, &config);
	assert_non_null(faults);
	assert_null(strstr(faults, "sesame"));
}

static void a_certificate_needs_its_key(void **state)
{
	static const char *const names[] = {"BESACE_TLS_CERT", "BESACE_TLS_KEY"};
	for (int i = 0; i < 2; i++) {
		start();
		set(names[i], "/dev/null");
		struct config config;
		char *faults = faults_of(*state, PROGRAM_BESACE, &config);
		assert_non_null(faults);
		assert_memory_equal(faults, names[1 - i], strlen(names[1 - i]));
	}
}

static void a_final_slash_of_the_api_is_dropped(void **state)
{
	start();
	set("DISCORD_API_URL", "http://127.0.0.1:9/api/v10//");
	struct config config;
	assert_null(faults_of(*state, PROGRAM_BESACE, &config));
	assert_string_equal(config.api_url, "http://127.0.0.1:9/api/v10");
}

static char *write_file(void *ctx, const char *content, size_t length)
{
	char *path = talloc_strdup(ctx, "/tmp/besace-unit.XXXXXX");
	int fd = mkstemp(path);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, content, length), length);
	close(fd);
	return path;
}

static void a_secret_can_be_in_a_file_and_the_variable_wins(void **state)
{
	char *path = write_file(*state, "a.b.c\r\n", 7);
	start();
	set("DISCORD_BOT_TOKEN_FILE", path);
	struct config config;
	assert_null(faults_of(*state, PROGRAM_BESACE, &config));
	assert_string_equal(config.bot_token, "a.b.c");
	set("DISCORD_BOT_TOKEN", "d.e.f");
	assert_null(faults_of(*state, PROGRAM_BESACE, &config));
	assert_string_equal(config.bot_token, "d.e.f");
	set("DISCORD_BOT_TOKEN_FILE", "/nonexistent");
	assert_null(faults_of(*state, PROGRAM_BESACE, &config));
	unlink(path);
}

static void a_secret_without_a_slash_is_one_of_systemds_credentials(void **state)
{
	char *path = write_file(*state, "a.b.c\n", 6), *name = strrchr(path, '/');
	struct config config;
	start();
	set("DISCORD_BOT_TOKEN_FILE", name + 1);
	assert_non_null(faults_of(*state, PROGRAM_BESACE, &config));
	set("CREDENTIALS_DIRECTORY", talloc_strndup(*state, path, (size_t)(name - path)));
	assert_null(faults_of(*state, PROGRAM_BESACE, &config));
	assert_string_equal(config.bot_token, "a.b.c");
	set("DISCORD_BOT_TOKEN_FILE", path);
	assert_null(faults_of(*state, PROGRAM_BESACE, &config));
	assert_string_equal(config.bot_token, "a.b.c");
	unlink(path);
}

static void an_unusable_file_is_a_fault_of_its_variable(void **state)
{
	char *empty = write_file(*state, "\n", 1), *binary = write_file(*state, "a\0b", 3);
	const char *const paths[] = {"/nonexistent", "/tmp", empty, binary};
	for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
		start();
		set("DATABASE_URL", NULL);
		set("DATABASE_URL_FILE", paths[i]);
		struct config config;
		char *faults = faults_of(*state, PROGRAM_BESACE, &config);
		assert_non_null(faults);
		assert_memory_equal(faults, "DATABASE_URL_FILE: ", 19);
	}
	unlink(empty);
	unlink(binary);
}

static char *refuse(void *ctx, const char *value)
{
	return strcmp(value, "bad") == 0 ? talloc_strdup(ctx, "no good") : NULL;
}

static void a_higher_layer_can_check_too(void **state)
{
	const struct config_check checks[] = {{"DATABASE_URL", refuse}, {0}};
	start();
	struct config config;
	char *faults = NULL;
	assert_int_equal(config_load(*state, PROGRAM_BESACE, get, checks, &config, &faults), 0);
	set("DATABASE_URL", "bad");
	assert_int_equal(
		config_load(*state, PROGRAM_BESACE, get, checks, &config, &faults), STATUS_INVALID);
	assert_string_equal(faults, "DATABASE_URL: no good\n");
}

static void printing_hides_secrets(void **state)
{
	start();
	set("DISCORD_BOT_TOKEN", "sesame");
	set("BESACE_POOL_SIZE", "4");
	char *text = NULL;
	size_t length = 0;
	FILE *out = open_memstream(&text, &length);
	config_print(PROGRAM_BESACE, get, out);
	fclose(out);
	assert_non_null(strstr(text, "DISCORD_BOT_TOKEN=(set)\n"));
	assert_non_null(strstr(text, "DATABASE_URL=(set)\n"));
	assert_non_null(strstr(text, "BESACE_POOL_SIZE=4\n"));
	assert_non_null(strstr(text, "BESACE_MAX_SKEW=300  (default)\n"));
	assert_non_null(strstr(text, "DISCORD_APPLICATION_ID=(not set)\n"));
	assert_null(strstr(text, "sesame"));
	free(text);
	(void)state;
}

static void misspelt_variables_are_found(void **state)
{
	char misspelt[] = "BESACE_LISTN=x", listen[] = "BESACE_LISTEN=x", path[] = "PATH=/bin",
	     secret[] = "BESACE_EVENT_SECRET_KEY_FILE=x", no_secret[] = "BESACE_LOG_FILE=x",
	     shard[] = "BESACE_SHARD=0/1";
	char *wrong_ones[] = {misspelt, listen, path, secret, no_secret, NULL};
	assert_string_equal(config_unknown(*state, wrong_ones), "BESACE_LISTN BESACE_LOG_FILE");
	char *known[] = {listen, secret, shard, NULL};
	assert_null(config_unknown(*state, known));
}

static const struct CMUnitTest tests[] = {
	UNIT(defaults_are_those_of_the_contract),
	UNIT(the_defaults_of_the_shim_are_its_own),
	UNIT(a_public_address_needs_the_key_of_its_links),
	UNIT(the_pages_have_defaults_of_their_own),
	UNIT(good_values_are_taken),
	UNIT(wrong_values_are_one_fault_that_names_the_variable),
	UNIT(all_faults_are_told_at_once),
	UNIT(secrets_are_never_repeated),
	UNIT(a_certificate_needs_its_key),
	UNIT(a_final_slash_of_the_api_is_dropped),
	UNIT(a_secret_can_be_in_a_file_and_the_variable_wins),
	UNIT(a_secret_without_a_slash_is_one_of_systemds_credentials),
	UNIT(an_unusable_file_is_a_fault_of_its_variable),
	UNIT(a_higher_layer_can_check_too),
	UNIT(printing_hides_secrets),
	UNIT(misspelt_variables_are_found),
};

UNIT_MAIN(tests)

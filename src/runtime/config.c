/* The table of settings, and reading it from the environment. */
#include "besace/runtime/config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <talloc.h>

#include "besace/base/memory.h"

/* A secret's file: a key or a URL, never more. */
#define SECRET_FILE_MAX 65536

/* Reads VALUE into *out; on a fault returns a sentence on CTX, which must not repeat a secret. */
typedef char *parse_fn(void *ctx, const char *value, struct config *out);

struct variable {
	const char *name;
	unsigned programs; /* who reads it */
	unsigned required; /* who cannot do without */
	bool secret; /* also read from NAME_FILE, never printed */
	bool empty_is_off; /* an empty value is a value */
	const char *fallback;
	parse_fn *parse;
};

const char *config_environment(const char *name)
{
	return getenv(name);
}

static char *say(void *ctx, const char *sentence)
{
	return must(talloc_strdup(ctx, sentence));
}

static bool parse_key(const char *hex, size_t length, struct public_key *out)
{
	size_t used = 0;
	return length == 2 * sizeof(out->bytes) &&
	       sodium_hex2bin(out->bytes, sizeof(out->bytes), hex, length, NULL, &used, NULL) ==
		       0 &&
	       used == sizeof(out->bytes);
}

static char *parse_database_url(void *ctx, const char *value, struct config *out)
{
	out->database_url = say(ctx, value);
	return NULL;
}

static char *parse_public_keys(void *ctx, const char *value, struct config *out)
{
	for (const char *item = value;; item++) {
		size_t length = strcspn(item, ",");
		if (out->public_key_count == CONFIG_MAX_PUBLIC_KEYS)
			return must(talloc_asprintf(
				ctx, "at most %d keys can be listed", CONFIG_MAX_PUBLIC_KEYS));
		if (!parse_key(item, length, &out->public_keys[out->public_key_count]))
			return must(talloc_asprintf(ctx,
				"key %zu must be 64 hexadecimal digits, got %zu characters",
				out->public_key_count + 1, length));
		out->public_key_count++;
		item += length;
		if (*item == '\0')
			return NULL;
	}
}

static char *parse_id(void *ctx, const char *value, struct snowflake *out)
{
	if (snowflake_parse(value, out))
		return NULL;
	return must(talloc_asprintf(
		ctx, "must be a Discord id (a snowflake: decimal digits), got \"%s\"", value));
}

static char *parse_application_id(void *ctx, const char *value, struct config *out)
{
	return parse_id(ctx, value, &out->application_id);
}

static char *parse_level_channel(void *ctx, const char *value, struct config *out)
{
	return parse_id(ctx, value, &out->level_channel_id);
}

static char *parse_bot_token(void *ctx, const char *value, struct config *out)
{
	/* It becomes an HTTP header: a control character would split it. */
	for (const char *c = value; *c; c++)
		if ((unsigned char)*c <= ' ' || (unsigned char)*c >= 127)
			return say(ctx, "must not hold spaces or control characters");
	if (strncmp(value, "Bot", 3) == 0 && strchr(value, '.') == NULL)
		return say(ctx, "give the token alone, without the word \"Bot\"");
	out->bot_token = say(ctx, value);
	return NULL;
}

static char *parse_url(void *ctx, const char *value, const char *scheme, char **out)
{
	size_t bare = strlen(scheme);
	const char *rest = NULL;
	if (strncmp(value, scheme, bare) == 0)
		rest = value[bare] == 's' ? value + bare + 1 : value + bare;
	if (!rest || strncmp(rest, "://", 3) != 0 || rest[3] == '\0' || rest[3] == '/')
		return must(talloc_asprintf(
			ctx, "must start with %s:// or %ss:// and name a host", scheme, scheme));
	for (const char *c = value; *c; c++)
		if ((unsigned char)*c <= ' ')
			return say(ctx, "must not hold spaces or control characters");
	*out = say(ctx, value);
	for (size_t n = strlen(*out); n > 0 && (*out)[n - 1] == '/'; n--)
		(*out)[n - 1] = '\0';
	return NULL;
}

static char *parse_api_url(void *ctx, const char *value, struct config *out)
{
	return parse_url(ctx, value, "http", &out->api_url);
}

static char *parse_gateway_url(void *ctx, const char *value, struct config *out)
{
	return parse_url(ctx, value, "ws", &out->gateway_url);
}

static char *parse_events_url(void *ctx, const char *value, struct config *out)
{
	return parse_url(ctx, value, "http", &out->events_url);
}

static char *parse_cdn_url(void *ctx, const char *value, struct config *out)
{
	return parse_url(ctx, value, "http", &out->cdn_url);
}

/* Plain HTTP goes to this machine only: everybody else's pages are HTTPS. */
static bool is_loopback(const char *url)
{
	static const char *const hosts[] = {"127.0.0.1", "localhost", "[::1]"};
	const char *host = url + strlen("http://");
	for (size_t i = 0; i < ARRAY_LEN(hosts); i++) {
		size_t length = strlen(hosts[i]);
		if (strncmp(host, hosts[i], length) == 0 &&
			(host[length] == '\0' || host[length] == ':' || host[length] == '/'))
			return true;
	}
	return false;
}

static char *parse_public_url(void *ctx, const char *value, struct config *out)
{
	if (strncmp(value, "http://", strlen("http://")) == 0 && !is_loopback(value))
		return say(ctx, "must begin with https:// (http:// only for this machine)");
	if (strpbrk(value, "?#"))
		return say(ctx, "must hold no ? and no #: pages' addresses are put behind it");
	return parse_url(ctx, value, "http", &out->public_url);
}

static char *parse_link_key(void *ctx, const char *value, struct config *out)
{
	struct public_key key;
	if (!parse_key(value, strlen(value), &key))
		return say(ctx, "must be 64 hexadecimal digits, see besacectl keygen --link");
	_Static_assert(sizeof(key) == sizeof(out->link_key), "both have 32 bytes");
	memcpy(out->link_key, &key, sizeof(key));
	out->has_link_key = true;
	return NULL;
}

static char *parse_address(void *ctx, const char *value, struct address *out)
{
	char *why = NULL;
	return address_parse(ctx, value, out, &why) == STATUS_OK ? NULL : why;
}

static char *parse_listen(void *ctx, const char *value, struct config *out)
{
	return parse_address(ctx, value, &out->listen);
}

static char *parse_metrics(void *ctx, const char *value, struct config *out)
{
	out->metrics_on = *value != '\0';
	return out->metrics_on ? parse_address(ctx, value, &out->metrics_listen) : NULL;
}

static char *parse_readable(void *ctx, const char *value, char **out)
{
	FILE *file = fopen(value, "re");
	if (!file)
		return must(talloc_asprintf(ctx, "cannot read \"%s\": %s", value, strerror(errno)));
	fclose(file);
	*out = say(ctx, value);
	return NULL;
}

static char *parse_tls_cert(void *ctx, const char *value, struct config *out)
{
	return parse_readable(ctx, value, &out->tls_cert);
}

static char *parse_tls_key(void *ctx, const char *value, struct config *out)
{
	return parse_readable(ctx, value, &out->tls_key);
}

bool config_is_key_id(const char *text, size_t length)
{
	return length >= 1 && length <= 64 &&
	       strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.") >=
		       length;
}

static char *parse_event_keys(void *ctx, const char *value, struct config *out)
{
	for (const char *item = value;; item++) {
		size_t length = strcspn(item, ",");
		/* keyid[/source]:key, of which the source may hold slashes and colons. */
		const char *colon = memrchr(item, ':', length);
		size_t name_length = colon ? (size_t)(colon - item) : length;
		size_t id_length = strcspn(item, "/:,");
		size_t source_length = id_length < name_length ? name_length - id_length - 1 : 0;
		if (out->event_key_count == CONFIG_MAX_EVENT_KEYS)
			return must(talloc_asprintf(
				ctx, "at most %d keys can be listed", CONFIG_MAX_EVENT_KEYS));
		struct event_key *key = &out->event_keys[out->event_key_count];
		if (!colon || !config_is_key_id(item, id_length) ||
			(id_length < name_length &&
				(item[id_length] != '/' || source_length == 0)) ||
			!parse_key(colon + 1, length - name_length - 1, &key->key))
			return must(talloc_asprintf(ctx,
				"entry %zu must be keyid[/source]:hexpublickey, with 64 "
				"hexadecimal digits",
				out->event_key_count + 1));
		key->id = must(talloc_strndup(ctx, item, id_length));
		if (source_length > 0)
			key->source =
				must(talloc_strndup(ctx, item + id_length + 1, source_length));
		for (size_t i = 0; i < out->event_key_count; i++)
			if (strcmp(out->event_keys[i].id, key->id) == 0)
				return must(talloc_asprintf(
					ctx, "the key id \"%s\" is listed twice", key->id));
		out->event_key_count++;
		item += length;
		if (*item == '\0')
			return NULL;
	}
}

static char *parse_guilds(void *ctx, const char *value, struct config *out)
{
	for (const char *item = value;; item++) {
		size_t length = strcspn(item, ",");
		struct snowflake guild;
		if (!snowflake_parse(must(talloc_strndup(ctx, item, length)), &guild))
			return must(talloc_asprintf(ctx,
				"entry %u must be the id of a server (a snowflake: decimal "
				"digits)",
				(unsigned)out->guild_count + 1));
		out->guilds = must(talloc_realloc(
			ctx, out->guilds, struct snowflake, (unsigned)out->guild_count + 1));
		out->guilds[out->guild_count++] = guild;
		item += length;
		if (*item == '\0')
			return NULL;
	}
}

static char *parse_event_key_id(void *ctx, const char *value, struct config *out)
{
	if (!config_is_key_id(value, strlen(value)))
		return say(ctx, CONFIG_KEY_ID_FORM);
	out->event_key_id = say(ctx, value);
	return NULL;
}

static char *parse_event_secret(void *ctx, const char *value, struct config *out)
{
	unsigned char pair[crypto_sign_SECRETKEYBYTES], made[crypto_sign_PUBLICKEYBYTES],
		secret[crypto_sign_SECRETKEYBYTES];
	size_t used = 0;
	if (strlen(value) != 2 * sizeof(pair) ||
		sodium_hex2bin(pair, sizeof(pair), value, strlen(value), NULL, &used, NULL) != 0 ||
		used != sizeof(pair))
		return say(ctx, "must be 128 hexadecimal digits, as besacectl keygen writes them");
	crypto_sign_seed_keypair(made, secret, pair);
	bool matches = memcmp(secret, pair, sizeof(pair)) == 0;
	memcpy(out->event_secret_key, pair, sizeof(pair));
	sodium_memzero(secret, sizeof(secret));
	sodium_memzero(pair, sizeof(pair));
	return matches ? NULL : say(ctx, "its second half is not the public key of its first half");
}

static char *parse_integer(void *ctx, const char *value, int min, int max, int *out)
{
	char *end;
	errno = 0;
	long number = strtol(value, &end, 10);
	if (errno || *end != '\0' || *value < '0' || *value > '9' || number < min || number > max)
		return must(talloc_asprintf(
			ctx, "must be a whole number from %d to %d, got \"%s\"", min, max, value));
	*out = (int)number;
	return NULL;
}

static char *parse_keep_days(void *ctx, const char *value, struct config *out)
{
	return parse_integer(ctx, value, 0, 36500, &out->keep_days);
}

static char *parse_ledger_days(void *ctx, const char *value, struct config *out)
{
	return parse_integer(ctx, value, 0, 36500, &out->ledger_days);
}

static char *parse_pool_size(void *ctx, const char *value, struct config *out)
{
	return parse_integer(ctx, value, 1, 512, &out->pool_size);
}

/* Twice the skew must fit in the day for which receipts are kept: else a captured request could
 * be replayed after its receipt is gone. */
static char *parse_max_skew(void *ctx, const char *value, struct config *out)
{
	return parse_integer(ctx, value, 1, 43200, &out->max_skew_s);
}

static char *parse_migrate(void *ctx, const char *value, struct config *out)
{
	out->migrate = strcmp(value, "on") == 0;
	if (out->migrate || strcmp(value, "off") == 0)
		return NULL;
	return must(talloc_asprintf(ctx, "must be on or off, got \"%s\"", value));
}

static char *parse_log_level(void *ctx, const char *value, struct config *out)
{
	static const char *const names[] = {"error", "warn", "info", "debug"};
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (strcmp(value, names[i]) == 0) {
			out->log_level = (enum log_level)i;
			return NULL;
		}
	return must(talloc_asprintf(ctx, "must be error, warn, info or debug, got \"%s\"", value));
}

static char *parse_log_format(void *ctx, const char *value, struct config *out)
{
	out->log_json = strcmp(value, "json") == 0;
	if (out->log_json || strcmp(value, "text") == 0)
		return NULL;
	return must(talloc_asprintf(ctx, "must be json or text, got \"%s\"", value));
}

static char *parse_spool_dir(void *ctx, const char *value, struct config *out)
{
	if (value[0] != '/')
		return must(talloc_asprintf(ctx, "must be an absolute path, got \"%s\"", value));
	out->spool_dir = say(ctx, value);
	return NULL;
}

static char *parse_shard(void *ctx, const char *value, struct config *out)
{
	char id[12], count[12], rest;
	if (sscanf(value, "%11[0-9]/%11[0-9]%c", id, count, &rest) != 2 ||
		parse_integer(ctx, count, 1, 65536, &out->shard_count) ||
		parse_integer(ctx, id, 0, out->shard_count - 1, &out->shard_id))
		return must(talloc_asprintf(
			ctx, "must be id/count with 0 <= id < count, got \"%s\"", value));
	return NULL;
}

#define BESACE PROGRAM_BESACE
#define SHIM PROGRAM_GATEWAY
#define CTL PROGRAM_CTL
#define WEB PROGRAM_WEB

/* Name, readers, who requires it, secret, empty means off, default, parser. */
static const struct variable table[] = {
	{"DATABASE_URL", BESACE | CTL | WEB, BESACE | WEB, true, false, NULL, parse_database_url},
	{"DISCORD_PUBLIC_KEY", BESACE, BESACE, false, false, NULL, parse_public_keys},
	{"DISCORD_APPLICATION_ID", BESACE | CTL, 0, false, false, NULL, parse_application_id},
	{"DISCORD_BOT_TOKEN", BESACE | SHIM | CTL, SHIM, true, false, NULL, parse_bot_token},
	{"DISCORD_API_URL", BESACE | SHIM | CTL, 0, false, false, "https://discord.com/api/v10",
		parse_api_url},
	{"BESACE_LISTEN", BESACE, 0, false, false, "127.0.0.1:8080", parse_listen},
	{"BESACE_TLS_CERT", BESACE, 0, false, false, NULL, parse_tls_cert},
	{"BESACE_TLS_KEY", BESACE, 0, false, false, NULL, parse_tls_key},
	{"BESACE_METRICS_LISTEN", BESACE, 0, false, true, "127.0.0.1:9464", parse_metrics},
	{"BESACE_METRICS_LISTEN", SHIM, 0, false, true, "127.0.0.1:9465", parse_metrics},
	{"BESACE_METRICS_LISTEN", WEB, 0, false, true, "127.0.0.1:9466", parse_metrics},
	{"BESACE_WEB_LISTEN", WEB, 0, false, false, "127.0.0.1:8081", parse_listen},
	{"BESACE_PUBLIC_URL", BESACE | WEB | CTL, 0, false, false, NULL, parse_public_url},
	{"BESACE_LINK_KEY", BESACE | WEB | CTL, 0, true, false, NULL, parse_link_key},
	{"DISCORD_CDN_URL", BESACE | WEB, 0, false, false, "https://cdn.discordapp.com",
		parse_cdn_url},
	{"BESACE_EVENT_KEYS", BESACE, 0, false, false, NULL, parse_event_keys},
	{"BESACE_GUILDS", BESACE | CTL, 0, false, false, NULL, parse_guilds},
	{"BESACE_KEEP_DAYS", BESACE, 0, false, false, "30", parse_keep_days},
	{"BESACE_LEDGER_DAYS", BESACE, 0, false, false, "0", parse_ledger_days},
	{"BESACE_POOL_SIZE", BESACE, 0, false, false, "16", parse_pool_size},
	{"BESACE_MIGRATE", BESACE, 0, false, false, "on", parse_migrate},
	{"BESACE_MAX_SKEW", BESACE, 0, false, false, "300", parse_max_skew},
	{"BESACE_LEVEL_CHANNEL_ID", BESACE, 0, false, false, NULL, parse_level_channel},
	{"BESACE_LOG", PROGRAM_ALL, 0, false, false, "info", parse_log_level},
	{"BESACE_LOG_FORMAT", PROGRAM_ALL, 0, false, false, "json", parse_log_format},
	{"DISCORD_GATEWAY_URL", SHIM, 0, false, false, NULL, parse_gateway_url},
	{"BESACE_EVENTS_URL", SHIM, SHIM, false, false, NULL, parse_events_url},
	{"BESACE_EVENT_KEY_ID", SHIM, SHIM, false, false, NULL, parse_event_key_id},
	{"BESACE_EVENT_SECRET_KEY", SHIM, SHIM, true, false, NULL, parse_event_secret},
	{"BESACE_SPOOL_DIR", SHIM, 0, false, false, "/var/lib/besace/spool", parse_spool_dir},
	{"BESACE_SHARD", SHIM, 0, false, false, "0/1", parse_shard},
};

char *config_read_file(void *ctx, const char *path, size_t max, char **out_why)
{
	FILE *file = fopen(path, "re");
	if (!file) {
		*out_why =
			must(talloc_asprintf(ctx, "cannot read \"%s\": %s", path, strerror(errno)));
		return NULL;
	}
	char *text = must(talloc_size(ctx, max + 1));
	size_t length = fread(text, 1, max + 1, file);
	bool failed = ferror(file) != 0;
	fclose(file);
	if (failed || length > max || memchr(text, '\0', length)) {
		*out_why = must(talloc_asprintf(ctx, "\"%s\" is %s", path,
			failed         ? "not readable"
			: length > max ? "too large"
				       : "not text"));
		talloc_free(text);
		return NULL;
	}
	while (length > 0 && (text[length - 1] == '\n' || text[length - 1] == '\r'))
		length--;
	text[length] = '\0';
	return text;
}

/* Where systemd's LoadCredential puts files: what X_FILE names without a slash is one of them, if
 * there are any, so that one besace.env serves every unit (systemd.exec(5), "Credentials"). */
static const char *secret_path(void *ctx, const char *path, config_getenv *get)
{
	const char *folder = get("CREDENTIALS_DIRECTORY");
	if (strchr(path, '/') || !folder || *folder == '\0')
		return path;
	return must(talloc_asprintf(ctx, "%s/%s", folder, path));
}

/* The effective text of a setting: its variable, its file, its default, or NULL. */
static const char *value_of(
	void *ctx, const struct variable *row, config_getenv *get, char **out_fault)
{
	const char *value = get(row->name);
	if (value && (*value || row->empty_is_off))
		return value;
	if (row->secret) {
		char *name = must(talloc_asprintf(ctx, "%s_FILE", row->name)), *why = NULL;
		const char *path = get(name);
		if (path && *path) {
			value = config_read_file(
				ctx, secret_path(ctx, path, get), SECRET_FILE_MAX, &why);
			if (value && *value)
				return value;
			*out_fault = must(talloc_asprintf(
				ctx, "%s: %s", name, why ? why : "the file is empty"));
			return NULL;
		}
	}
	return row->fallback;
}

static char *check_more(
	void *ctx, const struct config_check *checks, const char *name, const char *value)
{
	for (; checks && checks->name; checks++)
		if (strcmp(checks->name, name) == 0)
			return checks->fault(ctx, value);
	return NULL;
}

/* A fault repeats what was given, which may hold line breaks. */
static char *one_line(char *text)
{
	for (char *c = text; *c; c++)
		if ((unsigned char)*c < ' ' || *c == '\x7f')
			*c = '?';
	return text;
}

/* The fault of one row as "NAME: sentence", or NULL. */
static char *load_row(void *ctx, const struct variable *row, enum program program,
	config_getenv *get, const struct config_check *checks, struct config *out)
{
	char *fault = NULL;
	const char *value = value_of(ctx, row, get, &fault);
	if (fault)
		return fault;
	if (!value) {
		if (!(row->required & program))
			return NULL;
		return must(talloc_asprintf(ctx, "%s: is required%s%s%s", row->name,
			row->secret ? " (or " : "", row->secret ? row->name : "",
			row->secret ? "_FILE)" : ""));
	}
	fault = row->parse(ctx, value, out);
	if (!fault)
		fault = check_more(ctx, checks, row->name, value);
	return fault ? one_line(must(talloc_asprintf(ctx, "%s: %s", row->name, fault))) : NULL;
}

enum status config_load(void *ctx, enum program program, config_getenv *get,
	const struct config_check *checks, struct config *out, char **out_faults)
{
	*out = (struct config){0};
	char *faults = say(ctx, "");
	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		if (!(table[i].programs & program))
			continue;
		char *fault = load_row(ctx, &table[i], program, get, checks, out);
		if (fault)
			faults = must(talloc_asprintf_append(faults, "%s\n", fault));
	}
	if (!out->tls_cert != !out->tls_key && !strstr(faults, "BESACE_TLS_"))
		faults = must(talloc_asprintf_append(faults,
			"%s: is required when BESACE_TLS_%s is set\n",
			out->tls_cert ? "BESACE_TLS_KEY" : "BESACE_TLS_CERT",
			out->tls_cert ? "CERT" : "KEY"));
	if (out->public_url && !out->has_link_key && !strstr(faults, "BESACE_LINK_KEY"))
		faults = must(talloc_asprintf_append(faults,
			"BESACE_LINK_KEY: is required when BESACE_PUBLIC_URL is set (or "
			"BESACE_LINK_KEY_FILE)\n"));
	if (*faults == '\0')
		return STATUS_OK;
	*out_faults = faults;
	return STATUS_INVALID;
}

void config_print(enum program program, config_getenv *get, FILE *out)
{
	void *ctx = must(talloc_new(NULL));
	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		const struct variable *row = &table[i];
		if (!(row->programs & program))
			continue;
		char *fault = NULL;
		const char *value = value_of(ctx, row, get, &fault);
		const char *given = get(row->name);
		if (fault)
			value = "(unreadable)";
		else if (!value)
			value = "(not set)";
		else if (row->secret)
			value = "(set)";
		fprintf(out, "%s=%s%s\n", row->name, value,
			!fault && value == row->fallback && !(given && *given) ? "  (default)"
									       : "");
	}
	talloc_free(ctx);
}

static bool is_known(const char *variable, size_t length)
{
	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		size_t n = strlen(table[i].name);
		if (length >= n && strncmp(variable, table[i].name, n) == 0 &&
			(length == n || (table[i].secret && length == n + 5 &&
						strncmp(variable + n, "_FILE", 5) == 0)))
			return true;
	}
	return false;
}

char *config_unknown(void *ctx, char *const *environ)
{
	char *list = NULL;
	for (; *environ; environ++) {
		size_t length = strcspn(*environ, "=");
		if (strncmp(*environ, "BESACE_", 7) != 0 || is_known(*environ, length))
			continue;
		if (!list)
			list = must(talloc_strndup(ctx, *environ, length));
		else
			list = must(talloc_asprintf_append(list, " %.*s", (int)length, *environ));
	}
	return list;
}

const char *config_announce_channel(const struct config *config)
{
	const char *channel = config->level_channel_id.text;
	return config->bot_token && *channel != '\0' ? channel : NULL;
}

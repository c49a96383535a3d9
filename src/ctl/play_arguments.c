/* Reads the arguments of what posts interactions. */
#include "play_arguments.h"

#include <string.h>

#include "besace/runtime/config.h"

static void read_id(
	struct arguments *arguments, const char *name, const char *text, struct snowflake *out)
{
	if (!snowflake_parse(text, out))
		arguments_fault(arguments, "--%s: must be a Discord id, got \"%s\"", name, text);
}

static void read_play(struct arguments *arguments, const struct play_given *given, struct play *out)
{
	read_id(arguments, "application",
		given->application ? given->application : PLAY_APPLICATION, &out->application);
	if (!given->dm)
		read_id(arguments, "guild", given->guild ? given->guild : PLAY_GUILD, &out->guild);
	else if (given->guild)
		arguments_fault(arguments, "--guild: cannot be had with --dm");
	read_id(arguments, "member", given->member ? given->member : PLAY_MEMBER, &out->member.id);
	out->member.username = given->username ? given->username : PLAY_USERNAME;
	if (*out->member.username == '\0')
		arguments_fault(arguments, "--username: must not be empty");
	out->locale = given->locale ? given->locale : PLAY_LOCALE;
	out->guild_locale = given->guild_locale ? given->guild_locale : out->locale;
}

static void read_post(
	struct arguments *arguments, const struct play_given *given, struct http_post *out)
{
	const char *fault = given->url ? post_url_fault(given->url) : "is required";
	if (fault)
		arguments_fault(arguments, "--url: %s", fault);
	if (!given->key)
		arguments_fault(arguments, "--key: is required");
	if (given->key_id && !config_is_key_id(given->key_id, strlen(given->key_id)))
		arguments_fault(arguments, "--key-id: " CONFIG_KEY_ID_FORM);
	if (given->insecure && !given->unix_path && !fault && !post_is_local(given->url))
		arguments_fault(arguments, "--insecure: is for this machine only, as 127.0.0.1; "
					   "--cacert names a certificate to trust");
	*out = (struct http_post){.url = given->url,
		.unix_path = given->unix_path,
		.ca_file = given->cacert,
		.insecure = given->insecure,
		.key_id = given->key_id};
}

void play_arguments_read(struct arguments *arguments, const struct play_given *given,
	struct play *out, struct http_post *out_post)
{
	read_post(arguments, given, out_post);
	read_play(arguments, given, out);
}

/* Writes and reads the facts of matches. */
#include "besace/play/facts.h"

#include "besace/base/memory.h"
#include "besace/discord/markdown.h"
#include "besace/engine/invocation.h"

static void put_name(const struct invocation *invocation, json_t *names, const struct user *user)
{
	json_object_set_new(
		names, user->id.text, must(json_string(invocation_shown_name(invocation, user))));
}

json_t *match_facts(const struct invocation *invocation, const struct user *other)
{
	json_t *names = must(json_object());
	put_name(invocation, names, &invocation->in->user);
	if (other)
		put_name(invocation, names, other);
	return must(json_pack("{s:o}", "names", names));
}

json_t *match_facts_with(const struct invocation *invocation, const struct match *match)
{
	json_t *facts = must(json_deep_copy(match->facts));
	put_name(invocation, json_object_get(facts, "names"), &invocation->in->user);
	return facts;
}

void match_facts_name(const struct invocation *invocation, json_t *facts,
	const struct snowflake *user, const char *name)
{
	json_object_set_new(json_object_get(facts, "names"), user->text,
		must(json_string(markdown_escape(invocation->ctx, name, user->text))));
}

const char *match_name(const struct match *match, const struct snowflake *user)
{
	const char *name = json_string_value(
		json_object_get(json_object_get(match->facts, "names"), user->text));
	return name ? name : user->text;
}

const char *match_fact(const struct match *match, const char *key)
{
	const char *text = json_string_value(json_object_get(match->facts, key));
	return text ? text : "";
}

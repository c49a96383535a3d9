/* Builds the JSON that matches are written with. */
#include "besace/play/match_json.h"

#include "besace/base/memory.h"

void match_json_put(json_t *object, const char *key, const char *text)
{
	if (text && *text)
		json_object_set_new(object, key, must(json_string(text)));
}

json_t *match_end_json(enum game game, const struct snowflake *user,
	const struct snowflake *opponent, int32_t stake, int32_t credit)
{
	static const char *const boosts[] = {[BOOST_CREDIT] = "credit", [BOOST_GAIN] = "gain"};
	struct payout payout = payout_make(game, stake, credit, 0);
	enum boost boost = game_rules(game)->boost;
	json_t *end = must(json_pack("{s:s, s:i, s:i}", "result", result_name(payout.result),
		"credit", (int)credit, "xp", payout.xp));
	match_json_put(end, "user", user->text);
	match_json_put(end, "opponent", opponent ? opponent->text : NULL);
	match_json_put(end, "boost", boost == BOOST_NONE ? NULL : boosts[boost]);
	return end;
}

json_t *match_return_json(const struct snowflake *user, int32_t stake)
{
	return must(json_pack("{s:s, s:i}", "user", user->text, "credit", (int)stake));
}

json_t *match_message_json(const struct invocation *invocation)
{
	json_t *message = must(json_object());
	if (invocation->in->message_ephemeral)
		return message;
	match_json_put(message, "application", invocation->in->application_id.text);
	match_json_put(message, "token", invocation->in->token);
	match_json_put(message, "message", invocation->in->message_id.text);
	return message;
}

json_t *match_news_json(void)
{
	return must(json_pack("{s:b}", "news", 1));
}

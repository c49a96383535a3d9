/* The JSON objects that the program writes and no struct holds. What each key means stands where
 * the routine takes it. */
#include "json_written.h"

/* ---- Opening a match: sql/routines/besace_match_open.sql */

DB_SHAPE(json_match_open, DB_KEY(game_type, DB_TEXT), DB_KEY(stake, DB_INTEGER),
	DB_KEY(max_credit, DB_BIGINT), DB_KEY(language, DB_TEXT), DB_KEY(plays, DB_JSON),
	DB_KEY_OPTIONAL(opponent, DB_JSON), DB_KEY_OPTIONAL(channel, DB_SNOWFLAKE),
	DB_KEY_OPTIONAL(parent, DB_TEXT), DB_KEY_OPTIONAL(category, DB_TEXT),
	DB_KEY_OPTIONAL(roles, DB_TEXT), DB_KEY_OPTIONAL(application, DB_SNOWFLAKE),
	DB_KEY_OPTIONAL(token, DB_TEXT), DB_KEY_OPTIONAL(table, DB_BOOLEAN),
	DB_KEY_OPTIONAL(new_seeds, DB_JSON), DB_KEY_OPTIONAL(seeds, DB_JSON));
DB_SHAPE(json_match_open_refused, DB_KEY(refusal, DB_TEXT), DB_KEY_OPTIONAL(min, DB_INTEGER),
	DB_KEY_OPTIONAL(max, DB_INTEGER));
DB_SHAPE(json_match_opponent, DB_KEY(id, DB_SNOWFLAKE), DB_KEY_OPTIONAL(name, DB_TEXT));
DB_SHAPE(json_match_seeds, DB_KEY(server_seed, DB_TEXT), DB_KEY(client_seed, DB_TEXT));
DB_SHAPE(json_match_drawn_seeds, DB_KEY(version, DB_INTEGER), DB_KEY(first_nonce, DB_BIGINT));
DB_SHAPE(json_match_play, DB_KEY(state, DB_TEXT), DB_KEY(facts, DB_JSON), DB_KEY(expiry, DB_JSON),
	DB_KEY(expires_s, DB_INTEGER));
DB_SHAPE(json_match_play_over, DB_KEY(facts, DB_JSON), DB_KEY(ends, DB_JSON),
	DB_KEY_OPTIONAL(state, DB_TEXT));
DB_SHAPE(json_match_payout, DB_KEY(user, DB_SNOWFLAKE), DB_KEY(credit, DB_BIGINT),
	DB_KEY_OPTIONAL(result, DB_TEXT), DB_KEY_OPTIONAL(boost, DB_TEXT),
	DB_KEY_OPTIONAL(xp, DB_INTEGER), DB_KEY_OPTIONAL(opponent, DB_SNOWFLAKE),
	DB_KEY_OPTIONAL(item, DB_TEXT), DB_KEY_OPTIONAL(proof, DB_JSON));
DB_SHAPE(json_match_proof, DB_KEY_OPTIONAL(commit, DB_TEXT), DB_KEY_OPTIONAL(seed, DB_TEXT),
	DB_KEY_OPTIONAL(nonce, DB_BIGINT), DB_KEY_OPTIONAL(server, DB_TEXT),
	DB_KEY_OPTIONAL(members, DB_JSON));

/* ---- A press: sql/routines/besace_match_press.sql */

DB_SHAPE(json_match_act, DB_KEY_OPTIONAL(state, DB_TEXT), DB_KEY_OPTIONAL(facts, DB_JSON),
	DB_KEY_OPTIONAL(expiry, DB_JSON), DB_KEY_OPTIONAL(expires_s, DB_INTEGER),
	DB_KEY_OPTIONAL(why, DB_TEXT), DB_KEY_OPTIONAL(accepted, DB_BOOLEAN),
	DB_KEY_OPTIONAL(join, DB_JSON), DB_KEY_OPTIONAL(afresh, DB_BOOLEAN),
	DB_KEY_OPTIONAL(message, DB_JSON), DB_KEY_OPTIONAL(reply, DB_JSON),
	DB_KEY_OPTIONAL(new_seeds, DB_JSON));
DB_SHAPE(json_match_act_over, DB_KEY(ends, DB_JSON), DB_KEY(why, DB_TEXT),
	DB_KEY_OPTIONAL(roles, DB_TEXT), DB_KEY_OPTIONAL(state, DB_TEXT),
	DB_KEY_OPTIONAL(facts, DB_JSON), DB_KEY_OPTIONAL(accepted, DB_BOOLEAN),
	DB_KEY_OPTIONAL(join, DB_JSON), DB_KEY_OPTIONAL(afresh, DB_BOOLEAN),
	DB_KEY_OPTIONAL(message, DB_JSON), DB_KEY_OPTIONAL(reply, DB_JSON),
	DB_KEY_OPTIONAL(new_seeds, DB_JSON));
DB_SHAPE(json_match_act_refused, DB_KEY(refusal, DB_TEXT), DB_KEY_OPTIONAL(afresh, DB_BOOLEAN));
DB_SHAPE(json_match_join, DB_KEY(max_credit, DB_BIGINT), DB_KEY_OPTIONAL(stake, DB_INTEGER));
DB_SHAPE(json_match_message, DB_KEY_OPTIONAL(application, DB_SNOWFLAKE),
	DB_KEY_OPTIONAL(token, DB_TEXT), DB_KEY_OPTIONAL(message, DB_SNOWFLAKE));
DB_SHAPE(json_match_reply, DB_KEY_OPTIONAL(news, DB_BOOLEAN));

/* ---- What events tell: sql/routines/besace_events_apply.sql, besace_guild_apply.sql */

DB_SHAPE(json_voice_event, DB_KEY(place, DB_INTEGER), DB_KEY(guild, DB_SNOWFLAKE),
	DB_KEY(whole, DB_BOOLEAN), DB_KEY(states, DB_JSON));
DB_SHAPE(json_fact_guild, DB_KEY(place, DB_INTEGER), DB_KEY(fact, DB_TEXT),
	DB_KEY(guild, DB_SNOWFLAKE), DB_KEY(present, DB_BOOLEAN), DB_KEY_OPTIONAL(name, DB_TEXT),
	DB_KEY_OPTIONAL(locale, DB_TEXT), DB_KEY_OPTIONAL(community, DB_BOOLEAN),
	DB_KEY_OPTIONAL(owner, DB_SNOWFLAKE));
DB_SHAPE(json_fact_guilds, DB_KEY(place, DB_INTEGER), DB_KEY(fact, DB_TEXT),
	DB_KEY(shard, DB_INTEGER), DB_KEY(shards, DB_INTEGER), DB_KEY(ids, DB_JSON));
DB_SHAPE(json_fact_gone, DB_KEY(place, DB_INTEGER), DB_KEY(fact, DB_TEXT),
	DB_KEY(guild, DB_SNOWFLAKE), DB_KEY(object, DB_SNOWFLAKE), DB_KEY(is_role, DB_BOOLEAN));
DB_SHAPE(json_fact_roles, DB_KEY(place, DB_INTEGER), DB_KEY(fact, DB_TEXT),
	DB_KEY(guild, DB_SNOWFLAKE), DB_KEY(roles, DB_JSON), DB_KEY_OPTIONAL(own, DB_SNOWFLAKE));

/* ---- Settings: sql/routines/besace_settings_set.sql */

DB_SHAPE(json_zone, DB_KEY(effect, DB_TEXT), DB_KEY_OPTIONAL(factor_percent, DB_INTEGER));
DB_SHAPE(json_role_reward, DB_KEY(level, DB_INTEGER), DB_KEY(mode, DB_TEXT));

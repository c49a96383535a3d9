/* Frames of the Gateway and the objects in them; addresses and close codes of the Gateway. */
#include "unit.h"

#include <string.h>

#include "besace/discord/frame.h"
#include "besace/discord/gateway.h"

/* The data of a frame, released with CTX. */
static const struct node *data_of(void *ctx, const char *data)
{
	struct frame frame;
	char *text = talloc_asprintf(ctx, "{\"op\":0,\"s\":1,\"t\":\"X\",\"d\":%s}", data);
	assert_int_equal(frame_parse(text, strlen(text), &frame), STATUS_OK);
	talloc_steal(ctx, frame.tree);
	return frame.data;
}

static void frame_parse_takes_payloads_alone(void **state)
{
	static const char *const bad[] = {"", "[]", "{}", "{\"op\":\"0\"}", "{\"op\":-1}",
		"{\"op\":256}", "{\"op\":1.5}", "{\"op\":0", "{\"op\":0}{}"};
	struct frame frame;
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_int_equal(frame_parse(bad[i], strlen(bad[i]), &frame), STATUS_INVALID);
	assert_int_equal(frame_parse("{\"op\":11}", 9, &frame), STATUS_OK);
	assert_int_equal(frame.op, GATEWAY_ACK);
	assert_int_equal(frame.seq, -1);
	assert_null(frame.type);
	assert_null(frame.data);
	frame_release(&frame);
}

/* What members write is never a value in memory. */
static void frame_parse_leaves_texts_out(void **state)
{
	const struct node *data = data_of(*state,
		"{\"content\":\"secret\",\"embeds\":[{\"title\":\"x\"}],\"id\":\"5\","
		"\"attachments\":[{\"id\":\"9\"}],\"author\":{\"id\":\"3\",\"avatar\":\"y\"}}");
	assert_int_equal(data->count, 2);
	assert_int_equal(frame_id(data, "id"), 5);
	assert_int_equal(node_get(data, "author")->count, 1);
}

static void frame_time_ms_reads_what_discord_writes(void **state)
{
	static const struct {
		const char *text;
		int64_t ms;
	} rows[] = {{"2024-02-29T12:00:01.250000+00:00", 1709208001250},
		{"2024-02-29T12:00:01+00:00", 1709208001000},
		{"2024-02-29T12:00:01Z", 1709208001000},
		{"2024-02-29T12:00:01.2+00:00", 1709208001200},
		{"2024-02-29T12:00:01.250000+02:00", -1}, {"2024-02-29", -1}, {"", -1},
		{"2024-02-29T12:00:01", -1}, {"2024-13-01T00:00:00Z", -1}};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char *json = talloc_asprintf(*state, "{\"joined_at\":\"%s\"}", rows[i].text);
		assert_int_equal(frame_time_ms(data_of(*state, json), "joined_at"), rows[i].ms);
	}
	assert_int_equal(frame_time_ms(NULL, "joined_at"), -1);
}

static void frame_voice_joins_what_the_member_and_the_guild_do(void **state)
{
	struct frame_voice voice = frame_voice(data_of(*state,
		"{\"user_id\":\"7\",\"channel_id\":null,\"self_deaf\":true,\"mute\":true}"));
	assert_int_equal(voice.user, 7);
	assert_int_equal(voice.channel, 0);
	assert_true(voice.deaf && voice.mute && !voice.suppress);
	voice = frame_voice(data_of(*state,
		"{\"user_id\":\"7\",\"channel_id\":\"8\",\"deaf\":true,\"self_mute\":true,"
		"\"suppress\":true}"));
	assert_int_equal(voice.channel, 8);
	assert_true(voice.deaf && voice.mute && voice.suppress);
	voice = frame_voice(data_of(*state, "{\"deaf\":\"true\",\"mute\":1}"));
	assert_false(voice.deaf || voice.mute);
}

static void gateway_close_knows_codes_that_discord_does_not_list(void **state)
{
	(void)state;
	static const int lost[] = {4006, 4015, 4999}, network[] = {0, 1000, 1001, 1006, 3999, 5000};
	for (size_t i = 0; i < ARRAY_LEN(lost); i++)
		assert_int_equal(gateway_close(lost[i]).course, GATEWAY_COURSE_IDENTIFY);
	for (size_t i = 0; i < ARRAY_LEN(network); i++)
		assert_int_equal(gateway_close(network[i]).course, GATEWAY_COURSE_RESUME);
	assert_int_equal(gateway_close(4008).course, GATEWAY_COURSE_SLOW_RESUME);
	assert_non_null(strstr(gateway_close(4004).sentence, "DISCORD_BOT_TOKEN"));
}

static void gateway_url_is_in_clear_only_over_a_network(void **state)
{
	static const char *const clear[] = {"ws://gateway.example", "ws://10.0.0.1:80/",
		"ws://127.evil@example/", "ws://localhost.example"};
	static const char *const safe[] = {
		"wss://gateway.example", "ws://localhost:1", "ws://127.0.0.1:9/", "ws://[::1]:9"};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(clear); i++)
		assert_true(gateway_url_is_in_clear(clear[i]));
	for (size_t i = 0; i < ARRAY_LEN(safe); i++)
		assert_false(gateway_url_is_in_clear(safe[i]));
}

static void gateway_url_is_usable_on_discords_hosts_and_where_it_was_opened(void **state)
{
	static const struct {
		const char *url, *opened;
		bool usable;
	} rows[] = {{"wss://gateway-us.discord.gg", NULL, true},
		{"wss://discord.gg:443/", NULL, true}, {"wss://evildiscord.gg", NULL, false},
		{"wss://discord.gg.evil", NULL, false}, {"wss://x@discord.gg", NULL, false},
		{"wss://evil?discord.gg", NULL, false}, {"ws://gateway.discord.gg", NULL, false},
		{"ws://gateway.discord.gg", "wss://gateway.discord.gg", false},
		{"wss://relay.example/a", "wss://relay.example", true},
		{"ws://relay.example", "ws://relay.example:80", true},
		{"ws://relay.example", "wss://relay.example", false},
		{"ws://127.0.0.1:2", "ws://localhost:1", true},
		{"ws://127.0.0.1:2", "ws://relay.example", false},
		{"http://discord.gg", NULL, false}, {"", NULL, false},
		{NULL, "wss://relay.example", false}};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (gateway_url_is_usable(rows[i].url, rows[i].opened) != rows[i].usable)
			fail_msg("%s, opened at %s", rows[i].url, rows[i].opened);
}

static const struct CMUnitTest tests[] = {
	UNIT(frame_parse_takes_payloads_alone),
	UNIT(frame_parse_leaves_texts_out),
	UNIT(frame_time_ms_reads_what_discord_writes),
	UNIT(frame_voice_joins_what_the_member_and_the_guild_do),
	UNIT(gateway_close_knows_codes_that_discord_does_not_list),
	UNIT(gateway_url_is_in_clear_only_over_a_network),
	UNIT(gateway_url_is_usable_on_discords_hosts_and_where_it_was_opened),
};

UNIT_MAIN(tests)

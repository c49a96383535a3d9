/* Settings in words. All texts are on CTX. */
#pragma once

#include <jansson.h>

#include "besace/domain/settings.h"
#include "besace/engine/invocation.h"
#include "besace/store/settings.h"

/* What the words are about. */
struct words {
	void *ctx;
	enum language language;
	const struct settings_state *state;
};

/* The name of SETTING; of a game's, without the game. */
const char *setting_label(enum language language, enum setting_id setting);
const char *game_setting_label(enum language language, enum game_setting setting);

/* What KEY is called in lists of changes. */
char *key_label(const struct words *words, const char *key);

/* VALUE, and what KEY was or is by its JSON. */
char *setting_words(
	const struct words *words, enum setting_id setting, const struct setting_value *value);
/* The same in a list: of a long text its beginning. */
char *setting_words_brief(
	const struct words *words, enum setting_id setting, const struct setting_value *value);
char *game_setting_words(const struct words *words, enum game game, enum game_setting setting,
	const struct setting_value *value);
char *key_words(const struct words *words, const char *key, const json_t *json);

char *zone_words(const struct words *words, const struct zone *zone);

/* "<#id>", "<@&id>". */
char *channel_mention(void *ctx, const struct snowflake *id);
char *role_mention(void *ctx, const struct snowflake *id);

/* TEXT with its placeholders filled: settings, those of GAME (GAME_COUNT: none), and what the first
 * page says of lists. Values that were changed are bold. */
char *words_fill(const struct words *words, enum text text, enum game game);

/* What the first page says of PAGE: its figures, then whatever else was changed there, for which
 * there are *ROOM characters: what it takes is subtracted. */
char *words_home(const struct words *words, enum settings_page page, size_t *room);

/* The name of the choice NUMBER of SETTING. */
const char *choice_label(enum language language, enum setting_id setting, int64_t number);

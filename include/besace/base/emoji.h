/* Telling one emoji from any other text. */
#pragma once

#include <stdbool.h>

/* Whether TEXT is one emoji and nothing else: of Unicode, or of a guild ("<:name:id>", "<a:…>"). */
bool emoji_is_one(const char *text);

/* Where a session may be resumed: the bot's token goes there. */
#pragma once

#include <stdbool.h>

/*
 * Whether URL, which READY named, may be used by a session that was opened at OPENED (NULL: not
 * known): it is Discord's, or on the host of OPENED, and never ws:// when that was wss://. False
 * for NULL and for what is no plain ws:// or wss:// address.
 */
bool resume_url_is_usable(const char *url, const char *opened);

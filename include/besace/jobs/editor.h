/*
 * Bringing the messages of games that ended by themselves up to date.
 *
 * An edit is a row that is written in the transaction that ended the game, taken for a while, and
 * removed once Discord has it: by the interaction's token while that lives, else (or when Discord
 * refuses the token) as the bot. Making an edit twice is harmless. One that cannot be made is left
 * to the next press on the message.
 */
#pragma once

#include <stdbool.h>

#include "besace/rest/client.h"
#include "besace/runtime/loop.h"
#include "besace/store/pool.h"

struct editor;

/* Works on LOOP through POOL and REST, which are of the same loop. IS_BOT: REST has a token. */
struct editor *editor_create(struct loop *loop, struct pool *pool, struct rest *rest, bool is_bot);

/* Before the pool, after the rest client: what was under way has been given back by then. */
void editor_destroy(struct editor **editor);

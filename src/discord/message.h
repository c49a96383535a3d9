/* The JSON of messages. */
#pragma once

#include "besace/discord/reply.h"
#include "writer.h"

/* Discord's bit of a message that only one member sees. */
#define MESSAGE_EPHEMERAL 64

/* The message of REPLY; IS_NEW: it may say that it is ephemeral. */
void put_message(struct writer *writer, const struct reply *reply, bool is_new);

/* A message that mentions USER_ID, and nothing else. */
void put_notification(struct writer *writer, const char *user_id);

/* Whether a button starts a row when IN_ROW stand in the one before. */
bool starts_row(const struct button *button, size_t in_row);

/* The components of a message, nested ones too. */
size_t count_components(const struct reply *reply);

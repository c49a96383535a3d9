/* What the parts of the filter share. */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "besace/base/compiler.h"
#include "filter.h"

/* Eight random or hashed bytes in hexadecimal. */
#define INSTANCE_BYTES 8
#define INSTANCE_TEXT (2 * INSTANCE_BYTES + 1)

struct filter {
	struct filter_settings settings;
	char process[INSTANCE_TEXT]; /* names this run: for events that Discord did not cause */
	char session[INSTANCE_TEXT]; /* names the session: for events that a dispatch caused */
	uint64_t counter; /* of events named after the run */
	int64_t last_at_ms;
	int64_t emitted_at_ms; /* the latest time of what was emitted; 0: none yet */
	bool silent; /* for long, and no snapshot of all guilds since */
	bool lost; /* events, and no snapshot of all guilds since */
	uint64_t since_all; /* bytes emitted since the last snapshot of all guilds */
	uint64_t all_bytes; /* that this took */
};

/* A dispatch on its way through the filter. */
struct dispatch {
	struct filter *filter;
	const struct node *data;
	uint64_t guild; /* never 0 where its row says where it stands */
	int64_t seq;
	int64_t at_ms; /* of its arrival */
};

/* Handlers of dispatches, by what they are about. */
void on_guild_create(struct dispatch *dispatch);
void on_guild_update(struct dispatch *dispatch);
void on_guild_delete(struct dispatch *dispatch);
void on_ready(struct dispatch *dispatch);
void on_channel(struct dispatch *dispatch);
void on_channel_delete(struct dispatch *dispatch);
void on_thread_list(struct dispatch *dispatch);
void on_role(struct dispatch *dispatch);
void on_role_delete(struct dispatch *dispatch);
void on_member_update(struct dispatch *dispatch);
void on_voice(struct dispatch *dispatch);
void on_resumed(struct dispatch *dispatch);

/* ---- Events */

/* The time of what arrives at NOW_MS: it does not go back by less than a minute. */
int64_t arrival_ms(struct filter *filter, int64_t now_ms);

/* An event with the fields that all have. ID is copied. */
json_t *event_at(const char *type, const char *id, int64_t at_ms);
/* The same for one that DISPATCH caused, with its guild. */
json_t *event_create(const char *type, const char *id, const struct dispatch *dispatch);
/* The same for one that gets its id from the dispatch, of which there is one a prefix. */
json_t *event_of_dispatch(const struct dispatch *dispatch, char prefix, const char *type);
/* Emits EVENT and gives it back. */
void event_emit(struct filter *filter, int64_t at_ms, json_t *event, bool complete);
/* Passes on the text of an event of the time AT_MS. */
void event_pass(
	struct filter *filter, int64_t at_ms, const char *json, size_t length, bool complete);

/* An id as text; null for 0. */
json_t *id_json(uint64_t id);
/* The ids of a list: its texts, or what its objects have at KEY. Others are left out. */
json_t *ids_json(const struct node *list, const char *key);
/* A user with the name as the service stores it; NAME may be NULL. */
json_t *user_json(uint64_t id, const char *name);

/* What EVENT says of a member beside the user: roles, joined_at, pending, as far as MEMBER has
 * them. */
void event_add_member(json_t *event, const struct node *member);
/* Where CHANNEL is: parent_id and category_id, as far as they are known. */
void event_add_place(const struct dispatch *dispatch, json_t *event, uint64_t channel);

/* Remembers a user object of Discord's, which may be missing. */
void learn(struct filter *filter, const struct node *user);

/* ---- Voice */

/* A snapshot that DISPATCH caused; one a dispatch, so that its number names it. */
void snapshot_of_dispatch(const struct dispatch *dispatch);
/* A snapshot for reasons of our own: the connection is back, a guild is gone. */
void snapshot_of_run(struct filter *filter, uint64_t guild, int64_t at_ms);
/* Puts the voice states of a GUILD_CREATE into the guild. */
void take_voice_states(struct dispatch *dispatch);
/* All guilds were (or are about to be) re-announced: forget earlier gaps. */
void forget_gaps(struct filter *filter, int64_t at_ms);

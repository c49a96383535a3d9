/* What Besace asks of guilds: their roles, and the roles of their members. */
#pragma once

#include "besace/rest/client.h"

/* Discord's codes of refusals that are about a role or a member. */
#define REST_UNKNOWN_GUILD 10004
#define REST_UNKNOWN_MEMBER 10007
#define REST_UNKNOWN_ROLE 10011
#define REST_UNKNOWN_USER 10013
#define REST_INVALID_ROLE 50028

/* Gives ROLE to USER, or takes it away. REASON is shown in the guild's audit log. Both can be
 * repeated without harm. Texts are borrowed until the request is submitted. */
struct rest_request guilds_give_role(
	const char *guild, const char *user, const char *role, const char *reason);
struct rest_request guilds_take_role(
	const char *guild, const char *user, const char *role, const char *reason);

/* Asks for the guild, for all its roles, for a member. */
struct rest_request guilds_get(const char *guild);
struct rest_request guilds_get_roles(const char *guild);
struct rest_request guilds_get_member(const char *guild, const char *user);

/* Requests about guilds, their roles and members. */
#include "besace/rest/guilds.h"

static struct rest_request change_role(const char *method, const char *guild, const char *user,
	const char *role, const char *reason)
{
	return (struct rest_request){
		.method = method,
		.route = "/guilds/{guild}/members/{user}/roles/{role}",
		.params = {guild, user, role},
		.reason = reason,
	};
}

struct rest_request guilds_give_role(
	const char *guild, const char *user, const char *role, const char *reason)
{
	return change_role("PUT", guild, user, role, reason);
}

struct rest_request guilds_take_role(
	const char *guild, const char *user, const char *role, const char *reason)
{
	return change_role("DELETE", guild, user, role, reason);
}

struct rest_request guilds_get(const char *guild)
{
	return (struct rest_request){
		.method = "GET", .route = "/guilds/{guild}", .params = {guild}};
}

struct rest_request guilds_get_roles(const char *guild)
{
	return (struct rest_request){
		.method = "GET", .route = "/guilds/{guild}/roles", .params = {guild}};
}

struct rest_request guilds_get_member(const char *guild, const char *user)
{
	return (struct rest_request){.method = "GET",
		.route = "/guilds/{guild}/members/{user}",
		.params = {guild, user}};
}

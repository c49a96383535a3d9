/* How Besace names itself to Discord. */
#pragma once

/* Ends with the version of the build. Without a User-Agent of this shape, Cloudflare may answer 403
 * for Discord. */
extern const char rest_user_agent[];

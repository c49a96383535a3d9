/* The options that every transfer to Discord has in common. */
#include "easy.h"

#include <stdlib.h>

#include "besace/rest/user_agent.h"
#include "version.h"

const char rest_user_agent[] = "DiscordBot (https://github.com/besace/besace, " BESACE_VERSION ")";

void easy_begin(CURL *easy, const char *url)
{
	curl_easy_setopt(easy, CURLOPT_URL, url);
	curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(easy, CURLOPT_USERAGENT, rest_user_agent);
	const char *authorities = getenv("SSL_CERT_FILE");
	if (authorities && *authorities) /* as OpenSSL itself and the curl tool read it */
		curl_easy_setopt(easy, CURLOPT_CAINFO, authorities);
}

/* What every transfer to Discord has in common. */
#pragma once

#include <curl/curl.h>

/* Prepares EASY for URL: schemes, TLS, authorities, no signals, our User-Agent. */
void easy_begin(CURL *easy, const char *url);

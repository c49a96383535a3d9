/*
 * The certificate and key with which the service serves HTTPS by itself.
 */
#pragma once

#include "besace/base/compiler.h"
#include "besace/base/status.h"
#include "besace/runtime/config.h"

/* PEM texts; NULL to serve plain HTTP. */
struct tls_files {
	const char *cert, *key;
};

/* What keeps the files of BESACE_TLS_CERT and BESACE_TLS_KEY from being served, as lines of
 * config_load: "NAME: sentence\n". NULL when they are good, or not both given. */
char *tls_faults(void *ctx, const struct config *config);

/* Reads both files into *out, on CTX; leaves it empty when they are not set. STATUS_FAILED with a
 * sentence in *out_why when one cannot be read. */
MUST_CHECK enum status tls_read(
	void *ctx, const struct config *config, struct tls_files *out, char **out_why);

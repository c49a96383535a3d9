/* Certificates are judged by GnuTLS, with which libmicrohttpd serves them: when its daemon does not
 * start it no longer says why. */
#include "besace/runtime/tls.h"

#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <string.h>
#include <talloc.h>

#include "besace/base/memory.h"

/* A PEM file: a chain of a few certificates. */
#define PEM_MAX (256u * 1024u)

static gnutls_datum_t datum_of(const char *text)
{
	return (gnutls_datum_t){
		.data = (unsigned char *)(uintptr_t)text, .size = (unsigned)strlen(text)};
}

static int try_cert(const char *text)
{
	gnutls_x509_crt_t *list;
	unsigned count;
	gnutls_datum_t datum = datum_of(text);
	int code = gnutls_x509_crt_list_import2(&list, &count, &datum, GNUTLS_X509_FMT_PEM, 0);
	if (code < 0)
		return code;
	for (unsigned i = 0; i < count; i++)
		gnutls_x509_crt_deinit(list[i]);
	gnutls_free(list);
	return 0;
}

static int try_key(const char *text)
{
	gnutls_x509_privkey_t key;
	gnutls_datum_t datum = datum_of(text);
	int code = gnutls_x509_privkey_init(&key);
	if (code < 0)
		return code;
	code = gnutls_x509_privkey_import2(key, &datum, GNUTLS_X509_FMT_PEM, NULL, 0);
	gnutls_x509_privkey_deinit(key);
	return code;
}

static int try_pair(const char *cert_text, const char *key_text)
{
	gnutls_certificate_credentials_t credentials;
	gnutls_datum_t cert = datum_of(cert_text), key = datum_of(key_text);
	int code = gnutls_certificate_allocate_credentials(&credentials);
	if (code < 0)
		return code;
	code = gnutls_certificate_set_x509_key_mem(credentials, &cert, &key, GNUTLS_X509_FMT_PEM);
	gnutls_certificate_free_credentials(credentials);
	return code;
}

/* Reads a file and lets ATTEMPT judge it. NULL with a line added to *FAULTS when it is no good. */
static const char *read_good(void *ctx, const char *name, const char *path,
	int (*attempt)(const char *text), const char *what, char **faults)
{
	char *why, *text = config_read_file(ctx, path, PEM_MAX, &why);
	if (!text) {
		*faults = must(talloc_asprintf_append(*faults, "%s: %s\n", name, why));
		return NULL;
	}
	int code = attempt(text);
	if (code >= 0)
		return text;
	*faults = must(talloc_asprintf_append(*faults, "%s: \"%s\" holds no %s in PEM (%s)\n", name,
		path, what, gnutls_strerror(code)));
	return NULL;
}

char *tls_faults(void *ctx, const struct config *config)
{
	if (!config->tls_cert || !config->tls_key)
		return NULL;
	char *faults = must(talloc_strdup(ctx, ""));
	const char *cert = read_good(
		ctx, "BESACE_TLS_CERT", config->tls_cert, try_cert, "certificate", &faults);
	const char *key = read_good(ctx, "BESACE_TLS_KEY", config->tls_key, try_key,
		"private key without a passphrase", &faults);
	int code = cert && key ? try_pair(cert, key) : 0;
	if (code < 0)
		faults = must(talloc_asprintf_append(faults,
			"BESACE_TLS_KEY: \"%s\" does not go with BESACE_TLS_CERT (%s)\n",
			config->tls_key, gnutls_strerror(code)));
	return *faults ? faults : NULL;
}

enum status tls_read(void *ctx, const struct config *config, struct tls_files *out, char **out_why)
{
	*out = (struct tls_files){0};
	if (!config->tls_cert)
		return STATUS_OK;
	out->cert = config_read_file(ctx, config->tls_cert, PEM_MAX, out_why);
	if (out->cert)
		out->key = config_read_file(ctx, config->tls_key, PEM_MAX, out_why);
	return out->cert && out->key ? STATUS_OK : STATUS_FAILED;
}

/* The metrics over HTTP, for Prometheus. */
#include "besace/runtime/metrics_listener.h"

#include <microhttpd.h>
#include <stdlib.h>
#include <string.h>
#include <talloc.h>
#include <unistd.h>

#include "besace/base/memory.h"
#include "besace/runtime/metrics.h"

/* Prometheus asks every few seconds over one connection; the rest is for an operator who looks. */
#define CONNECTIONS_MAX 16
#define IDLE_S 30

struct metrics_listener {
	struct MHD_Daemon *daemon;
	char *unix_path;
};

static enum MHD_Result answer(
	struct MHD_Connection *connection, unsigned status, const char *type, char *text)
{
	struct MHD_Response *response =
		MHD_create_response_from_buffer(strlen(text), text, MHD_RESPMEM_MUST_FREE);
	if (!response) {
		free(text);
		return MHD_NO;
	}
	MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, type);
	if (status == MHD_HTTP_METHOD_NOT_ALLOWED)
		MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, "GET, HEAD");
	enum MHD_Result result = MHD_queue_response(connection, status, response);
	MHD_destroy_response(response);
	return result;
}

static enum MHD_Result serve(void *arg, struct MHD_Connection *connection, const char *url,
	const char *method, const char *version, const char *upload, size_t *upload_size,
	void **context)
{
	(void)arg, (void)version, (void)upload, (void)upload_size, (void)context;
	if (strcmp(url, "/metrics") != 0)
		return answer(connection, MHD_HTTP_NOT_FOUND, "application/json",
			must(strdup("{\"error\":\"nothing is here but /metrics\"}")));
	if (strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0)
		return answer(connection, MHD_HTTP_METHOD_NOT_ALLOWED, "application/json",
			must(strdup("{\"error\":\"this method is not allowed here\"}")));
	return answer(connection, MHD_HTTP_OK, "text/plain; version=0.0.4; charset=utf-8",
		metrics_text());
}

enum status metrics_listener_create(
	void *ctx, const struct address *address, struct metrics_listener **out, char **out_why)
{
	int fd = address_listen(ctx, address, out_why);
	if (fd < 0)
		return STATUS_FAILED;
	struct MHD_Daemon *daemon = MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD, 0, NULL, NULL,
		serve, NULL, MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_CONNECTION_LIMIT,
		CONNECTIONS_MAX, MHD_OPTION_CONNECTION_TIMEOUT, IDLE_S, MHD_OPTION_END);
	if (!daemon) {
		close(fd);
		*out_why = must(talloc_strdup(ctx, "cannot start the metrics listener"));
		return STATUS_FAILED;
	}
	struct metrics_listener *listener = must(talloc_zero(NULL, struct metrics_listener));
	listener->daemon = daemon;
	if (address->unix_path)
		listener->unix_path = must(talloc_strdup(listener, address->unix_path));
	*out = listener;
	return STATUS_OK;
}

void metrics_listener_destroy(struct metrics_listener **handle)
{
	struct metrics_listener *listener = *handle;
	if (!listener)
		return;
	MHD_stop_daemon(listener->daemon);
	if (listener->unix_path)
		unlink(listener->unix_path);
	talloc_free(listener);
	*handle = NULL;
}

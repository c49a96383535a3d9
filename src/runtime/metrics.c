/* The table of metrics and its Prometheus text. */
#include "besace/runtime/metrics.h"

#include <dirent.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "besace/base/compiler.h"

#define LABELS_MAX 16

/* Names of one metric: more than there are commands. */
#define NAMES_MAX 48

/* Kinds of work, in the order of WAITING_…. */
#define WAITING_KINDS "announcements", "roles", "edits", "matches", "imports", "voice", "voice_pay"

/* Programs of a row. */
enum {
	OF_BESACE = 1 << METRICS_OF_BESACE,
	OF_SHIM = 1 << METRICS_OF_SHIM,
	OF_WEB = 1 << METRICS_OF_WEB
};

enum kind { COUNTER, GAUGE, HISTOGRAM };

struct description {
	const char *name, *help;
	enum kind kind;
	const char *label; /* NULL: no label */
	const char *values[LABELS_MAX];
	unsigned programs; /* that have it */
	const char *name_label; /* that of the command, of METRIC_COMMANDS */
};

static const struct description table[METRIC_COUNT] = {
	[METRIC_INTERACTIONS] = {"besace_interactions_total", "Interactions by outcome.", COUNTER,
		"outcome", {"answered", "deferred", "refused", "invalid"}, OF_BESACE},
	[METRIC_INTERACTION_SECONDS] = {"besace_interaction_seconds",
		"From the last byte of the request to the reply.", HISTOGRAM, NULL, {0}, OF_BESACE},
	[METRIC_COMMANDS] = {"besace_commands_total",
		"Interactions by command and what became of them: refused by a rule, by a "
		"database that was away, unknown whether it was done, or by a fault of ours.",
		COUNTER, "outcome", {"answered", "refused", "away", "unknown", "fault"}, OF_BESACE,
		"command"},
	[METRIC_READY] = {"besace_ready", "1 while /readyz would say so.", GAUGE, NULL, {0},
		OF_BESACE},
	[METRIC_DATABASE_UP] = {"besace_database_up", "1 while the database can be used.", GAUGE,
		NULL, {0}, OF_BESACE},
	[METRIC_JOBS_WAITING] = {"besace_jobs_waiting",
		"Work that is due, by kind, as far as 10,000; the same of every replica. Voice is "
		"counted in servers, voice_pay in members.",
		GAUGE, "job", {WAITING_KINDS}, OF_BESACE},
	[METRIC_JOBS_OLDEST_SECONDS] = {"besace_jobs_oldest_seconds",
		"How long the oldest of it has been due.", GAUGE, "job", {WAITING_KINDS},
		OF_BESACE},
	[METRIC_CHECK_FAULTS] = {"besace_check_faults",
		"What besacectl check found the last time it looked at all servers.", GAUGE, NULL,
		{0}, OF_BESACE},
	[METRIC_CHECK_TIME] = {"besace_check_timestamp_seconds", "When that was; 0: never yet.",
		GAUGE, NULL, {0}, OF_BESACE},
	[METRIC_SIGNATURES_REFUSED] = {"besace_signatures_refused_total",
		"Requests answered 401, by reason.", COUNTER, "why", {"header", "stale", "wrong"},
		OF_BESACE},
	[METRIC_HTTP_CONNECTIONS] = {"besace_http_connections", "Open HTTP connections.", GAUGE,
		NULL, {0}, OF_BESACE},
	[METRIC_HTTP_OVERDUE] = {"besace_http_overdue_total",
		"Connections ended because a request did not arrive in time.", COUNTER, NULL, {0},
		OF_BESACE},
	[METRIC_DB_CONNECTIONS] = {"besace_db_connections", "Usable database connections.", GAUGE,
		NULL, {0}, OF_BESACE},
	[METRIC_DB_QUEUE] = {"besace_db_queue", "Calls waiting for a database connection.", GAUGE,
		NULL, {0}, OF_BESACE},
	[METRIC_DB_LOST] = {"besace_db_connections_lost_total", "Database connections lost.",
		COUNTER, NULL, {0}, OF_BESACE},
	[METRIC_DB_RETRIES] = {"besace_db_retries_total",
		"Calls asked again because their connection broke.", COUNTER, NULL, {0}, OF_BESACE},
	[METRIC_DB_SECONDS] = {"besace_db_seconds", "One database call, waiting included.",
		HISTOGRAM, NULL, {0}, OF_BESACE},
	[METRIC_REST_REQUESTS] = {"besace_rest_requests_total",
		"Answers of Discord's REST API, by outcome.", COUNTER, "outcome",
		{"ok", "refused", "retried", "given_up"}, OF_BESACE | OF_SHIM},
	[METRIC_REST_RATE_LIMITED] = {"besace_rest_rate_limited_total", "429 answers of Discord.",
		COUNTER, NULL, {0}, OF_BESACE | OF_SHIM},
	[METRIC_FOLLOW_UPS_FAILED] = {"besace_follow_ups_failed_total",
		"Deferred results that never reached Discord.", COUNTER, NULL, {0}, OF_BESACE},
	[METRIC_RECEIPTS_SWEPT] = {"besace_receipts_swept_total",
		"Receipts older than a day, removed.", COUNTER, NULL, {0}, OF_BESACE},
	[METRIC_SHIM_DISPATCHES] = {"besace_gateway_dispatches_total",
		"Events of every kind that Discord's Gateway sent.", COUNTER, NULL, {0}, OF_SHIM},
	[METRIC_SHIM_EVENTS] = {"besace_gateway_events_total",
		"Events for the service: spooled; then forwarded, rejected by it, or dropped; "
		"unattributed: reactions whose author Discord does not name.",
		COUNTER, "what", {"spooled", "forwarded", "rejected", "dropped", "unattributed"},
		OF_SHIM},
	[METRIC_SHIM_BATCHES] = {"besace_gateway_batches_total",
		"Batches posted to the service: taken, refused (4xx), or to be tried again.",
		COUNTER, "outcome", {"taken", "refused", "retried"}, OF_SHIM},
	[METRIC_SHIM_LAG_SECONDS] = {"besace_gateway_lag_seconds",
		"Age of the oldest event that the service has not taken.", GAUGE, NULL, {0},
		OF_SHIM},
	[METRIC_SHIM_SPOOL_BYTES] = {"besace_gateway_spool_bytes", "Size of the spool on disk.",
		GAUGE, NULL, {0}, OF_SHIM},
	[METRIC_SHIM_SPOOL_ERRORS] = {"besace_gateway_spool_errors_total",
		"Writes that the disk of the spool did not take.", COUNTER, NULL, {0}, OF_SHIM},
	[METRIC_SHIM_CONNECTED] = {"besace_gateway_connected",
		"1 while the session with Discord is live.", GAUGE, NULL, {0}, OF_SHIM},
	[METRIC_SHIM_CONNECTIONS] = {"besace_gateway_connections_total",
		"Connections to the Gateway begun, the first included.", COUNTER, NULL, {0},
		OF_SHIM},
	[METRIC_SHIM_SESSIONS] = {"besace_gateway_sessions_total",
		"Times the session became live, by how.", COUNTER, "how", {"new", "resumed"},
		OF_SHIM},
	[METRIC_SHIM_IDENTIFIES] = {"besace_gateway_identifies_total",
		"IDENTIFY payloads sent; Discord allows 1,000 a day.", COUNTER, NULL, {0}, OF_SHIM},
	[METRIC_SHIM_FRAMES_INVALID] = {"besace_gateway_frames_invalid_total",
		"What the Gateway sent that was no payload.", COUNTER, NULL, {0}, OF_SHIM},
	[METRIC_EVENTS] = {"besace_events_total", "Events posted by shims, by outcome.", COUNTER,
		"outcome", {"accepted", "duplicate", "rejected"}, OF_BESACE},
	[METRIC_EVENTS_SECONDS] = {"besace_events_seconds",
		"A batch of events, from its last byte to the answer.", HISTOGRAM, NULL, {0},
		OF_BESACE},
	[METRIC_ANNOUNCEMENTS] = {"besace_announcements_total",
		"Announcements of level-ups, by outcome; a delayed one is tried again, one that "
		"is set aside each hour.",
		COUNTER, "outcome", {"sent", "refused", "delayed", "expired", "set_aside"},
		OF_BESACE},
	[METRIC_ROLE_JOBS] = {"besace_role_jobs_total",
		"Turns at giving members their roles, by outcome; a delayed one is tried again, a "
		"job that is set aside each hour.",
		COUNTER, "outcome", {"done", "blocked", "gone", "left", "delayed", "set_aside"},
		OF_BESACE},
	[METRIC_ANNOUNCEMENTS_REFUSED] = {"besace_announcements_refused_total",
		"Announcements that Discord refused for good, by reason.", COUNTER, "why",
		{"permission", "access", "gone", "other"}, OF_BESACE},
	[METRIC_ROLES_REFUSED] = {"besace_roles_refused_total",
		"Roles that Discord refused to give or take, by reason.", COUNTER, "why",
		{"permission", "access", "gone", "other"}, OF_BESACE},
	[METRIC_MATCHES_EXPIRED] = {"besace_matches_expired_total",
		"Matches that expired because nobody pressed in time.", COUNTER, NULL, {0},
		OF_BESACE},
	[METRIC_MATCHES_SET_ASIDE] = {"besace_matches_set_aside_total",
		"Times that an expired match could not be ended and was set aside for a while.",
		COUNTER, NULL, {0}, OF_BESACE},
	[METRIC_GAME_EDITS] = {"besace_game_edits_total",
		"Messages of such matches, by outcome; one left is shown by the next press.",
		COUNTER, "outcome", {"made", "left"}, OF_BESACE},
	[METRIC_VOICE_SET_ASIDE] = {"besace_voice_set_aside_total",
		"Times that a server's voice could not be settled and was set aside for a while.",
		COUNTER, NULL, {0}, OF_BESACE},
	[METRIC_JOBS_FAILED] = {"besace_jobs_failed_total",
		"Runs of background jobs that failed or timed out; each is tried again.", COUNTER,
		"job",
		{"settling", "receipts", "events", "voice", "voice_pay", "guilds", "outbox",
			"leaderboard", "ranked", "announcer", "editor", "ender", "roles", "imports",
			"waiting", "ledger"},
		OF_BESACE},
	[METRIC_WEB_REQUESTS] = {"besace_web_requests_total",
		"Requests for pages and pictures, by outcome; held: 304.", COUNTER, "outcome",
		{"answered", "held", "refused", "failed"}, OF_WEB},
	[METRIC_WEB_SECONDS] = {"besace_web_seconds",
		"A request for a page or a picture, waiting included.", HISTOGRAM, NULL, {0},
		OF_WEB},
	[METRIC_WEB_CARD_SECONDS] = {"besace_web_card_seconds",
		"Drawing a card, its encoding included.", HISTOGRAM, NULL, {0}, OF_WEB},
	[METRIC_WEB_AVATARS] = {"besace_web_avatars_total",
		"Members' pictures asked of Discord's CDN, by outcome.", COUNTER, "outcome",
		{"fetched", "absent"}, OF_WEB},
};

/* Upper bounds in microseconds: around the 2 s deferral above, around a cached read below. */
static const int64_t bounds_us[] = {500, 1000, 2500, 5000, 10000, 25000, 50000, 100000, 250000,
	500000, 1000000, 2000000, 3000000};

static struct {
	_Atomic int64_t value[LABELS_MAX];
	_Atomic int64_t bucket[ARRAY_LEN(bounds_us) + 1];
	_Atomic int64_t sum_us;
} cells[METRIC_COUNT];

/* What metrics_add_command counts. Names are only added, each before the count says that it is
 * there.
 */
static struct {
	pthread_mutex_t adding;
	_Atomic size_t count;
	const char *name[NAMES_MAX];
	_Atomic int64_t value[NAMES_MAX][LABELS_MAX];
} named = {.adding = PTHREAD_MUTEX_INITIALIZER};

static struct {
	enum metrics_program program;
	const char *version, *shard;
	time_t started;
} process;

void metrics_begin(enum metrics_program program, const char *version, const char *shard)
{
	process.program = program;
	process.version = version;
	process.shard = shard;
	process.started = time(NULL);
}

/* The place of NAME, or NAMES_MAX. */
static size_t find_name(const char *name)
{
	size_t count = atomic_load_explicit(&named.count, memory_order_acquire);
	for (size_t i = 0; i < count; i++)
		if (strcmp(named.name[i], name) == 0)
			return i;
	return NAMES_MAX;
}

static size_t add_name(const char *name)
{
	pthread_mutex_lock(&named.adding);
	size_t place = find_name(name), count = atomic_load(&named.count);
	if (place == NAMES_MAX && count < NAMES_MAX) {
		place = count;
		named.name[place] = name;
		atomic_store_explicit(&named.count, count + 1, memory_order_release);
	}
	pthread_mutex_unlock(&named.adding);
	return place;
}

void metrics_add_command(const char *command, unsigned outcome)
{
	size_t place = find_name(command);
	if (place == NAMES_MAX)
		place = add_name(command);
	if (place < NAMES_MAX)
		atomic_fetch_add_explicit(&named.value[place][outcome], 1, memory_order_relaxed);
}

void metrics_add(enum metric metric, unsigned label, int64_t amount)
{
	atomic_fetch_add_explicit(&cells[metric].value[label], amount, memory_order_relaxed);
}

void metrics_set(enum metric metric, unsigned label, int64_t amount)
{
	atomic_store_explicit(&cells[metric].value[label], amount, memory_order_relaxed);
}

int64_t metrics_get(enum metric metric, unsigned label)
{
	return atomic_load_explicit(&cells[metric].value[label], memory_order_relaxed);
}

void metrics_observe_us(enum metric metric, int64_t us)
{
	size_t i = 0;
	while (i < ARRAY_LEN(bounds_us) && us > bounds_us[i])
		i++;
	atomic_fetch_add_explicit(&cells[metric].bucket[i], 1, memory_order_relaxed);
	atomic_fetch_add_explicit(&cells[metric].sum_us, us, memory_order_relaxed);
}

static void write_histogram(FILE *out, const char *name, enum metric metric)
{
	int64_t count = 0;
	for (size_t i = 0; i < ARRAY_LEN(bounds_us); i++) {
		count += atomic_load_explicit(&cells[metric].bucket[i], memory_order_relaxed);
		fprintf(out, "%s_bucket{le=\"%g\"} %" PRId64 "\n", name, (double)bounds_us[i] / 1e6,
			count);
	}
	count += atomic_load_explicit(
		&cells[metric].bucket[ARRAY_LEN(bounds_us)], memory_order_relaxed);
	fprintf(out, "%s_bucket{le=\"+Inf\"} %" PRId64 "\n", name, count);
	double sum = (double)atomic_load_explicit(&cells[metric].sum_us, memory_order_relaxed);
	fprintf(out, "%s_sum %.6f\n%s_count %" PRId64 "\n", name, sum / 1e6, name, count);
}

static void write_commands(FILE *out, const struct description *row)
{
	size_t count = atomic_load_explicit(&named.count, memory_order_acquire);
	for (size_t i = 0; i < count; i++)
		for (unsigned label = 0; label < LABELS_MAX && row->values[label]; label++)
			fprintf(out, "%s{%s=\"%s\",%s=\"%s\"} %" PRId64 "\n", row->name,
				row->name_label, named.name[i], row->label, row->values[label],
				atomic_load_explicit(&named.value[i][label], memory_order_relaxed));
}

static void write_metric(FILE *out, enum metric metric)
{
	static const char *const kinds[] = {"counter", "gauge", "histogram"};
	const struct description *row = &table[metric];
	fprintf(out, "# HELP %s %s\n# TYPE %s %s\n", row->name, row->help, row->name,
		kinds[row->kind]);
	if (row->kind == HISTOGRAM) {
		write_histogram(out, row->name, metric);
		return;
	}
	if (row->name_label) {
		write_commands(out, row);
		return;
	}
	if (!row->label) {
		fprintf(out, "%s %" PRId64 "\n", row->name, metrics_get(metric, 0));
		return;
	}
	for (unsigned i = 0; i < LABELS_MAX && row->values[i]; i++)
		fprintf(out, "%s{%s=\"%s\"} %" PRId64 "\n", row->name, row->label, row->values[i],
			metrics_get(metric, i));
}

/* ---- The process itself, in the words of Prometheus' own client libraries */

static void write_value(
	FILE *out, const char *name, const char *kind, const char *help, double value)
{
	fprintf(out, "# HELP %s %s\n# TYPE %s %s\n%s %.15g\n", name, help, name, kind, name, value);
}

static double resident_bytes(void)
{
	long size = 0, resident = 0;
	FILE *file = fopen("/proc/self/statm", "re");
	if (!file)
		return 0;
	if (fscanf(file, "%ld %ld", &size, &resident) != 2)
		resident = 0;
	fclose(file);
	return (double)resident * (double)sysconf(_SC_PAGESIZE);
}

static double open_descriptors(void)
{
	double count = -3; /* the folder itself and both its dots */
	DIR *folder = opendir("/proc/self/fd");
	if (!folder)
		return 0;
	while (readdir(folder))
		count++;
	closedir(folder);
	return count;
}

static void write_process(FILE *out)
{
	struct rusage usage = {0};
	struct rlimit limit = {0};
	getrusage(RUSAGE_SELF, &usage);
	getrlimit(RLIMIT_NOFILE, &limit);
	double seconds = (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
			 (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
	write_value(out, "process_cpu_seconds_total", "counter",
		"User and system CPU time spent in seconds.", seconds);
	write_value(out, "process_resident_memory_bytes", "gauge", "Resident memory size in bytes.",
		resident_bytes());
	write_value(out, "process_open_fds", "gauge", "Number of open file descriptors.",
		open_descriptors());
	write_value(out, "process_max_fds", "gauge", "Maximum number of open file descriptors.",
		(double)limit.rlim_cur);
	write_value(out, "process_start_time_seconds", "gauge",
		"Start time of the process since unix epoch in seconds.", (double)process.started);
}

static void write_build(FILE *out)
{
	static const char *const programs[] = {[METRICS_OF_BESACE] = "besace",
		[METRICS_OF_SHIM] = "besace-gateway",
		[METRICS_OF_WEB] = "besace-web"};
	fprintf(out,
		"# HELP besace_build_info What runs here.\n# TYPE besace_build_info gauge\n"
		"besace_build_info{program=\"%s\",version=\"%s\"",
		programs[process.program], process.version ? process.version : "");
	if (process.shard)
		fprintf(out, ",shard=\"%s\"", process.shard);
	fputs("} 1\n", out);
}

char *metrics_text(void)
{
	char *text = NULL;
	size_t length = 0;
	FILE *out = open_memstream(&text, &length);
	if (!out)
		abort();
	write_build(out);
	write_process(out);
	for (int i = 0; i < METRIC_COUNT; i++)
		if (table[i].programs & (1u << process.program))
			write_metric(out, (enum metric)i);
	fclose(out);
	return text;
}

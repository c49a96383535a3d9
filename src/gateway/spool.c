/* The spool: segments of checksummed lines, and how far the service has taken them. */
#include "spool.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <inttypes.h>
#include <jansson.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <talloc.h>
#include <unistd.h>
#include <zlib.h>

#include "besace/base/compiler.h"
#include "besace/base/memory.h"
#include "besace/runtime/clock.h"
#include "besace/runtime/log.h"
#include "besace/runtime/metrics.h"
#include "bounds.h"

/* Kinds of records. */
#define EVENT 'E' /* an event, ready to be sent */
#define EVENT_UNSIGNED 'U' /* an event whose author's name is still to be found out */
#define SESSION 'S' /* {"source", "session_id", "resume_url"}, or {} for none */
#define SEQUENCE 'Q' /* the number of the last dispatch that was handled; ends a commit */
#define VOICE_BEGINS 'K' /* the voice cache follows: forget what was said before */
#define VOICE 'C' /* one guild of it */

/* A record is "CCCCCCCC K payload\n": the CRC-32 of "K payload", its kind, its payload. */
#define SUM_LENGTH 8
#define HEAD_LENGTH (SUM_LENGTH + 3)

/* What is written and synced at once, however much one dispatch causes. */
#define COMMIT_BYTES (1024u * 1024u)

/* How far above memory_bytes appending goes on before events are refused. */
#define REFUSE_FACTOR 4

/* Read at once from a segment; grows for a longer record. */
#define READ_BYTES (512u * 1024u)

#define REFUSED_MOST (16 * 1024 * 1024)

/* The file that says how far the service is has two places, written in turn, so that one is
 * always whole. Written in place: a full disk does not hinder it. */
#define TAKEN_PLACE 64

const struct spool_limits spool_default_limits = {
	.segment_bytes = LIMIT_SEGMENT_BYTES,
	.total_bytes = LIMIT_SPOOL_BYTES,
	.memory_bytes = LIMIT_SPOOL_MEMORY,
};

struct segment {
	uint64_t number;
	uint64_t size; /* what is surely on disk: readers look no further */
};

struct cursor {
	uint64_t segment, offset;
};

struct spool {
	char *path;
	int lock_fd, taken_fd;
	struct spool_limits limits;
	struct spool_owner owner;

	/* The writer's own. */
	int fd; /* of the last segment */
	uint64_t number, size; /* of the last segment: the list is also changed by the reader */
	char *waiting; /* records behind its size */
	size_t used, allocated;
	size_t ended; /* of used, what a number stands behind */
	size_t waiting_events;
	char *session_id, *resume_url;
	int64_t seq;
	uint64_t rotate_at; /* the size at which the last segment is closed */
	uint64_t since_save; /* bytes since the voice cache was written */
	uint64_t save_bytes; /* that it took */
	bool failing, refusing, nearly_full; /* said in the log */
	bool lost; /* events, which was not asked for yet */

	/* Shared, under the lock. */
	pthread_mutex_t lock;
	pthread_cond_t changed;
	struct segment *segments; /* by rising number; the last is being written */
	size_t segment_count;
	uint64_t saved_in; /* the last segment that begins with the voice cache */
	struct cursor taken;
	bool woken;

	/* The reader's own. */
	bool taken_failing;
	unsigned taken_place;
};

struct spool_save {
	FILE *file;
	uint64_t bytes;
};

/* ---- Records */

static uint32_t sum_of(const char *text, size_t length)
{
	return (uint32_t)crc32(crc32(0, NULL, 0), (const Bytef *)text, (uInt)length);
}

/* Writes the head of a record into OUT, of HEAD_LENGTH bytes and a NUL. */
static void make_head(char *out, char kind, const char *payload, size_t length)
{
	char start[2] = {kind, ' '};
	uLong sum = crc32(crc32(0, NULL, 0), (const Bytef *)start, sizeof(start));
	sum = crc32(sum, (const Bytef *)payload, (uInt)length);
	snprintf(out, HEAD_LENGTH + 1, "%08x %c ", (uint32_t)sum, kind);
}

/* Whether LINE, without its newline, is a whole record. */
static bool is_record(const char *line, size_t length)
{
	char sum[SUM_LENGTH + 1];
	if (length < HEAD_LENGTH || line[SUM_LENGTH] != ' ' || line[SUM_LENGTH + 2] != ' ')
		return false;
	snprintf(sum, sizeof(sum), "%08x", sum_of(line + SUM_LENGTH + 1, length - SUM_LENGTH - 1));
	return memcmp(line, sum, SUM_LENGTH) == 0;
}

static char record_kind(const char *line)
{
	return line[SUM_LENGTH + 1];
}

static void wait_reserve(struct spool *spool, size_t more)
{
	if (spool->used + more <= spool->allocated)
		return;
	size_t size = spool->allocated ? spool->allocated : 4096;
	while (size < spool->used + more)
		size *= 2;
	spool->waiting = must(realloc(spool->waiting, size));
	spool->allocated = size;
}

static void wait_add(struct spool *spool, char kind, const char *payload, size_t length)
{
	wait_reserve(spool, HEAD_LENGTH + length + 1);
	char *out = spool->waiting + spool->used;
	make_head(out, kind, payload, length);
	memcpy(out + HEAD_LENGTH, payload, length);
	out[HEAD_LENGTH + length] = '\n';
	spool->used += HEAD_LENGTH + length + 1;
}

static void file_add(struct spool_save *save, char kind, const char *payload, size_t length)
{
	char head[HEAD_LENGTH + 1];
	make_head(head, kind, payload, length);
	fwrite(head, 1, HEAD_LENGTH, save->file);
	fwrite(payload, 1, length, save->file);
	fputc('\n', save->file);
	save->bytes += HEAD_LENGTH + length + 1;
}

void spool_save_voice(struct spool_save *save, const char *json, size_t length)
{
	file_add(save, VOICE, json, length);
}

/* ---- Files */

static char *segment_path(void *ctx, const struct spool *spool, uint64_t number)
{
	return must(talloc_asprintf(ctx, "%s/%016" PRIx64 ".log", spool->path, number));
}

static void sync_folder(const struct spool *spool)
{
	int fd = open(spool->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return;
	fsync(fd);
	close(fd);
}

static void add_segment(struct spool *spool, uint64_t number, uint64_t size)
{
	spool->segments = must(
		reallocarray(spool->segments, spool->segment_count + 1, sizeof(*spool->segments)));
	spool->segments[spool->segment_count++] = (struct segment){number, size};
	spool->number = number;
	spool->size = size;
}

static uint64_t bytes_locked(const struct spool *spool)
{
	uint64_t bytes = 0;
	for (size_t i = 0; i < spool->segment_count; i++)
		bytes += spool->segments[i].size;
	return bytes;
}

uint64_t spool_bytes(struct spool *spool)
{
	pthread_mutex_lock(&spool->lock);
	uint64_t bytes = bytes_locked(spool);
	pthread_mutex_unlock(&spool->lock);
	return bytes;
}

static void remove_first(struct spool *spool)
{
	char *path = segment_path(NULL, spool, spool->segments[0].number);
	unlink(path);
	talloc_free(path);
	spool->segment_count--;
	memmove(spool->segments, spool->segments + 1,
		spool->segment_count * sizeof(*spool->segments));
}

/* Removes segments whose events are taken and whose voice states are written again in a later one.
 */
static void remove_unneeded(struct spool *spool)
{
	while (spool->segment_count > 1 && spool->segments[0].number < spool->taken.segment &&
		spool->segments[0].number < spool->saved_in)
		remove_first(spool);
	metrics_set(METRIC_SHIM_SPOOL_BYTES, 0, (int64_t)bytes_locked(spool));
}

static char *session_json(const struct spool *spool)
{
	if (!spool->session_id)
		return must(strdup("{}"));
	json_t *json = json_pack("{s:s, s:s, s:s}", "source", spool->owner.source, "session_id",
		spool->session_id, "resume_url", spool->resume_url);
	char *text = must(json_dumps(must(json), JSON_COMPACT));
	json_decref(json);
	return text;
}

/* Writes what every segment begins with, and the voice cache if it is time for it. */
static void write_start(struct spool *spool, struct spool_save *save, bool with_voice)
{
	char seq[24], *session = session_json(spool);
	file_add(save, SESSION, session, strlen(session));
	free(session);
	if (with_voice) {
		file_add(save, VOICE_BEGINS, "", 0);
		spool->owner.save(spool->owner.arg, save);
	}
	snprintf(seq, sizeof(seq), "%" PRId64, spool->seq);
	file_add(save, SEQUENCE, seq, strlen(seq));
}

/* Makes the file of a segment under another name, and gives it its own when it is whole. Returns
 * its descriptor, or -1. */
static int make_segment(struct spool *spool, uint64_t number, bool with_voice, uint64_t *out_bytes)
{
	char *path = segment_path(NULL, spool, number);
	char *draft = must(talloc_asprintf(path, "%s/draft", spool->path));
	struct spool_save save = {0};
	int fd = open(draft, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600), copy = dup(fd);
	bool made = fd >= 0 && copy >= 0 && (save.file = fdopen(copy, "w")) != NULL;
	if (made) {
		write_start(spool, &save, with_voice);
		made = fflush(save.file) == 0 && !ferror(save.file) && fsync(fd) == 0;
		made = fclose(save.file) == 0 && made;
		made = made && rename(draft, path) == 0;
	} else if (copy >= 0) {
		close(copy);
	}
	if (!made) {
		int why = errno;
		if (fd >= 0)
			close(fd);
		unlink(draft);
		errno = why;
		fd = -1;
	} else {
		sync_folder(spool);
	}
	talloc_free(path);
	*out_bytes = save.bytes;
	return fd;
}

/* How many events of a segment lie behind FROM. */
static int64_t count_events(const struct spool *spool, uint64_t number, uint64_t from)
{
	char *path = segment_path(NULL, spool, number), *line = NULL;
	FILE *file = fopen(path, "re");
	talloc_free(path);
	int64_t count = 0;
	size_t size = 0;
	ssize_t length;
	if (!file)
		return 0;
	if (fseeko(file, (off_t)from, SEEK_SET) == 0)
		while ((length = getline(&line, &size, file)) > 0)
			if (is_record(line, (size_t)length - 1) &&
				(record_kind(line) == EVENT || record_kind(line) == EVENT_UNSIGNED))
				count++;
	free(line);
	fclose(file);
	return count;
}

/* Drops the oldest segments until the rest is within the bound: the last resort. */
static void drop_oldest(struct spool *spool)
{
	while (spool->segment_count > 1 && bytes_locked(spool) > spool->limits.total_bytes &&
		spool->segments[0].number < spool->saved_in) {
		uint64_t number = spool->segments[0].number;
		uint64_t from = number == spool->taken.segment ? spool->taken.offset : 0;
		int64_t lost =
			number < spool->taken.segment ? 0 : count_events(spool, number, from);
		log_error(LOG_TEXT("spool full: the oldest events are dropped"),
			LOG_INT("events", lost), LOG_INT("segment", (int64_t)number));
		metrics_add(METRIC_SHIM_EVENTS, SHIM_EVENT_DROPPED, lost);
		spool->lost = spool->lost || lost > 0;
		remove_first(spool);
		if (spool->taken.segment <= number)
			spool->taken = (struct cursor){spool->segments[0].number, 0};
	}
}

/* Says once, well before, that events will be dropped. */
static void warn_when_filling(struct spool *spool)
{
	uint64_t bytes = bytes_locked(spool), most = spool->limits.total_bytes;
	if (!spool->nearly_full && bytes > most / 2) {
		spool->nearly_full = true;
		log_error(LOG_TEXT("spool half full: when it is full, the oldest events are "
				   "dropped; is the service taking them?"),
			LOG_INT("bytes", (int64_t)bytes), LOG_INT("limit", (int64_t)most));
	} else if (bytes < most / 4) {
		spool->nearly_full = false;
	}
}

/* Closes the last segment and begins another, which holds the voice cache if enough was written
 * since: what it costs stays in proportion to what is written anyway. */
static void rotate(struct spool *spool)
{
	bool with_voice = spool->since_save >= spool->limits.segment_bytes &&
			  spool->since_save >= spool->save_bytes;
	uint64_t number = spool->number + 1, bytes;
	int fd = make_segment(spool, number, with_voice, &bytes);
	if (fd < 0) {
		spool->rotate_at += spool->limits.segment_bytes / 4; /* go on in this one */
		return;
	}
	if (spool->fd >= 0)
		close(spool->fd);
	spool->fd = fd;
	spool->rotate_at = bytes + spool->limits.segment_bytes;
	pthread_mutex_lock(&spool->lock);
	add_segment(spool, number, bytes);
	if (with_voice) {
		spool->saved_in = number;
		spool->since_save = 0;
		spool->save_bytes = bytes;
	}
	warn_when_filling(spool);
	drop_oldest(spool);
	remove_unneeded(spool);
	pthread_mutex_unlock(&spool->lock);
}

/* ---- Writing */

static void say_failing(struct spool *spool, const char *what)
{
	metrics_add(METRIC_SHIM_SPOOL_ERRORS, 0, 1);
	if (spool->failing)
		return;
	spool->failing = true;
	log_error(LOG_TEXT("spool not writable: events wait in memory"), LOG_STR("what", what),
		LOG_STR("why", strerror(errno)), LOG_INT("bytes", (int64_t)spool->used));
}

static bool write_at(int fd, const char *bytes, size_t length, uint64_t offset)
{
	while (length > 0) {
		ssize_t n = pwrite(fd, bytes, length, (off_t)offset);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		bytes += n;
		length -= (size_t)n;
		offset += (uint64_t)n;
	}
	return true;
}

/* What waits is on disk: readers may have it. */
static void publish(struct spool *spool)
{
	pthread_mutex_lock(&spool->lock);
	spool->size += spool->used;
	spool->segments[spool->segment_count - 1].size = spool->size;
	metrics_set(METRIC_SHIM_SPOOL_BYTES, 0, (int64_t)bytes_locked(spool));
	pthread_cond_signal(&spool->changed);
	pthread_mutex_unlock(&spool->lock);
	metrics_add(METRIC_SHIM_EVENTS, SHIM_EVENT_SPOOLED, (int64_t)spool->waiting_events);
	spool->since_save += spool->used;
	spool->used = spool->ended = 0;
	spool->waiting_events = 0;
	if (spool->allocated > 2 * COMMIT_BYTES) {
		free(spool->waiting);
		spool->waiting = NULL;
		spool->allocated = 0;
	}
}

/* Puts the number of the last dispatch behind what waits; without it, a later run takes the group
 * for cut off. Once only, however often the disk has to be tried. */
static void end_group(struct spool *spool)
{
	char seq[24];
	if (spool->ended == spool->used)
		return;
	snprintf(seq, sizeof(seq), "%" PRId64, spool->seq);
	wait_add(spool, SEQUENCE, seq, strlen(seq));
	spool->ended = spool->used;
}

enum status spool_commit(struct spool *spool)
{
	if (spool->used == 0)
		return STATUS_OK;
	end_group(spool);
	/* Until it is synced, everything stays in memory and is written again at the same place:
	 * after a failed sync nobody knows what the disk has. */
	if (!write_at(spool->fd, spool->waiting, spool->used, spool->size)) {
		say_failing(spool, "write");
		return STATUS_UNAVAILABLE;
	}
	if (fdatasync(spool->fd) < 0) {
		say_failing(spool, "sync");
		return STATUS_UNAVAILABLE;
	}
	if (spool->failing)
		log_info(LOG_TEXT("spool writable again"));
	spool->failing = spool->refusing = false;
	publish(spool);
	if (spool->size >= spool->rotate_at)
		rotate(spool);
	return STATUS_OK;
}

void spool_append(struct spool *spool, const char *json, size_t length, bool author_known)
{
	if (spool->used > REFUSE_FACTOR * spool->limits.memory_bytes) {
		if (!spool->refusing)
			log_error(LOG_TEXT(
				"events dropped: the spool is not writable and memory is full"));
		spool->refusing = spool->lost = true;
		metrics_add(METRIC_SHIM_EVENTS, SHIM_EVENT_DROPPED, 1);
		return;
	}
	wait_add(spool, author_known ? EVENT : EVENT_UNSIGNED, json, length);
	spool->waiting_events++;
	/* A dispatch may cause more than memory should hold. Its number is noted after it. */
	if (!spool->failing && spool->used >= COMMIT_BYTES)
		(void)!spool_commit(spool);
}

void spool_note_seq(struct spool *spool, int64_t seq)
{
	spool->seq = seq;
}

void spool_note_session(struct spool *spool, const struct session_identity *identity)
{
	free(spool->session_id);
	free(spool->resume_url);
	bool any = identity->id && identity->resume_url;
	spool->session_id = any ? must(strdup(identity->id)) : NULL;
	spool->resume_url = any ? must(strdup(identity->resume_url)) : NULL;
	char *session = session_json(spool);
	wait_add(spool, SESSION, session, strlen(session));
	free(session);
	spool->seq = any ? identity->seq : -1;
}

bool spool_pending(const struct spool *spool)
{
	return spool->used > 0;
}

bool spool_lost(struct spool *spool)
{
	bool lost = spool->lost;
	spool->lost = false;
	return lost;
}

bool spool_has_room(const struct spool *spool)
{
	return !spool->failing || spool->used < spool->limits.memory_bytes;
}

void spool_session(const struct spool *spool, struct session_identity *out)
{
	*out = (struct session_identity){
		.id = spool->session_id, .resume_url = spool->resume_url, .seq = spool->seq};
}

/* ---- Opening */

static void recall_session(struct spool *spool, const char *payload, size_t length)
{
	json_t *json = json_loadb(payload, length, 0, NULL);
	const char *id = json_string_value(json_object_get(json, "session_id"));
	const char *url = json_string_value(json_object_get(json, "resume_url"));
	const char *source = json_string_value(json_object_get(json, "source"));
	bool ours = id && url && source && strcmp(source, spool->owner.source) == 0;
	free(spool->session_id);
	free(spool->resume_url);
	spool->session_id = ours ? must(strdup(id)) : NULL;
	spool->resume_url = ours ? must(strdup(url)) : NULL;
	spool->seq = -1;
	json_decref(json);
}

static bool starts_with(const char *text, size_t length, const char *start)
{
	return length >= strlen(start) && memcmp(text, start, strlen(start)) == 0;
}

static void recall_record(struct spool *spool, uint64_t segment, const char *line, size_t length)
{
	const char *payload = line + HEAD_LENGTH;
	size_t size = length - HEAD_LENGTH;
	bool superseded = segment < spool->saved_in;
	switch (record_kind(line)) {
	case SESSION:
		recall_session(spool, payload, size);
		break;
	case SEQUENCE:
		spool->seq = strtoll(payload, NULL, 10); /* a newline follows */
		break;
	case VOICE_BEGINS:
		spool->since_save = 0;
		if (superseded)
			break;
		spool->saved_in = segment;
		spool->owner.recall(spool->owner.arg, NULL, 0);
		break;
	case VOICE:
		if (!superseded)
			spool->owner.recall(spool->owner.arg, payload, size);
		break;
	case EVENT: /* ids of voice events and snapshots begin so; see gateway/filter.h */
		if (!superseded && (starts_with(payload, size, "{\"id\":\"v:") ||
					   starts_with(payload, size, "{\"id\":\"s:")))
			spool->owner.recall(spool->owner.arg, payload, size);
		break;
	default:
		break;
	}
}

/* What was committed together; it counts when its number has been read. */
struct group {
	char *lines; /* each with its newline */
	size_t used, size;
};

static void group_add(struct group *group, const char *line, size_t length)
{
	if (group->used + length > group->size) {
		group->size = 2 * (group->used + length);
		group->lines = must(realloc(group->lines, group->size));
	}
	memcpy(group->lines + group->used, line, length);
	group->used += length;
}

/* Behind a damaged record neither a session nor the number of a dispatch is believed: what was lost
 * may be the events before it. */
static void recall_group(struct spool *spool, uint64_t segment, struct group *group, bool damaged)
{
	for (size_t at = 0; at < group->used;) {
		const char *line = group->lines + at;
		size_t length = (size_t)((char *)memchr(line, '\n', group->used - at) - line);
		char kind = record_kind(line);
		if (!damaged || (kind != SEQUENCE && kind != SESSION))
			recall_record(spool, segment, line, length);
		at += length + 1;
	}
	group->used = 0;
}

/* The voice cache stands only where a segment begins, which is whole: it need not wait, and may be
 * much. */
static bool is_of_voice_cache(const char *line)
{
	return record_kind(line) == VOICE_BEGINS || record_kind(line) == VOICE;
}

/*
 * Reads a segment. Records that are not whole are passed over and counted, except those at its
 * end: there a crash cut it off, and with them goes what was to be committed together with them.
 * Returns the bytes that count.
 */
static uint64_t recall_segment(struct spool *spool, uint64_t number, FILE *file)
{
	char *line = NULL;
	size_t size = 0;
	ssize_t length;
	struct group group = {0};
	uint64_t at = 0, good = 0;
	int64_t bad = 0, bad_since = 0;
	while ((length = getline(&line, &size, file)) > 0) {
		size_t bare = (size_t)length - 1;
		at += (uint64_t)length;
		if (line[bare] != '\n' || !is_record(line, bare)) {
			bad_since++;
			continue;
		}
		if (is_of_voice_cache(line)) {
			recall_record(spool, number, line, bare);
			continue;
		}
		group_add(&group, line, (size_t)length);
		if (record_kind(line) != SEQUENCE)
			continue;
		bad += bad_since;
		bad_since = 0;
		recall_group(spool, number, &group, bad > 0);
		spool->since_save += at - good;
		good = at;
	}
	free(line);
	free(group.lines);
	if (bad > 0) {
		log_error(LOG_TEXT("spool damaged: records are not readable"),
			LOG_INT("segment", (int64_t)number), LOG_INT("records", bad));
		metrics_add(METRIC_SHIM_EVENTS, SHIM_EVENT_DROPPED, bad);
	}
	return good;
}

/* Reads a segment of a former run and adds it to the list. */
static bool take_segment(struct spool *spool, uint64_t number, bool last)
{
	char *path = segment_path(NULL, spool, number);
	int fd = open(path, O_RDWR | O_CLOEXEC);
	FILE *file = fd >= 0 ? fdopen(fd, "r+") : NULL;
	talloc_free(path);
	if (!file) {
		if (fd >= 0)
			close(fd);
		return false;
	}
	uint64_t good = recall_segment(spool, number, file);
	struct stat found;
	bool cut = fstat(fd, &found) == 0 && (uint64_t)found.st_size > good;
	if (cut)
		log_warn(LOG_TEXT("spool: a half-written record was cut off"),
			LOG_INT("bytes", (int64_t)((uint64_t)found.st_size - good)));
	bool done = !cut || ftruncate(fd, (off_t)good) == 0;
	add_segment(spool, number, good);
	if (last)
		spool->fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	fclose(file);
	return done && (!last || spool->fd >= 0);
}

static int by_number(const void *a, const void *b)
{
	uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;
	return (left > right) - (left < right);
}

/* The numbers of the segments in the folder, rising. */
static uint64_t *list_segments(void *ctx, const struct spool *spool, size_t *out_count)
{
	char *pattern = must(talloc_asprintf(ctx, "%s/*.log", spool->path));
	glob_t found = {0};
	glob(pattern, 0, NULL, &found);
	uint64_t *numbers = must(talloc_array(ctx, uint64_t, (unsigned)found.gl_pathc + 1));
	size_t count = 0;
	for (size_t i = 0; i < found.gl_pathc; i++) {
		const char *name = strrchr(found.gl_pathv[i], '/') + 1;
		char *end;
		uint64_t number = strtoull(name, &end, 16);
		if (end == name + 16 && strcmp(end, ".log") == 0)
			numbers[count++] = number;
	}
	globfree(&found);
	qsort(numbers, count, sizeof(*numbers), by_number);
	*out_count = count;
	return numbers;
}

/* Whether a segment begins with the voice cache. */
static bool begins_with_voice(const struct spool *spool, uint64_t number)
{
	char *path = segment_path(NULL, spool, number), *line = NULL;
	FILE *file = fopen(path, "re");
	talloc_free(path);
	size_t size = 0;
	ssize_t length = 0;
	for (int i = 0; file && i < 2; i++) /* behind the session */
		length = getline(&line, &size, file);
	bool does = length > 0 && is_record(line, (size_t)length - 1) &&
		    record_kind(line) == VOICE_BEGINS;
	free(line);
	if (file)
		fclose(file);
	return does;
}

/* Finds the last segment that begins with the voice cache: what older ones say of it need not be
 * read as JSON, which takes ten times as long as looking for damage. */
static void find_saved(struct spool *spool, const uint64_t *numbers, size_t count)
{
	for (size_t i = count; i > 0 && spool->saved_in == 0; i--)
		if (begins_with_voice(spool, numbers[i - 1]))
			spool->saved_in = numbers[i - 1];
}

static bool recall_all(struct spool *spool)
{
	void *ctx = must(talloc_new(NULL));
	size_t count;
	uint64_t *numbers = list_segments(ctx, spool, &count);
	bool done = true;
	find_saved(spool, numbers, count);
	for (size_t i = 0; i < count && done; i++)
		done = take_segment(spool, numbers[i], i + 1 == count);
	talloc_free(ctx);
	return done;
}

static bool begin_first(struct spool *spool)
{
	uint64_t bytes;
	spool->fd = make_segment(spool, 1, true, &bytes);
	if (spool->fd < 0)
		return false;
	add_segment(spool, 1, bytes);
	spool->saved_in = 1;
	spool->rotate_at = bytes + spool->limits.segment_bytes;
	return true;
}

/* ---- How far the service is */

static bool taken_parse(const char *place, struct cursor *out)
{
	unsigned sum;
	if (sscanf(place, "%16" SCNx64 " %16" SCNx64 " %8x", &out->segment, &out->offset, &sum) !=
		3)
		return false;
	return sum == sum_of(place, 33);
}

/* Reads where the last run was; both places unreadable means from the beginning. */
static void taken_load(struct spool *spool)
{
	char places[2 * TAKEN_PLACE + 1] = {0};
	struct cursor best = {0}, one;
	(void)!pread(spool->taken_fd, places, sizeof(places) - 1, 0);
	for (unsigned i = 0; i < 2; i++)
		if (taken_parse(places + i * TAKEN_PLACE, &one) &&
			(one.segment > best.segment ||
				(one.segment == best.segment && one.offset >= best.offset))) {
			best = one;
			spool->taken_place = 1 - i;
		}
	spool->taken = (struct cursor){spool->segments[0].number, 0};
	for (size_t i = 0; i < spool->segment_count; i++)
		if (spool->segments[i].number == best.segment)
			spool->taken = (struct cursor){best.segment,
				best.offset < spool->segments[i].size ? best.offset
								      : spool->segments[i].size};
		else if (spool->segments[i].number < best.segment)
			spool->taken =
				(struct cursor){spool->segments[i].number, spool->segments[i].size};
}

static void taken_save(struct spool *spool, struct cursor taken)
{
	char place[TAKEN_PLACE + 1];
	memset(place, '\n', sizeof(place));
	int n = snprintf(
		place, sizeof(place), "%016" PRIx64 " %016" PRIx64, taken.segment, taken.offset);
	n += snprintf(place + n, sizeof(place) - (size_t)n, " %08x", sum_of(place, (size_t)n));
	place[n] = '\n';
	bool saved = write_at(
		spool->taken_fd, place, TAKEN_PLACE, (uint64_t)spool->taken_place * TAKEN_PLACE);
	spool->taken_place = 1 - spool->taken_place;
	if (!saved && !spool->taken_failing)
		log_error(LOG_TEXT("spool: cannot note what the service has taken; after a restart "
				   "it gets it again"),
			LOG_STR("why", strerror(errno)));
	spool->taken_failing = !saved;
}

/* ---- Life cycle */

static bool make_folders(char *path)
{
	for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		int made = mkdir(path, 0755);
		bool there = made == 0 || errno == EEXIST;
		*slash = '/';
		if (!there)
			return false;
	}
	return mkdir(path, 0700) == 0 || errno == EEXIST;
}

static int open_in(const struct spool *spool, const char *name, int flags)
{
	char *path = must(talloc_asprintf(NULL, "%s/%s", spool->path, name));
	int fd = open(path, flags | O_CREAT | O_CLOEXEC, 0600);
	talloc_free(path);
	return fd;
}

/* Opens everything; on failure says which step failed. */
static const char *open_all(struct spool *spool)
{
	if (!make_folders(spool->path))
		return "cannot make the folder";
	spool->lock_fd = open_in(spool, "lock", O_RDWR);
	if (spool->lock_fd < 0)
		return "cannot write in it";
	if (flock(spool->lock_fd, LOCK_EX | LOCK_NB) < 0)
		return "another shim uses it (each needs a folder of its own)";
	if (!recall_all(spool))
		return "cannot read what it holds";
	if (spool->segment_count == 0 && !begin_first(spool))
		return "cannot make a segment";
	if (spool->rotate_at == 0)
		spool->rotate_at = spool->limits.segment_bytes;
	spool->taken_fd = open_in(spool, "taken", O_RDWR);
	if (spool->taken_fd < 0)
		return "cannot make a file in it";
	taken_load(spool);
	return NULL;
}

struct spool *spool_open(void *ctx, const char *path, const struct spool_limits *limits,
	const struct spool_owner *owner, char **out_why)
{
	struct spool *spool = must(calloc(1, sizeof(*spool)));
	spool->path = must(strdup(path));
	spool->limits = *limits;
	spool->owner = *owner;
	spool->fd = spool->lock_fd = spool->taken_fd = -1;
	spool->seq = -1;
	clock_cond_init(&spool->changed);
	pthread_mutex_init(&spool->lock, NULL);
	errno = 0;
	const char *why = open_all(spool);
	if (why) {
		*out_why =
			must(talloc_asprintf(ctx, "spool %s: %s: %s", path, why, strerror(errno)));
		spool_close(&spool);
		return NULL;
	}
	metrics_set(METRIC_SHIM_SPOOL_BYTES, 0, (int64_t)spool_bytes(spool));
	return spool;
}

void spool_close(struct spool **handle)
{
	struct spool *spool = *handle;
	if (!spool)
		return;
	if (spool->fd >= 0 && spool_commit(spool) != STATUS_OK)
		log_error(LOG_TEXT("spool closed without its last events"),
			LOG_INT("events", (int64_t)spool->waiting_events));
	const int fds[] = {spool->fd, spool->taken_fd, spool->lock_fd};
	for (size_t i = 0; i < ARRAY_LEN(fds); i++)
		if (fds[i] >= 0)
			close(fds[i]);
	pthread_cond_destroy(&spool->changed);
	pthread_mutex_destroy(&spool->lock);
	free(spool->segments);
	free(spool->waiting);
	free(spool->session_id);
	free(spool->resume_url);
	free(spool->path);
	free(spool);
	*handle = NULL;
}

/* ---- Reading */

/* Where to read next, and how much there is: passes from a segment that was read to its end to the
 * next. False when there is nothing. */
static bool find_unread(struct spool *spool, struct cursor *out_from, uint64_t *out_size)
{
	for (size_t i = 0; i < spool->segment_count; i++) {
		const struct segment *segment = &spool->segments[i];
		if (segment->number < spool->taken.segment)
			continue;
		if (segment->number > spool->taken.segment)
			spool->taken = (struct cursor){segment->number, 0};
		if (spool->taken.offset < segment->size) {
			*out_from = spool->taken;
			*out_size = segment->size;
			return true;
		}
	}
	return false;
}

/* Adds the event of a line, which ends at END in its segment. */
static void batch_add(
	struct spool_batch *batch, const char *line, size_t length, uint64_t end, size_t most)
{
	if (!batch->events)
		batch->events = must(talloc_array(NULL, struct spool_event, (unsigned)most));
	batch->events[batch->count++] = (struct spool_event){.json = line + HEAD_LENGTH,
		.length = length - HEAD_LENGTH,
		.end = end,
		.author_known = record_kind(line) == EVENT};
}

struct reading {
	char *bytes;
	size_t length;
	size_t most_events, most_bytes;
	int64_t bad; /* records that are not whole */
};

/* Splits what was read into lines and takes the events among them. Returns the bytes of whole
 * lines that were looked at. */
static size_t split(struct reading *reading, uint64_t from, struct spool_batch *batch)
{
	size_t at = 0, taken = 0;
	while (batch->count < reading->most_events) {
		const char *line = reading->bytes + at;
		const char *end = memchr(line, '\n', reading->length - at);
		if (!end)
			break;
		size_t length = (size_t)(end - line);
		bool whole = is_record(line, length);
		char kind = whole ? record_kind(line) : EVENT;
		if (whole && (kind == EVENT || kind == EVENT_UNSIGNED)) {
			if (batch->count > 0 && taken + length > reading->most_bytes)
				break;
			taken += length;
			batch_add(
				batch, line, length, from + at + length + 1, reading->most_events);
		}
		reading->bad += !whole;
		at += length + 1;
	}
	return at;
}

/* Reads SIZE bytes at FROM, fewer when the file is shorter. */
static bool read_bytes(
	const struct spool *spool, void *ctx, struct cursor from, size_t size, struct reading *out)
{
	char *path = segment_path(NULL, spool, from.segment);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	talloc_free(path);
	if (fd < 0)
		return false;
	out->bytes = must(talloc_size(ctx, size));
	out->length = 0;
	ssize_t n = 1;
	while (out->length < size && n > 0) {
		n = pread(fd, out->bytes + out->length, size - out->length,
			(off_t)(from.offset + out->length));
		if (n > 0)
			out->length += (size_t)n;
	}
	close(fd);
	return out->length > 0;
}

/* A segment that can be read no further, though it should: what is left of it is given up. */
static size_t give_up(const struct cursor *from, uint64_t size)
{
	log_error(LOG_TEXT("spool damaged: the rest of a segment is not readable"),
		LOG_INT("segment", (int64_t)from->segment),
		LOG_INT("bytes", (int64_t)(size - from->offset)));
	metrics_add(METRIC_SHIM_EVENTS, SHIM_EVENT_DROPPED, 1);
	return (size_t)(size - from->offset);
}

static size_t smaller(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Reads from FROM; returns how far it looked. */
static size_t read_from(struct spool *spool, void *ctx, struct cursor from, uint64_t size,
	struct reading *reading, struct spool_batch *batch)
{
	size_t left = (size_t)(size - from.offset);
	for (size_t want = smaller(left, READ_BYTES);; want = smaller(left, 2 * want)) {
		if (!read_bytes(spool, ctx, from, want, reading))
			return give_up(&from, size);
		size_t looked = split(reading, from.offset, batch);
		if (looked > 0)
			return looked;
		if (want == left)
			return give_up(&from, size);
		TALLOC_FREE(reading->bytes);
	}
}

void spool_read(struct spool *spool, void *ctx, size_t most, size_t bytes, struct spool_batch *out)
{
	struct cursor from;
	uint64_t size;
	struct reading reading = {.most_events = most, .most_bytes = bytes};
	*out = (struct spool_batch){0};
	for (;; reading.bad = 0) {
		pthread_mutex_lock(&spool->lock);
		bool any = find_unread(spool, &from, &size);
		pthread_mutex_unlock(&spool->lock);
		if (!any)
			return;
		size_t looked = read_from(spool, ctx, from, size, &reading, out);
		if (reading.bad > 0)
			log_error(LOG_TEXT("spool damaged: records are not readable"),
				LOG_INT("segment", (int64_t)from.segment),
				LOG_INT("records", reading.bad));
		out->segment = from.segment;
		out->offset = from.offset + looked;
		if (out->count > 0) {
			talloc_steal(ctx, out->events);
			return;
		}
		/* Nothing but notes: a voice cache is a hundred MiB of them. */
		TALLOC_FREE(reading.bytes);
		spool_take(spool, out);
	}
}

void spool_take(struct spool *spool, const struct spool_batch *batch)
{
	pthread_mutex_lock(&spool->lock);
	/* Behind the place only if its segment was dropped meanwhile. */
	if (batch->segment >= spool->taken.segment)
		spool->taken = (struct cursor){batch->segment, batch->offset};
	struct cursor taken = spool->taken;
	remove_unneeded(spool);
	pthread_mutex_unlock(&spool->lock);
	if (batch->count > 0)
		taken_save(spool, taken);
}

bool spool_wait(struct spool *spool, int64_t timeout_ms)
{
	struct timespec until = clock_deadline(timeout_ms);
	struct cursor from;
	uint64_t size;
	pthread_mutex_lock(&spool->lock);
	bool any = find_unread(spool, &from, &size);
	int timed_out = 0;
	while (!any && !spool->woken && !timed_out) {
		timed_out = pthread_cond_timedwait(&spool->changed, &spool->lock, &until);
		any = find_unread(spool, &from, &size);
	}
	spool->woken = false;
	pthread_mutex_unlock(&spool->lock);
	return any;
}

void spool_wake(struct spool *spool)
{
	pthread_mutex_lock(&spool->lock);
	spool->woken = true;
	pthread_cond_signal(&spool->changed);
	pthread_mutex_unlock(&spool->lock);
}

/* ---- Events that nobody takes */

enum status spool_set_aside(
	struct spool *spool, const struct spool_event *event, const char *reason)
{
	struct stat found;
	int fd = open_in(spool, "refused", O_WRONLY | O_APPEND);
	if (fd < 0)
		return STATUS_UNAVAILABLE;
	json_t *json =
		json_pack("{s:s, s:s%}", "reason", reason, "event", event->json, event->length);
	char *text = must(json_dumps(must(json), JSON_COMPACT));
	json_decref(json);
	bool kept = fstat(fd, &found) == 0 && found.st_size < REFUSED_MOST &&
		    dprintf(fd, "%s\n", text) > 0 && fdatasync(fd) == 0;
	free(text);
	close(fd);
	return kept ? STATUS_OK : STATUS_UNAVAILABLE;
}

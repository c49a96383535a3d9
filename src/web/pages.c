/* /serveur/…: reads what a page shows, and keeps it for a moment. */
#include "pages.h"

#include <pthread.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <talloc.h>

#include "besace/base/compiler.h"
#include "besace/base/memory.h"
#include "besace/base/utf8.h"
#include "besace/runtime/clock.h"
#include "besace/runtime/log.h"
#include "besace/runtime/metrics.h"
#include "besace/store/reader.h"
#include "leaderboard_page.h"
#include "query.h"
#include "site_parts.h"

#define PREFIX "/serveur/"
#define MEMBER "/membre/"

/* Threads that read, each with a connection; and requests that wait for one. */
#define READERS 4
#define READS_WAITING_MAX 512

/* Pages that were drawn: for a moment they are what they were. Whoever asked to be left out is left
 * out at once: each is shown only if it was found to hold after it was asked for. */
#define KEPT_MAX 64
#define KEPT_MS 1000

/* The order by voice and messages is as old as rules.md lets it be; rows are read anew each time.
 */
#define TOP_MS 300000
#define TOP_MAX 1000
#define TOPS_KEPT 16

#define CACHE_PAGE "public, no-cache"

struct kept_page {
	char *key; /* NULL: free */
	char *html;
	size_t size;
	char etag[36];
	bool is_listed;
	int64_t drawn_ms;
	int64_t hidings; /* of its guild, before it was read */
	uint64_t held_at; /* the turn in which it was last found to hold */
};

struct kept_top {
	struct snowflake guild;
	enum page_metric metric;
	struct snowflake *ids; /* NULL: free */
	size_t count;
	int64_t read_ms;
};

struct pages {
	char *url;
	struct crew *readers;
	pthread_mutex_t lock; /* guards both tables */
	struct kept_page kept[KEPT_MAX];
	unsigned next_kept;
	uint64_t turn; /* goes on with each request and each look, which it puts in order */
	struct kept_top tops[TOPS_KEPT];
	unsigned next_top;
};

static void *begin_reader(void *arg)
{
	const struct pages *pages = arg;
	return reader_create(pages->url);
}

static void end_reader(void *tools)
{
	struct reader *reader = tools;
	reader_destroy(&reader);
}

struct pages *pages_create(const char *database_url)
{
	struct pages *pages = must(talloc_zero(NULL, struct pages));
	pages->url = must(talloc_strdup(pages, database_url));
	pthread_mutex_init(&pages->lock, NULL);
	const struct crew_tools tools = {.begin = begin_reader, .end = end_reader, .arg = pages};
	pages->readers = crew_create(READERS, READS_WAITING_MAX, &tools);
	return pages;
}

void pages_stop(struct pages *pages)
{
	if (pages)
		crew_destroy(&pages->readers);
}

void pages_destroy(struct pages **handle)
{
	if (!*handle)
		return;
	pages_stop(*handle);
	pthread_mutex_destroy(&(*handle)->lock);
	talloc_free(*handle);
	*handle = NULL;
}

/* ---- What is asked for */

/* A request for a page, on the request's context. */
struct page_order {
	struct page_wish wish;
	struct snowflake member; /* of a member's page; empty: the leaderboard */
	struct snowflake own; /* whose link it is; empty: nobody's */
	char *key; /* under which the page is kept */
	uint64_t asked_at; /* the turn in which it was asked for */
};

static enum language language_of(const struct web_request *request)
{
	return query_language(web_request_header(request, MHD_HTTP_HEADER_ACCEPT_LANGUAGE));
}

/* The row that is marked, when the link is good: the reader's own by "moi", and that of whoever
 * asked for the leaderboard by "de", which everybody can press. */
static void read_own(struct web_request *request, struct page_order *order)
{
	const char *link = web_request_argument(request, "moi");
	order->wish.own_is_reader = link != NULL;
	if (!link)
		link = web_request_argument(request, "de");
	if (!link || !request->site->config->has_link_key ||
		!own_row_read(&request->site->link_key, order->wish.address, link, &order->own))
		return;
	order->wish.own_link = must(talloc_strdup(order, link));
}

/* The page that the request's address names; NULL when it has the form of none. */
static struct page_order *read_page_order(struct web_request *request)
{
	struct page_order *order = must(talloc_zero(request->ctx, struct page_order));
	const char *at = request->url + strlen(PREFIX), *member = strstr(at, MEMBER);
	size_t length = member ? (size_t)(member - at) : strlen(at);
	char *address = must(talloc_strndup(order, at, length));
	if (!page_address_is(address) ||
		(member && !snowflake_parse(member + strlen(MEMBER), &order->member)))
		return NULL;
	order->wish = (struct page_wish){.address = address,
		.metric = page_metric_named(web_request_argument(request, "type")),
		.number = query_number(web_request_argument(request, "page")),
		.search = query_search(order, web_request_argument(request, "q")),
		.language = language_of(request)};
	read_own(request, order);
	order->key = must(talloc_asprintf(order, "%d %s %s %d %d %s %d %s",
		(int)order->wish.language, address, order->member.text, (int)order->wish.metric,
		order->wish.number, order->own.text, order->wish.own_is_reader,
		order->wish.search ? order->wish.search : ""));
	return order;
}

/* ---- Pages of a moment ago */

static void answer_html(struct web_request *request, const char *html, size_t size,
	const char *etag, bool is_listed)
{
	const struct answer answer = {.status = MHD_HTTP_OK,
		.type = "text/html; charset=utf-8",
		.cache = CACHE_PAGE,
		.etag = etag,
		.is_listed = is_listed,
		.varies = true};
	web_request_answer(request, &answer, html, size);
}

static uint64_t take_turn(struct pages *pages)
{
	pthread_mutex_lock(&pages->lock);
	uint64_t turn = ++pages->turn;
	pthread_mutex_unlock(&pages->lock);
	return turn;
}

/* The page that is kept under KEY; NULL when none is. The lock is held. */
static struct kept_page *find_kept(struct pages *pages, const char *key)
{
	for (int i = 0; i < KEPT_MAX; i++)
		if (pages->kept[i].key && strcmp(pages->kept[i].key, key) == 0)
			return &pages->kept[i];
	return NULL;
}

/* Answers with the page of ORDER that was found to hold since it was asked for. False when there is
 * none. */
static bool answer_kept(struct web_request *request, const struct page_order *order)
{
	struct pages *pages = request->site->pages;
	pthread_mutex_lock(&pages->lock);
	const struct kept_page *kept = find_kept(pages, order->key);
	bool holds = kept && kept->held_at > order->asked_at;
	if (holds)
		answer_html(request, kept->html, kept->size, kept->etag, kept->is_listed);
	pthread_mutex_unlock(&pages->lock);
	return holds;
}

/* Answers with the page of ORDER from a moment ago if HIDINGS, which were read in the turn SEEN_AT,
 * are still those of before it was read. */
static bool answer_same(struct web_request *request, const struct page_order *order,
	int64_t hidings, uint64_t seen_at)
{
	struct pages *pages = request->site->pages;
	pthread_mutex_lock(&pages->lock);
	struct kept_page *kept = find_kept(pages, order->key);
	bool holds = kept && kept->hidings == hidings && clock_mono_ms() - kept->drawn_ms < KEPT_MS;
	if (holds) {
		if (kept->held_at < seen_at)
			kept->held_at = seen_at;
		answer_html(request, kept->html, kept->size, kept->etag, kept->is_listed);
	}
	pthread_mutex_unlock(&pages->lock);
	return holds;
}

static void make_etag(const char *html, size_t size, char out[36])
{
	unsigned char hash[16];
	crypto_generichash(hash, sizeof(hash), (const unsigned char *)html, size, NULL, 0);
	out[0] = '"';
	sodium_bin2hex(out + 1, 33, hash, sizeof(hash));
	strcpy(out + 33, "\"");
}

static bool wants_html(const struct web_request *request)
{
	const char *accept = web_request_header(request, MHD_HTTP_HEADER_ACCEPT);
	return accept && strstr(accept, "text/html");
}

/* A sentence instead of a page: a page for a browser, for programs as they get it everywhere. */
static void answer_notice(struct web_request *request, enum language language, unsigned status)
{
	bool is_away = status == MHD_HTTP_SERVICE_UNAVAILABLE;
	if (!wants_html(request)) {
		web_request_refuse(
			request, status, is_away ? "the database is away" : "no such page");
		return;
	}
	size_t size;
	char *html = notice_page(request->ctx, language, is_away ? TEXT_WEB_AWAY : TEXT_WEB_GONE,
		is_away ? TEXT_WEB_AWAY_WHY : TEXT_WEB_GONE_WHY, &size);
	const struct answer answer = {.status = status,
		.type = "text/html; charset=utf-8",
		.retry_after = is_away ? "5" : NULL,
		.varies = true};
	web_request_answer(request, &answer, html, size);
}

/* ---- Reading */

/* A page being read, in a reader's thread. */
struct page_reading {
	struct web_request *request;
	struct page_order *order;
	struct reader *reader;
	uint64_t began_at; /* the turn in which it began */
	int64_t hidings; /* of the guild, then */
	struct page_guild guild;
	struct page_member *members;
	size_t count;
	struct page_profile profile;
	bool has_own;
};

static enum status ask(struct page_reading *reading, struct db_call *call, struct db_rows *out)
{
	char *why = NULL;
	enum status status = reader_ask(reading->request->ctx, reading->reader, call, out, &why);
	if (status)
		log_warn(LOG_TEXT("a page cannot be read"), LOG_STR("why", why));
	return status;
}

/* Texts of rows end with the next call. */
static const char *own_text(struct page_reading *reading, const char *text)
{
	return text ? must(talloc_strdup(reading->request->ctx, text)) : NULL;
}

static enum status read_hidings(struct page_reading *reading)
{
	struct db_call call;
	struct db_rows rows;
	page_hidings_call(reading->request->ctx, reading->order->wish.address, &call);
	enum status status = ask(reading, &call, &rows);
	return status ? status : page_hidings_read(&rows, &reading->hidings);
}

static enum status read_guild(struct page_reading *reading)
{
	struct db_call call;
	struct db_rows rows;
	page_guild_call(reading->request->ctx, reading->order->wish.address, &call);
	enum status status = ask(reading, &call, &rows);
	if (!status)
		status = page_guild_read(&rows, &reading->guild);
	if (status)
		return status;
	struct page_guild *guild = &reading->guild;
	guild->name = own_text(reading, guild->name);
	guild->theme = own_text(reading, guild->theme);
	guild->unit = own_text(reading, guild->unit);
	return STATUS_OK;
}

static enum status take_members(struct page_reading *reading, const struct db_rows *rows)
{
	int count = db_rows_count(rows);
	reading->members = must(
		talloc_zero_array(reading->request->ctx, struct page_member, (unsigned)count + 1));
	for (int i = 0; i < count; i++) {
		enum status status = page_member_read(rows, i, &reading->members[i]);
		if (status)
			return status;
		reading->members[i].username = own_text(reading, reading->members[i].username);
	}
	reading->count = (size_t)count;
	return STATUS_OK;
}

/* Copies the ids of the page that are kept, as texts, on the request. -1 when the order is not
 * known, or too old. */
static int kept_ids(struct page_reading *reading, const char ***out)
{
	struct pages *pages = reading->request->site->pages;
	const struct page_wish *wish = &reading->order->wish;
	size_t from = (size_t)(wish->number - 1) * PAGE_ROWS;
	int count = -1;
	*out = must(talloc_zero_array(reading->request->ctx, const char *, PAGE_ROWS));
	pthread_mutex_lock(&pages->lock);
	for (int i = 0; i < TOPS_KEPT && count < 0; i++) {
		const struct kept_top *top = &pages->tops[i];
		if (!top->ids || top->metric != wish->metric ||
			!snowflake_equal(&top->guild, &reading->guild.guild_id) ||
			clock_mono_ms() - top->read_ms >= TOP_MS)
			continue;
		for (count = 0; count < PAGE_ROWS && from + (size_t)count < top->count; count++)
			(*out)[count] = own_text(reading, top->ids[from + (size_t)count].text);
	}
	pthread_mutex_unlock(&pages->lock);
	return count;
}

static enum status read_top(struct page_reading *reading)
{
	struct pages *pages = reading->request->site->pages;
	enum page_metric metric = reading->order->wish.metric;
	struct db_call call;
	struct db_rows rows;
	page_top_call(reading->request->ctx, &reading->guild.guild_id, metric, TOP_MAX, &call);
	enum status status = ask(reading, &call, &rows);
	if (status)
		return status;
	int count = db_rows_count(&rows);
	struct snowflake *ids =
		must(talloc_zero_array(NULL, struct snowflake, (unsigned)count + 1));
	for (int i = 0; i < count && !status; i++)
		status = page_top_read(&rows, i, &ids[i]);
	if (status) {
		talloc_free(ids);
		return status;
	}
	pthread_mutex_lock(&pages->lock);
	struct kept_top *top = NULL;
	for (int i = 0; i < TOPS_KEPT && !top; i++)
		if (pages->tops[i].ids && pages->tops[i].metric == metric &&
			snowflake_equal(&pages->tops[i].guild, &reading->guild.guild_id))
			top = &pages->tops[i];
	if (!top)
		top = &pages->tops[pages->next_top++ % TOPS_KEPT];
	talloc_free(top->ids);
	*top = (struct kept_top){reading->guild.guild_id, metric, talloc_steal(pages, ids),
		(size_t)count, clock_mono_ms()};
	pthread_mutex_unlock(&pages->lock);
	return STATUS_OK;
}

/* By voice or messages: the order of some minutes ago, the rows of now. */
static enum status read_by_top(struct page_reading *reading)
{
	const char **ids;
	int count = kept_ids(reading, &ids);
	if (count < 0) {
		enum status status = read_top(reading);
		if (status)
			return status;
		count = kept_ids(reading, &ids);
	}
	struct db_call call;
	struct db_rows rows;
	page_by_ids_call(reading->request->ctx, &reading->guild.guild_id, ids,
		count > 0 ? (size_t)count : 0, &call);
	enum status status = ask(reading, &call, &rows);
	return status ? status : take_members(reading, &rows);
}

static enum status read_members(struct page_reading *reading)
{
	const struct page_wish *wish = &reading->order->wish;
	if (!wish->search && (wish->metric == PAGE_VOICE || wish->metric == PAGE_MESSAGES))
		return read_by_top(reading);
	struct db_call call;
	struct db_rows rows;
	if (wish->search)
		page_search_call(reading->request->ctx, &reading->guild.guild_id, wish->search,
			PAGE_ROWS, &call);
	else
		page_members_call(reading->request->ctx, &reading->guild.guild_id, wish->metric,
			(wish->number - 1) * PAGE_ROWS, PAGE_ROWS, &call);
	enum status status = ask(reading, &call, &rows);
	return status ? status : take_members(reading, &rows);
}

/* The member whose page it is, or whose own row is asked for. */
static enum status read_profile(struct page_reading *reading, const struct snowflake *member)
{
	struct db_call call;
	struct db_rows rows;
	page_profile_call(reading->request->ctx, &reading->guild.guild_id, member, &call);
	enum status status = ask(reading, &call, &rows);
	if (!status)
		status = page_profile_read(&rows, &reading->profile);
	if (status)
		return status;
	reading->profile.username = own_text(reading, reading->profile.username);
	reading->profile.above_name = own_text(reading, reading->profile.above_name);
	return STATUS_OK;
}

static int pages_of(const struct page_reading *reading)
{
	enum page_metric metric = reading->order->wish.metric;
	int64_t max = metric == PAGE_VOICE || metric == PAGE_MESSAGES ? TOP_MAX / PAGE_ROWS
								      : PAGE_NUMBER_MAX;
	int64_t pages = (reading->guild.members + PAGE_ROWS - 1) / PAGE_ROWS;
	return (int)(pages < 1 ? 1 : pages > max ? max : pages);
}

static enum status read_all(struct page_reading *reading)
{
	enum status status = read_guild(reading);
	if (status)
		return status;
	if (*reading->order->member.text)
		return read_profile(reading, &reading->order->member);
	/* A number behind the last page, typed or of a link from before: the last page. */
	int pages = pages_of(reading);
	if (reading->order->wish.number > pages)
		reading->order->wish.number = pages;
	status = read_members(reading);
	if (status || !*reading->order->own.text)
		return status;
	/* Who has left, or is hidden, has no row of their own: the page is the same as everybody's.
	 */
	status = read_profile(reading, &reading->order->own);
	reading->has_own = status == STATUS_OK;
	return status == STATUS_NOT_FOUND ? STATUS_OK : status;
}

/* Keeps HTML in the place of the page that was kept first, and answers with it. */
static void answer_and_keep(const struct page_reading *reading, const char *html, size_t size)
{
	struct web_request *request = reading->request;
	struct pages *pages = request->site->pages;
	char etag[36];
	make_etag(html, size, etag);
	pthread_mutex_lock(&pages->lock);
	struct kept_page *place = find_kept(pages, reading->order->key);
	if (!place)
		place = &pages->kept[pages->next_kept++ % KEPT_MAX];
	talloc_free(place->key);
	talloc_free(place->html);
	*place = (struct kept_page){.key = must(talloc_strdup(pages, reading->order->key)),
		.html = must(talloc_memdup(pages, html, size)),
		.size = size,
		.is_listed = reading->guild.is_listed,
		.drawn_ms = clock_mono_ms(),
		.hidings = reading->hidings,
		.held_at = reading->began_at};
	strcpy(place->etag, etag);
	pthread_mutex_unlock(&pages->lock);
	answer_html(request, html, size, etag, reading->guild.is_listed);
}

static void draw_page(struct page_reading *reading)
{
	struct web_request *request = reading->request;
	const struct config *config = request->site->config;
	const struct page_content content = {.guild = &reading->guild,
		.members = reading->members,
		.count = reading->count,
		.pages = pages_of(reading),
		.own = reading->has_own ? &reading->profile : NULL,
		.public_url = config->public_url,
		.link_key = config->has_link_key ? &request->site->link_key : NULL};
	size_t size;
	char *html =
		*reading->order->member.text
			? member_page(request->ctx, &reading->order->wish, &reading->guild,
				  &reading->profile, &content, &size)
			: leaderboard_page(request->ctx, &reading->order->wish, &content, &size);
	answer_and_keep(reading, html, size);
}

static void read_page(void *tools, void *arg)
{
	struct web_request *request = arg;
	struct page_reading reading = {
		.request = request, .order = request->state, .reader = tools};
	/* Somebody else asked for the same page, and it was looked at meanwhile. */
	if (answer_kept(request, reading.order))
		return;
	reading.began_at = take_turn(request->site->pages);
	enum status status = read_hidings(&reading);
	if (!status && answer_same(request, reading.order, reading.hidings, reading.began_at))
		return;
	if (!status)
		status = read_all(&reading);
	if (!status)
		draw_page(&reading);
	else if (status == STATUS_NOT_FOUND)
		answer_notice(request, reading.order->wish.language, MHD_HTTP_NOT_FOUND);
	else
		answer_notice(request, reading.order->wish.language, MHD_HTTP_SERVICE_UNAVAILABLE);
}

/* ---- Routes */

void page_handle(struct web_request *request)
{
	struct page_order *order = read_page_order(request);
	if (!order) {
		answer_notice(request, language_of(request), MHD_HTTP_NOT_FOUND);
		return;
	}
	order->asked_at = take_turn(request->site->pages);
	request->state = order;
	web_request_wait(request, request->site->pages->readers, read_page);
}

static void read_ready(void *tools, void *arg)
{
	struct web_request *request = arg;
	struct page_reading reading = {.request = request, .reader = tools};
	struct db_call call;
	struct db_rows rows;
	page_guild_call(request->ctx, "", &call);
	if (ask(&reading, &call, &rows)) {
		web_request_refuse(request, MHD_HTTP_SERVICE_UNAVAILABLE,
			"the database is away, or not what this program reads");
		return;
	}
	static const char ready[] = "{\"status\":\"ready\"}";
	const struct answer answer = {.status = MHD_HTTP_OK, .type = "application/json"};
	web_request_answer(request, &answer, ready, strlen(ready));
}

void readyz_handle_web(struct web_request *request)
{
	web_request_wait(request, request->site->pages->readers, read_ready);
}

void style_handle(struct web_request *request)
{
	size_t size;
	char *css = page_style(request->ctx, &size);
	const struct answer answer = {.status = MHD_HTTP_OK,
		.type = "text/css; charset=utf-8",
		.cache = "public, max-age=31536000, immutable",
		.etag = must(talloc_asprintf(request->ctx, "\"%s\"", page_style_version()))};
	web_request_answer(request, &answer, css, size);
}

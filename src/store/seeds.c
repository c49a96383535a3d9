/* Calls about seeds. */
#include "besace/store/seeds.h"

#include <talloc.h>

#include "besace/base/memory.h"
#include "routine.h"

/* As the column holds it, on CTX. */
static const char *show_seed(void *ctx, const struct fair_seed *seed)
{
	return must(talloc_strdup(ctx, fair_seed_show(seed).text));
}

void seeds_make_call(void *ctx, const struct member_seen *member, const struct fair_seed *server,
	const char *client_seed, struct db_call *out)
{
	db_call_begin_change(ctx, QUERY_SEEDS_MAKE, &member->id, out);
	members_bind(out, member);
	db_set_text(out, "server_seed", show_seed(ctx, server));
	db_set_text(out, "client_seed", client_seed);
}

void seeds_change_call(void *ctx, const struct snowflake *interaction,
	const struct member_seen *member, const char *client_seed, const struct fair_seed *server,
	struct db_call *out)
{
	routine_begin(ctx, QUERY_SEEDS_CHANGE, interaction, member, out);
	db_set_text_or_null(out, "client_seed", client_seed);
	db_set_text_or_null(out, "server_seed", server ? show_seed(ctx, server) : NULL);
}

/* "revealed" and "draws" are of the server seed that was revealed, if one was. */
struct seeds_json {
	const char *server_seed, *client_seed, *revealed;
	int64_t nonce, draws;
};
DB_SHAPE(json_seeds_changed, DB_FIELD(seeds_json, server_seed), DB_FIELD(seeds_json, client_seed),
	DB_FIELD(seeds_json, nonce), DB_FIELD_OR_NULL(seeds_json, revealed),
	DB_FIELD_OR_NULL(seeds_json, draws));
/* A refusal has nothing but its word. */
const struct db_shape json_seeds_refused = {"json_seeds_refused", NULL, 0};

static enum status read_done(void *ctx, const struct seeds_json *row, struct seeds_change *out)
{
	out->client_seed = must(talloc_strdup(ctx, row->client_seed));
	out->nonce = row->nonce;
	out->games = row->draws;
	out->revealed = row->revealed != NULL;
	bool good = fair_seed_read(row->server_seed, &out->server) &&
		    (!out->revealed || fair_seed_read(row->revealed, &out->old));
	return good ? STATUS_OK : STATUS_FAILED;
}

enum status seeds_change_read(void *ctx, const struct db_rows *rows, struct seeds_change *out)
{
	static const char *const refusals[] = {[SEEDS_UNUSED] = "unused", [SEEDS_OPEN] = "open"};
	static const struct outcome_format format = {
		&json_seeds_changed, &json_seeds_refused, refusals, ARRAY_LEN(refusals)};
	struct seeds_json row = {0};
	unsigned refusal;
	*out = (struct seeds_change){.outcome = SEEDS_DONE};
	if (routine_outcome_read(ctx, rows, &format, &refusal, &row))
		return STATUS_FAILED;
	out->outcome = refusal;
	return refusal ? STATUS_OK : read_done(ctx, &row, out);
}

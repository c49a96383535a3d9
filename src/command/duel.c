/* /jeu duel: an even chance, decided at acceptance. */
#include "besace/domain/duel.h"

#include <talloc.h>

#include "besace/base/memory.h"
#include "besace/command/run.h"
#include "challenge.h"
#include "jeu.h"
#include "stake.h"

/* Both draw once from a seed of this game's own. */
#define COUNTER 0

json_t *duel_facts(const struct match_look *look, json_t *facts)
{
	struct fair_seed server;
	fair_seed_make(&server);
	json_object_set_new(facts, "server", json_string(fair_seed_show(&server).text));
	json_object_set_new(facts, "members", must(json_pack("[s]", look->member)));
	return facts;
}

static bool read_server(const json_t *facts, struct fair_seed *out)
{
	const char *server = json_string_value(json_object_get(facts, "server"));
	return server && fair_seed_read(server, out);
}

bool duel_draw(json_t *facts, const char *member, enum verdict *out)
{
	struct fair_seed server;
	json_t *list = json_object_get(facts, "members");
	const char *members[] = {json_string_value(json_array_get(list, 0)), member};
	if (!members[0] || !read_server(facts, &server))
		return false;
	struct fair_draws draws;
	fair_draws_start(&draws, &server, members, ARRAY_LEN(members), COUNTER);
	*out = verdict_for(duel_winner(&draws.draws));
	fair_draws_end(&draws);
	json_array_append_new(list, json_string(member));
	return true;
}

/* ---- Showing */

/* The commitment while the seed is secret, all of it afterwards. */
static void show_proof(struct show *show)
{
	struct fair_seed server;
	if (!read_server(show->match->facts, &server))
		return;
	const char *commit = must(talloc_strdup(show->ctx, fair_commit(&server).text));
	const json_t *members = json_object_get(show->match->facts, "members");
	const char *challenger = json_string_value(json_array_get(members, 0));
	const char *opponent = json_string_value(json_array_get(members, 1));
	if (!opponent) {
		show->reply->footer = text_fill(
			show->ctx, show->language, TEXT_DUEL_COMMIT, "commit", commit, NULL);
		return;
	}
	show->reply->footer = text_fill(show->ctx, show->language, TEXT_DUEL_PROOF, "commit",
		commit, "server", fair_seed_show(&server).text, "seeds",
		must(talloc_asprintf(show->ctx, "%s+%s", challenger, opponent)), NULL);
}

static void show(struct show *show)
{
	if (show->match->over && show->match->accepted)
		show_ends(show);
	show_proof(show);
}

const struct game_face face_duel = {"⚔️", TEXT_DUEL_TITLE, show};

/* ---- The command */

static enum step ask(struct run *run, struct db_call *out)
{
	return challenge_ask(run, GAME_DUEL, out);
}

static enum step complete(struct run *run, struct db_call *out)
{
	return stake_complete(run, GAME_DUEL, out);
}

const struct command command_duel = {
	.type = COMMAND_CHAT_INPUT,
	.name = TEXT_DUEL_NAME,
	.about = TEXT_DUEL_ABOUT,
	.options = challenge_options,
	.option_count = CHALLENGE_OPTIONS,
	.ask = ask,
	.answer = flow_answer,
	.complete_ask = complete,
	.complete_answer = stake_complete_answer,
	.button_prefix = "duel",
	.press_ask = challenge_press_ask,
	.press_answer = flow_answer,
};

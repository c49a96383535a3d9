/* What is typed in a local play: lines that are read, and how they may go on. */
#include "unit.h"

#include <string.h>

#include "ctl/play_line.h"

/* Reads LINE in French; fails unless it can be sent. */
static struct play_line *good(void *ctx, const char *line)
{
	struct play_line *out = talloc_zero(ctx, struct play_line);
	char *why = NULL;
	if (play_line_read(ctx, play_names_create(ctx), LANGUAGE_DEFAULT, line, out, &why))
		fail_msg("%s: %s", line, why);
	return out;
}

static void refused(void *ctx, const char *line, const char *sentence)
{
	struct play_line out;
	char *why = NULL;
	assert_int_equal(
		play_line_read(ctx, play_names_create(ctx), LANGUAGE_DEFAULT, line, &out, &why),
		STATUS_INVALID);
	assert_string_equal(why, sentence);
}

static void a_command_may_stand_alone(void **state)
{
	struct play_line *line = good(*state, "/sac");
	assert_string_equal(line->path, "sac");
	assert_int_equal(line->option_count, 0);
}

static void a_sub_command_has_options_by_name(void **state)
{
	struct play_line *line = good(*state, "/jeu duel mise:50 adversaire:@ana");
	assert_string_equal(line->path, "jeu duel");
	assert_int_equal(line->option_count, 2);
	assert_int_equal(line->options[0].integer, 50);
	assert_string_equal(line->options[1].name, "adversaire");
	assert_int_equal(line->options[1].type, OPTION_USER);
	assert_string_equal(line->options[1].user.username, "ana");
}

static void a_value_goes_on_until_the_next_option(void **state)
{
	struct play_line *line = good(
		*state, "/admin lc ajouter raison:a gagné le concours membre:42:zoé montant:5");
	assert_string_equal(line->path, "admin lc ajouter");
	assert_string_equal(line->options[0].text, "a gagné le concours");
	assert_string_equal(line->options[1].user.id.text, "42");
	assert_string_equal(line->options[1].user.username, "zoé");
}

static void a_command_of_a_members_menu_has_a_target(void **state)
{
	struct play_line *line = good(*state, "/Voir le niveau @ana");
	assert_int_equal(line->command->type, COMMAND_USER);
	assert_string_equal(line->target.username, "ana");
}

static void the_members_language_is_understood(void **state)
{
	struct play_line line;
	char *why = NULL;
	assert_int_equal(
		play_line_read(*state, play_names_create(*state), LANGUAGE_EN, "/bag", &line, &why),
		STATUS_OK);
	assert_string_equal(line.path, "sac");
}

static void what_cannot_be_sent_is_said(void **state)
{
	refused(*state, "/nope", "there is no command \"/nope\"");
	refused(*state, "/jeu", "/jeu goes on: Tab shows how");
	refused(*state, "/jeu nope", "/jeu has no \"nope\"");
	refused(*state, "/sac x", "\"x\" is no option of /sac: they are written NAME:VALUE");
	refused(*state, "/casino machine mise:un", "mise: must be a whole number, not \"un\"");
	refused(*state, "/casino roue couleur:bleu mise:5",
		"couleur: \"bleu\" is none of its values");
	refused(*state, "/Voir le niveau ", "must be @NAME or @ID:NAME, not \"\"");
}

static void a_missing_option_is_named_with_what_it_is(void **state)
{
	struct play_line line;
	char *why = NULL;
	assert_int_equal(play_line_read(*state, play_names_create(*state), LANGUAGE_DEFAULT,
				 "/casino machine", &line, &why),
		STATUS_INVALID);
	assert_non_null(strstr(why, "mise: is missing ("));
}

static void a_name_has_the_same_id_each_time(void **state)
{
	struct play_name first, second, role;
	assert_true(play_names_find(play_names_create(*state), NAME_MEMBER, "ana", &first));
	assert_true(play_names_find(play_names_create(*state), NAME_MEMBER, "ana", &second));
	assert_true(play_names_find(play_names_create(*state), NAME_ROLE, "ana", &role));
	assert_string_equal(first.id.text, second.id.text);
	assert_string_not_equal(first.id.text, role.id.text);
	struct snowflake id;
	assert_true(snowflake_parse(first.id.text, &id));
}

static void an_id_that_was_named_keeps_its_name(void **state)
{
	struct play_names *names = play_names_create(*state);
	struct play_name name;
	assert_true(play_names_find(names, NAME_MEMBER, "42:lou", &name));
	play_names_keep(names, &name);
	assert_true(play_names_find(names, NAME_MEMBER, "lou", &name));
	assert_string_equal(name.id.text, "42");
	assert_true(play_names_find(names, NAME_MEMBER, "42", &name));
	assert_string_equal(name.name, "lou");
	assert_string_equal(play_names_of(names, "42"), "lou");
	assert_false(play_names_find(names, NAME_MEMBER, "0:x", &name));
	assert_false(play_names_find(names, NAME_MEMBER, "", &name));
}

/* The ways on from LINE, a line each. */
static char *ways(void *ctx, const char *line, size_t typed)
{
	struct play_names *names = play_names_create(ctx);
	struct play_name name;
	for (size_t i = 0; i < 2; i++) {
		assert_true(play_names_find(names, NAME_MEMBER, i ? "lou" : "ana", &name));
		play_names_keep(names, &name);
	}
	struct play_candidates out;
	play_line_complete(ctx, names, LANGUAGE_DEFAULT, line, &out);
	assert_int_equal(out.typed, typed);
	char *text = talloc_strdup(ctx, out.asks ? "?" : "");
	for (size_t i = 0; i < out.count; i++)
		text = talloc_asprintf_append(text, "%s|", out.items[i].text);
	return text;
}

static void a_line_may_go_on(void **state)
{
	assert_non_null(strstr(ways(*state, "/", 0), "sac |"));
	assert_non_null(strstr(ways(*state, "/", 0), "Voir le niveau |"));
	assert_string_equal(ways(*state, "/ca", 2), "cadeau |casino |");
	assert_string_equal(ways(*state, "/casino m", 1), "machine |");
	assert_string_equal(ways(*state, "/casino machine", 7), "machine |");
	assert_string_equal(ways(*state, "/casino roue ", 0), "mise:|couleur:|");
	assert_string_equal(ways(*state, "/casino roue mise:5 c", 1), "couleur:|");
	assert_string_equal(ways(*state, "/casino roue couleur:r", 1), "rouge|");
	assert_string_equal(ways(*state, "/casino roue mise:", 0), "?");
	assert_string_equal(ways(*state, "/jeu duel adversaire:@a", 2), "@ana |");
	assert_string_equal(ways(*state, "/Voir le niveau @", 1), "@ana |@lou |");
	assert_string_equal(ways(*state, "/nope", 4), "");
}

static const struct CMUnitTest tests[] = {
	UNIT(a_command_may_stand_alone),
	UNIT(a_sub_command_has_options_by_name),
	UNIT(a_value_goes_on_until_the_next_option),
	UNIT(a_command_of_a_members_menu_has_a_target),
	UNIT(the_members_language_is_understood),
	UNIT(what_cannot_be_sent_is_said),
	UNIT(a_missing_option_is_named_with_what_it_is),
	UNIT(a_name_has_the_same_id_each_time),
	UNIT(an_id_that_was_named_keeps_its_name),
	UNIT(a_line_may_go_on),
};

UNIT_MAIN(tests)

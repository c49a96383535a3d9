/* Says why something is refused, in the tone that fits. */
#include "besace/engine/invocation.h"

#include "besace/base/compiler.h"

/* Nothing but failures is red: to be early is none. */
static const struct {
	enum text title;
	enum colour colour;
} tones[] = {
	[TONE_IMPOSSIBLE] = {TEXT_REFUSED_IMPOSSIBLE, COLOUR_FAILURE},
	[TONE_EARLY] = {TEXT_REFUSED_EARLY, COLOUR_WAITING},
	[TONE_LACKING] = {TEXT_REFUSED_LACKING, COLOUR_WAITING},
};

/* The tone of each text that refuses; those that are not here say what is impossible. */
static const struct {
	enum text why;
	enum tone tone;
} whys[] = {
	{TEXT_GIFT_TOO_EARLY, TONE_EARLY},
	{TEXT_BAG_ALREADY_ACTIVE, TONE_EARLY},
	{TEXT_MATCH_PLAYING, TONE_EARLY},
	{TEXT_MATCH_PLAYING_HERE, TONE_EARLY},
	{TEXT_MATCH_CROSSED, TONE_LACKING},
	{TEXT_MATCH_NOT_TURN, TONE_EARLY},
	{TEXT_MATCH_CHOSEN, TONE_EARLY},
	{TEXT_MATCH_PAUSE, TONE_EARLY},
	{TEXT_MATCH_TABLE_DRAWING, TONE_EARLY},
	{TEXT_MATCH_LOSS, TONE_EARLY},
	{TEXT_MATCH_LOSS_OWN, TONE_EARLY},
	{TEXT_GIVE_DAY_MAX, TONE_EARLY},
	{TEXT_FAIR_OPEN, TONE_EARLY},
	{TEXT_BAG_NONE_LEFT, TONE_LACKING},
	{TEXT_GIVE_SHORT, TONE_LACKING},
	{TEXT_MATCH_BALANCE, TONE_LACKING},
	{TEXT_MATCH_OPPONENT_BALANCE, TONE_LACKING},
	{TEXT_MATCH_NO_BULLET, TONE_LACKING},
	{TEXT_MATCH_AMOUNT, TONE_LACKING},
	{TEXT_LIMIT_FORM_WRONG, TONE_LACKING},
	{TEXT_LEADERBOARD_GOTO_WRONG, TONE_LACKING},
	{TEXT_MATCH_RANGE, TONE_LACKING},
	{TEXT_FAIR_UNUSED, TONE_LACKING},
	{TEXT_FAIR_SEED_WRONG, TONE_LACKING},
	{TEXT_ADMIN_SHORT, TONE_LACKING},
	{TEXT_ADMIN_SHORT_NONE, TONE_LACKING},
	{TEXT_ADMIN_REASON_BLANK, TONE_LACKING},
	{TEXT_OPTION_MISSING, TONE_LACKING},
	{TEXT_OPTION_WRONG, TONE_LACKING},
	{TEXT_OPTION_CHOICES, TONE_LACKING},
	{TEXT_OPTION_RANGE, TONE_LACKING},
	{TEXT_OPTION_LENGTH, TONE_LACKING},
	{TEXT_NO_GUILD, TONE_LACKING},
	{TEXT_NOT_PERMITTED, TONE_LACKING},
};

static enum tone tone_of(enum text why)
{
	for (size_t i = 0; i < ARRAY_LEN(whys); i++)
		if (whys[i].why == why)
			return whys[i].tone;
	return TONE_IMPOSSIBLE;
}

enum step invocation_refuse_as(struct invocation *invocation, enum tone tone, const char *said)
{
	invocation->is_refused = true;
	invocation_say(invocation, tones[tone].title, tones[tone].colour, said);
	return STEP_REPLY;
}

enum step invocation_refuse(struct invocation *invocation, enum text why, const char *said)
{
	invocation->refusal = text_key(why);
	return invocation_refuse_as(invocation, tone_of(why), said);
}

enum step invocation_refuse_text(struct invocation *invocation, enum text why)
{
	return invocation_refuse(invocation, why,
		text_fill(invocation->ctx, invocation_own_language(invocation), why, NULL));
}

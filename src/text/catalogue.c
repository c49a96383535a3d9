/* The catalogue of texts, and filling their placeholders. */
#include "besace/text/catalogue.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <talloc.h>

#include "besace/base/memory.h"

static const char *const catalogue[TEXT_COUNT][LANGUAGE_COUNT] = {
	[TEXT_LC_NAME] = {"lc", "balance"},
	[TEXT_LC_ABOUT] = {"Voir sa balance, ou celle d'un membre",
		"See your balance, or a member's"},
	[TEXT_LC_MEMBER_NAME] = {"membre", "member"},
	[TEXT_LC_MEMBER_ABOUT] = {"Le membre dont voir la balance", "Whose balance to see"},
	[TEXT_LEVEL_NAME] = {"niveau", "level"},
	[TEXT_LEVEL_ABOUT] = {"Voir son niveau et son XP, ou ceux d'un membre",
		"See your level and XP, or a member's"},
	[TEXT_LEVEL_MEMBER_NAME] = {"membre", "member"},
	[TEXT_LEVEL_MEMBER_ABOUT] = {"Le membre dont voir le niveau", "Whose level to see"},
	[TEXT_BAG_NAME] = {"sac", "bag"},
	[TEXT_BAG_ABOUT] = {"Ouvrir son sac et utiliser ses objets",
		"Open your bag and use your items"},
	[TEXT_HELP_NAME] = {"aide", "help"},
	[TEXT_HELP_ABOUT] = {"Les commandes et comment gagner de l'XP",
		"The commands, and how to earn XP"},
	[TEXT_PING_NAME] = {"annonces", "announcements"},
	[TEXT_PING_ABOUT] = {"Choisir si l'annonce de tes niveaux t'envoie une notification",
		"Choose whether the announcement of your levels pings you"},
	[TEXT_PING_OPTION_NAME] = {"ping", "ping"},
	[TEXT_PING_OPTION_ABOUT] = {"Recevoir une notification quand ton niveau est annoncé",
		"Be notified when your level is announced"},
	[TEXT_SEE_LEVEL_NAME] = {"Voir le niveau", "View level"},
	[TEXT_SEE_LEVEL_ABOUT] = {"Clic droit sur un membre, puis Applications : son niveau",
		"Right-click a member, then Apps: their level"},
	[TEXT_SEE_BALANCE_NAME] = {"Voir la balance", "View balance"},
	[TEXT_SEE_BALANCE_ABOUT] = {"Clic droit sur un membre, puis Applications : sa balance",
		"Right-click a member, then Apps: their balance"},

	[TEXT_BALANCE_TITLE] = {"💰 Balance de {member}", "💰 Balance of {member}"},
	[TEXT_BALANCE] = {"**{balance} LC**", "**{balance} LC**"},
	[TEXT_LEVEL_TITLE] = {"⭐ Niveau de {member}", "⭐ Level of {member}"},
	[TEXT_LEVEL_LINE] = {"**Niveau {level}** · {into}/{need} XP ({percent} %)\n{bar}",
		"**Level {level}** · {into}/{need} XP ({percent}%)\n{bar}"},
	[TEXT_LEVEL_XP] = {"{xp} XP au total", "{xp} XP in total"},

	[TEXT_BAG_TITLE] = {"🎒 Sac de {member}", "🎒 Bag of {member}"},
	[TEXT_BAG_EMPTY] = {"Le sac est vide. Un jackpot se gagne tous les 5 niveaux, un "
			    "multiplicateur x2 tous les 10 niveaux, un x3 tous les 20.",
		"The bag is empty. A jackpot is won every 5 levels, a x2 multiplier every 10 "
		"levels, a x3 every 20."},
	[TEXT_BAG_MULTIPLIER] = {"🔥 Multiplicateur actif", "🔥 Active multiplier"},
	[TEXT_BAG_GAMES_ONE] = {"x{value} · {games} partie gagnée restante",
		"x{value} · {games} won game left"},
	[TEXT_BAG_GAMES_MANY] = {"x{value} · {games} parties gagnées restantes",
		"x{value} · {games} won games left"},
	[TEXT_ITEM_JACKPOT] = {"Jackpot", "Jackpot"},
	[TEXT_ITEM_X2] = {"Multiplicateur x2", "x2 multiplier"},
	[TEXT_ITEM_X3] = {"Multiplicateur x3", "x3 multiplier"},
	[TEXT_BAG_OPEN] = {"Ouvrir ({count})", "Open ({count})"},
	[TEXT_BAG_ACTIVATE] = {"Activer x{value} ({count})", "Activate x{value} ({count})"},
	[TEXT_BAG_OPENED] = {"✅ Jackpot ouvert : **+{reward} LC**. Balance : {balance} LC.",
		"✅ Jackpot opened: **+{reward} LC**. Balance: {balance} LC."},
	[TEXT_BAG_ACTIVATED] = {"✅ Multiplicateur x{value} activé pour les {games} prochaines "
				"parties gagnées.",
		"✅ x{value} multiplier activated for the next {games} won games."},
	[TEXT_BAG_NOT_YOURS] = {"Ce sac n'est pas le tien. Ouvre le tien avec `/sac`.",
		"This bag is not yours. Open your own with `/bag`."},
	[TEXT_BAG_NONE_LEFT] = {"Il n'y en a plus dans ton sac : **{item}**. Rien n'a été utilisé.",
		"There is none left in your bag: **{item}**. Nothing was used."},
	[TEXT_BAG_ALREADY_ACTIVE] = {"Un multiplicateur est déjà actif. Le suivant pourra être "
				     "activé quand il sera épuisé. Rien n'a été utilisé.",
		"A multiplier is already active. The next one can be activated once it is used "
		"up. Nothing was used."},
	[TEXT_BAG_PURSE_FULL] = {"Ta balance est trop proche de son maximum pour recevoir ce gain. "
				 "Rien n'a été utilisé.",
		"Your balance is too close to its maximum to take this win. Nothing was used."},

	[TEXT_LEVEL_UP] = {"🎉 {member} passe au **niveau {level}** !",
		"🎉 {member} has reached **level {level}**!"},
	[TEXT_LEVEL_UP_REWARDS] = {"Récompenses : {rewards}", "Rewards: {rewards}"},
	[TEXT_LEVEL_UP_ITEMS] = {"{item} ×{count}", "{item} ×{count}"},
	[TEXT_PING_TITLE] = {"🔔 Annonces de niveau", "🔔 Level announcements"},
	[TEXT_PING_ON] = {"✅ Tu recevras une notification quand ton niveau sera annoncé.",
		"✅ You will be pinged when your level is announced."},
	[TEXT_PING_OFF] = {"✅ Tes niveaux seront annoncés sans notification.",
		"✅ Your levels will be announced without a ping."},

	[TEXT_HELP_TITLE] = {"🎒 Besace : l'aide", "🎒 Besace: help"},
	[TEXT_HELP_INTRO] =
		{"Gagne de l'XP et des LC en participant, garde tes objets dans ton sac.",
			"Earn XP and LC by taking part, keep your items in your bag."},
	[TEXT_HELP_EARNING_TITLE] = {"Gagner de l'XP", "Earning XP"},
	[TEXT_HELP_EARNING] = {"• un message : 1 à 3 XP, au plus une fois par minute\n"
			       "• une réaction reçue : 2 XP\n"
			       "• en vocal, à deux ou plus et sans être en sourdine : XP toutes "
			       "les "
			       "2 minutes, et 25 XP par heure",
		"• a message: 1 to 3 XP, at most once a minute\n"
		"• a reaction received: 2 XP\n"
		"• in voice, two or more and not deafened: XP every 2 minutes, and 25 XP an hour"},
	[TEXT_HELP_CONTEXT_TITLE] = {"Sur un membre", "On a member"},

	[TEXT_REFUSED_TITLE] = {"❌ Refusé", "❌ Refused"},
	[TEXT_REFUSED_BOT] = {"Les bots n'ont ni balance, ni niveau, ni sac. Choisis un membre.",
		"Bots have no balance, level or bag. Choose a member."},
	[TEXT_GUILD_ONLY] = {"Cette commande s'utilise sur un serveur, pas en message privé.",
		"This command is for servers, not for direct messages."},
	[TEXT_NOT_PERMITTED] = {"Cette commande demande la permission de gérer le serveur.",
		"This command needs the permission to manage the server."},
	[TEXT_OPTION_MISSING] = {"Il manque `{option}`. Rien n'a changé.",
		"`{option}` is missing. Nothing has changed."},
	[TEXT_OPTION_WRONG] = {"La valeur de `{option}` n'est pas de celles qui sont proposées. "
			       "Rien n'a changé.",
		"The value of `{option}` is not one of those offered. Nothing has changed."},
	[TEXT_OPTION_RANGE] = {"`{option}` va de {least} à {most}. Rien n'a changé.",
		"`{option}` goes from {least} to {most}. Nothing has changed."},
	[TEXT_OPTION_LENGTH] = {"`{option}` doit avoir entre {least} et {most} caractères. "
				"Rien n'a changé.",
		"`{option}` must have between {least} and {most} characters. Nothing has changed."},
	[TEXT_UNKNOWN_COMMAND] = {"Cette commande n'existe pas ou plus. `/aide` montre celles qui "
				  "existent.",
		"This command does not exist, or no longer. `/help` shows those that do."},
	[TEXT_UNKNOWN_BUTTON] = {"Ce bouton ne mène plus à rien. Relance la commande pour en avoir "
				 "un nouveau.",
		"This button leads nowhere any more. Run the command again for a new one."},
	[TEXT_AWAY_TITLE] = {"⏳ Un instant", "⏳ One moment"},
	[TEXT_AWAY] = {"Besace est momentanément indisponible. Rien n'a été perdu ni débité : "
		       "réessaie dans une minute.",
		"Besace is unavailable for a moment. Nothing was lost or taken: try again in a "
		"minute."},
	[TEXT_UNSURE] = {"Le résultat n'a pas pu être confirmé. Il est compté une fois au plus : "
			 "relance la commande pour voir où tu en es.",
		"The result could not be confirmed. It counts once at most: run the command "
		"again to see where you stand."},
	[TEXT_FAULT] = {"Une erreur est survenue de notre côté. Rien n'a été perdu ni débité.",
		"Something went wrong on our side. Nothing was lost or taken."},
};

enum language text_language(const char *locale)
{
	return strncmp(locale, "en", 2) == 0 ? LANGUAGE_EN : LANGUAGE_FR;
}

const char *text_get(enum language language, enum text text)
{
	return catalogue[text][language];
}

/* The value given for the placeholder of LENGTH bytes at NAME. A missing one is a defect of the
 * caller that a test finds: the catalogue and its callers are both ours. */
static const char *value_for(const char *name, size_t length, va_list values)
{
	va_list rest;
	va_copy(rest, values);
	const char *found = NULL, *given;
	while (!found && (given = va_arg(rest, const char *))) {
		const char *value = va_arg(rest, const char *);
		if (strlen(given) == length && memcmp(given, name, length) == 0)
			found = value;
	}
	va_end(rest);
	if (!found)
		abort();
	return found;
}

char *text_fill(void *ctx, enum language language, enum text text, ...)
{
	va_list values;
	va_start(values, text);
	char *filled = must(talloc_strdup(ctx, ""));
	for (const char *at = text_get(language, text); *at;) {
		size_t plain = strcspn(at, "{");
		filled = must(talloc_strndup_append_buffer(filled, at, plain));
		at += plain;
		if (*at == '\0')
			break;
		size_t name = strcspn(++at, "}");
		filled = must(talloc_strdup_append_buffer(filled, value_for(at, name, values)));
		at += name + 1;
	}
	va_end(values);
	return filled;
}

enum text text_plural(enum language language, int64_t count, enum text one, enum text many)
{
	bool single = language == LANGUAGE_FR ? count == 0 || count == 1 : count == 1;
	return single ? one : many;
}

char *text_number(void *ctx, enum language language, int64_t number)
{
	char digits[32];
	int length = snprintf(digits, sizeof(digits), "%" PRId64, number);
	int sign = number < 0;
	if (length - sign < 5)
		return must(talloc_strdup(ctx, digits));
	const char *gap = language == LANGUAGE_FR ? "\u202F" : ",";
	char *grouped = must(talloc_strdup(ctx, ""));
	for (int i = 0; i < length; i++) {
		if (i > sign && (length - i) % 3 == 0)
			grouped = must(talloc_strdup_append_buffer(grouped, gap));
		grouped = must(talloc_strndup_append_buffer(grouped, &digits[i], 1));
	}
	return grouped;
}

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
	[TEXT_LC_ABOUT] = {"Voir ta balance, ou celle d'un membre",
		"See your balance, or a member's"},
	[TEXT_LC_MEMBER_NAME] = {"membre", "member"},
	[TEXT_LC_MEMBER_ABOUT] = {"Le membre dont voir la balance", "Whose balance to see"},
	[TEXT_LEVEL_NAME] = {"niveau", "level"},
	[TEXT_LEVEL_ABOUT] = {"Voir ton niveau et ton XP, ou ceux d'un membre",
		"See your level and XP, or a member's"},
	[TEXT_LEVEL_MEMBER_NAME] = {"membre", "member"},
	[TEXT_LEVEL_MEMBER_ABOUT] = {"Le membre dont voir le niveau", "Whose level to see"},
	[TEXT_BAG_NAME] = {"sac", "bag"},
	[TEXT_BAG_ABOUT] = {"Ouvrir ton sac et utiliser tes objets",
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
	[TEXT_SEE_LEVEL_ABOUT] = {"Clic droit sur un membre, puis Applications : son niveau",
		"Right-click a member, then Apps: their level"},
	[TEXT_SEE_BALANCE_NAME] = {"Voir la balance", "View balance"},
	[TEXT_SEE_BALANCE_ABOUT] = {"Clic droit sur un membre, puis Applications : sa balance",
		"Right-click a member, then Apps: their balance"},
	[TEXT_GIVE_NAME] = {"don", "give"},
	[TEXT_GIVE_ABOUT] = {"Donner des LC à un membre", "Give LC to a member"},
	[TEXT_GIVE_MEMBER_NAME] = {"membre", "member"},
	[TEXT_GIVE_MEMBER_ABOUT] = {"Le membre à qui donner", "Whom to give to"},
	[TEXT_GIVE_AMOUNT_NAME] = {"montant", "amount"},
	[TEXT_GIVE_AMOUNT_ABOUT] = {"Combien de LC, au plus ta balance",
		"How many LC, at most your balance"},
	[TEXT_GIFT_NAME] = {"cadeau", "gift"},
	[TEXT_GIFT_ABOUT] = {"Recevoir ton cadeau quotidien", "Take your daily gift"},
	[TEXT_MOVE_NAME] = {"historique", "history"},
	[TEXT_MOVE_ABOUT] = {"Voir les mouvements de ta balance, rien que pour toi",
		"See the movements of your balance, for your eyes only"},
	[TEXT_STATS_NAME] = {"stats", "stats"},
	[TEXT_STATS_ABOUT] = {"Voir tes statistiques, ou celles d'un membre",
		"See your statistics, or a member's"},
	[TEXT_STATS_MEMBER_NAME] = {"membre", "member"},
	[TEXT_STATS_MEMBER_ABOUT] = {"Le membre dont voir les statistiques",
		"Whose statistics to see"},
	[TEXT_RANK_NAME] = {"classement", "leaderboard"},
	[TEXT_RANK_ABOUT] = {"Voir qui a le plus de LC ou d'XP, et ta place",
		"See who has most LC or XP, and your place"},
	[TEXT_RANK_KIND_NAME] = {"type", "type"},
	[TEXT_RANK_KIND_ABOUT] = {"Par niveau (par défaut) ou par LC",
		"By level (the default) or by LC"},
	[TEXT_RANK_KIND_LC] = {"LC", "LC"},
	[TEXT_RANK_KIND_XP] = {"Niveau", "Level"},
	[TEXT_ADMIN_NAME] = {"admin", "admin"},
	[TEXT_ADMIN_ABOUT] = {"Gérer les LC, les objets et l'XP d'un membre",
		"Manage a member's LC, items and XP"},
	[TEXT_ADMIN_LC_NAME] = {"lc", "lc"},
	[TEXT_ADMIN_LC_ABOUT] = {"Les LC d'un membre", "A member's LC"},
	[TEXT_ADMIN_OBJECT_NAME] = {"objet", "item"},
	[TEXT_ADMIN_OBJECT_ABOUT] = {"Les objets d'un membre", "A member's items"},
	[TEXT_ADMIN_XP_NAME] = {"xp", "xp"},
	[TEXT_ADMIN_XP_ABOUT] = {"L'XP d'un membre", "A member's XP"},
	[TEXT_ADMIN_ADD_NAME] = {"ajouter", "add"},
	[TEXT_ADMIN_REMOVE_NAME] = {"retirer", "remove"},
	[TEXT_ADMIN_SET_NAME] = {"definir", "set"},
	[TEXT_ADMIN_GIVE_NAME] = {"donner", "give"},
	[TEXT_ADMIN_LC_ADD_ABOUT] = {"Ajouter des LC à un membre", "Add LC to a member"},
	[TEXT_ADMIN_LC_REMOVE_ABOUT] = {"Retirer des LC à un membre", "Take LC from a member"},
	[TEXT_ADMIN_LC_SET_ABOUT] = {"Fixer la balance d'un membre", "Set a member's balance"},
	[TEXT_ADMIN_ITEM_GIVE_ABOUT] = {"Donner un objet à un membre", "Give an item to a member"},
	[TEXT_ADMIN_ITEM_REMOVE_ABOUT] = {"Retirer un objet à un membre",
		"Take an item from a member"},
	[TEXT_ADMIN_XP_ADD_ABOUT] =
		{"Ajouter de l'XP à un membre, avec les récompenses de ses niveaux",
			"Add XP to a member, with the rewards of the levels"},
	[TEXT_ADMIN_XP_REMOVE_ABOUT] = {"Retirer de l'XP à un membre, sans reprendre de récompense",
		"Take XP from a member, but no reward"},
	[TEXT_ADMIN_MEMBER_NAME] = {"membre", "member"},
	[TEXT_ADMIN_MEMBER_ABOUT] = {"Le membre concerné", "The member concerned"},
	[TEXT_ADMIN_AMOUNT_NAME] = {"montant", "amount"},
	[TEXT_ADMIN_AMOUNT_ABOUT] = {"Combien", "How much"},
	[TEXT_ADMIN_BALANCE_ABOUT] = {"La nouvelle balance", "The new balance"},
	[TEXT_ADMIN_ITEM_NAME] = {"objet", "item"},
	[TEXT_ADMIN_ITEM_ABOUT] = {"L'objet", "The item"},
	[TEXT_ADMIN_QUANTITY_NAME] = {"quantite", "quantity"},
	[TEXT_ADMIN_QUANTITY_ABOUT] = {"Combien, 1 par défaut", "How many, 1 by default"},
	[TEXT_ADMIN_REASON_NAME] = {"raison", "reason"},
	[TEXT_ADMIN_REASON_ABOUT] = {"Pourquoi ; gardé dans le journal", "Why; kept in the log"},

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
	[TEXT_BAG_OPENED] = {"✅ Jackpot ouvert : **+{reward} LC**. Balance : {balance} LC.",
		"✅ Jackpot opened: **+{reward} LC**. Balance: {balance} LC."},
	[TEXT_BAG_ACTIVATED] = {"✅ Multiplicateur x{value} activé pour les {games} prochaines "
				"parties gagnées.",
		"✅ x{value} multiplier activated for the next {games} won games."},
	[TEXT_BAG_NOT_YOURS] = {"Ce sac n'est pas le tien. Ouvre le tien avec `/sac`.",
		"This bag is not yours. Open your own with `/bag`."},
	[TEXT_BAG_USED] =
		{"Ce bouton a déjà servi, et rien de plus n'a été utilisé. Continue avec le "
		 "message à jour, ou avec `/sac`.",
			"This button has been used already, and nothing more was used. Go on with "
			"the "
			"updated message, or with `/bag`."},
	[TEXT_BAG_NONE_LEFT] = {"Tu n'as plus de **{item}** dans ton sac. Rien n'a été utilisé.",
		"There is none left in your bag: **{item}**. Nothing was used."},
	[TEXT_BAG_ALREADY_ACTIVE] = {"Un multiplicateur est déjà actif. Le suivant pourra être "
				     "activé quand il sera épuisé. Rien n'a été utilisé.",
		"A multiplier is already active. The next one can be activated once it is used "
		"up. Nothing was used."},
	[TEXT_BAG_PURSE_FULL] = {"Ta balance est trop proche de son maximum pour recevoir ce gain. "
				 "Rien n'a été utilisé.",
		"Your balance is too close to its maximum to take this win. Nothing was used."},

	[TEXT_LEVEL_UP] = {"🎉 {member} passe au **niveau {level}** !",
		"🎉 {member} has reached **level {level}**!"},
	[TEXT_LEVEL_UP_REWARDS] = {"Récompenses : {rewards}", "Rewards: {rewards}"},
	[TEXT_LEVEL_UP_ITEMS] = {"{item} ×{count}", "{item} ×{count}"},
	[TEXT_PING_TITLE] = {"🔔 Annonces de niveau", "🔔 Level announcements"},
	[TEXT_PING_ON] = {"✅ Tu recevras une notification quand ton niveau sera annoncé.",
		"✅ You will be pinged when your level is announced."},
	[TEXT_PING_OFF] = {"✅ Tes niveaux seront annoncés sans notification.",
		"✅ Your levels will be announced without a ping."},

	[TEXT_GIVE_TITLE] = {"💸 Don", "💸 Gift of LC"},
	[TEXT_GIVE_DONE] = {"✅ {giver} a donné **{amount} LC** à {receiver}.",
		"✅ {giver} gave **{amount} LC** to {receiver}."},
	[TEXT_GIVE_ASK_TITLE] = {"⏳ Confirmer le don ?", "⏳ Confirm the gift?"},
	[TEXT_GIVE_ASK] = {"Donner **{amount} LC** à {receiver} ? Il te restera {left} LC. Tu as "
			   "15 minutes pour confirmer.",
		"Give **{amount} LC** to {receiver}? You will have {left} LC left. You have 15 "
		"minutes to confirm."},
	[TEXT_GIVE_CANCELLED_TITLE] = {"✖️ Don annulé", "✖️ Gift cancelled"},
	[TEXT_GIVE_CANCELLED] = {"Rien n'a été débité.", "Nothing was taken."},
	[TEXT_GIVE_SELF] = {"Tu ne peux pas te faire un don à toi-même. Rien n'a été débité.",
		"You cannot give to yourself. Nothing was taken."},
	[TEXT_GIVE_SHORT] =
		{"Ta balance est de {balance} LC : il en manque {missing}. Rien n'a été débité.",
			"Your balance is {balance} LC: {missing} short. Nothing was taken."},
	[TEXT_GIVE_RECEIVER_FULL] = {"La balance de ce membre est trop proche de son maximum pour "
				     "recevoir ce don. Rien n'a été débité.",
		"This member's balance is too close to its maximum to take this gift. Nothing was "
		"taken."},
	[TEXT_GIVE_RECEIVER_GONE] = {"Ce membre n'existe plus. Rien n'a été débité.",
		"This member no longer exists. Nothing was taken."},
	[TEXT_GIVE_ALREADY_DONE] =
		{"Ce don a déjà été fait, une seule fois. Rien de plus n'a été débité.",
			"This gift has been made already, once. Nothing more was taken."},
	[TEXT_GIVE_WAS_CANCELLED] = {"Ce don a été annulé. Rien n'a été débité.",
		"This gift was cancelled. Nothing was taken."},
	[TEXT_GIVE_TOO_LATE] =
		{"Cette confirmation a plus de 15 minutes. Rien n'a été débité : relance `/don`.",
			"This confirmation is more than 15 minutes old. Nothing was taken: run "
			"`/give` again."},
	[TEXT_CONFIRM] = {"Confirmer", "Confirm"},
	[TEXT_CANCEL] = {"Annuler", "Cancel"},
	[TEXT_PREVIOUS] = {"Précédent", "Previous"},
	[TEXT_NEXT] = {"Suivant", "Next"},
	[TEXT_NOT_YOURS] = {"Ce bouton n'est pas pour toi.", "This button is not for you."},

	[TEXT_GIFT_TITLE] = {"🎁 Cadeau quotidien", "🎁 Daily gift"},
	[TEXT_GIFT_DONE] = {"✅ {member} reçoit **{amount} LC**. Balance : {balance} LC. Prochain "
			    "cadeau {next}.",
		"✅ {member} gets **{amount} LC**. Balance: {balance} LC. Next gift {next}."},
	[TEXT_GIFT_TOO_EARLY] = {"Tu as déjà eu ton cadeau. Le prochain t'attend {next}.",
		"You have had your gift. The next one can be had {next}."},
	[TEXT_GIFT_PURSE_FULL] =
		{"Ta balance est trop proche de son maximum pour recevoir le cadeau.",
			"Your balance is too close to its maximum to take the gift."},

	[TEXT_MOVE_TITLE] = {"📒 Tes mouvements", "📒 Your movements"},
	[TEXT_MOVE_NONE] = {"Aucun mouvement : tes 25 premiers LC sont un cadeau de bienvenue.",
		"No movement: your first 25 LC are a welcome gift."},
	[TEXT_MOVE_LINE] = {"{when} · **{sign}{amount} LC** · {what} · n° {number}",
		"{when} · **{sign}{amount} LC** · {what} · no. {number}"},
	[TEXT_MOVE_BALANCE] = {"Balance : {balance} LC", "Balance: {balance} LC"},
	[TEXT_MOVE_NEWER] = {"Plus récents", "Newer"},
	[TEXT_MOVE_OLDER] = {"Plus anciens", "Older"},
	[TEXT_MOVE_RECEIVED] = {"don de {member}", "gift from {member}"},
	[TEXT_MOVE_GIVEN] = {"don à {member}", "gift to {member}"},
	[TEXT_MOVE_GIFT] = {"cadeau quotidien", "daily gift"},
	[TEXT_MOVE_LEVEL_UP] = {"niveau gagné", "level gained"},
	[TEXT_MOVE_JACKPOT] = {"jackpot ouvert", "jackpot opened"},
	[TEXT_MOVE_BET] = {"mise", "stake"},
	[TEXT_MOVE_WIN] = {"partie gagnée", "game won"},
	[TEXT_MOVE_REFUND] = {"mise rendue", "stake returned"},
	[TEXT_MOVE_ADMIN_IN] = {"ajouté par l'administration", "added by the administration"},
	[TEXT_MOVE_ADMIN_OUT] = {"retiré par l'administration", "taken by the administration"},
	[TEXT_MOVE_OPENING] = {"solde d'ouverture", "opening balance"},
	[TEXT_MOVE_OTHER] = {"autre mouvement", "other movement"},

	[TEXT_STATS_TITLE] = {"📊 Statistiques de {member}", "📊 Statistics of {member}"},
	[TEXT_STATS_BALANCE] = {"💰 Balance", "💰 Balance"},
	[TEXT_STATS_LC] = {"{amount} LC", "{amount} LC"},
	[TEXT_STATS_LEVEL] = {"⭐ Niveau", "⭐ Level"},
	[TEXT_STATS_LEVEL_LINE] = {"{level} ({xp} XP)", "{level} ({xp} XP)"},
	[TEXT_STATS_MESSAGES] = {"💬 Messages", "💬 Messages"},
	[TEXT_STATS_VOICE] = {"🎙️ En vocal", "🎙️ In voice"},
	[TEXT_STATS_TIME] = {"{hours} h {minutes} min", "{hours} h {minutes} min"},
	[TEXT_STATS_GAMES] = {"🎲 Parties", "🎲 Games"},
	[TEXT_STATS_PLAYED_ONE] = {"{games} jouée", "{games} played"},
	[TEXT_STATS_PLAYED_MANY] = {"{games} jouées", "{games} played"},
	[TEXT_STATS_WON_ONE] = {"{games} gagnée", "{games} won"},
	[TEXT_STATS_WON_MANY] = {"{games} gagnées", "{games} won"},
	[TEXT_STATS_INVITES] = {"✉️ Invitations", "✉️ Invites"},
	[TEXT_STATS_SINCE] = {"📅 Membre depuis", "📅 Member since"},

	[TEXT_RANK_LC_TITLE] = {"🏆 Classement par LC", "🏆 Leaderboard by LC"},
	[TEXT_RANK_XP_TITLE] = {"🏆 Classement par niveau", "🏆 Leaderboard by level"},
	[TEXT_RANK_LINE] = {"**{place}.** {member} · {worth}", "**{place}.** {member} · {worth}"},
	[TEXT_RANK_OWN_LINE] = {"**{place}. {member} · {worth}** ◀ toi",
		"**{place}. {member} · {worth}** ◀ you"},
	[TEXT_RANK_LC] = {"{amount} LC", "{amount} LC"},
	[TEXT_RANK_XP] = {"niveau {level} · {xp} XP", "level {level} · {xp} XP"},
	[TEXT_RANK_OWN] = {"Ta place : {place} sur {members} · {worth}",
		"Your place: {place} of {members} · {worth}"},
	[TEXT_RANK_END] = {"Il n'y a plus personne sur cette page. Relance `/classement`.",
		"There is nobody on this page any more. Run `/leaderboard` again."},
	[TEXT_RANK_NOT_YOURS] = {"Ce classement a été demandé par quelqu'un d'autre. Demande le "
				 "tien avec `/classement`.",
		"Somebody else asked for this leaderboard. Ask for your own with `/leaderboard`."},

	[TEXT_ADMIN_TITLE] = {"✅ Fait", "✅ Done"},
	[TEXT_ADMIN_DONE] = {"{member} : {before} → **{now}** ({what})\nRaison : {reason}",
		"{member}: {before} → **{now}** ({what})\nReason: {reason}"},
	[TEXT_ADMIN_NUMBER] = {"Acte n° {audit}, annulable par besacectl undo {audit}",
		"Act no. {audit}, reversed by besacectl undo {audit}"},
	[TEXT_ADMIN_SHORT] = {"{member} n'en a que {before} ({what}). Rien n'a changé.",
		"{member} has only {before} ({what}). Nothing has changed."},
	[TEXT_ADMIN_FULL] =
		{"{member} en a {before} ({what}), et le maximum est {most}. Rien n'a changé.",
			"{member} has {before} ({what}), and the most is {most}. Nothing has "
			"changed."},

	[TEXT_HELP_TITLE] = {"🎒 Besace : l'aide", "🎒 Besace: help"},
	[TEXT_HELP_INTRO] =
		{"Gagne de l'XP et des LC en participant, garde tes objets dans ton sac.",
			"Earn XP and LC by taking part, keep your items in your bag."},
	[TEXT_HELP_EARNING_TITLE] = {"Gagner de l'XP", "Earning XP"},
	[TEXT_HELP_EARNING] =
		{"• un message : 1 à 3 XP, au plus une fois par minute\n"
		 "• une réaction reçue : 2 XP\n"
		 "• en vocal, à deux ou plus et sans être en sourdine : de l'XP toutes les "
		 "2 minutes, et 25 XP par heure\n"
		 "• une partie jouée : 15 XP si tu gagnes, 5 XP si tu perds",
			"• a message: 1 to 3 XP, at most once a minute\n"
			"• a reaction received: 2 XP\n"
			"• in voice, two or more and not deafened: XP every 2 minutes, and 25 XP "
			"an hour\n"
			"• a game played: 15 XP if you win, 5 XP if you lose"},
	[TEXT_HELP_CONTEXT_TITLE] = {"Sur un membre", "On a member"},

	[TEXT_CASINO_NAME] = {"casino", "casino"},
	[TEXT_CASINO_ABOUT] = {"Jouer contre la maison", "Play against the house"},
	[TEXT_STAKE_NAME] = {"mise", "stake"},
	[TEXT_STAKE_ABOUT] = {"La mise, en LC", "The stake, in LC"},
	[TEXT_WHEEL_NAME] = {"roue", "wheel"},
	[TEXT_WHEEL_ABOUT] = {"Miser sur une couleur : rouge et noir ×2, vert ×14",
		"Bet on a colour: red and black ×2, green ×14"},
	[TEXT_WHEEL_COLOUR_NAME] = {"couleur", "colour"},
	[TEXT_WHEEL_COLOUR_ABOUT] = {"La couleur sur laquelle miser", "The colour to bet on"},
	[TEXT_WHEEL_RED] = {"rouge", "red"},
	[TEXT_WHEEL_BLACK] = {"noir", "black"},
	[TEXT_WHEEL_GREEN] = {"vert", "green"},
	[TEXT_BLACKJACK_NAME] = {"blackjack", "blackjack"},
	[TEXT_BLACKJACK_ABOUT] = {"Approcher 21 mieux que le croupier",
		"Get closer to 21 than the dealer"},
	[TEXT_SLOTS_NAME] = {"machine", "slots"},
	[TEXT_SLOTS_ABOUT] = {"Trois rouleaux : deux pareils ×1,5, trois pareils jusqu'à ×100",
		"Three reels: two alike ×1.5, three alike up to ×100"},
	[TEXT_ODDS_NAME] = {"cotes", "odds"},
	[TEXT_ODDS_ABOUT] = {"Les chances et le retour moyen des jeux du casino",
		"The odds and average return of the casino's games"},
	[TEXT_JEU_NAME] = {"jeu", "game"},
	[TEXT_JEU_ABOUT] = {"Jouer avec les autres membres", "Play with other members"},
	[TEXT_OPPONENT_NAME] = {"adversaire", "opponent"},
	[TEXT_OPPONENT_ABOUT] = {"Le membre à défier", "The member to challenge"},
	[TEXT_DUEL_NAME] = {"duel", "duel"},
	[TEXT_DUEL_ABOUT] = {"Une chance sur deux : le gagnant prend les deux mises",
		"An even chance: the winner takes both stakes"},
	[TEXT_ROULETTE_NAME] = {"roulette", "roulette"},
	[TEXT_ROULETTE_ABOUT] = {"Ouvrir ou rejoindre la table du salon : un joueur prend le pot",
		"Open or join the channel's table: one player takes the pot"},
	[TEXT_PFC_NAME] = {"pfc", "rps"},
	[TEXT_PFC_ABOUT] = {"Pierre, feuille, ciseaux contre un membre",
		"Rock, paper, scissors against a member"},
	[TEXT_BULLETS_NAME] = {"007", "007"},
	[TEXT_BULLETS_ABOUT] = {"Recharger, tirer, se protéger, contre un membre",
		"Reload, shoot, shield, against a member"},
	[TEXT_C21_NAME] = {"c21", "c21"},
	[TEXT_C21_ABOUT] = {"Ajouter 1, 2 ou 3 à tour de rôle : qui atteint 21 perd",
		"Add 1, 2 or 3 in turn: who reaches 21 loses"},
	[TEXT_FAIR_NAME] = {"hasard", "fairness"},
	[TEXT_FAIR_ABOUT] = {"Vérifier tes tirages au casino, choisir ton nombre",
		"Verify your draws in the casino, choose your number"},
	[TEXT_FAIR_OPTION_NAME] = {"nombre", "number"},
	[TEXT_FAIR_OPTION_ABOUT] =
		{"Ton propre nombre : 1 à 32 lettres sans accent, chiffres, - ou _",
			"Your own number: 1 to 32 plain letters, digits, - or _"},

	[TEXT_MATCH_CHALLENGE] =
		{"**{member}** défie **{opponent}** pour **{stake} LC**.\nRéponse attendue {due}.",
			"**{member}** challenges **{opponent}** for **{stake} LC**.\nAn answer is "
			"awaited {due}."},
	[TEXT_MATCH_ACCEPT] = {"Accepter", "Accept"},
	[TEXT_MATCH_REFUSE] = {"Refuser", "Decline"},
	[TEXT_MATCH_REFUSED] =
		{"🚫 **{opponent}** a refusé le défi de **{member}** : {stake} LC rendus.",
			"🚫 **{opponent}** declined the challenge of **{member}**: {stake} LC "
			"returned."},
	[TEXT_MATCH_CANCELLED] =
		{"↩️ **{member}** a annulé son défi à **{opponent}** : {stake} LC rendus.",
			"↩️ **{member}** cancelled the challenge to **{opponent}**: {stake} LC "
			"returned."},
	[TEXT_MATCH_EXPIRED] =
		{"⌛ Défi expiré : **{opponent}** n'a pas répondu à **{member}**, {stake} LC "
		 "rendus.",
			"⌛ Challenge expired: **{opponent}** did not answer **{member}**, {stake} "
			"LC returned."},
	[TEXT_MATCH_LAPSED] = {"⌛ Temps écoulé.", "⌛ Time is up."},
	[TEXT_MATCH_DUE] = {"Fin {due}.", "Time is up {due}."},
	[TEXT_MATCH_WON] = {"🏆 **{member}** gagne **+{gain} LC** (+{xp} XP)",
		"🏆 **{member}** wins **+{gain} LC** (+{xp} XP)"},
	[TEXT_MATCH_WON_FULL] =
		{"🏆 **{member}** gagne, mais sa balance est pleine : {paid} LC reçus (+{xp} XP)",
			"🏆 **{member}** wins, but the balance is full: {paid} LC received (+{xp} "
			"XP)"},
	[TEXT_MATCH_LOST] = {"❌ **{member}** perd **−{gain} LC** (+{xp} XP)",
		"❌ **{member}** loses **−{gain} LC** (+{xp} XP)"},
	[TEXT_MATCH_BACK] = {"↩️ **{member}** récupère sa mise",
		"↩️ **{member}** gets the stake back"},
	[TEXT_MATCH_BOOST_ONE] =
		{"🔥 Multiplicateur x{value} appliqué · {games} partie gagnée restante",
			"🔥 x{value} multiplier applied · {games} won game left"},
	[TEXT_MATCH_BOOST_MANY] =
		{"🔥 Multiplicateur x{value} appliqué · {games} parties gagnées restantes",
			"🔥 x{value} multiplier applied · {games} won games left"},
	[TEXT_MATCH_CHOICES] = {"**{member}** : {first} · **{opponent}** : {second}",
		"**{member}**: {first} · **{opponent}**: {second}"},
	[TEXT_MATCH_SECRET_TITLE] = {"✅ C'est noté", "✅ Noted"},
	[TEXT_MATCH_SECRET] =
		{"Ton choix : **{choice}**. Il sera montré avec celui de ton adversaire.",
			"Your choice: **{choice}**. It will be shown together with your "
			"opponent's."},
	[TEXT_MATCH_SELF] = {"On ne se défie pas soi-même. Choisis un autre membre.",
		"You cannot challenge yourself. Choose another member."},
	[TEXT_MATCH_ENDED] = {"Cette partie est terminée. Rien n'a été débité.",
		"This game is over. Nothing was taken."},
	[TEXT_MATCH_PLAYING] = {"Tu as déjà une partie de ce jeu en cours. Termine-la d'abord. "
				"Rien n'a été débité.",
		"You already have a game of this kind open. Finish it first. Nothing was taken."},
	[TEXT_MATCH_BALANCE] =
		{"Ta balance ({balance} LC) ne couvre pas cette mise. Rien n'a été débité.",
			"Your balance ({balance} LC) does not cover this stake. Nothing was "
			"taken."},
	[TEXT_MATCH_PURSE_FULL] = {"Ta balance est trop proche de son maximum pour recevoir un "
				   "gain. Rien n'a été débité.",
		"Your balance is too close to its maximum to take a win. Nothing was taken."},
	[TEXT_MATCH_NOT_OWNER] = {"Seul le membre qui a lancé le défi peut l'annuler.",
		"Only the member who made the challenge can cancel it."},
	[TEXT_MATCH_NOT_TURN] = {"Ce n'est pas ton tour.", "It is not your turn."},
	[TEXT_MATCH_CHOSEN] = {"Tu as déjà choisi pour cette manche.",
		"You have already chosen for this round."},
	[TEXT_MATCH_NO_BULLET] = {"Tu n'as plus de balle : recharge d'abord.",
		"You have no bullet left: reload first."},
	[TEXT_MATCH_STALE] =
		{"La partie a avancé depuis ce bouton. Utilise ceux du dernier message.",
			"The game has moved on since this button. Use those of the latest "
			"message."},
	[TEXT_MATCH_RANGE] = {"La mise va de {least} à {most} LC. Rien n'a été débité.",
		"The stake goes from {least} to {most} LC. Nothing was taken."},
	[TEXT_MATCH_AMOUNT] = {"Je n'ai pas compris ce montant. Essaie `50`, `1,5k`, `moitié` ou "
			       "`tout`. Rien n'a été débité.",
		"This amount was not understood. Try `50`, `1.5k`, `half` or `all`. Nothing was "
		"taken."},
	[TEXT_MATCH_TABLE_DRAWING] = {"Le tirage de la table précédente est en cours. Réessaie "
				      "dans un instant. Rien n'a été débité.",
		"The table before is being drawn. Try again in a moment. Nothing was taken."},
	[TEXT_MATCH_TABLE_FULL] = {"La table est complète. Rien n'a été débité.",
		"The table is full. Nothing was taken."},

	[TEXT_STAKE_LEAST] = {"minimum", "minimum"},
	[TEXT_STAKE_TENTH] = {"un dixième", "a tenth"},
	[TEXT_STAKE_HALF] = {"moitié", "half"},
	[TEXT_STAKE_ALL] = {"tout", "all"},
	[TEXT_STAKE_MOST] = {"maximum", "maximum"},
	[TEXT_STAKE_MODAL_TITLE] = {"Autre mise", "Another stake"},
	[TEXT_STAKE_MODAL_LABEL] = {"Mise", "Stake"},
	[TEXT_STAKE_MODAL_ABOUT] = {"De {least} à {most} LC", "From {least} to {most} LC"},
	[TEXT_STAKE_MODAL_HINT] = {"50, 1,5k, moitié, tout", "50, 1.5k, half, all"},

	[TEXT_CASINO_NOT_YOURS] = {"Cette partie n'est pas la tienne. Joue avec `/casino`.",
		"This game is not yours. Play with `/casino`."},
	[TEXT_CASINO_BALANCE] = {"Balance : {balance} LC", "Balance: {balance} LC"},
	[TEXT_CASINO_PROOF] = {"Tirage {counter} · nombre {seed} · empreinte {commit} · /hasard",
		"Draw {counter} · number {seed} · commitment {commit} · /fairness"},
	[TEXT_CASINO_AGAIN] = {"Rejouer", "Play again"},
	[TEXT_CASINO_OTHER] = {"Autre mise", "Another stake"},
	[TEXT_WHEEL_TITLE] = {"Roue", "Wheel"},
	[TEXT_WHEEL_RESULT] = {"# {pocket} · {colour}\n{stake} LC sur {bet}",
		"# {pocket} · {colour}\n{stake} LC on {bet}"},
	[TEXT_SLOTS_TITLE] = {"Machine", "Slots"},
	[TEXT_SLOTS_JACKPOT] = {"🎁 Un **jackpot** tombe dans ton sac !",
		"🎁 A **jackpot** drops into your bag!"},
	[TEXT_BLACKJACK_TITLE] = {"Blackjack", "Blackjack"},
	[TEXT_BLACKJACK_MEMBER] = {"Joueur", "Player"},
	[TEXT_BLACKJACK_DEALER] = {"Croupier", "Dealer"},
	[TEXT_BLACKJACK_TURN] = {"**{member}** joue **{stake} LC**. Tirer ou rester ?",
		"**{member}** plays **{stake} LC**. Hit or stand?"},
	[TEXT_BLACKJACK_HIT] = {"Tirer", "Hit"},
	[TEXT_BLACKJACK_STAND] = {"Rester", "Stand"},
	[TEXT_BLACKJACK_NATURAL] = {"Blackjack ! Payé 2,5 fois.", "Blackjack! Paid 2.5 times."},
	[TEXT_BLACKJACK_BOTH_NATURAL] = {"Blackjack des deux côtés : égalité.",
		"Blackjack on both sides: a push."},
	[TEXT_BLACKJACK_BEYOND] = {"Plus de 21 : perdu.", "Beyond 21: lost."},
	[TEXT_BLACKJACK_DEALER_BEYOND] = {"Le croupier dépasse 21 : gagné.",
		"The dealer goes beyond 21: won."},
	[TEXT_BLACKJACK_HIGHER] = {"Plus haut que le croupier : gagné.",
		"Higher than the dealer: won."},
	[TEXT_BLACKJACK_EQUAL] = {"Égalité avec le croupier.", "A push with the dealer."},
	[TEXT_BLACKJACK_LOWER] = {"Plus bas que le croupier : perdu.",
		"Lower than the dealer: lost."},
	[TEXT_ODDS_TITLE] = {"🎲 Cotes du casino", "🎲 Odds of the casino"},
	[TEXT_ODDS_INTRO] = {"Chance de chaque résultat, et ce que la mise devient.",
		"The chance of each result, and what the stake becomes."},
	[TEXT_ODDS_RETURN] = {"Retour moyen : {percent} de la mise",
		"Average return: {percent} of the stake"},
	[TEXT_ODDS_WHEEL_GREEN] = {"🟢 vert", "🟢 green"},
	[TEXT_ODDS_WHEEL_OTHER] = {"🔴 rouge ou ⚫ noir", "🔴 red or ⚫ black"},
	[TEXT_ODDS_SLOTS_PAIR] = {"deux pareils", "two alike"},
	[TEXT_ODDS_NOTHING] = {"perdu", "lost"},
	[TEXT_ODDS_BLACKJACK_NATURAL] = {"blackjack", "blackjack"},
	[TEXT_ODDS_BLACKJACK_WON] = {"gagné", "won"},
	[TEXT_ODDS_BLACKJACK_PUSH] = {"égalité", "push"},
	[TEXT_ODDS_BLACKJACK_NOTE] = {"(en tirant jusqu'à 17, comme le croupier)",
		"(drawing up to 17, as the dealer does)"},
	[TEXT_ODDS_FOOTER] = {"Calculé à partir des tables mêmes qui servent aux tirages ; pour le "
			      "blackjack, compté une fois sur toutes les mains possibles. ×1,5 et "
			      "×2,5 sont arrondis au LC inférieur.",
		"Computed from the very tables that the draws use; for blackjack, counted once "
		"over all possible hands. ×1.5 and ×2.5 are rounded down to whole LC."},

	[TEXT_DUEL_TITLE] = {"Duel", "Duel"},
	[TEXT_OWN_SEED_COMMIT] = {"Empreinte du tirage : {commit}",
		"Commitment of the draw: {commit}"},
	[TEXT_OWN_SEED_PROOF] =
		{"Graine {server} · nombres {seeds} · tirage 0 · empreinte {commit}",
			"Seed {server} · numbers {seeds} · draw 0 · commitment {commit}"},
	[TEXT_ROULETTE_TITLE] = {"Roulette", "Roulette"},
	[TEXT_ROULETTE_PLAYERS] = {"Joueurs ({count}) : {names}\nPot : **{pot} LC**",
		"Players ({count}): {names}\nPot: **{pot} LC**"},
	[TEXT_ROULETTE_OPEN] = {"Chacun a la même chance, quelle que soit sa mise.",
		"Everybody has the same chance, whatever they stake."},
	[TEXT_ROULETTE_JOIN] = {"Rejoindre ({stake} LC)", "Join ({stake} LC)"},
	[TEXT_ROULETTE_JOINED] =
		{"**{member}** rejoint la table pour **{stake} LC**.\nJoueurs : {count}, pot : "
		 "**{pot} LC**",
			"**{member}** joins the table for **{stake} LC**.\nPlayers: {count}, pot: "
			"**{pot} LC**"},
	[TEXT_ROULETTE_DRAWN] = {"Tirage : n° {place} sur {count} : **{member}**, pour {stake} LC",
		"Drawn: no. {place} of {count}: **{member}**, for {stake} LC"},
	[TEXT_ROULETTE_ALONE] = {"Personne d'autre n'a rejoint la table.",
		"Nobody else joined the table."},
	[TEXT_PFC_TITLE] = {"Pierre, feuille, ciseaux", "Rock, paper, scissors"},
	[TEXT_PFC_TURN] =
		{"**{member}** contre **{opponent}** pour **{stake} LC**. Choisissez en secret.",
			"**{member}** against **{opponent}** for **{stake} LC**. Choose in "
			"secret."},
	[TEXT_PFC_ROCK] = {"🪨 pierre", "🪨 rock"},
	[TEXT_PFC_PAPER] = {"📄 feuille", "📄 paper"},
	[TEXT_PFC_SCISSORS] = {"✂️ ciseaux", "✂️ scissors"},
	[TEXT_PFC_ROCK_LABEL] = {"Pierre", "Rock"},
	[TEXT_PFC_PAPER_LABEL] = {"Feuille", "Paper"},
	[TEXT_PFC_SCISSORS_LABEL] = {"Ciseaux", "Scissors"},
	[TEXT_BULLETS_TITLE] = {"007", "007"},
	[TEXT_BULLETS_TURN] = {"**Manche {round} sur {rounds}**. Choisissez en secret.\nBalles : "
			       "**{member}** {first} · **{opponent}** {second}",
		"**Round {round} of {rounds}**. Choose in secret.\nBullets: **{member}** {first} · "
		"**{opponent}** {second}"},
	[TEXT_BULLETS_RELOAD] = {"🔄 recharger", "🔄 reload"},
	[TEXT_BULLETS_SHOOT] = {"🔫 tirer", "🔫 shoot"},
	[TEXT_BULLETS_SHIELD] = {"🛡️ bouclier", "🛡️ shield"},
	[TEXT_BULLETS_RELOAD_LABEL] = {"Recharger", "Reload"},
	[TEXT_BULLETS_SHOOT_LABEL] = {"Tirer", "Shoot"},
	[TEXT_BULLETS_SHIELD_LABEL] = {"Bouclier", "Shield"},
	[TEXT_C21_TITLE] = {"Course à 21", "Race to 21"},
	[TEXT_C21_TOTAL] = {"Total : **{total}** sur {goal} ({steps})",
		"Total: **{total}** of {goal} ({steps})"},
	[TEXT_C21_TURN] = {"À **{member}** de jouer : qui atteint 21 perd.",
		"It is the turn of **{member}**: who reaches 21 loses."},
	[TEXT_C21_ONE] = {"+1", "+1"},
	[TEXT_C21_TWO] = {"+2", "+2"},
	[TEXT_C21_THREE] = {"+3", "+3"},

	[TEXT_FAIR_TITLE] = {"🔎 Tes tirages", "🔎 Your draws"},
	[TEXT_FAIR_ABOUT_SEEDS] =
		{"Chaque tirage du casino mélange une graine secrète, fixée d'avance, ton nombre "
		 "et un compteur. L'empreinte prouve que la graine ne change pas ; révèle-la pour "
		 "tout vérifier. Ton nombre se change avec l'option `nombre`.",
			"Each draw of the casino mixes a secret seed, fixed beforehand, your "
			"number and a counter. The commitment proves that the seed does not "
			"change; reveal it to verify everything. Change your number with the "
			"option `number`."},
	[TEXT_FAIR_SET] = {"✅ Nombre changé : il compte dès le prochain tirage.",
		"✅ Number changed: it counts from the next draw on."},
	[TEXT_FAIR_COMMIT] = {"Empreinte de la prochaine graine (SHA-256)",
		"Commitment of the next seed (SHA-256)"},
	[TEXT_FAIR_OLD_COMMIT] = {"Son empreinte (SHA-256)", "Its commitment (SHA-256)"},
	[TEXT_FAIR_SERVER] = {"Graine révélée", "Revealed seed"},
	[TEXT_FAIR_SEED] = {"Ton nombre", "Your number"},
	[TEXT_FAIR_COUNTER] = {"Prochain tirage", "Next draw"},
	[TEXT_FAIR_REVEAL] = {"Révéler la graine", "Reveal the seed"},
	[TEXT_FAIR_REVEALED_TITLE] = {"🔎 Graine révélée", "🔎 Seed revealed"},
	[TEXT_FAIR_REVEALED] = {"Les tirages {first} à {last} de **{member}** peuvent être "
				"vérifiés. Une nouvelle graine remplace l'ancienne.",
		"The draws {first} to {last} of **{member}** can be verified. A new seed takes the "
		"place of the old one."},
	[TEXT_FAIR_UNUSED] =
		{"Rien n'a encore été tiré de cette graine : il n'y a rien à vérifier.",
			"Nothing was drawn from this seed yet: there is nothing to verify."},
	[TEXT_FAIR_OPEN] =
		{"Une partie de blackjack est en cours avec cette graine. Termine-la d'abord.",
			"A game of blackjack is open with this seed. Finish it first."},
	[TEXT_FAIR_SEED_WRONG] =
		{"Ce nombre n'est pas valide : 1 à 32 lettres sans accent, chiffres, `-` ou `_`.",
			"This number is not valid: 1 to 32 plain letters, digits, `-` or `_`."},
	[TEXT_FAIR_NOT_YOURS] =
		{"Ces tirages ne sont pas les tiens. Regarde les tiens avec `/hasard`.",
			"These draws are not yours. See your own with `/fairness`."},

	[TEXT_REFUSED_TITLE] = {"❌ Refusé", "❌ Refused"},
	[TEXT_REFUSED_BOT] = {"Les bots n'ont ni balance, ni niveau, ni sac. Choisis un membre.",
		"Bots have no balance, level or bag. Choose a member."},
	[TEXT_GUILD_ONLY] = {"Cette commande s'utilise sur un serveur, pas en message privé.",
		"This command is for servers, not for direct messages."},
	[TEXT_NOT_PERMITTED] = {"Cette commande demande la permission de gérer le serveur.",
		"This command needs the permission to manage the server."},
	[TEXT_OPTION_MISSING] = {"Il manque `{option}`. Rien n'a changé.",
		"`{option}` is missing. Nothing has changed."},
	[TEXT_OPTION_WRONG] =
		{"La valeur de `{option}` ne fait pas partie de celles proposées. Rien n'a changé.",
			"The value of `{option}` is not one of those offered. Nothing has "
			"changed."},
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
	[TEXT_AWAY] = {"Besace est momentanément indisponible. Rien n'a été perdu ni débité : "
		       "réessaie dans une minute.",
		"Besace is unavailable for a moment. Nothing was lost or taken: try again in a "
		"minute."},
	[TEXT_UNSURE] = {"Le résultat n'a pas pu être confirmé. Il est compté une fois au plus : "
			 "relance la commande pour voir où tu en es.",
		"The result could not be confirmed. It counts once at most: run the command "
		"again to see where you stand."},
	[TEXT_FAULT_TITLE] = {"❌ Erreur", "❌ Error"},
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

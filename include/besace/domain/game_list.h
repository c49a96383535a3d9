/*
 * The table of games: a row a game, and the only place that lists them.
 *
 * GAMES(CASINO, JEU, TOP) expands to CASINO(NAME, name) for each game below /casino, JEU(NAME,
 *name) for each below /jeu and TOP(NAME, name) for each that is a command of its own. Of a row are
 *made
 *
 *	GAME_NAME     its value in enum game (domain/game.h)
 *	rules_name    its struct game_rules: type, stakes, waiting times, turns, how its draw is
 *	              verified; defined in domain/
 *	face_name     its struct game_face: how it looks, what its moves are called, how the casino
 *or a duel draws it (play/face.h); defined beside its command command_name  its struct command;
 *registered below its parent
 *
 * A new game is three files (its rules with their tests, its command and face, its texts) and a row
 * here. The order is that of the commands.
 */
#pragma once

#define GAMES(CASINO, JEU, TOP)                                                                    \
	CASINO(WHEEL, wheel)                                                                       \
	CASINO(BLACKJACK, blackjack)                                                               \
	CASINO(SLOTS, slots)                                                                       \
	JEU(DUEL, duel)                                                                            \
	JEU(ROULETTE, roulette)                                                                    \
	TOP(RPS, rps)                                                                              \
	TOP(BULLETS, bullets)                                                                      \
	TOP(RACE21, race21)

/* For those who take all rows alike, or leave some out. */
#define ALL_GAMES(ROW) GAMES(ROW, ROW, ROW)
#define NO_GAME(NAME, name)

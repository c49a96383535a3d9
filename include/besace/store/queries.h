/*
 * The prepared statements of the service, a row each: the value QUERY_X of enum query, the name
 * that stands in sql/queries as `-- name: x`, and the shape of the rows it returns (see shape.h),
 * which the repository that reads them defines.
 *
 * shape_none: the call returns nothing that is read. shape_by_number: its rows are still read by
 * the number of a column.
 */
#pragma once

#define QUERIES(X)                                                                                 \
	X(MEMBERS_PROFILE, members_profile, shape_by_number)                                       \
	X(MEMBERS_TOUCH, members_touch, shape_none)                                                \
	X(BAG_VIEW, bag_view, shape_bag_view)                                                      \
	X(BAG_OPEN, bag_open, shape_outcome)                                                       \
	X(BAG_ACTIVATE, bag_activate, shape_outcome)                                               \
	X(SCHEMA_VERSION, schema_version, shape_schema_version)                                    \
	X(RECEIPTS_SWEEP, receipts_sweep, shape_by_number)                                         \
	X(TRANSFER, transfer, shape_by_number)                                                     \
	X(TRANSFER_CANCEL, transfer_cancel, shape_by_number)                                       \
	X(GIFT, gift, shape_by_number)                                                             \
	X(LEDGER_OLDER, ledger_older, shape_by_number)                                             \
	X(LEDGER_NEWER, ledger_newer, shape_by_number)                                             \
	X(STATS, stats, shape_by_number)                                                           \
	X(STANDINGS_PAGE, standings_page, shape_by_number)                                         \
	X(STANDINGS_FOLD, standings_fold, shape_by_number)                                         \
	X(ADMIN_ACT, admin_act, shape_by_number)                                                   \
	X(GAME_LOOK, game_look, shape_by_number)                                                   \
	X(GAME_OPEN, game_open, shape_by_number)                                                   \
	X(GAME_PRESS, game_press, shape_by_number)                                                 \
	X(GAMES_EXPIRE, games_expire, shape_by_number)                                             \
	X(GAME_LAPSE, game_lapse, shape_by_number)                                                 \
	X(GAME_EDITS_TAKE, game_edits_take, shape_by_number)                                       \
	X(GAME_EDITS_END, game_edits_end, shape_by_number)                                         \
	X(SEEDS_MAKE, seeds_make, shape_by_number)                                                 \
	X(SEEDS_CHANGE, seeds_change, shape_by_number)                                             \
	X(EVENTS_APPLY, events_apply, shape_by_number)                                             \
	X(EVENTS_SWEEP, events_sweep, shape_by_number)                                             \
	X(LOUNGES_LOOK, lounges_look, shape_by_number)                                             \
	X(LOUNGES_SETTLE, lounges_settle, shape_by_number)                                         \
	X(LOUNGES_SWEEP, lounges_sweep, shape_by_number)                                           \
	X(OUTBOX_TAKE, outbox_take, shape_outbox_take)                                             \
	X(OUTBOX_END, outbox_end, shape_outbox_end)                                                \
	X(OUTBOX_SWEEP, outbox_sweep, shape_outbox_sweep)                                          \
	X(ANNOUNCE_PING, announce_ping, shape_by_number)

/* Shapes of the JSON objects that cross the border, one way or the other. A test walks them. */
#define JSON_SHAPES(X)                                                                             \
	X(json_bag)                                                                                \
	X(json_bag_uses)                                                                           \
	X(json_bag_opened)                                                                         \
	X(json_bag_activated)                                                                      \
	X(json_bag_refused)

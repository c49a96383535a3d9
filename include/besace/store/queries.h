/*
 * The prepared statements of the service, a row each: the value QUERY_X of enum query, the name
 * that stands in sql/queries as `-- name: x`, and the shape of the rows it returns (see shape.h),
 * which the repository that reads them defines.
 *
 * shape_none: the call returns nothing that is read.
 */
#pragma once

#define QUERIES(X)                                                                                 \
	X(MEMBERS_PROFILE, members_profile, shape_profile)                                         \
	X(MEMBERS_STANDING, members_standing, shape_standing)                                      \
	X(MEMBER_TELL, member_tell, shape_none)                                                    \
	X(LATEST_GUILD, latest_guild, shape_latest_guild)                                          \
	X(GUILD_OF_MEMBER, guild_of_member, shape_latest_guild)                                    \
	X(BAG_VIEW, bag_view, shape_bag_view)                                                      \
	X(BAG_OPEN, bag_open, shape_outcome)                                                       \
	X(BAG_OPEN_ALL, bag_open_all, shape_outcome)                                               \
	X(BAG_ACTIVATE, bag_activate, shape_outcome)                                               \
	X(SCHEMA_VERSION, schema_version, shape_schema_version)                                    \
	X(JOBS_WAITING, jobs_waiting, shape_jobs_waiting)                                          \
	X(RECEIPTS_SWEEP, receipts_sweep, shape_receipts_sweep)                                    \
	X(TRANSFER, transfer, shape_outcome)                                                       \
	X(TRANSFER_CANCEL, transfer_cancel, shape_outcome)                                         \
	X(GIFT, gift, shape_outcome)                                                               \
	X(LEDGER_PAGE, ledger_page, shape_ledger_page)                                             \
	X(LEDGER_SWEEP, ledger_sweep, shape_ledger_sweep)                                          \
	X(STATS, stats, shape_stats)                                                               \
	X(LEADERBOARD_PAGE, leaderboard_page, shape_leaderboard_page)                              \
	X(LEADERBOARD_FOLD, leaderboard_fold, shape_leaderboard_fold)                              \
	X(RANKED_FOLD, ranked_fold, shape_leaderboard_fold)                                        \
	X(ADMIN_ACT, admin_act, shape_outcome)                                                     \
	X(ADMIN_JOURNAL, admin_journal, shape_admin_journal)                                       \
	X(ADMIN_TAKE_BACK, admin_take_back, shape_outcome)                                         \
	X(EARNINGS, earnings, shape_state)                                                         \
	X(HELP, help, shape_help)                                                                  \
	X(LOSS_LIMIT, loss_limit, shape_state)                                                     \
	X(LOSS_LIMIT_SET, loss_limit_set, shape_outcome)                                           \
	X(MY_DATA, my_data, shape_my_data)                                                         \
	X(LEAVE_VIEW, leave_view, shape_leave_view)                                                \
	X(LEAVE, leave, shape_outcome)                                                             \
	X(PANEL_IMPORT_VIEW, panel_import_view, shape_panel_import_view)                           \
	X(PANEL_IMPORTS_DUE, panel_imports_due, shape_panel_imports_due)                           \
	X(PANEL_IMPORT_START, panel_import_start, shape_outcome)                                   \
	X(PANEL_IMPORT_ANSWER, panel_import_answer, shape_outcome)                                 \
	X(MATCH_LOOK, match_look, shape_match_look)                                                \
	X(PLAY_LOOK, play_look, shape_match_look)                                                  \
	X(MATCH_PROOF, match_proof, shape_match_proof)                                             \
	X(MATCH_OPEN, match_open, shape_match_outcome)                                             \
	X(MATCH_PLAY, match_play, shape_match_outcome)                                             \
	X(MATCH_PRESS, match_press, shape_match_outcome)                                           \
	X(MATCHES_EXPIRE, matches_expire, shape_match_count)                                       \
	X(MATCHES_EXPIRE_SINGLY, matches_expire_singly, shape_match_ended)                         \
	X(MATCH_EXPIRE, match_expire, shape_none)                                                  \
	X(MATCH_EDITS_TAKE, match_edits_take, shape_match_edit)                                    \
	X(MATCH_EDITS_END, match_edits_end, shape_none)                                            \
	X(SEEDS_MAKE, seeds_make, shape_none)                                                      \
	X(SEEDS_CHANGE, seeds_change, shape_outcome)                                               \
	X(EVENTS_APPLY, events_apply, shape_events_applied)                                        \
	X(GUILD_ERASE, guild_erase, shape_guild_erase)                                             \
	X(GUILD_SEE, guild_see, shape_guild_see)                                                   \
	X(EVENTS_SWEEP, events_sweep, shape_events_sweep)                                          \
	X(VOICE_LOAD, voice_load, shape_voice_load)                                                \
	X(VOICE_SETTLE, voice_settle, shape_none)                                                  \
	X(VOICE_SET_ASIDE, voice_set_aside, shape_voice_set_aside)                                 \
	X(VOICE_OWED_PAY, voice_owed_pay, shape_voice_owed_pay)                                    \
	X(VOICE_SWEEP, voice_sweep, shape_voice_sweep)                                             \
	X(OUTBOX_TAKE, outbox_take, shape_outbox_take)                                             \
	X(OUTBOX_END, outbox_end, shape_outbox_end)                                                \
	X(CHEER, cheer, shape_outcome)                                                             \
	X(OUTBOX_SWEEP, outbox_sweep, shape_outbox_sweep)                                          \
	X(ANNOUNCE_DEFAULT, announce_default, shape_announce_default)                              \
	X(SETTINGS_READ, settings_read, shape_settings_read)                                       \
	X(REWARDS, rewards, shape_rewards)                                                         \
	X(SETTINGS_ACCESS, settings_access, shape_settings_access)                                 \
	X(SETTINGS_SET, settings_set, shape_outcome)                                               \
	X(SETTINGS_RESET, settings_reset, shape_outcome)                                           \
	X(SETTINGS_UNDO, settings_undo, shape_outcome)                                             \
	X(SETTINGS_CHANGE, settings_change, shape_settings_change)                                 \
	X(SETTINGS_HISTORY, settings_history, shape_settings_history)                              \
	X(ROLE_JOBS_TAKE, role_jobs_take, shape_role_jobs_take)                                    \
	X(ROLE_JOB_END, role_job_end, shape_role_job_end)                                          \
	X(ROLE_RUN_EXPAND, role_run_expand, shape_role_run_expand)                                 \
	X(ROLE_RUN_START, role_run_start, shape_outcome)                                           \
	X(ROLE_RUNS_FOLLOW, role_runs_follow, shape_role_runs_follow)                              \
	X(ROLE_RUN_LEAVE, role_run_leave, shape_none)                                              \
	X(ROLE_RUN_STOP, role_run_stop, shape_outcome)                                             \
	X(ROLE_RUN, role_run, shape_role_run)                                                      \
	X(ROLE_ENTITLED, role_entitled, shape_role_entitled)                                       \
	X(REWARDS_RETRY, rewards_retry, shape_rewards_retry)                                       \
	X(GUILD_ROLES_KEEP, guild_roles_keep, shape_none)                                          \
	X(PAGE_RENEW, page_renew, shape_page_renew)                                                \
	X(PAGE_GUILD, page_guild, shape_page_guild)                                                \
	X(PAGE_HIDINGS, page_hidings, shape_page_hidings)                                          \
	X(PAGE_MEMBERS, page_members, shape_page_member)                                           \
	X(PAGE_TOP, page_top, shape_page_top)                                                      \
	X(PAGE_BY_IDS, page_by_ids, shape_page_member)                                             \
	X(PAGE_SEARCH, page_search, shape_page_member)                                             \
	X(PAGE_MEMBER, page_member, shape_page_profile)                                            \
	X(ANNOUNCE_VIEW, announce_view, shape_state)                                               \
	X(ANNOUNCE_CHOICE, announce_choice, shape_outcome)

/* Shapes of the JSON objects that are read from SQL. A test walks them. */
#define JSON_SHAPES(X)                                                                             \
	X(json_role_job)                                                                           \
	X(json_role_step)                                                                          \
	X(json_role_run)                                                                           \
	X(json_role_run_outcome)                                                                   \
	X(json_bag)                                                                                \
	X(json_bag_active)                                                                         \
	X(json_bag_counts)                                                                         \
	X(json_bag_opened)                                                                         \
	X(json_bag_activated)                                                                      \
	X(json_bag_refused)                                                                        \
	X(json_transferred)                                                                        \
	X(json_transfer_refused)                                                                   \
	X(json_transfer_cancelled)                                                                 \
	X(json_gift_given)                                                                         \
	X(json_gift_refused)                                                                       \
	X(json_admin_done)                                                                         \
	X(json_admin_refused)                                                                      \
	X(json_admin_undone)                                                                       \
	X(json_admin_undo_refused)                                                                 \
	X(json_earnings)                                                                           \
	X(json_leave_view)                                                                         \
	X(json_left)                                                                               \
	X(json_panel_import)                                                                       \
	X(json_panel_import_plan)                                                                  \
	X(json_panel_import_done)                                                                  \
	X(json_loss_limit)                                                                         \
	X(json_level_up)                                                                           \
	X(json_level_items)                                                                        \
	X(json_announcement)                                                                       \
	X(json_cheered)                                                                            \
	X(json_leaderboard)                                                                        \
	X(json_leaderboard_row)                                                                    \
	X(json_announce_choice)                                                                    \
	X(json_match)                                                                              \
	X(json_match_stake)                                                                        \
	X(json_match_end)                                                                          \
	X(json_match_rivalry)                                                                      \
	X(json_match_outcome)                                                                      \
	X(json_seeds_changed)                                                                      \
	X(json_seeds_refused)                                                                      \
	X(json_voice_rules)                                                                        \
	X(json_settings_state)                                                                     \
	X(json_settings_done)                                                                      \
	X(json_settings_refused)                                                                   \
	X(json_settings_change)                                                                    \
	X(json_wording)                                                                            \
	X(json_events_applied)

/* Shapes of the JSON objects that are written to SQL, where besace_json_keys is called with the
 * name of each. A test compares the keys. */
#define JSON_WRITTEN(X)                                                                            \
	X(json_match_open)                                                                         \
	X(json_match_open_refused)                                                                 \
	X(json_match_opponent)                                                                     \
	X(json_match_seeds)                                                                        \
	X(json_match_drawn_seeds)                                                                  \
	X(json_match_play)                                                                         \
	X(json_match_play_over)                                                                    \
	X(json_match_payout)                                                                       \
	X(json_match_proof)                                                                        \
	X(json_match_act)                                                                          \
	X(json_match_act_over)                                                                     \
	X(json_match_act_refused)                                                                  \
	X(json_match_join)                                                                         \
	X(json_match_message)                                                                      \
	X(json_match_reply)                                                                        \
	X(json_voice_task)                                                                         \
	X(json_voice_event)                                                                        \
	X(json_fact_guild)                                                                         \
	X(json_fact_guilds)                                                                        \
	X(json_fact_gone)                                                                          \
	X(json_fact_roles)                                                                         \
	X(json_zone)                                                                               \
	X(json_role_reward)

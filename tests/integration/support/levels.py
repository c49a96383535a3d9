"""XP and levels."""


def level_start(level):
    return 50 * level * (level - 1)


def rise(database, member, level):
    """To LEVEL by an administrator's act, which is a level-up as any other."""
    xp = database.one("SELECT xp FROM users WHERE user_id = %s", member.id)
    database.run("SELECT besace_xp_add(ARRAY['1'], ARRAY[%s], ARRAY[%s::bigint])",
                 member.id, level_start(level) - xp)

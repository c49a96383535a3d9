"""XP and levels."""


def level_start(level):
    return 50 * level * (level - 1)

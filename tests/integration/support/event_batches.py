"""Batches of random events, and what members must have of them."""

import random

from .events import message, now_ms, reaction, row, xp
from .interactions import new_id


def random_batches(members, count, size, seed):
    rng = random.Random(seed)
    at = now_ms() - 3600000
    posts = [new_id() for _ in range(20)]
    batches = []
    for _ in range(count):
        batch = []
        for _ in range(size):
            user, moment = rng.choice(members), at + rng.randrange(3600000)
            if rng.random() < 0.5:
                batch.append(message(user, moment))
            else:
                post = rng.randrange(20)
                batch.append(reaction(members[post % len(members)], moment, posts[post],
                                      str(rng.randrange(1, 40))))
        batches.append(batch)
    return batches


def expected(batches):
    """(messages of each member, paid reactions of each author) of distinct ids."""
    seen, messages, reactions = set(), {}, {}
    for event in (event for batch in batches for event in batch):
        if event["id"] in seen:
            continue
        seen.add(event["id"])
        if event["type"] == "message":
            user = event["user"]["id"]
            messages[user] = messages.get(user, 0) + 1
        else:
            key = event["author"]["id"], event["message_id"]
            reactions[key] = min(reactions.get(key, 0) + 1, 5)
    paid = {}
    for (author, _), count in reactions.items():
        paid[author] = paid.get(author, 0) + count
    return len(seen), messages, paid


def check_members(database, members, messages, paid):
    for each in members:
        found = row(database, each)
        count = messages.get(each.id, 0)
        assert found["messages"] == count
        minimum = 2 * paid.get(each.id, 0) + (1 if count else 0)
        assert minimum <= found["xp"] <= 2 * paid.get(each.id, 0) + 3 * min(count, 61)

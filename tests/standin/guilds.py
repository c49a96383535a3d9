"""Guilds of the stand-in of Discord's REST API: roles, positions, permissions, members.

A guild that a test has not described takes every role for every user. One that it has described
(Discord.add_guild) refuses what Discord refuses.
"""

import dataclasses
import re
import urllib.parse

ADMINISTRATOR, MANAGE_ROLES = 1 << 3, 1 << 28
REASON = "x-audit-log-reason"


class Refused(Exception):
    """status, code, message."""


@dataclasses.dataclass
class Role:
    id: str
    position: int = 1
    permissions: int = 0
    managed: bool = False
    name: str = "role"

    def is_above(self, other):
        """Of two in the same position the one with the lower id is the higher one."""
        return (self.position, -int(self.id)) > (other.position, -int(other.id))

    def shown(self):
        return {"id": self.id, "name": self.name, "position": self.position,
                "permissions": str(self.permissions), "managed": self.managed, "color": 0,
                "hoist": False, "mentionable": False, "flags": 0}


@dataclasses.dataclass
class Guild:
    id: str
    roles: dict                      # id → Role; @everyone has the guild's id
    own: list = ()                   # ids of the bot's roles
    members: set = None              # ids; None: everybody
    owner_id: str = "1"
    access: bool = True              # False: 50001

    def permissions(self):
        mine = [self.roles[role] for role in self.own if role in self.roles]
        granted = self.roles[self.id].permissions
        for role in mine:
            granted |= role.permissions
        return granted

    def refuse_role(self, role_id):
        """What Discord has against the bot giving or taking the role."""
        if not self.access:
            raise Refused(403, 50001, "Missing Access")
        role = self.roles.get(role_id)
        if role is None:
            raise Refused(404, 10011, "Unknown Role")
        if role.managed or role_id == self.id:
            raise Refused(400, 50028, "Invalid Role")
        if not self.permissions() & (ADMINISTRATOR | MANAGE_ROLES):
            raise Refused(403, 50013, "Missing Permissions")
        mine = [self.roles[own] for own in self.own if own in self.roles]
        if not any(own.is_above(role) for own in mine):
            raise Refused(403, 50013, "Missing Permissions")

    def refuse_member(self, user_id):
        if self.members is not None and user_id not in self.members:
            raise Refused(404, 10007, "Unknown Member")


def make_guild(id, roles=(), own=(), members=None, **more):
    """ROLES are dictionaries as Role takes them."""
    known = {id: Role(id, position=0, name="@everyone")}
    known.update({role["id"]: Role(**role) for role in roles})
    return Guild(id, known, list(own), None if members is None else set(members), **more)


def read_reason(headers):
    """The reason for the audit log; None when there is none, Refused when it is not one."""
    given = headers.get(REASON)
    if given is None:
        return None
    if not re.fullmatch(r"(?:[A-Za-z0-9._~!'()*-]|%[0-9A-Fa-f]{2})*", given):
        raise Refused(400, 50035, "Invalid Form Body: the reason is not URL-encoded")
    reason = urllib.parse.unquote(given, errors="strict")
    if not 1 <= len(reason) <= 512:
        raise Refused(400, 50035, "Invalid Form Body: a reason has 1 to 512 characters")
    return reason

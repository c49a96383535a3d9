"""The smallest checks of the rules: what a fault is, and texts, numbers and lists within bounds."""

import re
from typing import NamedTuple


class Fault(NamedTuple):
    """Where it is, Discord's code for it, and a sentence."""

    path: tuple
    code: str
    message: str

    def __str__(self):
        return f"{'.'.join(map(str, self.path)) or 'body'}: {self.message} [{self.code}]"


def explain(faults):
    """The faults, a line each."""
    return "\n".join(map(str, faults))


def as_errors(faults):
    """The faults as Discord nests them in the "errors" of a 400."""
    errors = {}
    for fault in faults:
        at = errors
        for step in fault.path:
            at = at.setdefault(str(step), {})
        at.setdefault("_errors", []).append({"code": fault.code, "message": fault.message})
    return errors


def length(text):
    """Discord trims white space at both ends before it counts."""
    return len(text.strip())


def is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def is_integer(value):
    return isinstance(value, int) and not isinstance(value, bool)


def is_snowflake(value):
    return isinstance(value, str) and re.fullmatch(r"[1-9][0-9]{0,19}", value) is not None \
        and int(value) < 2 ** 64


class Check:
    """Collects faults while it walks a body."""

    def __init__(self, files=()):
        self.faults = []
        self.files = list(files)  # names of the file parts beside the JSON
        self.custom_ids = {}
        self.ids = set()
        self.components = 0
        self.shown = 0  # characters of all text displays

    # -- the smallest checks

    def fault(self, path, code, message):
        self.faults.append(Fault(tuple(path), code, message))

    def keys(self, path, value, known, needed=()):
        """Is it an object with these keys? Only then is its content worth a look."""
        if not isinstance(value, dict):
            self.fault(path, "DICT_TYPE_CONVERT", "must be an object")
            return False
        for key in value:
            if key not in known:
                self.fault((*path, key), "UNKNOWN_KEY", "Discord knows no such key here")
        for key in needed:
            if value.get(key) is None:
                self.fault((*path, key), "BASE_TYPE_REQUIRED", "This field is required")
        return True

    def text(self, path, value, minimum, maximum):
        if not isinstance(value, str):
            self.fault(path, "STRING_TYPE_CONVERT", "must be a text")
            return False
        if not minimum <= length(value) <= maximum:
            self.fault(path, "BASE_TYPE_BAD_LENGTH",
                       f"Must be between {minimum} and {maximum} in length, is {length(value)}")
            return False
        if "\x1a" in value or "{lc}" in value and value.count("{") == 1:
            self.fault(path, "UNIT_IS_LEFT", "a unit of amounts that was not put in its place")
            return False
        return True

    def optional_text(self, path, holder, key, maximum, minimum=0):
        if holder.get(key) is not None:
            self.text((*path, key), holder[key], minimum, maximum)

    def integer(self, path, value, minimum, maximum):
        if not is_integer(value):
            self.fault(path, "NUMBER_TYPE_COERCE", "must be an integer")
            return False
        if not minimum <= value <= maximum:
            self.fault(path, "NUMBER_TYPE_RANGE", f"must be between {minimum} and {maximum}")
            return False
        return True

    def optional_integer(self, path, holder, key, minimum, maximum):
        """The value if it is there and good, else None."""
        if holder.get(key) is None or not self.integer((*path, key), holder[key], minimum, maximum):
            return None
        return holder[key]

    def flag(self, path, holder, key):
        if key in holder and not isinstance(holder[key], bool):
            self.fault((*path, key), "BOOLEAN_TYPE_CONVERT", "Must be either true or false")

    def items(self, path, value, minimum, maximum):
        """The list, or an empty one when it is none."""
        if not isinstance(value, list):
            self.fault(path, "LIST_TYPE_CONVERT", "must be a list")
            return []
        if not minimum <= len(value) <= maximum:
            self.fault(path, "BASE_TYPE_BAD_LENGTH",
                       f"Must be between {minimum} and {maximum} in length, is {len(value)}")
        return value

    def one_of(self, path, value, allowed):
        if isinstance(value, (dict, list)) or value not in allowed:
            self.fault(path, "BASE_TYPE_CHOICES", f"must be one of {sorted(allowed)}")

    def snowflake(self, path, value):
        if not is_snowflake(value):
            self.fault(path, "NUMBER_TYPE_COERCE", "must be a snowflake, as a text of digits")

    def url(self, path, value, maximum=2048, schemes=("http", "https"), image=False):
        if not self.text(path, value, 1, maximum):
            return
        scheme, colon, rest = value.partition("://")
        if scheme == "attachment" and colon and "attachment" in schemes:
            if rest not in self.files:
                self.fault(path, "ATTACHMENT_NOT_FOUND", "no such file is sent along")
            if image and not rest.lower().endswith((".jpg", ".jpeg", ".png", ".webp", ".gif")):
                self.fault(path, "ATTACHMENT_NOT_IMAGE", "embeds show images only")
        elif scheme not in schemes or not colon or not rest or re.search(r"\s", value):
            self.fault(path, "URL_TYPE_INVALID_SCHEME",
                       f"must be a URL with one of the schemes {', '.join(schemes)}")

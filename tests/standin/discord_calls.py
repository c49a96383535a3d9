"""Requests on their way through the stand-in, and what is known of interactions' tokens."""

import dataclasses
import fnmatch

try:
    from . import rules
except ImportError:  # beside a program
    import rules


class Refusal(Exception):
    """An answer that is an error."""

    def __init__(self, status, code, message, errors=None):
        super().__init__(message)
        self.status = status
        self.body = {"message": message, "code": code}
        if errors:
            self.body["errors"] = errors


def refuse_form(faults):
    codes = {fault.code for fault in faults}
    if codes == {"EMPTY_MESSAGE"}:
        raise Refusal(400, 50006, "Cannot send an empty message")
    if codes == {"MAX_COMMANDS"}:
        raise Refusal(400, 30032, "Maximum number of application commands reached")
    if faults:
        raise Refusal(400, 50035, "Invalid Form Body", rules.as_errors(faults))


@dataclasses.dataclass
class Token:
    """An interaction token and what became of its interaction."""

    application_id: str = None  # None: any
    answered: bool = True       # the inline answer has been taken in
    deferred: bool = True       # it was a type 5
    ephemeral: bool = False
    v2: bool = False
    expired: bool = False
    from_component: bool = False
    unknown_for: int = 0        # so many requests get 404 before Discord knows the token
    follow_ups_left: int = None  # 5 where only the user installed the application
    original: dict = None
    deleted: bool = False
    follow_ups: dict = dataclasses.field(default_factory=dict)


@dataclasses.dataclass
class Failure:
    """What to do instead of answering: the next TIMES requests to matching routes."""

    route: str = "*"
    method: str = "*"
    times: int = 1
    after: int = 0          # let so many pass first
    status: int = None
    body: object = None     # JSON
    text: str = None        # instead of JSON, as text/html
    headers: dict = dataclasses.field(default_factory=dict)
    stall: float = 0        # seconds before anything (but what APPLY says), or until release()
    close: bool = False     # close the connection without a word
    cut: bool = False       # close it in the middle of the body
    size: int = 0           # a JSON body of so many bytes
    apply: bool = False     # do what was asked, at once, before failing
    no_rate_headers: bool = False

    def matches(self, method, route):
        if self.times <= 0 or not fnmatch.fnmatch(method, self.method) or \
                not fnmatch.fnmatch(route, self.route.replace("[", "[[]")):
            return False
        if self.after > 0:
            self.after -= 1
            return False
        self.times -= 1
        return True


@dataclasses.dataclass
class Call:
    """A request on its way through the stand-in."""

    number: int
    method: str
    path: str
    headers: dict
    raw: bytes
    query: dict
    route: str = ""
    params: dict = dataclasses.field(default_factory=dict)
    body: object = None
    files: list = dataclasses.field(default_factory=list)

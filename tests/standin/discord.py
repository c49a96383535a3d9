#!/usr/bin/python3
"""A strict stand-in of Discord's REST API.

It refuses what Discord refuses, counts what Discord would hold against a bot ("violations"), keeps
rate limits and says so in headers, and fails on demand. In a test:

    with Discord() as discord:
        discord.add_token("aW50…", deferred=True)
        discord.fail(route="*/messages/@original", status=503, times=2)
        … DISCORD_API_URL=discord.url …
        assert not discord.violations

As a program (`discord.py --port 0`) it prints {"port": …, "url": …} and obeys /__control/:
GET state; POST fail, tokens, guilds, limits, settings, reset, each with the keyword arguments of the
method of that name as a JSON object.
"""

import argparse
import asyncio
import dataclasses
import fnmatch
import json
import math
import re
import signal
import sys
import threading
import time

from aiohttp import web

try:
    from . import guilds, rules
    from .discord_calls import Call, Failure, Refusal, Token
    from .discord_commands import Commands
    from .discord_messages import Messages
    from .thread import DEADLINE_S, Threaded
except ImportError:  # run as a program
    import guilds
    import rules
    from discord_calls import Call, Failure, Refusal, Token
    from discord_commands import Commands
    from discord_messages import Messages
    from thread import DEADLINE_S, Threaded

PREFIX = "/api/v10"
USER_AGENT = re.compile(r"DiscordBot \(https?://[^\s,]+, [^\s)]+\)")
# Bytes of a file and of a whole request.
MAX_FILE, MAX_REQUEST = 10 * 1024 * 1024, 25 * 1024 * 1024
MEMBER_ROLE = "/guilds/{guild}/members/{user}/roles/{role}"
CLOUDFLARE = "<html><head><title>Error 1015</title></head><body>You are being rate limited</body></html>"


class Discord(Threaded, Messages, Commands):
    """The stand-in; runs in a thread of its own between start and stop."""

    def __init__(self, bot_token="bot.token.test", application_id=None, port=0):
        self.port = port
        self.lock = threading.RLock()
        self.first_settings = {"bot_token": bot_token, "application_id": application_id}
        self.last_id = 0
        self.reset()
        self.stalled = set()  # futures of answers that wait

    # -- what tests ask and say

    def reset(self):
        """Forgets everything but the port."""
        with self.lock:
            self.requests = []
            self.violations = []
            self.failures = []
            self.tokens = {}
            self.any_token = None
            self.bot_public = True
            self.verify_key = "00" * 32
            self.interactions_endpoint_url = None
            self.away_guilds = []
            self.messages = {}   # channel id → messages
            self.nonces = {}     # (channel id, nonce) → message
            self.commands = {}   # "global" or guild id → commands
            self.created_today = {}
            self.roles = set()   # (guild, user, role)
            self.guilds = {}     # id → Guild: those that a test has described
            self.channels = {}   # id → what GET shows of it, or {"refused": (status, code)}
            self.audit = []      # (guild, "give" or "take", user, role, reason), in their order
            self.buckets = {}
            self.bot_calls = []
            self.gateway_url = "wss://gateway.discord.gg"
            self.limits_of = {"*": {"limit": 50, "window": 1.0, "bucket": None},
                              "/webhooks/*": {"limit": 5, "window": 2.0, "bucket": None},
                              "/channels/*": {"limit": 5, "window": 5.0, "bucket": None},
                              MEMBER_ROLE: {"limit": 10, "window": 10.0,
                                            "bucket": "member-roles"}}
            self.settings(**self.first_settings)

    def settings(self, **settings):
        """bot_token, application_id (None: any), gateway_url, bot_public, verify_key,
        interactions_endpoint_url, away_guilds (ids
        of guilds that an outage makes unknown), any_token (the keyword arguments that an unknown
        token is added with, or None: unknown tokens are refused)."""
        with self.lock:
            for name, value in settings.items():
                if name not in ("bot_token", "application_id", "gateway_url", "any_token",
                                "bot_public", "verify_key", "interactions_endpoint_url",
                                "away_guilds"):
                    raise TypeError(f"no such setting: {name}")
                setattr(self, name, value)

    def add_token(self, token, **state):
        """Makes an interaction token known; STATE as in Token."""
        with self.lock:
            self.tokens[token] = Token(**state)

    def add_guild(self, id, **described):
        """Describes a guild, as make_guild takes it; described anew, it keeps its members' roles."""
        with self.lock:
            self.guilds[id] = guilds.make_guild(id, **described)

    def roles_of(self, user, guild="1"):
        """The roles that a member has."""
        with self.lock:
            return {role for at, holder, role in self.roles if (at, holder) == (guild, user)}

    def fail(self, **failure):
        """Programs failures, as in Failure; the first that matches is taken."""
        with self.lock:
            self.failures.append(Failure(**failure))

    def fail_rate_limited(self, retry_after=None, header=None, scope="user", is_global=False,
                          **failure):
        """429 answers of Discord's; without RETRY_AFTER the body does not say how long."""
        body = {"message": "You are being rate limited.", "global": is_global}
        if retry_after is not None:
            body["retry_after"] = retry_after
        headers = {"X-RateLimit-Scope": scope}
        if header is not None:
            headers["Retry-After"] = str(header)
        if is_global:
            headers["X-RateLimit-Global"] = "true"
        self.fail(status=429, body=body, headers=headers, **failure)

    def fail_cloudflare(self, status=429, **failure):
        """Answers of Cloudflare's, 429 or 403: HTML, no rate-limit headers, no time."""
        self.fail(status=status, text=CLOUDFLARE, no_rate_headers=True, **failure)

    def limits(self, route, limit, window, bucket=None):
        """Sets the limit of the routes that match, LIMIT calls in WINDOW seconds; routes with the
        same BUCKET share it. Where several patterns match, the longest counts."""
        with self.lock:
            self.limits_of[route] = {"limit": limit, "window": window, "bucket": bucket}

    def state(self):
        """Everything that happened, as JSON."""
        with self.lock:
            return {"requests": self.requests, "violations": self.violations,
                    "messages": self.messages, "commands": self.commands,
                    "roles": sorted(self.roles), "audit": self.audit,
                    "failures_left": sum(
                        failure.times for failure in self.failures),
                    "tokens": {name: dataclasses.asdict(token)
                               for name, token in self.tokens.items()}}

    def calls(self, method="*", route="*"):
        """The recorded requests of matching routes."""
        with self.lock:
            return [request for request in self.requests
                    if fnmatch.fnmatch(request["method"], method)
                    and fnmatch.fnmatch(request["route"], route)]

    def release(self):
        """Goes on with every answer that is stalled now."""
        self.loop.call_soon_threadsafe(self.go_on)

    def wait_for(self, condition, seconds=DEADLINE_S):
        """Waits until CONDITION() holds and returns its value; AssertionError after SECONDS."""
        deadline = time.monotonic() + seconds
        while True:
            with self.lock:
                value = condition()
            if value:
                return value
            if time.monotonic() > deadline:
                raise AssertionError(f"not within {seconds} s; seen: {self.requests!r:.2000}")
            time.sleep(0.005)

    # -- running

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}{PREFIX}"

    async def serve(self):
        """Listens; self.port is then the real one."""
        self.stopping = asyncio.Event()
        app = web.Application(client_max_size=26 * 1024 * 1024)
        app.router.add_route("*", "/__control/{name}", self.control)
        app.router.add_route("*", "/{tail:.*}", self.handle)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", self.port, shutdown_timeout=0.1)
        await site.start()
        self.port = runner.addresses[0][1]
        return runner

    async def end_serving(self, runner):
        self.go_on()
        await runner.cleanup()

    async def control(self, request):
        name = request.match_info["name"]
        try:
            if name in ("state", "requests", "violations") and request.method == "GET":
                state = self.state()
                return web.json_response(state if name == "state" else state[name])
            actions = {"fail": self.fail, "fail_rate_limited": self.fail_rate_limited,
                       "fail_cloudflare": self.fail_cloudflare, "tokens": self.add_token,
                       "limits": self.limits, "settings": self.settings, "reset": self.reset,
                       "guilds": self.add_guild}
            if name not in actions or request.method != "POST":
                return web.json_response({"error": "no such control"}, status=404)
            text = await request.text()
            actions[name](**(json.loads(text) if text else {}))
            return web.json_response({})
        except (TypeError, ValueError) as error:
            return web.json_response({"error": str(error)}, status=400)

    # -- one request

    async def handle(self, request):
        raw = await request.read()
        with self.lock:
            call = Call(len(self.requests), request.method, request.path,
                        {name.lower(): value for name, value in request.headers.items()},
                        raw, dict(request.query))
            record = {"method": call.method, "path": call.path, "query": call.query,
                      "headers": call.headers, "route": "", "at": time.monotonic(),
                      "body": self.readable(raw), "status": None,
                      "port": request.transport.get_extra_info("peername")[1]}
            self.requests.append(record)
            self.find_route(call)
            record["route"] = call.route
            failure = next((f for f in self.failures if f.matches(call.method, call.route)), None)
        if failure:
            return await self.misbehave(request, call, record, failure)
        status, body, headers = self.answer(call)
        record["status"] = status
        return self.response(status, body, headers)

    @staticmethod
    def readable(raw):
        try:
            return json.loads(raw) if raw else None
        except ValueError:
            return raw.decode(errors="replace")

    @staticmethod
    def response(status, body, headers):
        if body is None:
            return web.Response(status=status, headers=headers)
        return web.json_response(body, status=status, headers=headers)

    def go_on(self):
        for one in self.stalled:
            one.set_result(None)
        self.stalled.clear()

    async def stall(self, seconds):
        if seconds and not self.stopping.is_set():
            released = asyncio.get_running_loop().create_future()
            self.stalled.add(released)
            await asyncio.wait([released], timeout=seconds)
            self.stalled.discard(released)

    async def misbehave(self, request, call, record, failure):
        headers = {}
        if not failure.apply:
            await self.stall(failure.stall)
        if failure.apply or not (failure.status or failure.close or failure.cut or failure.size):
            status, body, headers = self.answer(call)
        else:
            status, body = failure.status or 200, failure.body
            if not failure.no_rate_headers:
                headers = self.count(call)[1]
        if failure.apply:
            await self.stall(failure.stall)
        record["status"] = status = failure.status or status
        if failure.close:
            request.transport.abort()
            return web.Response()
        if failure.cut:
            return await self.cut(request, headers)
        headers.update(failure.headers)
        if failure.size:
            body = {"filler": "x" * failure.size}
        elif failure.body is not None:
            body = failure.body
        if failure.text is not None:
            return web.Response(status=status, text=failure.text, headers=headers,
                                content_type="text/html")
        if failure.status and failure.body is None and status >= 400:
            body = {"message": f"{status}: programmed", "code": 0}
        return self.response(status, body, headers)

    @staticmethod
    async def cut(request, headers):
        response = web.StreamResponse(headers={**headers, "Content-Length": "1000",
                                               "Content-Type": "application/json"})
        await response.prepare(request)
        await response.write(b'{"id":')
        request.transport.abort()
        return response

    def violate(self, call, what):
        self.violations.append({"request": call.number, "what": what, "method": call.method,
                                "path": call.path})

    def answer(self, call):
        """Status, body and headers of Discord's answer."""
        with self.lock:
            headers = {}
            try:
                self.check_client(call)
                if not call.route:
                    raise Refusal(404, 0, "404: Not Found")
                handler = self.check_method(call)
                self.check_authorization(call)
                refused, headers = self.count(call)
                if refused:
                    return 429, refused, headers
                self.read_body(call)
                status, body = handler(self, call)
                return status, body, headers
            except guilds.Refused as refused:
                refusal = Refusal(*refused.args)
                return refusal.status, refusal.body, headers
            except Refusal as refusal:
                return refusal.status, refusal.body, headers

    def check_client(self, call):
        if not USER_AGENT.fullmatch(call.headers.get("user-agent", "")):
            self.violate(call, "no proper User-Agent")
            raise Refusal(403, 40333, "internal network error")
        if not call.path.startswith(PREFIX + "/"):
            self.violate(call, "a path without the version")
            raise Refusal(404, 0, "404: Not Found")

    def find_route(self, call):
        """Fills in route and params by the path; a route that has another method counts."""
        path = call.path[len(PREFIX):] if call.path.startswith(PREFIX + "/") else ""
        for template, pattern, _ in ROUTES:
            match = pattern.fullmatch(path)
            if match:
                call.route, call.params = template, match.groupdict()
                return

    def check_method(self, call):
        methods = next(methods for template, _, methods in ROUTES if template == call.route)
        if call.method not in methods:
            raise Refusal(405, 0, "405: Method Not Allowed")
        for name, value in call.params.items():
            if name != "token" and not rules.is_snowflake(value):
                raise Refusal(400, 50035, "Invalid Form Body", {name: {"_errors": [{
                    "code": "NUMBER_TYPE_COERCE",
                    "message": f'Value "{value}" is not snowflake.'}]}})
        return methods[call.method]

    def check_authorization(self, call):
        given = call.headers.get("authorization")
        if "token" in call.params:
            if given is not None:
                self.violate(call, "Authorization on a call whose path holds a token")
        elif given != f"Bot {self.bot_token}":
            self.violate(call, "wrong or missing bot token")
            raise Refusal(401, 0, "401: Unauthorized")

    def limit_of(self, call):
        matching = [pattern for pattern in self.limits_of if fnmatch.fnmatch(call.route, pattern)]
        best = max(matching, key=len)
        limit = self.limits_of[best]
        name = limit["bucket"] or f"{call.method} {call.route}".encode().hex()[:32]
        major = "/".join(call.params[key] for key in ("channel", "guild", "webhook", "token")
                         if key in call.params and not call.route.startswith("/applications"))
        return limit, name, major

    def count(self, call):
        """Counts the call; the body of a 429 if it is one too many, and the headers."""
        if not call.route:
            return None, {}
        limit, name, major = self.limit_of(call)
        now = time.monotonic()
        if len(self.buckets) > 5000:
            self.buckets = {key: bucket for key, bucket in self.buckets.items()
                            if bucket["ends"] > now}
        bucket = self.buckets.get((name, major))
        if not bucket or bucket["ends"] <= now:
            bucket = self.buckets[name, major] = {"used": 0, "ends": now + limit["window"]}
        bucket["used"] += 1
        left = math.ceil((bucket["ends"] - now) * 1000) / 1000
        headers = {"X-RateLimit-Limit": str(limit["limit"]),
                   "X-RateLimit-Remaining": str(max(0, limit["limit"] - bucket["used"])),
                   "X-RateLimit-Reset": f"{time.time() + left:.3f}",
                   "X-RateLimit-Reset-After": f"{left:.3f}", "X-RateLimit-Bucket": name}
        if bucket["used"] > limit["limit"]:
            self.violate(call, "rate limit of the bucket exceeded")
            return self.too_many(headers, left, "user")
        if "token" not in call.params and not self.count_global(now):
            self.violate(call, "global rate limit exceeded")
            return self.too_many(headers, 1.0, "global")
        return None, headers

    def count_global(self, now):
        self.bot_calls = [at for at in self.bot_calls if at > now - 1] + [now]
        return len(self.bot_calls) <= 50

    @staticmethod
    def too_many(headers, left, scope):
        headers["X-RateLimit-Scope"] = scope
        headers["Retry-After"] = str(math.ceil(left))
        if scope == "global":
            headers["X-RateLimit-Global"] = "true"
        return {"message": "You are being rate limited.", "retry_after": left,
                "global": scope == "global"}, headers

    def read_body(self, call):
        if call.method in ("GET", "DELETE") or (not call.raw and call.method == "PUT"):
            if call.raw:
                self.violate(call, f"{call.method} with a body")
            return
        kind = call.headers.get("content-type", "").split(";")[0].strip().lower()
        raw = call.raw
        if kind == "multipart/form-data":
            raw = self.read_multipart(call)
        elif kind != "application/json":
            self.violate(call, f"Content-Type {kind!r}")
            raise Refusal(400, 50035, "Invalid Form Body", {"_errors": [{
                "code": "CONTENT_TYPE_INVALID", "message":
                'Expected "Content-Type" header to be one of {"application/json", '
                '"application/x-www-form-urlencoded", "multipart/form-data"}.'}]})
        try:
            call.body = json.loads(raw.decode())
        except ValueError as error:
            raise Refusal(400, 50109, "The request body contains invalid JSON.") from error

    def read_multipart(self, call):
        """The part payload_json; the names of the files[n] go to call.files, in their order, and
        what they hold to the record of the request."""
        payload, files = None, {}
        for kind, name, filename, content in self.parts(call):
            number = re.fullmatch(r"files\[(\d)\]", name)
            if name == "payload_json" and payload is None and kind == "application/json":
                payload = content
            elif number and filename and kind and int(number[1]) not in files:
                files[int(number[1])] = {"name": filename, "type": kind, "size": len(content),
                                         "text": content.decode(errors="replace")}
            else:
                self.violate(call, f"a part that Discord does not know: {name!r} of {kind!r}")
                raise Refusal(400, 50035, "Invalid Form Body")
        if payload is None or sorted(files) != list(range(len(files))) or len(files) > 10:
            self.violate(call, "a form without payload_json, or with files that are not numbered")
            raise Refusal(400, 50035, "Invalid Form Body")
        if len(call.raw) > MAX_REQUEST or any(file["size"] > MAX_FILE for file in files.values()):
            self.violate(call, "a file that is too large")
            raise Refusal(413, 40005, "Request entity too large")
        call.files = [files[i]["name"] for i in sorted(files)]
        record = self.requests[call.number]
        record["files"] = [files[i] for i in sorted(files)]
        record["body"] = self.readable(payload)
        return payload

    @staticmethod
    def parts(call):
        """The parts of a form: type, name, name of the file (or None), bytes."""
        boundary = re.search(r'boundary="?([^";]+)', call.headers["content-type"])
        around = b"--" + boundary[1].encode() if boundary else b""
        if not boundary or not call.raw.startswith(around) or \
                not call.raw.endswith(around + b"--\r\n"):
            raise Refusal(400, 50035, "Invalid Form Body")
        for part in call.raw.split(around)[1:-1]:
            head, blank, content = part.partition(b"\r\n\r\n")
            lines = head.decode(errors="replace")
            shown = re.search(r'content-disposition: form-data; name="([^"]*)"'
                              r'(?:; filename="([^"]*)")?\r?\n?', lines, re.I)
            kind = re.search(r"content-type: ([^\s;]+)", lines, re.I)
            if not blank or not shown or not content.endswith(b"\r\n"):
                raise Refusal(400, 50035, "Invalid Form Body")
            yield kind and kind[1].lower(), shown[1], shown[2], content[:-2]

    # -- the rest that a bot of this kind asks for

    def get_gateway(self, call):
        del call
        return 200, {"url": self.gateway_url, "shards": 1, "session_start_limit": {
            "total": 1000, "remaining": 999, "reset_after": 14400000, "max_concurrency": 1}}

    def get_application(self, call):
        del call
        return 200, {"id": self.application_id or "1", "name": "besace", "description": "",
                     "verify_key": self.verify_key, "bot_public": self.bot_public,
                     "interactions_endpoint_url": self.interactions_endpoint_url}

    def get_own_user(self, call):
        del call
        return 200, {"id": self.application_id or "1", "username": "besace", "bot": True,
                     "discriminator": "0", "avatar": None}

    # -- guilds

    def find_guild(self, call):
        """The guild, None when no test has described it; refuses those that are away."""
        if call.params["guild"] in self.away_guilds:
            raise Refusal(404, 10004, "Unknown Guild")
        return self.guilds.get(call.params["guild"])

    def change_role(self, call, what, change):
        reason = guilds.read_reason(call.headers)
        guild = self.find_guild(call)
        if guild:
            guild.refuse_member(call.params["user"])
            guild.refuse_role(call.params["role"])
        which = (call.params["guild"], call.params["user"], call.params["role"])
        change(which)
        self.audit.append((which[0], what, which[1], which[2], reason))
        return 204, None

    def put_role(self, call):
        return self.change_role(call, "give", self.roles.add)

    def delete_role(self, call):
        return self.change_role(call, "take", self.roles.discard)

    def edit_member(self, call):
        """Whoever replaces a member's roles takes away what others gave meanwhile."""
        if "roles" in (call.body or {}):
            self.violate(call, "PATCH of a member's list of roles")
        raise Refusal(403, 50013, "Missing Permissions")

    def get_guild(self, call):
        guild = self.find_guild(call)
        return 200, {"id": call.params["guild"], "name": "guild",
                     "owner_id": guild.owner_id if guild else "1"}

    def get_roles(self, call):
        guild = self.find_guild(call) or guilds.make_guild(call.params["guild"])
        return 200, [role.shown() for role in guild.roles.values()]

    def get_member(self, call):
        guild, user = self.find_guild(call), call.params["user"]
        is_bot = user == (self.application_id or "1")
        if guild and not is_bot:
            guild.refuse_member(user)
        roles = list(guild.own) if guild and is_bot else sorted(
            self.roles_of(user, call.params["guild"]))
        return 200, {"user": {"id": user, "username": "lou"}, "roles": roles,
                     "joined_at": "2024-01-01T00:00:00.000000+00:00", "deaf": False, "mute": False,
                     "flags": 0}


def compile_routes(table):
    """Templates as regular expressions; a parameter is one path segment."""
    return [(template, re.compile(re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", re.escape(template))),
             methods) for template, methods in table]


EDITS = {"GET": Discord.get_message, "PATCH": Discord.edit_message,
         "DELETE": Discord.delete_message}
COMMANDS = {"GET": Discord.get_commands, "PUT": Discord.put_commands,
            "POST": Discord.post_command}
ROUTES = compile_routes([
    ("/webhooks/{webhook}/{token}/messages/@original", EDITS),
    ("/webhooks/{webhook}/{token}/messages/{message}", EDITS),
    ("/webhooks/{webhook}/{token}", {"POST": Discord.follow_up}),
    ("/interactions/{id}/{token}/callback", {"POST": Discord.callback}),
    ("/channels/{channel}", {"GET": Discord.get_channel}),
    ("/channels/{channel}/messages", {"POST": Discord.create_message}),
    ("/channels/{channel}/messages/{message}", {"PATCH": Discord.edit_channel_message}),
    ("/applications/@me", {"GET": Discord.get_application}),
    ("/users/@me", {"GET": Discord.get_own_user}),
    ("/applications/{application}/commands", COMMANDS),
    ("/applications/{application}/guilds/{guild}/commands", COMMANDS),
    ("/gateway/bot", {"GET": Discord.get_gateway}),
    ("/guilds/{guild}", {"GET": Discord.get_guild}),
    ("/guilds/{guild}/roles", {"GET": Discord.get_roles}),
    ("/guilds/{guild}/members/{user}", {"GET": Discord.get_member, "PATCH": Discord.edit_member}),
    (MEMBER_ROLE, {"PUT": Discord.put_role, "DELETE": Discord.delete_role}),
])


async def run_program(discord):
    loop = asyncio.get_running_loop()

    def started():
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, discord.stopping.set)
        print(json.dumps({"port": discord.port, "url": discord.url}), flush=True)

    await discord.serve_until_stopped(started)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--port", type=int, default=0, help="0: any free one")
    parser.add_argument("--bot-token", default="bot.token.test")
    parser.add_argument("--application-id", help="refuse every other")
    given = parser.parse_args()
    asyncio.run(run_program(Discord(given.bot_token, given.application_id, given.port)))
    return 0


if __name__ == "__main__":
    sys.exit(main())

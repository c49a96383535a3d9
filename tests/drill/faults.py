"""What happens to an installation: each fault with the words that name it, and how it is undone."""

import dataclasses
import os
import pathlib
import time

import nacl.signing

from support.wait import until

from .asking import READY_S, get
from .patroni import NODES

STOPPED_S, SLOW_S, SLOW_FOR_S, CUT_S, HANG_S, FULL_S, SKEW_S = 6, 0.15, 5, 3, 6, 6, 6
LEADER_WITHOUT_US_S = 20  # longer than the leader's lease
AHEAD_S, BEHIND_S = 120, -120
FAKETIME = next(pathlib.Path("/usr/lib").glob("*/faketime/libfaketime.so.1"), None)


@dataclasses.dataclass
class Fault:
    name: str
    act: callable  # (installation, load): begins and, unless the installation heals itself, ends


def node_of(installation, role):
    """The number of the node that leads, or that follows at once."""
    cluster = installation.cluster
    find = cluster.leader if role == "leader" else cluster.synchronous
    return until(find, f"there is a {role}", READY_S)


def again(installation, *programs):
    """Starts what was killed, as systemd would."""
    for program in programs:
        if not program.runs():
            program.start()


def kill(name):
    def act(installation, _):
        program = installation.programs[name]
        program.kill()
        again(installation, program)
    return Fault(f"kill {name}", act)


def stop(name, seconds=STOPPED_S):
    def act(installation, _):
        program = installation.programs[name]
        program.stop()
        time.sleep(seconds)
        program.go_on()
    return Fault(f"stop {name}", act)


def kill_machine(role):
    """The whole machine of a PostgreSQL: Patroni and all that it has started."""
    def act(installation, _):
        node = node_of(installation, role)
        program = installation.programs[f"postgresql-{node}"]
        program.kill()
        if role == "leader":
            until(lambda: installation.cluster.leader() not in (None, node), "another one leads",
                  READY_S)
        program.start()
    return Fault(f"kill machine of {role}", act)


def kill_server(role):
    """The server alone: Patroni, beside it, lives."""
    def act(installation, _):
        node = node_of(installation, role)
        pid = int((installation.folder / f"pg{node}/postmaster.pid").read_text().split()[0])
        os.kill(pid, 9)
        installation.programs[f"postgresql-{node}"].kills += 1
    return Fault(f"kill server of {role}", act)


def stop_machine(role):
    """For longer than the lease, so that somebody else leads when it goes on."""
    def act(installation, _):
        program = installation.programs[f"postgresql-{node_of(installation, role)}"]
        program.stop()
        time.sleep(LEADER_WITHOUT_US_S if role == "leader" else STOPPED_S)
        program.go_on()
    return Fault(f"stop machine of {role}", act)


def fail_over():
    """Without Patroni, for good."""
    def act(installation, _):
        installation.cluster.fail_over()
        installation.gone.append(installation.programs.pop("primary"))
    return Fault("fail over", act)


def switch_over():
    return Fault("switchover", lambda installation, _: installation.cluster.switch_over())


def on_link(what, name, begin, seconds):
    def act(installation, _):
        link = installation.links.all[name]
        begin(link)
        time.sleep(seconds)
        link.heal()
    return Fault(f"{what} {name}", act)


def cut(name, seconds=CUT_S):
    return on_link("cut", name, lambda link: link.cut(), seconds)


def slow(name):
    return on_link("slow", name, lambda link: link.slow(SLOW_S), SLOW_FOR_S)


def hang(name):
    return on_link("hang", name, lambda link: link.hang(), HANG_S)


def fill_disk(role):
    def act(installation, _):
        if role == "shims":
            flag = installation.shims_full
        else:
            flag = installation.cluster.full_flag(node_of(installation, role))
        flag.touch()
        time.sleep(FULL_S)
        flag.unlink()
    return Fault(f"fill disk of {role}", act)


def skew(name, seconds):
    """The program's clock is off by so much, from a restart to the next one."""
    def act(installation, _):
        program = installation.programs[name]
        before = program.environment
        program.terminate()
        preloads = f"{before.get('LD_PRELOAD', '')} {FAKETIME}".strip()
        program.environment = {**before, "LD_PRELOAD": preloads, "FAKETIME": f"{seconds:+d}"}
        program.start()
        time.sleep(SKEW_S)
        program.terminate()
        program.environment = before
        program.start()
    return Fault(f"skew {name} {seconds:+d} s", act)


def restart_besace(installation, **settings):
    """One after the other, so that one of them is always there."""
    for number in (1, 2):
        program = installation.programs[f"besace-{number}"]
        program.environment = {**program.environment, **settings}
        program.terminate()
        program.start()
        until(lambda at=number: get(
            f"http://127.0.0.1:{installation.ports['besace', at]}/readyz")[0] == 200,
              f"besace-{number} is ready", READY_S)


def revoke_event_key():
    """The service forgets a shim's key for a while; what it has seen waits."""
    def act(installation, _):
        whole = installation.programs["besace-1"].environment["BESACE_EVENT_KEYS"]
        restart_besace(installation, BESACE_EVENT_KEYS=whole.split(",")[0])
        time.sleep(SKEW_S)
        restart_besace(installation, BESACE_EVENT_KEYS=whole)
    return Fault("revoke key of a shim", act)


def rotate_public_key():
    """Discord signs with another key: both are known, then the new one, then the old is revoked."""
    def act(installation, load):
        application = load.application
        old, fresh = application.public_key, nacl.signing.SigningKey.generate()
        new = bytes(fresh.verify_key).hex()
        restart_besace(installation, DISCORD_PUBLIC_KEY=f"{old},{new}")
        load.use_key(fresh)
        restart_besace(installation, DISCORD_PUBLIC_KEY=new)
    return Fault("revoke key of Discord", act)


def restart_all(is_kill):
    def act(installation, _):
        programs = list(installation.programs.values())
        for program in reversed(programs):
            program.kill() if is_kill else program.terminate()
        for program in programs:
            program.start()
    return Fault("kill all at once" if is_kill else "restart all", act)


OURS = ("besace-1", "besace-2", "besace-web-1", "besace-web-2", "besace-gateway-1",
        "besace-gateway-2", "nginx", "haproxy")
ETCD = tuple(f"etcd-{node}" for node in NODES)
LINKS = ("database-1", "discord", "events", "nginx-1", "nginx-2", "gateway-1", "gateway-2")
LEADERS_LINKS = ("direct", "replication", "etcd")


def on_leader(what, kind):
    """The leader's link of that KIND; which one it is, is known only then."""
    makers = {"cut": cut, "slow": slow, "hang": hang}

    def act(installation, load):
        name = f"{kind}-{node_of(installation, 'leader')}"
        makers[what](name).act(installation, load)
    return Fault(f"{what} {kind} of leader", act)


FAULTS = [
    *map(kill, OURS + ETCD), *map(stop, OURS + ETCD),
    kill_server("leader"), kill_server("standby"), kill_machine("leader"), kill_machine("standby"),
    stop_machine("leader"), stop_machine("standby"), switch_over(),
    *map(cut, LINKS), *map(slow, LINKS), *map(hang, ("database-1", "nginx-1", "events")),
    *(on_leader(what, kind) for kind in LEADERS_LINKS for what in ("cut", "slow", "hang")),
    fill_disk("leader"), fill_disk("standby"), fill_disk("shims"),
    *(skew(name, seconds) for name in ("besace-2", "besace-gateway-1")
      for seconds in (AHEAD_S, BEHIND_S)),
    revoke_event_key(), rotate_public_key(), restart_all(False), restart_all(True),
]

# For two PostgreSQL without Patroni, in this order: the lease of whoever was killed has almost run
# out in the end.
SMALL_S = 2
SMALL = [
    *map(kill, ("besace-1", "besace-gateway-1", "nginx", "primary", "standby")), restart_all(True),
    stop("besace-2", SMALL_S), cut("database-1", SMALL_S), fail_over(),
]

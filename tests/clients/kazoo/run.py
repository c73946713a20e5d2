"""kazoo, unmodified, against an ensemble: its calls, its recipes, fail-over, session recovery.

usage: run.py --zookeeper HOST:PORT[,HOST:PORT...]
              [--http URL [--lab NAME] | --crash COMMAND --restart COMMAND]

Needs the pinned kazoo of requirements.txt. With --http servers are crashed and restarted by the
control API of `relevo serve`, with --crash and --restart by commands in which {n} is the server's
number; with neither, the tests that crash one are skipped. Prints `N passed, N failed, N skipped`
and exits with 1 on a failure.
"""

import argparse
import logging
import os
import sys
import threading
import time
import traceback
from datetime import timedelta

from kazoo.client import KazooClient, KazooState
from kazoo.exceptions import (
    BadVersionError,
    LockTimeout,
    NoAuthError,
    NodeExistsError,
    NoNodeError,
    NotEmptyError,
    RolledBackError,
)
from kazoo.protocol.states import EventType, WatchedEvent
from kazoo.recipe.barrier import Barrier, DoubleBarrier
from kazoo.recipe.cache import TreeCache
from kazoo.recipe.watchers import ChildrenWatch, DataWatch
from kazoo.security import make_digest_acl

import control

PATIENCE = 20.0
WHOLE_RUN = 240.0
ROOT = f"/kazoo-{os.getpid()}"

TESTS, CLIENTS = [], []


def test(function):
    TESTS.append(function)
    return function


class Skip(Exception):
    pass


class Ensemble:
    def __init__(self, options):
        self.servers = options.zookeeper.split(",")
        self.control = None
        if options.http:
            self.control = control.Lab(options.http, options.lab)
        elif options.crash and options.restart:
            self.control = control.Commands(options.crash, options.restart)

    def client(self, servers=None, **options):
        """A connected client; one after the other begins at another server."""
        turn = len(CLIENTS) % len(self.servers)
        hosts = ",".join(servers or self.servers[turn:] + self.servers[:turn])
        client = KazooClient(hosts, timeout=8.0, randomize_hosts=False, **options)
        CLIENTS.append(client)
        client.start(PATIENCE)
        return client

    def number_of(self, client):
        """The number of the server this client is connected to."""
        port = client._connection._socket.getpeername()[1]
        return 1 + [int(server.rsplit(":", 1)[1]) for server in self.servers].index(port)

    def crash(self, number):
        if self.control is None or len(self.servers) < 3:
            raise Skip("nothing to crash a server with")
        self.control.crash(number)

    def serving(self, number):
        """Waits until this server serves a client of its own."""
        client = KazooClient(self.servers[number - 1], timeout=8.0)
        CLIENTS.append(client)
        client.start(PATIENCE)
        client.stop()


def until(condition, what):
    """Waits for a condition, with a deadline."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"{what} did not happen within {PATIENCE:.0f} s")
        threading.Event().wait(0.01)


def wait(event, what):
    if not event.wait(PATIENCE):
        raise AssertionError(f"{what} did not happen within {PATIENCE:.0f} s")


def fails(error, call, *args, **kwargs):
    try:
        call(*args, **kwargs)
    except error:
        return
    raise AssertionError(f"{call.__name__}{args} did not fail with {error.__name__}")


@test
def a_znode_is_created_read_changed_and_deleted(ensemble):
    zk, path = ensemble.client(), f"{ROOT}/znode"
    assert zk.create(path, b"one", makepath=True) == path
    data, stat = zk.get(path)
    assert (data, stat.version, stat.data_length) == (b"one", 0, 3)
    assert stat.czxid == stat.mzxid > 0 and abs(stat.ctime / 1000 - time.time()) < 3600
    assert zk.set(path, b"three", version=0).version == 1
    fails(BadVersionError, zk.set, path, b"x", version=0)
    fails(NodeExistsError, zk.create, path, b"")
    zk.create(f"{path}/child")
    fails(NotEmptyError, zk.delete, path)
    assert zk.get_children(ROOT, include_data=True)[0] == ["znode"]
    zk.delete(path, recursive=True)
    assert zk.exists(path) is None
    fails(NoNodeError, zk.get, path)


@test
def large_and_empty_data_come_back_as_they_were(ensemble):
    zk = ensemble.client()
    for name, data in [("empty", b""), ("large", os.urandom(900_000)), ("é", b"\0\xff")]:
        zk.create(f"{ROOT}/data/{name}", data, makepath=True)
        assert zk.get(f"{ROOT}/data/{name}")[0] == data


@test
def sequential_znodes_are_numbered(ensemble):
    zk = ensemble.client()
    zk.ensure_path(f"{ROOT}/seq")
    names = [zk.create(f"{ROOT}/seq/n-", sequence=True)[-10:] for _ in range(5)]
    assert names == [f"{n:010}" for n in range(5)]
    path, stat = zk.create(f"{ROOT}/seq/with-stat", b"x", include_data=True)
    assert path.endswith("with-stat") and stat.data_length == 1


@test
def many_requests_in_flight_are_answered_in_order(ensemble):
    zk = ensemble.client()
    zk.ensure_path(f"{ROOT}/flight")
    results = [zk.create_async(f"{ROOT}/flight/n-", sequence=True) for _ in range(500)]
    names = [result.get(timeout=PATIENCE) for result in results]
    assert names == sorted(names) and len(set(names)) == 500


@test
def an_ephemeral_vanishes_with_its_session(ensemble):
    one, other = ensemble.client(), ensemble.client()
    one.create(f"{ROOT}/ephemeral/e", ephemeral=True, makepath=True)
    gone = threading.Event()
    other.sync(ROOT)
    assert other.exists(f"{ROOT}/ephemeral/e", watch=lambda event: gone.set())
    one.stop()
    wait(gone, "the ephemeral's end")
    assert other.exists(f"{ROOT}/ephemeral/e") is None


@test
def a_watch_fires_once_and_before_the_data_it_tells_of(ensemble):
    zk, other, path = ensemble.client(), ensemble.client(), f"{ROOT}/watch"
    zk.create(path, b"0", makepath=True)
    other.sync(path)
    seen = []
    other.get(path, watch=seen.append)
    zk.set(path, b"1")
    zk.set(path, b"2")
    until(lambda: seen, "the watch's firing")
    other.sync(path)
    assert other.get(path)[0] == b"2"
    assert [event.type for event in seen] == [EventType.CHANGED]
    assert isinstance(seen[0], WatchedEvent) and seen[0].path == path


@test
def data_and_children_watchers_see_every_state(ensemble):
    zk, other, path = ensemble.client(), ensemble.client(), f"{ROOT}/watchers"
    zk.ensure_path(path)
    other.sync(path)
    data, children = [], []
    DataWatch(other, path, lambda value, stat: data.append(value))
    ChildrenWatch(other, path, lambda names: children.append(sorted(names)))
    for value in (b"1", b"2", b"3"):
        zk.set(path, value)
        until(lambda value=value: data[-1:] == [value], f"seeing {value!r}")
    for count in (1, 2, 3):
        zk.create(f"{path}/c", sequence=True)
        until(lambda count=count: len(children[-1]) == count, f"seeing {count} children")


@test
def a_transaction_is_whole_or_nothing(ensemble):
    zk, path = ensemble.client(), f"{ROOT}/multi"
    zk.create(path, b"0", makepath=True)
    good = zk.transaction()
    good.check(path, 0)
    good.create(f"{path}/a", b"x")
    good.set_data(path, b"1")
    results = good.commit()
    assert results[0] is True and results[1] == f"{path}/a" and results[2].version == 1
    bad = zk.transaction()
    bad.create(f"{path}/b")
    bad.delete(f"{path}/absent")
    bad.delete(f"{path}/a")
    kinds = [type(result) for result in bad.commit()]
    assert kinds[:2] == [RolledBackError, NoNodeError], kinds
    assert zk.get_children(path) == ["a"]


@test
def an_acl_keeps_strangers_out(ensemble):
    owner, stranger, path = ensemble.client(), ensemble.client(), f"{ROOT}/acl"
    owner.add_auth("digest", "me:secret")
    owner.create(path, b"mine", acl=[make_digest_acl("me", "secret", all=True)], makepath=True)
    stranger.sync(path)
    fails(NoAuthError, stranger.get, path)
    assert owner.get(path)[0] == b"mine"
    stranger.add_auth("digest", "me:secret")
    assert stranger.get(path)[0] == b"mine"
    acls, stat = owner.get_acls(path)
    assert acls[0].id.scheme == "digest" and stat.aversion == 0


@test
def a_lock_is_held_by_one_at_a_time(ensemble):
    clients = [ensemble.client() for _ in range(3)]
    holding, most, count, guard = 0, 0, 0, threading.Lock()

    def work(client):
        nonlocal holding, most, count
        for _ in range(5):
            with client.Lock(f"{ROOT}/lock", str(client.client_id)):
                with guard:
                    holding += 1
                    most = max(most, holding)
                with guard:
                    holding -= 1
                    count += 1

    run_all([threading.Thread(target=work, args=(client,), daemon=True) for client in clients])
    assert (most, count) == (1, 15), (most, count)


@test
def an_election_makes_one_leader_after_the_other(ensemble):
    clients = [ensemble.client() for _ in range(3)]
    leaders, leading = [], threading.Semaphore(1)

    def lead(name):
        assert leading.acquire(blocking=False), "two led at the same time"
        leaders.append(name)
        leading.release()

    def stand(number, client):
        client.Election(f"{ROOT}/election", str(number)).run(lead, number)

    run_all(
        [threading.Thread(target=stand, args=each, daemon=True) for each in enumerate(clients)]
    )
    assert sorted(leaders) == [0, 1, 2]


@test
def a_barrier_holds_until_it_is_removed(ensemble):
    zk, other = ensemble.client(), ensemble.client()
    barrier = Barrier(zk, f"{ROOT}/barrier")
    barrier.create()
    other.sync(ROOT)
    passed = threading.Event()

    def pass_through():
        if Barrier(other, f"{ROOT}/barrier").wait(PATIENCE):
            passed.set()

    threading.Thread(target=pass_through, daemon=True).start()
    assert not passed.wait(0.2)
    barrier.remove()
    wait(passed, "passing the barrier")


@test
def a_double_barrier_lets_all_in_together(ensemble):
    clients = [ensemble.client() for _ in range(3)]
    clients[0].ensure_path(ROOT)
    for client in clients:
        client.sync(ROOT)
    inside, guard = [], threading.Lock()

    def meet(client):
        barrier = DoubleBarrier(client, f"{ROOT}/double", 3)
        barrier.enter()
        with guard:
            inside.append(client)
        barrier.leave()

    run_all([threading.Thread(target=meet, args=(client,), daemon=True) for client in clients])
    assert len(inside) == 3


@test
def queue_counter_party_and_semaphore_work(ensemble):
    zk = ensemble.client()
    queue = zk.Queue(f"{ROOT}/queue")
    for value in (b"a", b"b"):
        queue.put(value)
    assert [queue.get(), queue.get(), queue.get()] == [b"a", b"b", None]
    counter = zk.Counter(f"{ROOT}/counter")
    counter += 5
    counter -= 2
    assert counter.value == 3
    party = zk.Party(f"{ROOT}/party", "me")
    party.join()
    assert list(zk.Party(f"{ROOT}/party", "other")) == ["me"]
    party.leave()
    with zk.Semaphore(f"{ROOT}/semaphore", max_leases=2):
        assert len(zk.get_children(f"{ROOT}/semaphore")) >= 1


@test
def readers_share_a_lock_and_writers_do_not(ensemble):
    one, other = ensemble.client(), ensemble.client()
    path = f"{ROOT}/read-write"
    reading = one.ReadLock(path)
    assert reading.acquire(timeout=PATIENCE)
    also_reading = other.ReadLock(path)
    assert also_reading.acquire(timeout=PATIENCE), "readers share it"
    fails(LockTimeout, other.WriteLock(path).acquire, timeout=0.2)
    reading.release()
    also_reading.release()
    assert other.WriteLock(path).acquire(timeout=PATIENCE)


@test
def a_locking_queue_gives_each_entry_to_one(ensemble):
    one, other = ensemble.client(), ensemble.client()
    path = f"{ROOT}/locking-queue"
    mine, theirs = one.LockingQueue(path), other.LockingQueue(path)
    mine.put_all([b"a", b"b"])
    assert mine.get(PATIENCE) == b"a"
    assert theirs.get(PATIENCE) == b"b", "the first is held"
    assert mine.consume() and theirs.consume()
    assert len(mine) == 0


@test
def a_tree_cache_follows_what_others_change(ensemble):
    one, other = ensemble.client(), ensemble.client()
    path = f"{ROOT}/cached"
    one.create(f"{path}/child", b"1", makepath=True)
    cache = TreeCache(one, path)
    cache.start()

    def data(name):
        node = cache.get_data(f"{path}/{name}")
        return node and node.data

    until(lambda: data("child") == b"1", "the first picture")
    other.sync(path)
    other.set(f"{path}/child", b"2")
    other.create(f"{path}/second", b"3")
    until(lambda: (data("child"), data("second")) == (b"2", b"3"), "the change")
    other.delete(f"{path}/second")
    until(lambda: data("second") is None, "the end of a child")
    cache.close()


@test
def a_lease_is_held_by_one(ensemble):
    one, other = ensemble.client(), ensemble.client()
    hour = timedelta(hours=1)
    path = f"{ROOT}/lease"
    assert one.NonBlockingLease(path, hour, identifier="one")
    other.sync(path)
    assert not other.NonBlockingLease(path, hour, identifier="other")
    assert one.NonBlockingLease(path, hour, identifier="one"), "its own is renewed"


@test
def four_letter_words_are_answered(ensemble):
    zk = ensemble.client()
    assert "Mode: " in zk.command(b"srvr")
    assert zk.server_version()[:2] == (3, 8)
    session = f"0x{zk.client_id[0]:x}"
    zk.ensure_path(ROOT)
    zk.get(ROOT, watch=lambda event: None)
    if "not in the whitelist" in zk.command(b"mntr"):
        raise Skip("the server answers srvr only")
    metrics = dict(line.split("\t") for line in zk.command(b"mntr").splitlines())
    assert int(metrics["zk_watch_count"]) >= 1 and metrics["zk_server_state"], metrics
    assert session in zk.command(b"cons") and session in zk.command(b"dump")
    assert f"{ROOT}\n\t{session}\n" in zk.command(b"wchp"), zk.command(b"wchp")
    assert zk.command(b"envi").startswith("Environment:\nzookeeper.version=")


@test
def a_session_moves_to_another_server(ensemble):
    zk = ensemble.client()
    zk.create(f"{ROOT}/move/e", ephemeral=True, makepath=True)
    session, number = zk.client_id, ensemble.number_of(zk)
    suspended = threading.Event()
    zk.add_listener(lambda state: state == KazooState.SUSPENDED and suspended.set())
    # The connection is lost without a word, as a cable would do it.
    zk._connection._socket.close()
    others = [server for n, server in enumerate(ensemble.servers, 1) if n != number]
    again = ensemble.client(servers=others or None, client_id=session)
    assert again.client_id[0] == session[0], "the session went on"
    stat = again.exists(f"{ROOT}/move/e")
    assert stat and stat.ephemeralOwner == session[0]
    again.stop()
    zk.stop()
    look = ensemble.client()
    look.sync(ROOT)
    until(lambda: look.exists(f"{ROOT}/move/e") is None, "the ephemeral's end with the session")


@test
def clients_fail_over_when_their_server_is_crashed(ensemble):
    zk, other = ensemble.client(), ensemble.client(servers=ensemble.servers[::-1])
    path = f"{ROOT}/failover"
    zk.create(path, b"before", makepath=True)
    zk.create(f"{path}/e", ephemeral=True)
    changed, states = threading.Event(), []
    zk.add_listener(states.append)
    # A watcher that returns False would be taken away.
    DataWatch(zk, path, lambda data, stat: changed.set() if data == b"after" else None)
    lock = zk.Lock(f"{path}/lock", "holder")
    assert lock.acquire(timeout=PATIENCE)
    session, number = zk.client_id[0], ensemble.number_of(zk)
    ensemble.crash(number)
    try:
        until(lambda: KazooState.SUSPENDED in states, "the loss of the connection")
        until(lambda: states[-1:] == [KazooState.CONNECTED], "the reconnection")
        assert zk.client_id[0] == session and KazooState.LOST not in states
        assert ensemble.number_of(zk) != number
        assert retried(zk.exists, f"{path}/e").ephemeralOwner == session
        retried(other.set, path, b"after")
        wait(changed, "the watch's firing on the new server")
        fails(LockTimeout, other.Lock(f"{path}/lock", "other").acquire, timeout=0.5)
        lock.release()
        assert other.Lock(f"{path}/lock", "other").acquire(timeout=PATIENCE)
    finally:
        ensemble.control.restart(number)
        ensemble.serving(number)
    back = ensemble.client(servers=[ensemble.servers[number - 1]])
    back.sync(path)
    assert back.get(path)[0] == b"after", "the restarted server has caught up"


@test
def nothing_acknowledged_is_lost_when_the_leader_is_crashed(ensemble):
    modes = {}
    for number, server in enumerate(ensemble.servers, 1):
        answer = ensemble.client(servers=[server]).command(b"srvr")
        modes[number] = "Mode: leader" in answer
    leader = next((number for number, leads in modes.items() if leads), None)
    if leader is None:
        raise Skip("a single server has no leader")
    zk, path = ensemble.client(), f"{ROOT}/acknowledged"
    zk.ensure_path(path)
    acknowledged, stop = [], threading.Event()

    def write():
        n = 0
        while not stop.is_set():
            try:
                acknowledged.append(zk.retry(zk.create, f"{path}/{n}"))
            except NodeExistsError:
                acknowledged.append(f"{path}/{n}")
            n += 1

    writer = threading.Thread(target=write, daemon=True)
    writer.start()
    until(lambda: len(acknowledged) > 50, "some writes")
    ensemble.crash(leader)
    try:
        before = len(acknowledged)
        until(lambda: len(acknowledged) > before + 100, "writes after the crash")
    finally:
        stop.set()
        ensemble.control.restart(leader)
        ensemble.serving(leader)
    writer.join(PATIENCE)
    for server in ensemble.servers:
        look = ensemble.client(servers=[server])
        look.sync(path)
        there = {f"{path}/{name}" for name in look.get_children(path)}
        missing = set(acknowledged) - there
        assert not missing, f"{len(missing)} acknowledged znodes are missing on {server}"


def retried(call, *args):
    """A call that may meet the moment of the fail-over."""
    return call.__self__.retry(call, *args)


def run_all(threads):
    deadline = time.monotonic() + PATIENCE
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(0.0, deadline - time.monotonic()))
    stuck = sum(thread.is_alive() for thread in threads)
    assert not stuck, f"{stuck} of {len(threads)} threads did not end within {PATIENCE:.0f} s"


def run(one, ensemble):
    """Runs a test; what it was, and why where it did not pass."""
    try:
        one(ensemble)
        return "passed", None
    except Skip as skip:
        return "skipped", str(skip)
    except BaseException:
        return "failed", traceback.format_exc()
    finally:
        for client in CLIENTS:
            client.stop()
            client.close()
        CLIENTS.clear()


def main():
    parser = argparse.ArgumentParser(usage=__doc__.split("\n\n")[1].removeprefix("usage: "))
    parser.add_argument("--zookeeper", required=True)
    parser.add_argument("--http")
    parser.add_argument("--lab", default="main")
    parser.add_argument("--crash")
    parser.add_argument("--restart")
    parser.add_argument("--only", help="a part of a test's name")
    options = parser.parse_args()
    logging.disable(logging.CRITICAL)
    threading.excepthook = lambda args: None
    ensemble = Ensemble(options)
    counts = {"passed": 0, "failed": 0, "skipped": 0}
    begun = time.monotonic()
    for one in TESTS:
        if options.only and options.only not in one.__name__:
            continue
        if time.monotonic() - begun > WHOLE_RUN:
            outcome, why = "failed", f"the run took longer than {WHOLE_RUN:.0f} s"
        else:
            at = time.monotonic()
            outcome, why = run(one, ensemble)
        counts[outcome] += 1
        print(f"{outcome}: {one.__name__} ({time.monotonic() - at:.1f} s)", flush=True)
        if why:
            print(why, flush=True)
    print("{passed} passed, {failed} failed, {skipped} skipped".format(**counts), flush=True)
    # kazoo's threads of a client that never connected could keep the process alive.
    os._exit(1 if counts["failed"] else 0)


if __name__ == "__main__":
    main()

"""What the audit is told, and what goes on while it can not be told anything."""

import itertools
import json
import os
import random
import re
import shutil
import signal
import struct
import subprocess
import tempfile
import threading
import time
import unittest

import batch
import raw
import schloss

TIMED_OUT, NOT_LEADER, DENIED = 7, 6, 29
KILLS = int(os.environ.get("SCHLOSS_KILLS", "4"))


def create_body(name):
    return struct.pack(">i", 1) + raw.string(name) + struct.pack(">ihiiib", 1, 1, 0, 0, 10000, 0)


def create(connection, name):
    """(error, message) of CreateTopics v4 for one topic."""
    answer = connection.ask(raw.CREATE_TOPICS, 4, create_body(name))
    at = 4 + 4 + 2 + len(name)
    error, length = struct.unpack(">hh", answer[at:at + 4])
    return error, answer[at + 4:at + 4 + length].decode() if length > 0 else ""


def produce(connection, topic, *values):
    """(error, offset of the first) of Produce v7."""
    now = int(time.time() * 1000)
    data = batch.batch(*values, base_time=now, max_time=now)
    answer = connection.ask(
        raw.PRODUCE, 7, struct.pack(">hhii", -1, -1, 10000, 1) + raw.string(topic)
        + struct.pack(">ii", 1, 0) + raw.blob(data))
    at = 4 + 2 + len(topic) + 4 + 4
    return struct.unpack(">hq", answer[at:at + 10])


def fetch(connection, topic, offset):
    """The error of Fetch v4, and whether there were records."""
    answer = connection.ask(
        raw.FETCH, 4, struct.pack(">iiiib", -1, 0, 1, 1 << 20, 0) + struct.pack(">i", 1)
        + raw.string(topic) + struct.pack(">iiqi", 1, 0, offset, 1 << 20))
    at = 4 + 4 + 2 + len(topic) + 4 + 4
    error, = struct.unpack(">h", answer[at:at + 2])
    return error, len(answer) > at + 40


class Case(unittest.TestCase):
    settings = {}

    def setUp(self):
        self.broker = schloss.Broker(("SASL_PLAINTEXT",), settings=self.settings)
        self.addCleanup(self.broker.close)
        self.broker.start()

    def connect(self, user="alice", timeout=15):
        c = raw.Connection(self.broker, "SASL_PLAINTEXT", source=raw.fresh_address(),
                           timeout=timeout)
        self.addCleanup(c.close)
        return c.login(user)

    def lines(self, **wanted):
        """Lines of the trail with those members."""
        found = []
        for line in self.broker.audit().splitlines():
            try:
                row = json.loads(line)
            except ValueError:
                continue  # the last one, being written
            if all(row.get(k) == v for k, v in wanted.items()):
                found.append(row)
        return found

    def await_lines(self, count=1, seconds=10, **wanted):
        schloss.eventually(lambda: len(self.lines(**wanted)) >= count, seconds,
                           f"{count} line(s) with {wanted}")
        return self.lines(**wanted)


class Events(Case):
    settings = {"schloss.log.kafka.authorizer": "true"}

    def test_a_refusal_has_the_id_that_the_client_was_told(self):
        error, message = create(self.connect("mallory"), "secret")
        self.assertEqual(error, DENIED)
        decision = re.search(r"\(decision ([0-9a-f]{8}-[0-9a-f]+)\)$", message).group(1)
        row, = self.await_lines(decision=decision)
        for name, value in {"event": "denied", "outcome": "denied", "name": "secret",
                            "principal": "User:mallory", "api": "CreateTopics",
                            "operation": "create", "resource": "topic"}.items():
            self.assertEqual(row[name], value)
        self.assertGreater(row["serial"], 0)
        self.broker.await_log(
            r"Principal = User:mallory is Denied operation = CREATE from host = "
            r"127\.\d+\.\d+\.\d+ on resource = Topic:LITERAL:secret for request = CreateTopics "
            r"with resourceRefCount = 1 based on rule ")

    def test_who_may_not_write_is_told_the_id_by_who_can_tell_it(self):
        self.assertEqual(create(self.connect(), "closed")[0], 0)
        c = self.connect("mallory")
        data = batch.batch(b"a")
        answer = c.ask(raw.PRODUCE, 8, struct.pack(">hhii", -1, -1, 10000, 1)
                       + raw.string("closed") + struct.pack(">ii", 1, 0) + raw.blob(data))
        decision = re.search(rb"\(decision ([0-9a-f]{8}-[0-9a-f]+)\)", answer).group(1).decode()
        row, = self.await_lines(decision=decision)
        self.assertEqual((row["api"], row["operation"], row["name"]),
                         ("Produce", "write", "closed"))

    def test_the_same_refusal_is_told_once_and_counted(self):
        c = self.connect("mallory")
        for _ in range(50):
            self.assertEqual(create(c, "again")[0], DENIED)
        rows = self.await_lines(count=2, seconds=20, event="denied", name="again")
        self.assertEqual([r.get("count", 1) for r in rows], [1, 49])
        self.assertEqual(rows[0]["decision"], rows[1]["decision"])
        self.assertLessEqual(rows[1]["first_time"], rows[1]["time"])

    def test_what_metadata_refuses_is_told_with_the_name_that_was_asked_for(self):
        self.connect("mallory").metadata("wanted-by-mallory")
        row, = self.await_lines(event="denied", name="wanted-by-mallory")
        self.assertEqual((row["api"], row["operation"]), ("Metadata", "describe"))

    def test_produced_and_consumed_ranges_are_exact(self):
        c = self.connect()
        self.assertEqual(create(c, "ledger")[0], 0)
        begun = time.time()
        for n in range(30):
            self.assertEqual(produce(c, "ledger", b"a", b"b"), (0, 2 * n))
        self.await_lines(event="produce", name="ledger", last_offset=59)
        self.assertLess(time.time() - begun, 20)
        reader = self.connect("bob")
        self.assertEqual(fetch(reader, "ledger", 0), (0, True))
        row = self.await_lines(event="consume", name="ledger")[0]
        self.assertEqual((row["first_offset"], row["last_offset"], row["records"]), (0, 59, 60))
        self.assertEqual((row["principal"], row["partition"]), ("User:bob", 0))
        rows = self.lines(event="produce", name="ledger")
        covered = [n for r in rows for n in range(r["first_offset"], r["last_offset"] + 1)]
        self.assertEqual(covered, list(range(60)))
        self.assertEqual(sum(r["records"] for r in rows), 60)
        self.assertEqual({r["principal"] for r in rows}, {"User:alice"})

    def test_what_was_done_last_stands_before_the_end_of_the_session(self):
        c = self.connect()
        self.assertEqual(create(c, "last")[0], 0)
        self.assertEqual(produce(c, "last", b"a"), (0, 0))
        c.close()
        done, = self.await_lines(event="produce", name="last")
        end, = self.await_lines(event="session", operation="end", session=done["session"])
        start, = self.lines(event="session", operation="start", session=done["session"])
        self.assertLess(start["seq"], done["seq"])
        self.assertLess(done["seq"], end["seq"])
        self.assertEqual(end["bytes"], done["bytes"])

    def test_a_stop_leaves_nothing_out_and_a_crash_is_a_gap(self):
        c = self.connect()
        self.assertEqual(create(c, "stopped")[0], 0)
        self.assertEqual(produce(c, "stopped", b"a"), (0, 0))
        self.assertEqual(self.broker.stop(), 0)
        self.assertEqual(len(self.lines(event="produce", name="stopped")), 1)
        self.assertEqual(len(self.lines(event="session", operation="end")),
                         len(self.lines(event="session", operation="start")))
        self.broker.start()
        self.assertEqual(self.lines(event="gap", source="broker"), [])
        self.broker.kill()
        self.broker.start()
        self.await_lines(event="gap", source="broker")

    def test_the_death_of_audit_is_itself_told(self):
        before = self.broker.pids("audit")
        os.kill(before[0], signal.SIGKILL)
        row, = self.await_lines(event="process", operation="end", name="audit")
        self.assertEqual((row["outcome"], row["reason"]), ("failure", "signal 9"))
        self.assertEqual(create(self.connect(), "after")[0], 0)


class Flood(Case):
    settings = {"audit.changes.per.second": "1"}

    def commit(self, connection, group):
        """(error, throttle in seconds) of OffsetCommit v4 for one partition."""
        answer = connection.ask(
            raw.OFFSET_COMMIT, 4, raw.string(group) + struct.pack(">i", -1) + raw.string("")
            + struct.pack(">qi", -1, 1) + raw.string("orders") + struct.pack(">iiq", 1, 0, 5)
            + raw.string(""))
        return struct.unpack(">h", answer[-2:])[0], struct.unpack(">i", answer[:4])[0] / 1000

    def test_who_commits_more_than_the_audit_shall_take_waits_and_every_commit_is_there(self):
        create(self.connect(), "orders")
        c = self.connect()
        schloss.eventually(
            lambda: c.ask(raw.FIND_COORDINATOR, 0, raw.string("g"))[:2] == b"\0\0", 20,
            "a coordinator")
        schloss.eventually(lambda: self.commit(c, "g") == (0, 0), 20, "a commit")
        waited, commits = 0, 1
        while waited == 0:
            commits += 1
            self.assertLess(commits, 1000)
            error, waited = self.commit(c, "g")
            self.assertEqual(error, 0)
        self.assertGreaterEqual(commits, 9)  # the topic was a change too
        self.assertLess(waited, 2)
        began = time.monotonic()
        self.assertEqual(self.commit(c, "g")[0], 0)  # taken when the time is over
        self.assertGreaterEqual(time.monotonic() - began, waited - 0.1)
        rows = self.await_lines(commits + 1, event="group", operation="commit", name="g")
        self.assertEqual(len(rows), commits + 1)


class Silent(Case):
    """Audit is there and answers nobody."""

    def silence(self):
        """Returns when broker has found that out; what it is told first it can not know yet."""
        mark = self.broker.log_size()
        self.pid = self.broker.pids("audit")[0]
        os.kill(self.pid, signal.SIGSTOP)
        self.addCleanup(self.wake)
        thread = threading.Thread(target=self.come_and_go, daemon=True)
        thread.start()
        self.broker.await_log(r"\[AUD011\]", mark)

    def come_and_go(self):
        try:
            self.connect("mallory").close()
        except (raw.Closed, OSError, AssertionError):
            pass

    def wake(self):
        if schloss.state_of(self.pid) == "T":
            os.kill(self.pid, signal.SIGCONT)

    def make_old(self):
        c = self.connect(timeout=30)
        self.assertEqual(create(c, "old")[0], 0)
        self.assertEqual(produce(c, "old", b"a"), (0, 0))
        self.assertEqual(fetch(c, "old", 0), (0, True))
        return c

    def wake_and_check(self, c):
        """Everything is as it was, and the trail says what was not done."""
        self.wake()
        schloss.eventually(lambda: create(self.connect(), "newer")[0] == 0, 20,
                           "changes are taken again")
        self.assertEqual(produce(c, "old", b"b"), (0, 1))
        self.await_lines(event="audit", operation="record", outcome="failure")


class Readonly(Silent):
    def test_it_reads_and_changes_nothing(self):
        c = self.make_old()
        self.silence()
        self.assertEqual(create(c, "new")[0], TIMED_OUT)
        self.assertEqual(produce(c, "old", b"b")[0], NOT_LEADER)
        self.assertEqual(fetch(c, "old", 0), (0, True))
        self.wake_and_check(c)
        rows = self.await_lines(event="admin", name="new")
        self.assertEqual({r["outcome"] for r in rows}, {"failure"})


class Block(Silent):
    settings = {"audit.on.failure": "block"}

    def test_nothing_passes(self):
        c = self.make_old()
        other = self.connect("bob")
        self.silence()
        self.assertEqual(produce(c, "old", b"b")[0], NOT_LEADER)
        self.assertEqual(fetch(other, "old", 0)[0], NOT_LEADER)
        late = raw.Connection(self.broker, "SASL_PLAINTEXT", source=raw.fresh_address())
        self.addCleanup(late.close)
        self.assertEqual(late.handshake()[0], 0)
        late.socket.settimeout(2)
        with self.assertRaises(TimeoutError):  # who comes is recorded, so nobody does
            late.authenticate(raw.plain("bob", self.broker.secrets["bob"]))
        self.wake_and_check(c)
        self.assertEqual(fetch(other, "old", 0), (0, True))


class Drop(Silent):
    settings = {"audit.on.failure": "drop-and-count"}

    def test_everything_goes_on_and_is_said(self):
        c = self.make_old()
        self.silence()
        self.assertEqual(create(c, "new")[0], 0)
        self.assertEqual(produce(c, "old", b"c"), (0, 1))
        self.assertEqual(fetch(c, "old", 0), (0, True))
        self.wake()
        self.await_lines(event="admin", name="new", outcome="success")
        self.await_lines(event="audit", operation="record", outcome="failure")


class Ends(Case):
    """No acknowledged change without its record, whatever ends when."""

    def setUp(self):
        seed = int(os.environ.get("SCHLOSS_SEED", str(random.randrange(1 << 32))))
        print(f"SCHLOSS_SEED={seed}", flush=True)
        self.random = random.Random(seed)
        super().setUp()
        self.numbers = itertools.count()
        self.acknowledged = []
        self.ending = False

    def make_topics(self):
        while not self.ending:
            try:
                with raw.Connection(self.broker, "SASL_PLAINTEXT", timeout=60,
                                    source=raw.fresh_address()) as c:
                    c.login()
                    while not self.ending:
                        name = f"made-{next(self.numbers)}"
                        if create(c, name)[0] == 0:
                            self.acknowledged.append(name)
            except (raw.Closed, OSError, AssertionError):
                time.sleep(0.02)

    def through(self, end):
        threads = [threading.Thread(target=self.make_topics, daemon=True) for _ in range(3)]
        for t in threads:
            t.start()
        try:
            for _ in range(KILLS):
                before = len(self.acknowledged)
                schloss.eventually(lambda: len(self.acknowledged) > before + 10, 60,
                                   "changes are acknowledged")
                time.sleep(self.random.random() * 0.1)
                end()
        finally:
            self.ending = True
            for t in threads:
                t.join(90)
        self.check()
        self.check_trail()

    def check(self):
        recorded = {r["name"] for r in self.lines(
            event="admin", operation="create", outcome="success")}
        missing = [n for n in self.acknowledged if n not in recorded]
        self.assertEqual(missing, [], f"of {len(self.acknowledged)}")
        print(f"{len(self.acknowledged)} changes acknowledged, each has its record", flush=True)

    def check_trail(self):
        """Whole, with gaps that are told."""
        self.assertEqual(self.broker.stop(), 0)
        done = schloss.run(os.path.join(schloss.BIN, "schloss"), "audit", "verify",
                           self.trail(), status=None)
        self.assertEqual(done.returncode, 0, done.stdout[-2000:] + done.stderr[-2000:])

    def trail(self):
        return self.broker.path("audit")

    def kill_all(self):
        self.broker.kill()
        self.broker.start()

    def kill_audit(self):
        before = self.broker.pids("audit")
        os.kill(before[0], signal.SIGKILL)
        schloss.eventually(lambda: self.broker.pids("audit") not in ([], before), 60,
                           "a new audit")


class EndsReadonly(Ends):
    def test_kill_of_audit(self):
        self.through(self.kill_audit)

    def test_kill_of_the_whole_tree(self):
        self.through(self.kill_all)


class EndsBlock(Ends):
    settings = {"audit.on.failure": "block"}

    def test_kill_of_audit(self):
        self.through(self.kill_audit)

    def test_kill_of_the_whole_tree(self):
        self.through(self.kill_all)


def small_disk(path):
    """A file system of 256 KiB there; False: it may not be made."""
    os.mkdir(path, 0o700)
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k,mode=0700", "none", path],
                          stderr=subprocess.DEVNULL, check=False)
    return done.returncode == 0


class Space(Case):
    """It is said before the disk of the trail is full."""

    def setUp(self):
        self.place = tempfile.mkdtemp(prefix="schloss-space-")
        self.addCleanup(shutil.rmtree, self.place, ignore_errors=True)
        self.disk = os.path.join(self.place, "audit")
        if not small_disk(self.disk):
            self.skipTest("a file system can not be mounted here")
        self.addCleanup(subprocess.run, ["umount", "-l", self.disk], check=False)
        subprocess.run(["mount", "-o", "remount,size=1m", self.disk], check=True)
        with open(os.path.join(self.disk, "old"), "wb") as f:
            f.write(b"x" * (940 << 10))
        self.settings = {"audit.dir": self.disk}
        super().setUp()

    def test_little_room_is_told_before_there_is_none(self):
        self.broker.await_log(r"file system of the audit has \d+ % \(0 MiB\) left.*\[AUD017\]")
        self.assertEqual(create(self.connect(), "room")[0], 0)


class Full(Ends):
    """The disk of the trail is full under load, and has room again."""

    def setUp(self):
        self.place = tempfile.mkdtemp(prefix="schloss-full-")
        self.addCleanup(shutil.rmtree, self.place, ignore_errors=True)
        self.disk = os.path.join(self.place, "audit")
        if not small_disk(self.disk):
            self.skipTest("a file system can not be mounted here")
        self.addCleanup(subprocess.run, ["umount", "-l", self.disk], check=False)
        self.settings = dict(self.settings, **{"audit.dir": self.disk})
        super().setUp()

    def lines(self, **wanted):
        text = ""
        for name in sorted(os.listdir(self.disk)):
            if "log" in name:
                with open(os.path.join(self.disk, name), encoding="utf-8",
                          errors="replace") as f:
                    text += f.read()
        rows = []
        for line in text.splitlines():
            try:
                rows.append(json.loads(line))
            except ValueError:
                continue  # torn by the end of the disk
        return [r for r in rows if all(r.get(k) == v for k, v in wanted.items())]

    def fill_and_free(self):
        mark = self.broker.log_size()
        self.broker.await_log(r"\[AUD011\]", mark, seconds=60)
        count = len(self.acknowledged)
        time.sleep(1)
        self.assertLessEqual(len(self.acknowledged) - count, 3)  # those that were on their way
        self.check()
        subprocess.run(["mount", "-o", "remount,size=16m", self.disk], check=True)
        schloss.eventually(lambda: len(self.acknowledged) > count + 20, 90,
                           "changes are acknowledged again")
        self.ending = True

    def test_a_full_disk_stops_changes_and_loses_no_record(self):
        threads = [threading.Thread(target=self.make_topics, daemon=True) for _ in range(3)]
        for t in threads:
            t.start()
        try:
            self.fill_and_free()
        finally:
            self.ending = True
            for t in threads:
                t.join(90)
        self.check()
        self.check_trail()

    def trail(self):
        return self.disk


class FullBlock(Full):
    settings = {"audit.on.failure": "block"}


if __name__ == "__main__":
    unittest.main()

"""The administrator's socket: who is heard there, what it says, and what it ends."""

import json
import os
import shutil
import socket
import stat
import struct
import subprocess
import tempfile
import time
import unittest

import mechanisms
import raw
import schloss

STRANGER = 65533  # a user that nothing else here has
DESCRIBE_SESSIONS, END_SESSIONS, STATUS, RELOAD, LAST_USE, SELFTEST = range(20000, 20006)
EXIT_NO, EXIT_USAGE, EXIT_UNREACHABLE, EXIT_REFUSED, EXIT_PARTIAL = 1, 2, 3, 4, 5
# What each takes when it is asked for nothing in particular, without the header.
BODIES = {DESCRIBE_SESSIONS: b"\0\0" + bytes(8) + bytes(4) + b"\0",
          END_SESSIONS: b"\1\0\0", STATUS: b"\0\0", RELOAD: bytes(4),
          LAST_USE: b"\0\1" + bytes(4) + b"\0", SELFTEST: bytes(4) + b"\0"}


def make_broker(listeners=("SASL_SSL",), **settings):
    broker = schloss.Broker(listeners)
    broker.settings["schloss.admin.socket"] = broker.path("run/admin.sock")
    broker.settings.update(settings)
    broker.write_config()
    return broker


class Line:
    """A connection to the socket, for what the tool would not send."""

    def __init__(self, broker, timeout=10):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(timeout)
        self.socket.connect(broker.settings["schloss.admin.socket"])

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def ask(self, api, version, body, flexible=True):
        """The answer behind its length; "" where there is none."""
        head = raw.header(api, version, 7) + (b"\0" if flexible else b"")
        try:
            self.socket.sendall(raw.blob(head + body))
            length = self.socket.recv(4, socket.MSG_WAITALL)
        except (ConnectionResetError, BrokenPipeError):
            return b""
        if len(length) < 4:
            return b""
        return self.socket.recv(struct.unpack(">i", length)[0], socket.MSG_WAITALL)


class Case(unittest.TestCase):
    """With a broker of the class, and the tool for it."""

    settings = {}
    listeners = ("SASL_SSL",)

    @classmethod
    def setUpClass(cls):
        cls.broker = make_broker(cls.listeners, **cls.settings)
        cls.addClassCleanup(cls.broker.close)
        cls.broker.start()

    def tool(self, *words, status=0, before=(), path=None):
        path = path or self.broker.settings["schloss.admin.socket"]
        return schloss.run(*before, os.path.join(schloss.BIN, "schloss"), *words,
                           "--admin-socket", path, status=status)

    def rows(self, *words):
        return json.loads(self.tool(*words, "-o", "json").stdout)

    def sessions(self, *words):
        return self.rows("session", "list", *words)

    def login(self, user="alice", listener="SASL_SSL"):
        connection = raw.Connection(self.broker, listener)
        self.addCleanup(connection.close)
        connection.login(user).metadata()
        return connection


class Sessions(Case):
    def tearDown(self):
        schloss.eventually(lambda: not self.sessions("--listener", "SASL_SSL"), 10,
                           "no session is left")

    def end(self, *connections):
        for c in connections:
            c.close()

    def test_it_is_the_owner_s_alone(self):
        mode = os.stat(self.broker.settings["schloss.admin.socket"]).st_mode
        self.assertTrue(stat.S_ISSOCK(mode))
        self.assertEqual(stat.S_IMODE(mode), 0o600)

    def test_who_is_connected_is_listed(self):
        before = int(time.time()) - 1
        alice, bob = self.login("alice"), self.login("bob")
        waiting = raw.Connection(self.broker)
        self.addCleanup(waiting.close)
        waiting.api_versions()
        rows = {r["principal"]: r for r in self.sessions("--listener", "SASL_SSL")}
        self.assertEqual(set(rows), {"User:alice", "User:bob", None})
        row = rows["User:alice"]
        self.assertEqual((row["mechanism"], row["listener"], row["address"]),
                         ("PLAIN", "SASL_SSL", "127.0.0.1"))
        self.assertEqual(row["port"], alice.socket.getsockname()[1])
        self.assertEqual(row["client"], "system-test")
        self.assertIsNone(row["expires"])
        self.assertGreaterEqual(
            time.strptime(row["authenticated"], "%Y-%m-%dT%H:%M:%SZ"), time.gmtime(before))
        self.assertIsNone(rows[None]["authenticated"])
        self.assertEqual(len(self.sessions("--principal", "bob")), 1)
        self.assertEqual(len(self.sessions("--principal", "User:bob")), 1)
        self.assertEqual(self.sessions("--principal", "mallory"), [])
        me = self.sessions("--listener", "admin.sock")
        self.assertEqual({r["principal"] for r in me}, {f"Admin:uid-{os.getuid()}"})
        self.end(alice, bob, waiting)

    def test_a_number_ends_that_connection_within_a_second_and_no_other(self):
        first, second = self.login("alice"), self.login("alice")
        bob = self.login("bob")
        number = next(r["id"] for r in self.sessions("--principal", "alice")
                      if r["port"] == first.socket.getsockname()[1])
        gates = set(self.broker.pids("gate"))
        began = time.monotonic()
        done = self.tool("session", "kill", number)
        self.assertIn("1 session ended", done.stdout)
        self.assertTrue(first.is_closed(1))
        self.assertLess(time.monotonic() - began, 1)
        schloss.eventually(lambda: gates - set(self.broker.pids("gate")), 1, "a gate is gone")
        second.metadata()
        bob.metadata()
        self.broker.await_audit(
            rf'"event":"session".*User:alice.*ended by Admin:uid-{os.getuid()}')
        self.broker.await_audit(
            rf'"event":"admin".*"principal":"Admin:uid-{os.getuid()}".*"operation":"end"')
        self.assertIn("0 sessions ended", self.tool(
            "session", "kill", number, status=EXIT_NO).stdout)
        self.end(second, bob)

    def test_a_user_s_sessions_end_and_he_may_come_again(self):
        ended = [self.login("alice") for _ in range(3)]
        bob = self.login("bob")
        self.tool("session", "kill", "--principal", "alice", status=EXIT_USAGE)
        ended[0].metadata()
        done = self.tool("session", "kill", "--principal", "alice", "--yes")
        self.assertIn("3 sessions ended", done.stdout)
        for c in ended:
            self.assertTrue(c.is_closed(1))
        bob.metadata()
        self.end(self.login("alice"), bob)

    def test_pages_have_each_session_once(self):
        held = [self.login("alice"), self.login("bob"), self.login("alice")]
        principal = b"\x0bUser:alice"
        numbers, after = [], 0
        with Line(self.broker) as line:
            while True:
                answer = line.ask(DESCRIBE_SESSIONS, 0, principal + b"\0" + struct.pack(
                    ">qi", after, 1) + b"\0")
                # correlation id, tags, error, empty message, one session: its number
                self.assertEqual(answer[4:9], b"\0\0\0\1\2")
                numbers.append(struct.unpack(">q", answer[9:17])[0])
                after = struct.unpack(">q", answer[-9:-1])[0]
                if after == 0:
                    break
        self.assertEqual(numbers, sorted({
            r["id"] for r in self.sessions("--principal", "alice")}))
        self.assertEqual(len(numbers), 2)
        self.end(*held)

    def test_last_use_is_remembered(self):
        self.end(self.login("bob"))
        row, = self.rows("user", "last-use", "bob")
        self.assertEqual((row["principal"], row["mechanism"], row["address"]),
                         ("User:bob", "PLAIN", "127.0.0.1"))
        self.assertEqual(self.rows("user", "last-use", "mallory"), [])
        self.assertIn("User:bob", [r["principal"] for r in self.rows("user", "last-use")])
        self.assertIn("logins since ", self.tool("user", "last-use").stderr)


class Borders(Case):
    """What is spoken where."""

    def test_a_private_request_on_a_network_listener_ends_the_connection(self):
        for api, body in BODIES.items():
            connection = self.login("alice")
            mark = self.broker.log_size()
            connection.send(raw.request(api, 0, 1, b"\0" + body))
            self.assertTrue(connection.is_closed(5), api)
            self.broker.await_log(rf"api key {api} version 0.*NET003", mark)

    def test_a_private_request_before_the_login_ends_the_connection(self):
        with raw.Connection(self.broker) as connection:
            connection.send(raw.request(END_SESSIONS, 0, 1, b"\0" + BODIES[END_SESSIONS]))
            self.assertTrue(connection.is_closed(5))

    def test_a_request_of_clients_on_the_socket_ends_the_connection(self):
        body = raw.metadata_body()
        for api, version, rest in ((raw.METADATA, 1, body), (raw.FETCH, 4, body),
                                   (raw.SASL_HANDSHAKE, 1, raw.string("PLAIN")),
                                   (raw.PRODUCE, 3, body), (20005, 0, b"")):
            with Line(self.broker) as line:
                self.assertEqual(line.ask(api, version, rest, flexible=False), b"", api)

    def test_what_is_no_request_ends_the_connection(self):
        for data in (b"GET / HTTP/1.1\r\n\r\n", b"\0\0\0\0", b"\x7f\xff\xff\xff",
                     struct.pack(">i", 16385), b"\x16\x03\x01\0\5hello"):
            with Line(self.broker) as line:
                line.socket.sendall(data)
                try:
                    self.assertEqual(line.socket.recv(100), b"", data)
                except ConnectionResetError:
                    pass

    def test_each_side_is_told_its_own(self):
        with Line(self.broker) as line:
            answer = line.ask(raw.API_VERSIONS, 0, b"", flexible=False)
        count = struct.unpack(">i", answer[6:10])[0]
        keys = {row[0] for row in struct.iter_unpack(">hhh", answer[10:10 + 6 * count])}
        self.assertEqual(keys, {raw.API_VERSIONS, *BODIES})
        with raw.Connection(self.broker) as connection:
            self.assertFalse(set(connection.api_versions()) & set(BODIES))

    def test_every_private_request_is_answered_on_the_socket(self):
        with Line(self.broker) as line:
            for api, body in BODIES.items():
                self.assertGreater(len(line.ask(api, 0, body)), 6, api)

    def test_there_is_a_limit_that_clients_do_not_use_up(self):
        lines = []
        for _ in range(16):
            lines.append(Line(self.broker))
            self.assertGreater(len(lines[-1].ask(STATUS, 0, BODIES[STATUS])), 6)
        mark = self.broker.log_size()
        with Line(self.broker) as line:
            self.assertEqual(line.ask(STATUS, 0, BODIES[STATUS]), b"")
        self.broker.await_log(r"too many connections of administrators.*NET015", mark)
        for line in lines:
            line.socket.close()
        schloss.eventually(
            lambda: self.tool("status", status=None).returncode == 0, 10, "there is room")


class Others(Case):
    """Who is not the owner. As root only: another user has to be somebody."""

    def setUp(self):
        if os.getuid() != 0:
            self.skipTest("not root: nobody else can be tried")
        for path in (self.broker.dir, self.broker.path("run")):
            os.chmod(path, 0o755)

    def tearDown(self):
        os.chmod(self.broker.settings["schloss.admin.socket"], 0o600)

    @staticmethod
    def as_stranger(*groups):
        words = ["setpriv", "--reuid", str(STRANGER), "--regid", str(STRANGER)]
        return words + (["--groups", ",".join(map(str, groups))] if groups
                        else ["--clear-groups"])

    def test_another_user_does_not_get_in(self):
        done = self.tool("status", before=self.as_stranger(), status=EXIT_REFUSED)
        self.assertIn(f"uid {STRANGER} may not use the socket", done.stderr)

    def test_a_mode_that_lets_him_in_does_not_make_him_heard(self):
        os.chmod(self.broker.settings["schloss.admin.socket"], 0o666)
        mark = self.broker.log_size()
        done = self.tool("session", "list", before=self.as_stranger(), status=EXIT_REFUSED)
        self.assertEqual(done.stdout, "")
        self.assertIn("NET015", done.stderr)
        self.broker.await_log(rf"uid {STRANGER} is not heard.*NET015", mark)
        self.tool("status")

    def test_who_connects_counts_and_not_who_writes(self):
        os.chmod(self.broker.settings["schloss.admin.socket"], 0o666)
        os.seteuid(STRANGER)
        try:
            line = Line(self.broker)
        finally:
            os.seteuid(0)
        with line:
            self.assertEqual(line.ask(STATUS, 0, BODIES[STATUS]), b"")

    def test_a_group_is_let_in_and_is_named_by_its_uid(self):
        broker = make_broker(**{"schloss.admin.group": "4242"})
        self.addCleanup(broker.close)
        broker.start()
        for path in (broker.dir, broker.path("run")):
            os.chmod(path, 0o755)
        path = broker.settings["schloss.admin.socket"]
        st = os.stat(path)
        self.assertEqual((stat.S_IMODE(st.st_mode), st.st_gid), (0o660, 4242))
        self.tool("status", before=self.as_stranger(), status=EXIT_REFUSED, path=path)
        self.tool("status", before=self.as_stranger(4242), path=path)
        broker.await_audit(rf'"principal":"Admin:uid-{STRANGER}".*"operation":"show"')


class File(unittest.TestCase):
    """The file of the socket, at start and stop."""

    def setUp(self):
        self.broker = make_broker()
        self.addCleanup(self.broker.close)
        self.path = self.broker.settings["schloss.admin.socket"]

    def status(self):
        return schloss.run(os.path.join(schloss.BIN, "schloss"), "status",
                           "--admin-socket", self.path, status=None)

    def test_a_clean_stop_takes_it_away_and_a_kill_does_not(self):
        self.broker.start()
        self.assertEqual(self.status().returncode, 0)
        self.assertEqual(self.broker.stop(), 0)
        self.assertFalse(os.path.exists(self.path))
        done = self.status()
        self.assertEqual(done.returncode, EXIT_UNREACHABLE)
        self.assertIn(f"there is no socket {self.path}", done.stderr)
        self.broker.start()
        self.broker.kill()
        self.assertTrue(os.path.exists(self.path))
        done = self.status()
        self.assertEqual(done.returncode, EXIT_UNREACHABLE)
        self.assertIn("nobody listens on the socket", done.stderr)
        self.broker.start()  # what was left behind is replaced
        self.assertEqual(self.status().returncode, 0)

    def test_a_start_is_refused_for_what_is_not_ours(self):
        os.mkdir(self.broker.path("run"), 0o755)
        with open(self.path, "w", encoding="ascii") as f:
            f.write("precious")
        status, said = self.broker.run_to_end()
        self.assertEqual(status, 78)
        self.assertIn("is not a socket, and is left alone", said)
        with open(self.path, encoding="ascii") as f:
            self.assertEqual(f.read(), "precious")

    def test_a_broken_start_leaves_nothing_behind(self):
        self.broker.write("main.policy", "nonsense\n")
        status, _ = self.broker.run_to_end()
        self.assertEqual(status, 78)
        self.assertFalse(os.path.exists(self.path))

    def test_without_the_key_there_is_none(self):
        del self.broker.settings["schloss.admin.socket"]
        self.broker.write_config()
        self.broker.start()
        self.assertFalse(os.path.exists(self.path))


class Reload(Case):
    listeners = ("SASL_SSL", "SASL_PLAINTEXT")

    @classmethod
    def setUpClass(cls):
        cls.broker, _ = mechanisms.make_broker(cls.listeners, **{
            "sasl.enabled.mechanisms": mechanisms.ALL})
        cls.broker.settings["schloss.admin.socket"] = cls.broker.path("run/admin.sock")
        cls.broker.write_config()
        cls.addClassCleanup(cls.broker.close)
        cls.broker.start()

    def test_who_is_no_user_any_more_ends_within_a_second(self):
        for verb in ("disable", "remove"):
            for user in (f"{verb}-1", f"{verb}-2"):
                self.broker.add_user(user)
            self.tool("reload")
            gone, stays = self.login(f"{verb}-1"), self.login(f"{verb}-2")
            schloss.run(os.path.join(schloss.BIN, "schloss"), "user", verb, f"{verb}-1",
                        "--file", self.broker.path("users"))
            gone.metadata()  # nothing happened yet
            self.tool("reload")
            began = time.monotonic()
            self.assertTrue(gone.is_closed(5), verb)
            self.assertLess(time.monotonic() - began, 1)
            stays.metadata()
            self.broker.await_audit(
                rf"User:{verb}-1.*removed, disabled or expired while logged in")

    def test_it_is_done_when_it_is_answered(self):
        for n in range(5):
            user = f"new-{n}"
            self.broker.add_user(user)
            rows = self.rows("reload")
            self.assertEqual({r["code"] for r in rows}, {"REL001"})
            self.assertLessEqual({"configuration", "policy", "certificate", "auth-password",
                                  "auth-scram"}, {r["part"] for r in rows})
            self.login(user)
        self.broker.await_log(rf"uid {os.getuid()} asks for it")
        self.broker.await_audit(
            rf'Admin:uid-{os.getuid()}.*"operation":"reload","resource":"broker"')

    def test_a_part_that_is_refused_is_named_and_stays_in_the_status(self):
        policy = self.broker.read("main.policy")
        self.broker.write("main.policy", "nonsense\n")
        try:
            done = self.tool("reload", "-o", "json", status=EXIT_PARTIAL)
        finally:
            self.broker.write("main.policy", policy)
        codes = {r["part"]: r["code"] for r in json.loads(done.stdout)}
        self.assertEqual(codes["policy"], "REL002")
        self.assertEqual(codes["auth-password"], "REL001")
        status = self.rows("status")
        self.assertIn({"name": "policy", "code": "REL002"}, status["reload"])
        self.tool("reload")
        self.assertNotIn("REL002", str(self.rows("status")["reload"]))

    def test_a_key_that_takes_a_restart_is_named(self):
        self.broker.settings["num.partitions"] = 7
        self.broker.write_config()
        try:
            done = self.tool("reload", "-o", "json", status=EXIT_NO)
        finally:
            del self.broker.settings["num.partitions"]
            self.broker.write_config()
        self.assertEqual(json.loads(done.stdout),
                         [{"part": "num.partitions", "code": "REL003"}])

    def test_a_signal_meanwhile_does_no_harm(self):
        for _ in range(5):
            tool = subprocess.Popen(
                [os.path.join(schloss.BIN, "schloss"), "reload", "--admin-socket",
                 self.broker.settings["schloss.admin.socket"]],
                stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            self.broker.hang_up()
            self.assertEqual(tool.wait(60), 0, tool.communicate())


class Selftest(Case):
    """The outcome of a self-test, which attacks a broker of its own, in the audit of this one."""

    def setUp(self):
        """The tool beside a program that ends as the test wants it."""
        self.bin = tempfile.mkdtemp(prefix="schloss-selftest-")
        self.addCleanup(shutil.rmtree, self.bin)
        shutil.copy(os.path.join(schloss.BIN, "schloss"), self.bin)

    def run_with(self, script, *words, status):
        path = os.path.join(self.bin, "schloss-selftest")
        with open(path, "w", encoding="utf-8") as f:
            f.write("#!/bin/sh\n" + script + "\n")
        os.chmod(path, 0o755)
        return schloss.run(os.path.join(self.bin, "schloss"), "selftest", "sandbox", *words,
                           status=status)

    def recorded(self):
        return [json.loads(line) for line in self.broker.audit().splitlines()
                if '"operation":"selftest"' in line]

    def test_each_outcome_is_recorded_by_the_broker_that_is_named(self):
        socket_path = self.broker.settings["schloss.admin.socket"]
        for script, words, status, outcome, reason in (
                ("exit 0", ("--admin-socket", socket_path), 0, "success", "every attempt"),
                ("exit 1", ("--admin-socket=" + socket_path,), 1, "failure", "not refused"),
                ("exit 77", ("--admin-socket", socket_path), 77, "failure", "a layer"),
                ("kill -9 $$", ("--admin-socket", socket_path), 1, "failure", "status -1")):
            before = len(self.recorded())
            self.run_with(script, *words, status=status)
            schloss.eventually(lambda: len(self.recorded()) > before, 10, "the record")
            events = self.recorded()
            self.assertEqual(len(events), before + 1)
            self.assertEqual((events[-1]["event"], events[-1]["outcome"], events[-1]["resource"],
                              events[-1]["principal"]),
                             ("admin", outcome, "sandbox", f"Admin:uid-{os.getuid()}"))
            self.assertIn(reason, events[-1]["reason"])

    def test_who_comes_by_the_socket_has_no_address_in_an_export(self):
        self.run_with("exit 0", "--admin-socket", self.broker.settings["schloss.admin.socket"],
                      status=0)
        schloss.eventually(self.recorded, 10, "the record")
        for form, word, address in (("cef", "act=selftest", " src="),
                                    ("ocsf", '"operation":"selftest"', '"src_endpoint"')):
            said = schloss.run(os.path.join(schloss.BIN, "schloss"), "audit", "export",
                               "--format", form, self.broker.path("audit")).stdout
            lines = [line for line in said.splitlines() if word in line]
            self.assertTrue(lines)
            self.assertFalse([line for line in lines if address in line])

    def test_what_was_no_selftest_is_not_recorded(self):
        socket_path = self.broker.settings["schloss.admin.socket"]
        before = len(self.recorded())
        self.run_with("exit 0", status=0)  # nobody is named
        self.run_with("exit 0", "--help", "--admin-socket", socket_path, status=0)
        self.run_with("exit 2", "--admin-socket", socket_path, status=EXIT_USAGE)
        os.unlink(os.path.join(self.bin, "schloss-selftest"))
        done = schloss.run(os.path.join(self.bin, "schloss"), "selftest", "sandbox",
                           "--admin-socket", socket_path, status=EXIT_NO)
        self.assertIn("cannot run ", done.stderr)
        self.run_with("exit 9", "--admin-socket", socket_path, status=9)
        schloss.eventually(lambda: "status 9" in self.recorded()[-1]["reason"]
                           if self.recorded() else False, 10, "the record of what came last")
        self.assertEqual(len(self.recorded()), before + 1)

    def test_its_own_words_reach_the_program(self):
        done = self.run_with('echo "$@"', "-o", "json", "--admin-socket",
                             self.broker.settings["schloss.admin.socket"], "--mode", "rootless",
                             status=0)
        self.assertEqual(done.stdout, "sandbox -o json --mode rootless\n")

    def test_a_broker_that_is_not_there_is_an_error_but_where_it_failed_anyway(self):
        nowhere = ("--admin-socket", os.path.join(self.bin, "nowhere"))
        done = self.run_with("exit 0", *nowhere, status=EXIT_UNREACHABLE)
        self.assertIn("there is no socket", done.stderr)
        self.run_with("exit 1", *nowhere, status=1)


class Status(Case):
    def alone(self):
        """The status, once there are one session of a client and our own."""
        status = self.rows("status")
        return status if status["sessions"] == status["authenticated"] == 2 and 1 in {
            x["sessions"] for x in status["listeners"] if x["name"] == "SASL_SSL"} else None

    def test_it_says_how_the_broker_is(self):
        connection = self.login("alice")
        self.broker.create_topic("news")
        status = schloss.eventually(self.alone, 10, "who made the topic is gone")
        self.assertEqual({p["name"] for p in status["processes"]},
                         {"audit", "store", "keys", "auth-password", "broker", "porter"})
        self.assertEqual({p["state"] for p in status["processes"]}, {"ready"})
        listener = next(x for x in status["listeners"] if x["name"] == "SASL_SSL")
        self.assertEqual((listener["port"], listener["mechanisms"]),
                         (self.broker.ports["SASL_SSL"], "PLAIN"))
        self.assertEqual(status["topics"], 1)
        self.assertEqual(len(status["certificates"]), 1)
        own = status["certificates"][0]
        self.assertGreater(own["not_after_ms"], status["now_ms"])
        self.assertGreater(own["days_left"], 30)
        self.assertEqual(own["ends_within"], "far")
        self.assertRegex(status["version"], r"^\d+\.\d+")
        self.assertGreater(status["uptime_ms"], 0)
        self.assertIn("auth-password\tready", self.tool("status", "-o", "tsv").stdout)
        connection.close()

    def test_a_process_that_was_started_again_is_counted(self):
        self.broker.await_audit(r'"start".*"keys"')
        pid = self.broker.pids("keys")[0]
        os.kill(pid, 9)

        def restarts():
            rows = {p["name"]: p for p in self.rows("status")["processes"]}
            return rows["keys"]["state"] == "ready" and rows["keys"]["restarts"] == 1
        schloss.eventually(restarts, 30, "keys was started again, once")

    def test_it_is_heard_after_porter_and_broker_were_started_again(self):
        for role in ("porter", "broker"):
            pid = self.broker.pids(role)[0]
            os.kill(pid, 9)
            schloss.eventually(lambda p=pid, r=role: self.broker.pids(r) not in ([], [p]),
                               30, "a new one")
            schloss.eventually(lambda: self.tool("status", status=None).returncode == 0,
                               30, "it is heard")


class Full(Case):
    """As many clients as there may be, and one gate at a time."""

    settings = {"max.connections": 2, "gate.spares": 1}

    def test_an_administrator_is_heard_beside_all_clients(self):
        held = [self.login("alice"), self.login("bob")]
        for _ in range(5):
            mark = self.broker.log_size()
            with self.assertRaises((OSError, raw.Closed)):
                with raw.Connection(self.broker) as third:
                    third.api_versions()
            self.broker.await_log(r"refused a connection.*NET010", mark)
            lines = [Line(self.broker) for _ in range(4)]
            for line in lines:
                self.assertGreater(len(line.ask(STATUS, 0, BODIES[STATUS])), 6)
            for line in lines:
                line.socket.close()
        for c in held:
            c.metadata()
        self.tool("session", "kill", "--principal", "alice", "--yes")
        self.assertTrue(held[0].is_closed(1))
        schloss.eventually(lambda: len(self.sessions("--listener", "SASL_SSL")) == 1, 10,
                           "one is gone")
        self.login("alice").close()
        held[1].close()


class Limits(Case):
    settings = {"schloss.max.sessions.per.principal": 2, "connections.max.idle.ms": 3000}

    def attempt(self, user):
        connection = raw.Connection(self.broker)
        self.addCleanup(connection.close)
        self.assertEqual(connection.handshake()[0], raw.NONE)
        answer = connection.ask(raw.SASL_AUTHENTICATE, 0, raw.blob(
            raw.plain(user, self.broker.secrets[user])))
        return connection, struct.unpack(">h", answer[:2])[0], answer

    def test_the_login_above_the_limit_is_refused_and_said_why(self):
        held = [self.login("alice") for _ in range(2)]
        third, error, answer = self.attempt("alice")
        self.assertEqual(error, raw.SASL_AUTHENTICATION_FAILED)
        self.assertIn(b"Too many sessions of this user", answer)
        self.assertTrue(third.is_closed(5))
        self.broker.await_audit(r'"failure".*User:alice has as many sessions as it may')
        self.login("bob").close()
        held[0].close()
        schloss.eventually(lambda: len(self.sessions("--principal", "alice")) == 1, 10,
                           "one is gone")
        _, error, _ = self.attempt("alice")
        self.assertEqual(error, raw.NONE)

    def test_a_silent_session_ends(self):
        """Authenticated or not: connections.max.idle.ms is for both."""
        connection = self.login("bob")
        self.assertFalse(connection.is_closed(1))
        connection.socket.settimeout(10)
        connection.metadata()  # not silent
        began = time.monotonic()
        self.assertTrue(connection.is_closed(20))
        self.assertGreater(time.monotonic() - began, 2)
        with Line(self.broker, timeout=20) as line:
            line.ask(STATUS, 0, BODIES[STATUS])
            self.assertEqual(line.socket.recv(1), b"")


if __name__ == "__main__":
    unittest.main()

"""What a hostile peer does before and during authentication, and what must come of it.

Every case: the shared processes live on with the same ids, their memory grows by less than
64 MB, a fresh connection is served within a second, no secret stands in the log, and the log
has a line or few, not thousands. Each attacker has an address of its own, since addresses
that misbehave are turned away for a while.
"""

import contextlib
import os
import re
import resource
import socket
import struct
import time
import unittest

import raw
import schloss

MEMORY_GROWTH_MAX = 64 * 1024 * 1024
LINES_MAX = 40
LONG = int(os.environ.get("SCHLOSS_KILLS", "4")) >= 50


class Attack(unittest.TestCase):
    listeners = ("SASL_SSL", "PLAINTEXT", "SASL_PLAINTEXT")
    settings = {}

    @classmethod
    def setUpClass(cls):
        cls.broker = schloss.Broker(cls.listeners, settings=cls.settings)
        cls.addClassCleanup(cls.broker.close)
        cls.broker.start()
        cls.broker.create_topic("room")

    @staticmethod
    def address():
        """An address that nobody used before."""
        return raw.fresh_address()

    def connect(self, listener="PLAINTEXT", source=None, tls=None):
        c = raw.Connection(self.broker, listener, source or self.address(), tls=tls)
        self.addCleanup(c.close)
        return c

    def fresh_connection(self):
        """Seconds until ApiVersions and Metadata were answered to a new honest client."""
        started = time.monotonic()
        with raw.Connection(self.broker, "SASL_SSL") as c:
            c.api_versions()
            c.login()
            c.metadata("room")
        return time.monotonic() - started

    def serves_in_time(self):
        """Whether a new honest client is served within a second, now."""
        try:
            return self.fresh_connection() < 1.0
        except (raw.Closed, OSError):
            return False

    @contextlib.contextmanager
    def survived(self, line=None, lines_max=LINES_MAX):
        """The common rule, around a case; line: an expression its log line must match."""
        pids = self.broker.shared_pids()
        memory = {r: schloss.resident_bytes(p[0]) for r, p in pids.items() if p}
        mark = self.broker.log_size()
        yield
        # Other programs may hold the machine for a second, too: not for every one of several.
        seconds = [self.fresh_connection()]
        while seconds[-1] >= 1.0 and len(seconds) < 5:
            seconds.append(self.fresh_connection())
        self.assertLess(seconds[-1], 1.0, f"fresh connections, in seconds: {seconds}")
        self.assertEqual(self.broker.shared_pids(), pids)
        for role, before in memory.items():
            growth = schloss.resident_bytes(pids[role][0]) - before
            self.assertLess(growth, MEMORY_GROWTH_MAX, f"memory of {role}")
        if line is not None:
            self.broker.await_log(line, mark)
        log = self.broker.log(mark)
        self.assertLess(log.count("\n"), lines_max, log[-3000:])
        for secret in self.broker.all_secrets():
            self.assertNotIn(secret, log + self.broker.audit())

    def assert_closed(self, connection, seconds=5):
        self.assertTrue(connection.is_closed(seconds), "the connection is still open")

    def assert_refused(self, data, line=None, listener="PLAINTEXT", tls=None):
        """These bytes end their connection, and nothing else."""
        with self.survived(line):
            c = self.connect(listener, tls=tls)
            with contextlib.suppress(raw.Closed):
                c.send(data)
            self.assert_closed(c)


class Framing(Attack):
    """Frames and headers that can not be."""

    def test_a_size_below_zero_or_of_zero_closes(self):
        for size in (-1, 0, -0x80000000):
            with self.subTest(size=size):
                self.assert_refused(struct.pack(">i", size) + b"x" * 64, r"\[NET00[12]\]")

    def test_http_is_told_that_this_is_no_web_server(self):
        for listener in ("PLAINTEXT", "SASL_SSL"):
            with self.subTest(listener=listener), self.survived(r"speaks HTTP.*\[NET023\]"):
                c = self.connect(listener, tls=False)
                c.send(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
                self.assertTrue(c.receive(12).startswith(b"HTTP/1.1 400"))
                self.assert_closed(c)

    def test_tls_on_a_plaintext_listener_is_named(self):
        hello = bytes.fromhex("1603010200010001fc0303") + bytes(200)
        self.assert_refused(hello, r"speaks TLS on plaintext listener.*\[NET022\]")

    def test_plaintext_on_a_tls_listener_is_closed_without_an_alert_and_named(self):
        with self.survived(r'speaks plaintext Kafka.*client.id "billing".*\[NET021\]'):
            c = self.connect("SASL_SSL", tls=False)
            c.send(raw.request(raw.API_VERSIONS, 3, 1, b"\0\2x\2y\0", "billing"))
            with self.assertRaises(raw.Closed):
                c.receive(1)

    def test_one_byte_above_the_largest_frame_closes_at_once(self):
        self.assert_refused(struct.pack(">i", 104857601), r"announced a frame.*\[NET001\]")

    def test_api_keys_that_nobody_knows_close(self):
        for key in (-1, 32767, 999):
            with self.subTest(key=key):
                self.assert_refused(raw.request(key, 0, 1), r"\[NET003\]")

    def test_versions_that_nobody_knows_close(self):
        for version in (99, -1, 32767):
            with self.subTest(version=version):
                self.assert_refused(raw.request(raw.METADATA, version, 1), r"\[NET003\]")

    def test_an_unknown_version_of_api_versions_is_answered_in_the_first_layout(self):
        with self.survived():
            c = self.connect()
            c.send(raw.request(raw.API_VERSIONS, 99, 7, b"\0\0\0"))
            answer = c.frame()
            correlation, error, count = struct.unpack(">ihi", answer[:10])
            self.assertEqual((correlation, error), (7, raw.UNSUPPORTED_VERSION))
            keys = [k for k, _, _ in struct.iter_unpack(">hhh", answer[10:10 + 6 * count])]
            self.assertIn(raw.API_VERSIONS, keys)
            c.api_versions()

    def test_a_header_without_a_body_closes(self):
        self.assert_refused(raw.blob(struct.pack(">hhi", raw.METADATA, 1, 1)), r"\[NET002\]")

    def test_client_ids_of_an_impossible_length_close(self):
        for length in (-2, 32767):
            start = struct.pack(">hhih", raw.METADATA, 1, 1, length)
            with self.subTest(length=length):
                self.assert_refused(raw.blob(start + b"abc"), r"\[NET002\]")

    def test_a_client_id_that_is_no_text_does_no_harm(self):
        with self.survived():
            c = self.connect()
            c.send(raw.request(raw.METADATA, 1, 1, raw.metadata_body(), b"\xff\xfe\n\x1b[31m"))
            with contextlib.suppress(raw.Closed):
                c.frame()
        self.assertNotIn("\x1b", self.broker.log())

    def test_a_client_without_a_name_is_served(self):
        with self.survived():
            self.connect().ask(raw.METADATA, 1, raw.metadata_body(), client_id=None)


class SlowFrames(Attack):
    """The largest frame announced, and then hardly a byte of it."""

    def test_many_announced_frames_cost_no_memory_and_end_in_time(self):
        count = 500 if LONG else 60
        with self.survived(lines_max=count + LINES_MAX):
            start = struct.pack(">i", 104857600) + raw.header(raw.METADATA, 1, 1)
            crowd = [self.connect(source=self.address()) for _ in range(count)]
            for c in crowd:
                c.send(start)
            gates = [schloss.resident_bytes(p) for p in self.broker.pids("gate")]
            self.assertLess(max(gates), 32 * 1024 * 1024, "memory of one gate")
            for c in crowd:
                with contextlib.suppress(raw.Closed):
                    c.send(b"x")
            for c in crowd:  # every 64 KiB have half a minute
                self.assert_closed(c, 45)


class Pieces(Attack):
    """Requests in pieces and by the thousand, and clients that stop half-way."""

    def two_requests(self):
        return (raw.request(raw.API_VERSIONS, 0, 1)
                + raw.request(raw.METADATA, 1, 2, raw.metadata_body("room")))

    def test_a_request_may_be_split_at_every_byte(self):
        data = self.two_requests()
        with self.survived():
            for at in range(1, len(data)):
                c = self.connect(source="127.0.0.1")
                c.send(data[:at])
                c.send(data[at:])
                got = [struct.unpack(">i", c.frame()[:4])[0] for _ in range(2)]
                self.assertEqual(got, [1, 2], f"split at {at}")
                c.close()

    def test_ten_thousand_requests_in_a_row_are_answered_in_order(self):
        count = 10000
        with self.survived():
            c = self.connect()

            def send():
                for n in range(0, count, 100):
                    c.send(b"".join(raw.request(raw.API_VERSIONS, 0, n + i)
                                    for i in range(100)))
                sender.ending.set()
            sender = schloss.Traffic(send)
            with sender:
                for n in range(count):
                    self.assertEqual(struct.unpack(">i", c.frame()[:4])[0], n)

    def test_a_client_that_never_reads_is_not_buffered_without_end(self):
        with self.survived():
            c = self.connect()
            c.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            c.socket.settimeout(2)
            data = raw.request(raw.API_VERSIONS, 0, 1) * 1000
            with contextlib.suppress(raw.Closed, OSError):
                for _ in range(2000):
                    c.send(data)
            gates = [schloss.resident_bytes(p) for p in self.broker.pids("gate")]
            self.assertLess(max(gates), MEMORY_GROWTH_MAX)

    def test_half_closed_connections_get_their_answer(self):
        with self.survived():
            c = self.connect()
            c.send(raw.request(raw.API_VERSIONS, 0, 5))
            c.socket.shutdown(socket.SHUT_WR)
            self.assertEqual(struct.unpack(">i", c.frame()[:4])[0], 5)

    def test_resets_amid_answers_do_no_harm(self):
        with self.survived():
            for _ in range(20):
                c = self.connect(source="127.0.0.1")
                c.send(raw.request(raw.API_VERSIONS, 0, 5) * 50)
                c.socket.setsockopt(
                    socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                c.close()


class BeforeLogin(Attack):
    """What comes before a login, or instead of one."""

    def test_requests_before_login_close_without_an_answer(self):
        bodies = {raw.METADATA: (1, raw.metadata_body()), raw.PRODUCE: (3, b""),
                  raw.FETCH: (4, b""), raw.LIST_OFFSETS: (1, b""),
                  raw.FIND_COORDINATOR: (0, raw.string("g")), raw.JOIN_GROUP: (0, b""),
                  raw.CREATE_TOPICS: (2, b""), raw.OFFSET_COMMIT: (2, b"")}
        for listener in ("SASL_PLAINTEXT", "SASL_SSL"):
            for key, (version, body) in bodies.items():
                line = r"requires SASL \(PLAIN\).*\[NET031\]" if key == raw.METADATA else None
                with self.subTest(listener=listener, key=key):  # the log has a rate limit
                    with self.survived(line):
                        c = self.connect(listener)
                        c.send(raw.request(key, version, 1, body))
                        with self.assertRaises(raw.Closed):
                            c.receive(1)

    def test_frames_before_login_may_be_small_only(self):
        self.assert_refused(struct.pack(">i", 16385), r"announced a frame.*\[NET001\]",
                            "SASL_PLAINTEXT")

    def refused_out_of_order(self, connection, act):
        try:
            self.assertEqual(act(connection), raw.ILLEGAL_SASL_STATE)
        except raw.Closed:
            return
        self.assert_closed(connection)

    def test_a_second_handshake_is_out_of_order(self):
        with self.survived():
            c = self.connect("SASL_PLAINTEXT")
            c.handshake()
            self.assertEqual(c.handshake(), (raw.ILLEGAL_SASL_STATE, []))
            self.assert_closed(c)

    def test_api_versions_between_handshake_and_login_is_out_of_order(self):
        with self.survived():
            c = self.connect("SASL_PLAINTEXT")
            c.handshake()
            self.refused_out_of_order(
                c, lambda c: struct.unpack(">h", c.ask(raw.API_VERSIONS, 0)[:2])[0])

    def test_a_token_without_a_handshake_is_out_of_order(self):
        with self.survived():
            c = self.connect("SASL_PLAINTEXT")
            token = raw.plain("alice", self.broker.secrets["alice"])
            self.refused_out_of_order(c, lambda c: c.authenticate(token))

    def test_other_mechanisms_are_refused_with_the_list(self):
        for mechanism in ("GSSAPI", "SCRAM-SHA-256", "plain", "", "X" * 300):
            with self.subTest(mechanism=mechanism), self.survived():
                c = self.connect("SASL_PLAINTEXT")
                self.assertEqual(
                    c.handshake(mechanism), (raw.UNSUPPORTED_MECHANISM, ["PLAIN"]))
                self.assert_closed(c)

    def test_after_handshake_0_tokens_come_without_a_header(self):
        for listener in ("SASL_PLAINTEXT", "SASL_SSL"):
            with self.subTest(listener=listener), self.survived():
                c = self.connect(listener)
                self.assertEqual(c.handshake(version=0), (raw.NONE, ["PLAIN"]))
                c.send(raw.blob(raw.plain("alice", self.broker.secrets["alice"])))
                self.assertEqual(c.frame(), b"")
                c.metadata("room")

    def test_after_handshake_0_a_wrong_password_closes(self):
        with self.survived():
            c = self.connect("SASL_PLAINTEXT")
            c.handshake(version=0)
            c.send(raw.blob(raw.plain("alice", "wrong")))
            with self.assertRaises(raw.Closed):
                c.frame()

    def test_malformed_or_wrong_plain_tokens_fail_alike(self):
        good = self.broker.secrets["alice"].encode()
        tokens = {
            "no separator": b"alice" + good,
            "one separator": b"alice\0" + good,
            "four fields": b"\0alice\0" + good + b"\0more",
            "empty": b"",
            "empty user": b"\0\0" + good,
            "empty password": b"\0alice\0",
            "wrong password": b"\0alice\0wrong",
            "unknown user": b"\0nobody\0" + good,
            "somebody else's identity": b"bob\0alice\0" + good,
            "not text": b"\0\xff\xfe\0" + good,
            "long password": b"\0alice\0" + b"x" * 12000,
        }
        for name, token in tokens.items():
            with self.subTest(name), self.survived():
                c = self.connect("SASL_PLAINTEXT")
                self.assertEqual(c.handshake()[0], raw.NONE)
                self.assertEqual(c.authenticate(token), raw.SASL_AUTHENTICATION_FAILED)
                self.assert_closed(c)

    def test_a_megabyte_of_password_closes(self):
        with self.survived(r"announced a frame.*\[NET001\]"):
            c = self.connect("SASL_PLAINTEXT")
            c.handshake()
            with self.assertRaises(raw.Closed):
                c.authenticate(b"\0alice\0" + b"x" * (1 << 20))

    def test_a_failed_login_is_audited_without_the_password(self):
        with self.survived():
            c = self.connect("SASL_PLAINTEXT", source=self.address())
            c.handshake()
            c.authenticate(b"\0alice\0hunter2-hunter2")
        self.broker.await_audit(r'"event":"authentication","outcome":"failure"')
        self.assertNotIn("hunter2", self.broker.audit() + self.broker.log())


class Flood(Attack):
    """More connections than an address, or all of them, may have."""

    settings = {"max.connections": "24", "max.connections.per.ip": "8",
                "schloss.max.connections.unauthenticated": "16",
                "schloss.max.connections.unauthenticated.per.ip": "4"}

    @classmethod
    def setUpClass(cls):
        pass

    def setUp(self):
        """A broker for each test: refusals have one rate limit."""
        type(self).broker = schloss.Broker(self.listeners, settings=self.settings)
        self.addCleanup(self.broker.close)
        self.broker.start()
        self.broker.create_topic("room")

    def open_many(self, count, listener, address=None):
        """Opens so many; those that the broker lets be."""
        kept = []
        for _ in range(count):
            c = self.connect(listener, source=address or self.address(), tls=False)
            c.socket.settimeout(2)
            try:
                c.send(raw.request(raw.API_VERSIONS, 0, 1))
                c.frame()
                kept.append(c)
            except (raw.Closed, socket.timeout):
                c.close()
        return kept

    def flood(self, listener, address, most):
        mark = self.broker.log_size()
        kept = self.open_many(40, listener, address)
        self.assertGreater(len(kept), 0)
        self.assertLessEqual(len(kept), most)
        self.broker.await_log(r"\[NET010\]", mark)
        self.assertLess(len(re.findall(r"\[NET010\]", self.broker.log(mark))), 20)
        for c in kept:
            c.close()
        schloss.eventually(self.serves_in_time, 20, "it serves again")

    def test_one_address_gets_its_share_and_no_more(self):
        self.flood("PLAINTEXT", self.address(), 8)

    def test_strangers_of_one_address_get_less(self):
        self.flood("SASL_PLAINTEXT", self.address(), 4)

    def test_many_addresses_get_the_whole_and_no_more(self):
        self.flood("PLAINTEXT", None, 24)


class WrongLogins(Attack):
    """Many of them, and those who do nothing wrong meanwhile."""
    listeners = ("SASL_SSL", "SASL_PLAINTEXT")
    settings = {"schloss.max.connections.unauthenticated.per.ip": 64}

    def begin(self):
        c = self.connect("SASL_PLAINTEXT")
        self.assertEqual(c.handshake()[0], raw.NONE)
        return c

    def wrong(self, connection, user):
        """What the client is told."""
        answer = connection.ask(raw.SASL_AUTHENTICATE, 1, raw.blob(raw.plain(user, "not-this-one")))
        self.assertEqual(struct.unpack(">h", answer[:2])[0], raw.SASL_AUTHENTICATION_FAILED)
        return answer[2:]

    def test_all_who_fail_are_told_the_same(self):
        with self.survived():
            told = {self.wrong(self.begin(), user)
                    for user in ("alice", "nobody", "x" * 200, "al\u0131ce")}
            self.assertEqual(len(told), 1, told)
            self.assertIn(b"Authentication failed", told.pop())

    def test_nobody_is_locked_out_by_wrong_logins_from_elsewhere(self):
        with self.survived():
            for _ in range(40):
                self.wrong(self.begin(), "alice")
            self.assertEqual(self.begin().authenticate(
                raw.plain("alice", self.broker.secrets["alice"])), raw.NONE)


    def begin_all(self, count):
        """So many wrong logins, each from elsewhere, without a look at an answer."""
        user_and_password = raw.blob(raw.plain("alice", "not-this-one"))
        crowd = []
        for _ in range(count):
            c = self.connect("SASL_PLAINTEXT")
            c.send(raw.request(raw.SASL_HANDSHAKE, 1, 1, raw.string("PLAIN")) +
                   raw.request(raw.SASL_AUTHENTICATE, 1, 2, user_and_password))
            crowd.append(c)
        return crowd

    def told(self, connection):
        """The answer to its wrong login; None: it was turned away before it got one."""
        try:
            connection.frame()
            return connection.frame()
        except (raw.Closed, OSError):
            return None

    def test_a_thousand_wrong_logins_at_once_keep_nobody_out_and_stop_nobody(self):
        with raw.Connection(self.broker, "SASL_SSL") as honest, self.survived(lines_max=4000):
            honest.login()
            started = time.monotonic()
            crowd = self.begin_all(1000)
            waits = []
            for c in crowd[::100]:  # while they wait for their answers
                asked = time.monotonic()
                honest.metadata("room")
                waits.append(time.monotonic() - asked)
            self.assertLess(max(waits), 5, waits)
            answers = [self.told(c) for c in crowd]
            seconds = time.monotonic() - started
            refused = {a for a in answers if a is not None}
            print(f"{len(crowd)} wrong logins: {len(crowd) - answers.count(None)} refused, "
                  f"{answers.count(None)} turned away, in {seconds:.1f} s; "
                  f"the longest wait of another session {max(waits):.3f} s")
            self.assertEqual(len(refused), 1, refused)
            self.assertEqual(struct.unpack(">ih", refused.pop()[:6]),
                             (2, raw.SASL_AUTHENTICATION_FAILED))
            self.assertLess(answers.count(None), 900)
            self.assertEqual(self.begin().authenticate(
                raw.plain("alice", self.broker.secrets["alice"])), raw.NONE)


class Listeners(Attack):
    """One listener that is full, and the others."""
    settings = {"listener.name.plaintext.max.connections": 3}

    def test_a_listener_that_is_full_leaves_the_others_alone(self):
        with self.survived(r"PLAINTEXT.*max.connections of its listener is reached"):
            kept = []
            while len(kept) < 3:
                kept.append(self.connect())
                kept[-1].metadata()
            with self.assertRaises((raw.Closed, OSError)):
                self.connect().metadata()
            kept.pop().close()
            deadline = time.monotonic() + 10
            while True:
                try:
                    self.connect().metadata()
                    break
                except (raw.Closed, OSError):
                    self.assertLess(time.monotonic(), deadline, "the place stays taken")


class FewDescriptors(Attack):
    """More connections than there are descriptors for: the broker says what they allow, and keeps to it."""

    @classmethod
    def setUpClass(cls):
        _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        if hard != resource.RLIM_INFINITY and hard < 1024:
            raise unittest.SkipTest(f"the limit of descriptors is {hard} already")
        cls.broker = schloss.Broker(cls.listeners)
        cls.addClassCleanup(cls.broker.close)
        cls.broker.wrapper = ["prlimit", "--nofile=200:200"]
        cls.broker.start()
        cls.broker.create_topic("room")

    def test_what_descriptors_do_not_allow_is_refused_and_it_recovers(self):
        self.broker.await_log(r"connections: at most \d+ .*descriptors \d+")
        pids = self.broker.shared_pids()
        crowd = []
        for _ in range(120):
            with contextlib.suppress(OSError, raw.Closed):
                crowd.append(self.connect(source=self.address()))
        self.broker.await_log(r"\[NET010\]|\[NET012\]")
        for c in crowd:
            c.close()
        schloss.eventually(self.serves_in_time, 20, "it serves again")
        self.assertEqual(self.broker.shared_pids(), pids)
        self.assertLess(self.broker.log().count("[NET01"), LINES_MAX)


if __name__ == "__main__":
    unittest.main()

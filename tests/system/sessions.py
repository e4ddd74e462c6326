"""How long a session lasts, and how it goes on on the same connection (KIP-368)."""

import os
import struct
import time
import unittest

import mechanisms
import raw
import schloss

LIFETIME_MS = 3000
DENIED = raw.SASL_AUTHENTICATION_FAILED


class Again(unittest.TestCase):
    """Raw frames: what no library would send, and what is answered to the byte."""

    @classmethod
    def setUpClass(cls):
        cls.broker, cls.issuer = mechanisms.make_broker(
            ("SASL_SSL", "SASL_PLAINTEXT"), **{
                "sasl.enabled.mechanisms": mechanisms.ALL,
                "connections.max.reauth.ms": LIFETIME_MS,
                "listener.name.sasl_plaintext.connections.max.reauth.ms": 0})
        cls.addClassCleanup(cls.broker.close)
        cls.broker.start()

    def connect(self, listener="SASL_SSL"):
        """From an address of its own: who is refused too often is not heard any more."""
        connection = raw.Connection(
            self.broker, listener, source=raw.fresh_address())
        self.addCleanup(connection.close)
        return connection

    @staticmethod
    def send(connection, token, version=1):
        """(error, message, milliseconds that the session lasts; None: not told)."""
        answer = connection.ask(raw.SASL_AUTHENTICATE, version, raw.blob(token))
        error, length = struct.unpack(">hh", answer[:4])
        at = 4 + max(length, 0)
        size = struct.unpack(">i", answer[at:at + 4])[0]
        rest = answer[at + 4 + size:]
        told = None if version == 0 else struct.unpack(">q", rest)[0]
        if version == 0:
            assert rest == b"", rest
        return error, answer[4:at].decode(), told

    def plain(self, user="alice"):
        return raw.plain(user, self.broker.secrets[user])

    def bearer(self, seconds, user="alice"):
        return b"n,,\1auth=Bearer " + self.issuer.token(user, seconds).encode() + b"\1\1"

    def login(self, listener="SASL_SSL", version=1, mechanism="PLAIN", token=None):
        """(a connection, what it was told)."""
        connection = self.connect(listener)
        self.assertEqual(connection.handshake(mechanism)[0], raw.NONE)
        error, _, told = self.send(connection, token or self.plain(), version)
        self.assertEqual(error, raw.NONE)
        return connection, told

    def test_a_session_is_told_its_time_and_ends_with_it(self):
        connection, told = self.login()
        self.assertEqual(told, LIFETIME_MS)
        connection.metadata()
        began = time.monotonic()
        self.assertTrue(connection.is_closed(30))
        self.assertGreater(time.monotonic() - began, LIFETIME_MS / 1000 - 1)

    def test_who_can_not_be_told_ends_all_the_same(self):
        connection, told = self.login(version=0)
        self.assertIsNone(told)
        connection.metadata()
        self.assertTrue(connection.is_closed(30))
        with self.connect() as bare:
            self.assertEqual(bare.handshake("PLAIN", 0)[0], raw.NONE)
            bare.send(raw.blob(self.plain()))
            self.assertEqual(bare.frame(), b"")
            bare.metadata()
            self.assertTrue(bare.is_closed(30))

    def test_who_authenticates_again_goes_on(self):
        connection, _ = self.login()
        self.broker.create_topic("again")
        began = time.monotonic()
        while time.monotonic() - began < 2.5 * LIFETIME_MS / 1000:
            self.assertFalse(connection.is_closed(LIFETIME_MS / 2000))
            connection.socket.settimeout(10)
            self.assertIn(b"again", connection.metadata("again"))
            self.assertEqual(connection.handshake()[0], raw.NONE)
            self.assertEqual(
                self.send(connection, self.plain()), (raw.NONE, "", LIFETIME_MS))
            connection.metadata()
        self.broker.await_audit(r'"success".*User:alice.*re-authentication')

    def test_a_token_that_ends_first_counts_and_a_new_one_goes_on(self):
        connection, told = self.login(mechanism="OAUTHBEARER", token=self.bearer(300))
        self.assertEqual(told, LIFETIME_MS)
        without, told = self.login(
            "SASL_PLAINTEXT", mechanism="OAUTHBEARER", token=self.bearer(300))
        self.assertTrue(200000 < told <= 330000, told)
        for c in (connection, without):
            self.assertEqual(c.handshake("OAUTHBEARER")[0], raw.NONE)
            self.assertEqual(self.send(c, self.bearer(300))[0], raw.NONE)
            c.metadata()

    def test_without_an_end_nothing_begins_again(self):
        connection, told = self.login("SASL_PLAINTEXT")
        self.assertEqual(told, 0)
        self.assertEqual(connection.handshake(), (raw.ILLEGAL_SASL_STATE, []))
        connection.metadata()

    def test_another_principal_is_refused(self):
        connection, _ = self.login()
        self.assertEqual(connection.handshake()[0], raw.NONE)
        error, message, _ = self.send(connection, self.plain("bob"))
        self.assertEqual(error, DENIED)
        self.assertIn("Cannot change principals", message)
        self.assertTrue(connection.is_closed(5))
        self.broker.await_audit(r'"failure".*User:alice.*re-authentication as User:bob')

    def test_another_mechanism_is_refused(self):
        connection, _ = self.login()
        self.assertEqual(connection.handshake("SCRAM-SHA-512")[0], raw.NONE)
        error, message, _ = self.send(connection, b"n,,n=alice,r=nonce")
        self.assertEqual(error, DENIED)
        self.assertIn("Cannot change the mechanism", message)
        self.assertTrue(connection.is_closed(5))

    def test_a_wrong_password_ends_the_session(self):
        connection, _ = self.login()
        self.assertEqual(connection.handshake()[0], raw.NONE)
        self.assertEqual(self.send(connection, raw.plain("alice", "wrong"))[:2],
                         (DENIED, "Authentication failed"))
        self.assertTrue(connection.is_closed(5))

    def test_more_often_than_once_a_second_is_refused(self):
        connection, _ = self.login()
        self.assertEqual(connection.handshake()[0], raw.NONE)
        self.assertEqual(self.send(connection, self.plain())[0], raw.NONE)
        self.assertEqual(connection.handshake(), (raw.ILLEGAL_SASL_STATE, []))
        self.assertEqual(self.send(connection, self.plain())[0], raw.ILLEGAL_SASL_STATE)
        connection.metadata()

    def test_bare_tokens_do_not_begin_again(self):
        connection, _ = self.login()
        self.assertEqual(
            connection.handshake("PLAIN", 0), (raw.ILLEGAL_SASL_STATE, []))
        connection.metadata()

    def test_nothing_else_is_served_meanwhile(self):
        for ask in (raw.Connection.metadata, raw.Connection.api_versions):
            connection, _ = self.login()
            self.assertEqual(connection.handshake()[0], raw.NONE)
            with self.assertRaises(raw.Closed):
                ask(connection)
        connection, _ = self.login()
        self.assertEqual(connection.handshake()[0], raw.NONE)
        self.assertEqual(connection.handshake(), (raw.ILLEGAL_SASL_STATE, []))
        self.assertTrue(connection.is_closed(5))

    def test_a_large_frame_ends_the_connection_as_before_the_login(self):
        connection, _ = self.login()
        self.assertEqual(connection.handshake()[0], raw.NONE)
        connection.send(struct.pack(">i", 65537))
        self.assertTrue(connection.is_closed(5))
        connection, _ = self.login()
        with self.assertRaises(raw.Closed):
            connection.ask(raw.SASL_HANDSHAKE, 1, raw.string("M" * 32767), "c" * 32767)
        self.assertNotIn("IPC010", self.broker.log())

    def test_a_silent_client_has_the_time_to_authenticate_and_no_more(self):
        connection, _ = self.login()
        self.assertEqual(connection.handshake()[0], raw.NONE)
        self.assertFalse(connection.is_closed(LIFETIME_MS / 1000 + 1))
        connection.socket.settimeout(10)
        self.assertEqual(self.send(connection, self.plain())[0], raw.NONE)
        connection.metadata()


if __name__ == "__main__":
    unittest.main()


class Changed(unittest.TestCase):
    def test_a_changed_password_counts_when_one_authenticates_again(self):
        broker = schloss.Broker(settings={"connections.max.reauth.ms": 60000})
        self.addCleanup(broker.close)
        broker.start()
        old = broker.secrets["alice"]
        kept, other = (raw.Connection(broker, source=f"127.0.10.{n}").login() for n in (1, 2))
        self.addCleanup(kept.close)
        self.addCleanup(other.close)
        done = schloss.run(os.path.join(schloss.BIN, "schloss"), "user", "set-password", "alice",
                           "--generate", "--file", broker.path("users"), "-o", "tsv",
                           "--no-header")
        broker.secrets["alice"] = done.stdout.strip().split("\t")[2]
        mark = broker.log_size()
        broker.hang_up()
        broker.await_log("auth-password is in force", mark, seconds=60)
        kept.metadata()  # it has proven who it is
        self.assertEqual(kept.handshake()[0], raw.NONE)
        self.assertEqual(kept.authenticate(raw.plain("alice", old)), DENIED)
        self.assertTrue(kept.is_closed())
        self.assertEqual(other.handshake()[0], raw.NONE)
        self.assertEqual(
            other.authenticate(raw.plain("alice", broker.secrets["alice"])), raw.NONE)
        other.metadata()

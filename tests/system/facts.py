"""What a login says of who it is, as rules of the policy ask for it: groups, issuer, time,
version of TLS."""

import ctypes
import ssl
import struct
import unittest

import mechanisms
import raw
import schloss
from auditing import fetch
from certificates import EC, make_ca, sign

REFUSED = 29  # TOPIC_AUTHORIZATION_FAILED


def clock_is_sure():
    """As the broker asks the kernel: adjtimex() that changes nothing."""
    state = ctypes.create_string_buffer(512)
    said = ctypes.CDLL(None).adjtimex(state)
    status, = struct.unpack_from("@i", state, struct.calcsize("@illll"))
    return 0 <= said < 5 and status & 0x40 == 0


class Case(unittest.TestCase):
    @classmethod
    def begin(cls, policy, *topics):
        cls.broker.write("main.policy", policy)
        cls.broker.write_config()
        cls.addClassCleanup(cls.broker.close)
        cls.broker.start()
        for topic in topics:
            cls.broker.create_topic(topic, 1)

    def connect(self, listener="SASL_SSL", **more):
        c = raw.Connection(self.broker, listener, source=raw.fresh_address(), **more)
        self.addCleanup(c.close)
        return c


BY_CLAIM = f"""policy 1
team readers from claim "readers"
team banned from claim "banned"
allow alice to all topic * group * txn * cluster
allow @readers to read topic room, annex, own
deny @banned to read topic room
deny any to read topic annex with issuer "{mechanisms.ISSUER}"
allow bob to read topic own with issuer "{mechanisms.ISSUER}/"
"""


class Claims(Case):
    """Tokens that a test's own issuer signs."""

    @classmethod
    def setUpClass(cls):
        cls.broker, cls.issuer = mechanisms.make_broker(
            **{"sasl.enabled.mechanisms": "PLAIN,OAUTHBEARER"})
        cls.begin(BY_CLAIM, "room", "annex", "own")

    def token_of(self, user, groups):
        more = {} if groups is None else {"groups": groups}
        return self.issuer.token(user, **more)

    def log_in(self, user, groups=None):
        c = self.connect()
        self.assertEqual(c.handshake("OAUTHBEARER")[0], raw.NONE)
        said = f"n,,\1auth=Bearer {self.token_of(user, groups)}\1\1"
        self.assertEqual(c.authenticate(said.encode()), raw.NONE)
        return c

    def reads(self, topic, user, groups=None):
        error, _ = fetch(self.log_in(user, groups), topic, 0)
        self.assertIn(error, (raw.NONE, REFUSED))
        return error == raw.NONE

    def test_who_has_the_claim_may_read_and_who_lacks_it_may_not(self):
        self.assertTrue(self.reads("room", "bob", ["others", "readers"]))
        self.assertTrue(self.reads("room", "mallory", "readers"))
        self.assertFalse(self.reads("room", "bob"))
        self.assertFalse(self.reads("room", "bob", []))
        for other in ("Readers", "readers ", "reader", "readers,others", "ldap:readers"):
            self.assertFalse(self.reads("room", "bob", [other]), other)
        self.broker.await_audit(r'"event":"denied".*"User:bob".*"OAUTHBEARER".*"room"')

    def test_a_deny_of_a_claim_beats_what_another_claim_gives(self):
        self.assertFalse(self.reads("room", "bob", ["readers", "banned"]))
        self.assertTrue(self.reads("own", "bob", ["readers", "banned"]))

    def test_a_login_without_a_token_is_in_no_claimed_team(self):
        error, _ = fetch(self.connect().login("bob"), "room", 0)
        self.assertEqual(error, REFUSED)

    def test_more_groups_than_a_deny_could_be_about_are_no_login(self):
        c = self.connect()
        c.handshake("OAUTHBEARER")
        token = self.token_of("bob", ["readers"] + [f"g{n}" for n in range(64)])
        c.authenticate(f"n,,\1auth=Bearer {token}\1\1".encode())
        self.assertNotEqual(c.authenticate(b"\1"), raw.NONE)

    def test_a_deny_by_issuer_is_for_who_has_its_token_and_nobody_else(self):
        self.assertFalse(self.reads("annex", "bob", ["readers"]))
        self.assertFalse(self.reads("annex", "alice"))
        error, _ = fetch(self.connect().login("alice"), "annex", 0)
        self.assertEqual(error, raw.NONE)

    def test_an_issuer_of_almost_that_name_is_another(self):
        self.assertFalse(self.reads("own", "bob"))


BY_ISSUER = """policy 1
allow alice to all topic * group * txn * cluster
allow carol, alice to read topic room with mtls and issuer "CN=clients"
allow carol to read topic annex with issuer "CN=others"
deny alice to read topic annex with issuer "CN=clients"
"""


class Issuers(Case):
    """Certificates of a test's own authority, which is CN=clients."""

    @classmethod
    def setUpClass(cls):
        cls.broker = schloss.Broker(("SSL", "SASL_SSL"), settings={
            "listener.name.ssl.ssl.client.auth": "required",
            "listener.name.sasl_ssl.ssl.client.auth": "requested",
            "ssl.principal.mapping.rules": "RULE:^CN=([a-z]+),O=Schloss$/$1/"})
        cls.broker.settings["ssl.truststore.location"] = make_ca(cls.broker)
        cls.begin(BY_ISSUER, "room", "annex")
        cls.certificates = {name: sign(cls.broker, name, *EC) for name in ("carol", "alice")}

    def reads(self, topic, name):
        error, _ = fetch(self.connect("SSL", certificate=self.certificates[name]), topic, 0)
        return error == raw.NONE

    def test_a_rule_holds_for_the_issuer_of_the_certificate(self):
        self.assertTrue(self.reads("room", "carol"))
        self.assertFalse(self.reads("annex", "carol"))
        self.assertFalse(self.reads("annex", "alice"))

    def test_who_logs_in_by_sasl_has_no_issuer_of_a_certificate(self):
        c = self.connect("SASL_SSL", certificate=self.certificates["alice"]).login("alice")
        self.assertEqual(fetch(c, "annex", 0)[0], raw.NONE)


BY_TIME = """policy 1
allow alice to all topic * group * txn * cluster
allow bob to read topic open
allow bob to read topic timed until 2999-01-01
allow bob to read topic past until 2001-01-01
allow bob to read topic shut
deny bob to read topic shut until 2999-01-01
"""


class Times(Case):
    @classmethod
    def setUpClass(cls):
        cls.broker = schloss.Broker()
        cls.begin(BY_TIME, "open", "timed", "past", "shut")

    def test_an_allow_with_an_end_holds_while_the_kernel_is_sure_of_its_clock(self):
        bob = self.connect().login("bob")
        self.assertEqual(fetch(bob, "open", 0)[0], raw.NONE)
        self.assertEqual(fetch(bob, "timed", 0)[0], raw.NONE if clock_is_sure() else REFUSED)
        self.assertEqual(fetch(bob, "past", 0)[0], REFUSED)

    def test_a_deny_with_an_end_holds_whatever_the_clock(self):
        bob = self.connect().login("bob")
        self.assertEqual(fetch(bob, "shut", 0)[0], REFUSED)


BY_VERSION = """policy 1
allow alice to all topic * group * txn * cluster
allow bob to read topic modern with tls >= 1.3
allow bob to read topic old
deny bob to read topic old with tls >= 1.3
"""


class Versions(Case):
    """A listener that speaks TLS 1.2 and 1.3: what a client has is what keys signed for it."""

    @classmethod
    def setUpClass(cls):
        cls.broker = schloss.Broker(settings={"schloss.tls.policy": "intermediate"})
        cls.begin(BY_VERSION, "modern", "old")

    def reads(self, topic, version):
        return fetch(self.connect(version=version).login("bob"), topic, 0)[0]

    def test_an_allow_is_for_who_has_that_version(self):
        self.assertEqual(self.reads("modern", ssl.TLSVersion.TLSv1_3), raw.NONE)
        self.assertEqual(self.reads("modern", ssl.TLSVersion.TLSv1_2), REFUSED)

    def test_a_deny_is_for_who_may_have_it(self):
        self.assertEqual(self.reads("old", ssl.TLSVersion.TLSv1_3), REFUSED)
        self.assertEqual(self.reads("old", ssl.TLSVersion.TLSv1_2), REFUSED)


if __name__ == "__main__":
    unittest.main()

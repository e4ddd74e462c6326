"""PLAIN against a directory: the sandboxed daemon, its dial, and a real slapd."""

import os
import signal
import time
import unittest

import hostile_directory
import raw
import schloss
import slapd
from reload import Reload

try:
    import kafka
except ImportError:
    kafka = None

DENIED = raw.SASL_AUTHENTICATION_FAILED
NO_DECISION = None  # the connection is ended
PASSWORDS = {"alice": "wonder land", "bob": "b" * 40, slapd.LOCKED: "right but locked",
             "twin": "same for both", "o'neil(x)*": "odd name", "mallory": "m"}
KEY = "schloss.plugin.ldap."


def make_broker(directory, **settings):
    """SASL_SSL asks the directory, SASL_PLAINTEXT the file of users."""
    broker = schloss.Broker(("SASL_SSL", "SASL_PLAINTEXT"))
    broker.settings |= {
        "schloss.auth.plugins": "password,ldap",
        "listener.name.sasl_ssl.schloss.auth.plugins": "ldap",
        "listener.name.sasl_plaintext.schloss.auth.plugins": "password",
        KEY + "address": f"127.0.0.1:{directory.ldaps}",
        KEY + "tls": "ldaps",
        KEY + "server.name": "directory.corp.test",
        KEY + "ca.file": directory.path("ca.pem"),
        KEY + "cache.seconds": "0",
        KEY + "timeout.ms": "2000"}
    broker.settings |= {KEY + k.replace("_", "."): v for k, v in settings.items()}
    broker.write_config()
    return broker


def by_template(directory, **settings):
    return make_broker(
        directory, **{"user_dn_template": f"uid=%u,ou=people,{slapd.BASE}"} | settings)


def by_search(directory, **settings):
    broker = make_broker(directory, **{
        "search_base": slapd.BASE, "search_filter": "(&(objectClass=inetOrgPerson)(uid=%u))",
        "search_bind_dn": slapd.READER} | settings)
    broker.settings[KEY + "search.password.file"] = broker.write(
        "reader", PASSWORDS_OF_READER + "\n")
    broker.write_config()
    return broker


PASSWORDS_OF_READER = "the reader's own"


class Clients(unittest.TestCase):
    """Each connection comes from an address of its own: back-off is not the matter here."""

    def setUp(self):
        why = slapd.missing()
        if why:
            self.skipTest(why)

    def make_directory(self):
        directory = slapd.Directory(PASSWORDS, twins=("twin",))
        self.addCleanup(directory.close)
        return directory

    def connect(self, listener="SASL_SSL"):
        connection = raw.Connection(
            self.broker, listener, source=raw.fresh_address(), timeout=30)
        self.addCleanup(connection.close)
        self.assertEqual(connection.handshake("PLAIN")[0], raw.NONE)
        return connection

    def attempt(self, user, password, listener="SASL_SSL"):
        """The error code; None: no decision, the connection was ended instead."""
        connection = self.connect(listener)
        try:
            return connection.authenticate(raw.plain(user, password))
        except raw.Closed:
            return NO_DECISION

    def works(self, user="alice"):
        """Whether it lets in, or will: the directory is left alone for a while."""
        def is_in():
            try:
                return self.attempt(user, PASSWORDS[user]) == raw.NONE
            except raw.Closed:
                return False
        schloss.eventually(is_in, 60, f"{user} gets in")

    def others_work(self):
        """By the plugin of the other listener, and soon."""
        began = time.monotonic()
        self.assertEqual(self.attempt("alice", self.broker.secrets["alice"], "SASL_PLAINTEXT"),
                         raw.NONE)
        self.assertLess(time.monotonic() - began, 2)

    def assert_nothing_leaked(self):
        for secret in (*PASSWORDS.values(), PASSWORDS_OF_READER):
            if len(secret) > 1:
                self.assertNotIn(secret, self.broker.log())
                self.assertNotIn(secret, self.broker.audit())


class Cases:
    """The same for both ways to find a user, and both ways to TLS."""

    def test_who_has_the_password_is_let_in_under_the_name(self):
        connection = self.connect()
        self.assertEqual(
            connection.authenticate(raw.plain("alice", PASSWORDS["alice"])), raw.NONE)
        connection.metadata()
        self.broker.await_audit(r'"outcome":"success".*"User:alice".*"mechanism":"PLAIN"')
        self.assertEqual(self.attempt("bob", PASSWORDS["bob"]), raw.NONE)

    def test_a_wrong_password_and_an_unknown_user_look_the_same(self):
        answers = set()
        for user, password in (("alice", "wonder lan"), ("alice", PASSWORDS["bob"]),
                               ("nobody", "wonder land")):
            connection = self.connect()
            answers.add(connection.authenticate(raw.plain(user, password)))
        self.assertEqual(answers, {DENIED})
        self.broker.await_audit(r'"outcome":"failure".*"wrong password"')

    def test_no_name_becomes_another_by_what_stands_in_it(self):
        for name in ("*", "a*", "alice*", "*)(uid=*", "alice)(uid=alice", "alice,ou=people",
                     "alice,ou=x", "alice+cn=alice", "alice\\2c", "\\61lice", "#alice",
                     " alice", "alice ", "ALICE", "Alice", "alice\n", "\u00e1lice", "%u",
                     "alice,ou=people,dc=corp,dc=test", '"alice"', "alice;", "<alice>",
                     slapd.BASE, "\uff41lice"):
            self.assertEqual(self.attempt(name, PASSWORDS["alice"]), DENIED, name)
        self.assertNotIn('"outcome":"success"', "".join(
            line for line in self.broker.audit().splitlines(True) if "ALICE" in line))

    def test_an_empty_password_is_refused_before_anything_is_asked(self):
        """The directory would call it success (RFC 4513, 5.1.2)."""
        self.assertEqual(self.attempt("alice", ""), DENIED)
        connection = self.connect()
        self.assertEqual(connection.authenticate(b"\0alice\0\0"), DENIED)

    def test_who_is_locked_is_refused_with_the_right_password(self):
        self.assertEqual(self.attempt(slapd.LOCKED, PASSWORDS[slapd.LOCKED]), DENIED)
        self.broker.await_audit(r'"outcome":"failure".*"the directory has locked the account"')

    @unittest.skipIf(kafka is None, "python3-kafka is not installed")
    def test_a_client_produces_and_its_password_is_in_no_log(self):
        self.broker.create_topic("by-ldap", listener="SASL_PLAINTEXT")
        producer = kafka.KafkaProducer(**self.broker.kafka_python(
            "alice", sasl_plain_password=PASSWORDS["alice"]))
        producer.send("by-ldap", b"row").get(30)
        producer.close(10)
        self.attempt("bob", "not of bob, but secret")
        self.assert_nothing_leaked()
        self.assertNotIn("not of bob, but secret", self.broker.log() + self.broker.audit())

    def test_a_storm_of_logins_leaves_processes_as_they_were(self):
        before = self.broker.pids("auth"), self.broker.pids("dial")
        for _ in range(20):
            self.assertEqual(self.attempt("alice", PASSWORDS["alice"]), raw.NONE)
            self.assertEqual(self.attempt("alice", "x"), DENIED)
        self.assertEqual((self.broker.pids("auth"), self.broker.pids("dial")), before)
        self.assertNotIn("DIA0", self.broker.log())


class Shared(Clients):
    """One broker and one directory for all tests of a class."""

    @classmethod
    def setUpClass(cls):
        if slapd.missing():
            return
        directory = slapd.Directory(PASSWORDS, twins=("twin",))
        cls.addClassCleanup(directory.close)
        cls.directory = directory.start()
        cls.broker = cls.make(directory)
        cls.addClassCleanup(cls.broker.close)
        cls.broker.start()


class Template(Shared, Cases):
    @staticmethod
    def make(directory):
        return by_template(directory)


class Search(Shared, Cases):
    @staticmethod
    def make(directory):
        return by_search(directory, tls="starttls", address=f"127.0.0.1:{directory.plain}")

    def test_a_name_that_two_entries_have_is_refused(self):
        self.assertEqual(self.attempt("twin", PASSWORDS["twin"]), DENIED)
        self.broker.await_audit(r'"the directory has several of that name"')

    def test_an_odd_name_is_found_as_it_stands(self):
        for name in ("o'neil(x)*", "mallory"):
            self.assertEqual(self.attempt(name, PASSWORDS[name]), raw.NONE)
        self.assertEqual(self.attempt("o'neil(x)", PASSWORDS["o'neil(x)*"]), DENIED)
        self.assertEqual(self.attempt("Mallory", PASSWORDS["mallory"]), DENIED)

    def test_an_unknown_user_is_told_apart_in_the_audit(self):
        self.assertEqual(self.attempt("nobody", "x"), DENIED)
        self.broker.await_audit(r'"outcome":"failure".*"unknown user"')


OPS = f"cn=ops,ou=groups,{slapd.BASE}"
GROUPS = {"alice": [OPS, f"cn=dev,ou=groups,{slapd.BASE}"],
          "bob": [f"cn=dev,ou=groups,{slapd.BASE}"],
          "o'neil(x)*": [f"cn=g{n},{slapd.BASE}" for n in range(64)],
          "mallory": [f"cn=g{n},{slapd.BASE}" for n in range(65)]}
BY_GROUP = f"""policy 1
team ops from ldap "{OPS}"
team last from ldap "cn=g63,{slapd.BASE}"
allow boss to all topic * group * txn * cluster
allow @ops, @last to describe topic room
"""


class Members(Clients):
    """Rights by what the entry of a user says about its groups."""

    def begin(self, make, **settings):
        directory = slapd.Directory(PASSWORDS, groups=GROUPS)
        self.addCleanup(directory.close)
        self.directory = directory.start()
        self.broker = make(directory, group_attribute="memberOf", **settings)
        self.addCleanup(self.broker.close)
        self.broker.add_user("boss")
        self.broker.write("main.policy", BY_GROUP)
        self.broker.start()
        self.broker.create_topic("room", 1, user="boss", listener="SASL_PLAINTEXT")

    def sees_room(self, user):
        connection = self.connect()
        self.assertEqual(connection.authenticate(raw.plain(user, PASSWORDS[user])), raw.NONE)
        return Reload.topic_error(connection.metadata("room")) == raw.NONE

    def check_members(self):
        self.assertTrue(self.sees_room("alice"))
        self.assertFalse(self.sees_room("bob"))

    def check_too_many(self):
        self.assertEqual(self.attempt("mallory", PASSWORDS["mallory"]), DENIED)
        self.broker.await_audit(
            r'"outcome":"failure".*"the groups in the directory are too many')
        self.assertEqual(self.attempt("mallory", "not hers"), DENIED)

    def test_by_a_template_the_user_reads_its_own(self):
        self.begin(by_template)
        self.check_members()
        self.check_too_many()
        self.check_members()

    def test_by_a_search_they_come_with_it(self):
        self.begin(by_search)
        self.check_members()
        self.assertTrue(self.sees_room("o'neil(x)*"))
        self.check_too_many()
        self.check_members()

    def test_who_is_remembered_is_in_them_too(self):
        self.begin(by_search, cache_seconds="600")
        self.check_members()
        self.directory.stop()
        self.check_members()

    def test_who_may_not_read_its_entry_is_not_let_in(self):
        self.begin(by_template)
        with open(self.directory.path("slapd.conf"), "r+", encoding="utf-8") as f:
            text = f.read().replace("by self read ", "")
            f.seek(0)
            f.truncate()
            f.write(text)
        self.directory.stop()
        self.directory.start()
        self.assertEqual(self.attempt("alice", PASSWORDS["alice"]), NO_DECISION)
        self.broker.await_log("the user can not read its own entry|search failed")
        self.assertEqual(self.attempt("alice", "x"), DENIED)


class Trouble(Clients):
    def begin(self, make=by_template, **settings):
        self.directory = self.make_directory()
        self.directory.start()
        self.broker = make(self.directory, **settings)
        self.addCleanup(self.broker.close)
        self.broker.start()

    def test_a_directory_that_is_down_is_no_decision_and_then_comes_back(self):
        self.begin()
        self.assertEqual(self.attempt("alice", PASSWORDS["alice"]), raw.NONE)
        self.directory.stop()
        for _ in range(3):
            began = time.monotonic()
            self.assertEqual(self.attempt("alice", PASSWORDS["alice"]), NO_DECISION)
            self.assertLess(time.monotonic() - began, 4)
        self.others_work()
        self.broker.await_audit(r'"the directory can not be reached"')
        self.broker.await_log(r"no connection to address=127.0.0.1 .*DIA001")
        self.directory.start()
        self.works()
        self.assertEqual(self.attempt("alice", "x"), DENIED)

    def test_one_that_was_started_anew_between_two_logins_is_not_noticed(self):
        self.begin()
        self.assertEqual(self.attempt("alice", PASSWORDS["alice"]), raw.NONE)
        self.directory.stop()
        self.directory.start()
        self.assertEqual(self.attempt("alice", PASSWORDS["alice"]), raw.NONE)

    def test_who_was_right_is_remembered_for_a_while_and_no_longer(self):
        self.begin(cache_seconds="5")
        began = time.monotonic()
        self.assertEqual(self.attempt("alice", PASSWORDS["alice"]), raw.NONE)
        self.directory.stop()
        self.assertEqual(self.attempt("alice", PASSWORDS["alice"]), raw.NONE)
        self.assertNotEqual(self.attempt("alice", "wonder lan"), raw.NONE)
        self.assertNotEqual(self.attempt("bob", PASSWORDS["bob"]), raw.NONE)
        schloss.eventually(
            lambda: self.attempt("alice", PASSWORDS["alice"]) == NO_DECISION, 30, "it is over")
        self.assertGreater(time.monotonic() - began, 4.9)

    def test_a_directory_that_is_stuck_holds_up_nobody_else(self):
        self.begin()
        self.assertEqual(self.attempt("alice", PASSWORDS["alice"]), raw.NONE)
        pids = self.broker.pids("auth")
        self.directory.signal(signal.SIGSTOP)
        waiting = self.connect()
        with schloss.Traffic(self.others_work) as others:
            for _ in range(3):
                began = time.monotonic()
                self.assertEqual(self.attempt("alice", PASSWORDS["alice"]), NO_DECISION)
                self.assertLess(time.monotonic() - began, 5)
            schloss.eventually(lambda: others.count >= 3 or others.error, 30, "others log in")
        self.assertIsNone(others.error)
        waiting.close()
        self.directory.signal(signal.SIGCONT)
        self.works()
        self.assertEqual(self.broker.pids("auth"), pids)

    def test_a_certificate_for_another_name_or_by_another_authority_is_no_directory(self):
        self.begin()
        for name, authority in (("other.corp.test", "ca"), ("directory.corp.test", "forger")):
            self.directory.stop()
            self.directory.make_certificates(name, authority)
            self.directory.start()
            mark = self.broker.log_size()

            def is_seen():
                self.assertEqual(self.attempt("alice", PASSWORDS["alice"]), NO_DECISION)
                return "TLS failed" in self.broker.log(mark)
            schloss.eventually(is_seen, 40, "it is asked, and not trusted")
        self.broker.await_audit(r'"the directory is not trusted"')
        self.directory.stop()
        self.directory.make_certificates("directory.corp.test")
        self.directory.start()
        self.works()

    def test_without_tls_it_is_no_directory(self):
        self.begin()
        self.directory.stop()
        self.directory.start(plain_at_ldaps=True)
        self.assertEqual(self.attempt("alice", PASSWORDS["alice"]), NO_DECISION)
        self.broker.await_log(r"TLS failed")

    def test_starttls_is_not_skipped_where_it_is_refused(self):
        self.directory = self.make_directory()
        with open(self.directory.path("slapd.conf"), "r+", encoding="utf-8") as f:
            text = "".join(line for line in f if "TLS" not in line and "security" not in line)
            f.seek(0)
            f.truncate()
            f.write(text)
        self.directory.start(plain_at_ldaps=True)
        self.broker = by_search(self.directory, tls="starttls")
        self.addCleanup(self.broker.close)
        self.broker.start()
        self.assertEqual(self.attempt("alice", PASSWORDS["alice"]), NO_DECISION)
        self.broker.await_log(r"StartTLS failed")
        self.broker.await_audit(r'"the directory is not trusted"')

    def test_an_account_that_is_refused_lets_nobody_search(self):
        self.begin(by_search)
        self.assertEqual(self.attempt("alice", PASSWORDS["alice"]), raw.NONE)
        self.broker.write("reader", "not the reader's\n")
        mark = self.broker.log_size()
        self.broker.hang_up()
        self.broker.await_log(r"reload: auth-ldap is in force", mark)
        self.assertEqual(self.attempt("alice", PASSWORDS["alice"]), NO_DECISION)
        self.broker.await_log(r"account of search.bind.dn is refused", mark)
        self.broker.write("reader", PASSWORDS_OF_READER)
        self.broker.hang_up()
        self.works()

    def test_a_dial_that_dies_or_hangs_is_started_anew(self):
        self.begin()
        self.assertEqual(self.attempt("alice", PASSWORDS["alice"]), raw.NONE)
        before = self.broker.pids("dial")
        self.assertEqual(len(before), 1)
        mark = self.broker.log_size()
        os.kill(before[0], signal.SIGKILL)
        self.broker.await_log(r"dial-ldap ended by signal 9 .*WAR002", mark)
        # The connection that is there does not need it.
        self.assertEqual(self.attempt("alice", PASSWORDS["alice"]), raw.NONE)
        schloss.eventually(lambda: self.broker.pids("dial") not in ([], before), 30, "it is back")
        self.directory.stop()
        self.directory.start()
        self.works()
        hanging = self.broker.pids("dial")
        os.kill(hanging[0], signal.SIGSTOP)
        self.directory.stop()
        self.directory.start()
        began = time.monotonic()
        self.assertEqual(self.attempt("alice", PASSWORDS["alice"]), NO_DECISION)
        self.assertLess(time.monotonic() - began, 5)
        self.others_work()
        self.broker.await_log(r"dial-ldap does not answer: .*WAR003", mark, seconds=60)
        self.works()
        self.assertNotEqual(self.broker.pids("dial"), hanging)


class Hostile(Clients):
    """A directory that was taken over: its certificate is right, and nothing else."""

    def test_what_is_no_answer_is_no_decision_and_costs_no_process(self):
        maker = self.make_directory()
        false = hostile_directory.HostileDirectory(
            maker.path("slapd.pem"), maker.path("slapd.key"))
        self.addCleanup(false.close)
        false.dir, false.path = maker.dir, maker.path
        self.broker = by_template(false, timeout_ms="1000")
        self.addCleanup(self.broker.close)
        self.broker.start()
        self.assertEqual(self.attempt("alice", "anything"), raw.NONE)
        pids = self.broker.pids("auth"), self.broker.pids("dial")
        acts = [name[3:] for name in dir(false) if name.startswith("do_")]
        self.assertGreater(len(acts), 15)
        for act in acts:
            if act == "good":
                continue
            false.act, before = act, false.requests
            began = time.monotonic()
            self.assertEqual(self.attempt("alice", "anything"), NO_DECISION, act)
            self.assertLess(time.monotonic() - began, 4, act)
            self.assertGreater(false.requests, before, act)
            false.act = "good"
            self.works()
        self.assertEqual((self.broker.pids("auth"), self.broker.pids("dial")), pids)


    def test_a_code_about_one_user_stops_nobody_else(self):
        maker = self.make_directory()
        false = hostile_directory.HostileDirectory(
            maker.path("slapd.pem"), maker.path("slapd.key"))
        self.addCleanup(false.close)
        false.dir, false.path = maker.dir, maker.path
        self.broker = by_template(false)
        self.addCleanup(self.broker.close)
        self.broker.start()
        for _ in range(8):  # pauses would have grown to half a minute
            false.act = "referral"
            self.assertEqual(self.attempt("alice", "anything"), NO_DECISION)
            false.act = "good"
            self.assertEqual(self.attempt("bob", "anything"), raw.NONE)

    def test_what_is_sent_before_tls_is_read_strictly_and_costs_no_process(self):
        maker = self.make_directory()
        good = hostile_directory.message(1, hostile_directory.result(hostile_directory.EXTENDED))
        false = hostile_directory.HostileDirectory(
            maker.path("slapd.pem"), maker.path("slapd.key"), starttls=good)
        self.addCleanup(false.close)
        false.dir, false.path = maker.dir, maker.path
        self.broker = by_template(false, tls="starttls", timeout_ms="1000")
        self.addCleanup(self.broker.close)
        self.broker.start()
        self.assertEqual(self.attempt("alice", "anything"), raw.NONE)
        pids = self.broker.pids("auth"), self.broker.pids("dial")
        for bytes_ in (bytes.fromhex("300e02010078090a0100040004008a00"), good + good,
                       good[:-1], b"", b"x" * 4096, b"\x30\x84\xff\xff\xff\xff\x02\x01\x01"):
            false.act = "hang_up"  # the connection that is there
            false.starttls, before = bytes_, false.requests
            self.assertEqual(self.attempt("alice", "anything"), NO_DECISION, bytes_)
            self.assertGreater(false.requests, before + 1, bytes_)
            false.act, false.starttls = "good", good
            self.works()
        self.assertEqual((self.broker.pids("auth"), self.broker.pids("dial")), pids)


class Start(Clients):
    def refused(self, expected, **settings):
        directory = self.make_directory()
        broker = by_template(directory, **settings)
        self.addCleanup(broker.close)
        status, said = broker.run_to_end()
        self.assertEqual(status, 78)
        self.assertRegex(said, expected)

    def test_what_is_not_safe_is_refused(self):
        self.refused(r"ldap.tls must be ldaps or starttls.*LDAP002", tls="none")
        self.refused(r"server.name is required.*LDAP002", server_name="")
        self.refused(r"user.dn.template must have %u", user_dn_template="uid=x,dc=y")
        self.refused(r"connects to: .*a name is not looked up.*PLG007", address="localhost:636")
        self.refused(r"ca.file must be a file with the certificate.*LDAP003", ca_file="/etc/passwd")


if __name__ == "__main__":
    unittest.main()

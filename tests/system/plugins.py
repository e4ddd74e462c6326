"""Plugins that are not ours: the worked example, and one that breaks every rule."""

import hashlib
import os
import shutil
import signal
import time
import unittest

import raw
import schloss

DENIED = raw.SASL_AUTHENTICATION_FAILED
TOKENS = {"alice": "a" * 40, "bob": "b" * 40, "mallory": "m" * 40}


def hostile_plugin():
    return os.environ.get("SCHLOSS_HOSTILE_PLUGIN", os.path.join(
        schloss.BIN, os.pardir, "tests/auth/hostile_none.so"))


def has_mapped(pid, text):
    try:
        with open(f"/proc/{pid}/maps", encoding="ascii", errors="replace") as f:
            return text in f.read()
    except (FileNotFoundError, ProcessLookupError):
        return False


class Clients(unittest.TestCase):
    """Each connection comes from an address of its own: back-off is not the matter here."""

    def connect(self, mechanism, listener="SASL_SSL"):
        connection = raw.Connection(
            self.broker, listener, source=raw.fresh_address(), timeout=30)
        self.addCleanup(connection.close)
        self.assertEqual(connection.handshake(mechanism)[0], raw.NONE)
        return connection

    def attempt(self, mechanism, message, listener="SASL_SSL"):
        """The error code; None: the connection was ended instead."""
        connection = self.connect(mechanism, listener)
        try:
            return connection.authenticate(message)
        except raw.Closed:
            return None

    def works(self, mechanism, message):
        """Whether it lets in, or will soon: a plugin that was just started anew."""
        def is_in():
            try:
                return self.attempt(mechanism, message) == raw.NONE
            except raw.Closed:
                return False
        schloss.eventually(is_in, 60, f"{mechanism} works")

    def plain_works(self):
        connection = self.connect("PLAIN")
        self.assertEqual(connection.authenticate(
            raw.plain("alice", self.broker.secrets["alice"])), raw.NONE)
        connection.metadata()


class Example(Clients):
    @classmethod
    def setUpClass(cls):
        cls.broker = broker = schloss.Broker(("SASL_SSL", "SASL_PLAINTEXT"))
        cls.addClassCleanup(broker.close)
        build = broker.path("plugins")
        schloss.run("cmake", "-S", os.path.join(schloss.HOME, "examples/plugin"), "-B", build,
                    f"-DSCHLOSS_INCLUDE={schloss.HOME}/include")
        schloss.run("cmake", "--build", build)
        cls.write_tokens(TOKENS)
        broker.settings |= {
            "sasl.enabled.mechanisms": "PLAIN,X-TOKEN",
            "schloss.auth.plugins": "password,x-token",
            "schloss.auth.plugin.dir": build,
            "schloss.plugin.x-token.tokens.file": broker.path("tokens"),
            "schloss.plugin.x-token.bytes.min": "40",
            "listener.name.sasl_plaintext.schloss.auth.scope.x-token": "User:bob"}
        broker.write_config()
        broker.start()

    @classmethod
    def write_tokens(cls, tokens):
        cls.broker.write("tokens", "# who has them\n" + "".join(
            f"{name}:{hashlib.sha256(token.encode()).hexdigest()}\n"
            for name, token in tokens.items()))

    def reload(self):
        mark = self.broker.log_size()
        self.broker.hang_up()
        self.broker.await_log(r"reload: auth-x-token is in force", mark)

    def tearDown(self):
        self.write_tokens(TOKENS)
        self.reload()

    def test_a_token_lets_in_as_its_owner(self):
        connection = self.connect("X-TOKEN")
        self.assertEqual(connection.authenticate(TOKENS["alice"].encode()), raw.NONE)
        connection.metadata()
        self.broker.await_audit(
            r'"outcome":"success".*"User:alice".*"mechanism":"X-TOKEN"')

    def test_any_other_token_is_refused(self):
        good = TOKENS["alice"]
        digest = hashlib.sha256(good.encode()).hexdigest()
        for token in (good[:-1] + "b", good + "a", digest, "alice:" + digest, "x" * 1025,
                      good[:-1], "", "User:alice"):
            self.assertEqual(self.attempt("X-TOKEN", token.encode()), DENIED, token[:50])
        self.assertEqual(self.attempt("X-TOKEN", good.encode() + b"\0"), DENIED)
        self.broker.await_audit(r'"outcome":"failure".*"token malformed"')

    def test_it_names_nobody_outside_its_scope(self):
        self.assertEqual(
            self.attempt("X-TOKEN", TOKENS["bob"].encode(), "SASL_PLAINTEXT"), raw.NONE)
        self.assertEqual(
            self.attempt("X-TOKEN", TOKENS["alice"].encode(), "SASL_PLAINTEXT"), DENIED)
        self.broker.await_log(r"x-token named User:alice .*IPC021")

    def test_a_reload_takes_tokens_and_ends_who_has_none_any_more(self):
        alice, mallory = self.connect("X-TOKEN"), self.connect("X-TOKEN")
        self.assertEqual(alice.authenticate(TOKENS["alice"].encode()), raw.NONE)
        self.assertEqual(mallory.authenticate(TOKENS["mallory"].encode()), raw.NONE)
        self.write_tokens({"alice": "n" * 40, "bob": TOKENS["bob"]})
        self.reload()
        self.assertTrue(mallory.is_closed(30))
        alice.metadata()
        self.works("X-TOKEN", b"n" * 40)
        self.assertEqual(self.attempt("X-TOKEN", TOKENS["alice"].encode()), DENIED)
        self.assertEqual(self.attempt("X-TOKEN", TOKENS["mallory"].encode()), DENIED)

    def test_a_file_that_is_wrong_is_refused_and_the_one_before_stays(self):
        digest = hashlib.sha256(b"e" * 40).hexdigest()
        for text in ("eve\n", f"eve:{digest}", f"eve:{digest} \n", f"eve:{digest[1:]}\n",
                     f"eve:{digest}00\n", f":{digest}\n", f"eve\0:{digest}\n",
                     f"{'e' * 65}:{digest}\n", f"eve:{digest}\n" * 513):
            mark = self.broker.log_size()
            self.broker.write("tokens", text)
            self.broker.hang_up()
            self.broker.await_log(r"x-token.so does not start: the tokens file", mark)
            self.broker.await_log(r"reload: the new auth-x-token is refused", mark)
        self.assertEqual(self.attempt("X-TOKEN", TOKENS["alice"].encode()), raw.NONE)
        self.assertEqual(self.attempt("X-TOKEN", b"e" * 40), DENIED)

    def test_no_token_is_in_a_log(self):
        for token in TOKENS.values():
            self.attempt("X-TOKEN", token.encode())
            self.attempt("X-TOKEN", token.encode() + b"x")
        for token in TOKENS.values():
            self.assertNotIn(token, self.broker.log())
            self.assertNotIn(token, self.broker.audit())


def make_hostile(**settings):
    broker = schloss.Broker(settings={
        "sasl.enabled.mechanisms": "PLAIN,TEST",
        "schloss.auth.plugins": "password,hostile",
        "schloss.auth.timeout.ms": "60000"} | settings)
    os.mkdir(broker.path("plugins"))
    shutil.copy(hostile_plugin(), broker.path("plugins/hostile.so"))
    broker.write("plugins/hostile.manifest", "mechanisms=TEST\nprincipals=User:eve\n")
    broker.settings["schloss.auth.plugin.dir"] = broker.path("plugins")
    broker.write_config()
    return broker


class Attacks(Clients):
    """A broker with the hostile plugin, and what everybody else is like before and after."""

    def setUp(self):
        self.broker = make_hostile()
        self.addCleanup(self.broker.close)
        self.broker.start()
        self.before = self.others()

    def hostile(self):
        """Process ids of the hostile plugin."""
        return [p for p in self.broker.pids("auth") if has_mapped(p, "/hostile.so")]

    def others(self):
        pids = {role: self.broker.pids(role) for role in ("porter", "keys", "broker", "store",
                                                          "audit", "auth")}
        pids["auth"] = [p for p in pids["auth"] if has_mapped(p, "/password.so")]
        return pids

    def assert_nobody_else_noticed(self):
        self.plain_works()
        self.assertEqual(self.others(), self.before)


class Hostile(Attacks):
    def test_it_can_let_in_whom_it_may_name(self):
        """So that the others do not pass for want of a plugin that works."""
        self.assertEqual(self.attempt("TEST", b"allow"), raw.NONE)
        self.assertEqual(self.attempt("TEST", b"deny"), DENIED)

    def test_what_is_no_answer_lets_nobody_in(self):
        pids = self.hostile()
        for act in ("gigabyte", "huge", "nowhere", "empty-principal", "prefix-only",
                    "other-type", "long-principal", "nul-principal", "line-principal",
                    "not-utf8", "zero", "one", "wide", "null", "short", "wait-and-allow",
                    "wait-twice", "deny-with-principal"):
            self.assertIsNone(self.attempt("TEST", act.encode()), act)
        self.assertEqual(self.attempt("TEST", b"twice"), DENIED)
        self.broker.await_log(r"plugin broke a rule: .*AUTH010")
        self.broker.await_audit(r'"outcome":"failure".*"plugin broke a rule"')
        self.assertEqual(self.hostile(), pids)
        self.assert_nobody_else_noticed()
        self.assertNotIn('"User:admin', self.broker.audit())

    def test_the_number_of_another_attempt_lets_nobody_in(self):
        waiting = self.connect("TEST")
        self.assertIsNone(self.attempt("TEST", b"other"))
        self.broker.await_log(r"an answer for an attempt that ended .*AUTH010")
        self.broker.await_audit(r'"outcome":"failure".*"no answer in time"')
        self.assertEqual(waiting.authenticate(b"deny"), DENIED)
        self.assertNotIn('"User:eve"', self.broker.audit())
        self.assert_nobody_else_noticed()

    def test_it_opens_no_file(self):
        pids = self.hostile()
        self.assertEqual(self.attempt("TEST", b"open"), DENIED)
        self.assertEqual(self.hostile(), pids)
        self.assert_nobody_else_noticed()

    def test_it_can_not_take_all_memory_of_the_machine(self):
        pids = self.hostile()
        self.assertEqual(self.attempt("TEST", b"leak"), DENIED)
        self.assertEqual(self.hostile(), pids)
        self.assert_nobody_else_noticed()

    def dies(self, act, how):
        before = self.hostile()
        mark = self.broker.log_size()
        self.assertIsNone(self.attempt("TEST", act))
        self.broker.await_log(f"auth-hostile ended by {how} .*WAR002", mark)
        self.assert_nobody_else_noticed()
        schloss.eventually(lambda: self.hostile() not in ([], before), 60, "it is there again")
        self.works("TEST", b"allow")

    def test_what_its_sandbox_forbids_ends_it_and_it_is_started_anew(self):
        for act in (b"fork", b"connect", b"sleep", b"signal", b"program"):
            self.dies(act, f"signal {signal.SIGSYS:d}")
        self.broker.await_audit(r'"operation":"end".*"auth-hostile"')
        self.broker.await_audit(r'"outcome":"failure".*"auth went away"')

    def test_bytes_of_its_own_on_our_channels_end_it(self):
        mark = self.broker.log_size()
        self.dies(b"forge", "(signal|status) [0-9]+")
        self.broker.await_log(r"IPC0[23]0", mark)

    def test_one_that_crashes_again_and_again_is_started_ever_later(self):
        seconds = []
        for _ in range(5):
            self.dies(b"crash", "signal [0-9]+")
            mark = self.broker.log_size()
            pids = self.hostile()
            self.assertIsNone(self.attempt("TEST", b"crash"))
            self.broker.await_log("auth-hostile ended by", mark)
            began = time.monotonic()
            schloss.eventually(lambda: self.hostile() not in ([], pids), 60, "it is back")
            seconds.append(time.monotonic() - began)
            self.works("TEST", b"allow")
            if len(seconds) > 1 and seconds[-1] > 4:
                break
        self.assertGreater(seconds[-1], 2 * seconds[0], seconds)
        self.assert_nobody_else_noticed()
        self.assert_another_is_not_as_late()

    def assert_another_is_not_as_late(self):
        """One that dies together with it is there while it has still to wait."""
        password, hostile = self.before["auth"], self.hostile()
        mark = self.broker.log_size()
        for pid in password + hostile:
            os.kill(pid, signal.SIGKILL)
        self.broker.await_log("auth-[a-z]+ ended by signal 9", mark, count=2)
        schloss.eventually(lambda: self.others()["auth"] not in ([], password), 30, "it is back")
        self.assertEqual(self.hostile(), [])


class Silent(Attacks):
    def get_stuck(self):
        """A login whose plugin never comes back from it."""
        connection = self.connect("TEST")
        connection.send(raw.request(raw.SASL_AUTHENTICATE, 0, 99, raw.blob(b"stuck")))
        victim = self.hostile()[0]

        def is_inside():
            with open(f"/proc/{victim}/wchan", encoding="ascii") as f:
                return "futex" in f.read()
        schloss.eventually(is_inside, 10, "the plugin is stuck")
        return connection, victim

    def test_one_that_never_comes_back_is_ended_and_started_anew(self):
        mark = self.broker.log_size()
        stuck, victim = self.get_stuck()
        queued = self.connect("TEST")
        queued.send(raw.request(raw.SASL_AUTHENTICATE, 0, 99, raw.blob(b"allow")))
        self.plain_works()
        self.broker.await_log(r"auth-hostile does not answer: .*WAR003", mark, seconds=60)
        self.broker.await_log(r"auth-hostile ended by signal 9 .*WAR002", mark)
        self.assertTrue(stuck.is_closed(30))
        self.assertTrue(queued.is_closed(30))
        self.broker.await_audit(r'"outcome":"failure".*"auth went away"')
        self.assert_nobody_else_noticed()
        self.works("TEST", b"allow")
        self.assertNotIn(victim, self.hostile())

    def test_a_reload_helps_at_once_and_the_stuck_one_ends_too(self):
        mark = self.broker.log_size()
        _, victim = self.get_stuck()
        self.broker.hang_up()
        self.broker.await_log(r"reload: auth-hostile is in force", mark)
        self.assertEqual(self.attempt("TEST", b"allow"), raw.NONE)
        schloss.eventually(lambda: schloss.state_of(victim) in "ZX", 60, "it is ended")
        self.assertEqual(len(self.hostile()), 1)
        self.assertEqual(self.attempt("TEST", b"allow"), raw.NONE)

    def test_one_that_is_stuck_does_not_keep_the_daemon(self):
        _, victim = self.get_stuck()
        self.assertEqual(self.broker.stop(), 0)
        self.assertEqual(schloss.state_of(victim), "X")


if __name__ == "__main__":
    unittest.main()

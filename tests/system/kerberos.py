"""kerberos - the gssapi plugin against a real KDC and MIT's own client library.

The plugin runs in gssapi_server (tests/plugins), which is told tokens and prints verdicts.
"""

import glob
import os
import re
import random
import select
import shutil
import subprocess
import tempfile
import time
import unittest

import kdc
import raw
import schloss

try:
    import gssapi
except ImportError:
    gssapi = None

SERVER = os.environ.get("SCHLOSS_GSSAPI_SERVER",
                        os.path.join(schloss.HOME, "build/release/tests/gssapi_server"))
SERVICE = "kafka/localhost"
ANSWER_SECONDS = 20
FAKETIME = glob.glob("/usr/lib/*/faketime/libfaketime.so.1")
# include/schloss/auth_plugin.h
MALFORMED, OTHER_IDENTITY, TOO_LONG, ROUNDS = 1, 4, 6, 13
SKEW, NO_KEY, EXPIRED, REPLAY, OTHER, NO_RULE, LAYER, OTHER_SERVICE = range(20, 28)
MUTATIONS = 400


def lacks():
    names = kdc.missing()
    if gssapi is None:
        names.append("python3-gssapi")
    if not FAKETIME:
        names.append("libfaketime")
    if not os.path.exists(SERVER):
        names.append(SERVER)
    return "missing: " + ", ".join(names) if names else None


class Server:
    """The plugin, ready to be asked."""

    def __init__(self, keytab, conf, *settings, skew=None, scratch=None):
        self.scratch = scratch or tempfile.mkdtemp(prefix="gssapi-")
        self.shared = scratch is not None
        environment = {"PATH": kdc.PATH}
        if skew is not None:
            environment.update(LD_PRELOAD=FAKETIME[0], FAKETIME=skew)
        self.process = subprocess.Popen(
            [SERVER, self.scratch, keytab, conf, *settings], env=environment,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.pending = b""
        self.said = []
        self.attempt = 0
        self.ready = self._answer() == "ready"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def _line(self):
        while b"\n" not in self.pending:
            if not select.select([self.process.stdout], [], [], ANSWER_SECONDS)[0]:
                raise schloss.Failure("the plugin does not answer")
            read = os.read(self.process.stdout.fileno(), 65536)
            if not read:
                raise schloss.Failure(f"the plugin ended: {self.process.wait(10)}")
            self.pending += read
        line, self.pending = self.pending.split(b"\n", 1)
        return line.decode("utf-8", "replace")

    def _answer(self):
        """The next line that is no log."""
        while True:
            line = self._line()
            if not line.startswith("log "):
                return line
            self.said.append(line[4:])

    def tell(self, text):
        self.process.stdin.write(text.encode("ascii") + b"\n")
        self.process.stdin.flush()

    def begin(self):
        self.attempt += 1
        self.tell(f"begin {self.attempt}")

    def step(self, token):
        """What was answered: its words, a token as bytes."""
        self.tell(f"step {self.attempt} {(token or b'').hex()}")
        words = self._answer().split(" ", 2)
        if words[0] == "continue":
            return "continue", bytes.fromhex(words[1])
        if words[0] == "allow":
            return "allow", int(words[1]), words[2]
        return words[0], int(words[1])

    def close(self):
        self.process.stdin.close()
        status = self.process.wait(20)
        self.process.stdout.close()
        left = sorted(os.listdir(self.scratch))
        if not self.shared:
            shutil.rmtree(self.scratch)
        if status not in (0, 1) or not all(
                re.fullmatch(r"krb5-[0-9a-f]{16}\.conf|rcache", name) for name in left):
            raise schloss.Failure(f"the plugin ended with {status} and left {left}")


class Client:
    """One login by the library of MIT, with the tickets of a cache."""

    def __init__(self, realm, cache, service=SERVICE, name=None, mutual=True, flags=()):
        os.environ["KRB5_CONFIG"] = realm.conf
        name = gssapi.Name(name or f"{service}@{realm.realm}",
                           gssapi.NameType.kerberos_principal)
        store = {"ccache": "FILE:" + realm.path("cc-" + cache)}
        wanted = [gssapi.RequirementFlag.integrity, *flags]
        if mutual:
            wanted.append(gssapi.RequirementFlag.mutual_authentication)
        self.context = gssapi.SecurityContext(
            name=name, usage="initiate", mech=gssapi.MechType.kerberos, flags=wanted,
            creds=gssapi.Credentials(usage="initiate", store=store))
        self.mutual = mutual
        self.token = self.context.step()

    def choose(self, offer, layer=1, authzid=b"", size=0):
        plain = self.context.unwrap(offer).message
        assert plain == b"\x01\x00\x00\x00", plain
        return self.context.wrap(
            bytes([layer]) + size.to_bytes(3, "big") + authzid, False).message


def login(server, client, **choice):
    """The whole exchange; the last answer."""
    server.begin()
    answer = server.step(client.token)
    if answer[0] != "continue":
        return answer
    if client.mutual:
        assert client.context.step(answer[1]) is None
        answer = server.step(b"")
        if answer[0] != "continue":
            return answer
    assert client.context.complete
    return server.step(client.choose(answer[1], **choice))


@unittest.skipIf(lacks() is not None, lacks())
class WithRealm(unittest.TestCase):
    """A realm that all tests of a class share."""

    realm = None

    @classmethod
    def setUpClass(cls):
        cls.realm = kdc.Kdc()
        cls.addClassCleanup(cls.realm.stop)
        for principal in (SERVICE, "kafka/other", "http/localhost"):
            cls.realm.add(principal)
        for principal in ("alice", "alice/admin", "bob"):
            cls.realm.add(principal, "pw")
        cls.keytab = cls.realm.keytab("kafka", SERVICE)
        cls.realm.kinit("alice", "pw")

    def server(self, *settings, keytab=None, conf=None, **more):
        server = Server(keytab or self.keytab, self.realm.conf if conf is None else conf,
                        *settings, **more)
        self.addCleanup(server.close)
        self.assertTrue(server.ready, server.said)
        return server

    def client(self, cache="alice", **more):
        return Client(self.realm, cache, **more)

    def assertAllowed(self, answer, name):
        self.assertEqual(answer[0], "allow", answer)
        self.assertEqual(answer[2], "User:" + name)

    def assertWorks(self, server):
        self.assertAllowed(login(server, self.client()), "alice")


class Logins(WithRealm):
    """Who gets in, and as whom."""

    def test_a_client_that_asks_for_mutual_authentication(self):
        server = self.server()
        client = self.client()
        server.begin()
        answer = server.step(client.token)
        self.assertEqual(answer[0], "continue")
        self.assertGreater(len(answer[1]), 0)
        self.assertWorks(server)

    def test_a_client_that_does_not_gets_the_offer_at_once(self):
        server = self.server()
        client = self.client(mutual=False)
        server.begin()
        offer = server.step(client.token)
        self.assertAllowed(server.step(client.choose(offer[1], size=65536)), "alice")
        self.assertAllowed(login(server, self.client(mutual=False)), "alice")

    def test_the_login_ends_when_the_ticket_does(self):
        self.realm.kinit("alice", "pw", "-l", "20m", cache="short")
        before = time.time()
        answer = login(self.server(), self.client("short"))
        self.assertAllowed(answer, "alice")
        self.assertLess(abs(answer[1] / 1000 - before - 1200), 60)

    def test_rules_name_the_principal(self):
        self.realm.kinit("alice/admin", "pw", cache="admin")
        rules = "sasl.kerberos.principal.to.local.rules="
        server = self.server(rules + "RULE:[2:$1-$2](alice-.*)s/-/_/,DEFAULT")
        self.assertAllowed(login(server, self.client("admin")), "alice_admin")
        self.assertWorks(server)
        self.assertAllowed(login(self.server(), self.client("admin")), "alice")
        server = self.server(rules + "RULE:[2:$1]")
        self.assertEqual(login(server, self.client()), ("deny", NO_RULE))

    def test_the_principal_itself_is_the_only_authzid(self):
        server = self.server()
        for authzid in (b"alice", b"alice@EXAMPLE.TEST"):
            self.assertAllowed(login(server, self.client(), authzid=authzid), "alice")
        self.assertAllowed(login(server, self.client(), authzid=SERVICE.replace(
            "/", "@").encode()), "alice")  # as Python's clients have it
        for authzid in (b"bob", b"alice@", b"ALICE", b"alice@OTHER", b"alic", b"alice\0",
                        b"\0", b"x" * 9000):
            self.assertEqual(login(server, self.client(), authzid=authzid),
                             ("deny", OTHER_IDENTITY), authzid)

    def test_without_a_krb5_conf_the_realm_is_that_of_the_key(self):
        self.assertWorks(self.server(conf=""))

    def test_a_host_of_several_is_chosen(self):
        both = self.realm.keytab("both", "kafka/other", SERVICE)
        server = self.server("sasl.kerberos.hostname=localhost", keytab=both)
        self.assertWorks(server)
        self.assertEqual(server.said, [])
        server = self.server(keytab=both)
        self.assertIn("kafka/other@EXAMPLE.TEST", server.said[0])

    def test_every_host_of_the_service_and_nothing_else_may_be_served(self):
        keytab = self.realm.keytab("hosts", "kafka/other", SERVICE, "http/localhost")
        server = self.server("sasl.kerberos.hostname=*", keytab=keytab)
        self.assertEqual(server.said, [])
        for service in (SERVICE, "kafka/other"):
            self.assertAllowed(login(server, self.client(service=service)), "alice")
        self.assertEqual(login(server, self.client(service="http/localhost"))[0], "deny")

    def test_a_client_that_sends_its_own_ticket_along(self):
        self.realm.kinit("alice", "pw", "-f", cache="forwardable")
        server = self.server()
        client = self.client("forwardable", flags=[gssapi.RequirementFlag.delegate_to_peer])
        self.assertGreater(len(client.token), 1000)
        self.assertAllowed(login(server, client), "alice")

    def test_a_keytab_of_which_one_type_is_permitted(self):
        self.realm.add("kafka/types")
        keytab = self.realm.keytab(
            "types", "kafka/types", enctypes="arcfour-hmac:normal,aes256-sha2:normal")
        with open(self.realm.conf, encoding="ascii") as f:
            conf = f.read()
        path = self.realm.path("sha2.conf")
        for types, ready in (("aes256-sha2", True), ("camellia256-cts", False)):
            with open(path, "w", encoding="ascii") as f:
                f.write(conf.replace("[libdefaults]",
                                     f"[libdefaults]\n    permitted_enctypes = {types}"))
            with Server(keytab, path) as server:
                self.assertEqual(server.ready, ready, server.said)
                if not ready:
                    self.assertIn("permitted_enctypes", server.said[-1])

    def test_many_logins_in_turn_and_at_once(self):
        server = self.server()
        for _ in range(100):
            self.assertWorks(server)
        clients = [self.client() for _ in range(30)]
        first = server.attempt + 1
        for client in clients:
            server.begin()
            self.assertEqual(server.step(client.token)[0], "continue")
        server.attempt = first
        self.assertEqual(server.step(b"")[0], "continue")
        server.tell(f"cancel {first + 1}")
        server.attempt = first + 1
        self.assertEqual(server.step(b"")[0], "error")
        server.attempt += len(clients)
        self.assertWorks(server)


class Realms(WithRealm):
    """Who comes from elsewhere: two KDCs that trust each other one way."""

    OTHER = "OTHER.TEST"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        other = kdc.Kdc(cls.OTHER)
        cls.addClassCleanup(other.stop)
        for realm in (cls.realm, other):
            realm.add(f"krbtgt/{kdc.REALM}@{cls.OTHER}", "between")
        other.add("alice", "pw")
        with open(other.conf, "a", encoding="ascii") as f:
            f.write(f"[realms]\n    {kdc.REALM} = {{\n        kdc = 127.0.0.1:"
                    f"{cls.realm.port}\n    }}\n")
        other.kinit("alice", "pw")
        cls.other = other

    def foreigner(self):
        return Client(self.other, "alice", name=f"{SERVICE}@{kdc.REALM}")

    def test_a_namesake_of_another_realm_is_nobody_by_default(self):
        server = self.server()
        self.assertEqual(login(server, self.foreigner()), ("deny", NO_RULE))
        self.assertWorks(server)

    def test_a_rule_can_let_another_realm_in(self):
        server = self.server("sasl.kerberos.principal.to.local.rules="
                             r"DEFAULT,RULE:[1:$1@$0](.*@OTHER\.TEST)s/@.*/-other/")
        self.assertAllowed(login(server, self.foreigner()), "alice-other")
        self.assertWorks(server)


class Refusals(WithRealm):
    """Who does not get in, and what the audit is told."""

    def refused(self, server, client, reason):
        answer = login(server, client)
        self.assertEqual(answer, ("deny", reason), server.said)

    def test_an_expired_ticket(self):
        self.realm.kinit("alice", "pw", "-l", "10m", cache="ten")
        client = self.client("ten")
        server = self.server(skew="+20m")
        self.refused(server, client, EXPIRED)
        self.assertIn("expired", server.said[-1])

    def test_a_ticket_that_ended_within_the_tolerated_skew(self):
        self.realm.kinit("alice", "pw", "-l", "2m", cache="two")
        client = self.client("two")
        self.refused(self.server(skew="+4m"), client, EXPIRED)

    def test_clocks_that_differ(self):
        client = self.client()
        for skew in ("+20m", "-20m"):
            server = self.server(skew=skew)
            self.refused(server, client, SKEW)
        self.assertWorks(self.server(skew="+2m"))

    def test_a_ticket_for_another_service(self):
        keytab = self.realm.keytab("two", "http/localhost", SERVICE)
        server = self.server(keytab=keytab)
        answer = login(server, self.client(service="http/localhost"))
        self.assertEqual(answer[0], "deny")
        self.assertIn(answer[1], (OTHER_SERVICE, NO_KEY), server.said)
        self.assertWorks(server)

    def test_a_key_that_the_keytab_does_not_have(self):
        self.realm.add("kafka/rolled")
        old = self.realm.keytab("old", "kafka/rolled")
        self.realm.kadmin("cpw -randkey kafka/rolled")
        server = self.server(keytab=old)
        self.refused(server, self.client(service="kafka/rolled"), NO_KEY)
        self.assertIn("kvno", server.said[-1])

    def test_a_message_sent_again(self):
        for mutual in (True, False):
            server = self.server()
            client = self.client(mutual=mutual)
            self.assertAllowed(login(server, client), "alice")
            server.begin()
            self.assertEqual(server.step(client.token), ("deny", REPLAY))

    def test_a_message_sent_again_to_another_process(self):
        first = self.server()
        files = set(os.listdir(first.scratch))
        second = self.server(scratch=first.scratch)
        self.assertEqual(set(os.listdir(first.scratch)), files)
        client = self.client(mutual=False)
        self.assertAllowed(login(first, client), "alice")
        second.begin()
        self.assertEqual(second.step(client.token), ("deny", REPLAY))
        third = self.server(conf="", scratch=first.scratch)
        self.assertEqual(len(set(os.listdir(first.scratch)) - files), 1)
        for server in (first, second, third):
            self.assertWorks(server)

    def test_a_replay_cache_that_can_not_be_written(self):
        server = self.server()
        cache = os.path.join(server.scratch, "rcache")
        os.rename(cache, cache + "-away")
        os.mkdir(cache)
        server.begin()
        self.assertEqual(server.step(self.client().token)[0], "error")
        os.rmdir(cache)
        os.rename(cache + "-away", cache)
        self.assertWorks(server)

    def test_a_layer_of_its_own(self):
        server = self.server()
        for layer in (0, 2, 3, 4, 5, 6, 7, 255):
            self.assertEqual(login(server, self.client(), layer=layer), ("deny", LAYER))
        self.assertWorks(server)

    def test_a_client_that_wants_a_third_leg(self):
        server = self.server()
        client = self.client(flags=[gssapi.RequirementFlag.dce_style])
        server.begin()
        self.assertEqual(server.step(client.token)[0], "deny")
        self.assertWorks(server)

    def test_other_mechanisms(self):
        server = self.server()
        os.environ["KRB5_CONFIG"] = self.realm.conf
        spnego = gssapi.SecurityContext(
            name=gssapi.Name(f"{SERVICE}@{self.realm.realm}", gssapi.NameType.kerberos_principal),
            mech=gssapi.OID.from_int_seq("1.3.6.1.5.5.2"), usage="initiate",
            creds=gssapi.Credentials(
                usage="initiate", store={"ccache": "FILE:" + self.realm.path("cc-alice")}))
        for token in (spnego.step(), b"NTLMSSP\0" + bytes(40), b"\x6e\x82"):
            server.begin()
            self.assertEqual(server.step(token), ("deny", MALFORMED))

    def test_empty_messages_without_end(self):
        server = self.server()
        server.begin()
        self.assertEqual(server.step(b""), ("deny", MALFORMED))
        for _ in range(50):
            self.assertEqual(server.step(b"")[0], "error")
        client = self.client()
        server.begin()
        self.assertEqual(server.step(client.token)[0], "continue")
        self.assertEqual(server.step(b"")[0], "continue")
        self.assertEqual(server.step(b"")[0], "deny")
        self.assertEqual(server.step(b"")[0], "error")

    def test_a_message_where_none_belongs(self):
        server = self.server()
        client = self.client()
        server.begin()
        self.assertEqual(server.step(client.token)[0], "continue")
        self.assertEqual(server.step(client.token), ("deny", MALFORMED))

    def test_the_last_message_of_another_login(self):
        server = self.server()
        one, two = self.client(), self.client()
        offers = []
        for client in (one, two):
            server.begin()
            client.context.step(server.step(client.token)[1])
            offers.append(server.step(b"")[1])
        self.assertEqual(server.step(one.choose(offers[0]))[0], "deny")


def mutations(token, seed):
    """Malformed relatives of a message, the same ones every time."""
    draw = random.Random(seed)
    for length in range(0, len(token), max(1, len(token) // 60)):
        yield token[:length]
    for _ in range(MUTATIONS - 160):
        at = draw.randrange(len(token))
        yield token[:at] + bytes([token[at] ^ 1 << draw.randrange(8)]) + token[at + 1:]
    for _ in range(60):
        at = draw.randrange(min(60, len(token)))
        yield token[:at] + bytes([draw.choice((0, 1, 0x7f, 0x80, 0x84, 0xff))]) + token[at + 1:]
    for _ in range(40):
        at = draw.randrange(len(token))
        yield token[:at] + draw.randbytes(draw.randrange(1, 40)) + token[at:]


class Malformed(WithRealm):
    """What no client would send. The process lives, and everybody else still gets in."""

    def test_first_messages(self):
        server = self.server()
        pid = server.process.pid
        count = 0
        for token in mutations(self.client().token, 1):
            server.begin()
            answer = server.step(token)
            self.assertFalse(server.said and "Success" in server.said[-1], token.hex())
            # A bit of a ticket that says nothing may be wrong; then it is still no login.
            self.assertIn(answer[0], ("deny", "continue"), token.hex())
            if answer[0] == "continue":
                self.assertEqual(server.step(b"\x01\x00\x00\x00"), ("deny", MALFORMED))
            count += 1
        self.assertGreater(count, 300)
        for length in (1, 16, 700, 16384, 65536):
            server.begin()
            self.assertEqual(server.step(random.Random(length).randbytes(length))[0], "deny")
        server.begin()
        self.assertEqual(server.step(bytes(65537)), ("deny", TOO_LONG))
        self.assertEqual(server.process.pid, pid)
        self.assertWorks(server)

    def test_what_is_no_der_is_malformed(self):
        server = self.server()
        token = self.client().token
        for at in range(17, 33):
            server.begin()
            spoilt = token[:at] + bytes([token[at] ^ 4]) + token[at + 1:]
            self.assertEqual(server.step(spoilt), ("deny", MALFORMED), at)

    def test_last_messages(self):
        server = self.server()
        for i, spoil in enumerate(range(0, 32)):
            client = self.client()
            server.begin()
            client.context.step(server.step(client.token)[1])
            good = client.choose(server.step(b"")[1])
            wrong = list(mutations(good, i))[spoil * 7 % 300]
            if wrong == good:
                continue
            self.assertEqual(server.step(wrong)[0], "deny", wrong.hex())
        self.assertWorks(server)


class Start(WithRealm):
    """What is wrong before anybody comes is said in a sentence."""

    def refused(self, keytab, conf, *settings):
        with Server(keytab, conf, *settings) as server:
            self.assertFalse(server.ready)
            self.assertEqual(len(server.said), 1, server.said)
            return server.said[0]

    def file(self, name, content):
        path = self.realm.path(name)
        with open(path, "wb") as f:
            f.write(content)
        return path

    def test_a_keytab_that_is_none(self):
        conf = self.realm.conf
        self.assertIn("keytab can not be read", self.refused("/nonexistent", conf))
        self.assertIn("it is empty", self.refused("/dev/null", conf))
        self.assertIn("can not be read", self.refused(self.file("bad", b"no keytab"), conf))
        with open(self.keytab, "rb") as f:
            whole = f.read()
        for length in range(1, len(whole) - 1, 7):
            with Server(self.file("cut", whole[:length]), conf):
                pass  # one key of it may be whole; it must end well, and leave no file

    def test_a_keytab_without_the_service(self):
        said = self.refused(self.realm.keytab("http", "http/localhost"), self.realm.conf)
        self.assertIn("no key for kafka/any host", said)
        self.assertIn("http/localhost@EXAMPLE.TEST", said)
        said = self.refused(self.keytab, self.realm.conf, "sasl.kerberos.hostname=elsewhere")
        self.assertIn("no key for kafka/elsewhere", said)
        self.assertIn(SERVICE, said)

    def test_weak_keys_are_warned_of(self):
        self.realm.add("kafka/weak")
        weak = self.realm.keytab("weak", "kafka/weak", enctypes="arcfour-hmac:normal")
        with Server(weak, self.realm.conf) as server:
            self.assertIn("only weak keys", server.said[0])

    def test_a_krb5_conf_that_names_other_files(self):
        for line in (b"include /etc/krb5.conf", b"includedir /etc/krb5.conf.d", b"module /x:y"):
            said = self.refused(self.keytab, self.file("other.conf", b"# one\n" + line + b"\n"))
            self.assertIn("krb5.conf:2:", said)
        said = self.refused(self.keytab, self.file("other.conf", b"[libdefaults\n"))
        self.assertIn("krb5.conf is refused", said)
        said = self.refused(self.keytab, self.file("other.conf", bytes(300 << 10)))
        self.assertIn("krb5.conf", said)

    def test_rules_that_are_none(self):
        said = self.refused(self.keytab, self.realm.conf,
                            "sasl.kerberos.principal.to.local.rules=DEFAULT,RULE:[3:$1]")
        self.assertIn("rules:15:", said)


class Daemon(unittest.TestCase):
    """schlossd itself: the plugin in its process, its sandbox and its own user."""

    @classmethod
    def setUpClass(cls):
        missing = lacks() or (None if shutil.which("kcat") else "missing: kcat")
        if missing is not None:
            raise unittest.SkipTest(missing)
        cls.realm = kdc.Kdc()
        cls.addClassCleanup(cls.realm.stop)
        for principal in ("kafka/127.0.0.1", "kafka/other"):
            cls.realm.add(principal)
        for principal in ("alice", "root"):
            cls.realm.add(principal, "pw")
            cls.realm.kinit(principal, "pw")
        cls.broker = schloss.Broker(settings={
            "sasl.enabled.mechanisms": "PLAIN,GSSAPI",
            "sasl.kerberos.service.name": "kafka",
            "schloss.kerberos.keytab.file": cls.realm.keytab("broker", "kafka/127.0.0.1"),
            "schloss.kerberos.config.file": cls.realm.conf,
            "schloss.auth.scope.gssapi": "User:*;!User:root"})
        cls.addClassCleanup(cls.broker.close)
        cls.broker.start()
        cls.broker.create_topic("tickets")

    def kcat(self, *arguments, cache="alice", text="", status=0):
        done = subprocess.run(
            ["kcat", "-b", f"127.0.0.1:{self.broker.ports['SASL_SSL']}",
             "-X", "security.protocol=SASL_SSL", "-X", "sasl.mechanisms=GSSAPI",
             "-X", "ssl.ca.location=" + self.broker.path("tls/ca.pem"),
             "-X", "sasl.kerberos.service.name=kafka", "-X", "sasl.kerberos.kinit.cmd=true",
             *arguments],
            env=self.realm.environment(cache), input=text, encoding="utf-8",
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60)
        self.assertEqual(done.returncode, status, done.stdout)
        return done.stdout

    def test_kcat_produces_and_consumes_by_its_ticket(self):
        self.kcat("-P", "-t", "tickets", text="one\ntwo\n")
        said = self.kcat("-C", "-t", "tickets", "-o", "beginning", "-e", "-q")
        self.assertEqual(said.split(), ["one", "two"])
        self.broker.await_audit(
            r'"outcome":"success".*"principal":"User:alice".*"mechanism":"GSSAPI"')

    def exchange(self, connection, client, authzid=b"", layer=1):
        """Without mutual authentication as Java's client does it, or with it: the last error."""
        def send(token):
            answer = connection.ask(raw.SASL_AUTHENTICATE, 0, raw.blob(token))
            error, length = int.from_bytes(answer[:2], "big"), int.from_bytes(
                answer[2:4], "big", signed=True)
            at = 4 + max(length, 0)
            size = int.from_bytes(answer[at:at + 4], "big", signed=True)
            return error, answer[at + 4:at + 4 + max(size, 0)]
        error, said = send(client.token)
        if error == raw.NONE and client.mutual:
            client.context.step(said)
            error, said = send(b"")
        if error == raw.NONE:
            error, said = send(client.choose(said, layer=layer, authzid=authzid))
        return error

    def connect(self):
        connection = raw.Connection(self.broker, source=raw.fresh_address())
        self.addCleanup(connection.close)
        self.assertEqual(connection.handshake("GSSAPI")[0], raw.NONE)
        return connection

    def client(self, cache="alice", mutual=False, service="kafka/127.0.0.1"):
        return Client(self.realm, cache, service=service, mutual=mutual)

    def test_both_ways_of_clients(self):
        for mutual in (False, True):
            connection = self.connect()
            self.assertEqual(self.exchange(connection, self.client(mutual=mutual)), raw.NONE)
            connection.metadata()

    def test_who_is_outside_the_scope_is_refused(self):
        self.assertEqual(self.exchange(self.connect(), self.client("root")), 58)
        self.broker.await_log("IPC021")

    def test_what_is_refused_is_said_to_the_audit(self):
        seen = self.client()
        self.assertEqual(self.exchange(self.connect(), seen), raw.NONE)
        again = self.connect().ask(raw.SASL_AUTHENTICATE, 0, raw.blob(seen.token))
        self.assertEqual(int.from_bytes(again[:2], "big"), 58)
        self.broker.await_audit(r'"outcome":"failure".*"mechanism":"GSSAPI".*message was sent before')
        self.assertEqual(self.exchange(
            self.connect(), self.client(service="kafka/other")), 58)
        self.assertEqual(self.exchange(self.connect(), self.client(), authzid=b"bob"), 58)
        self.assertEqual(self.exchange(self.connect(), self.client(), layer=4), 58)

    def test_a_session_ends_with_its_ticket(self):
        self.realm.kinit("alice", "pw", "-l", "10s", cache="short")
        connection = self.connect()
        self.assertEqual(self.exchange(connection, self.client("short")), raw.NONE)
        connection.metadata()
        self.assertTrue(connection.is_closed(60))

    def test_a_reload_keeps_what_was_seen(self):
        """The directory of the plugin outlives its process."""
        seen = self.client()
        self.assertEqual(self.exchange(self.connect(), seen), raw.NONE)
        mark = self.broker.log_size()
        self.broker.hang_up()
        self.broker.await_log("auth-gssapi is in force", mark, seconds=60)
        again = self.connect().ask(raw.SASL_AUTHENTICATE, 0, raw.blob(seen.token))
        self.assertEqual(int.from_bytes(again[:2], "big"), 58)
        self.assertEqual(self.exchange(self.connect(), self.client()), raw.NONE)

    def test_a_keytab_without_the_key_is_refused_at_the_start(self):
        broker = schloss.Broker(settings=dict(self.broker.settings, **{
            "schloss.kerberos.keytab.file": self.realm.keytab("wrong", "alice")}))
        self.addCleanup(broker.close)
        status, said = broker.run_to_end()
        self.assertEqual(status, 78)
        self.assertRegex(said, r"auth.*KRB\d+")


if __name__ == "__main__":
    unittest.main()

"""The server's key in a PKCS#11 token: handshakes, what is refused, other keys, memory.

The token is SoftHSM's. It works inside of the process that it is loaded into, so that this
process, and no other, may have the key in its memory.
"""

import contextlib
import fcntl
import os
import re
import shutil
import ssl
import subprocess
import unittest

import certificates
import raw
import schloss
import serverkeys
from scram import Wire as Memory

MODULE = "/usr/lib/softhsm/libsofthsm2.so"
PIN = "48151623"
CONFIG = 78
UID = 60800 + 13  # sandbox.uid.base and the number of keys-pkcs11
TLS12 = ssl.TLSVersion.TLSv1_2
TLS13 = ssl.TLSVersion.TLSv1_3
HERE = os.path.exists(MODULE) and shutil.which("softhsm2-util") is not None
needs_token = unittest.skipUnless(HERE, "softhsm2 is not installed")


class Token:
    """A token in the directory of a broker, whose key comes from it from then on."""

    def __init__(self, broker):
        self.broker = broker
        self.directory = broker.path("tokens")
        self.config = broker.write(
            "softhsm2.conf", f"directories.tokendir = {self.directory}\n"
            "objectstore.backend = file\nlog.level = ERROR\n", 0o644)
        os.mkdir(self.directory, 0o700)
        os.chmod(broker.dir, 0o711)
        if os.getuid() == 0:
            os.chown(self.directory, UID, UID)
        self.util("--init-token", "--free", "--label", "schloss", "--so-pin", "1" + PIN)
        broker.write("pin", PIN + "\n")
        broker.settings.update({
            "ssl.key.location": None,
            "ssl.key.pkcs11.module": MODULE,
            "ssl.key.pkcs11.pin.file": broker.path("pin"),
            "ssl.key.pkcs11.paths": f"{self.directory}, {self.config}",
            "ssl.key.pkcs11.environment": f"SOFTHSM2_CONF={self.config}"})

    def util(self, *arguments):
        """As the user of the process: what is made by another one it could not read."""
        user = {"user": UID, "group": UID, "extra_groups": []} if os.getuid() == 0 else {}
        done = subprocess.run(
            ["softhsm2-util", *arguments, "--pin", PIN], check=False, encoding="utf-8",
            env=dict(os.environ, SOFTHSM2_CONF=self.config), stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, cwd="/", **user)
        if done.returncode != 0:
            raise schloss.Failure(done.stdout)

    def take(self, label, number="01"):
        """Puts the broker's key into the token, and away with the file. Its private number."""
        key = self.broker.path("tls/broker.key")
        moved = self.broker.path("moved.p8")
        schloss.run("openssl", "pkcs8", "-topk8", "-nocrypt", "-in", key, "-out", moved)
        os.chmod(moved, 0o644)
        self.util("--import", moved, "--token", "schloss", "--label", label, "--id", number)
        text = schloss.run("openssl", "pkey", "-in", key, "-noout", "-text").stdout
        number = re.search(r"(?:priv|prime1):((?:\s+[0-9a-f:]+\n)+)", text).group(1)
        os.unlink(key)
        os.unlink(moved)
        return bytes.fromhex(re.sub(r"[^0-9a-f]", "", number)).lstrip(b"\0")

    def issue(self, label, key=serverkeys.EC, number="01"):
        """A new pair of which the certificate is the broker's and the key the token's."""
        serverkeys.issue(self.broker, key=key)
        return self.take(label, number)

    def name(self, uri):
        self.broker.settings["ssl.key.pkcs11.uri"] = uri
        self.broker.write_config()


def pids(broker):
    return broker.pids("keys-pkcs11")


class Base(unittest.TestCase):
    listeners = ("SASL_SSL",)
    settings = None

    def setUp(self):
        self.broker = schloss.Broker(self.listeners, settings=self.settings)
        self.addCleanup(self.broker.close)
        self.token = Token(self.broker)

    def reload(self, expression):
        mark = self.broker.log_size()
        self.broker.hang_up()
        self.broker.await_log(expression, mark, seconds=60)


@needs_token
class Kinds(Base):
    """Each kind of key that TLS and the token have, in both versions of TLS."""

    listeners = ("SASL_SSL", "SSL")
    settings = {"schloss.anonymous.principal.SSL": "User:guest",
                "listener.name.ssl.schloss.tls.policy": "intermediate"}

    def serve(self, key):
        self.token.issue("broker", key=key)
        self.token.name("pkcs11:token=schloss;object=broker")
        self.broker.start()
        self.assertEqual(serverkeys.connect(self.broker, "SASL_SSL", TLS13)[0], "TLSv1.3")
        self.assertEqual(serverkeys.connect(self.broker, "SSL", TLS13)[0], "TLSv1.3")
        self.broker.create_topic("room", 1)
        self.broker.kcat("-P", "-t", "room", text="hello\n")
        self.assertEqual(self.broker.kcat("-C", "-t", "room", "-e", "-q").stdout, "hello\n")
        self.assertNotRegex(self.broker.log(), r"(error|warning): .*KEY")

    def shown(self, *arguments):
        """What s_client says of the server's signature."""
        done = schloss.run("openssl", "s_client", "-connect", self.broker.bootstrap("SSL"),
                           "-CAfile", self.broker.path("tls/ca.pem"), "-brief", *arguments,
                           text="", status=None)
        return done.stdout + done.stderr

    def test_rsa(self):
        self.serve(serverkeys.RSA)
        for digest in ("256", "384", "512"):
            said = self.shown("-tls1_3", "-sigalgs", f"rsa_pss_rsae_sha{digest}")
            self.assertRegex(said, f"Hash used: SHA{digest}\n.*Signature type: RSA-PSS")
            said = self.shown("-tls1_2", "-sigalgs", f"RSA+SHA{digest}")
            self.assertRegex(said, f"Hash used: SHA{digest}\n.*Signature type: RSA\n")
        self.assertRegex(serverkeys.connect(self.broker, "SSL", TLS12)[1], "^ECDHE-RSA-AES")

    def test_p256(self):
        self.serve(serverkeys.EC)
        for version in ("-tls1_2", "-tls1_3"):
            self.assertRegex(self.shown(version), "Hash used: SHA256\nSignature type: ECDSA")

    def test_p384(self):
        self.serve(("-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384"))
        self.assertRegex(self.shown("-tls1_2"), "Hash used: SHA384\nSignature type: ECDSA")

    def test_ed25519(self):
        self.serve(("-algorithm", "ED25519"))
        for version in ("-tls1_2", "-tls1_3"):
            self.assertRegex(self.shown(version), "Signature type: ed25519")

    @unittest.skipUnless(os.getuid() == 0, "sandbox=container needs root")
    def test_in_a_container(self):
        self.broker.settings["sandbox"] = "container"
        self.serve(serverkeys.EC)


@needs_token
class Refused(Base):
    """What can not be: which key of the configuration, what was found, what to do."""

    def assert_refused(self, *expressions, status=CONFIG):
        ended, log = self.broker.run_to_end()
        self.assertEqual(ended, status, log)
        for expression in expressions:
            self.assertRegex(log, expression)
        self.assertNotIn("listening:", log)
        self.assertNotIn(PIN, log)

    def test_names_and_pins_that_are_not_there(self):
        self.token.issue("broker")
        self.token.name("pkcs11:token=other;object=broker")
        self.assert_refused(r"pkcs11\.uri: there is no such token.*KEY007")
        self.token.name("pkcs11:token=schloss;object=other")
        self.assert_refused(r"pkcs11\.uri: the token has no such private key.*KEY007")
        self.token.name("pkcs11:token=schloss;object=broker?pin-value=1")
        self.assert_refused(r"has no place in this URI.*CONF046")
        self.token.name("pkcs11:token=schloss;object=broker;slot-id=1")
        self.assert_refused(r"pkcs11\.uri: this has an attribute that is none of.*KEY007")
        self.token.name("pkcs11:token=schloss;object=broker")
        self.broker.write("pin", "11112222\n")
        self.assert_refused(r"pin\.file: the token refuses the login: CKR_PIN_INCORRECT")
        self.broker.write("pin", "")
        self.assert_refused(r"pin\.file: the file must hold the PIN alone")
        self.broker.write("pin", PIN + "\n", 0o644)
        self.assert_refused(r"pin: holds a secret but its mode is 0644.*chmod 600")

    def test_keys_that_are_not_the_one(self):
        self.token.issue("broker", number="01")
        self.token.issue("broker", number="02")
        self.token.name("pkcs11:token=schloss;object=broker")
        self.assert_refused(r"several such private keys: name the id too.*KEY007")
        self.token.name("pkcs11:token=schloss;object=broker;id=%01")
        self.assert_refused(r"private key does not belong to the first certificate.*KEY008")
        self.token.issue("broker", key=serverkeys.RSA, number="03")
        self.assert_refused(r"is of another kind than the certificate's.*KEY007")
        self.token.name("pkcs11:token=schloss;object=broker;id=%03")
        self.broker.start()

    def test_settings_that_do_not_go_together(self):
        self.token.issue("broker")
        self.token.name("pkcs11:token=schloss;object=broker")
        self.broker.settings["ssl.key.location"] = self.broker.path("tls/broker.key")
        self.broker.write_config()
        self.assert_refused(r"from a file and from a token.*CONF043")
        self.broker.settings["ssl.key.location"] = None
        self.broker.settings["ssl.key.pkcs11.environment"] = "LD_PRELOAD=/tmp/x.so"
        self.broker.write_config()
        self.assert_refused(r"is read by more than the module.*CONF046")

    def test_modules_that_are_none(self):
        self.token.issue("broker")
        self.token.name("pkcs11:token=schloss;object=broker")
        for path, said in (("/nowhere/x.so", r"x\.so: can not be opened"),
                           (self.token.config, r"pkcs11\.module, can not be loaded"),
                           ("/usr/lib/x86_64-linux-gnu/libz.so.1", r"is no PKCS#11 module")):
            self.broker.settings["ssl.key.pkcs11.module"] = path
            self.broker.write_config()
            self.assert_refused(said)


@needs_token
class Lasting(Base):
    """While it serves: another key, a token that goes, and what is in memory."""

    def serves(self):
        with contextlib.suppress(ssl.SSLError, OSError):
            return serverkeys.connect(self.broker, "SASL_SSL")
        return None

    def test_another_key_of_the_token_and_no_connection_is_dropped(self):
        self.token.issue("one", key=serverkeys.RSA)
        self.token.name("pkcs11:token=schloss;object=one")
        self.broker.start()
        self.broker.create_topic("room", 1)
        client = raw.Connection(self.broker).login("alice")
        self.addCleanup(client.close)

        def use():
            client.metadata("room")
            with raw.Connection(self.broker) as c:
                c.login("alice").metadata("room")
        with schloss.Traffic(use) as traffic:
            self.token.issue("two", number="02")
            self.token.name("pkcs11:token=schloss;object=two")
            self.reload(r"the certificate is in force")
            self.token.name("pkcs11:token=schloss;object=none")
            self.reload(r"certificate and key is refused .*the one in force stays")
            self.token.name("pkcs11:token=schloss;object=two")
            self.reload(r"the certificate is in force")
        self.assertGreater(traffic.count, 3)

    def test_a_token_that_goes_and_comes_back(self):
        self.token.issue("broker")
        self.token.name("pkcs11:token=schloss;object=broker")
        self.broker.start()
        inside = [os.path.join(self.token.directory, d) for d in os.listdir(self.token.directory)]
        self.assertEqual(len(inside), 1)
        away = self.broker.path("away")
        serverkeys.connect(self.broker, "SASL_SSL")  # the session is there
        os.rename(inside[0], away)
        mark = self.broker.log_size()
        with self.assertRaises((ssl.SSLError, OSError)):
            serverkeys.connect(self.broker, "SASL_SSL")
        self.broker.await_log(r"the token does not sign: .*\[KEY020\]", mark)
        self.broker.await_log(r"there is no such token", mark)
        os.rename(away, inside[0])
        schloss.eventually(self.serves, 60, "handshakes work again")

    def test_a_module_that_does_not_come_back_is_ended(self):
        self.token.issue("broker")
        self.token.name("pkcs11:token=schloss;object=broker")
        self.broker.start()
        (inside,) = os.listdir(self.token.directory)
        serverkeys.connect(self.broker, "SASL_SSL")
        (before,) = pids(self.broker)
        mark = self.broker.log_size()
        with open(os.path.join(self.token.directory, inside, "generation"), "r+b") as f:
            fcntl.lockf(f, fcntl.LOCK_EX)  # SoftHSM waits for it, for ever
            with self.assertRaises((ssl.SSLError, OSError)):
                serverkeys.connect(self.broker, "SASL_SSL")
            self.broker.await_log(r"PKCS#11 module is in a call.*\[WAR003\]", mark, seconds=60)
        schloss.eventually(self.serves, 90, "handshakes work again")
        self.assertNotEqual(pids(self.broker), [before])

    @unittest.skipUnless(os.getuid() == 0, "only root reads the memory of others")
    def test_nobody_holds_the_pin_and_nobody_else_the_key(self):
        number = self.token.issue("broker", key=serverkeys.RSA)
        self.token.name("pkcs11:token=schloss;object=broker")
        self.broker.start()
        serverkeys.connect(self.broker, "SASL_SSL")
        (keys,) = pids(self.broker)
        self.assertEqual(schloss.children(keys), [])
        self.assertEqual(self.broker.pids("keys"), [])
        forms = [number, number[::-1], number.hex().encode()]
        tree = schloss.descendants(self.broker.process.pid) + [self.broker.process.pid]
        self.assertIn(keys, tree)
        for pid in tree:
            name = schloss.program_of(pid)
            with contextlib.suppress(FileNotFoundError):  # a gate that came to its end
                self.assertFalse(Memory.holds(pid, [PIN.encode()]), name)
                if pid != keys:
                    self.assertFalse(Memory.holds(pid, forms), name)
        self.assertTrue(Memory.holds(os.getpid(), forms))  # the search finds what is there


@needs_token
class Clients(Base):
    """Client certificates: the signatures of the token are fresh, and broker hears of them."""

    listeners = ("SSL",)
    settings = {"ssl.client.auth": "required", "ssl.principal.mapping.rules":
                "RULE:^CN=([a-z0-9]+),O=Schloss$/$1/,DEFAULT",
                "schloss.auth.scope.x509": "User:*"}

    def serve(self, key):
        self.broker.settings["ssl.truststore.location"] = certificates.make_ca(self.broker)
        self.token.issue("broker", key=key)
        self.token.name("pkcs11:token=schloss;object=broker")
        self.broker.start()
        for name in ("carol", "dora"):
            good = certificates.sign(self.broker, name, *certificates.EC)
            with certificates.connect(self.broker, "SSL", certificate=good) as c:
                c.api_versions()
            self.broker.await_audit(rf'"outcome":"success".*"principal":"User:{name}"')

    def test_who_shows_a_certificate_to_an_ecdsa_key_logs_in(self):
        self.serve(serverkeys.EC)

    def test_who_shows_a_certificate_to_an_rsa_key_logs_in(self):
        self.serve(serverkeys.RSA)


if __name__ == "__main__":
    unittest.main()

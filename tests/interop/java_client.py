"""The Java client of Apache Kafka, from Maven's registry, with its default settings."""

import collections
import hashlib
import os
import re
import shutil
import subprocess
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "system"))

import records  # noqa: E402  pylint: disable=wrong-import-position
import schloss  # noqa: E402  pylint: disable=wrong-import-position

PARTITIONS, ROWS = 4, 1000
JAAS = ("org.apache.kafka.common.security.plain.PlainLoginModule required "
        'username="{user}" password="{secret}";')


def jars(pom=os.path.join(HERE, "java/pom-4.xml")):
    """The folder with what a pom names, fetched once; raises SkipTest where that can not be."""
    for program in ("java", "mvn"):
        if shutil.which(program) is None:
            raise unittest.SkipTest(f"{program} is not installed")
    with open(pom, "rb") as f:
        name = hashlib.sha256(f.read()).hexdigest()[:16]
    cache = os.environ.get("XDG_CACHE_HOME", os.path.expanduser("~/.cache"))
    folder = os.path.join(cache, "schloss-interop", name)
    if os.path.exists(os.path.join(folder, "complete")):
        return folder
    fetched = subprocess.run(
        ["mvn", "-B", "-q", "-f", pom, "dependency:copy-dependencies",
         f"-DoutputDirectory={folder}", "-DincludeScope=runtime"],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8",
        errors="replace", timeout=600, check=False)
    if fetched.returncode != 0:
        raise unittest.SkipTest("Maven's registry gave no jars: "
                                + " ".join(fetched.stdout.split())[:300])
    with open(os.path.join(folder, "complete"), "w", encoding="ascii"):
        pass
    return folder


def version(folder):
    for name in os.listdir(folder):
        found = re.fullmatch(r"kafka-clients-(.*)\.jar", name)
        if found:
            return found.group(1)
    return "unknown"


def properties(broker, user):
    settings = {
        "bootstrap.servers": broker.bootstrap(),
        "security.protocol": "SASL_SSL",
        "sasl.mechanism": "PLAIN",
        "sasl.jaas.config": JAAS.format(user=user, secret=broker.secrets[user]),
        "ssl.truststore.type": "PEM",
        "ssl.truststore.location": broker.path("tls/ca.pem"),
    }
    return broker.write(f"{user}.java.properties",
                        "".join(f"{k}={v}\n" for k, v in settings.items()))


class Java(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.jars = jars()
        cls.broker = schloss.Broker(("SASL_SSL",))
        cls.addClassCleanup(cls.broker.close)
        cls.broker.start()

    def test_a_group_stays_whole_through_a_join_and_a_leave(self):
        self.broker.create_topic("rows", PARTITIONS)
        done = schloss.run(
            "java", "-cp", os.path.join(self.jars, "*"), os.path.join(HERE, "Interop.java"),
            properties(self.broker, "alice"), properties(self.broker, "bob"), "rows", PARTITIONS, ROWS,
            timeout=300)
        self.assertIn("committed offsets equal the end", done.stdout)
        if records.MISSING is None:
            self.assertEqual(records.committed(self.broker, "java", "rows", PARTITIONS),
                             records.ends_of(self.broker, "rows", PARTITIONS))


class Again(unittest.TestCase):
    """It authenticates again with the first request after 85 to 95 % of its time."""

    def test_a_producer_goes_on_on_its_connection(self):
        folder = jars()
        broker = schloss.Broker(("SASL_SSL",), settings={"connections.max.reauth.ms": 3000})
        self.addCleanup(broker.close)
        broker.start()
        broker.create_topic("rows")
        done = schloss.run(
            "java", "-cp", os.path.join(folder, "*"), os.path.join(HERE, "Again.java"),
            properties(broker, "alice"), "rows", 12, timeout=120)
        self.assertRegex(done.stdout, r"^\d+ rows$")
        again = collections.Counter(re.findall(
            r'"outcome":"success","session":(\d+).*"re-authentication"', broker.audit()))
        self.assertGreaterEqual(max(again.values(), default=0), 3, again)


if __name__ == "__main__":
    unittest.main()

"""login - kcat logs in once, produces a row, reads it back. See ../README.md."""

import os
import re
import subprocess
import sys
import tempfile

sys.path.append(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

import contract  # noqa: E402  pylint: disable=wrong-import-position

REFUSED = re.compile("SASL authentication error|SSL handshake failed")


def settings():
    lines = {"bootstrap.servers": contract.BOOTSTRAP, "ssl.ca.location": contract.CA,
             "reconnect.backoff.ms": 5000}
    if contract.IS_BY_CERTIFICATE:
        lines |= {"security.protocol": "SSL", "ssl.certificate.location": contract.CERTIFICATE[0],
                  "ssl.key.location": contract.CERTIFICATE[1]}
    elif contract.MECHANISM == "GSSAPI":
        lines |= {"security.protocol": "SASL_SSL", "sasl.mechanisms": "GSSAPI",
                  "sasl.kerberos.principal": contract.PRINCIPAL,
                  "sasl.kerberos.keytab": contract.KEYTAB}
    else:
        lines |= {"security.protocol": "SASL_SSL", "sasl.mechanisms": contract.MECHANISM,
                  "sasl.username": contract.USER[0], "sasl.password": contract.USER[1]}
    return "".join(f"{k}={v}\n" for k, v in lines.items())


def kcat(*arguments, text=""):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "properties")  # passwords do not belong on a command line
        with open(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600), "w", encoding="utf-8") as f:
            f.write(settings())
        done = subprocess.run(
            ["kcat", "-F", path, "-m", "5", *arguments], input=text, encoding="utf-8",
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=contract.LOGIN_SECONDS,
            check=False)
    if done.returncode != 0:
        kind = contract.Refused if REFUSED.search(done.stderr) else AssertionError
        raise kind(done.stderr)
    return done.stdout


def run():
    if contract.MECHANISM == "OAUTHBEARER":
        raise contract.Absent("kcat takes no tokens but librdkafka's own unsecured ones")
    kcat("-L", "-t", contract.TOPIC)
    place = ("-t", contract.TOPIC, "-p", "0")
    kcat("-P", *place, text=contract.ROW.decode() + "\n")
    return kcat("-C", *place, "-o", "beginning", "-c", "1", "-q").strip().encode()


def version():
    text = subprocess.run(["kcat", "-V"], stdout=subprocess.PIPE, encoding="utf-8",
                          check=False).stdout
    words = text.replace(",", " ").replace(")", " ").split()
    return (f"{words[words.index('Version') + 1]} "
            f"(librdkafka {words[words.index('librdkafka') + 1]})")


contract.report_login(version(), run)

"""programs - how the program of a client is had: fetched once, built, or of Debian's packages.

Each client's folder has programs that say what came of a test (README.md); interop is the one of
the matrix. Shared by `matrix` and `mechanisms`, with what may be missing and how a table looks.
"""

import hashlib
import os
import re
import shutil
import subprocess

HERE = os.path.dirname(os.path.abspath(__file__))
PYTHON = "/usr/bin/python3"
PREPARE_SECONDS = 900
NO_NETWORK = re.compile(
    r"(?i)name resolution|resolve host|unknown host|no such host|network is unreachable|"
    r"connection refused|connection timed out|ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|"
    r"NewConnectionError|i/o timeout|failed to connect|network failure|connection reset|ECONNRESET|"
    r"read timed out|handshake timeout|could not transfer|50[0234] [A-Z][a-z]")


class Missing(Exception):
    """The client can not be prepared here."""


class Unreachable(Exception):
    """Nor can its registry be asked."""


# -- preparing --

def command(*arguments, **more):
    """Runs a step of preparing; what it says when it fails becomes the reason."""
    if shutil.which(arguments[0]) is None:
        raise Missing(f"{arguments[0]} is not installed")
    try:
        done = subprocess.run(arguments, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              encoding="utf-8", errors="replace", timeout=PREPARE_SECONDS,
                              check=False, **more)
    except subprocess.TimeoutExpired:
        raise Unreachable(f"{arguments[0]}: nothing after {PREPARE_SECONDS} s") from None
    if done.returncode != 0:
        reason = " ".join(done.stdout.split())[-600:]
        kind = Unreachable if NO_NETWORK.search(done.stdout) else Missing
        raise kind(f"{arguments[0]}: {reason}")


def cache(*manifests):
    """(folder, whether it is complete) of what these files ask for."""
    text = b""
    for name in manifests:
        with open(os.path.join(HERE, name), "rb") as f:
            text += f.read()
    root = os.environ.get("XDG_CACHE_HOME", os.path.expanduser("~/.cache"))
    folder = os.path.join(root, "schloss-interop", hashlib.sha256(text).hexdigest()[:16])
    return folder, os.path.exists(os.path.join(folder, "complete"))


def fetched(manifests, fetch):
    """The folder of these manifests, filled by fetch(folder) once."""
    folder, is_complete = cache(*manifests)
    if not is_complete:
        shutil.rmtree(folder, ignore_errors=True)
        os.makedirs(folder)
        fetch(folder)
        with open(os.path.join(folder, "complete"), "w", encoding="ascii"):
            pass
    return folder


def script(path):
    return [PYTHON, "-W", "ignore", os.path.join(HERE, path)]


def debian(name, package, program="interop"):
    """A Debian package, if it is installed: nothing to prepare."""
    def prepare():
        probe = ["kcat", "-V"] if package == "kcat" else [PYTHON, "-c", f"import {package}"]
        try:
            command(*probe)
        except Missing:
            raise Missing(f"Debian's package of {package} is not installed") from None
        return script(f"{name}/{program}.py"), {}
    return prepare


def pypi(name, program="interop"):
    def prepare():
        requirements = f"{name}/requirements.txt"
        folder = fetched([requirements], lambda folder: command(
            PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps",
            "--only-binary", ":all:", "--target", folder, "--requirement",
            os.path.join(HERE, requirements)))
        return script(f"{name}/{program}.py"), {"PYTHONPATH": folder}
    return prepare


def maven(pom, program="Features"):
    def prepare():
        if shutil.which("java") is None:
            raise Missing("java is not installed")
        folder = fetched([pom], lambda folder: command(
            "mvn", "-B", "-q", "-f", os.path.join(HERE, pom), "dependency:copy-dependencies",
            f"-DoutputDirectory={folder}", "-DincludeScope=runtime"))
        return ["java", "-cp", os.path.join(folder, "*"),
                os.path.join(HERE, f"java/{program}.java")], {}
    return prepare


def npm(name, program="interop"):
    def fetch(folder):
        for manifest in ("package.json", "package-lock.json"):
            shutil.copy(os.path.join(HERE, name, manifest), folder)
        command("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", cwd=folder)

    def prepare():
        if shutil.which("node") is None:
            raise Missing("node is not installed")
        folder = fetched([f"{name}/package.json", f"{name}/package-lock.json"], fetch)
        return (["node", os.path.join(HERE, name, f"{program}.js")],
                {"NODE_PATH": os.path.join(folder, "node_modules")})
    return prepare


def go(name, program="interop"):
    """Built each time: Go's own cache makes that short."""
    def prepare():
        folder, _ = cache(f"{name}/go.mod", f"{name}/go.sum")
        built = os.path.join(folder, program)
        source = "." if program == "interop" else f"./{program}"
        command("go", "build", "-mod=readonly", "-o", built, source, cwd=os.path.join(HERE, name))
        return [built], {}
    return prepare


def cargo(name):
    def prepare():
        folder, _ = cache(f"{name}/Cargo.toml", f"{name}/Cargo.lock")
        command("cargo", "build", "--quiet", "--locked", cwd=os.path.join(HERE, name),
                env=dict(os.environ, CARGO_TARGET_DIR=folder))
        return [os.path.join(folder, "debug/interop")], {}
    return prepare


# -- what may be missing --

def read_exceptions():
    """{(client, feature): reason}."""
    found = {}
    with open(os.path.join(HERE, "exceptions"), encoding="utf-8") as f:
        for line in f:
            words = line.split(None, 2)
            if words and not line.startswith("#"):
                found[words[0], words[1]] = words[2].strip()
    return found


def prepared(client, exceptions):
    """(command, environment), or (None, why it is not run, whether that is a failure)."""
    reason = exceptions.get((client.name, "*"))
    try:
        return client.prepare()
    except Unreachable as e:
        return None, f"skipped: {e}", False
    except Missing as e:
        return None, f"{'excepted: ' + reason if reason else 'not prepared'}: {e}", not reason


def table(rows):
    """The rows as text, columns aligned."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip()
                     for row in rows)

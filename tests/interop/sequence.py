"""sequence - the table of all sequences: what asks, about which API, in which version."""

import collections

LOW, MIDDLE, HIGH, ALL = "low", "middle", "high", "all"
ENDS = (LOW, MIDDLE, HIGH)

Sequence = collections.namedtuple("Sequence", "name api version step")
Entry = collections.namedtuple("Entry", "name api which step first last")

ENTRIES = []


def on(api, *which, first=None, last=None):
    """Registers a function for an API: at these of its versions (default: lowest, middle, highest),
    or those that lie from first to last."""
    def register(step):
        ENTRIES.append(Entry(step.__name__.replace("_", "-"), api, which or ENDS, step, first,
                             last))
        return step
    return register


def pick(which, low, high):
    points = {LOW: [low], MIDDLE: [(low + high) // 2], HIGH: [high],
              ALL: list(range(low, high + 1))}
    return sorted({v for w in which for v in ([w] if isinstance(w, int) else points[w])})


def table(ranges):
    """All sequences; ranges: {API: (lowest version, highest)}."""
    found = []
    for entry in ENTRIES:
        low, high = ranges[entry.api]
        low = max(low, entry.first or 0)
        high = high if entry.last is None else min(high, entry.last)
        for version in pick(entry.which, low, high):
            found.append(Sequence(f"{entry.api}/{entry.name}@v{version}", entry.api, version,
                                  entry.step))
    return found

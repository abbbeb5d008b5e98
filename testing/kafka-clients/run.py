"""Runs other people's Kafka clients, unmodified, against a server of ours, for ./check clients.

Each client is a program that prints a line for each step, `STEP name ok`, `STEP name failed reason` or `STEP name no reason`
(what the client does not offer), or a function here that does the steps with such programs. The run fails when a step's end
differs from expected.txt. What is fetched is pinned beside each program.
"""

import argparse
import signal
import sys
import time
from pathlib import Path

import apps
import foreign
from common import Context, Server, Step

HERE = Path(__file__).resolve().parent

# Each with the seconds that it may take, what it needs fetched or built included.
CLIENTS = {
    "java-2.8": (240, foreign.java("java/target/java-2.8")),
    "java-3.9": (240, foreign.java("java/target/java-3.9")),
    "java-4.4": (240, foreign.java("java/target/lib")),
    "streams": (600, apps.streams),
    "connect": (300, apps.connect),
    "connect-distributed": (400, apps.connect_distributed),
    "tools": (600, apps.tools),
    "confluent-kafka": (400, foreign.python("confluent_kafka_client.py")),
    "kafka-python": (400, foreign.python("kafka_python_client.py")),
    "aiokafka": (400, foreign.python("aiokafka_client.py")),
    "kafkajs": (300, foreign.node("kafkajs.js")),
    "confluent-javascript": (1500, foreign.node("confluent.js")),
    "kcat": (200, foreign.kcat),
    "franz-go": (400, foreign.franz_go),
    "franz-go-tests": (1200, foreign.franz_go_tests),
    "librdkafka-tests": (2400, foreign.librdkafka_tests),
}


class Expected:
    """expected.txt: how many steps each client has, and those that do not end with ok."""

    def __init__(self, path: Path):
        self.steps = {}
        self.known = {}
        for number, line in enumerate(path.read_text().splitlines(), 1):
            if not line.strip() or line.startswith("#"):
                continue
            if line.startswith(" "):
                end, _, rest = line.strip().partition(" ")
                step, _, reason = rest.partition(": ")
                if end not in ("failed", "no", "unsteady") or not reason:
                    sys.exit(f"{path}:{number}: '{line}' is not '  failed|no|unsteady STEP: REASON'")
                self.known[client][step] = end
            else:
                client, count = line.split()
                self.steps[client] = int(count)
                self.known[client] = {}

    def differences(self, client: str, steps: list[Step]) -> list[str]:
        if client not in self.steps:
            return [f"{client} is not in expected.txt"]
        differences = []
        known = dict(self.known[client])
        for step in steps:
            wanted = known.pop(step.name, "ok")
            if step.end != wanted and wanted != "unsteady":
                differences.append(f"{client} {step.name} {step.end}, the list says {wanted}: {step.reason}")
        differences += [f"{client} {name} did not run" for name in known]
        if len(steps) != self.steps[client]:
            differences.append(f"{client} ran {len(steps)} steps, the list says {self.steps[client]}")
        return differences


def run(client: str, server: Server, work: Path, checkout: Path) -> Context:
    limit, function = CLIENTS[client]
    context = Context(client, server, work, checkout, time.monotonic() + limit)
    try:
        function(context)
    except Exception as failure:  # one client's failure is a line of the table, and the others run
        context.step("end", "failed", repr(failure))
    finally:
        context.end()
    return context


def main() -> int:
    parser = argparse.ArgumentParser(usage="./check clients [NAME...]")
    parser.add_argument("--checkout", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("names", nargs="*")
    arguments = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(1))  # so that what was started is ended
    unknown = [name for name in arguments.names if name not in CLIENTS]
    if unknown:
        print(f"clients: there is no {', '.join(unknown)}; there are {', '.join(CLIENTS)}", file=sys.stderr)
        return 2
    expected = Expected(HERE / "expected.txt")
    work = arguments.work.resolve()
    server = Server(arguments.checkout.resolve(), work / "server")
    rows, differences = [], []
    try:
        server.start()
        for client in arguments.names or CLIENTS:
            begun = time.monotonic()
            context = run(client, server, work, arguments.checkout.resolve())
            steps = context.steps
            count = {end: sum(step.end == end for step in steps) for end in ("ok", "failed", "no")}
            rows.append((client, context.version, len(steps), *count.values(), round(time.monotonic() - begun)))
            differences += expected.differences(client, steps)
            if not server.alive():
                differences.append(f"{client}: the server ended; its output is in {server.output}")
                break
    finally:
        server.stop()
    print(f"\n{'client':<24}{'version':<28}{'steps':>6}{'ok':>6}{'failed':>8}{'no':>5}{'seconds':>9}")
    for row in rows:
        print(f"{row[0]:<24}{row[1]:<28}{row[2]:>6}{row[3]:>6}{row[4]:>8}{row[5]:>5}{row[6]:>9}")
    if differences:
        print("\nwhat differs from testing/kafka-clients/expected.txt:")
        for difference in differences:
            print(f"  {difference[:400]}")
        print(f"what the clients and the server said is in {work}")
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main())

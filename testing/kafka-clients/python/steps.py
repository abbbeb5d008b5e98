"""Runs steps and prints what came of each, as run.py reads it."""

import traceback


class Steps:
    def step(self, name, body):
        try:
            body()
        except Exception as failure:
            traceback.print_exc()
            print(f"STEP {name} failed {failure!r}".replace("\n", " "), flush=True)
        else:
            print(f"STEP {name} ok", flush=True)

    def no(self, name, reason):
        print(f"STEP {name} no {reason}", flush=True)


def equal(wanted, found):
    if wanted != found:
        raise AssertionError(f"wanted {wanted}, found {found}")


PARTITIONS = 3
RECORDS = 100
FIRST_TIME = 1_700_000_000_000
PATIENCE = 60

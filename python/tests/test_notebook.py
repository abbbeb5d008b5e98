"""The notebook runs from top to bottom."""

import json
import pathlib

PYTHON = pathlib.Path(__file__).resolve().parents[1]


def test_the_notebook_runs(monkeypatch):
    monkeypatch.setenv("THALWEG_HOME", str(PYTHON.parent))
    notebook = json.loads((PYTHON / "examples/flights.ipynb").read_text())
    names: dict[str, object] = {}
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            exec("".join(cell["source"]), names)
    assert names["written"].rows == len(names["frame"]) > 200_000
    assert names["seen"] == [{"origin": "SFO", "delay": 7}]

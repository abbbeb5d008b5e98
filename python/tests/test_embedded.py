import pathlib

import pytest

import thalweg

HOME = pathlib.Path(__file__).resolve().parents[2]


def test_a_server_of_ones_own(tmp_path):
    """The README's five lines, and the data are there again with the directory."""
    with thalweg.dev(data=tmp_path / "data", home=HOME) as connection:
        trips = connection.create_table("trips", {"city": "STRING", "miles": "INT"}, if_not_exists=True)
        trips.append([{"city": "Bonn", "miles": 12}, {"city": "Kyoto", "miles": 7}])
        assert trips.scan(filter="miles > 10").to_pandas()["city"].tolist() == ["Bonn"]
    with thalweg.dev(data=tmp_path / "data", home=HOME) as connection:
        assert connection.table("trips").count() == 2


def test_what_is_wrong_is_said(tmp_path, monkeypatch):
    with pytest.raises(thalweg.Unavailable, match=r"there is no .*bin/thalweg; is"):
        thalweg.dev(home=tmp_path)
    monkeypatch.delenv("THALWEG_HOME", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(thalweg.Unavailable, match="no command 'thalweg' on the PATH"):
        thalweg.dev()
    with pytest.raises(thalweg.InvalidRequest, match="'ftp://x' is no address"):
        thalweg.connect("ftp://x")
    with pytest.raises(thalweg.Unavailable, match=r"127\.0\.0\.1:1"):
        thalweg.connect("thalweg://127.0.0.1:1", timeout=1)

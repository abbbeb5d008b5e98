"""Servers that ask who a client is, and clients that ask the same of servers."""

import asyncio
import os
import pathlib
import subprocess

import pyarrow as pa
import pyarrow.flight as fl
import pytest
from conftest import HOME, Server

import thalweg
import thalweg.aio

PASSWORD = "open sesame"


def _java(tool: str) -> str:
    home = os.environ.get("JAVA_HOME")
    return str(pathlib.Path(home) / "bin" / tool) if home else tool


def _certificate(folder: pathlib.Path, name: str) -> tuple[pathlib.Path, pathlib.Path]:
    """A certificate for this machine that signs itself, and its key."""
    store, stored = folder / f"{name}.p12", "test-only"
    keystore = ["-storetype", "PKCS12", "-keystore", str(store), "-storepass", stored, "-alias", name]
    made = ["-keyalg", "EC", "-dname", f"CN={name}", "-ext", "san=dns:localhost,ip:127.0.0.1"]
    subprocess.run([_java("keytool"), "-genkeypair", *keystore, *made], check=True, capture_output=True)
    certificate, key = folder / f"{name}.crt", folder / f"{name}.key"
    export = [_java("keytool"), "-exportcert", "-rfc", *keystore]
    certificate.write_bytes(subprocess.run(export, check=True, capture_output=True).stdout)
    pem = pathlib.Path(__file__).with_name("Pem.java")
    shown = [_java("java"), str(pem), str(store), stored, name]
    key.write_bytes(subprocess.run(shown, check=True, capture_output=True).stdout)
    return certificate, key


@pytest.fixture(scope="module")
def secure(tmp_path_factory):
    """A server with TLS and passwords, and the files that belong to it."""
    folder = tmp_path_factory.mktemp("secure")
    certificate, key = _certificate(folder, "server")
    (folder / "password").write_text(PASSWORD + "\n")
    server = Server(
        folder / "data",
        flight_tls_certificate=str(certificate),
        flight_tls_key=str(key),
        flight_authentication="password",
        security_authorization="acl",
        security_admin_password__file=str(folder / "password"),
    )
    server.start()
    server.folder, server.certificate = folder, certificate
    yield server
    server.stop()


def _connect(secure, **options):
    given = {"user": "admin", "password": PASSWORD, "tls_ca": secure.certificate, **options}
    return thalweg.connect(f"thalweg+tls://localhost:{secure.port}", timeout=10, **given)


def test_a_user_writes_and_reads_over_tls(secure):
    with _connect(secure) as connection:
        table = connection.create_table("trips", {"city": "STRING", "miles": "INT"}, primary_key=["city"])
        table.upsert([{"city": "Bonn", "miles": 12}, {"city": "Ulm", "miles": 3}])
        assert table.scan(filter="miles > 10").to_arrow().to_pylist() == [{"city": "Bonn", "miles": 12}]
        assert table.lookup("Ulm") == {"city": "Ulm", "miles": 3}


def _thalweg(secure, *words):
    login = ["--user", "admin", "--password-file", str(secure.folder / "password")]
    server = ["--server", f"grpc+tls://localhost:{secure.port}", "--tls-ca", str(secure.certificate)]
    command = [str(HOME / "bin/thalweg"), *words, *login, *server]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_who_may_not_read_does_not_learn_that_a_table_is_empty(secure):
    (secure.folder / "ann").write_text("her own\n")
    _thalweg(secure, "user", "set", "ann", "--new-password-file", str(secure.folder / "ann"))
    _thalweg(secure, "acl", "add", "--allow", "ann", "--operation", "describe", "--table", "default/void")
    with _connect(secure) as connection:
        connection.create_table("void", {"city": "STRING"}, buckets=3)
        assert connection.table("void").scan().to_arrow().num_rows == 0
    with _connect(secure, user="ann", password="her own") as connection:
        with pytest.raises(thalweg.ThalwegError) as refused:
            connection.table("void").scan().to_arrow()
        assert refused.value.code == "DENIED"


def test_the_asyncio_twin_logs_in_too(secure):
    async def databases():
        uri = f"thalweg+tls://localhost:{secure.port}"
        async with await thalweg.aio.connect(
            uri, user="admin", password=PASSWORD, tls_ca=secure.certificate
        ) as connection:
            return await connection.databases()

    assert "default" in asyncio.run(databases())


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"password": "open sesam"}, "no user 'admin' with that password"),
        ({"user": "nobody"}, "no user 'nobody' with that password"),
        ({"user": None, "password": None}, "asks for a user"),
        ({"tls_ca": None}, "TLS with the server failed"),
    ],
)
def test_who_cannot_prove_it_is_refused(secure, options, said):
    with pytest.raises(thalweg.Unauthenticated, match=said) as refused:
        _connect(secure, **options)
    assert refused.value.code == "UNAUTHENTICATED"
    assert not refused.value.retryable


def test_another_authority_is_not_trusted(secure):
    stranger, _ = _certificate(secure.folder, "stranger")
    with pytest.raises(thalweg.Unauthenticated, match="TLS with the server failed"):
        _connect(secure, tls_ca=stranger)


def test_a_plain_client_does_not_get_in(secure):
    with pytest.raises(thalweg.Unavailable):
        thalweg.connect(f"thalweg://127.0.0.1:{secure.port}", timeout=1)


def test_tls_to_a_plain_server_says_so(server, secure):
    port = server.rpartition(":")[2]
    with pytest.raises(thalweg.Unauthenticated, match="does the server speak TLS there"):
        thalweg.connect(f"thalweg+tls://localhost:{port}", timeout=10, tls_ca=secure.certificate)


def test_a_password_stays_off_plain_networks():
    with pytest.raises(thalweg.InvalidRequest, match="in the clear"):
        thalweg.connect("thalweg://192.0.2.1:9420", user="admin", password=PASSWORD)


def test_what_does_not_fit_together(tmp_path):
    (tmp_path / "text").write_text("no certificate")
    uri = "thalweg+tls://localhost:1"
    for options, said in [
        ({"user": "ann"}, "go together"),
        ({"user": "a:b", "password": "p"}, "without ':'"),
        ({"tls_key": "k"}, "go together"),
        ({"tls_ca": tmp_path / "none"}, "cannot be read"),
        ({"tls_ca": tmp_path / "text"}, "no PEM file"),
    ]:
        with pytest.raises(thalweg.InvalidRequest, match=said):
            thalweg.connect(uri, timeout=1, **options)
    with pytest.raises(thalweg.InvalidRequest, match="no user in it"):
        thalweg.connect("thalweg+tls://ann:secret@localhost:1", timeout=1)
    with pytest.raises(thalweg.InvalidRequest, match="is plain"):
        thalweg.connect("thalweg://localhost:1", timeout=1, tls_ca=tmp_path / "text")


def test_a_password_is_in_no_text():
    from thalweg._security import Security

    assert PASSWORD not in repr(Security("ann", PASSWORD))


def test_arrows_own_client_gets_a_token(secure):
    """Whoever has pyarrow alone logs in with a handshake."""
    client = fl.FlightClient(
        f"grpc+tls://localhost:{secure.port}", tls_root_certs=secure.certificate.read_bytes()
    )
    header = client.authenticate_basic_token("admin", PASSWORD)
    assert header[0] == b"authorization"
    assert header[1].startswith(b"Bearer ")
    options = fl.FlightCallOptions(headers=[header])
    assert list(client.do_action(fl.Action("list-databases", b""), options))
    with pytest.raises(fl.FlightUnauthenticatedError):
        client.authenticate_basic_token("admin", "guess")
    with pytest.raises(pa.ArrowException):
        list(client.do_action(fl.Action("list-databases", b"")))
    client.close()

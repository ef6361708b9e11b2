"""tools/deploy: settings, passwords and certificates on the board, and nowhere else."""

import base64

import pytest
from commands import finished
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from deploy_tool import SMALL, At, command, deploy, failed, put, succeeded
from deploy_tool import board as board
from iotjobs_emulator.authority import Authority
from iotjobs_emulator.database import Database
from people_have import BOM
from terminal import Terminal


def test_settings_are_merged_into_what_jobs_have_set(board, tmp_path):
    secret = tmp_path / "wifi"
    secret.write_text("correct horse\n")
    put(board, {"/settings.json": b'{"blink_ms": 100, "ssid": "Old"}'})
    arguments = (*SMALL, "--set", "ssid=Home", "--set-from", f"key={secret}", "--set", "n:=3")
    said = succeeded(board, *arguments)
    content = board.files()["/settings.json"]
    assert content == b'{"blink_ms": 100, "ssid": "Home", "n": 3, "key": "correct horse"}'
    assert "settings changed: ssid, n, key" in said
    assert "correct horse" not in said
    assert "nothing to do" in succeeded(board, *arguments)
    succeeded(board, *SMALL, "--set", "only=this", "--replace-settings")
    assert board.files()["/settings.json"] == b'{"only": "this"}'


@pytest.mark.parametrize("content", [b"{", b"[1]", b"\xff"])
def test_settings_that_cannot_be_read_are_not_written_over(board, content):
    put(board, {"/settings.json": content})
    assert "--replace-settings" in failed(board, *SMALL, "--set", "a=1")
    assert board.files() == {"/settings.json": content}


def test_a_password_is_asked_for_on_a_terminal_and_not_shown(board):
    with Terminal(command(board.port, *SMALL, "--ask", "key"), echo=True) as terminal:
        terminal.read_until("key: $")
        terminal.press(b"correct horse\n")
        assert terminal.ended() == 0
    assert board.files()["/settings.json"] == b'{"key": "correct horse"}'
    assert "correct" not in terminal.shown
    assert "\x1b[K" in terminal.shown  # on a terminal it shows how far it is


def test_without_a_terminal_nothing_is_asked():
    nowhere = At("socket://127.0.0.1:1")
    way_out = "--set-from NAME=FILE reads a file"
    assert f"--ask key: there is no terminal; {way_out}" in failed(nowhere, "--ask", "key")
    deploys = command(nowhere.port, "--ask", "key")
    done = finished(["/bin/sh", "-c", 'exec "$@" <&-', "sh", *deploys])
    said = f"deploy: --ask key: there is no terminal; {way_out}\n"
    assert (done.returncode, done.stderr) == (1, said)


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        (b"\x04", "nothing was typed"),  # Ctrl-D
        (b"stra\xdfe\n", "what was typed is not text in UTF-8"),
    ],
)
def test_a_question_without_an_answer_is_told_with_the_other_way(typed, found, tmp_path):
    cert, key = issued(tmp_path, "one")
    encrypt(key, b"correct horse")
    questions = (
        (["--ask", "key"], "--ask key", "--set-from NAME=FILE reads a file"),
        (
            ["--cert", cert, "--key", key],
            f"--key: {key} is encrypted",
            "--key-password-file reads a file",
        ),
    )
    for arguments, why, way_out in questions:
        tool = command("socket://127.0.0.1:1", *arguments)
        with Terminal(tool, LC_ALL="C.UTF-8") as terminal:
            terminal.read_until(r"key(\.pem)?: $")
            terminal.press(typed)
            assert terminal.ended() == 1
        assert terminal.shown.endswith(f"\ndeploy: {why}: {found}; {way_out}\n")
        assert "Traceback" not in terminal.shown
        assert "stra" not in terminal.shown


def test_certificates_become_der_on_the_board(board, tmp_path):
    cert, key = issued(tmp_path, "one")
    both = ("--cert", cert, "--key", key, "--ca", tmp_path / "ca.pem")
    said = succeeded(board, *SMALL, *both)
    files = board.files()
    private = serialization.load_der_private_key(files["/key.der"], None)
    public = x509.load_der_x509_certificate(files["/device.der"]).public_key()
    assert private.public_key() == public
    assert 'cert="/device.der", key="/key.der", ca="/ca.der"' in said
    assert x509.load_der_x509_certificate(files["/ca.der"]).subject.rfc4514_string()
    assert "nothing to do" in succeeded(board, *SMALL, *both)


def test_another_key_is_refused_before_the_board_is_touched(tmp_path):
    cert, _ = issued(tmp_path, "one")
    _, key = issued(tmp_path, "two")
    error = failed(At("socket://127.0.0.1:1"), "--cert", cert, "--key", key)
    assert "two-key.pem is not the key of" in error


@pytest.mark.parametrize("content", [b"correct horse", BOM + b"correct horse\r\n"])
def test_the_password_of_a_key_is_read_from_a_file_as_editors_write_it(tmp_path, content):
    cert, key = issued(tmp_path, "one")
    encrypt(key, b"correct horse")
    (tmp_path / "password").write_bytes(content)
    arguments = ("--cert", cert, "--key", key, "--key-password-file", tmp_path / "password")
    assert "nobody answers there" in failed(At("socket://127.0.0.1:1"), *arguments)
    (tmp_path / "password").write_bytes(b"incorrect")
    assert "does not open" in failed(At("socket://127.0.0.1:1"), *arguments)
    (tmp_path / "password").write_bytes("correct horse".encode("utf-16"))
    assert "it is text in UTF-16" in failed(At("socket://127.0.0.1:1"), *arguments)


def test_nothing_secret_is_shown_when_the_connection_is_lost(board, tmp_path):
    cert, key = issued(tmp_path, "one")
    (tmp_path / "wifi").write_text("correct horse")
    arguments = ("--cert", cert, "--key", key, "--set-from", f"key={tmp_path / 'wifi'}")
    succeeded(board, *SMALL)
    seen, ends = "", []
    for cut_after in range(2_000, 6_500, 300):
        board.cut_after = cut_after
        status, said, error = deploy(board, *SMALL, *arguments)
        seen += said + error
        ends.append((status, len(board.files())))
    assert len(set(ends)) > 2, ends  # before, between and after the secrets
    content = board.files().get("/key.der") or pytest.fail("the key did not get there")
    secrets = [base64.b64encode(content).decode(), repr(content), content.hex(), "correct horse"]
    secrets += key.read_text().splitlines()[1:-1]
    secrets.append(base64.b64encode(b'{"key": "correct horse"}').decode()[:16])
    assert not [secret for secret in secrets if secret in seen]


def issued(folder, name):
    """A certificate and its key in PEM files, by the emulator's authority, whose is in ca.pem."""
    authority = Authority(Database())
    certificate, pair = authority.issue_device()
    pem = serialization.Encoding.PEM
    (folder / "ca.pem").write_bytes(authority.certificate.public_bytes(pem))
    cert, key = folder / f"{name}.pem", folder / f"{name}-key.pem"
    cert.write_bytes(certificate.public_bytes(pem))
    key.write_text(pair.private_pem)
    return cert, key


def encrypt(key, password):
    """Put this password on the file of a key."""
    private = serialization.load_pem_private_key(key.read_bytes(), None)
    pem, pkcs8 = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    encryption = serialization.BestAvailableEncryption(password)
    key.write_bytes(private.private_bytes(pem, pkcs8, encryption))

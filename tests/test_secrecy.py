"""Secrets are read from two places, refused where they could not be hidden, and found in every form they take."""

import base64
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import handoff, secrecy
from pipeline.disguises import disguises
from pipeline.errors import SecretError
from pipeline.secrecy import Known

VALUE = "Heron/Lagoon+42&='x\"y"


@pytest.fixture
def mounted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PIPELINE_SECRETS", str(tmp_path))
    monkeypatch.delenv("WAREHOUSE", raising=False)
    return tmp_path


def known(value: str = VALUE) -> Known:
    found = Known()
    found.learn("WAREHOUSE", value)
    return found


@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
def test_secret_is_read_from_its_file_without_the_last_line_break(mounted: Path, end: str) -> None:
    (mounted / "WAREHOUSE").write_bytes(f"first line\nheron{end}".encode())
    assert handoff.secret("WAREHOUSE") == "first line\nheron"


def test_environment_comes_before_the_file(mounted: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (mounted / "WAREHOUSE").write_text("from the file")
    monkeypatch.setenv("WAREHOUSE", "from the environment")
    assert handoff.secret("WAREHOUSE") == "from the environment"


def test_missing_secret_names_both_places(mounted: Path) -> None:
    with pytest.raises(SecretError, match=f"variable WAREHOUSE set, nor is there a file {mounted}/WAREHOUSE"):
        handoff.secret("WAREHOUSE")


def test_empty_secret_is_missing(mounted: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WAREHOUSE", "")
    (mounted / "WAREHOUSE").write_text("\n")
    with pytest.raises(SecretError, match="there is no secret 'WAREHOUSE'"):
        handoff.secret("WAREHOUSE")


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ("abc", "fewer than 4 characters"),
        ("  #  \n", "fewer than 4 characters"),
        ("True", "common word"),
        ("aaaaaaaaaaaa", "common word"),
        ("2026", "number of fewer than 8"),
        ("cafe12", "number of fewer than 8"),
    ],
)
@pytest.mark.usefixtures("mounted")
def test_secret_that_stands_everywhere_is_refused(monkeypatch: pytest.MonkeyPatch, value: str, why: str) -> None:
    monkeypatch.setenv("WAREHOUSE", value)
    with pytest.raises(SecretError, match=why) as refused:
        handoff.secret("WAREHOUSE")
    assert value.strip() not in str(refused.value)


@pytest.mark.usefixtures("mounted")
@pytest.mark.parametrize("name", ["../passwd", "", "a b", "/etc/passwd"])
def test_name_that_could_be_a_path_is_refused(name: str) -> None:
    with pytest.raises(SecretError, match="cannot be the name of a secret"):
        secrecy.lookup(name)


@pytest.mark.usefixtures("mounted")
def test_folder_that_depends_on_the_working_folder_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIPELINE_SECRETS", "keys")
    with pytest.raises(SecretError, match="PIPELINE_SECRETS is 'keys', which depends on the working folder"):
        secrecy.lookup("WAREHOUSE")


def test_file_that_is_no_text_is_refused(mounted: Path) -> None:
    (mounted / "WAREHOUSE").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SecretError, match=r"cannot read the secret in .*WAREHOUSE: UnicodeDecodeError"):
        secrecy.lookup("WAREHOUSE")


@pytest.mark.parametrize("form", sorted(disguises(VALUE)))
def test_every_form_is_replaced(form: str) -> None:
    assert known().scrub(f"before {form} after") == "before [secret WAREHOUSE] after"


@given(before=st.binary(max_size=9), value=st.text(min_size=8, max_size=40), after=st.binary(max_size=9))
def test_value_in_base64_is_found_behind_anything(before: bytes, value: str, after: bytes) -> None:
    data = value.encode(errors="surrogatepass")
    assert "[secret WAREHOUSE]" in known(value).scrub(base64.b64encode(before + data + after).decode())


@given(value=st.text(min_size=8, max_size=40))
def test_value_is_found_in_json_in_json(value: str) -> None:
    assert "[secret WAREHOUSE]" in known(value).scrub(json.dumps({"a": json.dumps({"b": value})}))


@pytest.mark.parametrize(
    ("text", "scrubbed"),
    [
        ("Heron/Lagoon+...", "[secret WAREHOUSE]"),
        ("'Heron/Lagoon+4…'x\"y'", "'[secret WAREHOUSE]'"),
        ("half of it: Heron/Lagoon+4", "half of it: [secret WAREHOUSE]"),
        ("Heron/\x1b[31mLagoon+42&\x1b[0m='x\"y.", "[secret WAREHOUSE]\x1b[31m\x1b[0m."),
        ("<b>Heron/</b>Lagoon+42&amp;='x\"y", "<b>[secret WAREHOUSE]</b>"),
        ("Heron/Lag\noon+42&='x\"y", "[secret WAREHOUSE]\n"),
        ("Heron/Lagoon is a place", "Heron/Lagoon is a place"),
    ],
    ids=["cut off", "cut in the middle", "cut at the end", "coloured", "tagged", "wrapped", "other"],
)
def test_damaged_form_is_replaced(text: str, scrubbed: str) -> None:
    assert known().scrub(text) == scrubbed


def test_password_of_a_url_is_secret_by_itself() -> None:
    found = known("postgresql://analyst:Heron%21Lagoon@host/db")
    assert found.scrub("login as analyst with Heron!Lagoon failed") == "login as analyst with [secret WAREHOUSE] failed"


def test_long_lines_of_a_key_are_secret_by_themselves() -> None:
    found = known("-----BEGIN KEY-----\nMIIEvQIBADANBgkqhkiG\nnBgkqhkiG9w0BAQEFAA\n-----END KEY-----")
    assert found.scrub("a MIIEvQIBADANBgkqhkiG b -----BEGIN KEY-----") == "a [secret WAREHOUSE] b -----BEGIN KEY-----"


def test_texts_of_a_json_document_are_secret_by_themselves() -> None:
    found = known(json.dumps({"kind": "service", "keys": [{"private": "MIIEvQIBADANBgkqhkiG"}]}))
    assert found.scrub("MIIEvQIBADANBgkqhkiG of a service") == "[secret WAREHOUSE] of a service"


def test_name_turns_back_into_the_value() -> None:
    found = known()
    assert found.reveal(found.scrub(f"s3://{VALUE}/rows")) == f"s3://{VALUE}/rows"
    assert found.reveal("[secret OTHER]") == "[secret OTHER]"


def test_nothing_known_changes_nothing() -> None:
    assert Known().scrub("any text") == "any text"
    assert Known().within("any value") == ""


def test_value_that_cannot_be_pickled_is_looked_at_as_far_as_it_goes() -> None:
    assert known().within([VALUE * 10_000, lambda: 0]) == "WAREHOUSE"
    assert known().within([lambda: 0]) == ""

"""Who may ask: not another site by a name that leads here, not a page from elsewhere, nobody without the token."""

from __future__ import annotations

import pytest

from console.serving.guard import LOOPBACK, Guard, bare, head_of, is_loopback


def ask(guard: Guard, path: str = "/v1/models", **headers: str) -> int:
    """The status of a refusal; 200 where there is none."""
    given = {"host": "127.0.0.1:8000", **headers}
    made = head_of((name.replace("_", "-").encode(), value.encode("latin-1")) for name, value in given.items())
    refusal = guard.refuse(path, made)
    return 200 if refusal is None else refusal.status


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "127.0.0.1:8000", "localhost:1", "LOCALHOST", "[::1]:8000", "localhost."]
)
def test_loopback_names_may_be_called(host: str) -> None:
    assert ask(Guard(), host=host) == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example:80", "10.0.0.1", "a@localhost", "[::2]"]
)
def test_other_names_lead_nowhere(host: str) -> None:
    """DNS rebinding: a name of the attacker's that leads to this machine."""
    assert ask(Guard(), host=host) == 403


def test_no_host_or_two_are_refused() -> None:
    guard = Guard()
    assert ask(guard, host="") == 400
    twice = head_of([(b"host", b"localhost"), (b"host", b"localhost")])
    refusal = guard.refuse("/", twice)
    assert refusal is not None and refusal.status == 400


def test_beyond_loopback_addresses_are_names_and_others_are_not() -> None:
    guard = Guard(token="t", hosts=LOOPBACK | {"models.lan"}, addresses=True)
    right = {"authorization": "Bearer t"}
    assert ask(guard, host="10.0.0.1:8000", **right) == ask(guard, host="models.lan", **right) == 200
    assert ask(guard, host="[fe80::1]:8000", **right) == 200
    assert ask(guard, host="evil.example", **right) == 403


@pytest.mark.parametrize(
    ("origin", "status"),
    [("http://evil.example", 403), ("null", 403), ("http://127.0.0.1:8001", 403), ("http://127.0.0.1:8000", 200),
     ("https://app.example", 200), ("https://app.example.evil", 403), ("", 403)],
)
def test_pages_from_elsewhere_get_no_answer(origin: str, status: int) -> None:
    assert ask(Guard(origins=frozenset({"https://app.example"})), origin=origin) == status


@pytest.mark.parametrize(
    ("authorization", "status"),
    [("Bearer secret", 200), ("bearer secret", 200), ("Bearer  secret", 200), ("secret", 401), ("Basic secret", 401),
     ("Bearer secre", 401), ("Bearer secret2", 401), ("Bearer ", 401), ("", 401), ("Bearer sécret", 401)],
)
def test_a_token_is_asked_for(authorization: str, status: int) -> None:
    assert ask(Guard(token="secret"), authorization=authorization) == status


def test_without_one_there_is_no_answer_and_probes_need_none() -> None:
    guard = Guard(token="secret")
    assert ask(guard) == 401
    assert [ask(guard, path) for path in ("/healthz", "/readyz", "/v2/health/ready")] == [200, 200, 200]
    assert ask(guard, "/healthz/../v1/models") == ask(guard, "/metrics") == 401


def test_two_authorizations_are_none() -> None:
    both = head_of([(b"host", b"localhost"), *[(b"authorization", b"Bearer secret")] * 2])
    refusal = Guard(token="secret").refuse("/v1/models", both)
    assert refusal is not None and refusal.status == 401


def test_hosts_and_addresses_are_read_as_they_are() -> None:
    assert [is_loopback(one) for one in ("127.0.0.1", "127.9.9.9", "::1", "localhost", "0.0.0.0", "::", "box")] == [
        True, True, True, True, False, False, False,
    ]
    assert bare("[::1]") == "::1" and bare("") == ""


def test_what_is_remembered_of_hosts_has_an_end() -> None:
    guard = Guard()
    for number in range(2_000):
        assert ask(guard, host=f"h{number}.example") == 403
    assert len(guard._known) <= 256
    assert ask(guard) == 200

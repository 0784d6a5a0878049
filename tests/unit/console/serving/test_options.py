"""What the command line says stands over the settings; what would be open to others needs a token."""

from __future__ import annotations

from typing import Any

import pytest

from console.serving.options import TOKEN, Options
from console.units import quoted
from core.errors import UsageError
from core.settings import Settings


def options(settings: dict[str, Any] | None = None, variables: dict[str, str] | None = None, **given: Any) -> Options:
    return Options.of(Settings.model_validate({"serving": settings or {}}), variables or {}, **given)


def test_settings_then_the_line_and_the_variable_over_the_token() -> None:
    made = options({"port": 9, "workers": 3, "token": "a"}, {TOKEN: "b"}, port=None, workers=2, environment="staging")
    assert (made.port, made.workers, made.token, made.environment) == (9, 2, "b", "staging")
    assert options({"token": "a"}, {TOKEN: "b"}, token="c").token == "c"


@pytest.mark.parametrize(
    ("given", "said"),
    [({"host": "0.0.0.0"}, "no token"), ({"host": "box.lan"}, "no token"), ({"host": "::"}, "no token"),
     ({"environment": "prod"}, "no environment"), ({"token": "a b"}, "blanks"), ({"token": "ü"}, "blanks")],
)
def test_what_cannot_be_is_refused(given: dict[str, Any], said: str) -> None:
    with pytest.raises(UsageError, match=said) as caught:
        options(**given)
    assert caught.value.hint


def test_a_process_is_told_all_but_the_token(monkeypatch: pytest.MonkeyPatch) -> None:
    made = options(token="secret", model="shop")
    assert "secret" not in made.words()
    monkeypatch.setenv(TOKEN, "secret")
    assert Options.read(made.words()) == made


def test_words_of_a_unit_are_quoted() -> None:
    assert quoted("--env") == "--env" and quoted('a "b" $c 5%') == '"a \\"b\\" $$c 5%%"'

"""The texts people read, by key and language: loaded from the ``.toml`` files beside this module.

What comes from outside (names, DNS values, reasons) can never become Slack markup here: facts are escaped as they
are put into a text, unless they are :class:`Markup` already.
"""

from __future__ import annotations

import html
import re
import tomllib
import warnings
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from bot.text import storable

FOLDER = Path(__file__).parent
FALLBACK = "en"
LANGUAGES = ("en", "ja")

_CODE = re.compile(r"(`[^`]*`)")
_FACT = re.compile(r"\{(\w+)\}")
_DATE = re.compile(r"<!date\^[^|>]*\|([^>]*)>")
_LINK = re.compile(r"<https?://[^|>]*\|([^>]*)>")

#: mrkdwn has no escape for these, so look-alikes stand in (outside code, where nothing is to be copied).
_MARKS = str.maketrans({"*": "∗", "~": "∼", "`": "ˋ"})
_UNDERLINE = re.compile(r"(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])")


class MissingText(UserWarning):
    """A key or a fact that a text needs is not there. People see English, or a gap; tests fail."""


class Markup(str):
    """Text that is mrkdwn already and is not escaped again."""

    __slots__ = ()


def escape(text: str, *, code: bool = False) -> Markup:
    """``text`` so that Slack shows it as it is; ``code``: for a place between backticks.

    https://docs.slack.dev/messaging/formatting-message-text#escaping
    """
    text = re.sub(r"\s+", " ", text)  # values of DNS are judged as they are, and shown like this
    text = written_out(text) if code else storable(text)
    text = text.replace("`", "ˋ") if code else _UNDERLINE.sub("ˍ", text.translate(_MARKS))
    return Markup(text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;"))


def written_out(text: str) -> str:
    """``text`` with each character that is not visible written out.

    What stands in DNS may hold escape sequences, and marks that turn the direction of what follows.
    """
    return "".join(f"\\x{ord(c):02x}" if not c.isprintable() else c for c in text)


def unmarked(text: str) -> str:
    """mrkdwn as a notification shows it: dates and links as their words, no marks; mentions and entities stay."""
    text = _LINK.sub(r"\1", _DATE.sub(r"\1", text))
    parts = _CODE.split(text)
    parts[::2] = [part.replace("*", "") for part in parts[::2]]
    parts[1::2] = [part[1:-1].replace("*", "∗") for part in parts[1::2]]
    return "".join(parts)


class Translate:
    """The texts of one language. ``t(key, **facts)`` is mrkdwn, ``t.plain`` is for ``plain_text``."""

    def __init__(self, language: str, texts: Mapping[str, str], fallback: Mapping[str, str]) -> None:
        self.language = language
        self.texts = texts
        self._fallback = fallback

    def __call__(self, key: str, **facts: Any) -> Markup:
        parts = _CODE.split(self._template(key, facts))
        return Markup("".join(_fill(key, part, facts, code=bool(n % 2)) for n, part in enumerate(parts)))

    def plain(self, key: str, **facts: Any) -> str:
        """For ``plain_text``: nothing is escaped and nothing is markup."""
        return self._bare(key, self._template(key, facts).replace("`", ""), facts, storable)

    def told(self, key: str, **facts: Any) -> str:
        """For a terminal, which writes out what hides: as :meth:`plain`, what may be copied between backticks."""
        return self._bare(key, self._template(key, facts), facts, str)

    def _bare(self, key: str, template: str, facts: Mapping[str, Any], shown: Callable[[str], str]) -> str:
        template = html.unescape(template.replace("*", ""))

        def value(found: re.Match[str]) -> str:
            fact = _fact(key, found[1], facts)
            return html.unescape(unmarked(fact)) if isinstance(fact, Markup) else shown(str(fact))

        return _FACT.sub(value, template)

    def has(self, key: str) -> bool:
        """Whether there is a text of this key, in this language or in English."""
        return any(k in texts for texts in (self.texts, self._fallback) for k in (key, f"{key}.other"))

    def _template(self, key: str, facts: Mapping[str, Any]) -> str:
        keys = (f"{key}.one", key, f"{key}.other") if facts.get("n") == 1 else (key, f"{key}.other")
        for texts in (self.texts, self._fallback):
            found = next((texts[k] for k in keys if k in texts), None)
            if found is not None:
                return found
            warnings.warn(f"no text {key!r} in {self.language!r}", MissingText, stacklevel=3)
        return key.replace("_", " ")


def _fill(key: str, part: str, facts: Mapping[str, Any], *, code: bool) -> str:
    def value(found: re.Match[str]) -> str:
        fact = _fact(key, found[1], facts)
        return fact if isinstance(fact, Markup) else escape(str(fact), code=code)

    return _FACT.sub(value, part)


def _fact(key: str, name: str, facts: Mapping[str, Any]) -> Any:
    if name not in facts:
        warnings.warn(f"text {key!r} needs the fact {name!r}", MissingText, stacklevel=4)
    return facts.get(name, "…")


@cache
def translator(language: str) -> Translate:
    """The texts of ``language``; English where there is no such language."""
    code = language if language in LANGUAGES else FALLBACK
    return Translate(code, _load(code), _load(FALLBACK))


@cache
def _load(code: str) -> Mapping[str, str]:
    texts: dict[str, str] = {}
    for path in sorted([FOLDER / f"{code}.toml", *FOLDER.glob(f"*.{code}.toml")]):
        if path.exists():
            for key, text in _flat(tomllib.loads(path.read_text("utf-8"))).items():
                if key in texts:
                    raise ValueError(f"{path.name}: {key} is there twice")
                texts[key] = text
    return texts


def _flat(tree: Mapping[str, Any], prefix: str = "") -> dict[str, str]:
    flat: dict[str, str] = {}
    for key, value in tree.items():
        if isinstance(value, dict):
            flat.update(_flat(value, f"{prefix}{key}."))
        else:
            flat[f"{prefix}{key}"] = str(value).strip("\n")
    return flat

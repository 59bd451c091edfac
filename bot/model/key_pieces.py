"""Whether a text is a DKIM key or a piece of one: such must not stand beside the right one. Pure.

Which of several records at a selector a receiver takes is left to chance (RFC 6376 section 3.6.2.2), and what an
earlier try left behind is taken as readily as the key itself.
"""

from __future__ import annotations

import re

#: Characters in a row that a key and a text do not share by accident.
_WINDOW = 20

#: Base64 of this length is no token that other services ask for; of this, where it begins or ends as a key does.
_LONG, _SHORT = 100, 16

#: Characters that are read of a text: nobody's key is as long.
_MOST = 8192

#: What consoles and clipboards put between the characters of a value.
_AROUND = re.compile(r"[\s\"'\\()]")

_OTHER_PURPOSE = re.compile(r"(?i)v=(?!dkim)")
_TAGS = re.compile(r"(?i)(v=dkim|k=rsa\b|h=sha(1|256)\b|p=[a-z0-9+/]{16})")
_BASE64 = re.compile(r"[A-Za-z0-9+/]+={0,2}")

#: How RSA public keys end (exponent 65537, RFC 8017 appendix A.1.1) and begin (RFC 5280 section 4.1.2.7).
_END, _BEGINNINGS = "IDAQAB", ("MIIB", "MIIC", "MIGf")


def is_piece(key: str, text: str) -> bool:
    """Whether ``text`` is a key, or a part of one, of this ``key`` (``p=``, without white space) or another."""
    bare = _AROUND.sub("", text[:_MOST])
    if _OTHER_PURPOSE.match(bare):
        return False
    if _TAGS.match(bare):
        return True
    ends = bare.rstrip("=").endswith(_END) or bare.startswith(_BEGINNINGS)
    if _BASE64.fullmatch(bare) and (len(bare) >= _LONG or (ends and len(bare) >= _SHORT)):
        return True
    return any(bare[n : n + _WINDOW] in key for n in range(len(bare) - _WINDOW + 1))

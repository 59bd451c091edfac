"""DNS messages as bytes: what endpoints do to them without decoding them."""

from __future__ import annotations

import secrets
import struct


def key(data: bytes, *, tcp: bool) -> tuple[bytes, bool]:
    """A query without its id and the case of its letters."""
    return data[2:].lower(), tcp


def question_length(data: bytes) -> int:
    """Bytes of the first question: the name's labels, the root, type and class."""
    at = 12
    while data[at]:
        at += data[at] + 1
    return at + 5 - 12


def forged(asked: bytes, answer: bytes, number: int) -> bytes:
    """A spoofed datagram; they take turns: wrong id, another question, a loop, cut short, random bytes."""
    end = 12 + question_length(asked)
    kind = number % 5
    if kind == 0:
        return bytes([answer[0] ^ 0x55]) + answer[1:]
    if kind == 1:
        return answer[:12] + bytes(b ^ 0x20 if 97 <= b | 0x20 <= 122 else b for b in answer[12:end]) + answer[end:]
    if kind == 2:  # the right question, then a name that points at itself
        return answer[:4] + b"\0\1\0\1\0\0\0\0" + answer[12:end] + struct.pack("!H", 0xC000 | end) + b"\0\x10\0\1"
    if kind == 3:
        return answer[:7]
    return secrets.token_bytes(64)

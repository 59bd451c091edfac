"""DNS for tests and the try-out: real packets on loopback, authoritative servers that can misbehave, resolvers."""

from bot.tryout.dns.endpoint import Question
from bot.tryout.dns.lab import DnsLab
from bot.tryout.dns.resolver import Resolver
from bot.tryout.dns.servers import Server, Zone

__all__ = ["DnsLab", "Question", "Resolver", "Server", "Zone"]

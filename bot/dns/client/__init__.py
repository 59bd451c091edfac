"""Asking servers. What may be known outside is named here; sockets, ids, budgets and decoders stay inside."""

from bot.dns.client.client import DnsClient
from bot.dns.client.messages import Outcome, Reply, RRset, within
from bot.dns.client.query import How
from bot.dns.client.spending import purse, spent

__all__ = ["DnsClient", "How", "Outcome", "RRset", "Reply", "purse", "spent", "within"]

"""Asking servers. What is needed outside is here; sockets, ids, budgets and decoders stay inside."""

"""Everything that must survive: adapters of the Store port."""

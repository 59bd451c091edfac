"""A world that lies: the whole bot in one process and in virtual time, judged by a model that knows the truth."""

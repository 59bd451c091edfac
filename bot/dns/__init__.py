"""Looking at DNS: the only package that knows dnspython and the only one that opens sockets to port 53."""

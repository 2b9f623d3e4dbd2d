//! Stories over real sockets, against the real binaries: see the `stories` folder.

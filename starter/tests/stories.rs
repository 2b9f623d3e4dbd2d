//! Clients and functions together, over real sockets: `parlor exec -- cargo test`.

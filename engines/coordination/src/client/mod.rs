//! A client of the service, as a machine to be embedded.

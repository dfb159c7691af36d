//! A throw-away PostgreSQL cluster for tests and benchmarks.

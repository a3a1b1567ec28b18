//! The configuration file: accounts, defaults and where their passwords come from.

//! Responses as servers send them.

//! What becomes of requests: which pod they meet, why they fail, and that none is lost.

mod claims;
mod conservation;
mod model;
mod routes;

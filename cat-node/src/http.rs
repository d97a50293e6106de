//! The doors: the Parse protocol under its mount path.

pub mod access_tokens;
pub mod answer;
pub mod batch;
pub mod body;
pub mod classes;
pub mod cloud_jobs;
pub mod cors;
pub mod credentials;
pub mod global_config;
pub mod hooks;
pub mod installations;
pub mod mail_requests;
pub mod openapi;
pub mod operator_routes;
pub mod parse_endpoint;
pub mod push;
pub mod push_audiences;
pub mod query_parameters;
pub mod request;
pub mod routes;
pub mod schemas;
pub mod script_log;
pub mod server_info;
pub mod sessions;
pub mod users;

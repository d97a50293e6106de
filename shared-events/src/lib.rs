//! shared-events

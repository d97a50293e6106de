//! mouse-trap

//! cadaver-exchange

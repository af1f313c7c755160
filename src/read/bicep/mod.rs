//! The Bicep reader.

//! The language server: what `armlint scan` finds, in an editor and while the text is typed.
//!
//! Two threads share the work. [`server`] reads messages and answers at once what can be answered at once: the beginning, the end,
//! and that a request is cancelled. Everything else it hands to the [`worker`], which owns all state: the open texts
//! ([`document`]), and a session for each folder ([`workspace`]). The worker applies what has been typed, judges when nothing more
//! is waiting to be applied, tells the editor what is different ([`diagnostics`], [`told`]), and answers questions: each kind of them is one
//! file ([`actions`], [`commands`], [`preview`], [`hover`], [`hints`], [`definition`], [`references`], [`symbols`], [`lens`], [`completion`]); what things come to say [`values`], what
//! names mean [`names`] and [`members`], where they all are [`sites`], what Azure's types want [`properties`]. Places come in and go out
//! as [`position`]s, files as [`uri`]s.

mod actions;
mod client;
mod commands;
mod completion;
mod definition;
mod diagnostics;
mod document;
mod edits;
mod frames;
mod hints;
mod hover;
mod lens;
mod meaning;
mod members;
mod names;
mod position;
mod preview;
mod properties;
mod references;
mod server;
mod settings;
mod sites;
mod summary;
mod symbols;
mod told;
mod uri;
mod values;
mod worker;
mod workspace;

pub use server::serve;

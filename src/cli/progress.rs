//! A line at a terminal that says how far a scan is, once it takes longer than a second.

use std::io::{self, IsTerminal, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Who has waited so long wants to know.
const PATIENCE: Duration = Duration::from_secs(1);

/// Between two lines.
const PAUSE: Duration = Duration::from_millis(250);

/// How far a scan is. The line goes away with it.
pub(super) struct Progress {
    done: Arc<AtomicUsize>,
    line: Option<(Sender<()>, JoinHandle<()>)>,
}

impl Progress {
    /// Begins to count; shows nothing where nobody watches.
    pub(super) fn new() -> Self {
        let done = Arc::new(AtomicUsize::new(0));
        let counted = done.clone();
        let line = io::stderr().is_terminal().then(|| {
            let (stop, stopped) = channel();
            (stop, std::thread::spawn(move || show(&counted, &stopped, PATIENCE, &mut io::stderr())))
        });
        Progress { done, line }
    }

    /// One more deployment is done.
    pub(super) fn step(&self) {
        self.done.fetch_add(1, Ordering::Relaxed);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some((stop, line)) = self.line.take() {
            drop(stop);
            let _ = line.join();
        }
    }
}

/// Shows the line, once `wait` is over, until the other side is gone, then takes it away.
fn show(done: &AtomicUsize, stopped: &Receiver<()>, mut wait: Duration, out: &mut dyn Write) {
    let started = Instant::now();
    let mut shown = false;
    while let Err(RecvTimeoutError::Timeout) = stopped.recv_timeout(wait) {
        let line = line(done.load(Ordering::Relaxed), started.elapsed());
        let _ = write!(out, "\r\x1b[K{line}").and_then(|()| out.flush());
        (shown, wait) = (true, PAUSE);
    }
    if shown {
        let _ = write!(out, "\r\x1b[K").and_then(|()| out.flush());
    }
}

fn line(done: usize, took: Duration) -> String {
    let what = if done == 1 { "deployment" } else { "deployments" };
    format!("armlint: {done} {what} evaluated, {} s", took.as_secs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_quick_shows_nothing() {
        let (stop, stopped) = channel::<()>();
        drop(stop);
        let mut out = Vec::new();
        show(&AtomicUsize::new(3), &stopped, PATIENCE, &mut out);
        assert_eq!(out, b"");
    }

    /// Stops when something has been shown.
    struct Screen(Option<Sender<()>>, String);

    impl Write for Screen {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0 = None;
            self.1.push_str(&String::from_utf8_lossy(bytes));
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn the_line_goes_away_again() {
        let (stop, stopped) = channel::<()>();
        let mut screen = Screen(Some(stop), String::new());
        show(&AtomicUsize::new(3), &stopped, Duration::from_millis(1), &mut screen);
        assert_eq!(screen.1, "\r\x1b[Karmlint: 3 deployments evaluated, 0 s\r\x1b[K");
    }
}

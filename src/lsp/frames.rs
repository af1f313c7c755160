//! The messages of an editor on standard input and output. One that cannot be used is answered, and the next one is read; only where
//! it is not clear any more at which byte a message begins does the conversation end, with the reason.

use std::io::{self, BufRead, Read, Write};
use std::sync::mpsc::{Receiver, channel};
use std::thread::Builder;
use std::time::Duration;

use lsp_server::{Connection, ErrorCode, Message, Notification, RequestId};
use serde_json::{Value as Json, json};

/// How large a message may be. Files of more than half of it are not read either.
const LARGEST: u64 = 64 << 20;

/// How large what stands before a message may be.
const LARGEST_HEADER: u64 = 8 << 10;

/// How long the end waits for an editor that does not read what it was told.
const PATIENCE: Duration = Duration::from_secs(2);

/// What the threads behind a connection leave.
pub struct Threads {
    broken: Receiver<String>,
    written: Receiver<()>,
}

impl Threads {
    /// Waits until all that was sent before is written. Gives why nothing more can be read, where that is so.
    pub fn end(&self, connection: &Connection) -> Option<String> {
        // The last message is for the thread that writes: nobody else knows when it has done so.
        let last = Notification { method: String::new(), params: Json::Null };
        if connection.sender.send(last.into()).is_ok() {
            let _ = self.written.recv_timeout(PATIENCE);
        }
        self.broken.try_recv().ok()
    }
}

/// A connection on standard input and output.
///
/// # Errors
/// What the system says if a thread cannot be started.
pub fn stdio() -> io::Result<(Connection, Threads)> {
    let (ours, theirs) = Connection::memory();
    let Connection { sender, receiver } = theirs;
    let (say_broken, broken) = channel();
    let (say_written, written) = channel();
    let read = move || {
        let mut input = io::stdin().lock();
        loop {
            let goes_on = match next(&mut input) {
                Ok(Some(Frame::Message(message))) => sender.send(message).is_ok(),
                Ok(Some(Frame::Wrong(answer))) => answer.is_none_or(|answer| written_out(&answer.to_string()).is_ok()),
                Ok(None) => false,
                // Said before `sender` is gone, which ends the conversation.
                Err(why) => {
                    let _ = say_broken.send(why);
                    false
                }
            };
            if !goes_on {
                return;
            }
        }
    };
    let write = move || {
        let is_last = |m: &Message| matches!(m, Message::Notification(n) if n.method.is_empty());
        for message in receiver.iter().take_while(|m| !is_last(m)) {
            if message.write(&mut io::stdout().lock()).is_err() {
                break;
            }
        }
        let _ = say_written.send(());
    };
    Builder::new().name("armlint-reads".to_owned()).spawn(read)?;
    Builder::new().name("armlint-writes".to_owned()).spawn(write)?;
    Ok((ours, Threads { broken, written }))
}

/// What stands in the input.
enum Frame {
    /// A message.
    Message(Message),
    /// None, and what the editor is told, if anything.
    Wrong(Option<Json>),
}

/// Reads the next message; `None` at the end.
///
/// # Errors
/// Why it is not clear where it ends.
fn next(input: &mut impl BufRead) -> Result<Option<Frame>, String> {
    let Some(length) = length(input)? else { return Ok(None) };
    let cut = || "the input ends within a message".to_owned();
    if length > LARGEST {
        let why = format!("a message of {length} bytes is not read: it may have {LARGEST}");
        eprintln!("armlint: error: {why}");
        let skipped = io::copy(&mut input.take(length), &mut io::sink()).map_err(|e| e.to_string())?;
        if skipped < length {
            return Err(cut());
        }
        return Ok(Some(Frame::Wrong(Some(answer(&Json::Null, ErrorCode::InvalidRequest, &why)))));
    }
    // Room comes with what is there, and not with what is announced.
    let mut body = Vec::new();
    input.take(length).read_to_end(&mut body).map_err(|e| format!("the input cannot be read: {e}"))?;
    if (body.len() as u64) < length {
        return Err(cut());
    }
    Ok(Some(message(&body)))
}

/// The length of the message that follows; `None` at the end of the input.
fn length(input: &mut impl BufRead) -> Result<Option<u64>, String> {
    let mut header = input.take(LARGEST_HEADER);
    let mut length = None;
    let mut first = true;
    loop {
        let mut line = Vec::new();
        header.read_until(b'\n', &mut line).map_err(|e| format!("the input cannot be read: {e}"))?;
        if line.is_empty() && first {
            return Ok(None);
        }
        first = false;
        let text = String::from_utf8_lossy(&line);
        if !text.ends_with('\n') {
            let shown: String = text.chars().take(40).collect();
            return Err(format!("a line of a header has no end, or the header is too long: `{shown}`"));
        }
        let text = text.trim_end();
        if text.is_empty() {
            break;
        }
        let Some((name, value)) = text.split_once(':') else {
            return Err(format!("a header has the form `Content-Length: NUMBER`, not `{text}`"));
        };
        if name.eq_ignore_ascii_case("Content-Length") {
            let value = value.trim();
            length = Some(value.parse().map_err(|_| format!("`Content-Length` is a number of bytes, not `{value}`"))?);
        }
    }
    length.map(Some).ok_or_else(|| "a message has no `Content-Length`".to_owned())
}

/// What the body of a message says.
fn message(body: &[u8]) -> Frame {
    let parsed = std::str::from_utf8(body).map_err(|e| e.to_string()).and_then(|text| {
        let whole = |text: &str| serde_json::from_str::<Json>(text).map_err(|e| e.to_string());
        // An editor may cut a text between the halves of a character.
        whole(text).or_else(|why| with_whole_characters(text).map_or(Err(why), |text| whole(&text)))
    });
    let value = match parsed {
        Ok(value) => value,
        Err(why) => {
            let why = format!("the message is not JSON: {why}");
            eprintln!("armlint: warning: {why}");
            return Frame::Wrong(Some(answer(&Json::Null, ErrorCode::ParseError, &why)));
        }
    };
    let id = value.get("id").filter(|id| id.is_number() || id.is_string()).cloned().unwrap_or_default();
    let is_answer = value.get("method").is_none() && (value.get("result").is_some() || value.get("error").is_some());
    // Without a look at its id it would be taken for a notification.
    let is_usable = id.is_null() || serde_json::from_value::<RequestId>(id.clone()).is_ok();
    match serde_json::from_value(value) {
        Ok(message) if is_usable => Frame::Message(message),
        // The editor answers something that it could not read.
        Err(_) if is_answer => Frame::Wrong(None),
        _ => {
            let why = "the message is no request, notification or answer; the id of a request is a text, or a number of 32 bits";
            eprintln!("armlint: warning: {why}");
            Frame::Wrong(Some(answer(&id, ErrorCode::InvalidRequest, why)))
        }
    }
}

/// A text of JSON in which every escaped half of a character without the other is the character that stands for what cannot be
/// read; `None` if there is none.
fn with_whole_characters(text: &str) -> Option<String> {
    let unit = |at: usize| {
        let digits = text.get(at..at + 6)?.strip_prefix("\\u")?;
        u16::from_str_radix(digits, 16).ok().filter(|_| !digits.starts_with('+'))
    };
    let (mut out, mut from, mut at) = (String::new(), 0, 0);
    while let Some(found) = text.get(at..).and_then(|rest| rest.find('\\')) {
        let start = at + found;
        at = match unit(start) {
            Some(0xD800..=0xDBFF) if matches!(unit(start + 6), Some(0xDC00..=0xDFFF)) => start + 12,
            Some(0xD800..=0xDFFF) => {
                out.push_str(text.get(from..start)?);
                out.push_str("\\ufffd");
                from = start + 6;
                from
            }
            Some(_) => start + 6,
            // Whatever is escaped is one byte, or no JSON.
            None => start + 2,
        };
    }
    if from == 0 {
        return None;
    }
    out.push_str(text.get(from..)?);
    Some(out)
}

fn answer(id: &Json, code: ErrorCode, message: &str) -> Json {
    json!({ "jsonrpc": "2.0", "id": id, "error": { "code": code as i32, "message": message } })
}

fn written_out(body: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    write!(out, "Content-Length: {}\r\n\r\n{body}", body.len())?;
    out.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(body: &str) -> String {
        format!("Content-Length: {}\r\n\r\n{body}", body.len())
    }

    /// What is read of an input: methods of messages, codes of answers, and why it ends.
    fn read(input: &[u8]) -> (Vec<String>, Option<String>) {
        let (mut input, mut out) = (input, Vec::new());
        loop {
            match next(&mut input) {
                Ok(Some(Frame::Message(Message::Notification(n)))) => out.push(format!("{} {}", n.method, n.params)),
                Ok(Some(Frame::Message(other))) => out.push(format!("{other:?}")),
                Ok(Some(Frame::Wrong(answer))) => {
                    out.push(answer.map_or("-".to_owned(), |a| format!("{} {}", a["error"]["code"], a["id"])));
                }
                Ok(None) => return (out, None),
                Err(why) => return (out, Some(why)),
            }
        }
    }

    #[test]
    fn what_is_no_message_is_answered_and_the_next_one_is_read() {
        let good = frame(r#"{"jsonrpc":"2.0","method":"a","params":1}"#);
        for (body, answered) in [
            ("{", "-32700 null"),
            ("", "-32700 null"),
            (r#"{"id": 7.5, "method": "a"}"#, "-32600 7.5"),
            (r#"{"id": 3000000000, "method": "a"}"#, "-32600 3000000000"),
            ("[]", "-32600 null"),
            (r#"{"id": null, "error": {"code": 1, "message": "?"}}"#, "-"),
        ] {
            let (read, why) = read(format!("{}{good}", frame(body)).as_bytes());
            assert_eq!((read, why), (vec![answered.to_owned(), "a 1".to_owned()], None), "{body}");
        }
        let (read, _) = read(&[b"Content-Length: 1\r\n\r\n\xff", good.as_bytes()].concat());
        assert_eq!(read, ["-32700 null", "a 1"]);
    }

    #[test]
    fn half_a_character_is_one_that_cannot_be_read() {
        let text = |json: &str| read(frame(&format!(r#"{{"method":"a","params":"{json}"}}"#)).as_bytes()).0;
        assert_eq!(text(r"x\ud83dy"), ["a \"x\u{fffd}y\""]);
        assert_eq!(text(r"\ude00\ud83d\ud83d\ude00"), ["a \"\u{fffd}\u{fffd}\u{1f600}\""]);
        // What looks like one and is none.
        assert_eq!(text(r"\\ud83d\ud83d"), ["a \"\\\\ud83d\u{fffd}\""]);
        assert_eq!(text(r"\ud83d\n\u00e9"), ["a \"\u{fffd}\\n\u{e9}\""]);
        assert_eq!(text(r"\ud83d\x"), ["-32700 null"]);
        assert_eq!(text(r"\ud83"), ["-32700 null"]);
    }

    #[test]
    fn where_messages_cannot_be_told_apart_it_is_said_why() {
        for (input, said) in [
            ("Content-Length: 99999999999999\r\n\r\n{}", "ends within a message"),
            ("Content-Length: 99999999999999999999\r\n\r\n{}", "a number of bytes, not `99999999999999999999`"),
            ("Content-Length: -1\r\n\r\n{}", "a number of bytes"),
            ("Content-Length: 10\r\n\r\n{}", "ends within a message"),
            ("Content-Type: x\r\n\r\n{}", "no `Content-Length`"),
            ("{}\r\n", "has the form"),
            ("{}", "no end"),
        ] {
            let (_, why) = read(input.as_bytes());
            assert!(why.as_ref().is_some_and(|why| why.contains(said)), "{input:?}: {why:?}");
        }
        assert!(read(&vec![b'x'; 100_000]).1.is_some_and(|why| why.len() < 200));
        assert_eq!(read(b""), (vec![], None));
        assert_eq!(read(b"content-length:15\nX: y\n\n{\"method\": \"a\"}").0, ["a null"]);
    }

    #[test]
    fn what_is_too_large_is_left_out() {
        let mut input = format!("Content-Length: {}\r\n\r\n", LARGEST + 1).into_bytes();
        input.resize(input.len() + usize::try_from(LARGEST).unwrap() + 1, b' ');
        input.extend(frame(r#"{"method":"a"}"#).bytes());
        assert_eq!(read(&input), (vec!["-32600 null".to_owned(), "a null".to_owned()], None));
    }
}

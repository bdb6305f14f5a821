//! Messages out of what a user points at: a file, a folder, a maildir, an mbox, standard input.

use std::collections::VecDeque;
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Cursor, Read as _};
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};

use super::file::FileError;
use super::mbox::{Entry, Mbox};

/// Most bytes of one message: the largest that common relays take (Gmail and Postfix in practice 25 MB or less), so
/// that nothing that came by mail is beyond it.
pub const MAX_MESSAGE_BYTES: u64 = 25 << 20;

/// Of a file, so much of its beginning is looked at to date it: more than any header seen.
const START_BYTES: u64 = 64 * 1024;

/// One message as found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawMessage {
    /// Where it was found: the path, of an mbox with `#` and its number from 1; `-` for standard input.
    pub name: String,
    /// Its bytes, as they are to be kept.
    pub bytes: Vec<u8>,
    /// The date of its `From ` line, in an mbox: when it was delivered.
    pub mbox_from: Option<DateTime<Utc>>,
    /// When a mailbox on a server had it, by the server's word.
    pub internal_date: Option<DateTime<Utc>>,
    /// How many bytes it has, when it is too large to be read whole: then `bytes` is its header.
    pub cut_from: Option<u64>,
}

impl RawMessage {
    /// A whole message of which nothing more is known.
    #[must_use]
    pub fn new(name: impl Into<String>, bytes: Vec<u8>) -> Self {
        Self { name: name.into(), bytes, mbox_from: None, internal_date: None, cut_from: None }
    }
}

/// Messages, one at a time. One that cannot be read is an error in its place; those after it still come.
pub struct Source {
    /// Files not begun.
    files: VecDeque<PathBuf>,
    current: Option<Current>,
    passed_over: Vec<PathBuf>,
}

/// What is being read.
enum Current {
    /// A message by itself.
    Whole { name: String, reader: Box<dyn BufRead> },
    /// An mbox of which `found` messages were read.
    Mbox { name: String, found: u64, mbox: Mbox<Box<dyn BufRead>> },
}

/// The messages at `path`: of a maildir its `cur` and `new`, of another folder its files by name, without those
/// hidden and those in folders below; of an mbox each message; of any other file its bytes.
///
/// # Errors
/// [`FileError::Io`] when it cannot be opened, [`FileError::Empty`] when there is no message to be found.
pub fn open(path: &Path) -> Result<Source, FileError> {
    let about = fs::metadata(path).map_err(FileError::io("open", path))?;
    if !about.is_dir() {
        let file = File::open(path).map_err(FileError::io("open", path))?;
        return from_reader(&path.display().to_string(), BufReader::new(file));
    }
    let parts = [path.join("cur"), path.join("new")];
    let folders = if parts.iter().all(|part| part.is_dir()) { &parts[..] } else { &[path.to_owned()] };
    let source = list(folders)?;
    if source.files.is_empty() {
        return Err(FileError::Empty { path: path.display().to_string() });
    }
    Ok(source)
}

/// The messages that `reader` gives: an mbox, or one message. `name` is what it is called, `-` for standard input.
///
/// # Errors
/// [`FileError::Io`] when it cannot be read, [`FileError::Empty`] when it gives nothing.
pub fn from_reader(name: &str, reader: impl BufRead + 'static) -> Result<Source, FileError> {
    let current = Current::of(name.to_owned(), reader)?;
    Ok(Source { files: VecDeque::new(), current: Some(current), passed_over: Vec::new() })
}

/// The files of some folders, in the order of their names, whichever folder they lie in.
fn list(folders: &[PathBuf]) -> Result<Source, FileError> {
    let (mut files, mut passed_over) = (Vec::new(), Vec::new());
    for folder in folders {
        for entry in fs::read_dir(folder).map_err(FileError::io("list", folder))? {
            let path = entry.map_err(FileError::io("list", folder))?.path();
            if path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b".")) {
                continue;
            }
            if path.is_file() { files.push(path) } else { passed_over.push(path) }
        }
    }
    files.sort_by(|a, b| (a.file_name(), a).cmp(&(b.file_name(), b)));
    passed_over.sort();
    Ok(Source { files: files.into(), current: None, passed_over })
}

impl Source {
    /// What stood among the files of a folder and is not read: folders below it, sockets, links that lead nowhere.
    #[must_use]
    pub fn passed_over(&self) -> &[PathBuf] {
        &self.passed_over
    }

    /// Puts the files of a folder in the order of a moment that `when` finds at the beginning of each, those without one
    /// behind the others; among equals the order stays. An mbox goes by its first message: it grows at its end, and so is
    /// in order itself.
    pub fn put_in_order<T: Ord>(&mut self, when: impl Fn(&[u8]) -> Option<T>) {
        let mut files: Vec<(Option<T>, PathBuf)> = std::mem::take(&mut self.files)
            .into_iter()
            .map(|path| (start_of(&path).as_deref().and_then(&when), path))
            .collect();
        files.sort_by(|(one, _), (other, _)| (one.is_none(), one).cmp(&(other.is_none(), other)));
        self.files = files.into_iter().map(|(_, path)| path).collect();
    }
}

impl Iterator for Source {
    type Item = Result<RawMessage, FileError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let current = match self.current.take() {
                Some(current) => current,
                None => match Current::of_file(&self.files.pop_front()?) {
                    Ok(current) => current,
                    Err(error) => return Some(Err(error)),
                },
            };
            let (message, rest) = current.read();
            self.current = rest;
            if message.is_some() {
                return message;
            }
        }
    }
}

impl Current {
    fn of_file(path: &Path) -> Result<Self, FileError> {
        let file = File::open(path).map_err(FileError::io("open", path))?;
        Self::of(path.display().to_string(), BufReader::new(file))
    }

    /// Looks at the first bytes: an mbox begins with `From ` and a space, which no header can.
    fn of(name: String, mut reader: impl BufRead + 'static) -> Result<Self, FileError> {
        let mut start = Vec::new();
        let looked = reader.by_ref().take(5).read_to_end(&mut start);
        looked.map_err(FileError::io("read", Path::new(&name)))?;
        if start.is_empty() {
            return Err(FileError::Empty { path: name });
        }
        let is_mbox = start == b"From ";
        let reader: Box<dyn BufRead> = Box::new(Cursor::new(start).chain(reader));
        Ok(if is_mbox { Self::Mbox { name, found: 0, mbox: Mbox::new(reader) } } else { Self::Whole { name, reader } })
    }

    /// The next message, if there is one, and what is left to read.
    fn read(self) -> (Option<Result<RawMessage, FileError>>, Option<Self>) {
        match self {
            Self::Whole { name, reader } => (Some(whole(name, reader)), None),
            Self::Mbox { name, found, mut mbox } => {
                let number = found + 1;
                let message = match mbox.next() {
                    None => return (None, None),
                    // What a disk refuses once it refuses again: the rest of this file is given up.
                    Some(Err(error)) => return (Some(Err(FileError::io("read", Path::new(&name))(error))), None),
                    Some(Ok(Entry::TooLarge)) => Err(FileError::TooLarge { name: format!("{name}#{number}") }),
                    Some(Ok(Entry::Message { bytes, from })) => {
                        Ok(RawMessage { mbox_from: from, ..RawMessage::new(format!("{name}#{number}"), bytes) })
                    }
                };
                (Some(message), Some(Self::Mbox { name, found: number, mbox }))
            }
        }
    }
}

/// The beginning of a file's first message; none of a file that cannot be read, which is told when its turn comes.
fn start_of(path: &Path) -> Option<Vec<u8>> {
    let mut start = Vec::new();
    File::open(path).ok()?.take(START_BYTES).read_to_end(&mut start).ok()?;
    if start.starts_with(b"From ") {
        let line = start.iter().position(|byte| *byte == b'\n')?;
        start.drain(..=line);
    }
    Some(start)
}

fn whole(name: String, reader: impl io::Read) -> Result<RawMessage, FileError> {
    let mut bytes = Vec::new();
    let read = reader.take(MAX_MESSAGE_BYTES + 1).read_to_end(&mut bytes);
    read.map_err(FileError::io("read", Path::new(&name)))?;
    if bytes.len() as u64 > MAX_MESSAGE_BYTES {
        return Err(FileError::TooLarge { name });
    }
    Ok(RawMessage::new(name, bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MBOX: &str = "From a Sat Mar 25 19:00:00 2017\nA: 1\n\nx\n\nFrom b Sat Mar 25 20:00:00 2017\nB: 2\n\ny\n";

    /// A folder with these files; those whose names end in `/` are folders themselves.
    fn folder_with(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("a temporary folder");
        for (name, content) in files {
            let path = folder.path().join(name);
            if name.ends_with('/') {
                fs::create_dir_all(path).expect("made");
            } else {
                fs::write(path, content).expect("written");
            }
        }
        folder
    }

    /// Writes `files` and opens `what`; `expected`: names, below the folder, and bytes.
    #[track_caller]
    fn check(files: &[(&str, &str)], what: &str, expected: &[(&str, &str)], passed_over: &[&str]) {
        let folder = folder_with(files);
        let source = open(&folder.path().join(what)).expect("something to read");
        let below = |name: &str| {
            let prefix = format!("{}/", folder.path().display());
            name.strip_prefix(&prefix).expect("below the folder").to_owned()
        };
        let over: Vec<String> = source.passed_over().iter().map(|path| below(&path.display().to_string())).collect();
        let got: Vec<(String, String)> = source
            .map(|message| message.expect("readable"))
            .map(|message| (below(&message.name), String::from_utf8(message.bytes).expect("text")))
            .collect();
        let got: Vec<(&str, &str)> = got.iter().map(|(name, bytes)| (name.as_str(), bytes.as_str())).collect();
        assert_eq!(
            (got.as_slice(), over.iter().map(String::as_str).collect::<Vec<_>>()),
            (expected, passed_over.to_vec())
        );
    }

    #[test]
    fn what_a_user_points_at() {
        check(&[("a.eml", "A: 1\n\nx")], "a.eml", &[("a.eml", "A: 1\n\nx")], &[]);
        check(&[("a.ics", "B")], "a.ics", &[("a.ics", "B")], &[]);
        check(&[("in.mbox", MBOX)], "in.mbox", &[("in.mbox#1", "A: 1\n\nx\n"), ("in.mbox#2", "B: 2\n\ny\n")], &[]);
        check(
            &[("b.eml", "b"), ("sub/", ""), ("sub/c.eml", "c"), (".hidden", "h"), ("a.eml", "a"), ("m", MBOX)],
            ".",
            &[("./a.eml", "a"), ("./b.eml", "b"), ("./m#1", "A: 1\n\nx\n"), ("./m#2", "B: 2\n\ny\n")],
            &["./sub"],
        );
        check(
            &[("cur/", ""), ("new/", ""), ("tmp/", ""), ("new/1.x", "1"), ("cur/2.x:2,S", "2"), ("tmp/3.x", "3")],
            ".",
            &[("./new/1.x", "1"), ("./cur/2.x:2,S", "2")],
            &[],
        );
    }

    #[track_caller]
    fn check_error(files: &[(&str, &str)], what: &str, expected: &str) {
        let folder = folder_with(files);
        let path = folder.path().join(what);
        let error = open(&path).err().expect("nothing to read");
        assert_eq!(error.to_string(), expected.replace("{}", &path.display().to_string()));
    }

    #[test]
    fn nothing_to_read_is_an_error() {
        check_error(&[], "missing.eml", "cannot open `{}`");
        check_error(&[("empty/", "")], "empty", "`{}` holds no notices");
        check_error(&[("only/", ""), ("only/sub/", "")], "only", "`{}` holds no notices");
        check_error(&[("m/", ""), ("m/cur/", ""), ("m/new/", "")], "m", "`{}` holds no notices");
        check_error(&[("a.eml", "")], "a.eml", "`{}` holds no notices");
    }

    #[test]
    fn one_bad_file_does_not_hide_the_next() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let large = usize::try_from(MAX_MESSAGE_BYTES).expect("fits");
        fs::write(folder.path().join("1"), vec![b'x'; large]).expect("written");
        fs::write(folder.path().join("2"), vec![b'x'; large + 1]).expect("written");
        fs::write(folder.path().join("3"), "").expect("written");
        fs::write(folder.path().join("4"), "4").expect("written");
        let got: Vec<Result<usize, String>> = open(folder.path())
            .expect("a folder")
            .map(|message| message.map(|m| m.bytes.len()).map_err(|error| error.to_string()))
            .collect();
        let name = |file: &str| folder.path().join(file).display().to_string();
        let expected = [
            Ok(large),
            Err(format!("`{}` is larger than 25 MiB, the most a notice may have", name("2"))),
            Err(format!("`{}` holds no notices", name("3"))),
            Ok(1),
        ];
        assert_eq!(got, expected);
    }

    #[test]
    fn standard_input_is_one_message_or_an_mbox() {
        let read = |text: &'static str| -> Vec<(String, Option<DateTime<Utc>>)> {
            let source = from_reader("-", text.as_bytes()).expect("something");
            source.map(|message| message.expect("readable")).map(|message| (message.name, message.mbox_from)).collect()
        };
        let at = |text: &str| Some(text.parse().expect("a test instant"));
        assert_eq!(read("A: 1\n\nx"), [("-".to_owned(), None)]);
        assert_eq!(read("ab"), [("-".to_owned(), None)]);
        let expected = [("-#1".to_owned(), at("2017-03-25T19:00:00Z")), ("-#2".to_owned(), at("2017-03-25T20:00:00Z"))];
        assert_eq!(read(MBOX), expected);
        assert_eq!(from_reader("-", &b""[..]).err().map(|e| e.to_string()).as_deref(), Some("`-` holds no notices"));
    }
}

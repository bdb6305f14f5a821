//! What reading mail costs, on one thread: `INWINDOW_CORPUS=… cargo bench --bench notices --features corpus`.
//!
//! Each figure is for all mails of the corpus once; divan prints mails a second beside it.

use std::cell::Cell;
use std::fs;
use std::path::PathBuf;

use divan::Bencher;
use divan::counter::ItemsCount;
use html5ever::tendril::StrTendril;
use html5ever::tokenizer::{BufferQueue, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts};
use inwindow::notice::Message;
use mail_parser::{MessageParser, PartType};

fn main() {
    divan::main();
}

/// The mails of the corpus, in the order of its cases.
fn mails() -> Vec<Vec<u8>> {
    let corpus = std::env::var_os("INWINDOW_CORPUS").expect("the corpus is named by INWINDOW_CORPUS");
    let folders = fs::read_dir(PathBuf::from(corpus).join("cases")).expect("the corpus has cases");
    let mut paths: Vec<PathBuf> = folders.map(|entry| entry.expect("an entry").path().join("message.eml")).collect();
    paths.sort();
    paths.iter().map(|path| fs::read(path).expect("a case has a mail")).collect()
}

/// The HTML of the corpus, decoded.
fn pages() -> Vec<String> {
    let of = |mail: &Vec<u8>| {
        let message = MessageParser::default().parse(mail).expect("a mail");
        let pages = message.parts.iter().filter_map(|part| match &part.body {
            PartType::Html(html) => Some(html.to_string()),
            PartType::Text(_)
            | PartType::Binary(_)
            | PartType::InlineBinary(_)
            | PartType::Message(_)
            | PartType::Multipart(_) => None,
        });
        pages.collect::<Vec<_>>()
    };
    mails().iter().flat_map(of).collect()
}

/// Raw bytes to parts with lines and cells.
#[divan::bench]
fn flatten(bencher: Bencher<'_, '_>) {
    let mails = mails();
    bencher
        .counter(ItemsCount::new(mails.len()))
        .bench(|| mails.iter().filter_map(|mail| Message::parse(mail).ok()).count());
}

#[derive(Default)]
struct Count(Cell<usize>);

impl TokenSink for Count {
    type Handle = ();

    fn process_token(&self, _: Token, _: u64) -> TokenSinkResult<()> {
        self.0.set(self.0.get() + 1);
        TokenSinkResult::Continue
    }
}

/// The tokenizer alone on the HTML of the same mails: its share of the above.
#[divan::bench]
fn html5ever_alone(bencher: Bencher<'_, '_>) {
    let (pages, mails) = (pages(), mails().len());
    bencher.counter(ItemsCount::new(mails)).bench(|| {
        let tokens = |page: &String| {
            let tokenizer = Tokenizer::new(Count::default(), TokenizerOpts::default());
            let queue = BufferQueue::default();
            queue.push_back(StrTendril::from_slice(page));
            let _ = tokenizer.feed(&queue);
            tokenizer.end();
            tokenizer.sink.0.get()
        };
        pages.iter().map(tokens).sum::<usize>()
    });
}

/// mail-parser alone on the same mails: what headers, nesting and transfer encodings cost at the least.
#[divan::bench]
fn mail_parser_alone(bencher: Bencher<'_, '_>) {
    let mails = mails();
    let parsed =
        || mails.iter().filter_map(|mail| MessageParser::default().parse(mail)).map(|m| m.parts.len()).sum::<usize>();
    bencher.counter(ItemsCount::new(mails.len())).bench(parsed);
}

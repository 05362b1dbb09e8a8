//! What comes in by the sockets and from the file: frames of both protocols, and the configuration.

use api::frame::{self, Reader};
use api::switch::{Client, Group, Path, Query, Request, RouteUpdate};
use api::{Mac, Source, control};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// A stream in pieces of a length that the input chooses, until it ends or breaks; what was understood is said again
/// in the same bytes.
fn stream<M: DeserializeOwned + Serialize + PartialEq + std::fmt::Debug>(input: &[u8]) {
    let Some((first, bytes)) = input.split_first() else { return };
    let mut reader = Reader::default();
    for piece in bytes.chunks(usize::from(*first).max(1)) {
        reader.extend(piece);
        loop {
            match reader.take::<M>() {
                Ok(Some(message)) => again(&message),
                Ok(None) => break,
                Err(_) => return,
            }
        }
        assert!(
            reader.pending() <= frame::MAX_LEN + 4 + bytes.len(),
            "a reader holds no more than it was given"
        );
    }
}

fn again<M: DeserializeOwned + Serialize + PartialEq + std::fmt::Debug>(message: &M) {
    let mut bytes = Vec::new();
    frame::write(message, &mut bytes).expect("what fitted fits again");
    let mut reader = Reader::default();
    reader.extend(&bytes);
    assert_eq!(reader.take::<M>().expect("our own frame").as_ref(), Some(message));
}

pub(super) fn switch(input: &[u8]) {
    stream::<Request>(input);
}

pub(super) fn control(input: &[u8]) {
    stream::<control::Request>(input);
}

fn framed<M: Serialize>(messages: &[M]) -> Vec<u8> {
    let mut bytes = vec![64];
    for message in messages {
        frame::write(message, &mut bytes).expect("seeds are short");
    }
    bytes
}

pub(super) fn switch_seeds() -> Vec<Vec<u8>> {
    let path = Path {
        name: "isp1".into(),
        interface: "isp1".into(),
        next_hop: [203, 0, 113, 1].into(),
        bfd: None,
        wait_to_restore_ns: (1, 2),
    };
    let prefix = "198.51.100.0/24".parse().expect("a prefix");
    let group = Group::Paths { primaries: vec![(1, 1)], backups: vec![vec![2]] };
    vec![framed(&[
        Request::Hello { version: api::VERSION, client: Client::Control },
        Request::SyncBegin { source: Source::Static },
        Request::Path { id: 1, source: Source::Static, path },
        Request::Group { id: 1, group },
        Request::Routes {
            source: Source::Static,
            vrf: None,
            updates: vec![RouteUpdate { prefix, group: Some(1) }],
        },
        Request::SyncEnd { source: Source::Static },
        Request::Neighbor { interface: "isp1".into(), address: [0; 16].into(), mac: Some(Mac([2; 6])) },
        Request::Show(Query::Routes { vrf: None, within: Some(prefix), after: None, limit: 9 }),
        Request::Barrier { token: 7 },
    ])]
}

pub(super) fn control_seeds() -> Vec<Vec<u8>> {
    use control::Request;
    vec![framed(&[
        Request::Hello { version: api::VERSION },
        Request::Drain { path: "isp1".into() },
        Request::Reload,
    ])]
}

/// Text that is not UTF-8 never reaches the parser: reading the file refuses it.
pub(super) fn toml(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    match config::Config::parse("fuzz.toml", &text) {
        Ok(config) => assert!(config.diff(&config).changes.is_empty(), "a file differs from itself"),
        Err(errors) => assert!(!errors.plain().is_empty(), "a refusal says why"),
    }
}

pub(super) fn toml_seeds() -> Vec<Vec<u8>> {
    let files = ["lab", "two-providers", "trial"];
    let read = |name| std::fs::read(format!("{}/../configs/{name}.toml", env!("CARGO_MANIFEST_DIR")));
    files.into_iter().map(|name| read(name).expect("an example of ours")).collect()
}

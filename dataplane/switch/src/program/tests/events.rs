//! What a program tells its controller, and hears of it.

use super::{loaded, named};
use crate::program::{Loaded, Wording};
use crate::worker::events::Told;
use api::events::{Event, Learned, Lesson, MAX_FRAME, MAX_LESSONS, PacketOut};
use api::program::{Action, Change, Entry, Query, Reply, Target};
use front::ir::DigestId;

/// Headers for a controller that are no whole words, a digest of an enum and of wide fields, and a table that ages.
const TELLER: &str = include_str!("teller.p4");

fn teller() -> Loaded {
    loaded(TELLER)
}

fn out(fields: &[(&str, &str)], frame: &[u8]) -> PacketOut {
    PacketOut { fields: named(fields), frame: frame.to_vec() }
}

#[test]
fn a_packet_for_the_controller_is_its_header_in_words_and_the_frame() {
    let wording = Wording::new(1, &teller());
    // Port 5 in nine bits, class BLUE (2) in seven, and an address.
    let frame = [0x02, 0x82, 2, 0, 0, 0, 0, 0xa1, 0xca, 0xfe];
    let Some(Event::Packet(packet)) = wording.event(3, &Told::Packet { frame: &frame }, false) else {
        panic!("a packet")
    };
    assert_eq!(packet.fields, named(&[("port", "5"), ("class", "BLUE"), ("station", "02:00:00:00:00:a1")]));
    assert_eq!((packet.frame, packet.worker), (vec![0xca, 0xfe], 3));
    let Some(Event::Packet(packet)) = wording.event(3, &Told::Packet { frame: &frame }, true) else {
        panic!("a packet")
    };
    assert_eq!(packet.fields, named(&[("port", "5"), ("class", "2"), ("station", "2199023255713")]));
    let short = Told::Packet { frame: &frame[..7] };
    let Some(Event::Packet(packet)) = wording.event(0, &short, false) else { panic!("a packet") };
    assert_eq!((packet.fields, packet.frame), (vec![], frame[..7].to_vec()), "no room for a header");
}

#[test]
fn a_packet_from_the_controller_gets_the_header_that_the_program_reads() {
    let teller = teller();
    let frame = teller.packet_out(&out(&[("class", "BLUE"), ("port", "5")], &[0xca, 0xfe])).unwrap();
    assert_eq!(frame, [0x02, 0x82, 0xca, 0xfe]);
    assert_eq!(teller.packet_out(&out(&[], &[1])).unwrap(), [0, 0, 1], "what is not named is zero");
    let refused = |packet: &PacketOut| teller.packet_out(packet).unwrap_err().to_string();
    assert_eq!(
        refused(&out(&[("prot", "5")], &[1])),
        "the packet_out header has no field 'prot'; there is port, class"
    );
    assert!(refused(&out(&[("port", "512")], &[1])).contains("9 bits"));
    assert!(refused(&out(&[], &[0; MAX_FRAME])).contains("the limit is 9216"));
    let plain = loaded(super::ROUTER);
    assert_eq!(
        plain.packet_out(&out(&[], &[7])).unwrap(),
        [7],
        "a program without such a header reads the frame"
    );
    let why = plain.packet_out(&out(&[("port", "1")], &[7])).unwrap_err().to_string();
    assert!(why.contains("@controller_header(\"packet_out\")"), "{why}");
}

#[test]
fn a_digest_is_its_fields_in_words_or_in_numbers() {
    let wording = Wording::new(1, &teller());
    let told = Told::Digest { digest: DigestId(0), receiver: 1, words: &[2, 0x0a00_0001, 7, 1] };
    let Some(Event::Digest(digest)) = wording.event(0, &told, false) else { panic!("a digest") };
    assert_eq!((digest.name.as_str(), digest.receiver), ("flow_t", 1));
    let wide = format!("0x{:025x}", (1u128 << 64) + 7);
    assert_eq!(digest.fields, named(&[("class", "BLUE"), ("src_addr", "10.0.0.1"), ("wide", &wide)]));
    let Some(Event::Digest(digest)) = wording.event(0, &told, true) else { panic!("a digest") };
    let wide = ((1u128 << 64) + 7).to_string();
    assert_eq!(digest.fields, named(&[("class", "2"), ("src_addr", "167772161"), ("wide", &wide)]));
    let strange = Told::Digest { digest: DigestId(9), receiver: 1, words: &[] };
    assert_eq!(wording.event(0, &strange, false), None);
}

fn entry(address: &str, port: &str, idle_timeout_ms: u64) -> Entry {
    let action = Action { name: "known".into(), args: named(&[("port", port)]) };
    Entry {
        keys: named(&[("src_addr", address)]),
        priority: 0,
        target: Target::Action(action),
        idle_timeout_ms,
    }
}

fn set(address: &str, port: &str) -> Lesson {
    Lesson::Set { table: "stations".into(), entry: entry(address, port, 1000) }
}

fn forget(address: &str) -> Lesson {
    Lesson::Forget { table: "stations".into(), keys: named(&[("src_addr", address)]), priority: 0 }
}

/// Address, port and giver of each station.
fn stations(loaded: &Loaded) -> Vec<(String, String, String)> {
    let query = Query::Entries { table: "stations".into(), after: None, limit: 100 };
    let Ok(Reply::Entries(entries)) = loaded.show(1, &query) else { panic!("entries") };
    let row = |row: api::program::EntryRow| {
        let api::program::RowTarget::Action(call) = row.target else { panic!("an action") };
        (row.keys[0].1.clone(), call.args[0].1.clone(), row.source)
    };
    let mut rows: Vec<_> = entries.rows.into_iter().map(row).collect();
    rows.sort();
    rows
}

#[test]
fn what_is_learned_is_added_changed_in_place_and_forgotten_and_entries_of_others_stay() {
    let mut loaded = teller();
    let change = Change::Add { table: "stations".into(), entry: entry("10.0.0.9", "9", 0) };
    loaded.batch(&[change]).unwrap();
    let learned = loaded.learn(&[set("10.0.0.1", "1"), set("10.0.0.2", "2"), set("10.0.0.9", "1")]).unwrap();
    assert_eq!(learned, Learned { added: 2, kept: 1, ..Learned::default() });
    let learned = loaded.learn(&[set("10.0.0.1", "3"), set("10.0.0.2", "2")]).unwrap();
    assert_eq!(learned, Learned { changed: 1, ..Learned::default() });
    let rows = |list: &[(&str, &str, &str)]| {
        list.iter().map(|(a, b, c)| ((*a).to_owned(), (*b).to_owned(), (*c).to_owned())).collect::<Vec<_>>()
    };
    assert_eq!(
        stations(&loaded),
        rows(&[("10.0.0.1", "3", "learned"), ("10.0.0.2", "2", "learned"), ("10.0.0.9", "9", "operator")])
    );
    let learned = loaded.learn(&[forget("10.0.0.1"), forget("10.0.0.9"), forget("10.0.0.7")]).unwrap();
    assert_eq!(learned, Learned { deleted: 1, kept: 1, ..Learned::default() });
    assert_eq!(stations(&loaded), rows(&[("10.0.0.2", "2", "learned"), ("10.0.0.9", "9", "operator")]));
    // What an operator takes in hand is his.
    let which = api::program::Which::Keys { keys: named(&[("src_addr", "10.0.0.2")]), priority: 0 };
    let target = entry("10.0.0.2", "4", 0).target;
    loaded.batch(&[Change::Modify { table: "stations".into(), which, target }]).unwrap();
    assert_eq!(loaded.learn(&[forget("10.0.0.2")]).unwrap().kept, 1);
}

#[test]
fn a_lesson_that_is_refused_does_not_keep_the_others_from_being_taken() {
    let mut loaded = teller();
    let bad = Lesson::Set { table: "nowhere".into(), entry: entry("10.0.0.1", "1", 0) };
    let learned = loaded.learn(&[bad, set("10.0.0.1", "1"), set("10.0.0.2", "512")]).unwrap();
    assert_eq!((learned.added, learned.refused_count), (1, 2));
    assert!(learned.refused[0].1.contains("'nowhere'") && learned.refused[0].0 == 0, "{learned:?}");
    assert!(learned.refused[1].1.contains("9 bits") && learned.refused[1].0 == 2, "{learned:?}");
    // Four places, of which one is taken.
    let many: Vec<_> = (0..40).map(|n| set(&format!("10.1.0.{n}"), "1")).collect();
    let learned = loaded.learn(&many).unwrap();
    assert_eq!((learned.added, learned.refused_count, learned.refused.len()), (3, 37, 16));
    assert!(learned.refused[0].1.contains("is full"), "{learned:?}");
    let too_many = vec![forget("10.0.0.1"); MAX_LESSONS + 1];
    assert!(loaded.learn(&too_many).unwrap_err().to_string().contains("1024"));
}

#[test]
fn an_entry_without_hits_is_told_with_its_giver_and_is_learned_still_under_another_program() {
    let mut old = teller();
    old.control.set_time(5_000_000_000);
    old.learn(&[set("10.0.0.1", "1")]).unwrap();
    assert!(old.control.idle(5_900_000_000).is_empty());
    let mut new = loaded(&TELLER.replace("size = 4", "size = 5"));
    new.control.set_time(6_500_000_000);
    assert_eq!(new.take_over(&old, false), Vec::<String>::new());
    assert!(new.control.idle(7_000_000_000).is_empty(), "its time begins anew");
    let idle = new.control.idle(7_500_000_000);
    let Some(Event::Idle(event)) = new.idle_event(&idle[0], false) else { panic!("an idle entry") };
    assert_eq!(
        (event.table.as_str(), event.source.as_str(), event.idle_ms),
        ("ingress.stations", "learned", 1000)
    );
    assert_eq!(event.keys, named(&[("src_addr", "10.0.0.1")]));
    let Some(Event::Idle(event)) = new.idle_event(&idle[0], true) else { panic!("an idle entry") };
    assert_eq!(event.keys, named(&[("src_addr", "167772161")]));
    new.learn(&[forget("10.0.0.1")]).unwrap();
    assert_eq!(new.idle_event(&idle[0], false), None, "it is gone");
}

//! Entries that packets find together.

use super::*;

fn entries(count: u64) -> Vec<Entry> {
    (0..count)
        .map(|at| {
            let Change::Add { entry, .. } = route(&format!("10.{}.{}.0/24", at / 256, at % 256), "3") else {
                unreachable!("a route is an entry to add")
            };
            entry
        })
        .collect()
}

fn count(router: &Loaded) -> usize {
    router.control.entries(front::ir::TableId(0)).unwrap().len()
}

fn stage(router: &mut Loaded, client: usize, at: u64, entries: &[Entry]) -> Result<(), String> {
    router.stage(client, at, "ipv4_lpm", entries, |_| true).map_err(|error| error.to_string())
}

#[test]
fn entries_that_come_in_parts_are_there_together() {
    let mut router = loaded(ROUTER);
    let all = entries(600);
    for (at, part) in all.chunks(200).enumerate() {
        stage(&mut router, 7, at as u64 * 200, part).unwrap();
        assert_eq!(count(&router), 0);
    }
    router.put(7, 600).unwrap();
    assert_eq!(count(&router), 600);
    assert_eq!(router.stager(), None);
}

#[test]
fn a_wrong_last_entry_leaves_nothing_and_is_named() {
    let all = entries(300);
    for (bad, why) in [
        (route("10.0.5.0/24", "4"), "change 301 of 301: table 'ingress.ipv4_lpm': entry exists"),
        (route("10.2.0.0/33", "4"), "change 301 of 301: "),
        (route("10.2.0.0/24", "512"), "change 301 of 301: "),
    ] {
        let mut router = loaded(ROUTER);
        let Change::Add { entry: bad, .. } = bad else { unreachable!("a route is an entry to add") };
        stage(&mut router, 7, 0, &all).unwrap();
        let refused = stage(&mut router, 7, 300, &[bad]).unwrap_err();
        assert!(refused.starts_with(why), "{refused}");
        assert_eq!((count(&router), router.stager()), (0, None));
        // All is as if nothing had been.
        stage(&mut router, 8, 0, &all).unwrap();
        router.put(8, 300).unwrap();
        assert_eq!(count(&router), 300);
    }
}

#[test]
fn what_another_has_added_meanwhile_is_found_before_anything_is_put() {
    let mut router = loaded(ROUTER);
    stage(&mut router, 7, 0, &entries(10)).unwrap();
    router.batch(&[route("10.0.4.0/24", "9")]).unwrap();
    let refused = router.put(7, 10).unwrap_err().to_string();
    assert!(refused.starts_with("change 5 of 10: ") && refused.contains("entry exists"), "{refused}");
    assert_eq!(routes(&router), rows(&[("10.0.4.0/24", "9", "operator")]));
}

#[test]
fn what_is_gone_is_not_taken_for_what_was_staged() {
    let mut router = loaded(ROUTER);
    stage(&mut router, 7, 0, &entries(10)).unwrap();
    router.unstage(8);
    assert_eq!(router.stager(), Some(7), "only its own");
    // Another program in place of the one that had the first part.
    let mut next = loaded(ROUTER);
    let refused = stage(&mut next, 7, 10, &entries(20)[10..]).unwrap_err();
    assert!(refused.contains("0 of the 10 entries"), "{refused}");
    let refused = next.put(7, 20).unwrap_err().to_string();
    assert!(refused.contains("begin again"), "{refused}");
    // A part that was left out, and one that came twice.
    assert!(stage(&mut router, 7, 11, &entries(12)[11..]).is_err());
    assert_eq!(router.stager(), None);
    router.unstage(7);
    let many: Vec<Entry> = entries(1).into_iter().cycle().take(api::program::MAX_CHANGES + 1).collect();
    let refused = stage(&mut router, 7, 0, &many).unwrap_err();
    assert!(refused.contains("the limit is 8192"), "{refused}");
}

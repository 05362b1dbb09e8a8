//! With FRR's bgpd and with BIRD as an operator would configure them. Needs root.

use super::lab::{ISP1, ISP2, Lab, OTHER, ROUTER, SWERVE, other_border_router, provider, router, settings};
use super::{Main, Password};
use ::bgp::Family;

const SHARED: &str = "10.1.0.0/16";
const SHARED6: &str = "2001:db8:1000::/48";

/// Both providers, and what they have.
fn providers(lab: &mut Lab) {
    lab.bgpd("isp1", ISP1, &provider(ISP1, 65001, &[SHARED, "10.11.0.0/16"], SHARED6));
    lab.bgpd("isp2", ISP2, &provider(ISP2, 65002, &[SHARED, "10.12.0.0/16"], SHARED6));
}

#[test]
fn bgpd_hands_over_every_path_also_those_that_it_learned_by_ibgp() {
    let mut lab = Lab::new();
    let mut main = Main::start(&settings(&lab, ROUTER));
    providers(&mut lab);
    lab.bgpd("other", OTHER, &other_border_router(SHARED));
    lab.bgpd("router", ROUTER, &router(""));
    main.until("three paths of the shared prefix", |main| main.paths_of(SHARED).len() == 3);
    assert_eq!(main.paths_of(SHARED), ["10.99.0.11 [65001]", "10.99.0.12 [65002]", "10.99.0.2 [65003]"]);
    main.until("both families", |main| main.paths_of(SHARED6).len() == 2);
    assert_eq!(main.paths_of(SHARED6), ["2001:db8:0:11::1 [65001]", "2001:db8:0:12::1 [65002]"]);
    main.until("End-of-RIB", |main| main.has_ended(1));
    let status = main.feeds.snapshot().peers.remove(0).1;
    assert!(status.families.iter().all(|family| family.add_path && family.end_of_rib));
    assert_eq!(status.counters.treated_as_withdraw + status.counters.attributes_discarded, 0);

    // One provider withdraws one prefix, which the others still have.
    lab.configure(
        "isp1",
        &["router bgp 65001", "address-family ipv4 unicast", &format!("no network {SHARED}")],
    );
    main.until("its path is gone", |main| main.paths_of(SHARED).len() == 2);
    assert_eq!(main.paths_of(SHARED), ["10.99.0.12 [65002]", "10.99.0.2 [65003]"]);
    assert_eq!(main.paths_of("10.11.0.0/16"), ["10.99.0.11 [65001]"]);

    lab.kill("isp2");
    main.until("all of a dead provider is gone", |main| main.paths_of("10.12.0.0/16").is_empty());
    assert_eq!(main.paths_of(SHARED), ["10.99.0.2 [65003]"]);
    assert_eq!(main.paths_of(SHARED6), ["2001:db8:0:11::1 [65001]"]);
}

#[test]
fn the_whole_of_frr_connects_by_what_the_book_says() {
    const BOOK: &str = include_str!("../../../../../docs/src/routes/bgp.md");
    let example = BOOK.split("```text\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    let (routes, bgp) = example.split_at(example.find("router bgp").unwrap());
    let own = "router bgp 65000\n no bgp network import-check\n address-family ipv4 unicast\n  network 10.1.0.0/16\n";
    let mut lab = Lab::new();
    // As the book has them: an address of the router's, where the session comes from, and swerve at 127.0.0.1.
    lab.address("192.0.2.1");
    let mut settings = settings(&lab, "192.0.2.1");
    settings.listen = ([127, 0, 0, 1], 1179).into();
    let mut main = Main::start(&settings);
    lab.frr(routes, &format!("{bgp}{own}"));
    main.until("both families are complete", |main| main.has_ended(1));
    main.until("its own prefix", |main| main.paths_of(SHARED) == ["192.0.2.1 []"]);
    let families = main.feeds.snapshot().peers[0].1.families;
    assert!(families.iter().all(|family| family.negotiated && family.add_path));
}

#[test]
fn a_bgpd_that_has_its_table_says_end_of_rib_behind_it_when_swerve_comes_again() {
    let mut lab = Lab::new();
    let settings = settings(&lab, ROUTER);
    let mut main = Main::start(&settings);
    let many: Vec<String> = (0..200).map(|n| format!("10.{n}.0.0/16")).collect();
    let prefixes: Vec<&str> = many.iter().map(String::as_str).collect();
    lab.bgpd("isp1", ISP1, &provider(ISP1, 65001, &prefixes, SHARED6));
    lab.bgpd("isp2", ISP2, &provider(ISP2, 65002, &prefixes, SHARED6));
    lab.bgpd("router", ROUTER, &router(""));
    let whole = 2 * prefixes.len() + 2;
    main.until("everything is there", |main| main.paths.len() == whole && main.has_ended(1));
    drop(main);
    let mut main = Main::start(&settings);
    main.until("it comes again", |main| {
        let wanted = |family| if family == Family::Ipv4 { whole - 2 } else { 2 };
        let is = |family| {
            main.paths.keys().filter(|(_, p, _)| p.contains(':') == (family == Family::Ipv6)).count()
        };
        for (_, family) in &main.ended {
            assert_eq!(is(*family), wanted(*family), "{family} was said to be complete");
        }
        main.has_ended(1)
    });
}

#[test]
fn what_a_killed_bgpd_had_is_kept_until_its_successor_has_told_everything() {
    let graceful = " bgp graceful-restart\n bgp graceful-restart preserve-fw-state\n";
    let mut lab = Lab::new();
    let mut settings = settings(&lab, ROUTER);
    // It says so before all of its own neighbors have told it: they have so long for the rest.
    settings.neighbors[0].stale_hold = std::time::Duration::from_secs(20);
    let mut main = Main::start(&settings);
    providers(&mut lab);
    lab.bgpd("router", ROUTER, &router(graceful));
    let is_whole = |main: &Main| main.paths_of(SHARED).len() == 2 && main.paths_of(SHARED6).len() == 2;
    main.until("everything is there", |main| is_whole(main) && main.has_ended(1));
    let before = main.paths.values().cloned().collect::<Vec<_>>();
    main.ended.clear();

    lab.kill("router");
    main.until("its paths are stale", |main| main.stale.get(&(1, Family::Ipv4)) == Some(&true));
    assert_eq!(main.paths.values().cloned().collect::<Vec<_>>(), before);

    lab.bgpd("router", ROUTER, &router(graceful));
    // Its successor gives them other identifiers: until the hold is over, some are there twice.
    let has_all = |main: &Main| {
        [SHARED, SHARED6].iter().all(|prefix| {
            let mut paths = main.paths_of(prefix);
            paths.dedup();
            paths.len() == 2
        })
    };
    main.until("it has told everything", |main| {
        assert!(has_all(main), "a path was lost on the way: {:?}", main.paths);
        main.has_ended(1)
    });
    main.until("nothing is stale", |main| {
        assert!(has_all(main), "a path was lost on the way: {:?}", main.paths);
        !main.stale.values().any(|stale| *stale)
    });
    main.until("everything is there as it was", is_whole);
    let paths: std::collections::BTreeSet<_> = main.paths.values().cloned().collect();
    assert_eq!(paths, before.into_iter().collect());
}

#[test]
fn a_session_can_be_signed_and_one_that_is_signed_by_another_key_does_not_come_up() {
    let mut lab = Lab::new();
    let mut settings = settings(&lab, ROUTER);
    settings.neighbors[0].password = Some(Password("shibboleth".to_owned()));
    let mut main = Main::start(&settings);
    let signed = format!(" neighbor {SWERVE} password shibboleth\n");
    lab.bgpd("router", ROUTER, &router(&signed));
    main.until("the signed session", |main| main.is_up(ROUTER));

    settings.neighbors[0].password = Some(Password("sibboleth".to_owned()));
    main.feeds.configure(&settings).unwrap();
    main.until("the session is gone", |main| !main.is_up(ROUTER));
    let established = |main: &Main| main.feeds.snapshot().peers[0].1.counters.established;
    let end = std::time::Instant::now() + std::time::Duration::from_secs(3);
    main.until("bgpd had time to try", |_| std::time::Instant::now() > end);
    assert_eq!(established(&main), 0);

    // Without a key on our side, what is signed does not pass either; with the right one it does.
    settings.neighbors[0].password = Some(Password("shibboleth".to_owned()));
    main.feeds.configure(&settings).unwrap();
    main.until("the signed session again", |main| main.is_up(ROUTER));
}

#[test]
fn bird_hands_over_every_path_too() {
    let mut lab = Lab::new();
    let mut main = Main::start(&settings(&lab, ROUTER));
    providers(&mut lab);
    let provider = |name: &str, address: &str, asn: u32| {
        format!(
            "protocol bgp {name} {{ local {ROUTER} as 65000; neighbor {address} as {asn}; multihop 2; strict bind yes; \
             connect retry time 1; connect delay time 1; \
             ipv4 {{ import all; export none; }}; ipv6 {{ import all; export none; }}; }}\n"
        )
    };
    let configuration = format!(
        "router id {ROUTER};\nprotocol device {{ }}\nprotocol direct {{ ipv4; ipv6; }}\n{}{}\
         protocol bgp swerve {{ local {ROUTER} as 65000; neighbor {SWERVE} port 1179 as 65000; multihop; strict bind yes; \
         rr client; connect retry time 1; connect delay time 1; \
         ipv4 {{ import none; export where source = RTS_BGP; add paths tx; }}; \
         ipv6 {{ import none; export where source = RTS_BGP; add paths tx; }}; }}\n",
        provider("isp1", ISP1, 65001),
        provider("isp2", ISP2, 65002),
    );
    lab.bird("router", &configuration);
    main.until("both paths of the shared prefix", |main| main.paths_of(SHARED).len() == 2);
    assert_eq!(main.paths_of(SHARED), ["10.99.0.11 [65001]", "10.99.0.12 [65002]"]);
    main.until("both of IPv6", |main| main.paths_of(SHARED6).len() == 2);
    main.until("End-of-RIB", |main| main.has_ended(1));
    lab.configure(
        "isp1",
        &["router bgp 65001", "address-family ipv4 unicast", &format!("no network {SHARED}")],
    );
    main.until("its path is gone", |main| main.paths_of(SHARED).len() == 1);
    assert_eq!(main.paths_of(SHARED), ["10.99.0.12 [65002]"]);
}

//! The built command against processes that the test plays.

mod bfd;
mod complete;
mod learned;
mod program;
mod trace;

use api::control::{self, Reply as ControlReply};
use api::frame::{self, Reader};
use api::show::{ControlStatus, Neighbor, Rows, SwitchStatus};
use api::switch::{self, Event, Query, Reply as SwitchReply};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use stats::{Segment, Shape};
use std::fs::{self, OpenOptions};
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::fs::{FileExt, PermissionsExt};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::thread;
use tempfile::TempDir;

/// Bytes of the header: its version, the switch's process, and the time of its last sign of life, which the tests put
/// to the end of days so that no stall of this machine makes it old.
const VERSION: u64 = 8;
const PID: u64 = 64;
const HEARTBEAT: u64 = 96;

struct Bench {
    dir: TempDir,
}

impl Bench {
    fn new() -> Bench {
        let bench = Bench { dir: tempfile::tempdir().unwrap() };
        let line = |key: &str, name: &str| format!("{key} = {:?}\n", bench.path(name));
        let text = format!(
            "[switch]\n{}{}[control]\n{}",
            line("socket", "switch.sock"),
            line("stats", "stats"),
            line("socket", "control.sock")
        );
        fs::write(bench.path("swerve.toml"), text).unwrap();
        bench
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_swervectl"));
        command.args(args).env("SWERVE_CONFIG", self.path("swerve.toml")).env("NO_COLOR", "1");
        command
    }

    fn run(&self, args: &[&str]) -> Output {
        self.command(args).output().unwrap()
    }

    /// A switch that answers every client by `answer`, and sends an event before each answer.
    fn switch(&self, answer: fn(Query) -> SwitchReply) {
        serve(&self.path("switch.sock"), move |request| match request {
            switch::Request::Hello { version, client } => {
                assert_eq!((version, client), (api::VERSION, switch::Client::Operator));
                vec![SwitchReply::Welcome {
                    version: api::VERSION,
                    build: "1.2.3".into(),
                    stats: "/nowhere".into(),
                }]
            }
            switch::Request::Show(query) => {
                let event = SwitchReply::Event(Event::Link { port: "lan".into(), up: true });
                vec![event, answer(query)]
            }
            other => panic!("swervectl asks the switch for {other:?}"),
        });
    }

    /// A switch with a program; every request about it is answered by `answer`, in as many messages as it gives.
    fn program(
        &self,
        answer: impl Fn(api::program::Request) -> Vec<Result<api::program::Reply, String>>
        + Send
        + Clone
        + 'static,
    ) {
        serve(&self.path("switch.sock"), move |request| match request {
            switch::Request::Hello { .. } => vec![SwitchReply::Welcome {
                version: api::VERSION,
                build: "1.2.3".into(),
                stats: "/nowhere".into(),
            }],
            switch::Request::Program(request) => {
                let reply = |reply| match reply {
                    Ok(reply) => SwitchReply::Program(reply),
                    Err(why) => SwitchReply::Refused { request: "program".into(), why },
                };
                answer(request).into_iter().map(reply).collect()
            }
            switch::Request::Show(Query::Ports) => vec![SwitchReply::Rows(Rows::Ports(vec![]))],
            other => panic!("swervectl asks the switch for {other:?}"),
        });
    }

    fn control(&self, answer: fn(control::Request) -> ControlReply) {
        serve(&self.path("control.sock"), move |request| match request {
            control::Request::Hello { version } => {
                assert_eq!(version, api::VERSION);
                vec![ControlReply::Welcome { version, build: "1.2.3".into() }]
            }
            request => vec![answer(request)],
        });
    }

    fn segment(&self) -> Segment {
        let shape = Shape {
            workers: vec![0],
            ports: vec!["lan".into()],
            paths: 1,
            sessions: 1,
            stages: vec!["program".into()],
        };
        let segment = Segment::create(&self.path("stats"), &shape, 1_000_000_000, 1).unwrap();
        self.poke(HEARTBEAT, u64::MAX);
        segment
    }

    /// Puts a word of the segment's header, of which [`HEARTBEAT`] and the like are the offsets.
    fn poke(&self, at: u64, word: u64) {
        let file = OpenOptions::new().write(true).open(self.path("stats")).unwrap();
        file.write_all_at(&word.to_le_bytes(), at).unwrap();
    }
}

/// Serves every connection until the test's process ends.
fn serve<Q: DeserializeOwned, A: Serialize>(
    path: &Path,
    answer: impl Fn(Q) -> Vec<A> + Send + Clone + 'static,
) {
    let listener = UnixListener::bind(path).unwrap();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let answer = answer.clone();
            thread::spawn(move || converse(stream.unwrap(), answer));
        }
    });
}

fn converse<Q: DeserializeOwned, A: Serialize>(mut stream: UnixStream, answer: impl Fn(Q) -> Vec<A>) {
    let mut reader = Reader::default();
    let mut bytes = [0; 4096];
    while let Ok(len @ 1..) = stream.read(&mut bytes) {
        reader.extend(&bytes[..len]);
        while let Some(request) = reader.take().unwrap() {
            let mut out = Vec::new();
            for reply in answer(request) {
                frame::write(&reply, &mut out).unwrap();
            }
            if stream.write_all(&out).is_err() {
                return;
            }
        }
    }
}

fn neighbors(query: Query) -> SwitchReply {
    assert_eq!(query, Query::Neighbors);
    let row = Neighbor {
        interface: "isp1".into(),
        address: "203.0.113.1".parse().unwrap(),
        mac: None,
        state: "unresolved".into(),
        path: Some("isp1".into()),
    };
    SwitchReply::Rows(Rows::Neighbors(vec![row]))
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

#[track_caller]
fn fails(output: &Output, code: i32, words: &[&str]) {
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{stderr}");
    for word in words {
        assert!(stderr.contains(word), "`{word}` is not in: {stderr}");
    }
}

#[track_caller]
fn succeeds(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    stdout(output)
}

#[test]
fn rows_of_the_switch_come_as_a_table_and_as_json_whatever_events_pass_by() {
    let bench = Bench::new();
    bench.switch(neighbors);
    let text = succeeds(&bench.run(&["show", "neighbors"]));
    let lines: Vec<Vec<&str>> = text.lines().map(|line| line.split_whitespace().collect()).collect();
    let want = [
        vec!["interface", "address", "MAC", "state", "path"],
        vec!["isp1", "203.0.113.1", "-", "unresolved", "isp1"],
    ];
    assert_eq!(lines, want);
    let json: Value = serde_json::from_str(&succeeds(&bench.run(&["--json", "show", "neighbors"]))).unwrap();
    assert_eq!(json[0]["state"], "unresolved");
    assert_eq!(json[0]["mac"], Value::Null);
}

#[test]
fn an_address_without_a_route_is_not_found() {
    let bench = Bench::new();
    bench.switch(|query| {
        assert_eq!(query, Query::Lookup { vrf: None, address: "192.0.2.1".parse().unwrap() });
        SwitchReply::Rows(Rows::Lookup(None))
    });
    fails(&bench.run(&["show", "routes", "192.0.2.1"]), 1, &["no route covers 192.0.2.1"]);
}

#[test]
fn a_prefix_is_asked_for_with_the_limit_and_one_with_host_bits_is_a_mistake() {
    let bench = Bench::new();
    bench.switch(|query| {
        let within = Some("10.0.0.0/8".parse().unwrap());
        assert_eq!(query, Query::Routes { vrf: None, within, after: None, limit: 5 });
        SwitchReply::Rows(Rows::Routes { rows: Vec::new(), more: false })
    });
    let output = bench.run(&["show", "routes", "10.0.0.0/8", "--limit", "5"]);
    fails(&output, 1, &["no route is in 10.0.0.0/8"]);
    fails(&bench.run(&["show", "routes", "10.0.0.1/8"]), 2, &["the prefix is 10.0.0.0/8"]);
}

#[test]
fn a_process_that_is_not_there_is_named_with_its_socket_and_what_to_do() {
    let bench = Bench::new();
    let socket = bench.path("switch.sock").display().to_string();
    let words = ["swerve-switch", &socket, "systemctl start swerve-switch", "--config"];
    fails(&bench.run(&["show", "paths"]), 3, &words);
    let socket = bench.path("control.sock").display().to_string();
    fails(&bench.run(&["drain", "isp1"]), 3, &["swerve-control", &socket]);
    let stats = bench.path("stats").display().to_string();
    fails(&bench.run(&["show", "workers"]), 3, &[&stats, "start the switch"]);
}

#[test]
fn an_option_wins_over_the_file_which_is_then_not_needed() {
    let bench = Bench::new();
    bench.switch(neighbors);
    let socket = bench.path("switch.sock").display().to_string();
    let args = ["show", "neighbors", "--config", "/nonexistent", "--switch-socket", &socket];
    succeeds(&bench.run(&args));
    fails(&bench.run(&args[..4]), 2, &["/nonexistent", "--switch-socket"]);
}

#[test]
fn a_process_that_hangs_is_given_up_on() {
    let bench = Bench::new();
    // Connections wait in the queue: the kernel accepts them and nobody answers.
    let _listener = UnixListener::bind(bench.path("switch.sock")).unwrap();
    let output = bench.run(&["show", "paths", "--timeout", "0.2"]);
    fails(&output, 3, &["swerve-switch", "did not answer within 0.2 s"]);
}

#[test]
fn a_switch_of_another_version_is_told_apart() {
    let bench = Bench::new();
    serve(&bench.path("switch.sock"), |_: switch::Request| {
        vec![SwitchReply::Welcome { version: 99, build: "9".into(), stats: String::new() }]
    });
    fails(&bench.run(&["show", "paths"]), 3, &["different builds", "version 99"]);
}

#[test]
fn a_refused_greeting_and_a_closed_connection_say_so() {
    let bench = Bench::new();
    serve(&bench.path("control.sock"), |_: control::Request| {
        vec![ControlReply::Refused { why: "this is version 7".into() }]
    });
    fails(&bench.run(&["reload"]), 3, &["swerve-control", "this is version 7"]);
    let listener = UnixListener::bind(bench.path("switch.sock")).unwrap();
    thread::spawn(move || listener.incoming().for_each(drop));
    fails(&bench.run(&["show", "paths"]), 3, &["swerve-switch"]);
}

#[test]
fn a_refused_drain_exits_with_1_and_an_accepted_one_lists_what_changed() {
    let bench = Bench::new();
    bench.control(|request| match request {
        control::Request::Drain { path } if path == "isp1" => {
            ControlReply::Ok { changes: vec!["isp1 is drained".into()], left: Vec::new() }
        }
        control::Request::Drain { path } => ControlReply::Refused { why: format!("there is no path {path}") },
        other => panic!("{other:?}"),
    });
    assert_eq!(succeeds(&bench.run(&["drain", "isp1"])), "isp1 is drained\n");
    fails(&bench.run(&["drain", "isp9"]), 1, &["swerve-control refused: there is no path isp9"]);
}

#[test]
fn a_reload_says_what_is_left_as_it_was() {
    let bench = Bench::new();
    bench.control(|request| {
        assert_eq!(request, control::Request::Reload);
        ControlReply::Ok { changes: Vec::new(), left: vec!["port lan: queues".into()] }
    });
    let text = succeeds(&bench.run(&["reload"]));
    assert_eq!(text, "nothing changes\nnote: port lan: queues\n");
    let json: Value = serde_json::from_str(&succeeds(&bench.run(&["reload", "--json"]))).unwrap();
    assert_eq!(json["left"][0], "port lan: queues");
}

#[test]
fn a_route_is_asked_for_as_it_was_written_and_a_mistake_in_it_exits_with_2() {
    let bench = Bench::new();
    bench.control(|request| {
        let changes = match request {
            control::Request::RouteAdd { prefix, route } => {
                let to = match route.target {
                    control::Target::Paths { via, backup } => format!("{via:?} {backup:?}"),
                    other => format!("{other:?}"),
                };
                let leak = route.next_hop_vrf.map(|vrf| format!(" by {vrf}")).unwrap_or_default();
                format!("{prefix} to {to} at {}{leak}", route.preference)
            }
            control::Request::RouteDelete { prefix } => format!("{prefix} is gone"),
            other => panic!("{other:?}"),
        };
        ControlReply::Ok { changes: vec![changes], left: Vec::new() }
    });
    let said = |args: &str| succeeds(&bench.run(&args.split(' ').collect::<Vec<_>>()));
    assert_eq!(said("route add 10.0.0.0/8 via isp1"), "10.0.0.0/8 to [(\"isp1\", 1)] [] at 0\n");
    assert_eq!(
        said("route add 2001:db8::/32 via a*3 b --backup c --backup d --preference 7"),
        "2001:db8::/32 to [(\"a\", 3), (\"b\", 1)] [\"c\", \"d\"] at 7\n"
    );
    assert_eq!(said("route add 10.0.0.0/8 blackhole"), "10.0.0.0/8 to Blackhole at 0\n");
    assert_eq!(said("route delete 10.0.0.0/8"), "10.0.0.0/8 is gone\n");
    assert_eq!(
        said("route add 10.0.0.0/8 via a --vrf red --next-hop-vrf default"),
        "10.0.0.0/8 in VRF red to [(\"a\", 1)] [] at 0 by default\n"
    );
    assert_eq!(said("route delete 10.0.0.0/8 --vrf red"), "10.0.0.0/8 in VRF red is gone\n");
    assert_eq!(said("route delete 10.0.0.0/8 --vrf default"), "10.0.0.0/8 is gone\n");
    for (args, word) in [
        ("route add 10.0.0.0/8", "required"),
        ("route add 10.0.0.1/8 via isp1", "10.0.0.0/8"),
        ("route add 10.0.0.0/8 via", "via PATH"),
        ("route add 10.0.0.0/8 isp1", "via PATH"),
        ("route add 10.0.0.0/8 via isp1*0", "isp1*2"),
        ("route add 10.0.0.0/8 blackhole --backup isp1", "--backup"),
        ("route delete nonsense", "prefix"),
    ] {
        fails(&bench.run(&args.split(' ').collect::<Vec<_>>()), 2, &[word]);
    }
}

#[test]
fn a_reload_of_a_file_with_mistakes_exits_with_2_and_shows_them() {
    let bench = Bench::new();
    let place = "swerve.toml:3:1: unknown key `kernal`";
    bench.control(|_| ControlReply::BadFile { why: "swerve.toml:3:1: unknown key `kernal`".into() });
    fails(&bench.run(&["reload"]), 2, &[place, "nothing was changed"]);
}

#[test]
fn a_file_that_is_no_toml_says_how_to_go_on_without_it() {
    let bench = Bench::new();
    let file = bench.path("broken.toml");
    fs::write(&file, "[switch\n").unwrap();
    let output = bench.run(&["--config", file.to_str().unwrap(), "show", "paths"]);
    fails(&output, 2, &["broken.toml", "--switch-socket"]);
}

fn switch_status(_: Query) -> SwitchReply {
    SwitchReply::Rows(Rows::Version(SwitchStatus {
        build: "1.2.3".into(),
        dpdk: "DPDK 24.11.2".into(),
        pid: 7,
        uptime_s: 61.0,
        control_connected: true,
        routes_v4: 5,
        routes_v6: 6,
        groups: 2,
        table_bytes: 3 << 20,
        refused_connections: 0,
        tables_full: vec![("IPv4 routes".to_owned(), 3)],
    }))
}

#[test]
fn version_shows_who_answers_and_fails_for_who_does_not() {
    let bench = Bench::new();
    bench.switch(switch_status);
    let output = bench.run(&["version"]);
    fails(&output, 3, &["swerve-control does not listen"]);
    assert!(stdout(&output).contains("swerve-switch   1.2.3, DPDK 24.11.2, pid 7"), "{}", stdout(&output));
    bench.control(|_| {
        ControlReply::Status(ControlStatus {
            refused_connections: Vec::new(),
            build: "1.2.4".into(),
            pid: 8,
            config: "/etc/x.toml".into(),
            switch_connected: true,
            paths: 2,
            routes: 3,
            operator_routes: 1,
            drained: vec!["isp1".into()],
            coverage_percent: 100,
        })
    });
    let json: Value = serde_json::from_str(&succeeds(&bench.run(&["version", "--json"]))).unwrap();
    assert_eq!(json["swerve_switch"]["dpdk"], "DPDK 24.11.2");
    assert_eq!(json["swerve_control"]["drained"][0], "isp1");
    let text = succeeds(&bench.run(&["version"]));
    assert!(text.contains("drained: isp1") && text.contains("full table: 3 for IPv4 routes"), "{text}");
}

#[test]
fn a_segment_is_read_while_its_writer_lives_and_not_after() {
    let bench = Bench::new();
    let segment = bench.segment();
    segment.worker(0).drop_packet(stats::DropReason::TtlExpired);
    let text = succeeds(&bench.run(&["show", "drops"]));
    assert!(text.lines().any(|l| l.split_whitespace().eq(["ttl-expired", "1", "1"])), "{text}");
    bench.poke(HEARTBEAT, 1);
    fails(&bench.run(&["show", "drops"]), 3, &["not running", "gave no sign of life"]);
    bench.poke(HEARTBEAT, u64::MAX);
    let mut gone = Command::new("true").spawn().unwrap();
    gone.wait().unwrap();
    bench.poke(PID, gone.id().into());
    fails(&bench.run(&["show", "drops"]), 3, &["not running", "is gone"]);
}

#[test]
fn a_segment_of_another_version_and_a_file_that_is_none_say_so() {
    let bench = Bench::new();
    let _segment = bench.segment();
    bench.poke(VERSION, 77);
    fails(&bench.run(&["show", "bfd"]), 3, &["has version 77"]);
    let file = bench.path("swerve.toml").display().to_string();
    fails(&bench.run(&["show", "bfd", "--stats", &file]), 3, &["is no stats segment"]);
}

#[test]
fn watching_repeats_with_rates_until_the_reader_goes() {
    let bench = Bench::new();
    let segment = bench.segment();
    let args = ["show", "workers", "--watch", "0.02", "--json"];
    let mut child = bench.command(&args).stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut next = || -> Value { serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap() };
    assert!(next()[0].get("rx_packets_per_s").is_none());
    segment.worker(0).rx_packets.add(1000);
    let seen = (0..500).any(|_| next()[0]["rx_packets_per_s"].as_f64().unwrap() > 0.0);
    assert!(seen, "no sample of many has a rate");
    drop(lines);
    assert!(child.wait().unwrap().success());
}

#[test]
fn a_file_is_judged_with_every_mistake_in_its_place() {
    let bench = Bench::new();
    let bad = bench.path("bad.toml");
    fs::write(&bad, "[[port]]\nname = \"lan\"\nkernal = \"eth1\"\n").unwrap();
    let bad = bad.display().to_string();
    fails(&bench.run(&["check", &bad]), 2, &["bad.toml", "kernal", "kernel"]);
    let output = bench.run(&["check", &bad, "--json"]);
    assert_eq!(output.status.code(), Some(2));
    let json: Value = serde_json::from_str(&stdout(&output)).unwrap();
    assert_eq!((&json["ok"], &json["mistakes"][0]["line"]), (&Value::Bool(false), &Value::from(3)));
    fails(&bench.run(&["check", "/nonexistent"]), 2, &["/nonexistent"]);
}

#[test]
fn what_a_file_says_of_programs_is_judged_by_the_switch_that_is_installed_beside_the_command() {
    let bench = Bench::new();
    let file = bench.path("program.toml");
    let text = format!(
        "[workers]\ncores = [{}]\n[[port]]\nname = \"p\"\nkernel = \"lo\"\n[program]\n",
        first_core()
    );
    fs::write(&file, text + "file = \"x.p4\"\n").unwrap();
    let file = file.display().to_string();
    let own = bench.path("swervectl");
    fs::copy(env!("CARGO_BIN_EXE_swervectl"), &own).unwrap();
    let check = || Command::new(&own).args(["check", &file]).env("PATH", "/nonexistent").output().unwrap();
    fails(&check(), 3, &["swerve-switch did not judge", "beside swervectl"]);
    let switch = |script: &str| {
        let path = bench.path("swerve-switch");
        fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    };
    switch(r#"[ "$1 $2" = "--check --config" ] && [ -f "$3" ] && echo "a warning" >&2"#);
    let output = check();
    assert!(succeeds(&output).contains("is good: 1 ports"));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "a warning\n");
    switch(r#"echo "x.p4:1:1 is wrong" >&2; exit 2"#);
    fails(&check(), 2, &["x.p4:1:1 is wrong"]);
    // Its places are those of the answer.
    let rows = r#"{"ok":false,"mistakes":[{"file":"x.p4","line":4,"column":7,"message":"is wrong"}]}"#;
    switch(&format!(r#"[ "$4" = "--json" ] && echo '{rows}'; echo "x.p4:4:7 is wrong" >&2; exit 2"#));
    let output = Command::new(&own).args(["check", &file, "--json"]).env("PATH", "/nonexistent").output();
    let output = output.unwrap();
    fails(&output, 2, &["x.p4:4:7 is wrong"]);
    let json: Value = serde_json::from_str(&stdout(&output)).unwrap();
    assert_eq!(json, serde_json::from_str::<Value>(rows).unwrap());
    switch(r#"echo "no such library" >&2; exit 127"#);
    fails(&check(), 3, &["did not judge", "exit status: 127", "no such library"]);
}

#[test]
fn a_file_is_judged_against_this_machine() {
    let bench = Bench::new();
    let file = bench.path("good.toml");
    let write = |kernel: &str| {
        let text =
            format!("[workers]\ncores = [{}]\n[[port]]\nname = \"p\"\nkernel = \"{kernel}\"\n", first_core());
        fs::write(&file, text).unwrap();
    };
    let name = file.display().to_string();
    write("lo");
    let output = bench.run(&["check", &name]);
    assert!(succeeds(&output).contains("is good: 1 ports"));
    write("no-such-port");
    fails(&bench.run(&["check", &name]), 2, &["no-such-port"]);
}

/// The lowest core that this process, and so its child, may run on.
fn first_core() -> String {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let list = status.lines().find_map(|line| line.strip_prefix("Cpus_allowed_list:")).unwrap();
    list.trim().split([',', '-']).next().unwrap().to_owned()
}

#[test]
fn completions_are_for_every_shell_and_man_pages_know_every_command() {
    let bench = Bench::new();
    for shell in ["bash", "zsh", "fish"] {
        let script = succeeds(&bench.run(&["completions", shell]));
        assert!(script.contains("swervectl") && script.contains("COMPLETE"), "{shell}: {script}");
    }
    let directory = bench.path("man");
    succeeds(&bench.run(&["man", directory.to_str().unwrap()]));
    for page in ["swervectl.1", "swervectl-drain.1", "swervectl-show-failovers.1"] {
        assert!(directory.join(page).exists(), "{page}");
    }
}

#[test]
fn a_mistake_in_the_command_line_exits_with_2() {
    let bench = Bench::new();
    for args in
        [&["shwo"][..], &["show"], &["drain"], &["show", "paths", "--watch", "0"], &["show", "routes", "x"]]
    {
        fails(&bench.run(args), 2, &[]);
    }
}

/// A switch that tells whoever follows a digest, an idle entry, a packet and a loss, and takes packets.
fn telling(bench: &Bench) {
    use api::events::{Digest, Event, Idle, Line, Packet, PacketOut, Said};
    use api::program::{Reply, Request};
    let named = |list: &[(&str, &str)]| -> Vec<(String, String)> {
        list.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    };
    serve(&bench.path("switch.sock"), move |request| match request {
        switch::Request::Hello { version, .. } => {
            vec![SwitchReply::Welcome { version, build: "1.2.3".into(), stats: "/nowhere".into() }]
        }
        switch::Request::Program(Request::Follow(_)) => {
            let fields = named(&[("address", "02:00:00:00:00:01"), ("port", "3")]);
            let digest = Digest { name: "learn_t".into(), receiver: 1, fields, worker: 0 };
            let idle = Idle {
                table: "ingress.sources".into(),
                id: 7,
                keys: named(&[("vlan", "0")]),
                priority: 0,
                source: "learned".into(),
                idle_ms: 300_000,
            };
            let packet =
                Packet { fields: named(&[("ingress_port", "2")]), frame: vec![2, 0, 0xff], worker: 1 };
            let lost = Event::Lost { digests: 4, idle: 0, packets: 5, lines: 6 };
            let line = Line { said: Said::Log, text: "ttl 3".into(), worker: 1 };
            let line = Event::Line(line);
            let told = [Event::Digest(digest), Event::Idle(idle), lost, Event::Packet(packet), line];
            let told = told.iter().cycle().take(40).cloned().map(SwitchReply::Told);
            std::iter::once(SwitchReply::Program(Reply::Done { ids: vec![] })).chain(told).collect()
        }
        switch::Request::Program(Request::Show(api::program::Query::Program)) => {
            vec![SwitchReply::Program(Reply::Program(Some(complete::program())))]
        }
        switch::Request::Program(Request::PacketOut(PacketOut { fields, frame })) => {
            assert_eq!((fields, frame), (named(&[("egress_port", "3")]), vec![2, 0, 0xff]));
            vec![SwitchReply::Program(Reply::Done { ids: vec![] })]
        }
        other => panic!("swervectl asks the switch for {other:?}"),
    });
}

#[test]
fn what_a_program_tells_is_a_line_each_until_so_many_have_come() {
    let bench = Bench::new();
    telling(&bench);
    let text = succeeds(&bench.run(&["digest", "--follow", "-n", "3"]));
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(
        lines,
        [
            "digest learn_t address=02:00:00:00:00:01 port=3",
            "idle ingress.sources entry 7 (learned) vlan=0 for 300.0 s",
            "lost: 4 digests, 0 idle time-outs, 5 packets, 6 lines",
            "digest learn_t address=02:00:00:00:00:01 port=3",
        ]
    );
    let text = succeeds(&bench.run(&["packet", "-f", "-n", "2", "--json"]));
    let events: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let kinds: Vec<&str> = events.iter().map(|event| event["event"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["lost", "packet", "lost", "packet"]);
    assert_eq!((&events[1]["frame"], &events[1]["fields"]["ingress_port"]), (&"0200ff".into(), &"2".into()));
    let text = succeeds(&bench.run(&["log", "--follow", "-n", "1"]));
    assert_eq!(text, "lost: 4 digests, 0 idle time-outs, 5 packets, 6 lines\nlog: ttl 3\n");
    let text = succeeds(&bench.run(&["digest", "learn_t", "--follow", "-n", "2"]));
    assert!(
        text.lines().all(|line| line.starts_with("digest learn_t") || line.starts_with("lost")),
        "{text}"
    );
    assert_eq!(succeeds(&bench.run(&["packet", "send", "egress_port=3", "02:00:ff"])), "sent: 3 bytes\n");
    fails(&bench.run(&["packet", "send", "egress_port=3", "zz"]), 2, &["hexadecimal"]);
    fails(&bench.run(&["digest", "lern_t", "--follow"]), 1, &["'lern_t'", "there is learn_t"]);
    fails(&bench.run(&["digest"]), 2, &["--follow"]);
    fails(&bench.run(&["packet"]), 2, &["--follow"]);
}

#[test]
fn a_switch_that_goes_away_ends_what_follows_it() {
    let bench = Bench::new();
    let listener = UnixListener::bind(bench.path("switch.sock")).unwrap();
    thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut bytes = [0; 4096];
        for reply in [
            SwitchReply::Welcome { version: api::VERSION, build: "1.2.3".into(), stats: String::new() },
            SwitchReply::Program(api::program::Reply::Done { ids: vec![] }),
        ] {
            assert!(stream.read(&mut bytes).unwrap() > 0);
            let mut out = Vec::new();
            frame::write(&reply, &mut out).unwrap();
            stream.write_all(&out).unwrap();
        }
    });
    fails(&bench.run(&["digest", "--follow"]), 3, &["swerve-switch", "broke the connection off"]);
}

//! The socket for operators, and the command line.

mod common;

use api::control::{Reply as Answer, Request as Ask};
use common::{Site, TWO_PROVIDERS, Wire, wait_for};
use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

/// The last word of control, or nothing: the connection is closed either way.
fn is_closed(wire: &mut Wire) -> bool {
    match wire.receive::<Answer>() {
        None => true,
        Some(Answer::Refused { .. }) => wire.receive::<Answer>().is_none(),
        Some(_) => false,
    }
}

#[test]
fn garbage_closes_its_connection_with_a_counted_reason_and_no_other() {
    let site = Site::new(TWO_PROVIDERS);
    let control = site.start();
    let mut good = control.client();
    let lying_length = u32::MAX.to_le_bytes().to_vec();
    let unknown_request = [1u8, 0, 0, 0, 200].to_vec();
    let noise: Vec<u8> = (0..4096u32).map(|n| (n * 151 + 17) as u8).collect();
    for bytes in [lying_length, unknown_request, noise] {
        let mut wire = control.raw_client();
        // The connection may be closed before all of it is written.
        let _ = wire.stream.write_all(&bytes);
        assert!(is_closed(&mut wire), "{bytes:?}");
    }
    let mut silent = control.raw_client();
    silent.send(&Ask::Status);
    assert!(is_closed(&mut silent));
    let mut other = control.raw_client();
    other.send(&Ask::Hello { version: api::VERSION + 1 });
    assert!(is_closed(&mut other));
    let mut flood = control.raw_client();
    let mut bytes = (4u32 << 20).to_le_bytes().to_vec();
    bytes.resize(1 << 20, 0);
    let _ = flood.stream.write_all(&bytes);
    assert!(is_closed(&mut flood));

    good.send(&Ask::Status);
    let Some(Answer::Status(status)) = good.receive() else { panic!("the good connection is gone") };
    let count = |why: &str| {
        let counted = status.refused_connections.iter().find(|(reason, _)| reason == why);
        counted.map_or(0, |(_, count)| *count)
    };
    assert_eq!(count("not a message"), 3, "{status:?}");
    assert_eq!((count("no hello first"), count("another version"), count("message too long")), (1, 1, 1));
}

#[test]
fn half_a_request_and_a_hung_up_client_disturb_nobody() {
    let site = Site::new(TWO_PROVIDERS);
    let control = site.start();
    let mut half = control.client();
    half.stream.write_all(&[9, 0, 0]).unwrap();
    for _ in 0..200 {
        drop(control.raw_client());
    }
    assert_eq!(control.status().paths, 2);
    drop(half);
    assert_eq!(control.status().paths, 2);
}

#[test]
fn requests_sent_together_are_answered_in_order() {
    let site = Site::new(TWO_PROVIDERS);
    let control = site.start();
    let mut client = control.client();
    client.send(&Ask::Drain { path: "isp1".to_owned() });
    client.send(&Ask::Status);
    client.send(&Ask::Undrain { path: "isp1".to_owned() });
    assert!(matches!(client.receive(), Some(Answer::Ok { .. })));
    match client.receive() {
        Some(Answer::Status(status)) => assert_eq!(status.drained, ["isp1"]),
        other => panic!("{other:?}"),
    }
    assert!(matches!(client.receive(), Some(Answer::Ok { .. })));
}

#[test]
fn a_second_instance_gives_way_and_names_the_first() {
    let site = Site::new(TWO_PROVIDERS);
    let control = site.start();
    control.status();
    let mut second = site.start();
    assert_eq!(second.wait().code(), Some(1));
    let named = format!("pid {}", control.pid());
    assert!(site.log().contains(&named), "{}", site.log());
    assert_eq!(control.status().pid, control.pid());
}

#[test]
fn the_socket_of_a_killed_instance_is_taken_over_and_closed_to_others() {
    let site = Site::new(TWO_PROVIDERS);
    let control = site.start();
    control.status();
    drop(control);
    assert!(site.path("control.sock").exists());
    let control = site.start();
    assert_eq!(control.status().pid, control.pid());
    let mode = fs::metadata(site.path("control.sock")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o660);
}

#[test]
fn a_damaged_state_is_said_moved_aside_and_lived_without() {
    let site = Site::new(TWO_PROVIDERS);
    fs::create_dir(site.path("state")).unwrap();
    fs::write(site.path("state/operator.json"), "{\"drained\": [\"is").unwrap();
    let control = site.start();
    assert_eq!(control.status().drained, Vec::<String>::new());
    assert!(site.log().contains("is damaged"), "{}", site.log());
    assert!(site.path("state/operator.json.damaged").exists());
}

#[test]
fn a_file_that_is_missing_or_wrong_ends_it_with_exit_code_2() {
    let site = Site::new("[[port]]\nname = \"p\"\nkernel = \"eth1\"\nspeed = 3\n");
    let mut control = site.start();
    assert_eq!(control.wait().code(), Some(2));
    assert!(site.log().contains("speed"), "{}", site.log());
    let mut command = Command::new(env!("CARGO_BIN_EXE_swerve-control"));
    let output = command.arg("--config").arg(site.path("missing.toml")).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("missing.toml"));
}

#[test]
fn logs_are_json_when_the_file_says_so_and_carry_a_priority_for_the_journal() {
    for (format, target) in [("json", "stderr"), ("text", "journal"), ("json", "journal")] {
        let log = format!("[log]\nformat = \"{format}\"\ntarget = \"{target}\"\n{TWO_PROVIDERS}");
        let site = Site::new(&log);
        let control = site.start();
        control.status();
        let log = wait_for("a line", || site.log().contains("no switch").then(|| site.log()));
        for line in log.lines() {
            let line = if target == "journal" {
                assert!(line.starts_with("<6>") || line.starts_with("<4>"), "{line}");
                &line[3..]
            } else {
                line
            };
            if format == "json" {
                let value: serde_json::Value = serde_json::from_str(line).unwrap();
                assert!(value["message"].is_string(), "{line}");
            }
        }
    }
}

//! The language of packet tests: every form of a line, and what is said of lines that have none.

use proptest::prelude::*;
use std::fmt::Write;
use tool::stf::{self, script::Command};

/// Line by line: what was understood, or what is wrong.
fn each_line(text: &str) -> String {
    let mut out = String::new();
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        writeln!(out, "{line}").expect("strings take everything");
        match stf::parse(line) {
            Ok(script) => {
                for line in script.lines {
                    writeln!(out, "    {:?}", line.command).expect("strings take everything");
                }
            }
            Err(mistakes) => {
                for mistake in mistakes {
                    writeln!(out, "    line {mistake}").expect("strings take everything");
                }
            }
        }
    }
    out
}

#[test]
fn packets_and_expectations_are_understood() {
    insta::assert_snapshot!(each_line(
        "
        packet 0 00 0102 0aFf
        packet 511 ab
        packet 0x1 ab # a comment
        packet 1 0xab 0xcd;
        packet 1 0Xab0C
        expect 3
        expect 3 0102 ** *a b*
        expect 3 0102 $
        expect 3 01 02$
        expect 3 $
        expect 3 010
        no_packet
        wait
        # only a comment
    "
    ));
}

#[test]
fn value_sets_members_and_groups_are_understood() {
    insta::assert_snapshot!(each_line(
        "
        pvs_add P.ports 0x0800
        pvs_add ports -1
        pvs_add flags true
        pvs_add several lo:1..5 mask:0x1* id:7
        pvs_remove ports 5&&&7
        pvs_clear ports
        act_prof_create_member hops to(port:3, 4)
        act_prof_create_member hops drop
        act_prof_create_group hops
        act_prof_add_member_to_group hops 1 0
        add t k:1 member(3)
        add t 5 k:1 group(0) = one
        pvs_add ports
        pvs_add ports 1 2
        pvs_add ports a:1 b
        pvs_clear
        act_prof_create_member hops k:1
        act_prof_create_group
        act_prof_add_member_to_group hops 1
        act_prof_add_member_to_group hops x 1
    "
    ));
}

#[test]
fn entries_are_understood() {
    insta::assert_snapshot!(each_line(
        "
        add t k:1 drop()
        add ingress.t hdr.ipv4.dst:0x0a000000/8 ingress.forward(dst:0x000000000001, port:2) = one
        add t 100 hdr.h.a:0x12&&&0xf0 hdr.h.$valid$:1 a(x:0b101)
        add t 7 hdr.h.a:0x1*&&&0xff b( )
        add t h.a:1..5 h.b:0x10->0x20 a ( x : 1 , y:-2 ) = $two
        add t h$0.a:0b1**0 h[1].b:0x0a****** valid:1 a()
        add t h.isValid():1 a()
        add t hdr.x[7:4]:3 a()
        add t k:* a()
        add t k:8w0x1f&&&8w15 l:true m:4s7..4s8 a(x:false, y:16w9);
        add t \"odd name\":1 \"odd action\"(x:1)
        add t a
        add t 5 a = e
        add t k:1 a(x:1,y:2)=e
        add t k:1 a(x:1)= $e
        add t k:1 a=e
        add t h.a==h.b:1 a
        add t k:1 5 l:2 a
        add t 0x10 k:1 a(1, 0x2) // positions
        ADD t k:1 a(1, y:2)
        setdefault t a(x:0xffffffffffffffffffffffffffffffffff)
        setdefault t a()
        setdefault t a
        remove all
        remove one
    "
    ));
}

#[test]
fn counters_sessions_groups_registers_and_meters_are_understood() {
    insta::assert_snapshot!(each_line(
        "
        check_counter c 4
        check_counter ingress.c(3) == 4
        check_counter c(3) = 4;
        check_counter c(3) bytes >= 100
        check_counter c($one) packets != 2
        check_counter c (3)<5
        check_counter c>5
        mirroring_add 5 2
        mirroring_add_mc 5 1
        mirroring_delete 5
        mirroring_get 5
        mc_mgrp_create 1
        mc_node_create 400 1 2 3
        mc_node_update 0 4
        mc_node_associate 1 0
        counter_read c 3
        counter_read c 3 10
        counter_read c 3 10 1000
        counter_write c 3 10
        counter_write c 3 10 1000
        register_read r 3
        register_read r
        register_read r 3 0xff
        register_write r 3 0xff
        register_reset r
        register_reset r 3
        meter_get_rates m 0
        meter_get_rates m 0 0.5:8 1:16
        meter_set_rates m 0 0.001:8 0.002:16
        meter_array_set_rates m 1:2 3:4
    "
    ));
}

#[test]
fn lines_that_are_wrong_say_what_would_be_right() {
    insta::assert_snapshot!(each_line(
        "
        frobnicate 1
        packet
        packet x 00
        packet 512 00
        packet 1
        packet 1 000
        packet 1 0g
        packet 1 0*
        expect 1 0 $
        expect 1 00 $ 00
        no_packet 3
        add
        add t
        add t k:1
        add t k:
        add t k:zz a()
        add t k:0x a()
        add t k:1* a()
        add t k:1/99999 a()
        add t 99999999999 k:1 a()
        add t word k:1 a()
        add t k:1 a(x)
        add t k:1 a(x:0x*)
        add t k:1 a(x:1
        add t k[1:1 a()
        add t \"k:1 a()
        add t k:1 a() = 
        add t k:1 a() b()
        setdefault t
        setdefault t k:1
        remove
        check_counter
        check_counter c
        check_counter c(x) 1
        check_counter c ~ 1
        check_counter c -1
        mirroring_add 40000 1
        mc_mgrp_create 70000
        register_write r 1 0x*
        register_read r 1 2 3
        register_read r 1 0x*
        register_reset r all
        counter_read c 1 2 3 4
        meter_get_rates m 0 1:2
        meter_set_rates m 0 1:2
        meter_set_rates m 0 1 2
        meter_set_rates m 0 -1:2 nan:3
    "
    ));
}

#[test]
fn every_wrong_line_of_a_file_is_reported_with_its_number() {
    let mistakes =
        stf::parse("packet 0 00\n\nfoo\n# x\nbar\nexpect 1 00\n").expect_err("two lines are wrong");
    assert_eq!(mistakes.iter().map(|m| m.line).collect::<Vec<_>>(), [3, 5]);
}

#[test]
fn a_port_is_not_both_open_to_anything_and_told_what_must_come() {
    let mistakes = stf::parse("expect 1 00\nexpect 1\nexpect 2\n").expect_err("port 1 has both");
    insta::assert_snapshot!(mistakes[0], @"2: port 1 has a line `expect 1` that takes everything and another that says what; keep one of the two");
}

#[test]
fn a_number_of_many_digits_is_refused_before_it_costs_time() {
    let line = format!("add t k:{} a()", "9".repeat(1 << 20));
    let mistakes = stf::parse(&line).expect_err("no field has a million digits");
    assert!(mistakes[0].to_string().contains("1048576 digits"), "{}", mistakes[0]);
}

#[test]
fn a_large_file_of_expectations_is_read_in_linear_time() {
    let text = "expect 1\n".repeat(200_000);
    assert_eq!(stf::parse(&text).expect("nothing is wrong").lines.len(), 200_000);
}

proptest! {
    #[test]
    fn nothing_makes_the_parser_panic(text in "\\PC{0,80}", word in 0usize..24) {
        const WORDS: [&str; 6] = ["add t", "packet 1", "expect 1", "check_counter", "setdefault t", "meter_set_rates m 0"];
        let _ = stf::parse(&format!("{} {text}", WORDS[word % WORDS.len()]));
    }

    #[test]
    fn what_is_written_in_hexadecimal_is_read_back(bytes in proptest::collection::vec(any::<u8>(), 1..64)) {
        let mut line = "packet 7 ".to_owned();
        for byte in &bytes {
            write!(line, "{byte:02x} ").expect("strings take everything");
        }
        let script = stf::parse(&line).expect("digits are well formed");
        prop_assert_eq!(&script.lines[0].command, &Command::Packet { port: 7, data: bytes });
    }
}

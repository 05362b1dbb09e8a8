//! The operator's command.

mod args;
mod client;
mod commands;
mod complete;
mod events;
mod failure;
mod load;
mod machine;
mod output;
mod places;
mod program;
mod show;
mod table;
mod trace;
mod what_if;

use api::control::{Prefix, Request};
use args::{Arguments, Command, PacketCommand, RouteCommand, Show, WhatIfCommand};
use clap::{CommandFactory, Parser};
use clap_complete::CompleteEnv;
use failure::Failure;
use output::Output;
use places::Places;
use std::process::ExitCode;
use std::time::Instant;

fn main() -> ExitCode {
    // Asked by the shell, it answers and ends here.
    CompleteEnv::with_factory(Arguments::command).complete();
    let arguments = Arguments::parse();
    match run(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            match &failure {
                Failure::Mistakes(drawn) => eprint!("{drawn}"),
                failure => eprintln!("swervectl: {failure}"),
            }
            ExitCode::from(failure.exit_code())
        }
    }
}

fn run(arguments: Arguments) -> Result<(), Failure> {
    let places = Places::new(arguments.reach);
    let mut out = Output::new(arguments.json);
    let change = |request, out: &mut Output| commands::change(&places, places.timeout(), &request, out);
    match arguments.command {
        Command::Show(what) => show(what, &places, &mut out),
        Command::Drain { path } => change(Request::Drain { path }, &mut out),
        Command::Undrain { path } => change(Request::Undrain { path }, &mut out),
        Command::Route { what } => change(route(what)?, &mut out),
        Command::Program { what } => program::program(what, &places, &mut out),
        Command::Table { what } => program::table(what, &places, &mut out),
        Command::Counter { name, index, reset } => program::counter(name, index, reset, &places, &mut out),
        Command::Register { name, index, value } => program::register(name, index, value, &places, &mut out),
        Command::Meter(arguments) => program::meter(arguments, &places, &mut out),
        Command::Valueset { what } => program::value_set(what, &places, &mut out),
        Command::Group { what } => program::group(what, &places, &mut out),
        Command::Trace(arguments) => trace::trace(arguments, &places, &mut out),
        Command::Digest { name, follow: _, count } => {
            events::digest(name.as_deref(), count, &places, &mut out)
        }
        Command::Log { follow: _, count } => events::log(count, &places, &mut out),
        Command::Packet { what: Some(PacketCommand::Send { words }), .. } => {
            events::send(&words, &places, &mut out)
        }
        Command::Packet { what: None, follow } => events::packet(follow.count, &places, &mut out),
        Command::WhatIf { what: WhatIfCommand::Fail { names, list } } => {
            what_if::what_if(names, list, &places, &mut out)
        }
        Command::Reload => commands::change(&places, places.reload_timeout(), &Request::Reload, &mut out),
        Command::Check { file } => commands::check(&file, &mut out),
        Command::Version => commands::version(&places, &mut out),
        Command::Completions { shell } => commands::completions(shell, &mut out),
        Command::Man { directory } => commands::man(&directory, &mut out),
    }
}

fn route(what: RouteCommand) -> Result<Request, Failure> {
    Ok(match what {
        RouteCommand::Add { prefix, to, backup, preference, vrf, next_hop_vrf } => {
            let target = args::route_target(&to, backup).map_err(Failure::Usage)?;
            let route = api::control::Route { target, preference, next_hop_vrf };
            Request::RouteAdd { prefix: Prefix { vrf: show::named(vrf.as_deref()), net: prefix }, route }
        }
        RouteCommand::Delete { prefix, vrf } => {
            Request::RouteDelete { prefix: Prefix { vrf: show::named(vrf.as_deref()), net: prefix } }
        }
    })
}

fn show(asked: Show, places: &Places, out: &mut Output) -> Result<(), Failure> {
    let mut source = show::Source::open(asked.what, places)?;
    let Some(every) = asked.watch else {
        return source.print(out);
    };
    let mut before = None;
    loop {
        let started = Instant::now();
        let now = source.sample()?;
        let view = source.view(&now, before.as_ref());
        out.repaint(&view.json, &view.text)?;
        before = Some(now);
        std::thread::sleep(every.saturating_sub(started.elapsed()));
    }
}

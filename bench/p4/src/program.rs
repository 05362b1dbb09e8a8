//! A program, compiled and ready to run.

use anyhow::{Context, Result, bail};
use host::compile::{Phase, Source, compile, on_large_stack};
use host::load::{ROUTER, built_in_program};
use jit::{Lane, Machine};
use rt::externs::random::Random;
use rt::state::{Caches, Env, Events, State};
use rt::{Around, Control, Options};
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub struct Loaded {
    pub state: Arc<State>,
    pub control: Control,
    pub lane: Lane,
    parts: Vec<String>,
    random: Random,
    caches: Caches,
    events: Events,
}

/// The flat code of a program, and how long checking and compiling it took, in milliseconds.
pub fn front(source: &Source, text: Option<&str>) -> Result<front::ir::Program> {
    let done = match text {
        Some(text) => host::compile::compile_text(source, text.to_owned(), Phase::Flat),
        None => compile(source, Phase::Flat).map_err(|error| anyhow::anyhow!("{error}"))?,
    };
    if !done.accepted() {
        bail!("{}", done.messages(host::report::Style { colour: false, width: 100 }));
    }
    let mut program = done.ir.context("nothing to run")?;
    front::optimise(&mut program);
    Ok(program)
}

pub fn source(name: &str) -> Source {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../p4/programs").join(name);
    Source { file, ..Source::default() }
}

impl Loaded {
    pub fn built_in(name: &str) -> Result<Loaded> {
        let text = built_in_program(ROUTER).filter(|_| name == "router.p4");
        let source = Source { file: PathBuf::from(ROUTER), ..Source::default() };
        Loaded::of(on_large_stack(|| front(&source, text))?, true)
    }

    pub fn of(program: front::ir::Program, roles: bool) -> Result<Loaded> {
        let options = Options { roles, ..Options::default() };
        let (state, control) = Control::create(Arc::new(program), &options)?;
        let machine = Machine::new(&state)?;
        Ok(Loaded {
            lane: Lane::new(&machine, &state),
            parts: machine.parts().to_vec(),
            random: Random::new(1),
            caches: Caches::new(&state),
            events: Events::new(0),
            state,
            control,
        })
    }

    /// Cycles a packet of each part of the program's way that has seen packets.
    pub fn cycles(&mut self) -> Vec<(String, f64)> {
        let laps = self.lane.laps().into_iter().flatten();
        let of_packets = self.parts.iter().zip(laps).filter(|(_, lap)| lap.packets > 0);
        of_packets.map(|(part, lap)| (part.clone(), lap.cycles as f64 / lap.packets as f64)).collect()
    }

    #[inline]
    pub fn listen<'f>(
        &mut self,
        around: Around<'_>,
        port: u16,
        frames: impl Iterator<Item = &'f mut [u8]>,
    ) -> Option<usize> {
        let (random, caches, events) = (&mut self.random, &mut self.caches, &mut self.events);
        let mut env = Env { state: &self.state, now: 0, random, caches, events, around };
        self.lane.listen(&mut env, port, frames)
    }

    #[inline]
    pub fn run<'f>(&mut self, around: Around<'_>, port: u16, frames: impl Iterator<Item = &'f mut [u8]>) {
        let (random, caches, events) = (&mut self.random, &mut self.caches, &mut self.events);
        let mut env = Env { state: &self.state, now: 0, random, caches, events, around };
        self.lane.run(&mut env, port, frames);
    }
}

//! What the main thread does about the P4 program: requests, what the compiler has done, and reloads.

use super::Switch;
use super::trace::Tracing;
use crate::program::compile::{Compiled, Compiler, Job, Ready};
use crate::program::{Loaded, ProgramError, Wording, configured};
use crate::reload::{Plan, Prepared};
use crate::server::Server;
use crate::state::{Effect, Refusal};
use crate::worker::messages::Command;
use crate::worker::program::for_workers;
use api::program::{Query, Reply, Request, Source, Verdict};
use api::switch;
use config::{Config, ConfigErrors};
use host::load::Access;
use jit::CompileError;
use rt::state::State;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The program in place, and those that are being compiled.
pub(super) struct Programs {
    /// That of the configuration.
    directory: PathBuf,
    compiler: Compiler,
    waiting: HashMap<u64, Waiting>,
    current: Option<Loaded>,
    generation: u64,
    /// Somebody looks at packets.
    pub(super) tracing: Option<Tracing>,
}

/// Who waits for the compiler, and why.
struct Waiting {
    token: usize,
    purpose: Purpose,
}

enum Purpose {
    Check,
    Load,
    Reload(Box<(Config, Plan)>),
}

impl Programs {
    pub(super) fn new(directory: PathBuf) -> std::io::Result<Programs> {
        Ok(Programs {
            directory,
            compiler: Compiler::start()?,
            waiting: HashMap::new(),
            current: None,
            generation: 0,
            tracing: None,
        })
    }

    pub(super) fn loaded(&self) -> Option<&Loaded> {
        self.current.as_ref()
    }

    pub(super) fn current(&mut self) -> Result<&mut Loaded, ProgramError> {
        self.current.as_mut().ok_or(ProgramError::None)
    }

    pub(super) fn loaded_mut(&mut self) -> Option<&mut Loaded> {
        self.current.as_mut()
    }
}

pub(super) type Answer = Result<Option<switch::Reply>, Refusal>;

impl Switch {
    /// Hands a program to the workers: each takes it up with its next vector. Everything in `state` is as it shall be from the
    /// first packet on.
    fn install_program(&mut self, state: &Arc<State>, controller: u16) -> Result<(), CompileError> {
        let identity = (self.programs.generation as u32 + 1, controller);
        let programs = for_workers(state, identity, self.rings.len())?;
        if let Some(program) = programs.first() {
            self.shared.stats.set_program_stages(program.parts());
        }
        for (worker, program) in programs.into_iter().enumerate() {
            self.state.effects.push(Effect::Worker(worker, Command::Program(program)));
        }
        Ok(())
    }

    /// Puts a program in place, which has taken over already what it can.
    fn put(&mut self, loaded: Loaded, controller: u16) -> Result<(), String> {
        self.install_program(&loaded.state, controller).map_err(|error| error.to_string())?;
        self.note(loaded);
        Ok(())
    }

    /// The program that workers run from now on.
    pub(super) fn note(&mut self, loaded: Loaded) {
        self.programs.generation += 1;
        self.events.loaded(Wording::new(self.programs.generation as u32, &loaded));
        tracing::info!(file = loaded.file, generation = self.programs.generation, "program loaded");
        self.programs.current = Some(loaded);
    }

    pub(super) fn program_request(&mut self, server: &mut Server, token: usize, request: Request) -> Answer {
        let done = |ids| Ok(Some(switch::Reply::Program(Reply::Done { ids })));
        let programs = &mut self.programs;
        match request {
            Request::Check(source) => self.compile(server, token, source, Purpose::Check),
            Request::Load(source) => self.compile(server, token, source, Purpose::Load),
            Request::Show(query) => {
                let reply = match (&programs.current, query) {
                    (None, Query::Program) => Reply::Program(None),
                    (None, _) => return Err(ProgramError::None.into()),
                    (Some(loaded), query) => loaded.show(programs.generation, &query)?,
                };
                Ok(Some(switch::Reply::Program(reply)))
            }
            Request::Batch(changes) => done(programs.current()?.batch(&changes)?),
            Request::CounterReset { name, index } => {
                programs.current()?.counter_reset(&name, index)?;
                done(vec![])
            }
            Request::RegisterWrite { name, index, value } => {
                programs.current()?.register_write(&name, index, &value)?;
                done(vec![])
            }
            Request::MeterSet { name, index, rates } => {
                programs.current()?.meter_set(&name, index, rates)?;
                done(vec![])
            }
            Request::ValueSetAdd { name, keys } => {
                done(vec![Some(programs.current()?.value_add(&name, &keys)?)])
            }
            Request::ValueSetDelete { name, which } => {
                programs.current()?.value_delete(&name, &which)?;
                done(vec![])
            }
            Request::Trace(ask) => self.trace_from(token, ask),
            Request::Follow(follow) => {
                self.follow(server, token, follow);
                done(vec![])
            }
            Request::PacketOut(packet) => {
                self.packet_out(&packet)?;
                done(vec![])
            }
            Request::Learn(lessons) => {
                let learned = programs.current()?.learn(&lessons)?;
                Ok(Some(switch::Reply::Program(Reply::Learned(learned))))
            }
            Request::CloneSession { id, to } => {
                programs.current()?.clone_session(id, to).map_err(ProgramError::from)?;
                done(vec![])
            }
            Request::MulticastGroup { id, nodes } => {
                programs.current()?.multicast_group(id, nodes).map_err(ProgramError::from)?;
                done(vec![])
            }
        }
    }

    fn compile(&mut self, server: &mut Server, token: usize, source: Source, purpose: Purpose) -> Answer {
        let file = PathBuf::from(&source.file);
        if !file.is_absolute() {
            return Err(ProgramError::RelativeFile(source.file).into());
        }
        let mut include: Vec<PathBuf> = source.include.iter().map(PathBuf::from).collect();
        include.extend(configured(&self.config, &self.programs.directory).include);
        let load = !matches!(purpose, Purpose::Check);
        self.submit(
            server,
            token,
            Job { file, text: source.text, include, load, access: Access::Public },
            purpose,
        )
    }

    fn submit(&mut self, server: &mut Server, token: usize, job: Job, purpose: Purpose) -> Answer {
        let number = self.programs.compiler.submit(job).ok_or(ProgramError::NoCompiler)?;
        self.programs.waiting.insert(number, Waiting { token, purpose });
        server.wait(token);
        Ok(None)
    }

    /// A validated file waits for its commit until its program is compiled.
    pub(super) fn prepare_program(
        &mut self,
        server: &mut Server,
        token: usize,
        new: Config,
        plan: Plan,
    ) -> Answer {
        let job = configured(&new, &self.programs.directory);
        self.submit(server, token, job, Purpose::Reload(Box::new((new, plan))))
    }

    /// Answers those whose programs are compiled.
    pub(super) fn compiled(&mut self, server: &mut Server) {
        while let Some((number, compiled)) = self.programs.compiler.take() {
            let Some(Waiting { token, purpose }) = self.programs.waiting.remove(&number) else { continue };
            let (word, answer) = match purpose {
                Purpose::Check => ("program-check", Ok(checked(compiled.verdict))),
                Purpose::Load => ("program-load", self.load(compiled)),
                Purpose::Reload(parts) => ("reload-prepare", self.prepare(server, token, *parts, compiled)),
            };
            match answer {
                Ok(reply) => server.reply(token, &reply),
                Err(refusal) => self.refuse(server, token, word, &refusal),
            }
            server.go_on(token);
        }
    }

    fn load(&mut self, compiled: Compiled) -> Result<switch::Reply, Refusal> {
        let Compiled { verdict, ready } = compiled;
        let Some(ready) = ready else { return Ok(checked(verdict)) };
        // What the file gives goes with the file's program, and else stays as it is.
        let job = configured(&self.config, &self.programs.directory);
        let is_configured = job.file == Path::new(&ready.file);
        let mut new = Loaded::new(ready);
        new.control.set_time(self.clock.now_ns());
        if is_configured {
            let wrong = |errors: ConfigErrors| ProgramError::Entry(errors.plain());
            new.configure(&self.config).map_err(wrong)?;
        }
        let lost = match &self.programs.current {
            Some(old) => new.take_over(old, !is_configured),
            None => vec![],
        };
        self.put(new, self.config.controller_port()).map_err(ProgramError::Install)?;
        Ok(switch::Reply::Program(Reply::Loaded { verdict, lost }))
    }

    fn prepare(
        &mut self,
        server: &mut Server,
        token: usize,
        (config, mut plan): (Config, Plan),
        compiled: Compiled,
    ) -> Result<switch::Reply, Refusal> {
        let Some(ready) = compiled.ready else { return Err(Refusal::Config(compiled.verdict.messages)) };
        let wrong = |errors: ConfigErrors| Refusal::Config(errors.plain());
        let same_controller = config.controller_port() == self.config.controller_port();
        let is_there = |current: &&Loaded| same_controller && current.is(&ready);
        let program = match self.programs.current.as_ref().filter(is_there) {
            Some(current) => {
                current.check(&config).map_err(wrong)?;
                None
            }
            None => Some(Box::new(self.another(ready, &config, &mut plan).map_err(wrong)?)),
        };
        Ok(prepared(server, token, config, plan, program))
    }

    fn another(&self, ready: Ready, config: &Config, plan: &mut Plan) -> Result<Loaded, ConfigErrors> {
        if !plan.changes.iter().any(|line| line.starts_with("program ")) {
            plan.changes.push(format!("program {}: changed", ready.file));
        }
        let mut loaded = Loaded::new(ready);
        loaded.configure(config)?;
        Ok(loaded)
    }

    /// Applies a prepared reload: the program and its entries first, which can still be refused.
    pub(super) fn commit(&mut self, prepared: Prepared) -> Result<(), Refusal> {
        let Prepared { config, program } = prepared;
        if let Some(new) = program {
            let mut new = *new;
            new.control.set_time(self.clock.now_ns());
            if let Some(old) = &self.programs.current {
                for line in new.take_over(old, false) {
                    tracing::warn!(lost = line, "not in the new program");
                }
            }
            self.put(new, config.controller_port()).map_err(ProgramError::Install)?;
        } else if let Some(loaded) = &mut self.programs.current {
            loaded.configure(&config).map_err(|errors| Refusal::Config(errors.plain()))?;
        }
        self.reload(config)
    }
}

fn checked(verdict: Verdict) -> switch::Reply {
    switch::Reply::Program(Reply::Checked(verdict))
}

fn prepared(
    server: &mut Server,
    token: usize,
    config: Config,
    plan: Plan,
    program: Option<Box<Loaded>>,
) -> switch::Reply {
    if let Some(client) = server.client(token) {
        client.prepared = Some(Box::new(Prepared { config, program }));
    }
    switch::Reply::Prepared { changes: plan.changes, left: plan.left }
}

//! What the main thread does about the P4 program: requests, what the compiler has done, and reloads.

use super::Switch;
use super::trace::Tracing;
use crate::program::compile::{Compiled, Compiler, Done, Job, Placed, Placing, Ready};
use crate::program::{Loaded, ProgramError, Wording, configured};
use crate::reload::{Plan, Prepared};
use crate::server::Server;
use crate::state::{Effect, Refusal};
use crate::worker::messages::Command;
use crate::worker::program::Program;
use api::program::{Query, Reply, Request, Source, Verdict};
use api::switch;
use config::{Config, ConfigErrors};
use host::load::Access;
use std::collections::{HashMap, VecDeque};
use std::path::{Path, PathBuf};

/// The program in place, and those that are being compiled.
pub(super) struct Programs {
    /// That of the configuration.
    directory: PathBuf,
    compiler: Compiler,
    waiting: HashMap<u64, Waiting>,
    /// Compiled, while another is being put in place.
    ready: VecDeque<(u64, Compiled)>,
    /// While the current program and the next are with the compiler's thread.
    lent: Option<Lent>,
    /// What was asked of the program meanwhile, and by whom.
    parked: Vec<(usize, switch::Request)>,
    /// Programs that workers may still run: their generation, and how many workers have not given theirs back.
    retiring: Vec<(u32, usize, Loaded)>,
    current: Option<Loaded>,
    generation: u64,
    /// Somebody looks at packets.
    pub(super) tracing: Option<Tracing>,
}

/// Who waits for a program to be in place, and what follows.
struct Lent {
    token: usize,
    then: Then,
}

enum Then {
    Loaded(Verdict),
    Commit(Box<Config>),
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
            ready: VecDeque::new(),
            lent: None,
            parked: Vec::new(),
            retiring: Vec::new(),
            current: None,
            generation: 0,
            tracing: None,
        })
    }

    /// Whether the program is away, so that what is asked of it has to wait.
    pub(super) fn is_lent(&self) -> bool {
        self.lent.is_some()
    }

    /// Nothing while it is lent, as for the next two.
    pub(super) fn loaded(&self) -> Option<&Loaded> {
        self.current.as_ref()
    }

    pub(super) fn current(&mut self) -> Result<&mut Loaded, ProgramError> {
        self.current.as_mut().ok_or(ProgramError::None)
    }

    /// Drops what a client has staged.
    pub(super) fn unstage(&mut self, client: usize) {
        if let Some(loaded) = &mut self.current {
            loaded.unstage(client);
        }
    }

    pub(super) fn loaded_mut(&mut self) -> Option<&mut Loaded> {
        self.current.as_mut()
    }
}

pub(super) type Answer = Result<Option<switch::Reply>, Refusal>;

impl Switch {
    /// Hands a program to the workers: each takes it up with its next vector. Everything in its state is as it shall be from
    /// the first packet on.
    fn install(&mut self, programs: Vec<Program>) {
        if let Some(program) = programs.first() {
            self.shared.stats.set_program_stages(program.parts());
        }
        for (worker, program) in programs.into_iter().enumerate() {
            self.state.effects.push(Effect::Worker(worker, Command::Program(Box::new(program))));
        }
    }

    /// Has a program put in place, which takes over what it can: on the compiler's thread, as that may take long.
    fn place(
        &mut self,
        server: &mut Server,
        (token, then): (usize, Then),
        new: Loaded,
        (keep_file, controller): (bool, u16),
    ) -> Result<(), ProgramError> {
        let identity = (self.programs.generation as u32 + 1, controller);
        let old = self.programs.current.take();
        let placing = Placing { new, old, keep_file, identity, workers: self.rings.len() };
        if let Err(placing) = self.programs.compiler.place(placing) {
            self.programs.current = placing.old;
            return Err(ProgramError::NoCompiler);
        }
        self.programs.lent = Some(Lent { token, then });
        server.wait(token);
        Ok(())
    }

    fn placed(&mut self, server: &mut Server, placed: Placed) {
        let Placed { new, old, lost, programs } = placed;
        let Some(Lent { token, then }) = self.programs.lent.take() else { return };
        self.programs.current = old;
        let done = match programs {
            Ok(programs) => {
                self.install(programs);
                self.note(new);
                match then {
                    Then::Loaded(verdict) => Ok(switch::Reply::Program(Reply::Loaded { verdict, lost })),
                    Then::Commit(config) => {
                        for line in lost {
                            tracing::warn!(lost = line, "not in the new program");
                        }
                        self.reload(*config).map(|()| switch::Reply::Ok)
                    }
                }
            }
            Err(why) => Err(ProgramError::Install(why).into()),
        };
        self.answer(server, token, "program-load", done.map(Some));
        for (token, request) in std::mem::take(&mut self.programs.parked) {
            server.go_on(token);
            let word = request.word();
            match self.request(server, token, request) {
                Ok(None) => {}
                done => self.answer(server, token, word, done),
            }
        }
    }

    /// Answers somebody who waits, unless there is more to wait for.
    fn answer(&mut self, server: &mut Server, token: usize, word: &'static str, answer: Answer) {
        match answer {
            Ok(Some(reply)) => server.reply(token, &reply),
            Ok(None) => return,
            Err(refusal) => self.refuse(server, token, word, &refusal),
        }
        server.go_on(token);
    }

    /// What is asked of the program waits while that is lent.
    pub(super) fn park(&mut self, server: &mut Server, token: usize, request: switch::Request) {
        self.programs.parked.push((token, request));
        server.wait(token);
    }

    /// A worker has taken up another program in place of this one.
    pub(super) fn retired(&mut self, program: Box<Program>) {
        let of = program.generation();
        drop(program);
        let retiring = &mut self.programs.retiring;
        let Some(at) = retiring.iter().position(|(generation, ..)| *generation == of) else { return };
        retiring[at].1 = retiring[at].1.saturating_sub(1);
        if retiring[at].1 > 0 {
            return;
        }
        // Those before it went earlier, also where a worker found no room to say so.
        for (.., loaded) in retiring.extract_if(.., |(generation, ..)| *generation <= of) {
            self.state.unprotect(&loaded);
            self.programs.compiler.bury(loaded);
        }
    }

    /// Looks up the paths that the program's entries name, where there is news of either.
    pub(super) fn protect(&mut self) {
        if let Some(loaded) = &self.programs.current {
            self.state.protect(loaded);
        }
    }

    pub(super) fn sweep_protections(&mut self) {
        if let Some(loaded) = &self.programs.current {
            self.state.sweep_protections(loaded);
        }
    }

    /// The program that workers run from now on.
    pub(super) fn note(&mut self, loaded: Loaded) {
        self.programs.generation += 1;
        self.events.loaded(Wording::new(self.programs.generation as u32, &loaded));
        tracing::info!(file = loaded.file, generation = self.programs.generation, "program loaded");
        self.state.protect(&loaded);
        if let Some(old) = self.programs.current.replace(loaded) {
            let generation = self.programs.generation as u32 - 1;
            self.programs.retiring.push((generation, self.rings.len(), old));
        }
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
            Request::Batch(changes) => {
                let loaded = programs.current()?;
                loaded.check_named(&changes, |name| self.state.has_path(name))?;
                let ids = loaded.batch(&changes)?;
                // Before anybody hears that it is done.
                self.state.protect(loaded);
                done(ids)
            }
            Request::Stage { at, table, entries } => {
                let loaded = programs.current()?;
                let others = loaded.stager().filter(|client| *client != token);
                if let Some(client) = others {
                    if server.client(client).is_some() {
                        return Err(ProgramError::StagedElsewhere.into());
                    }
                    loaded.unstage(client);
                }
                loaded.stage(token, at, &table, &entries, |name| self.state.has_path(name))?;
                done(vec![])
            }
            Request::Put { count } => {
                let loaded = programs.current()?;
                loaded.put(token, count)?;
                self.state.protect(loaded);
                done(vec![])
            }
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
            Job { file, text: source.text, included: source.included, include, load, access: Access::Public },
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

    /// Goes on with what the compiler's thread has done. While a program is being put in place, the next ones wait.
    pub(super) fn compiled(&mut self, server: &mut Server) {
        loop {
            while let Some(done) = self.programs.compiler.take() {
                match done {
                    Done::Compiled(number, compiled) => self.programs.ready.push_back((number, *compiled)),
                    Done::Placed(placed) => self.placed(server, *placed),
                }
            }
            if self.programs.is_lent() {
                return;
            }
            let Some((number, compiled)) = self.programs.ready.pop_front() else { return };
            let Some(Waiting { token, purpose }) = self.programs.waiting.remove(&number) else { continue };
            let (word, answer) = match purpose {
                Purpose::Check => ("program-check", Ok(Some(checked(compiled.verdict)))),
                Purpose::Load => ("program-load", self.load(server, token, compiled)),
                Purpose::Reload(parts) => {
                    ("reload-prepare", self.prepare(server, token, *parts, compiled).map(Some))
                }
            };
            self.answer(server, token, word, answer);
        }
    }

    fn load(&mut self, server: &mut Server, token: usize, compiled: Compiled) -> Answer {
        let Compiled { verdict, ready } = compiled;
        let Some(ready) = ready else { return Ok(Some(checked(verdict))) };
        // What the file gives goes with the file's program, and else stays as it is.
        let job = configured(&self.config, &self.programs.directory);
        let is_configured = job.file == Path::new(&ready.file);
        let mut new = Loaded::new(ready);
        new.control.set_time(self.clock.now_ns());
        if is_configured {
            let wrong = |errors: ConfigErrors| ProgramError::Entry(errors.plain());
            new.configure(&self.config).map_err(wrong)?;
        } else if let Some(table) = new.without_vrf()
            && !self.config.vrfs.is_empty()
        {
            return Err(ProgramError::NoVrfKey(table.to_owned()).into());
        }
        let how = (!is_configured, self.config.controller_port());
        self.place(server, (token, Then::Loaded(verdict)), new, how)?;
        Ok(None)
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
    pub(super) fn commit(&mut self, server: &mut Server, token: usize, prepared: Prepared) -> Answer {
        let Prepared { config, program } = prepared;
        if let Some(new) = program {
            let new = *new;
            new.control.set_time(self.clock.now_ns());
            let controller = config.controller_port();
            self.place(server, (token, Then::Commit(Box::new(config))), new, (false, controller))?;
            return Ok(None);
        }
        if let Some(loaded) = &mut self.programs.current {
            loaded.configure(&config).map_err(|errors| Refusal::Config(errors.plain()))?;
            self.protect();
        }
        self.reload(config)?;
        Ok(Some(switch::Reply::Ok))
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

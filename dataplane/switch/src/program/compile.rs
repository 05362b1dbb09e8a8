//! From a file to a state that workers could run, and from one program to the next, on a thread of its own.

use super::events::Headers;
use super::loaded::Loaded;
use crate::worker::program::{Program, for_workers};
use api::program::{Diagnostic, Verdict};
use front::SourceMap;
use host::compile::{Compilation, Phase, Source, compile, compile_text, on_large_stack};
use host::load::Access;
use host::report::Style;
use rt::Control;
use rt::state::State;
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

const STYLE: Style = Style { colour: false, width: 110 };
/// Bytes of messages that are kept: an answer has to fit a message.
const MOST_MESSAGES: usize = 1 << 20;
/// Likewise of each of up to a hundred that say their place.
const MOST_MESSAGE: usize = 1 << 12;

/// What to compile.
#[derive(Debug, Clone)]
pub struct Job {
    pub file: PathBuf,
    /// In place of what stands in the file.
    pub text: Option<String>,
    /// Likewise of files that it includes.
    pub included: Vec<(String, String)>,
    pub include: Vec<PathBuf>,
    /// Make a state of it; else only judge it.
    pub load: bool,
    /// Of clients: they see lines of what is read.
    pub access: Access,
}

/// What came of a [`Job`].
#[derive(Debug)]
pub struct Compiled {
    pub verdict: Verdict,
    /// Of a job to load, unless there were errors.
    pub ready: Option<Ready>,
}

/// A program that could be put in place.
#[derive(Debug)]
pub struct Ready {
    pub file: String,
    pub state: Arc<State>,
    pub control: Control,
    /// The same tables under the program before it was optimised, for traces: each state and each assignment is there.
    pub traced: Arc<State>,
    pub sources: SourceMap,
    pub headers: Headers,
    /// Of every file that it was compiled from.
    pub fingerprint: u64,
    pub took: Duration,
}

/// Compiles; never fails but by a [`Verdict`].
pub fn compile_job(job: &Job) -> Compiled {
    // A bug of the compiler must not take the switch with it.
    catch_unwind(AssertUnwindSafe(|| on_large_stack(|| run(job)))).unwrap_or_else(|_| {
        let file = job.file.display();
        rejected(format!("{file}: the compiler failed; this is a bug of swerve, please report it\n"))
    })
}

fn rejected(messages: String) -> Compiled {
    let diagnostic = Diagnostic {
        severity: "error".to_owned(),
        file: None,
        line: None,
        column: None,
        message: messages.trim_end().to_owned(),
        help: None,
    };
    let verdict =
        Verdict { accepted: false, errors: 1, warnings: 0, messages, diagnostics: vec![diagnostic] };
    Compiled { verdict, ready: None }
}

fn run(job: &Job) -> Compiled {
    let started = Instant::now();
    let source = Source {
        file: job.file.clone(),
        directories: job.include.clone(),
        access: job.access,
        texts: job.included.iter().map(|(name, text)| (name.into(), text.clone())).collect(),
        ..Source::default()
    };
    let until = if job.load { Phase::Flat } else { Phase::Accepted };
    let done = match &job.text {
        Some(text) => Ok(compile_text(&source, text.clone(), until)),
        None => compile(&source, until),
    };
    let mut done = match done {
        Ok(done) => done,
        Err(unreadable) => return rejected(format!("cannot read {unreadable}\n")),
    };
    let verdict = verdict(&done);
    let Some(mut program) = done.ir.take().filter(|_| job.load && verdict.accepted) else {
        return match job.load && verdict.accepted {
            true => rejected(format!("{}: there is nothing to run in it\n", job.file.display())),
            false => Compiled { verdict, ready: None },
        };
    };
    let written = Arc::new(program.clone());
    let headers = done.hir.as_ref().map(|hir| front::info::controller_headers(&done.session, hir));
    let headers = Headers::new(headers.unwrap_or_default());
    front::optimise(&mut program);
    let options = rt::Options { roles: true, ..rt::Options::default() };
    let made = Control::create(Arc::new(program), &options);
    match made.and_then(|(state, control)| Ok((Arc::new(state.twin(written)?), state, control))) {
        Ok((traced, state, control)) => {
            let (file, fingerprint) = (job.file.display().to_string(), fingerprint(&done));
            let sources = std::mem::take(&mut done.session.sources);
            let took = started.elapsed();
            let ready = Ready { file, state, control, traced, sources, headers, fingerprint, took };
            Compiled { verdict, ready: Some(ready) }
        }
        Err(error) => rejected(format!("{}: {error}\n", job.file.display())),
    }
}

fn verdict(done: &Compilation) -> Verdict {
    let mut messages = done.messages(STYLE);
    if messages.len() > MOST_MESSAGES {
        messages.truncate(messages.floor_char_boundary(MOST_MESSAGES));
        messages.push_str("\n...\n");
    }
    let (diags, sources) = (&done.session.diags, &done.session.sources);
    let diagnostics = diags.kept().iter().map(|one| diagnostic(sources, one)).collect();
    let (errors, warnings) = (diags.errors() as u64, diags.warnings() as u64);
    Verdict { accepted: done.accepted(), errors, warnings, messages, diagnostics }
}

fn diagnostic(sources: &SourceMap, of: &front::Diagnostic) -> Diagnostic {
    let place = sources.file(of.span.file).map(|file| {
        let (name, line) = sources.presumed(of.span);
        (name.to_owned(), line as u64, file.line_column(of.span.lo).1 as u64)
    });
    let severity = if of.severity == front::Severity::Error { "error" } else { "warning" };
    Diagnostic {
        severity: severity.to_owned(),
        file: place.as_ref().map(|(file, ..)| file.clone()),
        line: place.as_ref().map(|(_, line, _)| *line),
        column: place.map(|(.., column)| column),
        message: shortened(&of.message),
        help: of.help.as_deref().map(shortened),
    }
}

fn shortened(text: &str) -> String {
    match text.len() > MOST_MESSAGE {
        true => format!("{}...", &text[..text.floor_char_boundary(MOST_MESSAGE)]),
        false => text.to_owned(),
    }
}

fn fingerprint(done: &Compilation) -> u64 {
    let mut hasher = DefaultHasher::new();
    for file in done.session.sources.files() {
        (&file.name, &file.text).hash(&mut hasher);
    }
    hasher.finish()
}

/// A program that is to take over from another. Both are lent: a table of a million entries takes seconds.
#[derive(Debug)]
pub struct Placing {
    pub new: Loaded,
    pub old: Option<Loaded>,
    /// Keep the entries that the configuration gave the old one.
    pub keep_file: bool,
    /// Generation, and the controller's port.
    pub identity: (u32, u16),
    pub workers: usize,
}

/// What came of a [`Placing`].
#[derive(Debug)]
pub struct Placed {
    pub new: Loaded,
    pub old: Option<Loaded>,
    /// A line for each thing of the old one that has no place in the new one.
    pub lost: Vec<String>,
    /// One for each worker.
    pub programs: Result<Vec<Program>, String>,
}

fn place(placing: Placing) -> Placed {
    let Placing { mut new, old, keep_file, identity, workers } = placing;
    let made = catch_unwind(AssertUnwindSafe(|| {
        // First, so that what packets change of the old one goes over as late as can be.
        let programs = for_workers(&new.state, identity, workers).map_err(|error| error.to_string())?;
        let lost = old.as_ref().map_or_else(Vec::new, |old| new.take_over(old, keep_file));
        Ok((programs, lost))
    }));
    let failed =
        || Err("the program could not take over; this is a bug of swerve, please report it".to_owned());
    match made.unwrap_or_else(|_| failed()) {
        Ok((programs, lost)) => Placed { new, old, lost, programs: Ok(programs) },
        Err(why) => Placed { new, old, lost: vec![], programs: Err(why) },
    }
}

#[derive(Debug)]
enum Task {
    Compile(u64, Job),
    Place(Box<Placing>),
    /// Its memory is given back: of a million entries that takes a while too.
    Bury(Box<Loaded>),
}

/// A task that is done.
#[derive(Debug)]
pub enum Done {
    Compiled(u64, Box<Compiled>),
    Placed(Box<Placed>),
}

/// The thread that does what takes long, one task after the other.
#[derive(Debug)]
pub struct Compiler {
    tasks: Sender<Task>,
    done: Receiver<Done>,
    next: u64,
}

impl Compiler {
    pub fn start() -> std::io::Result<Compiler> {
        let (tasks, todo) = channel::<Task>();
        let (say, done) = channel();
        std::thread::Builder::new().name("program".to_owned()).spawn(move || {
            for task in todo {
                let done = match task {
                    Task::Compile(number, job) => Done::Compiled(number, Box::new(compile_job(&job))),
                    Task::Place(placing) => Done::Placed(Box::new(place(*placing))),
                    Task::Bury(loaded) => {
                        drop(loaded);
                        continue;
                    }
                };
                if say.send(done).is_err() {
                    return;
                }
            }
        })?;
        Ok(Compiler { tasks, done, next: 0 })
    }

    /// The number under which the job comes back; `None` when there is nobody to do it.
    pub fn submit(&mut self, job: Job) -> Option<u64> {
        self.next += 1;
        self.tasks.send(Task::Compile(self.next, job)).ok().map(|()| self.next)
    }

    /// Gives both programs back when there is nobody to do it.
    pub fn place(&self, placing: Placing) -> Result<(), Box<Placing>> {
        self.tasks.send(Task::Place(Box::new(placing))).map_err(|sent| match sent.0 {
            Task::Place(placing) => placing,
            _ => unreachable!("it is what was sent"),
        })
    }

    pub fn bury(&self, loaded: Loaded) {
        // Without the thread it is dropped here.
        let _ = self.tasks.send(Task::Bury(Box::new(loaded)));
    }

    /// A task that is done.
    pub fn take(&self) -> Option<Done> {
        self.done.try_recv().ok()
    }
}

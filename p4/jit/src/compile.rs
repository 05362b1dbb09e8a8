//! A program as machine code.

use crate::abi::Context;
use crate::apart;
use crate::code::Code;
use crate::dead;
use crate::emit::{self, Entry, HostOp, Inputs, Sites, rarely};
use crate::narrow::narrow;
use crate::plan::{BitSet, Plan};
use crate::prefetch;
use crate::widen::widen;
use cranelift_codegen::control::ControlPlane;
use cranelift_codegen::isa::OwnedTargetIsa;
use cranelift_codegen::settings::{self, Configurable};
use cranelift_codegen::{CompiledCode, Context as Compiler, ir};
use cranelift_frontend::{FunctionBuilder, FunctionBuilderContext};
use front::ir::{SlotId, TableId};
use std::collections::{BTreeMap, VecDeque};
use thiserror::Error;

/// Why no code came out; each is a defect of ours or a limit of the machine, never the user's.
#[derive(Debug, Error)]
pub enum CompileError {
    #[error("this machine: {0}")]
    Machine(String),
    #[error("{entry:?}: {message}")]
    Function { entry: Entry, message: String },
    #[error("memory for code: {0}")]
    Memory(#[from] std::io::Error),
}

/// A stage: the context, the numbers of its packets, their count.
pub type Stage = unsafe extern "C" fn(*mut Context, *const u16, usize);

#[derive(Debug)]
pub struct Compiled {
    code: Code,
    offsets: BTreeMap<Entry, (usize, usize)>,
    /// Where [`Context::rarely`] begins.
    rarely: usize,
    /// What `run_op` is asked for by number.
    pub host_ops: Vec<HostOp>,
    /// Which of these each stage asks for.
    pub calls: Vec<(Entry, Vec<usize>)>,
    /// Tables that a stage looks up by a call.
    pub lookups: Vec<(Entry, TableId)>,
    /// Operations that are a call of one function with their operands.
    pub direct: Vec<(Entry, HostOp)>,
    /// Ways to sites, each with the site's number in the plan.
    pub sites: Vec<usize>,
    /// Ways to sites at which a stage ends, by number.
    pub ends: Vec<(Entry, usize)>,
    pub listing: Vec<(Entry, String)>,
}

/// Blocks of a function beyond which registers are given out in one pass: the better way takes time in the square of them
/// (32 s for a control of 5,000 `if`s).
const LARGE: usize = 1500;

fn isa(optimise: bool, large: bool) -> Result<OwnedTargetIsa, CompileError> {
    let mut flags = settings::builder();
    let machine = |error: &dyn std::fmt::Display| CompileError::Machine(error.to_string());
    let mut set = |name, value| flags.set(name, value).map_err(|error| machine(&error));
    set("opt_level", if optimise { "speed" } else { "none" })?;
    set("regalloc_algorithm", if large { "single_pass" } else { "backtracking" })?;
    set("enable_verifier", if cfg!(debug_assertions) { "true" } else { "false" })?;
    set("enable_probestack", "false")?;
    let builder = cranelift_native::builder().map_err(|error| machine(&error))?;
    builder.finish(settings::Flags::new(flags)).map_err(|error| machine(&error))
}

/// What the device decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The most turns of loops that a packet may make in one code.
    pub max_steps: u32,
    /// `egress_spec` that means drop.
    pub drop_port: u32,
}

/// Who will run it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Packets come with what is in their frames.
    Device,
    /// Packets come from ports.
    Lane,
}

/// Compiles every entry. `layout` gives the word of a slot in the frame.
pub fn compile(
    plan: &Plan<'_>,
    layout: &dyn Fn(SlotId) -> u32,
    limits: Limits,
    purpose: Purpose,
    listing: bool,
) -> Result<Compiled, CompileError> {
    let (usual, large) = (isa(true, false)?, isa(true, true)?);
    let again = match purpose {
        Purpose::Device => BitSet::new(plan.node_count()),
        Purpose::Lane => plan.find_again(limits.drop_port),
    };
    let inputs =
        Inputs { plan, layout, max_steps: limits.max_steps, drop_port: limits.drop_port, again: &again };
    let mut host_ops = vec![];
    let mut bytes: Vec<u8> = vec![];
    let mut offsets = BTreeMap::new();
    let mut listings = vec![];
    let (mut calls, mut lookups, mut direct, mut ends) = (vec![], vec![], vec![], vec![]);
    let mut builder_context = FunctionBuilderContext::new();
    let mut sites = Sites::default();
    let mut waiting: VecDeque<Entry> = entries(plan, purpose).into();
    while let Some(entry) = waiting.pop_front() {
        let known = sites.all.len();
        let mut compiler = Compiler::new();
        compiler.func = ir::Function::with_name_signature(ir::UserFuncName::default(), emit::signature());
        let mut builder = FunctionBuilder::new(&mut compiler.func, &mut builder_context);
        let first_call = host_ops.len();
        let made = emit::function(&mut builder, &inputs, entry, &mut host_ops, &mut sites);
        waiting.extend((known..sites.all.len()).map(|site| Entry::Site(site as u16)));
        calls.push((entry, (first_call..host_ops.len()).collect()));
        direct.extend(made.direct.into_iter().map(|op| (entry, op)));
        lookups.extend(made.lookups.into_iter().map(|table| (entry, table)));
        ends.extend(made.ends.into_iter().map(|site| (entry, site)));
        let is_large = builder.func.layout.blocks().count() > LARGE;
        let isa = if is_large { &large } else { &usual };
        builder.finalize(isa.frontend_config());
        if let Some(again) = made.again {
            waiting.push_back(Entry::Again);
            apart::split(&mut compiler.func, again);
        }
        narrow(&mut compiler.func);
        dead::remove(&mut compiler.func);
        widen(&mut compiler.func);
        compiler.set_disasm(listing);
        let refuse = |message: String| CompileError::Function { entry, message };
        let code = assemble(&mut compiler, isa).map_err(refuse)?;
        let mut machine = code.code_buffer().to_vec();
        let patched = prefetch::patch(&mut machine, code.buffer.traps())
            .map_err(|at| refuse(format!("no load to make a prefetch of at byte {at}")))?;
        if patched != made.prefetches {
            return Err(refuse(format!("{} prefetches were emitted, {patched} found", made.prefetches)));
        }
        // Functions and their constants keep the alignment that they were compiled for.
        bytes.resize(bytes.len().next_multiple_of(64), 0xcc);
        offsets.insert(entry, (bytes.len(), machine.len()));
        bytes.extend_from_slice(&machine);
        if listing {
            listings.push((entry, code.vcode.clone().unwrap_or_default()));
        }
    }
    bytes.resize(bytes.len().next_multiple_of(64), 0xcc);
    let rarely = bytes.len();
    bytes.extend(compile_rarely(&usual, &mut builder_context)?);
    Ok(Compiled {
        code: Code::new(&bytes)?,
        rarely,
        sites: sites.all.iter().map(|way| way.site).collect(),
        offsets,
        host_ops,
        calls,
        lookups,
        direct,
        ends,
        listing: listings,
    })
}

/// The code of [`Context::rarely`].
fn compile_rarely(
    isa: &OwnedTargetIsa,
    builder_context: &mut FunctionBuilderContext,
) -> Result<Vec<u8>, CompileError> {
    let mut compiler = Compiler::new();
    compiler.func = ir::Function::with_name_signature(ir::UserFuncName::default(), rarely::signature());
    let mut builder = FunctionBuilder::new(&mut compiler.func, builder_context);
    rarely::function(&mut builder);
    builder.finalize(isa.frontend_config());
    let code = assemble(&mut compiler, isa).map_err(CompileError::Machine)?;
    Ok(code.code_buffer().to_vec())
}

/// Machine code that can be put anywhere.
fn assemble<'c>(compiler: &'c mut Compiler, isa: &OwnedTargetIsa) -> Result<&'c CompiledCode, String> {
    let code = compiler
        .compile(&**isa, &mut ControlPlane::default())
        .map_err(|error| format!("{:?}", error.inner))?;
    match code.buffer.relocs().is_empty() {
        true => Ok(code),
        false => Err("the code is not self-contained".into()),
    }
}

/// Entries for packets that come back are needed only where packets can leave.
fn entries(plan: &Plan<'_>, purpose: Purpose) -> Vec<Entry> {
    let mut entries = match purpose {
        Purpose::Device => vec![Entry::Parser],
        Purpose::Lane if plan.goes_round => vec![Entry::Port, Entry::Parser],
        Purpose::Lane => vec![Entry::Port],
    };
    if plan.leaves_ingress || plan.leaves_egress {
        entries.push(Entry::Egress);
    }
    if plan.leaves_egress {
        entries.push(Entry::Compute);
    }
    if plan.reparses {
        entries.push(Entry::Reparse);
    }
    entries
}

impl Compiled {
    /// What [`Context::rarely`] is.
    pub fn rarely(&self) -> *const u8 {
        self.code.at(self.rarely)
    }

    /// Bytes of machine code of one stage.
    pub fn size_of(&self, entry: Entry) -> usize {
        self.offsets.get(&entry).map_or(0, |(_, length)| *length)
    }

    pub fn stage(&self, entry: Entry) -> Option<Stage> {
        let (offset, _) = self.offsets.get(&entry)?;
        // SAFETY: at this offset begins a function that was compiled with exactly this signature (`emit::signature`, the
        // System V calling convention, which is `extern "C"` on the only machines that `isa` accepts).
        Some(unsafe { std::mem::transmute::<*const u8, Stage>(self.code.at(*offset)) })
    }
}

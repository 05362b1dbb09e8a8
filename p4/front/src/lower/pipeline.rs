//! The package `V1Switch`: what its six parts share, and their codes.

use super::objects::{Body, Declared, Object, ObjectId};
use super::place::{Place, Storage};
use super::types::{Scalar, substitute};
use super::value::Value;
use super::{Binding, Frame, Lowerer, Phase, Res, Scope, What};
use crate::diag::Diagnostic;
use crate::hir::{self, Param, Ty};
use crate::ir::{Code, ENUM_WIDTH, Op, Operand, Rvalue, SlotId, SlotKind, Standard, Terminator};
use crate::source::Span;
use std::rc::Rc;

impl<'a> Lowerer<'a> {
    pub(super) fn pipeline(&mut self) -> Res<()> {
        let Some(main) = self.hir.main else {
            return self.fail(Span::default(), "the program has no instance named main");
        };
        let span = self.hir.instances.get(main.index()).map_or(Span::default(), |instance| instance.span);
        self.code.span = span;
        let package = self.instance(main, span)?;
        let parts = self.parts(package, span)?;
        self.global_externs()?;
        let bodies: Vec<Body> = parts.iter().filter_map(|part| self.body(*part).cloned()).collect();
        let [parser, verify, ingress, egress, compute, deparser] = bodies.as_slice() else {
            return self.fail(span, "the arguments of V1Switch are one parser and five controls");
        };
        let [headers, metadata, standard] = self.shared(parser, ingress, span)?;
        let (h, m, s) = (place(&headers), place(&metadata), place(&standard));
        let packet_in = Binding::Value(Value::Object(self.add_object(Object::PacketIn)));
        let packet_out = Binding::Value(Value::Object(self.add_object(Object::PacketOut)));
        let all = [h.clone(), m.clone(), s.clone()];
        self.out.parser =
            self.top(parser, parts[0], Phase::Parser, [&[packet_in], all.as_slice()].concat())?;
        self.out.verify = self.top(verify, parts[1], Phase::Control, vec![h.clone(), m.clone()])?;
        self.out.ingress = self.top(ingress, parts[2], Phase::Control, all.to_vec())?;
        let egress = self.top(egress, parts[3], Phase::Control, all.to_vec())?;
        self.out.egress = self.with_port_kept(egress);
        self.out.compute = self.top(compute, parts[4], Phase::Control, vec![h.clone(), m])?;
        self.out.deparser = self.top(deparser, parts[5], Phase::Deparser, vec![packet_out, h])?;
        Ok(())
    }

    /// What [`super::objects`] is about.
    pub(super) fn all_objects(&mut self) -> Res<()> {
        if let Some(main) = self.hir.main {
            let span = self.hir.instances.get(main.index()).map_or(Span::default(), |instance| instance.span);
            self.code.span = span;
            self.instance(main, span)?;
        }
        self.global_externs()
    }

    /// Whether `main` is v1model's package, so that its externs are those of v1model.
    pub(super) fn is_v1model(&self) -> bool {
        if self.what == (What::Names { v1model: false }) {
            return false;
        }
        let Some(main) = self.hir.main.and_then(|main| self.hir.instances.get(main.index())) else {
            return false;
        };
        let Ty::Apply(package, _) = &main.ty else { return false };
        self.session.text(self.hir.apply_types[package.index()].name) == "V1Switch"
    }

    fn parts(&mut self, package: ObjectId, span: Span) -> Res<[ObjectId; 6]> {
        let (name, args) = match self.object(package) {
            Object::Package { name, args } => (name.clone(), args.clone()),
            _ => (String::new(), vec![]),
        };
        let ids: Vec<ObjectId> = args
            .iter()
            .filter_map(|arg| match arg {
                Value::Object(id) => Some(*id),
                _ => None,
            })
            .collect();
        let is_parser = |at: usize| {
            ids.get(at).and_then(|id| self.body(*id)).map(|body| matches!(body.declared, Declared::Parser(_)))
        };
        let shaped = is_parser(0) == Some(true) && (1..6).all(|at| is_parser(at) == Some(false));
        match <[ObjectId; 6]>::try_from(ids) {
            Ok(parts) if name == "V1Switch" && shaped => Ok(parts),
            _ => {
                let message = if name == "V1Switch" {
                    "main does not have the shape of v1model's V1Switch".to_owned()
                } else {
                    format!("main is a {name}; swerve runs the V1Switch of v1model.p4")
                };
                self.fail_with(Diagnostic::error(span, message).help(
                    "V1Switch(parser, verify checksum, ingress, egress, compute checksum, deparser) main;",
                ))
            }
        }
    }

    /// Extern objects at the top level exist whether or not they are used.
    fn global_externs(&mut self) -> Res<()> {
        for id in &self.hir.globals {
            let Some(instance) = self.hir.instances.get(id.index()) else { continue };
            if matches!(instance.ty, Ty::Extern(..)) {
                self.instance(*id, instance.span)?;
            }
        }
        Ok(())
    }

    /// H, M and the standard metadata. They are one set of slots: each part runs alone, so that copying in and out
    /// could not be told from this.
    fn shared(&mut self, parser: &Body, ingress: &Body, span: Span) -> Res<[(Place, Ty); 3]> {
        let (parser_params, _) = self.signature(parser.declared);
        let (ingress_params, _) = self.signature(ingress.declared);
        let [_, h, m, _] = parser_params else {
            return self.fail(span, "the parser of V1Switch has four parameters");
        };
        let [_, _, s] = ingress_params else {
            return self.fail(span, "the ingress control of V1Switch has three parameters");
        };
        let headers = self.shared_place(h, parser, Storage::Headers, None)?;
        let metadata = self.shared_place(m, parser, Storage::Metadata, None)?;
        let standard = self.shared_place(s, ingress, Storage::Standard, Some("standard_metadata"))?;
        self.metadata = Some(metadata.clone());
        self.out.standard = self.standard(&standard.0, &standard.1, s.span)?;
        Ok([headers, metadata, standard])
    }

    fn shared_place(
        &mut self,
        param: &Param,
        of: &Body,
        storage: Storage,
        name: Option<&str>,
    ) -> Res<(Place, Ty)> {
        let name = name.map_or_else(|| self.text(param.name), str::to_owned);
        let ty = substitute(&param.ty, &of.types);
        let place = self.allocate(&ty, &name, storage, param.span)?;
        Ok((place, ty))
    }

    fn signature(&self, declared: Declared) -> (&'a [Param], &'a [hir::Local]) {
        match declared {
            Declared::Parser(id) => {
                let parser = &self.hir.parsers[id.index()];
                (&parser.params, &parser.locals)
            }
            Declared::Control(id) => {
                let control = &self.hir.controls[id.index()];
                (&control.params, &control.locals)
            }
        }
    }

    /// The fields by their names. A program that brings a v1model of its own, an older one, may have fewer: nobody sees what is
    /// in the others.
    fn standard(&mut self, place: &Place, ty: &Ty, span: Span) -> Res<Standard> {
        let names = self.member_names(ty);
        let mut field = |name: &str, hidden: Option<u32>| -> Res<SlotId> {
            let at = names.iter().position(|member| member == name);
            match (place, at, hidden) {
                (Place::Struct(members), Some(at), _) => match members.get(at) {
                    Some(Place::Scalar(slot)) => Ok(*slot),
                    _ => self.fail(span, format!("{name} of the standard metadata is not a number")),
                },
                (_, None, Some(width)) => {
                    let scalar = Scalar { width, signed: false };
                    Ok(self.slot(&format!("standard_metadata.{name}"), scalar, SlotKind::Standard))
                }
                _ => {
                    self.fail(span, format!("the standard metadata has no field {name}; include v1model.p4"))
                }
            }
        };
        Ok(Standard {
            ingress_port: field("ingress_port", None)?,
            egress_spec: field("egress_spec", None)?,
            egress_port: field("egress_port", Some(9))?,
            instance_type: field("instance_type", Some(32))?,
            packet_length: field("packet_length", Some(32))?,
            enq_timestamp: field("enq_timestamp", Some(32))?,
            enq_qdepth: field("enq_qdepth", Some(19))?,
            deq_timedelta: field("deq_timedelta", Some(32))?,
            deq_qdepth: field("deq_qdepth", Some(19))?,
            ingress_global_timestamp: field("ingress_global_timestamp", Some(48))?,
            egress_global_timestamp: field("egress_global_timestamp", Some(48))?,
            mcast_grp: field("mcast_grp", Some(16))?,
            egress_rid: field("egress_rid", Some(16))?,
            checksum_error: field("checksum_error", Some(1))?,
            parser_error: field("parser_error", Some(ENUM_WIDTH))?,
            priority: field("priority", Some(3))?,
        })
    }

    /// A packet leaves by the port that its egress began with: `egress_port` tells of it, and does not choose it.
    fn with_port_kept(&mut self, mut code: Code) -> Code {
        let port = self.out.standard.egress_port;
        let writes = |op: &Op| matches!(op, Op::Set { dst, .. } if *dst == port);
        if !code.blocks.iter().flat_map(|block| &block.ops).any(writes) {
            return code;
        }
        let width = self.out.slot(port).width;
        let kept = self.slot("$port$", Scalar { width, signed: false }, SlotKind::Local);
        let set = |dst, from| Op::Set { dst, value: Rvalue::Use(Operand::Slot(from)) };
        for block in code.blocks.iter_mut().filter(|block| matches!(block.terminator, Terminator::End)) {
            block.ops.push(set(port, kept));
            block.spans.push(block.terminator_span);
        }
        if let Some(entry) = code.blocks.first_mut() {
            entry.ops.insert(0, set(kept, port));
            entry.spans.insert(0, entry.terminator_span);
        }
        code
    }

    /// One of the six codes.
    fn top(&mut self, body: &Body, object: ObjectId, phase: Phase, params: Vec<Binding>) -> Res<Code> {
        self.phase = phase;
        self.begin_code();
        let (declared, decls) = self.signature(body.declared);
        let mut names = body.names.clone();
        let locals = declared.iter().filter_map(|param| param.local);
        names.extend(locals.zip(params));
        let scope = Scope {
            names,
            decls,
            types: Rc::clone(&body.types),
            object: Some(object),
            prefix: body.path.clone(),
        };
        self.scopes.push(scope);
        let done = self.new_block();
        self.frames.push(Frame { done, exit: None, result: None, loops: vec![], in_atomic: false });
        let result = match body.declared {
            Declared::Parser(id) => self.parser_body(id),
            Declared::Control(id) => self.control_body(id),
        };
        let exit = self.frames.pop().and_then(|frame| frame.exit);
        self.scopes.pop();
        self.goto(done);
        self.switch_to(done);
        self.terminate(Terminator::End);
        if let Some(exit) = exit {
            self.switch_to(exit);
            self.terminate(Terminator::End);
        }
        self.phase = Phase::Static;
        let code = self.end_code(body.path.clone());
        if self.stopped {
            return Err(super::Failed);
        }
        result.map(|()| code)
    }
}

fn place(of: &(Place, Ty)) -> Binding {
    Binding::Place(of.0.clone())
}

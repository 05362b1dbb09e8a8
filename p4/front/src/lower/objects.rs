//! Instances: parsers, controls and extern objects, made once each with their constructor arguments (P4-16 section 19).

use super::names::qualified;
use super::value::Value;
use super::{Binding, Lowerer, Phase, Res, Scope, TypeMap, What};
use crate::diag::Diagnostic;
use crate::hir::{
    self, Arg, ControlId, ExternId, FunctionId, InstanceId, ParserId, Ty, TypeArgs, ValueSetId,
};
use crate::ir;
use crate::source::Span;
use num_traits::ToPrimitive;
use std::collections::HashMap;
use std::rc::Rc;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct ObjectId(u32);

#[derive(Debug, Clone)]
pub(super) enum Object {
    Body(Box<Body>),
    Package {
        name: String,
        args: Vec<Value>,
    },
    Counter(ir::CounterId),
    DirectCounter(ir::DirectCounterId),
    Meter(ir::MeterId),
    DirectMeter(ir::DirectMeterId),
    /// With the type of its cells.
    Register(ir::RegisterId, Ty),
    Profile(ir::ProfileId),
    /// Of swerve.p4: the switch's own groups.
    ProtectionGroup(ir::ProtectionId),
    Checksum16,
    PacketIn,
    PacketOut,
    /// Of an extern that v1model does not have.
    Foreign(Foreign),
}

#[derive(Debug, Clone)]
pub(super) struct Foreign {
    pub(super) name: String,
    /// Of its abstract methods, by index of the extern's methods.
    pub(super) bodies: Vec<(usize, FunctionId)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Declared {
    Parser(ParserId),
    Control(ControlId),
}

/// An instance of a parser or control.
#[derive(Debug, Clone)]
pub(super) struct Body {
    pub declared: Declared,
    /// What its type parameters stand for.
    pub types: Rc<TypeMap>,
    /// As controllers see it.
    pub path: String,
    /// Constructor arguments.
    pub names: HashMap<hir::LocalId, Binding>,
    pub instances: HashMap<InstanceId, ObjectId>,
    pub tables: HashMap<hir::TableId, ir::TableId>,
    pub value_sets: HashMap<ValueSetId, ir::ValueSetId>,
}

/// Cells of a counter, meter or register: what an index of 32 bits reaches. They take memory when they are first written.
const MOST_CELLS: u64 = 1 << 32;

/// Parsers, controls and objects of one program: a few lines can double them again and again.
const MOST_INSTANCES: usize = 1 << 17;

/// The parser or control for which an instance is constructed as an argument.
fn receiver_of<'a>(hir: &'a hir::Program, made: &hir::Instance) -> Option<&'a hir::Instance> {
    let is_made = |arg: &Arg| match arg {
        Arg::Value(hir::Expr { kind: hir::ExprKind::Instance(id), .. }) => {
            hir.instances.get(id.index()).is_some_and(|other| std::ptr::eq(other, made))
        }
        _ => false,
    };
    // What has annotations is a declaration of its own.
    if !made.annotations.is_empty() {
        return None;
    }
    hir.instances.iter().find(|receiver| {
        matches!(receiver.ty, hir::Ty::Parser(_) | hir::Ty::Control(_)) && receiver.args.iter().any(is_made)
    })
}

/// The table whose property an instance is constructed for.
fn table_of<'a>(hir: &'a hir::Program, made: &hir::Instance) -> Option<&'a hir::Table> {
    let is_made = |property: &hir::TableProperty| match property.value.kind {
        hir::ExprKind::Instance(id) => hir.instances.get(id.index()).is_some_and(|it| std::ptr::eq(it, made)),
        _ => false,
    };
    hir.tables.iter().filter(|_| made.anonymous).find(|table| table.properties.iter().any(is_made))
}

impl<'a> Lowerer<'a> {
    pub(super) fn add_object(&mut self, object: Object) -> ObjectId {
        self.objects.push(object);
        ObjectId(self.objects.len() as u32 - 1)
    }

    pub(super) fn object(&self, id: ObjectId) -> &Object {
        &self.objects[id.0 as usize]
    }

    pub(super) fn body(&self, id: ObjectId) -> Option<&Body> {
        match self.object(id) {
            Object::Body(body) => Some(body),
            _ => None,
        }
    }

    pub(super) fn body_mut(&mut self, id: ObjectId) -> Option<&mut Body> {
        match &mut self.objects[id.0 as usize] {
            Object::Body(body) => Some(body),
            _ => None,
        }
    }

    /// The parser or control whose body is being lowered.
    pub(super) fn owner(&self) -> Option<ObjectId> {
        self.scopes.last()?.object
    }

    /// The instance that a name stands for here, made when it is first needed.
    pub(super) fn instance(&mut self, id: InstanceId, span: Span) -> Res<ObjectId> {
        let owner = if self.hir.globals.contains(&id) { None } else { self.owner() };
        let known = match owner {
            Some(owner) => self.body(owner).and_then(|body| body.instances.get(&id)),
            None => self.global_objects.get(&id),
        };
        if let Some(known) = known {
            return Ok(*known);
        }
        let Some(instance) = self.hir.instances.get(id.index()) else {
            return self.fail(span, "an instance that is not declared");
        };
        let object = self.statically(|this| this.instantiate(instance, owner))?;
        match owner.and_then(|owner| self.body_mut(owner)) {
            Some(body) => body.instances.insert(id, object),
            None => self.global_objects.insert(id, object),
        };
        Ok(object)
    }

    /// Nothing is executed meanwhile.
    fn statically<T>(&mut self, run: impl FnOnce(&mut Self) -> Res<T>) -> Res<T> {
        let phase = std::mem::replace(&mut self.phase, Phase::Static);
        let paused = self.pause();
        let result = run(self);
        self.resume(paused);
        self.phase = phase;
        result
    }

    fn instantiate(&mut self, instance: &'a hir::Instance, owner: Option<ObjectId>) -> Res<ObjectId> {
        let span = instance.span;
        if self.objects.len() >= MOST_INSTANCES {
            let message = format!("the program has more than {MOST_INSTANCES} instances");
            return self.stop_with(Diagnostic::error(span, message));
        }
        let is_package = matches!(instance.ty, Ty::Apply(..));
        if is_package {
            self.packages.push(self.text(instance.name));
        }
        let args = self.constructor_args(instance);
        if is_package {
            self.packages.pop();
        }
        let args = args?;
        let parent = owner.and_then(|owner| self.body(owner)).map_or(String::new(), |body| body.path.clone());
        let ty = self.ty(&instance.ty);
        let (name, annotations) = (self.text(instance.name), &instance.annotations);
        match &ty {
            Ty::Parser(id) => {
                let declared = Declared::Parser(*id);
                self.nested(span, |this| this.instantiate_body(declared, instance, &parent, args))
            }
            Ty::Control(id) => {
                let declared = Declared::Control(*id);
                self.nested(span, |this| this.instantiate_body(declared, instance, &parent, args))
            }
            Ty::Extern(id, type_args) => {
                // An anonymous object has the name of its type in its parent.
                let name = if instance.anonymous { self.type_name(&ty) } else { name };
                let mut path = qualified(&parent, &name, annotations);
                // 18.3 leaves open whose namespace an argument's name is in: below the receiver, two can be told apart.
                let taken = self.control_names.keys().any(|(_, claimed)| *claimed == path);
                let receiver = receiver_of(self.hir, instance).map(|of| (of.name, &of.annotations));
                // Likewise those that several tables have as their properties.
                let receiver =
                    receiver.or_else(|| table_of(self.hir, instance).map(|of| (of.name, &of.annotations)));
                if let Some((receiver, its_annotations)) = receiver.filter(|_| taken) {
                    let receiver = qualified(&parent, &self.text(receiver), its_annotations);
                    path = qualified(&receiver, &name, annotations);
                }
                self.extern_object(*id, type_args, instance, path, args)
            }
            Ty::Apply(id, _) => {
                let name =
                    self.hir.apply_types.get(id.index()).map_or(String::new(), |apply| self.text(apply.name));
                let args = args.into_iter().map(|(value, _)| value).collect();
                Ok(self.add_object(Object::Package { name, args }))
            }
            other => {
                let message = format!("{} cannot be instantiated", self.type_name(other));
                self.fail(span, message)
            }
        }
    }

    fn constructor_args(&mut self, instance: &'a hir::Instance) -> Res<Vec<(Value, Ty)>> {
        let mut args = vec![];
        for arg in &instance.args {
            let (value, ty) = match arg {
                Arg::Value(expr) | Arg::LValue(expr) => (self.expr(expr)?, self.ty(&expr.ty)),
                Arg::Ignored => (Value::Void, Ty::Void),
            };
            self.must_be_known(&value, instance.span)?;
            args.push((value, ty));
        }
        Ok(args)
    }

    pub(super) fn must_be_known(&mut self, value: &Value, span: Span) -> Res<()> {
        let mut operands = vec![];
        value.operands(&mut operands);
        match operands.iter().all(|operand| self.known(*operand).is_some()) {
            true => Ok(()),
            false => self.fail(span, "this must be known at compile time"),
        }
    }

    fn instantiate_body(
        &mut self,
        declared: Declared,
        instance: &'a hir::Instance,
        parent: &str,
        args: Vec<(Value, Ty)>,
    ) -> Res<ObjectId> {
        let (name, annotations, constructor, decls, instances, type_params) = match declared {
            Declared::Parser(id) => {
                let Some(parser) = self.hir.parsers.get(id.index()) else {
                    return self.fail(instance.span, "a parser that is not declared");
                };
                (
                    parser.name,
                    &parser.annotations,
                    &parser.constructor,
                    &parser.locals,
                    &parser.instances,
                    &parser.type_params,
                )
            }
            Declared::Control(id) => {
                let Some(control) = self.hir.controls.get(id.index()) else {
                    return self.fail(instance.span, "a control that is not declared");
                };
                (
                    control.name,
                    &control.annotations,
                    &control.constructor,
                    &control.locals,
                    &control.instances,
                    &control.type_params,
                )
            }
        };
        // Controllers see a control of the package by its type's name, and one that is applied directly, too.
        let type_name = self.text(name);
        let path = if parent.is_empty() || instance.anonymous {
            let path = qualified(parent, &type_name, annotations);
            match parent.is_empty() {
                true => self.free_path(path, &self.text(instance.name), &type_name, annotations),
                false => path,
            }
        } else {
            qualified(parent, &self.text(instance.name), &instance.annotations)
        };
        let bound = constructor
            .iter()
            .zip(args)
            .filter_map(|(param, (value, _))| param.local.map(|local| (local, Binding::Value(value))));
        let names: HashMap<hir::LocalId, Binding> = bound.collect();
        let type_args: Vec<Ty> = instance.type_args.iter().map(|ty| self.ty(ty)).collect();
        let types: Rc<TypeMap> = Rc::new(type_params.iter().copied().zip(type_args).collect());
        let body = Body {
            declared,
            types: Rc::clone(&types),
            path: path.clone(),
            names: names.clone(),
            instances: HashMap::new(),
            tables: HashMap::new(),
            value_sets: HashMap::new(),
        };
        let object = self.add_object(Object::Body(Box::new(body)));
        self.scopes.push(Scope { names, decls, types, object: Some(object), prefix: path });
        let done = self.body_parts(declared, instances, object);
        self.scopes.pop();
        done.map(|()| object)
    }

    fn body_parts(&mut self, declared: Declared, instances: &[InstanceId], object: ObjectId) -> Res<()> {
        for id in instances {
            self.instance(*id, self.code.span)?;
        }
        match declared {
            Declared::Parser(id) => {
                let path = self.body(object).map_or(String::new(), |body| body.path.clone());
                for id in &self.hir.parsers[id.index()].value_sets {
                    let set = self.value_set(*id, &path)?;
                    if let Some(body) = self.body_mut(object) {
                        body.value_sets.insert(*id, set);
                    }
                }
            }
            Declared::Control(id) => {
                for id in &self.hir.controls[id.index()].tables {
                    let table = self.declare_table(*id)?;
                    if let Some(body) = self.body_mut(object) {
                        body.tables.insert(*id, table);
                    }
                }
            }
        }
        Ok(())
    }

    /// The member's name of a constant of an enum.
    pub(super) fn enum_name(&mut self, value: &Value, ty: &Ty, span: Span) -> Res<String> {
        let member = match (value, ty) {
            (Value::Scalar(operand), Ty::Enum(id)) => {
                let at = self.known(*operand).and_then(|bits| bits.value.to_usize());
                at.zip(self.hir.enums.get(id.index())).and_then(|(at, declared)| declared.members.get(at))
            }
            _ => None,
        };
        match member {
            Some(member) => Ok(self.text(member.name)),
            None => self.limit(span, "this must be a member of an enum, known at compile time"),
        }
    }

    fn cells(&mut self, value: Option<&(Value, Ty)>, span: Span) -> Res<u64> {
        let size = match value {
            Some((Value::Scalar(operand), _)) => self.known(*operand).and_then(|bits| bits.value.to_u64()),
            Some((Value::Int(number), _)) => number.to_u64(),
            _ => None,
        };
        match size {
            Some(size) if size <= MOST_CELLS => Ok(size),
            Some(size) => self.fail(span, format!("{size} elements are too many; the limit is {MOST_CELLS}")),
            None => self.fail(span, "the size must be a number that is known at compile time"),
        }
    }

    fn extern_object(
        &mut self,
        id: ExternId,
        type_args: &TypeArgs,
        instance: &hir::Instance,
        name: String,
        args: Vec<(Value, Ty)>,
    ) -> Res<ObjectId> {
        let span = instance.span;
        let annotations = instance.annotations.clone();
        let Some(declared) = self.hir.externs.get(id.index()) else {
            return self.fail(span, "an extern that is not declared");
        };
        let extern_name = self.text(declared.name);
        if self.what != What::Code && !self.is_v1model() {
            return self.foreign(instance, extern_name, name);
        }
        let object = match extern_name.as_str() {
            "counter" => {
                let name = self.claim("counter", name, &annotations, span)?;
                let kind = self.counter_kind(args.get(1), span)?;
                let index = self.index_type(type_args.first(), span)?;
                let size = self.cells(args.first(), span)?;
                self.out.counters.push(ir::Counter { name, annotations, kind, size, index });
                Object::Counter(ir::CounterId(self.out.counters.len() as u32 - 1))
            }
            "direct_counter" => {
                let name = self.claim("direct counter", name, &annotations, span)?;
                let kind = self.counter_kind(args.first(), span)?;
                self.out.direct_counters.push(ir::DirectCounter { name, annotations, kind, table: None });
                Object::DirectCounter(ir::DirectCounterId(self.out.direct_counters.len() as u32 - 1))
            }
            "meter" => {
                let name = self.claim("meter", name, &annotations, span)?;
                let bytes = self.meter_of_bytes(args.get(1), span)?;
                let index = self.index_type(type_args.first(), span)?;
                let size = self.cells(args.first(), span)?;
                self.out.meters.push(ir::Meter { name, annotations, bytes, size, index });
                Object::Meter(ir::MeterId(self.out.meters.len() as u32 - 1))
            }
            "direct_meter" => {
                let name = self.claim("direct meter", name, &annotations, span)?;
                let bytes = self.meter_of_bytes(args.first(), span)?;
                self.out.direct_meters.push(ir::DirectMeter { name, annotations, bytes, table: None });
                Object::DirectMeter(ir::DirectMeterId(self.out.direct_meters.len() as u32 - 1))
            }
            "register" => {
                let name = self.claim("register", name, &annotations, span)?;
                self.register(name, annotations, type_args, args.first(), span)?
            }
            "action_profile" | "action_selector" => {
                let name = self.claim("action profile", name, &annotations, span)?;
                self.profile(&extern_name, name, annotations, &args, span)?
            }
            "protection_group" => {
                let name = self.claim("protection group", name, &annotations, span)?;
                let size = self.cells(args.first(), span)?;
                self.out.protection_groups.push(ir::ProtectionGroup { name, size });
                Object::ProtectionGroup(ir::ProtectionId(self.out.protection_groups.len() as u32 - 1))
            }
            "Checksum16" => Object::Checksum16,
            _ => return self.foreign(instance, extern_name, name),
        };
        Ok(self.add_object(object))
    }

    /// An object of another architecture, or of the program's own.
    fn foreign(&mut self, instance: &hir::Instance, external: String, name: String) -> Res<ObjectId> {
        if !instance.anonymous {
            self.claim(&format!("{external} instance"), name, &instance.annotations, instance.span)?;
        }
        let bodies = instance.methods.clone();
        Ok(self.add_object(Object::Foreign(Foreign { name: external, bodies })))
    }

    fn counter_kind(&mut self, arg: Option<&(Value, Ty)>, span: Span) -> Res<ir::CounterKind> {
        let (value, ty) = arg.cloned().unwrap_or((Value::Void, Ty::Void));
        match self.enum_name(&value, &ty, span)?.as_str() {
            "packets" => Ok(ir::CounterKind::Packets),
            "bytes" => Ok(ir::CounterKind::Bytes),
            _ => Ok(ir::CounterKind::Both),
        }
    }

    fn meter_of_bytes(&mut self, arg: Option<&(Value, Ty)>, span: Span) -> Res<bool> {
        let (value, ty) = arg.cloned().unwrap_or((Value::Void, Ty::Void));
        Ok(self.enum_name(&value, &ty, span)? == "bytes")
    }

    fn index_type(&mut self, ty: Option<&Ty>, span: Span) -> Res<Option<ir::ScalarType>> {
        match ty {
            Some(ty) => self.describe(ty, span).map(Some),
            None => Ok(None),
        }
    }

    fn register(
        &mut self,
        name: String,
        annotations: Vec<hir::Annotation>,
        type_args: &TypeArgs,
        size: Option<&(Value, Ty)>,
        span: Span,
    ) -> Res<Object> {
        let Some(ty) = type_args.first().cloned() else {
            return self.fail(span, "a register needs the type of its cells: register<bit<32>>(...)");
        };
        let width = self.fixed_width(&ty, span)?;
        let mut fields = vec![];
        for leaf in self.leaves(&ty, span)? {
            fields.push((leaf.name, self.describe(&leaf.ty, span)?));
        }
        let composite = match &ty {
            Ty::Composite(_, args) if args.is_empty() => Some(self.type_name(&ty)),
            _ => None,
        };
        let index = self.index_type(type_args.get(1), span)?;
        let size = self.cells(size, span)?;
        self.out.registers.push(ir::Register { name, annotations, size, width, fields, composite, index });
        Ok(Object::Register(ir::RegisterId(self.out.registers.len() as u32 - 1), ty))
    }

    fn profile(
        &mut self,
        extern_name: &str,
        name: String,
        annotations: Vec<hir::Annotation>,
        args: &[(Value, Ty)],
        span: Span,
    ) -> Res<Object> {
        let (size, selector) = if extern_name == "action_selector" {
            let (value, ty) = args.first().cloned().unwrap_or((Value::Void, Ty::Void));
            let algorithm = self.with_crcs(&annotations, |this| this.hash_algorithm(&value, &ty, span))?;
            let width = self.cells(args.get(2), span)?.min(64) as u32;
            (self.cells(args.get(1), span)?, Some(ir::Selector { algorithm, width }))
        } else {
            (self.cells(args.first(), span)?, None)
        };
        self.out.profiles.push(ir::Profile { name, annotations, size, selector, tables: vec![] });
        Ok(Object::Profile(ir::ProfileId(self.out.profiles.len() as u32 - 1)))
    }
}

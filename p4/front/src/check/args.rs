//! Arguments against parameters. P4-16 sections 6.8 and 8.20.

use super::Checker;
use super::infer::Inference;
use super::rules::CallKind;
use super::show::{count, direction_text};
use crate::ast::{self, Direction};
use crate::diag::Diagnostic;
use crate::hir::*;
use crate::intern::Name;
use crate::source::Span;

/// What is called, with the parameters of the call.
pub(super) struct Signature {
    pub callee: CallKind,
    pub name: Name,
    pub declared: Span,
    pub type_params: Vec<TypeVarId>,
    pub params: Vec<Param>,
}

/// The arguments of a call, one for each parameter.
pub(super) struct Checked {
    pub args: Vec<Arg>,
    pub written: Vec<usize>,
    pub inference: Inference,
    pub type_args: Vec<Ty>,
}

impl Checker<'_> {
    /// Which argument each parameter gets; None where the arguments do not fit.
    fn place_args(
        &mut self,
        signature: &Signature,
        args: &[ast::Arg],
        span: Span,
    ) -> Option<Vec<Option<usize>>> {
        let named = args.iter().filter(|arg| arg.name.is_some()).count();
        if named != 0 && named != args.len() {
            self.error(span, "either all arguments are named or none is");
            return None;
        }
        let (optional, default) = (|param: &Param| param.optional, |param: &Param| param.default.is_some());
        let both = signature.params.iter().any(optional) && signature.params.iter().any(default);
        if both && named != args.len() {
            let message = format!(
                "`{}` has optional parameters and such with a default value: name its arguments",
                self.text(signature.name)
            );
            self.report(Diagnostic::error(span, message).related(signature.declared, "declared here"));
            return None;
        }
        let mut placed = vec![None; signature.params.len()];
        for (at, arg) in args.iter().enumerate() {
            let param = match arg.name {
                Some(name) => signature.params.iter().position(|param| param.name == name.name),
                None => Some(at).filter(|at| *at < signature.params.len()),
            };
            match (param, arg.name) {
                (Some(param), Some(name)) if placed[param].is_some() => {
                    let message = format!("argument `{}` is given twice", self.text(name.name));
                    self.error(name.span, message);
                    return None;
                }
                (Some(param), _) => placed[param] = Some(at),
                (None, Some(name)) => {
                    let message = format!(
                        "`{}` has no parameter `{}`",
                        self.text(signature.name),
                        self.text(name.name)
                    );
                    self.report(
                        Diagnostic::error(name.span, message).related(signature.declared, "declared here"),
                    );
                    return None;
                }
                (None, None) => {
                    self.wrong_number(signature, args.len(), span);
                    return None;
                }
            }
        }
        let missing = signature
            .params
            .iter()
            .zip(&placed)
            .find(|(param, arg)| arg.is_none() && !param.optional && param.default.is_none());
        if let Some((param, _)) = missing {
            self.missing(signature, param.name, args.len(), span);
            return None;
        }
        Some(placed)
    }

    fn wrong_number(&mut self, signature: &Signature, given: usize, span: Span) {
        let message = format!(
            "`{}` takes {}, {} given",
            self.text(signature.name),
            count(signature.params.len(), "argument"),
            if given == 1 { "1 is".to_owned() } else { format!("{given} are") }
        );
        self.report(Diagnostic::error(span, message).related(signature.declared, "declared here"));
    }

    fn missing(&mut self, signature: &Signature, param: Name, given: usize, span: Span) {
        let message = format!(
            "no argument for parameter `{}` of `{}`: it takes {}, {} given",
            self.text(param),
            self.text(signature.name),
            count(signature.params.len(), "argument"),
            if given == 1 { "1 is".to_owned() } else { format!("{given} are") }
        );
        self.report(Diagnostic::error(span, message).related(signature.declared, "declared here"));
    }

    /// Checks the arguments of a call, finds its type arguments, and converts what must be converted.
    pub(super) fn arguments(
        &mut self,
        signature: &Signature,
        type_args: &[ast::Type],
        args: &[ast::Arg],
        span: Span,
    ) -> Option<Checked> {
        let errors = self.session.diags.errors();
        let mut inference = Inference::new(&signature.type_params);
        self.explicit_type_args(signature, type_args, &mut inference, span)?;
        let Some(placed) = self.place_args(signature, args, span) else {
            args.iter().filter_map(|arg| arg.value.as_ref()).for_each(|value| drop(self.expr(value, None)));
            return None;
        };
        let mut values: Vec<Option<Expr>> = vec![None; signature.params.len()];
        let mut fine = true;
        let mut written: Vec<usize> = vec![];
        for (at, arg) in args.iter().enumerate() {
            let Some(param) = placed.iter().position(|arg| *arg == Some(at)) else { continue };
            written.push(param);
            if let Some(value) = &arg.value {
                let checked = self.argument(&signature.params[param], value, &mut inference);
                fine &= checked.is_some();
                let written = matches!(signature.params[param].direction, Direction::Out | Direction::InOut);
                let checked = if written { checked.map(|of| as_written(value, of)) } else { checked };
                values[param] = checked;
            }
        }
        let defaults = placed.iter().zip(&signature.params).enumerate().filter(|(_, (arg, _))| arg.is_none());
        let defaults: Vec<(usize, Expr)> =
            defaults.filter_map(|(at, (_, param))| Some((at, param.default.clone()?))).collect();
        for (at, default) in defaults {
            self.unify(&signature.params[at].ty, &default.ty, &mut inference);
            values[at] = Some(default);
        }
        if !fine {
            return None;
        }
        let type_args = self.all_are_bound(signature, &mut inference, &placed, &values, span)?;
        if self.session.diags.errors() == errors {
            self.is_passed_at_run_time(signature, &inference, &values)?;
        }
        let mut checked = Vec::with_capacity(values.len());
        for (at, value) in values.into_iter().enumerate() {
            let spot = placed[at].map(|arg| args[arg].span).unwrap_or(span);
            checked.push(self.pass(signature, at, value, placed[at].is_some(), &inference, spot));
        }
        Some(Checked { args: checked, written, inference, type_args })
    }

    fn explicit_type_args(
        &mut self,
        signature: &Signature,
        type_args: &[ast::Type],
        inference: &mut Inference,
        span: Span,
    ) -> Option<()> {
        if type_args.is_empty() {
            return Some(());
        }
        let given: Vec<Ty> = type_args.iter().map(|arg| self.type_arg(arg)).collect();
        if given.len() != signature.type_params.len() {
            let message = format!(
                "`{}` takes {}, {} given",
                self.text(signature.name),
                count(signature.type_params.len(), "type argument"),
                if given.len() == 1 { "1 is".to_owned() } else { format!("{} are", given.len()) }
            );
            self.report(Diagnostic::error(span, message).related(signature.declared, "declared here"));
            return None;
        }
        for (param, arg) in signature.type_params.iter().zip(given) {
            if !matches!(&arg, Ty::Var(id) if self.wild.contains(id)) {
                inference.bound.insert(*param, arg);
            }
        }
        Some(())
    }

    /// One argument, with the type of its parameter as a hint where that is known; binds type variables.
    fn argument(&mut self, param: &Param, value: &ast::Expr, inference: &mut Inference) -> Option<Expr> {
        let wanted = inference.apply(&param.ty);
        let open =
            inference.is_open(&wanted) || super::types::mentions(&wanted, &|var| self.wild.contains(&var));
        // A variable that only a literal has bound so far takes the width of an argument that has one.
        let loose = wanted == Ty::Integer && param.ty != Ty::Integer;
        let expr = self.expr(value, (!open && !loose).then_some(&wanted));
        if !open && !loose {
            return Some(expr);
        }
        let to_bind = if loose { &param.ty } else { &wanted };
        if self.unify(to_bind, &expr.ty, inference) {
            return Some(expr);
        }
        let wanted = inference.apply(&param.ty);
        let message = format!("expected {}, this is {}", self.quote(&wanted), self.quote(&expr.ty));
        let help = self.block_difference(&wanted, &expr.ty);
        let mut diagnostic =
            Diagnostic::error(expr.span, message).related(param.span, "the parameter is declared here");
        if let Some(help) = help {
            diagnostic = diagnostic.help(help);
        }
        self.report(diagnostic);
        None
    }

    /// How a parser or control differs from the type that is wanted.
    fn block_difference(&self, wanted: &Ty, given: &Ty) -> Option<String> {
        let (kind, wanted) = self.block_params(wanted)?;
        let (other, given) = self.block_params(given)?;
        if kind != other {
            return None;
        }
        if wanted.len() != given.len() {
            return Some(format!("it has {}, {} are wanted", count(given.len(), "parameter"), wanted.len()));
        }
        let at = wanted.iter().zip(&given).position(|(wanted, given)| {
            wanted.direction != given.direction
                || !self.unify(&wanted.ty, &given.ty, &mut Inference::new(&self.all_vars()))
        });
        let at = at?;
        Some(format!(
            "parameter {} is {} with {}, wanted is {} with {}",
            at + 1,
            self.quote(&given[at].ty),
            direction_text(given[at].direction),
            self.quote(&wanted[at].ty),
            direction_text(wanted[at].direction)
        ))
    }

    fn all_vars(&self) -> Vec<TypeVarId> {
        (0..self.hir.type_vars.len() as u32).map(TypeVarId).collect()
    }

    /// Every type parameter has its argument. Only those of arguments that were left out may stay without.
    fn all_are_bound(
        &mut self,
        signature: &Signature,
        inference: &mut Inference,
        placed: &[Option<usize>],
        values: &[Option<Expr>],
        span: Span,
    ) -> Option<Vec<Ty>> {
        let mut type_args = vec![];
        for var in &signature.type_params {
            let ty = inference.apply(&Ty::Var(*var));
            if !inference.is_open(&ty) {
                type_args.push(ty);
                continue;
            }
            let left_out = signature.params.iter().zip(placed).any(|(param, arg)| {
                arg.is_none() && super::types::mentions(&param.ty, &|other| other == *var)
            });
            let wrong = values.iter().flatten().any(|value| value.ty == Ty::Unknown);
            if !left_out && wrong {
                return None;
            }
            if !left_out {
                let (name, var) = (self.text(signature.name), self.text(self.hir.type_vars[var.index()]));
                let message = format!("the type argument `{var}` of `{name}` cannot be inferred");
                self.error_help(span, message, format!("write it: `{name}<...>(...)`"));
                return None;
            }
            inference.bound.insert(*var, Ty::Void);
            type_args.push(Ty::Void);
        }
        Some(type_args)
    }

    /// A parameter with a direction is of a type with values at run time, also where its type was inferred.
    fn is_passed_at_run_time(
        &mut self,
        signature: &Signature,
        inference: &Inference,
        values: &[Option<Expr>],
    ) -> Option<()> {
        for (param, value) in signature.params.iter().zip(values) {
            let Some(value) = value else { continue };
            if param.direction == Direction::None {
                continue;
            }
            match inference.apply(&param.ty) {
                Ty::Integer => {
                    let message =
                        format!("the width of `{}` cannot be inferred from an `int`", self.text(param.name));
                    self.error_help(value.span, message, "give the number a width, such as `32w1`");
                    return None;
                }
                ty @ (Ty::Void | Ty::String | Ty::Extern(..)) => {
                    let (ty, with) = (self.quote(&ty), direction_text(param.direction));
                    let message =
                        format!("{ty} cannot be passed to `{}`, with {with}", self.text(param.name));
                    self.error_help(value.span, message, "pass a value that exists at run time");
                    return None;
                }
                _ => {}
            }
        }
        Some(())
    }

    /// One argument as the callee receives it.
    fn pass(
        &mut self,
        signature: &Signature,
        at: usize,
        value: Option<Expr>,
        given: bool,
        inference: &Inference,
        span: Span,
    ) -> Arg {
        let param = &signature.params[at];
        let wanted = inference.apply(&param.ty);
        let Some(value) = value else {
            if given && param.direction != Direction::Out {
                let message = format!("`_` cannot be passed to `{}`", self.text(param.name));
                let diagnostic = Diagnostic::error(span, message)
                    .help("`_` throws away what an `out` parameter returns; this one needs a value")
                    .related(param.span, "the parameter is declared here");
                self.report(diagnostic);
            }
            return Arg::Ignored;
        };
        match param.direction {
            Direction::Out | Direction::InOut => {
                let fine = self.must_be_lvalue(&value, "passed", param.direction);
                if fine && value.ty != wanted && value.ty != Ty::Unknown && wanted != Ty::Unknown {
                    self.mismatch_exact(&value, &wanted, param.direction);
                }
                Arg::LValue(value)
            }
            Direction::In => Arg::Value(self.coerce(value, &wanted)),
            Direction::None => {
                let value = self.coerce(value, &wanted);
                self.directionless(signature, param, &value);
                Arg::Value(value)
            }
        }
    }

    fn mismatch_exact(&mut self, value: &Expr, wanted: &Ty, direction: Direction) {
        let message = format!("expected {}, this is {}", self.quote(wanted), self.quote(&value.ty));
        let help =
            format!("with {} the types must be the same: nothing is converted", direction_text(direction));
        self.error_help(value.span, message, help);
    }

    /// 6.8: known at compile time, but for action data, which behaves like `in` when an action is called. What is action data
    /// of the caller is only warned of: programs pass it on.
    fn directionless(&mut self, signature: &Signature, param: &Param, value: &Expr) {
        let object =
            matches!(value.ty, Ty::Extern(..) | Ty::Parser(_) | Ty::Control(_) | Ty::Apply(..) | Ty::Unknown);
        if signature.callee == CallKind::Action || object || self.is_known(value) {
            return;
        }
        let message = format!("the argument for `{}` must be known at compile time", self.text(param.name));
        if self.is_known_with_action_data(value) {
            let warning = Diagnostic::warning(value.span, message)
                .help("the data of an action comes from its table, or from a call at run time");
            return self.warn("action_data", warning);
        }
        let diagnostic = Diagnostic::error(value.span, message)
            .help("the parameter has no direction; with `in` it could take any value")
            .related(param.span, "the parameter is declared here");
        self.report(diagnostic);
    }
}

/// 6.7: no place, also where nothing is left of an operator, as of a cast to the same type.
fn as_written(value: &ast::Expr, checked: Expr) -> Expr {
    use ast::ExprKind as E;
    match &value.kind {
        E::Cast(..) | E::Unary(..) | E::Binary(..) | E::Ternary(..) => {
            Expr { ty: checked.ty.clone(), span: checked.span, kind: ExprKind::Cast(Box::new(checked)) }
        }
        E::Member(of, _) | E::Index(of, _) | E::Slice(of, ..) | E::PlusSlice(of, ..) => {
            as_written(of, checked)
        }
        _ => checked,
    }
}

//! Expressions, types and annotations.

use super::Printer;
use crate::ast::{
    Annotation, AnnotationBody, Annotations, Arg, BinaryOp, Expr, ExprKind, Type, TypeKind, UnaryOp,
};

impl BinaryOp {
    pub fn text(self) -> &'static str {
        match self {
            BinaryOp::Mul => "*",
            BinaryOp::Div => "/",
            BinaryOp::Mod => "%",
            BinaryOp::Add => "+",
            BinaryOp::Sub => "-",
            BinaryOp::AddSat => "|+|",
            BinaryOp::SubSat => "|-|",
            BinaryOp::Shl => "<<",
            BinaryOp::Shr => ">>",
            BinaryOp::Le => "<=",
            BinaryOp::Ge => ">=",
            BinaryOp::Lt => "<",
            BinaryOp::Gt => ">",
            BinaryOp::Eq => "==",
            BinaryOp::Ne => "!=",
            BinaryOp::BitAnd => "&",
            BinaryOp::BitXor => "^",
            BinaryOp::BitOr => "|",
            BinaryOp::Concat => "++",
            BinaryOp::And => "&&",
            BinaryOp::Or => "||",
        }
    }
}

impl UnaryOp {
    pub fn text(self) -> &'static str {
        match self {
            UnaryOp::Not => "!",
            UnaryOp::Complement => "~",
            UnaryOp::Minus => "-",
            UnaryOp::Plus => "+",
        }
    }
}

fn is_operator(expr: &Expr) -> bool {
    matches!(expr.kind, ExprKind::Binary(..) | ExprKind::Ternary(..))
}

fn is_prefix(expr: &Expr) -> bool {
    matches!(expr.kind, ExprKind::Unary(..) | ExprKind::Cast(..))
}

impl Printer<'_> {
    fn wrapped(&mut self, expr: &Expr, parens: bool) {
        if parens {
            self.put("(");
        }
        self.expr(expr);
        if parens {
            self.put(")");
        }
    }

    fn base(&mut self, expr: &Expr) {
        self.wrapped(expr, is_operator(expr) || is_prefix(expr));
    }

    pub(super) fn expr(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::Int { value, width } => {
                if let Some((signed, bits)) = width {
                    self.put(&format!("{bits}{}", if *signed { 's' } else { 'w' }));
                }
                self.put(&value.to_string());
            }
            ExprKind::Bool(value) => self.put(if *value { "true" } else { "false" }),
            ExprKind::Str(text) => self.string(text),
            ExprKind::Name(name) => self.name_ref(*name),
            ExprKind::This => self.put("this"),
            ExprKind::Dots => self.put("..."),
            ExprKind::ErrorMember(name) => {
                self.put("error.");
                self.ident(*name);
            }
            ExprKind::Member(base, member) => {
                self.base(base);
                self.put(".");
                self.ident(*member);
            }
            ExprKind::TypeMember(ty, member) => {
                self.ty(ty);
                self.put(".");
                self.ident(*member);
            }
            ExprKind::Index(base, at) => self.subscript(base, at, None),
            ExprKind::Slice(base, hi, lo) => self.subscript(base, hi, Some((":", lo))),
            ExprKind::PlusSlice(base, lo, width) => self.subscript(base, lo, Some((" +: ", width))),
            ExprKind::List(_) | ExprKind::Record { .. } | ExprKind::Invalid => self.aggregate(expr),
            ExprKind::Call { callee, type_args, args } => {
                self.base(callee);
                if !type_args.is_empty() {
                    self.type_args(type_args);
                }
                self.args(args);
            }
            _ => self.operator(expr),
        }
    }

    fn operator(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::Unary(op, inner) => {
                self.put(op.text());
                // `+ +x` without a space would be `++x`.
                self.wrapped(inner, is_operator(inner) || matches!(inner.kind, ExprKind::Unary(..)));
            }
            ExprKind::Cast(ty, inner) => {
                self.put("(");
                self.ty(ty);
                self.put(") ");
                self.wrapped(inner, is_operator(inner));
            }
            ExprKind::Binary(op, left, right) => {
                let chain = matches!(&left.kind, ExprKind::Binary(before, ..) if before == op);
                self.wrapped(left, is_operator(left) && !chain);
                self.put(&format!(" {} ", op.text()));
                self.wrapped(right, is_operator(right));
            }
            ExprKind::Ternary(condition, yes, no) => {
                self.wrapped(condition, is_operator(condition));
                self.put(" ? ");
                self.wrapped(yes, is_operator(yes));
                self.put(" : ");
                self.wrapped(no, is_operator(no));
            }
            _ => {}
        }
    }

    fn aggregate(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::List(items) => {
                self.put("{");
                self.list(items, ", ", |printer, item| printer.expr(item));
                self.put("}");
            }
            ExprKind::Record { fields, dots } => {
                self.put("{");
                self.list(fields, ", ", |printer, (name, value)| {
                    printer.ident(*name);
                    printer.put(" = ");
                    printer.expr(value);
                });
                self.put(if *dots { ", ...}" } else { "}" });
            }
            _ => self.put("{#}"),
        }
    }

    fn subscript(&mut self, base: &Expr, first: &Expr, second: Option<(&str, &Expr)>) {
        self.base(base);
        self.put("[");
        let ternary = |expr: &Expr| matches!(expr.kind, ExprKind::Ternary(..));
        match second {
            Some((mark, second)) => {
                self.wrapped(first, ternary(first));
                self.put(mark);
                self.wrapped(second, ternary(second));
            }
            None => self.expr(first),
        }
        self.put("]");
    }

    pub(super) fn string(&mut self, text: &str) {
        self.put("\"");
        for c in text.chars() {
            match c {
                '"' => self.put("\\\""),
                '\\' => self.put("\\\\"),
                '\n' => self.put("\\n"),
                '\r' => self.put("\\r"),
                '\t' => self.put("\\t"),
                c => self.out.push(c),
            }
        }
        self.put("\"");
    }

    pub(super) fn args(&mut self, args: &[Arg]) {
        self.put("(");
        self.list(args, ", ", |printer, arg| {
            if let Some(name) = arg.name {
                printer.ident(name);
                printer.put(" = ");
            }
            match &arg.value {
                Some(value) => printer.expr(value),
                None => printer.put("_"),
            }
        });
        self.put(")");
    }

    pub(super) fn type_args(&mut self, args: &[Type]) {
        self.put("<");
        self.list(args, ", ", |printer, arg| printer.ty(arg));
        self.put(">");
    }

    pub(super) fn ty(&mut self, ty: &Type) {
        match &ty.kind {
            TypeKind::Void => self.put("void"),
            TypeKind::Bool => self.put("bool"),
            TypeKind::Error => self.put("error"),
            TypeKind::MatchKind => self.put("match_kind"),
            TypeKind::String => self.put("string"),
            TypeKind::Integer => self.put("int"),
            TypeKind::Bit(None) => self.put("bit"),
            TypeKind::Bit(Some(width)) => self.sized("bit", width),
            TypeKind::Int(width) => self.sized("int", width),
            TypeKind::Varbit(width) => self.sized("varbit", width),
            TypeKind::Name(name) => self.name_ref(*name),
            TypeKind::Specialized(name, args) => {
                self.name_ref(*name);
                self.type_args(args);
            }
            TypeKind::Stack(element, size) => {
                self.ty(element);
                self.put("[");
                self.expr(size);
                self.put("]");
            }
            TypeKind::Tuple(args) => {
                self.put("tuple");
                self.type_args(args);
            }
            TypeKind::List(element) => {
                self.put("list<");
                self.ty(element);
                self.put(">");
            }
            TypeKind::DontCare => self.put("_"),
        }
    }

    fn sized(&mut self, word: &str, width: &Expr) {
        self.put(word);
        self.put("<");
        self.wrapped(width, !matches!(width.kind, ExprKind::Int { .. }));
        self.put(">");
    }

    /// Each with a space after it.
    pub(super) fn annotations(&mut self, annotations: &Annotations) {
        for annotation in annotations {
            self.annotation(annotation);
            self.put(" ");
        }
    }

    /// Each with a space before it.
    pub(super) fn annotations_after(&mut self, annotations: &Annotations) {
        for annotation in annotations {
            self.put(" ");
            self.annotation(annotation);
        }
    }

    fn annotation(&mut self, annotation: &Annotation) {
        self.put("@");
        self.ident(annotation.name);
        match &annotation.body {
            AnnotationBody::None => {}
            AnnotationBody::Tokens { tokens, .. } => {
                self.put("(");
                self.list(tokens, " ", |printer, token| printer.put(&token.text));
                self.put(")");
            }
            AnnotationBody::Exprs(exprs) => {
                self.put("[");
                self.list(exprs, ", ", |printer, expr| printer.expr(expr));
                self.put("]");
            }
            AnnotationBody::KeyValues(pairs) => {
                self.put("[");
                self.list(pairs, ", ", |printer, (key, value)| {
                    printer.ident(*key);
                    printer.put(" = ");
                    printer.expr(value);
                });
                self.put("]");
            }
        }
    }
}

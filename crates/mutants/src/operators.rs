//! Finds the places in a source for each kind of mistake. [`statements`](crate::statements) finds
//! those of order.

use crate::{Mutation, statements};
use proc_macro2::Span;
use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{Arm, BinOp, Block, Expr, ExprBinary, ExprCall, ExprIf, ExprMethodCall, ExprUnary};
use syn::{ExprWhile, ItemConst, ItemMod, LitInt, Type, UnOp};

/// Collects mutations of a source.
pub(crate) struct Finder<'s> {
    pub(crate) source: &'s str,
    pub(crate) found: Vec<Mutation>,
}

impl Finder<'_> {
    /// Returns the source of a node.
    pub(crate) fn text(&self, node: &impl Spanned) -> &str {
        &self.source[node.span().byte_range()]
    }

    /// Notes that `span` may be replaced.
    pub(crate) fn replace(&mut self, operator: &'static str, span: Span, text: &str) {
        self.found.push(Mutation { operator, range: span.byte_range(), text: text.to_owned() });
    }

    /// Notes that a condition may be forced to hold, or not to.
    fn force(&mut self, condition: &Expr) {
        match condition {
            // Forced to true, the names of the pattern would be missing. Forcing to false is done
            // for the whole.
            Expr::Let(_) => {}
            Expr::Binary(ExprBinary { left, op: BinOp::And(_), right, .. }) => {
                self.force_true(left);
                self.force_true(right);
                self.replace("guard forced", condition.span(), "false");
            }
            _ => {
                self.replace("guard forced", condition.span(), "true");
                self.replace("guard forced", condition.span(), "false");
            }
        }
    }

    /// Notes that a part of a conjunction may be left out.
    fn force_true(&mut self, condition: &Expr) {
        match condition {
            Expr::Let(_) => {}
            Expr::Binary(ExprBinary { left, op: BinOp::And(_), right, .. }) => {
                self.force_true(left);
                self.force_true(right);
            }
            _ => self.replace("guard forced", condition.span(), "true"),
        }
    }
}

/// Returns the comparison relaxed or negated.
fn compared_otherwise(op: &BinOp) -> Option<&'static str> {
    Some(match op {
        BinOp::Lt(_) => "<=",
        BinOp::Le(_) => "<",
        BinOp::Gt(_) => ">=",
        BinOp::Ge(_) => ">",
        BinOp::Eq(_) => "!=",
        BinOp::Ne(_) => "==",
        _ => return None,
    })
}

impl<'ast> Visit<'ast> for Finder<'_> {
    fn visit_item_mod(&mut self, _: &'ast ItemMod) {
        // Tests.
    }

    fn visit_item_const(&mut self, item: &'ast ItemConst) {
        if item.ident != "SPECIMEN" {
            visit::visit_item_const(self, item);
        }
    }

    fn visit_type(&mut self, _: &'ast Type) {
        // Another length of an array would be another type.
    }

    fn visit_lit_int(&mut self, literal: &'ast LitInt) {
        let Ok(number) = literal.base10_parse::<u64>() else { return };
        let suffix = literal.suffix();
        self.replace("count", literal.span(), &format!("{}{suffix}", number + 1));
        if number > 0 {
            self.replace("count", literal.span(), &format!("{}{suffix}", number - 1));
        }
    }

    fn visit_expr_call(&mut self, call: &'ast ExprCall) {
        // The contract does not depend on single milliseconds.
        if !self.text(&call.func).starts_with("Duration::from_") {
            visit::visit_expr_call(self, call);
        }
    }

    fn visit_expr_binary(&mut self, binary: &'ast ExprBinary) {
        if let Some(otherwise) = compared_otherwise(&binary.op) {
            self.replace("comparison", binary.op.span(), otherwise);
        }
        if let BinOp::And(_) | BinOp::Or(_) = binary.op {
            for part in [&binary.left, &binary.right] {
                if !matches!(**part, Expr::Let(_)) {
                    let other = if matches!(binary.op, BinOp::And(_)) { "true" } else { "false" };
                    self.replace("guard forced", part.span(), other);
                }
            }
        }
        visit::visit_expr_binary(self, binary);
    }

    fn visit_expr_unary(&mut self, unary: &'ast ExprUnary) {
        if let UnOp::Not(_) = unary.op {
            let positive = self.text(&unary.expr).to_owned();
            self.replace("comparison", unary.span(), &positive);
        }
        visit::visit_expr_unary(self, unary);
    }

    fn visit_expr_if(&mut self, branch: &'ast ExprIf) {
        self.force(&branch.cond);
        visit::visit_expr_if(self, branch);
    }

    fn visit_expr_while(&mut self, circle: &'ast ExprWhile) {
        self.force(&circle.cond);
        visit::visit_expr_while(self, circle);
    }

    fn visit_arm(&mut self, arm: &'ast Arm) {
        if let Some((_, guard)) = &arm.guard {
            self.force(guard);
        }
        visit::visit_arm(self, arm);
    }

    fn visit_expr_method_call(&mut self, call: &'ast ExprMethodCall) {
        match call.method.to_string().as_str() {
            "is_some_and" | "is_none_or" | "is_ok_and" | "is_err_and" | "any" | "all" => {
                self.replace("guard forced", call.span(), "true");
                self.replace("guard forced", call.span(), "false");
            }
            "filter" | "retain" | "take_while" | "skip_while" => {
                if let Some(Expr::Closure(closure)) = call.args.first() {
                    self.force(&closure.body);
                }
            }
            "then" | "then_some" => self.force(&call.receiver),
            _ => {}
        }
        visit::visit_expr_method_call(self, call);
    }

    fn visit_block(&mut self, block: &'ast Block) {
        statements::find(self, block);
        visit::visit_block(self, block);
    }
}

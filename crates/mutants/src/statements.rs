//! Mistakes of order: a statement removed, two exchanged, a lock released too early.

use crate::operators::Finder;
use syn::spanned::Spanned;
use syn::{BinOp, Block, Expr, Local, Pat, Stmt};

/// Notes the mutations of a block's own statements.
pub(crate) fn find(finder: &mut Finder<'_>, block: &Block) {
    for statement in &block.stmts {
        if let Some(operator) = removable(statement) {
            finder.replace(operator, statement.span(), "");
        }
    }
    for pair in block.stmts.windows(2) {
        exchange(finder, &pair[0], &pair[1]);
    }
    for (at, statement) in block.stmts.iter().enumerate() {
        if let Stmt::Local(local) = statement {
            release(finder, local, &block.stmts[at + 1..]);
        }
    }
}

/// Returns the operator that removes this statement, if it can be removed.
fn removable(statement: &Stmt) -> Option<&'static str> {
    match statement {
        Stmt::Expr(Expr::Binary(binary), Some(_)) if is_counted(&binary.op) => {
            Some("count dropped")
        }
        Stmt::Expr(Expr::Return(_) | Expr::Break(_), Some(_)) => None,
        Stmt::Expr(_, Some(_)) => Some("statement removed"),
        Stmt::Expr(Expr::If(_) | Expr::While(_) | Expr::ForLoop(_), None) => {
            Some("statement removed")
        }
        Stmt::Local(Local { pat, .. }) if is_unread(pat) => Some("statement removed"),
        _ => None,
    }
}

fn is_counted(op: &BinOp) -> bool {
    matches!(op, BinOp::AddAssign(_) | BinOp::SubAssign(_))
}

/// Reports whether the bound value is never read: it is dropped at once, or it is a guard.
fn is_unread(pattern: &Pat) -> bool {
    match pattern {
        Pat::Wild(_) => true,
        Pat::Ident(named) => named.ident.to_string().starts_with('_'),
        _ => false,
    }
}

/// Notes that two statements may be exchanged, if one of them waits, locks or releases.
fn exchange(finder: &mut Finder<'_>, first: &Stmt, second: &Stmt) {
    let marks = [".await", "lock(", "drop(", ".forget(", ".strike(", ".writes("];
    let whole = |statement: &Stmt| !matches!(statement, Stmt::Item(_) | Stmt::Expr(_, None));
    let (one, other) = (finder.text(first).to_owned(), finder.text(second).to_owned());
    let marked = marks.iter().any(|mark| one.contains(mark) || other.contains(mark));
    if marked && whole(first) && whole(second) {
        let range = first.span().byte_range().start..second.span().byte_range().end;
        let text = format!("{other}\n{one}");
        finder.found.push(crate::Mutation { operator: "order exchanged", range, text });
    }
}

/// Notes that a lock that is held across statements may be released and taken again between them.
fn release(finder: &mut Finder<'_>, local: &Local, after: &[Stmt]) {
    let (Pat::Ident(guard), Some(init)) = (&local.pat, &local.init) else { return };
    let taken = finder.text(&init.expr).to_owned();
    // Nothing else runs between two statements without an await, so only these can matter.
    if !taken.ends_with(".lock().await") && !taken.ends_with(".acquire_owned().await") {
        return;
    }
    let name = &guard.ident;
    for statement in after {
        let text = finder.text(statement).to_owned();
        let again = format!("drop({name}); let mut {name} = {taken};\n{text}");
        finder.replace("lock released", statement.span(), &again);
    }
}

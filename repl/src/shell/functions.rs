//! `\d functions` and `\d NAME` of a function of the dialect; and the functions that completion offers.

use std::fmt::Write;

use rowtime_engine::bind::catalog::{self, BuiltIn};

use super::commands::parse::Word;

/// All functions of the dialect, a line each.
pub fn list() -> String {
    let all = catalog::functions();
    let wide = all.iter().map(|f| f.name.chars().count()).max().unwrap_or(0);
    let mut out = String::new();
    for function in all {
        let _ = writeln!(out, "{:wide$}  {}", function.name, function.help);
    }
    out
}

/// What is known of one.
pub fn describe(name: &Word) -> Option<String> {
    let function = catalog::function(&name.text).filter(|_| !name.quoted)?;
    Some(text(function))
}

fn text(function: &BuiltIn) -> String {
    let kinds: Vec<&str> = function.kinds.iter().map(|k| k.text()).collect();
    let mut out = format!("{}: {}\n  {}\n", function.name, kinds.join(", "), function.help);
    for signature in function.signatures {
        let _ = writeln!(out, "    {signature}");
    }
    out
}

/// Their names, for completion.
pub fn names() -> impl Iterator<Item = String> {
    catalog::functions().iter().map(|f| f.name.to_owned())
}

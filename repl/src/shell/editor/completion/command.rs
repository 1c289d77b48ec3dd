//! What a command takes, as the table of commands says.

use super::{Names, Offer, begins, files, in_case_of, in_order, name_offer, sql};
use crate::shell::commands::parse::{Word, split};
use crate::shell::commands::{ArgumentKind, COMMANDS, find};

/// Offers for the word at the end of `line`, which begins with the backslash.
pub fn offers(line: &str, names: &Names) -> (usize, Vec<Offer>) {
    let (words, missing_quote) = split(line);
    let is_behind = missing_quote.is_none() && line.ends_with(char::is_whitespace);
    let argument_from = |words: &[Word]| words.get(1).map_or(line.len(), |w| w.offset);
    let at = words.len().saturating_sub(usize::from(!is_behind));
    let typed = words.get(at);
    let start = typed.map_or(line.len(), |w| w.offset);
    let Some((name, position)) = words.first().zip(at.checked_sub(1)) else {
        let typed = typed.map_or("", |w| w.text.as_str());
        return (start, command_offers(typed.trim_start_matches('\\'), "\\"));
    };
    let Some(command) = find(&name.text) else {
        return (start, Vec::new());
    };
    if command.arguments.first() == Some(&ArgumentKind::PumpOrQuery) && position > 0 {
        let from = argument_from(&words);
        let query = line.get(from..).unwrap_or("");
        let (start, offers) = sql::offers(query, query.len(), names);
        return (from + start, offers);
    }
    let Some(kind) = command.arguments.get(position) else {
        return (start, Vec::new());
    };
    let nothing = Word {
        text: String::new(),
        quoted: false,
        offset: start,
    };
    (
        start,
        argument_offers(*kind, typed.unwrap_or(&nothing), line, names),
    )
}

fn argument_offers(kind: ArgumentKind, word: &Word, line: &str, names: &Names) -> Vec<Offer> {
    let relations = names.streams.iter().map(|(name, _)| name);
    let named = |all: &mut dyn Iterator<Item = &String>| -> Vec<Offer> {
        in_order(
            all.filter_map(|name| name_offer(name, &word.text, word.quoted))
                .collect(),
        )
    };
    let fixed = |known: &[&str]| -> Vec<Offer> {
        let fit = known.iter().filter(|k| begins(k, &word.text));
        fit.map(|k| Offer::plain(*k)).collect()
    };
    match kind {
        ArgumentKind::Command => command_offers(word.text.trim_start_matches('\\'), ""),
        ArgumentKind::Relation => named(&mut relations.into_iter()),
        ArgumentKind::Object => {
            let mut found = named(&mut relations.chain(&names.pumps));
            if !word.quoted {
                let functions = names.functions.iter().filter(|f| begins(f, &word.text));
                let offers = functions.map(|f| Offer::plain(in_case_of(&word.text, f)));
                found = in_order(found.into_iter().chain(offers).collect());
                found.extend(fixed(&["functions"]));
            }
            found
        }
        ArgumentKind::PumpOrQuery => {
            let mut found = named(&mut names.pumps.iter());
            found.extend(fixed(&["SELECT"]).into_iter().filter(|_| !word.quoted));
            found
        }
        ArgumentKind::Location | ArgumentKind::File => {
            let quote = line.get(word.offset..).and_then(|rest| rest.chars().next());
            let mut found = files::offers(&word.text, quote.filter(|q| matches!(q, '"' | '\'')));
            if kind == ArgumentKind::Location && !word.text.is_empty() {
                found.extend(fixed(&["off"]));
            }
            found
        }
        ArgumentKind::Choice(choices) => fixed(choices),
        ArgumentKind::Time | ArgumentKind::Number => Vec::new(),
    }
}

fn command_offers(typed: &str, before: &str) -> Vec<Offer> {
    let fit = COMMANDS.iter().filter(|c| begins(c.written, typed));
    fit.map(|c| Offer::plain(format!("{before}{}", c.written)))
        .collect()
}

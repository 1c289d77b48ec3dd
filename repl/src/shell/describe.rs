//! `\d`: what there is, and what is known of one thing.

use std::fmt::Write;

use rowtime_engine::bind::Queries;
use rowtime_engine::bind::query_name;
use rowtime_engine::datetime;
use rowtime_engine::plan::upstream::{Object, ObjectKind};
use rowtime_engine::plan::{Application, Field, Stream};

use super::Shell;
use super::catalogue::{Kind, Statement};
use super::commands::parse::Word;
use super::functions;
use super::typed::is_error;
use super::watch::Books;
use crate::bindings::{Resolved, resolve};
use crate::failure::Failure;
use crate::progress::grouped;
use crate::script;

impl Shell {
    /// `\d [NAME]`.
    pub fn describe(&mut self, name: Option<&Word>) -> Result<String, Failure> {
        let Some(name) = name else {
            return Ok(self.list());
        };
        if !name.quoted && name.text.eq_ignore_ascii_case("functions") {
            return Ok(functions::list());
        }
        let mut found = String::new();
        for (kind, stored) in self.objects() {
            if self.means(name, &stored) {
                if !found.is_empty() {
                    found.push('\n');
                }
                let one = self.describe_one(kind, &stored)?;
                found.push_str(&one);
            }
        }
        if let Some(function) = functions::describe(name).filter(|_| found.is_empty()) {
            found = function;
        }
        if found.is_empty() {
            return Err(Failure::Wrong(format!(
                "there is no stream, table, view, pump or function {}; \\d lists what there is",
                name.text
            )));
        }
        Ok(found)
    }

    /// Everything that has a name.
    pub fn objects(&self) -> Vec<(ObjectKind, String)> {
        let mut all: Vec<(ObjectKind, String)> = Vec::new();
        let mut add = |kind, name: &str| all.push((kind, name.to_owned()));
        self.application
            .streams
            .iter()
            .for_each(|s| add(ObjectKind::Stream, &s.name));
        for statement in self.catalogue.statements() {
            match statement.kind {
                Some(Kind::View) => add(ObjectKind::View, &statement.name),
                Some(Kind::Function(_)) => add(ObjectKind::Function, &statement.name),
                _ => {}
            }
        }
        self.application
            .tables
            .iter()
            .for_each(|t| add(ObjectKind::Table, &t.name));
        self.application
            .pumps
            .iter()
            .for_each(|p| add(ObjectKind::Pump, &p.name));
        all.dedup();
        all
    }

    fn means(&self, name: &Word, stored: &str) -> bool {
        if name.quoted {
            return name.text == stored;
        }
        let all: Vec<String> = self.objects().into_iter().map(|(_, n)| n).collect();
        let all: Vec<&str> = all.iter().map(String::as_str).collect();
        resolve(&name.text, &all) == Resolved::One(stored)
    }

    fn list(&mut self) -> String {
        let mut out = String::new();
        let mut section = |title: &str, lines: Vec<(String, String)>| {
            if lines.is_empty() {
                return;
            }
            if !out.is_empty() {
                out.push('\n');
            }
            let _ = writeln!(out, "{title}");
            let wide = lines
                .iter()
                .map(|(name, _)| name.chars().count())
                .max()
                .unwrap_or(0);
            for (name, text) in lines {
                let _ = writeln!(out, "{}", format!("  {name:wide$}  {text}").trim_end());
            }
        };
        let app = &self.application;
        let streams = app
            .streams
            .iter()
            .map(|s| (s.name.clone(), brief(s.fields.iter().take(s.declared))));
        section("Streams", streams.collect());
        let tables = app
            .tables
            .iter()
            .map(|t| (t.name.clone(), brief(t.fields.iter())));
        section("Reference tables", tables.collect());
        let views = self
            .statements_of(|k| *k == Kind::View)
            .map(|s| (s.name.clone(), String::new()));
        section("Views", views.collect());
        let pumps = app.pumps.iter().map(|p| {
            let reads: Vec<&str> = p
                .plan
                .sources()
                .into_iter()
                .map(|id| stream_name(app, id))
                .collect();
            let stopped = if self.catalogue.is_stopped(&p.name) {
                " (stopped)"
            } else {
                ""
            };
            let text = format!("{} -> {}{stopped}", reads.join(", "), stream_name(app, p.target));
            (p.name.clone(), text)
        });
        section("Pumps", pumps.collect());
        let functions = self.statements_of(|k| matches!(k, Kind::Function(_)));
        section(
            "Functions",
            functions.map(|s| (s.name.clone(), signature(s))).collect(),
        );
        if out.is_empty() {
            out.push_str("nothing has been created yet; \\help says what can be done\n");
        }
        out
    }

    fn statements_of(&self, is: impl Fn(&Kind) -> bool) -> impl Iterator<Item = &Statement> {
        let all = self.catalogue.statements().iter();
        all.filter(move |s| s.kind.as_ref().is_some_and(&is))
    }

    fn describe_one(&mut self, kind: ObjectKind, name: &str) -> Result<String, Failure> {
        let word = match kind {
            ObjectKind::Stream => "stream",
            ObjectKind::View => "view",
            ObjectKind::Table => "reference table",
            ObjectKind::Function => "function",
            ObjectKind::Pump => "pump",
        };
        let mut out = format!("{word} {name}\n");
        if let Some(fields) = self.columns(kind, name) {
            write_columns(&mut out, &fields);
        }
        let books = self.books()?;
        match kind {
            ObjectKind::Stream => self.write_stream(&mut out, name, &books),
            ObjectKind::Pump => self.write_pump(&mut out, name, &books),
            ObjectKind::Table => {
                let bound = self.bindings.tables.iter().find(|t| t.name(&self.names) == name);
                line(&mut out, "read from", bound.map_or("", |t| t.uri.as_str()));
            }
            _ => {}
        }
        let object = Object {
            kind,
            name: name.to_owned(),
        };
        let users: Vec<String> = (self.application.dependants_of(&object).into_iter())
            .filter(|user| kind != ObjectKind::Stream || user.kind != ObjectKind::Pump)
            .map(title)
            .collect();
        line(&mut out, "used by", &users.join(", "));
        let is_it = |s: &&Statement| s.name == name && declares(s.kind.as_ref(), kind);
        for statement in self.catalogue.statements().iter().filter(is_it) {
            out.push_str("  statement\n");
            for text in statement.text.lines() {
                let _ = writeln!(out, "    {text}");
            }
        }
        Ok(out)
    }

    /// The columns of a relation; of a view they are those of a query over it.
    pub fn columns(&mut self, kind: ObjectKind, name: &str) -> Option<Vec<Field>> {
        match kind {
            ObjectKind::Stream => {
                let stream = self.application.streams.iter().find(|s| s.name == name)?;
                Some(stream.fields.iter().take(stream.declared).cloned().collect())
            }
            ObjectKind::Table => {
                let table = self.application.tables.iter().find(|t| t.name == name)?;
                Some(table.fields.clone())
            }
            ObjectKind::View => {
                let quoted = name.replace('"', "\"\"");
                let query = format!("SELECT STREAM * FROM \"{quoted}\"");
                let candidate = self.catalogue.standing().and_query(&query, 0);
                let (compiled, _) = self.compile(&candidate, Queries::Named).ok()?;
                if compiled.diagnostics.iter().any(is_error) {
                    return None;
                }
                let all: &Application = &compiled.application;
                let stream: &Stream = all.streams.iter().find(|s| s.name == query_name(1))?;
                Some(stream.fields.iter().take(stream.declared).cloned().collect())
            }
            _ => None,
        }
    }

    fn writers_of(&self, stream: &str) -> impl Iterator<Item = &str> {
        let app = &self.application;
        let id = app.stream_id(stream);
        let pumps = app.pumps.iter().filter(move |p| Some(p.target) == id);
        pumps.map(|p| p.name.as_str())
    }

    fn readers_of(&self, stream: &str) -> impl Iterator<Item = &str> {
        let app = &self.application;
        let id = app.stream_id(stream);
        let reads =
            move |p: &&rowtime_engine::plan::Pump| id.is_some_and(|id| p.plan.sources().contains(&id));
        app.pumps.iter().filter(reads).map(|p| p.name.as_str())
    }

    fn write_stream(&self, out: &mut String, name: &str, books: &Books) {
        let pumps = |names: Vec<&str>| {
            let titles: Vec<String> = names.into_iter().map(|p| format!("pump {p}")).collect();
            titles.join(", ")
        };
        line(out, "written by", &pumps(self.writers_of(name).collect()));
        line(out, "read by", &pumps(self.readers_of(name).collect()));
        if let Some(source) = self.bindings.source_of(name, &self.names) {
            line(out, "source", &source.shown());
        }
        if let Some(typed) = self.bindings.typed.get(name) {
            line(out, "typed rows", &grouped(typed.len() as u64));
        }
        let streams: Vec<&str> = self.application.streams.iter().map(|s| s.name.as_str()).collect();
        let sinks: Vec<&str> = (self.bindings.sinks.iter())
            .filter(|s| s.stream(&streams).as_deref() == Some(name))
            .map(|s| s.uri.as_str())
            .collect();
        line(out, "sinks", &sinks.join(", "));
        if let Some((rows, bound_ms)) = books.streams.get(name) {
            let mut text = grouped(*rows);
            if let Some(bound) = bound_ms {
                let _ = write!(text, ", up to {}", datetime::timestamp_text(*bound));
            }
            line(out, "rows", &text);
        }
    }

    fn write_pump(&self, out: &mut String, name: &str, books: &Books) {
        let app = &self.application;
        if let Some(pump) = app.pumps.iter().find(|p| p.name == name) {
            let reads: Vec<&str> = pump
                .plan
                .sources()
                .into_iter()
                .map(|id| stream_name(app, id))
                .collect();
            line(out, "reads", &reads.join(", "));
            line(out, "writes", stream_name(app, pump.target));
        }
        if self.catalogue.is_stopped(name) {
            line(out, "state", "stopped; ALTER PUMP … START puts it back");
        }
        if let Some((counts, open)) = books.pumps.get(name) {
            let text = crate::command::summary::pump_books(counts);
            line(out, "rows", &text);
            line(out, "open windows", &grouped(*open as u64));
        }
    }
}

fn declares(kind: Option<&Kind>, object: ObjectKind) -> bool {
    matches!(
        (kind, object),
        (Some(Kind::Stream { .. }), ObjectKind::Stream)
            | (
                Some(Kind::Stream { with_query: true } | Kind::Pump),
                ObjectKind::Pump
            )
            | (Some(Kind::View), ObjectKind::View)
            | (Some(Kind::Function(_)), ObjectKind::Function)
    )
}

fn title(object: &Object) -> String {
    let word = match object.kind {
        ObjectKind::Stream => "stream",
        ObjectKind::View => "view",
        ObjectKind::Table => "table",
        ObjectKind::Function => "function",
        ObjectKind::Pump => "pump",
    };
    format!("{word} {}", object.name)
}

fn stream_name(app: &Application, id: usize) -> &str {
    app.streams
        .get(id)
        .map_or(script::ERROR_STREAM, |s| s.name.as_str())
}

fn brief<'f>(fields: impl Iterator<Item = &'f Field>) -> String {
    let columns: Vec<String> = fields.map(|f| format!("{} {}", f.name, f.ty)).collect();
    format!("({})", columns.join(", "))
}

fn signature(statement: &Statement) -> String {
    match &statement.kind {
        Some(Kind::Function(parameters)) => {
            let types: Vec<String> = parameters.iter().map(ToString::to_string).collect();
            format!("({})", types.join(", "))
        }
        _ => String::new(),
    }
}

fn write_columns(out: &mut String, fields: &[Field]) {
    out.push_str("  columns\n");
    let wide = fields.iter().map(|f| f.name.chars().count()).max().unwrap_or(0);
    for field in fields {
        let not_null = if field.not_null { " NOT NULL" } else { "" };
        let _ = writeln!(out, "    {:wide$}  {}{not_null}", field.name, field.ty);
    }
}

/// A line of what is known; nothing where nothing is.
fn line(out: &mut String, what: &str, text: &str) {
    if !text.is_empty() {
        let _ = writeln!(out, "  {what:<12}  {text}");
    }
}

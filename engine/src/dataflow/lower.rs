//! From a plan to running operators.
//!
//! Relations are numbered as they are met, inputs before what is made of them: an error row shows the columns of
//! the relation in which it arose.

use super::branch::{Branch, Root};
use super::errors::Relation;
use crate::expr::Expr;
use crate::operator::filter::Filter;
use crate::operator::group_rank::GroupRank;
use crate::operator::hotspots::Hotspots;
use crate::operator::item_window::{DistinctItems, ItemWindow, TopItems};
use crate::operator::join::Join;
use crate::operator::limit::Limit;
use crate::operator::lookup::Lookup;
use crate::operator::project::Project;
use crate::operator::random_cut_forest::RandomCutForest;
use crate::operator::rowtime::{Below, Restamp};
use crate::operator::slide::Slide;
use crate::operator::sort::Sort;
use crate::operator::stagger::Stagger;
use crate::operator::tumble::Tumble;
use crate::operator::union::Union;
use crate::operator::whole::Whole;
use crate::operator::{Junction, Operator};
use crate::plan::Plan;
use crate::plan::shown::shown_fields;
use crate::plan::table_function::TableFunction;
use crate::types::SqlType;

/// Builds the operators of a plan; the relations of its errors are appended to `relations`.
pub fn lower(plan: &Plan, relations: &mut Vec<Relation>) -> Branch {
    Lowering { relations }.branch(plan).branch
}

struct Lowering<'r> {
    relations: &'r mut Vec<Relation>,
}

/// A branch that is being built.
struct Built {
    branch: Branch,
    /// What the next operator's ROWTIME is.
    below: Below,
    /// The relation that the next operator reads.
    relation: usize,
}

impl Built {
    /// An operator whose rows are those of its input.
    fn with(mut self, operator: Box<dyn Operator>) -> Self {
        self.branch.operators.push(operator);
        self
    }

    /// An operator whose rows are its own.
    fn making(mut self, operator: Box<dyn Operator>, relation: usize, below: Below) -> Self {
        self.branch.windows.push(self.branch.operators.len());
        self.branch.operators.push(operator);
        self.relation = relation;
        self.below = below;
        self
    }
}

impl Lowering<'_> {
    fn add(&mut self, relation: Relation) -> usize {
        self.relations.push(relation);
        self.relations.len() - 1
    }

    /// Notes what is read of a relation beside its columns.
    fn note<'e>(&mut self, relation: usize, exprs: impl IntoIterator<Item = &'e Expr>) {
        if let Some(relation) = self.relations.get_mut(relation) {
            relation.reads_rowtime |= exprs.into_iter().any(Expr::reads_rowtime);
        }
    }

    fn branch(&mut self, plan: &Plan) -> Built {
        match plan {
            Plan::Scan {
                stream,
                columns,
                fields,
            } => {
                let relation = self.add(Relation::input(fields.clone()));
                Built {
                    branch: Branch::new(Root::Scan {
                        stream: *stream,
                        columns: columns.clone(),
                        relation,
                        seen: 0,
                    }),
                    below: Below::Stream,
                    relation,
                }
            }
            Plan::Join(join) => {
                let inputs = vec![self.branch(&join.left), self.branch(&join.right)];
                for (left, right) in &join.equalities {
                    self.note(inputs[0].relation, [left]);
                    self.note(inputs[1].relation, [right]);
                }
                self.junction(plan, inputs, |relation| Box::new(Join::new(join, relation)))
            }
            Plan::Union { inputs, .. } => {
                let inputs: Vec<Built> = inputs.iter().map(|input| self.branch(input)).collect();
                let branches = inputs.len();
                self.junction(plan, inputs, |relation| Box::new(Union::new(branches, relation)))
            }
            Plan::Lookup(lookup) => {
                let built = self.branch(&lookup.input);
                self.note(built.relation, lookup.equalities.iter().map(|(stream, _)| stream));
                let relation = self.add(Relation::made(shown_fields(plan)));
                self.note(relation, &lookup.condition);
                built.making(Box::new(Lookup::new(lookup, relation)), relation, Below::Restamp)
            }
            Plan::Filter { input, .. }
            | Plan::Project { input, .. }
            | Plan::Tumble { input, .. }
            | Plan::Slide { input, .. }
            | Plan::Stagger { input, .. }
            | Plan::Whole { input, .. }
            | Plan::Limit { input, .. }
            | Plan::Sort { input, .. }
            | Plan::TableFunction { input, .. } => {
                let built = self.branch(input);
                self.note(built.relation, plan.exprs());
                self.operator(plan, built)
            }
        }
    }

    fn junction(
        &mut self,
        plan: &Plan,
        inputs: Vec<Built>,
        make: impl FnOnce(usize) -> Box<dyn Junction>,
    ) -> Built {
        let relation = self.add(Relation::made(shown_fields(plan)));
        if let Plan::Join(join) = plan {
            self.note(relation, &join.condition);
        }
        Built {
            branch: Branch::new(Root::Junction {
                inputs: inputs.into_iter().map(|input| input.branch).collect(),
                junction: make(relation),
            }),
            below: Below::Stream,
            relation,
        }
    }

    /// A node with one input, over its running input.
    fn operator(&mut self, plan: &Plan, built: Built) -> Built {
        match plan {
            Plan::Filter { predicate, .. } => built.with(Box::new(Filter::new(predicate))),
            Plan::Project {
                exprs,
                fields,
                rowtime,
                ..
            } => {
                let restamp = rowtime.as_ref().map(|r| Restamp::new(r, built.below));
                let below = if restamp.is_some() {
                    Below::Restamp
                } else {
                    built.below
                };
                let built = built.with(Box::new(Project::new(exprs, fields, restamp)));
                Built { below, ..built }
            }
            Plan::Tumble {
                keys,
                window,
                clock,
                aggregates,
                ..
            } => {
                let relation = self.add(Relation::made(shown_fields(plan)));
                let tumble = Tumble::new(keys, *window, clock.as_ref(), aggregates, relation);
                built.making(Box::new(tumble), relation, Below::Window)
            }
            Plan::Slide { windows, calls, .. } => built.with(Box::new(Slide::new(windows, calls))),
            Plan::Stagger {
                keys,
                length_ms,
                aggregates,
                ..
            } => {
                let relation = self.add(Relation::made(shown_fields(plan)));
                let stagger = Stagger::new(keys, *length_ms, aggregates, relation);
                built.making(Box::new(stagger), relation, Below::Windows)
            }
            Plan::Sort {
                input,
                leading,
                clock,
                keys,
            } => {
                let relation = self.add(Relation::made(shown_fields(plan)));
                let types: Vec<SqlType> = input.fields().iter().map(|field| field.ty).collect();
                let sort = Sort::new(&types, leading.as_ref(), clock.as_ref(), keys, relation);
                built.making(Box::new(sort), relation, Below::Window)
            }
            Plan::Whole { keys, aggregates, .. } => {
                let relation = self.add(Relation::made(shown_fields(plan)));
                let whole = Whole::new(keys, aggregates, relation);
                built.making(Box::new(whole), relation, Below::Window)
            }
            Plan::Limit { rows, .. } => built.with(Box::new(Limit::new(*rows))),
            Plan::TableFunction { function, .. } => self.table_function(plan, function, built),
            Plan::Scan { .. } | Plan::Union { .. } | Plan::Join(_) | Plan::Lookup(_) => built,
        }
    }

    fn table_function(&mut self, plan: &Plan, function: &TableFunction, built: Built) -> Built {
        let item_of = |column: &usize| types_below(plan).nth(*column).unwrap_or(SqlType::Null);
        match function {
            TableFunction::RandomCutForest(forest) => {
                let cursor = plan.inputs().first().map_or(&[][..], |input| input.fields());
                built.with(Box::new(RandomCutForest::new(forest, cursor)))
            }
            TableFunction::Hotspots {
                columns,
                window_rows,
                scan_radius,
                min_points,
            } => {
                let hotspots = Hotspots::new(columns, *window_rows, *scan_radius, *min_points);
                built.with(Box::new(hotspots))
            }
            TableFunction::TopK { column, k, length_ms } => {
                let relation = self.add(Relation::made(shown_fields(plan)));
                let items = TopItems::new(*k, item_of(column));
                let window = ItemWindow::new(*column, *length_ms, items, relation);
                built.making(Box::new(window), relation, Below::Window)
            }
            TableFunction::CountDistinct { column, length_ms } => {
                let relation = self.add(Relation::made(shown_fields(plan)));
                let items = DistinctItems::new(item_of(column).arrow());
                let window = ItemWindow::new(*column, *length_ms, items, relation);
                built.making(Box::new(window), relation, Below::Window)
            }
            TableFunction::GroupRank {
                column,
                descending,
                output,
                rows_max,
            } => {
                let relation = self.add(Relation::made(shown_fields(plan)));
                let types = types_below(plan).map(SqlType::arrow).collect();
                let ranks = GroupRank::new(*column, *descending, *output, *rows_max, types, relation);
                // One batch holds many groups: each row is held against the row before it.
                built.making(Box::new(ranks), relation, Below::Restamp)
            }
        }
    }
}

/// The types of the columns of a node's input.
fn types_below(plan: &Plan) -> impl Iterator<Item = SqlType> {
    let inputs = plan.inputs().into_iter().take(1);
    inputs.flat_map(|input| input.fields().iter().map(|field| field.ty))
}

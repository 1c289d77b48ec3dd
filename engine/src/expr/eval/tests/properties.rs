//! Random expressions over random rows: a batch, single rows and random selections give the same values and
//! the same first errors (R2, R6). Seeds are fixed, so a failure repeats.

use arrow::array::{Float64Array, Int32Array, StringViewArray};

use super::*;
use crate::expr::Comparison;

const INT: SqlType = SqlType::Integer;
const TEXT: SqlType = SqlType::Varchar(5);

/// A small generator (xorshift); quality does not matter here.
struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % n as u64) as usize
    }

    fn kind(&mut self, kind: ExprKind, ty: SqlType) -> Expr {
        Expr::new(kind, ty, Span::default())
    }

    fn integer(&mut self, depth: usize) -> Expr {
        let choice = if depth == 0 { self.below(3) } else { self.below(11) };
        match choice {
            0 => Expr::column(self.below(2), INT, Span::default()),
            1 => int([0, 1, -3, i64::from(i32::MAX)][self.below(4)]),
            2 => Expr::column(0, INT, Span::default()),
            3..=6 => {
                let f =
                    [Function::Add, Function::Multiply, Function::Divide, Function::Mod][choice - 3].clone();
                let args = vec![self.integer(depth - 1), self.integer(depth - 1)];
                call(f, args, INT)
            }
            7 => {
                let whens = (0..=self.below(2)).map(|_| (self.truth(depth - 1), self.integer(depth - 1)));
                let whens = whens.collect();
                let otherwise = (self.below(2) == 0).then(|| Box::new(self.integer(depth - 1)));
                self.kind(
                    ExprKind::Case {
                        operand: None,
                        whens,
                        otherwise,
                    },
                    INT,
                )
            }
            8 => {
                let parts = vec![self.integer(depth - 1), self.integer(depth - 1)];
                self.kind(ExprKind::Coalesce(parts), INT)
            }
            9 => cast(Expr::column(2, TEXT, Span::default()), INT),
            _ => {
                let operand = Box::new(self.integer(depth - 1));
                let other = self.integer(depth - 1);
                let test = Box::new(self.against_operand(other));
                self.kind(ExprKind::NullIf { operand, test }, INT)
            }
        }
    }

    fn against_operand(&mut self, other: Expr) -> Expr {
        let operand = self.kind(ExprKind::CaseOperand, INT);
        call(
            Function::Compare(Comparison::Eq),
            vec![operand, other],
            SqlType::Boolean,
        )
    }

    fn truth(&mut self, depth: usize) -> Expr {
        let choice = if depth == 0 { self.below(2) } else { self.below(9) };
        match choice {
            0 | 1 => {
                let c = [
                    Comparison::Eq,
                    Comparison::Lt,
                    Comparison::GtEq,
                    Comparison::NotEq,
                ][self.below(4)];
                let args = vec![self.integer(depth.saturating_sub(1)), self.integer(0)];
                call(Function::Compare(c), args, SqlType::Boolean)
            }
            2..=5 => {
                let parts = (0..2 + self.below(2)).map(|_| self.truth(depth - 1)).collect();
                let kind = if choice < 4 {
                    ExprKind::And(parts)
                } else {
                    ExprKind::Or(parts)
                };
                self.kind(kind, SqlType::Boolean)
            }
            6 => call(Function::Not, vec![self.truth(depth - 1)], SqlType::Boolean),
            7 => {
                let operand = Box::new(self.integer(depth - 1));
                let tests = (0..2).map(|_| {
                    let other = self.integer(depth - 1);
                    self.against_operand(other)
                });
                let tests = tests.collect();
                let negated = self.below(2) == 0;
                self.kind(
                    ExprKind::In {
                        operand,
                        tests,
                        negated,
                    },
                    SqlType::Boolean,
                )
            }
            _ => {
                let x = Expr::column(3, SqlType::Double, Span::default());
                let ratio = call(Function::Divide, vec![double(1.0), x], SqlType::Double);
                call(
                    Function::Compare(Comparison::Gt),
                    vec![ratio, double(0.1)],
                    SqlType::Boolean,
                )
            }
        }
    }

    fn columns(&mut self, rows: usize) -> Vec<ArrayRef> {
        let mut ints = || -> Vec<Option<i32>> {
            let values = [
                Some(0),
                Some(1),
                Some(2),
                Some(-3),
                Some(i32::MAX),
                Some(i32::MIN),
                None,
            ];
            (0..rows).map(|_| values[self.below(values.len())]).collect()
        };
        let (a, b) = (ints(), ints());
        let texts = ["1", "x", " 7 ", "-2"];
        let texts: Vec<Option<&str>> = (0..rows).map(|_| texts.get(self.below(5)).copied()).collect();
        let floats: Vec<Option<f64>> = (0..rows)
            .map(|_| [Some(0.0), Some(2.5), None, Some(-1e-300)][self.below(4)])
            .collect();
        vec![
            Arc::new(Int32Array::from(a)),
            Arc::new(Int32Array::from(b)),
            Arc::new(StringViewArray::from(texts)),
            Arc::new(Float64Array::from(floats)),
        ]
    }
}

#[test]
fn batches_rows_and_selections_agree() {
    for seed in 1..=400u64 {
        let mut random = Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        let expr = if seed % 2 == 0 {
            random.truth(4)
        } else {
            random.integer(4)
        };
        let rows = 1 + random.below(90);
        let columns = random.columns(rows);
        let whole = values(&expr, &columns, rows);
        for (row, expected) in whole.iter().enumerate() {
            let single: Vec<ArrayRef> = columns.iter().map(|c| c.slice(row, 1)).collect();
            assert_eq!(&values(&expr, &single, 1)[0], expected, "seed {seed}, row {row}");
        }
        let skip = random.below(rows);
        let rest: Vec<ArrayRef> = columns.iter().map(|c| c.slice(skip, rows - skip)).collect();
        assert_eq!(
            values(&expr, &rest, rows - skip),
            whole[skip..],
            "seed {seed}, from row {skip}"
        );
        selections_agree(seed, &mut random, &expr, &columns, &whole);
    }
}

fn selections_agree(seed: u64, random: &mut Random, expr: &Expr, columns: &[ArrayRef], whole: &[String]) {
    let rows = whole.len();
    let chosen: Vec<bool> = (0..rows).map(|_| random.below(3) > 0).collect();
    let failed_before: Vec<bool> = (0..rows).map(|_| random.below(10) == 0).collect();
    let clock = clock();
    let rowtimes = vec![NOW; rows];
    let input = Input {
        columns,
        rowtimes: &rowtimes,
        clock: &clock,
    };
    let mut errors = RowErrors::new();
    for row in (0..rows).filter(|&r| failed_before[r]) {
        errors.set(row, || crate::row_error::RowError::runtime("before"));
    }
    let selection = BooleanArray::from(chosen.clone());
    let array = Evaluator::new(expr).eval(input, Some(&selection), &mut errors);
    let found: std::collections::HashMap<u32, String> = errors
        .into_sorted()
        .into_iter()
        .map(|(row, e)| (row, e.message.into_owned()))
        .collect();
    for row in 0..rows {
        let error = found.get(&u32::try_from(row).unwrap());
        if failed_before[row] {
            assert_eq!(
                error.map(String::as_str),
                Some("before"),
                "seed {seed}, row {row}"
            );
        } else if !chosen[row] {
            assert_eq!(error, None, "seed {seed}, row {row}");
        } else {
            let shown = error.map_or_else(|| value_text(expr.ty, &array, row), |e| format!("error: {e}"));
            assert_eq!(shown, whole[row], "seed {seed}, row {row}");
        }
    }
}

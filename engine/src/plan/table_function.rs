//! Table functions of a plan, with their arguments as constants (`functions.md` §2.1, §10, §11).
//!
//! Columns are positions in the input's fields. Functions that pass the cursor's columns through put their own
//! behind them.

/// A table function.
#[derive(Debug, Clone, PartialEq)]
pub enum TableFunction {
    /// RANDOM_CUT_FOREST, RANDOM_CUT_FOREST_WITH_EXPLANATION: a row per row.
    RandomCutForest(RandomCutForest),
    /// HOTSPOTS: a row per row.
    Hotspots {
        /// Numeric columns, ascending.
        columns: Vec<usize>,
        /// Rows that are looked at.
        window_rows: usize,
        /// Greatest distance of neighbours.
        scan_radius: f64,
        /// Least number of neighbours in a hotspot.
        min_points: usize,
    },
    /// TOP_K_ITEMS_TUMBLING: at most k rows a window.
    TopK {
        /// The column whose values are counted.
        column: usize,
        /// Most items.
        k: usize,
        /// Length of a window, ms.
        length_ms: i64,
    },
    /// COUNT_DISTINCT_ITEMS_TUMBLING: one row a window.
    CountDistinct {
        /// The column whose values are counted.
        column: usize,
        /// Length of a window, ms.
        length_ms: i64,
    },
    /// GROUP_RANK: the rows of one ROWTIME, ranked.
    GroupRank {
        /// The column to rank by.
        column: usize,
        /// The greatest value has rank 1.
        descending: bool,
        /// Order of the rows of a group: by rank ascending, descending, or as received.
        output: RankOrder,
        /// Most rows that leave of a group; `None` for all.
        rows_max: Option<usize>,
    },
}

/// Order in which GROUP_RANK gives a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RankOrder {
    /// Rank 1 first.
    Ascending,
    /// Rank 1 last.
    Descending,
    /// As the rows came.
    Received,
}

/// The parameters of a random cut forest.
#[derive(Debug, Clone, PartialEq)]
pub struct RandomCutForest {
    /// Numeric columns, ascending.
    pub columns: Vec<usize>,
    /// numberOfTrees.
    pub trees: usize,
    /// subSampleSize.
    pub sub_sample: usize,
    /// timeDecay, in rows.
    pub time_decay: u64,
    /// shingleSize.
    pub shingle: usize,
    /// With ANOMALY_EXPLANATION; its value is withDirectionality.
    pub explanation: Option<bool>,
}

impl TableFunction {
    /// Its name in SQL.
    pub fn name(&self) -> &'static str {
        match self {
            TableFunction::RandomCutForest(RandomCutForest {
                explanation: None, ..
            }) => "RANDOM_CUT_FOREST",
            TableFunction::RandomCutForest(_) => "RANDOM_CUT_FOREST_WITH_EXPLANATION",
            TableFunction::Hotspots { .. } => "HOTSPOTS",
            TableFunction::TopK { .. } => "TOP_K_ITEMS_TUMBLING",
            TableFunction::CountDistinct { .. } => "COUNT_DISTINCT_ITEMS_TUMBLING",
            TableFunction::GroupRank { .. } => "GROUP_RANK",
        }
    }

    /// Whether the input's columns stand before its own.
    pub fn passes_columns(&self) -> bool {
        !matches!(
            self,
            TableFunction::TopK { .. } | TableFunction::CountDistinct { .. }
        )
    }

    /// The input's columns that it reads itself.
    pub fn columns_mut(&mut self) -> Vec<&mut usize> {
        match self {
            TableFunction::RandomCutForest(forest) => forest.columns.iter_mut().collect(),
            TableFunction::Hotspots { columns, .. } => columns.iter_mut().collect(),
            TableFunction::TopK { column, .. }
            | TableFunction::CountDistinct { column, .. }
            | TableFunction::GroupRank { column, .. } => vec![column],
        }
    }
}
